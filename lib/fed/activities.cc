// SPDX-License-Identifier: MIT
#include "fed/activities.h"

#include <nlohmann/json.hpp>

#include "base/time.h"
#include "fed/addressing.h"

namespace camp::fed {
namespace {

using model::Object;
using model::Type;

constexpr std::string_view kActivityStreams = "https://www.w3.org/ns/activitystreams";

/// An object within an activity has the activity's context.
Json without_context(Json object) {
  object.erase("@context");
  return object;
}

Json activity(std::string_view type, const std::string& id, const std::string& actor) {
  return {{"@context", kActivityStreams}, {"id", id}, {"type", type}, {"actor", actor}};
}

/// An activity with a note in it, addressed as the note.
Json around_note(std::string_view type, const std::string& id, const Json& note) {
  Json json = activity(type, id, note.value("attributedTo", std::string()));
  json["@context"] = object_context();
  json["to"] = note.at("to");
  json["cc"] = note.at("cc");
  json["object"] = without_context(note);
  return json;
}

Result<Json> removal_of(const Rendering& how, const Object& removal, const std::string& reader,
                        Json tombstone) {
  if (removal.type != Type::tombstone || !removal.target) {
    return fail(Kind::refused, "only a tombstone becomes a Delete");
  }
  const std::string handle = CAMP_TRY(author_handle(how, removal));
  const Addressing addressing = CAMP_TRY(addressing_of(how, removal, handle, reader, {}));
  Json json = activity("Delete", how.site.removal(removal.target->object), how.site.actor(handle));
  json["published"] = format_time(removal.published_ms);
  json["to"] = addressing.to;
  json["cc"] = addressing.cc;
  json["object"] = without_context(std::move(tombstone));
  return json;
}

Result<Json> reaction_of(const Rendering& how, const Object& reaction, const std::string& reader) {
  if (reaction.type != Type::like && reaction.type != Type::announce) {
    return fail(Kind::refused, "only a like or a boost is a reaction");
  }
  const std::string handle = CAMP_TRY(author_handle(how, reaction));
  const auto target = CAMP_TRY(how.names.object(reaction.about));
  if (!target) return fail(Kind::not_found, "there is no such object");
  std::vector<std::string> author;
  if (!target->author.empty()) author.push_back(target->author);
  const Addressing addressing = CAMP_TRY(addressing_of(how, reaction, handle, reader, author));
  Json json =
      activity(reaction.type_name, how.site.object(reaction.id.object), how.site.actor(handle));
  json["object"] = target->url;
  json["published"] = format_time(reaction.published_ms);
  // A like is told to the author of what is liked, a boost to everybody.
  const bool boost = reaction.type == Type::announce;
  json["to"] = boost ? addressing.to : author;
  json["cc"] = boost ? addressing.cc : std::vector<std::string>();
  return json;
}

Json answer(std::string_view type, const std::string& id, const std::string& actor,
            const Json& follow) {
  Json json = activity(type, id, actor);
  Json repeated = Json::object();
  for (const char* name : {"id", "type", "actor", "object"}) {
    if (const auto member = follow.find(name); member != follow.end()) repeated[name] = *member;
  }
  const auto follower = follow.find("actor");
  json["to"] = Json::array();
  if (follower != follow.end()) json["to"].push_back(*follower);
  json["object"] = std::move(repeated);
  return json;
}

std::string id_of(const Json& json) {
  const auto id = json.find("id");
  return id != json.end() && id->is_string() ? id->get<std::string>() : std::string();
}

}  // namespace

Json create_activity(const Site& site, const ObjectId& id, const Json& note) {
  Json json = around_note("Create", site.create(id), note);
  json["published"] = note.at("published");
  return json;
}

Json update_activity(const Site& site, const ObjectId& id, const ObjectId& version,
                     const Json& note) {
  Json json = around_note("Update", site.update(id, version), note);
  json["published"] = note.value("updated", note.value("published", std::string()));
  return json;
}

Result<Json> delete_activity(const Rendering& how, const store::Released<store::Anyone>& removal) {
  return removal_of(how, removal.object(), {}, tombstone_document(how.site, removal));
}

Result<Json> delete_activity(const Rendering& how,
                             const store::Released<store::Addressed>& removal) {
  return removal_of(how, removal.object(), removal.reader().person,
                    tombstone_document(how.site, removal));
}

Result<Json> reaction_activity(const Rendering& how,
                               const store::Released<store::Anyone>& reaction) {
  return reaction_of(how, reaction.object(), {});
}

Result<Json> reaction_activity(const Rendering& how,
                               const store::Released<store::Addressed>& reaction) {
  return reaction_of(how, reaction.object(), reaction.reader().person);
}

Json undo_activity(const Json& undone) {
  Json json = activity("Undo", id_of(undone) + "#undo", undone.value("actor", std::string()));
  for (const char* name : {"to", "cc"}) {
    if (const auto member = undone.find(name); member != undone.end()) json[name] = *member;
  }
  json["object"] = without_context(undone);
  return json;
}

Json follow_activity(const Site& site, std::string_view handle, const ObjectId& id,
                     std::string_view target) {
  Json json = activity("Follow", site.object(id), site.actor(handle));
  json["object"] = target;
  json["to"] = Json::array({target});
  return json;
}

Json accept_activity(const Site& site, std::string_view handle, const Json& follow) {
  return answer("Accept", site.accept(handle, id_of(follow)), site.actor(handle), follow);
}

Json reject_activity(const Site& site, std::string_view handle, const Json& follow) {
  return answer("Reject", site.reject(handle, id_of(follow)), site.actor(handle), follow);
}

Json flag_activity(const Site& site, std::string_view digest, const std::string& about,
                   const std::vector<std::string>& posts, std::string_view content) {
  Json json = activity("Flag", site.flag(digest), site.instance_actor());
  json["to"] = Json::array({about});
  json["object"] = Json::array({about});
  for (const std::string& post : posts) json["object"].push_back(post);
  json["content"] = content;
  return json;
}

Json actor_update_activity(const Site& site, std::string_view handle, const Json& actor,
                           std::int64_t now_ms) {
  Json json = activity("Update", site.actor_update(handle, now_ms), site.actor(handle));
  if (const auto context = actor.find("@context"); context != actor.end()) {
    json["@context"] = *context;
  }
  json["published"] = format_time(now_ms);
  json["to"] = Json::array({kPublicCollection});
  json["cc"] = Json::array({site.followers(handle)});
  json["object"] = without_context(actor);
  return json;
}

Json actor_delete_activity(const Site& site, std::string_view handle) {
  Json json = activity("Delete", site.actor_removal(handle), site.actor(handle));
  json["to"] = Json::array({kPublicCollection});
  json["object"] = site.actor(handle);
  return json;
}

}  // namespace camp::fed
