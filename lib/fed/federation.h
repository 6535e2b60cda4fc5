// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/file.h"
#include "crypto/rsa.h"
#include "fed/deliver.h"
#include "fed/inbox_facts.h"
#include "fed/publish.h"
#include "fed/remote.h"
#include "fed/site.h"
#include "http/client.h"
#include "index/server_db.h"
#include "store/community.h"

namespace camp::fed {

/// What server.db keeps of other people's posts, at most.
inline constexpr std::size_t kMostRemotePosts = 50'000;
inline constexpr std::int64_t kRemotePostDays = 60;

/// What one round of work did.
struct Round {
  std::size_t told = 0;     ///< objects of ours
  std::size_t fetched = 0;  ///< of other servers
  Deliveries deliveries = {};
};

/// All that one thread needs to speak with other servers in a community's name.
class Federation {
 public:
  /// `community`, `site` and `client` must outlive it; the client may be shared between threads.
  /// Makes the community's own key at the first time.
  static Result<std::unique_ptr<Federation>> open(store::Community& community, const Site& site,
                                                  http::Client& client);

  index::ServerDb& db() { return db_; }
  Remote& remote() { return remote_; }
  const Site& site() const { return site_; }
  InboxContext inbox() { return {community_, db_, site_, remote_}; }
  PublishContext publishing() { return {community_, db_, site_, remote_}; }

  /// Tells other servers what is new, fetches what waits to be fetched, and delivers what is due.
  Result<Round> round(const DeliveryRun& run);
  /// The two halves of a round, for two threads: a server that does not answer must not keep what
  /// is new waiting. Each has a Federation of its own.
  Result<Round> send(const DeliveryRun& run);
  Result<Round> run_errands(const DeliveryRun& run);
  /// Something may be to send: an object arrived, or a message is due.
  Result<bool> has_work();
  /// Something waits to be fetched or tried again.
  Result<bool> has_errands();
  /// Forgets what is old: see ServerDb::forget_old. Returns how many posts went.
  Result<std::size_t> tidy();

 private:
  Federation(store::Community& community, const Site& site, http::Client& client,
             index::ServerDb db, crypto::RsaSecretKey key);
  Result<void> fetch(const index::Errand& errand, Round& round);
  Result<void> fetch_around(const std::string& task, const DeliveryRun& run, Round& round);

  store::Community& community_;
  const Site& site_;
  http::Client& client_;
  index::ServerDb db_;
  crypto::RsaSecretKey key_;
  Remote remote_;
};

/// The database of a community's server; made if it is not there.
Result<index::ServerDb> open_server_db(const store::Community& community);

/// The same if it is there.
Result<std::optional<index::ServerDb>> find_server_db(const store::Community& community);

/// The right to send what waits, which one process has at a time: `camp serve`, or a sync (else
/// Kind::busy).
Result<FileLock> lock_sending(const store::Community& community);

/// Where a community stands: plain http if its host is this machine itself, for tests.
Result<Site> site_of(const store::Community& community);

/// For a command that speaks with other servers by itself. Kind::refused in a clone, Kind::failed
/// without a host.
Result<void> with_federation(store::Community& community,
                             const std::function<Result<void>(Federation&)>& act);

/// One round of work, begun within `budget_ms`; nothing if somebody else is at it.
Result<std::optional<Round>> send_once(store::Community& community, std::int64_t budget_ms);

/// Forgets what is old, drops messages with deleted words, and removes them from the file itself.
/// False if a reader kept some of them there; true also if there is no such file.
Result<bool> scrub_server_db(const store::Community& community);

/// "camp/0.1.0 (+https://friend.camp)".
std::string user_agent(const Site& site, std::string_view version);

}  // namespace camp::fed
