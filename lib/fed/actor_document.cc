// SPDX-License-Identifier: MIT
#include "fed/actor_document.h"

#include <nlohmann/json.hpp>

#include "base/time.h"
#include "crypto/did_key.h"
#include "http/message.h"

namespace camp::fed {
namespace {

Json picture_json(const ProfilePicture& picture) {
  Json json{{"type", "Image"}, {"mediaType", picture.media_type}, {"url", picture.url}};
  // Software that reads alt texts at all reads one or the other.
  if (!picture.alt.empty()) json["name"] = json["summary"] = picture.alt;
  return json;
}

Json transport_key(const std::string& id, const std::string& owner, std::string_view pem) {
  return {{"id", id}, {"owner", owner}, {"publicKeyPem", pem}};
}

/// FEP-521a.
Json multikeys(const Site& site, const ActorProfile& profile) {
  Json list = Json::array();
  for (const crypto::PublicKey& key : profile.keys) {
    list.push_back({{"id", site.multikey_id(profile.handle, key)},
                    {"type", "Multikey"},
                    {"controller", site.actor(profile.handle)},
                    {"publicKeyMultibase", crypto::to_multibase(key)}});
  }
  return list;
}

void put_self_description(const Site& site, const ActorProfile& profile, Json& json) {
  json["name"] = profile.name.empty() ? profile.handle : profile.name;
  json["summary"] = profile.summary_html;
  json["attachment"] = Json::array();
  for (const ProfileField& field : profile.fields) {
    json["attachment"].push_back(
        {{"type", "PropertyValue"}, {"name", field.name}, {"value", field.value_html}});
  }
  json["tag"] = Json::array();
  for (const std::string& tag : profile.hashtags) {
    json["tag"].push_back({{"type", "Hashtag"}, {"name", "#" + tag}, {"href", site.tag(tag)}});
  }
  if (profile.icon) json["icon"] = picture_json(*profile.icon);
  if (profile.image) json["image"] = picture_json(*profile.image);
}

void put_addresses(const Site& site, const std::string& handle, Json& json) {
  json["id"] = site.actor(handle);
  json["url"] = site.profile_page(handle);
  json["preferredUsername"] = handle;
  json["webfinger"] = site.address(handle);
  json["inbox"] = site.inbox(handle);
  json["outbox"] = site.outbox(handle);
  json["followers"] = site.followers(handle);
  json["following"] = site.following(handle);
  json["endpoints"] = {{"sharedInbox", site.shared_inbox()}};
}

/// The day of a time: nobody needs the minute at which somebody joined.
std::string day_of(std::int64_t ms) {
  constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;
  return format_time(ms - ms % kDayMs);
}

Json reference(const char* id) { return {{"@id", id}, {"@type", "@id"}}; }

}  // namespace

Json actor_context() {
  // The terms are written out, so that nobody has to fetch a third document to understand them.
  return Json::array(
      {"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1",
       Json{{"sec", "https://w3id.org/security#"},
            {"Multikey", "sec:Multikey"},
            {"assertionMethod", reference("sec:assertionMethod")},
            {"controller", reference("sec:controller")},
            {"publicKeyMultibase", {{"@id", "sec:publicKeyMultibase"}, {"@type", "sec:multibase"}}},
            {"manuallyApprovesFollowers", "as:manuallyApprovesFollowers"},
            {"alsoKnownAs", reference("as:alsoKnownAs")},
            {"movedTo", reference("as:movedTo")},
            {"Hashtag", "as:Hashtag"},
            {"toot", "http://joinmastodon.org/ns#"},
            {"discoverable", "toot:discoverable"},
            {"indexable", "toot:indexable"},
            {"schema", "http://schema.org#"},
            {"PropertyValue", "schema:PropertyValue"},
            {"value", "schema:value"},
            {"webfinger", "https://purl.archive.org/socialweb/webfinger#webfinger"}}});
}

Json actor_document(const Site& site, const ActorProfile& profile) {
  Json json{{"@context", actor_context()},
            {"type", profile.bot ? "Service" : "Person"},
            {"manuallyApprovesFollowers", profile.locked},
            {"discoverable", profile.discoverable},
            {"indexable", profile.indexable},
            {"published", day_of(profile.published_ms)},
            {"assertionMethod", multikeys(site, profile)},
            {"publicKey", transport_key(site.key_id(profile.handle), site.actor(profile.handle),
                                        profile.public_key_pem)}};
  put_addresses(site, profile.handle, json);
  put_self_description(site, profile, json);
  if (!profile.also_known_as.empty()) json["alsoKnownAs"] = profile.also_known_as;
  if (!profile.moved_to.empty()) json["movedTo"] = profile.moved_to;
  return json;
}

Json instance_actor_document(const Site& site, std::string_view community_name,
                             std::string_view public_key_pem) {
  const std::string id = site.instance_actor();
  return {{"@context", actor_context()},
          {"id", id},
          {"type", "Application"},
          {"preferredUsername", site.host()},
          {"webfinger", site.address(site.host())},
          {"name", community_name},
          {"url", site.origin() + "/"},
          {"inbox", site.shared_inbox()},
          {"outbox", site.instance_outbox()},
          {"endpoints", {{"sharedInbox", site.shared_inbox()}}},
          {"manuallyApprovesFollowers", true},
          {"publicKey", transport_key(site.instance_key_id(), id, public_key_pem)}};
}

Json actor_tombstone(const Site& site, std::string_view handle) {
  return {{"@context", "https://www.w3.org/ns/activitystreams"},
          {"id", site.actor(handle)},
          {"type", "Tombstone"},
          {"formerType", "Person"}};
}

}  // namespace camp::fed
