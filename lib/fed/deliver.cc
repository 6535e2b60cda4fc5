// SPDX-License-Identifier: MIT
#include "fed/deliver.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "crypto/rsa.h"
#include "fed/foreign.h"
#include "fed/http_signature.h"
#include "fed/people_list.h"
#include "fed/verify_request.h"

namespace camp::fed {
namespace {

constexpr std::int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;
/// 0, 5 min, 30 min, 2 h, 8 h, 1 d, 2 d, 4 d, 7 d.
constexpr std::array<std::int64_t, 8> kPauses{5 * kMinute, 25 * kMinute, 90 * kMinute, 6 * kHour,
                                              16 * kHour,  kDay,         2 * kDay,     3 * kDay};
/// A host that failed so often in a row is asked less and less, whatever waits for it.
constexpr int kFailuresBeforeRest = 3;
constexpr auto kTurn = std::chrono::milliseconds(200);
constexpr std::int64_t kLongestRest = 8 * kHour;
constexpr std::int64_t kLongestRetryAfter = kDay;
constexpr std::int64_t kLongestWait = 8 * kDay;

/// The keys that sign, each parsed once in a run.
class TransportKeys {
 public:
  TransportKeys(const store::Community& community, const Site& site)
      : community_(community), site_(site) {}

  struct Signer {
    std::string key_id;
    std::shared_ptr<const crypto::RsaSecretKey> key;
  };

  Result<Signer> find(const std::string& member) {
    const auto known = signers_.find(member);
    if (known != signers_.end()) return known->second;
    Signer signer = CAMP_TRY(member.empty() ? instance() : of(member));
    signers_[member] = signer;
    return signer;
  }

 private:
  static Result<std::shared_ptr<const crypto::RsaSecretKey>> parsed(const std::string& pem) {
    return std::make_shared<const crypto::RsaSecretKey>(
        CAMP_TRY(crypto::RsaSecretKey::from_pem(pem)));
  }

  Result<Signer> instance() {
    const std::string pem = CAMP_TRY(community_.keyring().instance_key(community_.id()));
    return Signer{site_.instance_key_id(), CAMP_TRY(parsed(pem))};
  }

  Result<Signer> of(const std::string& member) {
    const auto pem = CAMP_TRY(community_.keyring().transport_key(CAMP_TRY(OwnerId::parse(member))));
    if (!pem) return fail(Kind::refused, "the member's key for other servers is not here");
    for (const index::MemberRow& row : CAMP_TRY(community_.index().members())) {
      if (row.id == member && !row.handle.empty()) {
        return Signer{site_.key_id(row.handle), CAMP_TRY(parsed(*pem))};
      }
    }
    return fail(Kind::not_found, "the member is gone");
  }

  const store::Community& community_;
  const Site& site_;
  std::map<std::string, Signer> signers_;
};

struct Attempt {
  index::Delivery delivery;
  Result<http::Answer> answer = http::Answer{};
};

Result<http::Answer> send(http::Client& client, const index::Delivery& delivery, const Site& site,
                          const TransportKeys::Signer& signer, std::int64_t now_ms) {
  http::Outgoing request;
  request.method = "POST";
  request.url = CAMP_TRY(http::parse_url(delivery.inbox, site.policy()));
  request.body = delivery.body;
  request.limits.total = std::chrono::seconds(30);
  // What an inbox says besides its status is nothing to us, however much it is.
  request.sink = [](std::string_view) { return Result<void>(); };
  OutgoingRequest what;
  what.method = "POST";
  what.scheme = request.url.scheme;
  what.host = request.url.authority();
  what.target = request.url.target();
  what.content_type = "application/activity+json";
  what.body = delivery.body;
  request.headers = CAMP_TRY(sign_request(what, signer.key_id, *signer.key, now_ms));
  return client.exchange(request);
}

/// What Retry-After asks for, in milliseconds from now; 0 if nothing.
std::int64_t asked_pause(const http::Answer& answer, std::int64_t now_ms) {
  const auto field = answer.headers.find("Retry-After");
  if (!field) return 0;
  std::int64_t pause = 0;
  if (const auto date = http::parse_http_date(*field)) {
    pause = *date - now_ms;
  } else if (!field->empty() && field->size() < 10 &&
             field->find_first_not_of("0123456789") == std::string_view::npos) {
    pause = std::stoll(std::string(*field)) * 1000;
  }
  return std::clamp<std::int64_t>(pause, 0, kLongestRetryAfter);
}

class Run {
 public:
  Run(const store::Community& community, index::ServerDb& db, const Site& site,
      http::Client& client, const DeliveryRun& how)
      : community_(community),
        db_(db),
        site_(site),
        client_(client),
        how_(how),
        signers_(community, site) {}

  /// As many hosts at once as may be, each again as soon as it has answered: one that is slow
  /// keeps nobody but itself waiting.
  Result<Deliveries> run() {
    const std::int64_t end = now() + how_.budget_ms;
    while (true) {
      const bool go_on = now() < end && !(how_.stop && how_.stop());
      if (go_on && how_.between) CAMP_TRY(how_.between());
      if (go_on) CAMP_TRY(start_due());
      if (running_.empty()) break;
      for (Attempt& attempt : wait_for_some()) {
        running_.erase(attempt.delivery.host);
        CAMP_TRY(settle(attempt));
      }
    }
    return done_;
  }

 private:
  std::int64_t now() const { return community_.env().now_ms(); }

  Result<void> start_due() {
    if (running_.size() >= how_.parallel) return {};
    auto due = CAMP_TRY(db_.due(now(), how_.parallel + running_.size()));
    if (due.empty()) return {};
    const BlockedPlaces blocked = CAMP_TRY(places_blocked_by_community(community_, db_));
    for (index::Delivery& delivery : due) {
      if (running_.size() >= how_.parallel) break;
      if (running_.contains(delivery.host)) continue;
      if (blocked.hold(delivery.inbox, delivery.host)) {
        CAMP_TRY(drop(delivery, "the community blocks them"));
      } else {
        CAMP_TRY(start(std::move(delivery)));
      }
    }
    return {};
  }

  Result<void> start(index::Delivery delivery) {
    const auto signer = signers_.find(delivery.signer);
    if (!signer) return drop(delivery, signer.error().message);
    const std::string host = delivery.host;
    running_[host] = std::async(std::launch::async, [this, delivery = std::move(delivery),
                                                     signer = *signer, time = now()]() mutable {
      auto answer = send(client_, delivery, site_, signer, time);
      const std::lock_guard lock(mutex_);
      ended_.push_back({std::move(delivery), std::move(answer)});
      some_ended_.notify_one();
    });
    return {};
  }

  std::vector<Attempt> wait_for_some() {
    std::unique_lock lock(mutex_);
    some_ended_.wait_for(lock, kTurn, [&] { return !ended_.empty(); });
    return std::exchange(ended_, {});
  }

  Result<void> settle(const Attempt& attempt) {
    const index::Delivery& delivery = attempt.delivery;
    if (!attempt.answer && attempt.answer.error().kind != Kind::network) {
      // It can never be sent: no key, no such address.
      return drop(delivery, attempt.answer.error().message);
    }
    const int status = attempt.answer ? attempt.answer->status : 0;
    const std::string problem =
        attempt.answer ? "answered with " + std::to_string(status) : attempt.answer.error().message;
    switch (outcome_of(status)) {
      case Outcome::delivered:
        ++done_.delivered;
        log(delivery, "");
        return db_.together([&]() -> Result<void> {
          CAMP_TRY(db_.delivered(delivery));
          return follow_up(delivery);
        });
      case Outcome::refused:
        return drop(delivery, problem);
      case Outcome::gone:
        log(delivery, problem);
        ++done_.dropped;
        return db_.drop_inbox(delivery.inbox);
      case Outcome::later:
        break;
    }
    return postpone(delivery, problem, attempt.answer ? asked_pause(*attempt.answer, now()) : 0);
  }

  Result<void> drop(const index::Delivery& delivery, const std::string& problem) {
    log(delivery, problem);
    ++done_.dropped;
    return db_.drop(delivery.number);
  }

  Result<void> postpone(const index::Delivery& delivery, const std::string& problem,
                        std::int64_t asked) {
    const std::int64_t pause = retry_after_ms(delivery.attempts + 1);
    if (pause < 0) return drop(delivery, problem + ", for the last time");
    log(delivery, problem);
    ++done_.deferred;
    const auto spread =
        static_cast<std::int64_t>(static_cast<unsigned char>(community_.env().random_bytes(1)[0]));
    const std::int64_t wait = std::max(asked, pause + pause * (spread - 128) / 1280);
    index::RemoteHost host = CAMP_TRY(db_.host(delivery.host));
    if (host.failures++ == 0) host.since_ms = now();
    if (asked > 0) host.rest_ms = now() + asked;
    if (host.failures >= kFailuresBeforeRest) {
      const std::int64_t doubled = kMinute << std::min(host.failures - kFailuresBeforeRest, 9);
      host.rest_ms = std::max(host.rest_ms, now() + std::min(doubled, kLongestRest));
    }
    return db_.together([&]() -> Result<void> {
      CAMP_TRY(db_.put_host(host));
      CAMP_TRY(db_.postpone(delivery, now() + wait, problem));
      // Of what waits behind this one nothing grows older than the last attempt would be.
      done_.dropped += CAMP_TRY(db_.drop_older(delivery.host, now() - kLongestWait));
      return {};
    });
  }

  /// What waited for this message to arrive: the end of an old follow, after a move.
  Result<void> follow_up(const index::Delivery& delivery) {
    const std::string name = "after " + delivery.activity;
    const std::string kept = CAMP_TRY(db_.value(name));
    if (kept.empty()) return {};
    const Json next = CAMP_TRY(parse_json(kept));
    const std::string inbox = text_of(next, "inbox");
    const auto& activity = next.at("activity");
    return db_.together([&]() -> Result<void> {
      CAMP_TRY(db_.enqueue({.inbox = inbox,
                            .host = host_of(inbox, site_.policy()),
                            .signer = text_of(next, "member"),
                            .activity = text_of(activity, "id"),
                            .body = activity.dump(),
                            .next_ms = now(),
                            .since_ms = now()}));
      CAMP_TRY(db_.remove_following(text_of(next, "member"), text_of(next, "actor")));
      return db_.set_value(name, "");
    });
  }

  void log(const index::Delivery& delivery, std::string_view problem) const {
    if (how_.log) how_.log(delivery, problem);
  }

  const store::Community& community_;
  index::ServerDb& db_;
  const Site& site_;
  http::Client& client_;
  const DeliveryRun& how_;
  TransportKeys signers_;
  Deliveries done_;

  std::mutex mutex_;
  std::condition_variable some_ended_;
  std::vector<Attempt> ended_;
  // Last, so that their threads end before what they use.
  std::map<std::string, std::future<void>> running_;  ///< by host
};

}  // namespace

std::int64_t retry_after_ms(int attempts) {
  const auto at = static_cast<std::size_t>(std::max(attempts, 1)) - 1;
  return at < kPauses.size() ? kPauses[at] : -1;
}

Outcome outcome_of(int status) {
  if (status >= 200 && status < 300) return Outcome::delivered;
  if (status == 404 || status == 410) return Outcome::gone;
  const bool later = status == 0 || status == 401 || status == 408 || status == 425 ||
                     status == 429 || (status >= 500 && status != 501);
  return later ? Outcome::later : Outcome::refused;
}

Result<Deliveries> deliver(const store::Community& community, index::ServerDb& db, const Site& site,
                           http::Client& client, const DeliveryRun& run) {
  return Run(community, db, site, client, run).run();
}

}  // namespace camp::fed
