// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "crypto/rsa.h"
#include "fed/site.h"
#include "fed/verify_request.h"
#include "http/client.h"
#include "index/server_db.h"
#include "model/remote.h"
#include "store/community.h"

namespace camp::fed {

/// How often things are asked of other servers, in milliseconds.
inline constexpr std::int64_t kActorFreshMs = 24 * 3'600'000;  ///< an actor is not asked for sooner
inline constexpr std::int64_t kKeyRefetchMs = 3'600'000;       ///< after a bad signature
inline constexpr std::int64_t kFailedKeyMs = 60'000;  ///< of a host whose key was not there
inline constexpr int kKeyFetches = 10;                ///< of a host in such a time

/// What other servers say when they are asked, signed by the community's own actor. Answers are
/// believed only about what stands on the host that gave them. What is learned is kept in
/// server.db.
///
/// Kind::network: nobody answered, or not properly: later perhaps. Kind::not_found: it is not there
/// or was deleted (404, 410). Kind::refused: what came is not what was asked for, or the community
/// blocks whom it is about: their hosts are not asked, and nothing that they wrote is kept.
class Remote {
 public:
  /// `key` is the secret of the community's actor. All must outlive this object.
  Remote(http::Client& client, index::ServerDb& db, const Site& site,
         const store::Community& community, const crypto::RsaSecretKey& key)
      : client_(client), db_(db), site_(site), community_(community), key_(key) {}

  /// An ActivityStreams document: fetched at its id, or once more at the id that it gives.
  Result<Json> fetch_document(const std::string& uri);

  /// A page of a collection, whose own id may be spelled otherwise or be missing: what stands in it
  /// is believed of that host alone.
  Result<Json> fetch_page(const std::string& uri);

  /// Somebody by the actor's id: as kept if that is fresh, else asked for. If nobody answers, as
  /// kept.
  Result<model::RemoteActor> actor(const std::string& id);
  /// The same, always asked for. Somebody who is gone is marked so.
  Result<model::RemoteActor> fetch_actor(const std::string& id);
  /// Somebody by their handle, through WebFinger (RFC 7033), at most two hops; the actor's own host
  /// must agree.
  Result<model::RemoteActor> resolve(const std::string& user, const std::string& host);

  /// A post by its id, and its author; both are kept. A post that is kept already is not asked for.
  Result<model::RemotePost> post(const std::string& uri);
  /// The same, always asked for.
  Result<model::RemotePost> fetch_post(const std::string& uri);

  /// Keeps the post in a document that its own host gave, and its author.
  Result<model::RemotePost> take_post(const Json& document);

  /// The key that a signature names, and whose it is.
  struct KeyHolder {
    model::RemoteActor actor;
    SignatureKey key;
  };
  /// As kept, however old, and then an errand asks for it anew once a day: it must count while its
  /// host is down. Else asked for, if the host was not asked too often. Kind::not_found if its
  /// owner is gone, Kind::refused if it is not the actor's.
  Result<KeyHolder> key(const std::string& key_id);
  /// The same, asked for again because a signature did not verify; once an hour for each actor.
  Result<KeyHolder> key_anew(const std::string& key_id);

  /// While one of these lives, whatever is asked is for the sake of what others sent us, and has
  /// the limits of share.h: beyond them Kind::busy, and Kind::refused for what is not kept.
  class ForOthers {
   public:
    explicit ForOthers(Remote& remote) : remote_(remote), before_(remote.for_others_) {
      remote_.for_others_ = true;
    }
    ~ForOthers() { remote_.for_others_ = before_; }
    ForOthers(const ForOthers&) = delete;
    ForOthers& operator=(const ForOthers&) = delete;

   private:
    Remote& remote_;
    bool before_;
  };

 private:
  Result<http::Answer> ask(const http::Outgoing& request, const http::FetchOptions& options);
  Result<void> look_again_later(const std::string& actor);
  Result<http::Answer> get(const std::string& url, std::string_view accept, bool sign,
                           bool same_host);
  Result<Json> get_document(const std::string& uri);
  Result<Json> webfinger(const std::string& user, const std::string& host);
  Result<void> take_handle(model::RemoteActor& actor);
  Result<model::RemoteActor> take_actor(const Json& document);
  Result<model::RemoteActor> unless_blocked(model::RemoteActor actor) const;
  Result<KeyHolder> fetch_key(const std::string& key_id);
  Result<SignatureKey> parsed_key(const model::RemoteActor& actor, std::string_view key_id);

  std::int64_t now() const { return community_.env().now_ms(); }
  http::Policy policy() const { return site_.policy(); }

  http::Client& client_;
  index::ServerDb& db_;
  const Site& site_;
  const store::Community& community_;
  const crypto::RsaSecretKey& key_;
  /// By their text: OpenSSL takes longer to read a key than to verify with it.
  std::map<std::string, SignatureKey, std::less<>> parsed_;
  bool for_others_ = false;
};

/// What begins the errands of people whom nobody has asked about for a day, though they still send:
/// their key, their address and their name may be others by now.
inline constexpr std::string_view kLookTask = "look ";

/// The `self` link of a WebFinger answer that leads to an actor; empty if there is none.
std::string self_link(const Json& jrd);
/// The user and the host that an answer's `subject` names ("acct:user@host").
struct Account {
  std::string user, host;
};
/// Reads "acct:user@host", "@user@host" or "user@host". The host comes out in lower-case A-labels;
/// nothing for a user that no server calls anybody, or a host that none has.
std::optional<Account> parse_account(std::string_view text);

}  // namespace camp::fed
