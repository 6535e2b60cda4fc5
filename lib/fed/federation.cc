// SPDX-License-Identifier: MIT
#include "fed/federation.h"

#include <chrono>
#include <utility>

#include "fed/cut_off.h"
#include "fed/foreign.h"
#include "fed/publish_profile.h"
#include "fed/queue.h"
#include "fed/remote_thread.h"

namespace camp::fed {
namespace {

constexpr int kMostErrands = 50;  ///< of one round
constexpr int kErrandTries = 5;
constexpr int kMostAncestors = 10;
constexpr std::int64_t kErrandPauseMs = 60'000;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::string_view kServerDb = "state/server.db";
constexpr std::string_view kSendingLock = "serve.lock";  // in the state directory

Result<std::size_t> forget_old(index::ServerDb& db, std::int64_t now_ms) {
  return db.forget_old(now_ms, now_ms - kRemotePostDays * kDayMs, kMostRemotePosts);
}

}  // namespace

Result<index::ServerDb> open_server_db(const store::Community& community) {
  return index::ServerDb::open(community.directory().path() + "/" + std::string(kServerDb));
}

std::string user_agent(const Site& site, std::string_view version) {
  return "camp/" + std::string(version) + " (+" + site.origin() + ")";
}

Federation::Federation(store::Community& community, const Site& site, http::Client& client,
                       index::ServerDb db, crypto::RsaSecretKey key)
    : community_(community),
      site_(site),
      client_(client),
      db_(std::move(db)),
      key_(std::move(key)),
      remote_(client_, db_, site_, community_, key_) {}

Result<std::unique_ptr<Federation>> Federation::open(store::Community& community, const Site& site,
                                                     http::Client& client) {
  auto db = CAMP_TRY(open_server_db(community));
  const std::string pem = CAMP_TRY(community.keyring().instance_key(community.id()));
  auto key = CAMP_TRY(crypto::RsaSecretKey::from_pem(pem));
  return std::unique_ptr<Federation>(
      new Federation(community, site, client, std::move(db), std::move(key)));
}

Result<bool> Federation::has_work() {
  const std::int64_t now = community_.env().now_ms();
  const std::string stands = CAMP_TRY(db_.value("publisher"));
  const std::string newest = CAMP_TRY(community_.index().epoch()) + " " +
                             std::to_string(CAMP_TRY(community_.index().last_arrival()));
  if (stands != newest) return true;
  if (CAMP_TRY(profiles_changed(community_, db_))) return true;
  const auto due = CAMP_TRY(db_.next_due_ms());
  return due && *due <= now;
}

Result<bool> Federation::has_errands() {
  return CAMP_TRY(db_.next_errand(community_.env().now_ms())).has_value();
}

Result<void> Federation::fetch(const index::Errand& errand, Round& round) {
  const Remote::ForOthers sparing(remote_);
  if (errand.uri.starts_with(kLookTask)) {
    CAMP_TRY(remote_.fetch_actor(errand.uri.substr(kLookTask.size())));
    return {};
  }
  if (CAMP_TRY(db_.post(errand.uri))) return {};
  const auto post = CAMP_TRY(remote_.fetch_post(errand.uri));
  ++round.fetched;
  const std::string& parent = post.in_reply_to;
  const bool missing =
      !parent.empty() && !site_.object_in(parent) && !CAMP_TRY(db_.post(parent)).has_value();
  if (missing && errand.depth < kMostAncestors) {
    return db_.put_errand(parent, errand.depth + 1, community_.env().now_ms());
  }
  return {};
}

/// Once, whatever comes of it: within an hour it would not be asked again.
Result<void> Federation::fetch_around(const std::string& task, const DeliveryRun& run,
                                      Round& round) {
  const std::string uri = task.substr(kThreadTask.size());
  const std::int64_t now = community_.env().now_ms();
  if (!CAMP_TRY(may_run_thread_errand(db_, host_of(uri, site_.policy()), now))) return {};
  if (!CAMP_TRY(may_fetch_thread(db_, uri, now))) return {};
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kThreadErrandMs);
  const auto fetched = fetch_thread(remote_, db_, site_, uri, [&] {
    return std::chrono::steady_clock::now() >= end || (run.stop && run.stop());
  });
  if (fetched) round.fetched += *fetched;
  return {};
}

Result<Round> Federation::run_errands(const DeliveryRun& run) {
  Round round;
  for (int done = 0; done < kMostErrands && !(run.stop && run.stop()); ++done) {
    const std::int64_t now = community_.env().now_ms();
    const auto errand = CAMP_TRY(db_.next_errand(now));
    if (!errand) break;
    const bool last = errand->attempts + 1 >= kErrandTries;
    PublishContext publishing = this->publishing();
    const auto result =
        errand->uri.starts_with(kTellTask)     ? publish_again(publishing, errand->uri, last)
        : errand->uri.starts_with(kCutTask)    ? run_cut_task(community_, errand->uri)
        : errand->uri.starts_with(kThreadTask) ? fetch_around(errand->uri, run, round)
                                               : fetch(*errand, round);
    const bool later =
        !result && (result.error().kind == Kind::network || result.error().kind == Kind::busy);
    if (later && !last) {
      CAMP_TRY(db_.postpone_errand(errand->uri, now + (kErrandPauseMs << errand->attempts)));
    } else {
      CAMP_TRY(db_.end_errand(errand->uri));
    }
  }
  return round;
}

Result<Round> Federation::send(const DeliveryRun& run) {
  Round round;
  DeliveryRun with_news = run;
  with_news.between = [&]() -> Result<void> {
    PublishContext publishing = this->publishing();
    round.told += CAMP_TRY(publish(publishing)).objects;
    return {};
  };
  CAMP_TRY(with_news.between());
  round.deliveries = CAMP_TRY(deliver(community_, db_, site_, client_, with_news));
  return round;
}

Result<Round> Federation::round(const DeliveryRun& run) {
  Round round = CAMP_TRY(send(run));
  round.fetched = CAMP_TRY(run_errands(run)).fetched;
  return round;
}

Result<std::size_t> Federation::tidy() { return forget_old(db_, community_.env().now_ms()); }

Result<std::optional<index::ServerDb>> find_server_db(const store::Community& community) {
  if (!community.directory().exists(kServerDb)) return std::optional<index::ServerDb>();
  return std::optional(CAMP_TRY(open_server_db(community)));
}

Result<FileLock> lock_sending(const store::Community& community) {
  const auto state = CAMP_TRY(community.directory().open_beneath(store::kStateDirectory));
  return FileLock::try_acquire(state, kSendingLock);
}

Result<Site> site_of(const store::Community& community) {
  const std::string& host = community.settings().host;
  return Site::make(host, is_loopback_host(host));
}

Result<void> with_federation(store::Community& community,
                             const std::function<Result<void>(Federation&)>& act) {
  if (community.settings().is_clone()) {
    return fail(Kind::refused, "a clone does not speak with other servers: its origin does",
                "do it in " + community.settings().origin);
  }
  const Site site = CAMP_TRY(site_of(community));
  http::ClientSettings settings;
  settings.user_agent = user_agent(site, CAMP_VERSION);
  settings.policy = site.policy();
  http::Client client(settings);
  const auto federation = CAMP_TRY(Federation::open(community, site, client));
  return act(*federation);
}

Result<std::optional<Round>> send_once(store::Community& community, std::int64_t budget_ms) {
  const auto lock = lock_sending(community);
  if (!lock && lock.error().kind == Kind::busy) return std::optional<Round>();
  if (!lock) return tl::unexpected<Error>(lock.error());
  Round round;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(budget_ms);
  CAMP_TRY(with_federation(community, [&](Federation& federation) -> Result<void> {
    const DeliveryRun run{.budget_ms = budget_ms,
                          .stop = [end] { return std::chrono::steady_clock::now() >= end; }};
    round = CAMP_TRY(federation.round(run));
    return {};
  }));
  return std::optional(round);
}

Result<bool> scrub_server_db(const store::Community& community) {
  auto db = CAMP_TRY(find_server_db(community));
  if (!db) return true;
  if (!community.settings().is_clone() && !community.settings().host.empty()) {
    CAMP_TRY(drop_deleted(community, *db, CAMP_TRY(site_of(community))));
  }
  // What a clone has of elsewhere comes and goes as its origin says.
  if (!community.settings().is_clone()) CAMP_TRY(forget_old(*db, community.env().now_ms()));
  return db->scrub();
}

}  // namespace camp::fed
