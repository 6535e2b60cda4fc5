// SPDX-License-Identifier: MIT
#include <algorithm>

#include "fed/inbox.h"

namespace camp::fed {

// Somebody moves to another account. The old account says so, and the new one must name the old one
// among its own (alsoKnownAs); else anybody could carry somebody else's followers away.
Decision decide_move(const Activity& activity, const Facts& facts) {
  if (activity.object != activity.actor) return {.ignored = "it moves somebody else"};
  if (activity.target.empty() || activity.target == activity.actor) {
    return {.ignored = "it moves nowhere"};
  }
  if (facts.followers_here.empty()) return {.ignored = "nobody here follows who moves"};
  if (facts.moved_lately) return {.ignored = "they moved less than seven days ago"};
  if (!facts.target || facts.target->id != activity.target) {
    return {.ignored = "the new account did not answer"};
  }
  if (!facts.target->moved_to.empty()) return {.ignored = "the new account has moved as well"};
  const auto& aliases = facts.target->aliases;
  if (std::find(aliases.begin(), aliases.end(), activity.actor) == aliases.end()) {
    return {.ignored = "the new account does not name the old one"};
  }
  Decision decision;
  decision.effects.emplace_back(NoteMove{activity.actor});
  model::RemoteActor old = facts.actor;
  old.moved_to = activity.target;
  decision.effects.emplace_back(KeepActor{std::move(old)});
  for (const index::Following& follow : facts.followers_here) {
    if (follow.state == index::FollowState::refused) continue;
    decision.effects.emplace_back(MoveFollow{follow, *facts.target});
  }
  return decision;
}

}  // namespace camp::fed
