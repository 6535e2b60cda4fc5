// SPDX-License-Identifier: MIT
#include "ops/followers.h"

#include <algorithm>
#include <optional>

#include "fed/cut_off.h"
#include "fed/federation.h"
#include "fed/followers.h"
#include "fed/home.h"
#include "model/audience.h"
#include "ops/wishes.h"
#include "store/letters.h"

namespace camp::ops {
namespace {

/// Members who follow the actor, and since when.
Result<std::vector<FollowerRow>> members_following(const store::Community& community,
                                                   const Actor& actor, Acquaintances& people) {
  std::vector<FollowerRow> rows;
  for (const OwnerId& id : CAMP_TRY(store::local_followers(community, actor.id))) {
    const index::Viewer own{id.text(), {model::private_repository(id)}};
    const auto follows = CAMP_TRY(community.index().live(own, "Follow", id.text(), actor.id.uri()));
    const auto first =
        follows.empty() ? Result<ObjectId>(ObjectId()) : ObjectId::parse(follows.front().id);
    Whom whom = CAMP_TRY(people.of(id.uri()));
    rows.push_back({std::move(whom), first && !follows.empty() ? first->time_ms() : 0});
  }
  return rows;
}

Result<std::optional<index::FollowRequest>> request_by(Acquaintances& people, const Actor& actor,
                                                       const Whom& whom) {
  if (people.db() == nullptr) return std::optional<index::FollowRequest>();
  for (auto& request : CAMP_TRY(people.db()->requests_of(actor.id.text()))) {
    if (CAMP_TRY(people.same(request.actor, whom))) return std::optional(std::move(request));
  }
  return std::optional<index::FollowRequest>();
}

Result<std::optional<fed::Follower>> follower_by(const store::Community& community,
                                                 Acquaintances& people, const Actor& actor,
                                                 const Whom& whom) {
  for (auto& follower : CAMP_TRY(fed::read_followers(community, actor.id))) {
    if (CAMP_TRY(people.same(follower.id, whom))) return std::optional(std::move(follower));
  }
  return std::optional<fed::Follower>();
}

/// Answers at the origin; a clone keeps the answer for its next sync.
Result<void> answer(store::Community& community, const Actor& actor, Acquaintances& people,
                    const index::FollowRequest& request, bool accept) {
  if (!community.settings().is_clone()) {
    return fed::answer_follow_request(community, actor.id, actor.handle, request, accept);
  }
  const auto what = accept ? fed::Wish::What::accept : fed::Wish::What::reject;
  return put_wish(*people.db(), {.what = what, .actor = request.actor});
}

Result<void> part_with(store::Community& community, const Actor& actor,
                       const fed::Follower& follower) {
  if (!community.settings().is_clone()) {
    CAMP_TRY(fed::remove_follower(community, actor.id, follower.id));
    return {};
  }
  auto db = CAMP_TRY(fed::open_server_db(community));
  return put_wish(db, {.what = fed::Wish::What::reject, .actor = follower.id});
}

/// The answer to somebody that waits for the next sync.
Result<std::string> waiting_answer(Acquaintances& people, const std::string& actor) {
  return people.db() == nullptr ? Result<std::string>(std::string())
                                : wish_about(*people.db(), actor);
}

tl::unexpected<Error> no_request(const Whom& whom) {
  return fail(Kind::not_found, whom.handle + " has not asked to follow you",
              "see who has with 'camp followers requests'");
}

/// Whoever may not speak for a member may not answer for them either.
Result<void> require_voice(const store::Community& community, const Actor& actor) {
  CAMP_TRY(signing_key(community, actor.id));
  return {};
}

}  // namespace

Result<std::vector<FollowerRow>> followers(const store::Community& community, const Actor& actor) {
  auto people = CAMP_TRY(Acquaintances::open(community));
  auto rows = CAMP_TRY(members_following(community, actor, people));
  for (const fed::Follower& follower : CAMP_TRY(fed::read_followers(community, actor.id))) {
    Whom whom = CAMP_TRY(people.of(follower.id));
    std::string waits = CAMP_TRY(waiting_answer(people, follower.id));
    rows.push_back({std::move(whom), follower.since_ms, std::move(waits)});
  }
  std::stable_sort(rows.begin(), rows.end(), [](const FollowerRow& a, const FollowerRow& b) {
    return a.since_ms < b.since_ms;
  });
  return rows;
}

Result<std::vector<FollowerRow>> follow_requests(const store::Community& community,
                                                 const Actor& actor) {
  auto people = CAMP_TRY(Acquaintances::open(community));
  std::vector<FollowerRow> rows;
  if (people.db() == nullptr) return rows;
  for (const auto& request : CAMP_TRY(people.db()->requests_of(actor.id.text()))) {
    Whom whom = CAMP_TRY(people.of(request.actor));
    std::string waits = CAMP_TRY(waiting_answer(people, request.actor));
    rows.push_back({std::move(whom), request.since_ms, std::move(waits)});
  }
  return rows;
}

Result<Whom> accept_follower(store::Community& community, const Actor& actor,
                             const std::string& who, bool dry_run) {
  CAMP_TRY(require_voice(community, actor));
  auto people = CAMP_TRY(Acquaintances::open(community));
  const Whom whom = CAMP_TRY(people.find(who));
  const auto request = CAMP_TRY(request_by(people, actor, whom));
  if (!request) {
    const bool follows =
        whom.is_member() || CAMP_TRY(follower_by(community, people, actor, whom)).has_value();
    return follows && !whom.is_member() ? Result<Whom>(whom) : no_request(whom);
  }
  if (!dry_run) CAMP_TRY(answer(community, actor, people, *request, true));
  return whom;
}

Result<Whom> reject_follower(store::Community& community, const Actor& actor,
                             const std::string& who, bool dry_run) {
  CAMP_TRY(require_voice(community, actor));
  auto people = CAMP_TRY(Acquaintances::open(community));
  const Whom whom = CAMP_TRY(people.find(who));
  if (whom.is_member()) {
    return fail(Kind::refused, "a member decides for themselves whom they follow",
                "'camp block " + whom.handle + "' keeps what is for your followers from them");
  }
  const auto request = CAMP_TRY(request_by(people, actor, whom));
  if (request && !dry_run) CAMP_TRY(answer(community, actor, people, *request, false));
  const auto follower = CAMP_TRY(follower_by(community, people, actor, whom));
  if (follower && !dry_run) CAMP_TRY(part_with(community, actor, *follower));
  if (!request && !follower) return no_request(whom);
  return whom;
}

}  // namespace camp::ops
