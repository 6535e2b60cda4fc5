// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "fed/activities.h"
#include "fed/foreign.h"
#include "fed/telling.h"

namespace camp::fed {
namespace {

/// Whom a follow is about; nothing if nobody says who that is.
Result<std::optional<model::RemoteActor>> actor_named(PublishContext& context,
                                                      const std::string& uri) {
  const auto account = uri.starts_with("acct:") ? parse_account(uri) : std::nullopt;
  auto actor =
      account ? context.remote.resolve(account->user, account->host) : context.remote.actor(uri);
  if (actor) return std::optional(*std::move(actor));
  if (actor.error().kind == Kind::network) return tl::unexpected<Error>(actor.error());
  // Whom the community blocks is not asked for, and known perhaps.
  if (actor.error().kind == Kind::refused) return person_named(context.db, uri);
  return std::optional<model::RemoteActor>();
}

/// As if they had said no; whoever follows them already goes on.
Result<void> refuse(Telling& telling, const Json& activity, const std::string& actor) {
  index::ServerDb& db = telling.context.db;
  const std::string member = telling.ours.object.author().text();
  if (CAMP_TRY(db.following(member, actor))) return {};
  return db.put_following({.member = member,
                           .actor = actor,
                           .activity = text_of(activity, "id"),
                           .state = index::FollowState::refused,
                           .since_ms = telling.now});
}

}  // namespace

Result<void> tell_follow(Telling& telling) {
  const model::Object& object = telling.ours.object;
  if (!object.json->value("camp:ask", false)) return {};
  const auto actor = CAMP_TRY(actor_named(telling.context, object.about));
  if (!actor) return {};
  const Json activity =
      follow_activity(telling.context.site, telling.ours.handle, object.id.object, actor->id);
  // An account that was moved away from takes nobody on, and is asked for nothing; whom the
  // community blocks by now neither.
  const bool blocked = CAMP_TRY(is_blocked_by_community(telling.context.community, *actor));
  if (!actor->moved_to.empty() || blocked) {
    return refuse(telling, activity, actor->id);
  }
  telling.enqueue(actor->inbox, activity);
  telling.record = Json({{"type", "Follow"},
                         {"actor", actor->id},
                         {"inboxes", Json::array({actor->inbox})},
                         {"activity", activity}})
                       .dump();
  const auto known = CAMP_TRY(telling.context.db.following(object.author().text(), actor->id));
  const bool already = known && known->state == index::FollowState::accepted;
  return telling.context.db.put_following(
      {.member = object.author().text(),
       .actor = actor->id,
       .activity = text_of(activity, "id"),
       .state = already ? index::FollowState::accepted : index::FollowState::sent,
       .since_ms = telling.now});
}

}  // namespace camp::fed
