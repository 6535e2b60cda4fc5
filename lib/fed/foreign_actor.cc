// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "fed/foreign.h"
#include "model/markup.h"

namespace camp::fed {
namespace {

constexpr std::size_t kMaxName = 500;
constexpr std::size_t kMaxSummary = 20 << 10;
constexpr std::size_t kMaxKeys = 10;
constexpr std::size_t kMaxKey = 4 << 10;
constexpr std::size_t kMaxAliases = 50;
constexpr std::size_t kMaxUser = 128;

constexpr std::array<std::string_view, 5> kActorTypes{"Person", "Service", "Group", "Organization",
                                                      "Application"};

std::string cut(std::string text, std::size_t most) {
  if (text.size() > most) text = valid_utf8(text.substr(0, most));
  return text;
}

/// A list of objects, or one object alone.
std::vector<const Json*> objects_of(const Json& document, const char* member, std::size_t most) {
  std::vector<const Json*> all;
  const auto found = document.find(member);
  if (found == document.end()) return all;
  if (found->is_object()) return {&*found};
  if (!found->is_array()) return all;
  for (const Json& value : *found) {
    if (all.size() == most) break;
    if (value.is_object()) all.push_back(&value);
  }
  return all;
}

/// Keys whose owner (or controller) is the actor and whose id is of the actor's host: others would
/// let one actor vouch for the signatures of another.
std::vector<model::RemoteKey> keys_of(const Json& document, const std::string& actor,
                                      const char* member, const char* owner, const char* value,
                                      http::Policy policy) {
  std::vector<model::RemoteKey> keys;
  for (const Json* key : objects_of(document, member, kMaxKeys)) {
    const std::string id = text_of(*key, "id");
    std::string text = text_of(*key, value);
    const bool sound = !id.empty() && id.size() <= kMaxUri && !text.empty() &&
                       text.size() <= kMaxKey && uri_of(*key, owner) == actor &&
                       same_host(id, actor, policy);
    if (sound) keys.push_back({id, std::move(text)});
  }
  return keys;
}

/// The URL of a member if we would speak with it; else empty.
std::string url_of(const Json& document, const char* member, http::Policy policy) {
  std::string url = uri_of(document, member);
  return http::parse_url(url, policy) ? url : std::string();
}

std::string icon_of(const Json& document, http::Policy policy) {
  for (const Json* icon : objects_of(document, "icon", 1)) {
    const auto url = icon->find("url");
    if (url == icon->end()) continue;
    std::string text = url->is_object() ? text_of(*url, "href") : uri_of(*icon, "url");
    if (http::parse_url(text, policy)) return text;
  }
  return {};
}

/// The page to open: on the actor's own host, or its id.
std::string page_of_actor(const Json& document, const std::string& id, http::Policy policy) {
  const std::string url = url_of(document, "url", policy);
  return same_host(url, id, policy) ? url : id;
}

std::string shared_inbox_of(const Json& document, const std::string& id, http::Policy policy) {
  const auto endpoints = document.find("endpoints");
  if (endpoints == document.end() || !endpoints->is_object()) return {};
  const std::string url = url_of(*endpoints, "sharedInbox", policy);
  return same_host(url, id, policy) ? url : std::string();
}

bool flag(const Json& document, const char* member) {
  const auto found = document.find(member);
  return found != document.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace

bool is_user_name(std::string_view user) {
  const auto word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !user.empty() && user.size() <= kMaxUser && word(user.front()) && word(user.back()) &&
         std::all_of(user.begin(), user.end(),
                     [&](char c) { return word(c) || c == '.' || c == '-'; });
}

bool is_actor_type(std::string_view type) {
  return std::find(kActorTypes.begin(), kActorTypes.end(), type) != kActorTypes.end();
}

Result<model::RemoteActor> read_actor(const Json& document, http::Policy policy) {
  model::RemoteActor actor;
  actor.id = text_of(document, "id");
  actor.host = host_of(actor.id, policy);
  if (actor.host.empty()) return fail(Kind::refused, "an actor without an id that is a URL");
  actor.type = type_of(document);
  if (!is_actor_type(actor.type)) {
    return fail(Kind::refused, "a document that is no actor");
  }
  actor.user = text_of(document, "preferredUsername");
  if (!is_user_name(actor.user)) return fail(Kind::refused, "an actor without a preferredUsername");
  actor.inbox = url_of(document, "inbox", policy);
  if (!same_host(actor.inbox, actor.id, policy)) {
    return fail(Kind::refused, "an actor without an inbox on its own host");
  }
  actor.name = cut(text_of(document, "name"), kMaxName);
  const std::string summary = text_of(document, "summary");
  if (summary.size() <= kMaxSummary) actor.summary = model::to_html(summary, "text/html");
  actor.url = page_of_actor(document, actor.id, policy);
  actor.shared_inbox = shared_inbox_of(document, actor.id, policy);
  actor.outbox = url_of(document, "outbox", policy);
  actor.followers = url_of(document, "followers", policy);
  actor.icon = icon_of(document, policy);
  actor.keys = keys_of(document, actor.id, "publicKey", "owner", "publicKeyPem", policy);
  actor.multikeys =
      keys_of(document, actor.id, "assertionMethod", "controller", "publicKeyMultibase", policy);
  actor.aliases = uris_of(document, "alsoKnownAs", kMaxAliases);
  actor.moved_to = url_of(document, "movedTo", policy);
  actor.locked = flag(document, "manuallyApprovesFollowers");
  return actor;
}

Result<model::RemoteActor> check_actor(model::RemoteActor actor, http::Policy policy) {
  if (host_of(actor.id, policy).empty()) {
    return fail(Kind::refused, "an actor without an id that is a URL");
  }
  if (!is_actor_type(actor.type)) return fail(Kind::refused, "a document that is no actor");
  if (!is_user_name(actor.user)) return fail(Kind::refused, "an actor without a preferredUsername");
  const std::string scheme = policy.loopback ? "http://" : "https://";
  const bool is_host = host_of("https://" + actor.host + "/", policy) == actor.host ||
                       host_of(scheme + actor.host + "/", policy) == actor.host;
  if (!is_host) return fail(Kind::refused, "an actor whose handle has no host");
  actor.name = cut(std::move(actor.name), kMaxName);
  const bool short_enough = actor.summary.size() <= kMaxSummary;
  actor.summary = short_enough ? model::to_html(actor.summary, "text/html") : std::string();
  if (!same_host(actor.url, actor.id, policy)) actor.url = actor.id;
  for (std::string* url : {&actor.inbox, &actor.shared_inbox, &actor.outbox, &actor.followers,
                           &actor.icon, &actor.moved_to}) {
    if (!http::parse_url(*url, policy)) url->clear();
  }
  // Nobody's signatures are believed on another's word.
  actor.keys.clear();
  actor.multikeys.clear();
  actor.aliases.clear();
  return actor;
}

}  // namespace camp::fed
