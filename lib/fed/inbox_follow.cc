// SPDX-License-Identifier: MIT
#include "fed/inbox.h"

namespace camp::fed {
namespace {

AnswerFollow answer_to(const Activity& activity, const Facts& facts, bool accept) {
  return {*facts.member, accept, facts.actor.inbox, activity.id, activity.actor};
}

Tell news(const Activity& activity, const Facts& facts, index::NoticeKind kind) {
  return {{.member = facts.member->id.text(),
           .kind = kind,
           .actor = activity.actor,
           .at_ms = facts.now_ms}};
}

}  // namespace

Decision decide_follow(const Activity& activity, const Facts& facts) {
  if (!facts.member) return {.ignored = "it follows nobody here"};
  const ConcernedMember& member = *facts.member;
  const Remember seen{seen_name(activity.actor, activity.id)};
  if (facts.undone) {
    // Once: some use the id again for the next time.
    return {.effects = {Unremember{undone_name(activity.actor, activity.id)}, seen},
            .ignored = "it was taken back before it came"};
  }
  // Who followed before the move stays, also if they ask again.
  if (member.blocks || (member.moved && !facts.follower)) {
    return {.effects = {seen, answer_to(activity, facts, false)}};
  }
  if (member.locked && !facts.follower) {
    Decision decision{.effects = {seen, AskMember{{.member = member.id.text(),
                                                   .actor = activity.actor,
                                                   .activity = activity.id,
                                                   .since_ms = facts.now_ms}}}};
    if (!facts.request && !member.mutes) {
      decision.effects.emplace_back(news(activity, facts, index::NoticeKind::follow_request));
    }
    return decision;
  }
  // A Follow that comes again, perhaps with a new id, is accepted again: the answer may be lost.
  Follower follower{.id = activity.actor,
                    .inbox = facts.actor.inbox,
                    .shared_inbox = facts.actor.shared_inbox,
                    .software = facts.actor.software,
                    .follow = activity.id,
                    .since_ms = facts.follower ? facts.follower->since_ms : facts.now_ms};
  if (!encode_follower(follower)) return {.ignored = "its addresses are too long, or none"};
  Decision decision{.effects = {seen, AddFollower{member, std::move(follower)},
                                DropRequest{member.id.text(), activity.actor},
                                answer_to(activity, facts, true)}};
  if (!facts.follower && !member.mutes) {
    decision.effects.emplace_back(news(activity, facts, index::NoticeKind::follow));
  }
  return decision;
}

Decision decide_accept(const Activity& activity, const Facts& facts) {
  if (!facts.following || facts.following->actor != activity.actor) {
    return {.ignored = "it accepts nothing that we asked for"};
  }
  // Whoever was rejected asks again, under another id.
  if (facts.following->state == index::FollowState::refused) {
    return {.ignored = "the follow was rejected already"};
  }
  index::Following following = *facts.following;
  following.state = index::FollowState::accepted;
  return {.effects = {SetFollowing{std::move(following)}}};
}

Decision decide_reject(const Activity& activity, const Facts& facts) {
  if (!facts.following || facts.following->actor != activity.actor) {
    return {.ignored = "it rejects nothing that we asked for"};
  }
  index::Following following = *facts.following;
  following.state = index::FollowState::refused;
  return {.effects = {SetFollowing{std::move(following)}}};
}

Decision decide_block(const Activity& activity, const Facts& facts) {
  if (!facts.member) return {.ignored = "it blocks nobody here"};
  // Both follows end. Nobody is told: a Block is the blocker's own business.
  Decision decision;
  const std::string member = facts.member->id.text();
  if (facts.follower) decision.effects.emplace_back(DropFollower{*facts.member, activity.actor});
  if (facts.request) decision.effects.emplace_back(DropRequest{member, activity.actor});
  if (facts.following) {
    index::Following following = *facts.following;
    following.state = index::FollowState::refused;
    decision.effects.emplace_back(SetFollowing{std::move(following)});
  }
  return decision;
}

}  // namespace camp::fed
