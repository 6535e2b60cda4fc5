// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "fed/foreign.h"
#include "fed/inbox.h"

namespace camp::fed {
namespace {

using index::NoticeKind;
using index::ReactionKind;

std::optional<ReactionKind> kind_of(const std::string& type) {
  if (type == "Announce") return ReactionKind::boost;
  if (type == "Like" || type == "EmojiReact") return ReactionKind::like;
  return std::nullopt;
}

NoticeKind notice_of(ReactionKind kind) {
  return kind == ReactionKind::boost ? NoticeKind::boost : NoticeKind::like;
}

Decision undo_follow(const Activity& activity, const Facts& facts) {
  if (!facts.member || (!facts.follower && !facts.request)) {
    Decision decision{.ignored = "it takes back a follow that is not known"};
    if (!facts.seen && !activity.object.empty()) {
      decision.effects.emplace_back(Remember{undone_name(activity.actor, activity.object)});
    }
    return decision;
  }
  const bool older = facts.seen && facts.follower && !facts.follower->follow.empty() &&
                     facts.follower->follow != activity.object && !activity.object.empty();
  if (older) return {.ignored = "it takes back an older follow than the one that stands"};
  const std::string member = facts.member->id.text();
  Decision decision;
  if (facts.follower) decision.effects.emplace_back(DropFollower{*facts.member, activity.actor});
  decision.effects.emplace_back(DropRequest{member, activity.actor});
  for (const NoticeKind kind : {NoticeKind::follow, NoticeKind::follow_request}) {
    decision.effects.emplace_back(TakeBackNotice{kind, activity.actor, "", member});
  }
  return decision;
}

/// By its id, which also keeps it away if it is still to come; only what has none by what it is
/// about.
Decision undo_reaction(const Activity& activity, ReactionKind kind) {
  const std::string about = uri_of(*activity.embedded, "object");
  if (activity.object.empty()) {
    return {.effects = {DropReaction{"", kind, activity.actor, about}}};
  }
  return {.effects = {DropReaction{activity.object, kind, activity.actor, ""},
                      Remember{undone_name(activity.actor, activity.object)}}};
}

}  // namespace

Decision decide_reaction(const Activity& activity, const Facts& facts) {
  if (facts.undone) return {.ignored = "it was taken back before it came"};
  const ReactionKind kind = kind_of(activity.type).value_or(ReactionKind::like);
  const KeepReaction reaction{{.activity = activity.id,
                               .kind = kind,
                               .actor = activity.actor,
                               .object = activity.object,
                               .at_ms = facts.now_ms}};
  if (facts.ours) {
    Decision decision{.effects = {reaction}};
    if (facts.member && !facts.member->mutes && !facts.member->blocks) {
      decision.effects.emplace_back(Tell{{.member = facts.member->id.text(),
                                          .kind = notice_of(kind),
                                          .actor = activity.actor,
                                          .object = activity.object,
                                          .at_ms = facts.now_ms}});
    }
    return decision;
  }
  if (facts.post) return {.effects = {reaction}};
  // Whatever is embedded is the booster's word; the post is asked of its own host.
  if (kind == ReactionKind::boost && facts.followed_here) {
    return {.effects = {reaction, FetchLater{activity.object}}};
  }
  return {.ignored = "it is about nothing that is here"};
}

Decision decide_undo(const Activity& activity, const Facts& facts) {
  if (activity.embedded != nullptr) {
    const std::string maker = uri_of(*activity.embedded, "actor");
    if (!maker.empty() && maker != activity.actor) {
      return {.ignored = "it takes back what somebody else did"};
    }
    if (activity.object_type == "Follow") return undo_follow(activity, facts);
    if (const auto kind = kind_of(activity.object_type)) return undo_reaction(activity, *kind);
    return {.ignored = "camp does nothing with what it takes back"};
  }
  // By its id alone: a follow that we know, or else a reaction, or what is still to come.
  const bool follow = (facts.follower && facts.follower->follow == activity.object) ||
                      (facts.request && facts.request->activity == activity.object);
  if (follow) return undo_follow(activity, facts);
  if (activity.object.empty() || facts.seen) return {.ignored = "it takes back nothing"};
  return {.effects = {DropReaction{activity.object, ReactionKind::like, activity.actor, ""},
                      Remember{undone_name(activity.actor, activity.object)}}};
}

}  // namespace camp::fed
