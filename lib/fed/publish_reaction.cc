// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "fed/activities.h"
#include "fed/telling.h"

namespace camp::fed {
namespace {

Result<void> send(Telling& telling, Json activity) {
  CAMP_TRY(telling.prove(activity));
  const bool to_followers =
      addresses(activity, telling.context.site.followers(telling.ours.handle));
  if (to_followers) CAMP_TRY(telling.enqueue_to_followers(activity));
  std::set<std::string> others;
  for (const std::string& uri : recipients_in(activity)) {
    const auto actor = CAMP_TRY(telling.context.db.actor(uri));
    if (telling.may_hear(actor)) others.insert(actor->inbox);
  }
  telling.enqueue_to(others, activity);
  if (telling.empty()) return {};
  telling.record = Json({{"type", telling.ours.object.type_name},
                         {"followers", to_followers},
                         {"inboxes", others},
                         {"activity", activity}})
                       .dump();
  return {};
}

/// A like of a post that is not public stands in the private repository, addressed to its author.
Result<void> tell_its_author(Telling& telling) {
  for (const std::string& person : telling.persons_elsewhere()) {
    const store::Addressed reader{person, store::Tie::none};
    auto released = store::Gate::release(telling.ours.object, reader);
    if (!released) continue;
    const Names names = CAMP_TRY(telling.names(reader));
    const Rendering how = telling.rendering(names);
    auto activity = reaction_activity(how, *released);
    if (activity) return send(telling, *std::move(activity));
  }
  return {};
}

}  // namespace

Result<void> tell_reaction(Telling& telling) {
  auto released = store::Gate::release(telling.ours.object, store::Anyone{});
  if (!released) return tell_its_author(telling);
  const Names names = CAMP_TRY(telling.names(store::Anyone{}));
  const Rendering how = telling.rendering(names);
  auto activity = reaction_activity(how, *released);
  if (!activity && activity.error().kind == Kind::not_found) return {};
  return send(telling, CAMP_TRY(std::move(activity)));
}

}  // namespace camp::fed
