// SPDX-License-Identifier: MIT
#include "fed/share.h"

#include <algorithm>

#include "fed/foreign.h"

namespace camp::fed {
namespace {

constexpr std::int64_t kMinuteMs = 60'000, kDayMs = 86'400'000;

Result<bool> is_followed(index::ServerDb& db, const std::string& actor) {
  const auto follows = CAMP_TRY(db.followers_here(actor));
  return std::any_of(follows.begin(), follows.end(), [](const index::Following& each) {
    return each.state == index::FollowState::accepted;
  });
}

}  // namespace

Result<bool> may_ask(index::ServerDb& db, const std::string& host, std::int64_t now_ms) {
  return db.may_take("asked " + host, now_ms, kMinuteMs, kAskedPerMinute);
}

Result<bool> may_keep(index::ServerDb& db, const std::string& actor, std::int64_t now_ms) {
  const bool wanted = CAMP_TRY(is_followed(db, actor));
  const std::string whose = wanted ? actor : host_of(actor, {.loopback = true});
  return db.may_take("kept " + whose, now_ms, kDayMs, kKeptPerDay);
}

Result<bool> may_pass_on(index::ServerDb& db, const std::string& actor, std::int64_t now_ms) {
  return db.may_take("passed on " + host_of(actor, {.loopback = true}), now_ms, kDayMs,
                     kPassedPerDay);
}

Result<bool> keep_post(index::ServerDb& db, const model::RemotePost& post, std::int64_t now_ms) {
  const bool is_new = !CAMP_TRY(db.post(post.id)).has_value();
  if (is_new && !CAMP_TRY(may_keep(db, post.actor, now_ms))) return false;
  CAMP_TRY(db.put_post(post, now_ms));
  return true;
}

}  // namespace camp::fed
