// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "fed/activities.h"
#include "fed/foreign.h"
#include "fed/inbox_facts.h"
#include "fed/queue.h"
#include "fed/telling.h"

namespace camp::fed {
namespace {

/// Whom a message to an inbox is for, where nobody is told of the others.
Result<Json> followers_at(Telling& telling, const std::string& inbox) {
  Json ids = Json::array();
  for (const Follower& follower : CAMP_TRY(telling.followers())) {
    if (follower.inbox == inbox) ids.push_back(follower.id);
  }
  return ids;
}

/// A Follow in whose place the member has put a newer one to the same person: an Undo of the old
/// one would end both.
Result<bool> is_superseded(const Telling& telling, const Json& sent) {
  if (text_of(sent, "type") != "Follow") return false;
  const std::string member = telling.ours.object.author().text();
  const auto known = CAMP_TRY(telling.context.db.following(member, text_of(sent, "actor")));
  return known && known->activity != text_of(sent.at("activity"), "id");
}

/// Words of a deleted post that have not gone out yet never will.
Result<void> drop_versions(const PublishContext& context, const ObjectId& id) {
  for (const auto& waiting : CAMP_TRY(context.db.waiting_activities())) {
    if (is_version_of(context.site, waiting.activity, id)) {
      CAMP_TRY(context.db.drop_activity(waiting.activity));
    }
  }
  return {};
}

/// The people who may have been told of what goes.
Result<std::vector<store::Addressed>> readers_of(Telling& telling) {
  std::vector<store::Addressed> readers;
  for (const std::string& person : telling.persons_elsewhere()) {
    readers.push_back({person, store::Tie::none});
  }
  const OwnerId& author = telling.ours.object.author();
  for (const Follower& follower : CAMP_TRY(telling.followers())) {
    const auto tie =
        CAMP_TRY(tie_of(telling.context.community, telling.context.db, author, follower.id));
    readers.push_back({follower.id, tie});
  }
  return readers;
}

/// The tombstone has the audience of what it removes. Null if nobody may know of it.
Result<Json> deletion(Telling& telling) {
  auto open = store::Gate::release(telling.ours.object, store::Anyone{});
  if (open) {
    const Names names = CAMP_TRY(telling.names(store::Anyone{}));
    const Rendering how = telling.rendering(names);
    return delete_activity(how, *open);
  }
  for (const store::Addressed& reader : CAMP_TRY(readers_of(telling))) {
    auto released = store::Gate::release(telling.ours.object, reader);
    if (!released) continue;
    const Names names = CAMP_TRY(telling.names(reader));
    const Rendering how = telling.rendering(names);
    return delete_activity(how, *released);
  }
  return Json();
}

}  // namespace

Result<void> tell_end(Telling& telling) {
  const model::Object& object = telling.ours.object;
  index::ServerDb& db = telling.context.db;
  if (!object.target) return {};
  const std::string target = object.target->object.text();
  const std::string kept = CAMP_TRY(db.value("sent " + target));
  if (kept.empty()) return {};  // nobody was told of it
  const Json sent = CAMP_TRY(parse_json(kept));
  telling.forgotten = target;
  if (CAMP_TRY(is_superseded(telling, sent))) return {};
  Json activity;
  if (text_of(sent, "type") == "Note") {
    CAMP_TRY(drop_versions(telling.context, object.target->object));
    activity = CAMP_TRY(deletion(telling));
    if (activity.is_null()) return {};
  } else {
    activity = undo_activity(sent.at("activity"));
  }
  if (sent.value("followers", false)) CAMP_TRY(telling.enqueue_to_followers(activity));
  const bool apart = object.audience.people == model::People::mutuals;
  for (const std::string& inbox : CAMP_TRY(inboxes_in(kept))) {
    if (apart) activity["to"] = CAMP_TRY(followers_at(telling, inbox));
    telling.enqueue_to({inbox}, activity);
  }
  if (text_of(sent, "type") != "Follow") return {};
  return db.remove_following(object.author().text(), text_of(sent, "actor"));
}

}  // namespace camp::fed
