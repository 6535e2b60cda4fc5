// SPDX-License-Identifier: MIT
#include "model/remote.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "crypto/digest.h"

namespace camp::model {
namespace {

/// Members that are empty are left out: most posts have few of them.
void put(Json& json, const char* name, const std::string& value) {
  if (!value.empty()) json[name] = value;
}

void put(Json& json, const char* name, const std::vector<std::string>& values) {
  if (!values.empty()) json[name] = values;
}

/// Lists of small records as lists of lists of texts.
template <class Record, class... Member>
void put_records(Json& json, const char* name, const std::vector<Record>& records,
                 Member... member) {
  for (const Record& record : records) json[name].push_back(Json::array({record.*member...}));
}

std::string text(const Json& json, const char* name) { return json.value(name, std::string()); }

std::vector<std::string> texts(const Json& json, const char* name) {
  return json.value(name, std::vector<std::string>());
}

template <class Record, class... Member>
std::vector<Record> records(const Json& json, const char* name, Member... member) {
  std::vector<Record> all;
  const auto found = json.find(name);
  if (found == json.end()) return all;
  for (const Json& row : *found) {
    Record record;
    std::size_t column = 0;
    ((record.*member = row.at(column++).template get<std::string>()), ...);
    all.push_back(std::move(record));
  }
  return all;
}

/// As put_records writes it, and behind that what not every file has: its blur, then its focus.
void put_media(Json& json, const std::vector<RemoteMedia>& attachments) {
  for (const RemoteMedia& media : attachments) {
    Json row = Json::array({media.url, media.media_type, media.name});
    if (media.focus || !media.blurhash.empty()) row.push_back(media.blurhash);
    if (media.focus) {
      row.push_back(media.focus->x);
      row.push_back(media.focus->y);
    }
    json["attachments"].push_back(std::move(row));
  }
}

std::vector<RemoteMedia> media_in(const Json& json) {
  auto attachments = records<RemoteMedia>(json, "attachments", &RemoteMedia::url,
                                          &RemoteMedia::media_type, &RemoteMedia::name);
  for (std::size_t i = 0; i < attachments.size(); ++i) {
    const Json& row = json["attachments"][i];
    if (row.size() > 3) attachments[i].blurhash = row[3].get<std::string>();
    if (row.size() > 5) attachments[i].focus = Focus{row[4].get<int>(), row[5].get<int>()};
  }
  return attachments;
}

template <class Read>
auto read_kept(std::string_view json, const char* what, Read read)
    -> Result<decltype(read(Json()))> {
  const Json document = Json::parse(json, nullptr, false);
  if (!document.is_object()) return fail(Kind::damaged, std::string(what) + " that is no JSON");
  try {
    return read(document);
  } catch (const Json::exception& error) {
    return fail(Kind::damaged, std::string(what) + ": " + error.what());
  }
}

}  // namespace

std::string_view visibility_name(Visibility visibility) {
  switch (visibility) {
    case Visibility::public_:
      return "public";
    case Visibility::unlisted:
      return "unlisted";
    case Visibility::followers:
      return "followers";
    case Visibility::direct:
      break;
  }
  return "direct";
}

Visibility visibility_of(std::string_view name) {
  for (const auto each : {Visibility::public_, Visibility::unlisted, Visibility::followers}) {
    if (visibility_name(each) == name) return each;
  }
  return Visibility::direct;
}

ObjectId local_id(const RemotePost& post) {
  return ObjectId::make(std::max<std::int64_t>(0, post.published_ms), crypto::sha256(post.id));
}

Json to_json(const RemoteActor& actor) {
  Json json = Json::object();
  put(json, "id", actor.id);
  put(json, "type", actor.type);
  put(json, "user", actor.user);
  put(json, "host", actor.host);
  put(json, "name", actor.name);
  put(json, "summary", actor.summary);
  put(json, "url", actor.url);
  put(json, "inbox", actor.inbox);
  put(json, "sharedInbox", actor.shared_inbox);
  put(json, "outbox", actor.outbox);
  put(json, "followers", actor.followers);
  put(json, "icon", actor.icon);
  put_records(json, "keys", actor.keys, &RemoteKey::id, &RemoteKey::value);
  put_records(json, "multikeys", actor.multikeys, &RemoteKey::id, &RemoteKey::value);
  put(json, "aliases", actor.aliases);
  put(json, "movedTo", actor.moved_to);
  put(json, "software", actor.software);
  if (actor.locked) json["locked"] = true;
  if (actor.gone) json["gone"] = true;
  return json;
}

Result<RemoteActor> remote_actor_from(std::string_view json) {
  return read_kept(json, "a kept actor", [](const Json& kept) {
    return RemoteActor{
        .id = text(kept, "id"),
        .type = text(kept, "type"),
        .user = text(kept, "user"),
        .host = text(kept, "host"),
        .name = text(kept, "name"),
        .summary = text(kept, "summary"),
        .url = text(kept, "url"),
        .inbox = text(kept, "inbox"),
        .shared_inbox = text(kept, "sharedInbox"),
        .outbox = text(kept, "outbox"),
        .followers = text(kept, "followers"),
        .icon = text(kept, "icon"),
        .keys = records<RemoteKey>(kept, "keys", &RemoteKey::id, &RemoteKey::value),
        .multikeys = records<RemoteKey>(kept, "multikeys", &RemoteKey::id, &RemoteKey::value),
        .aliases = texts(kept, "aliases"),
        .moved_to = text(kept, "movedTo"),
        .locked = kept.value("locked", false),
        .gone = kept.value("gone", false),
        .software = text(kept, "software"),
    };
  });
}

Json to_json(const RemotePost& post) {
  Json json = Json::object();
  put(json, "id", post.id);
  put(json, "actor", post.actor);
  put(json, "type", post.type);
  put(json, "url", post.url);
  put(json, "content", post.content);
  put(json, "summary", post.summary);
  put(json, "language", post.language);
  put(json, "inReplyTo", post.in_reply_to);
  put(json, "context", post.context);
  json["visibility"] = visibility_name(post.visibility);
  if (post.sensitive) json["sensitive"] = true;
  json["published"] = post.published_ms;
  if (post.edited_ms != 0) json["edited"] = post.edited_ms;
  put_media(json, post.attachments);
  put_records(json, "emojis", post.emojis, &RemoteEmoji::name, &RemoteEmoji::url);
  put(json, "tags", post.tags);
  put(json, "mentions", post.mentions);
  put(json, "recipients", post.recipients);
  return json;
}

Result<RemotePost> remote_post_from(std::string_view json) {
  return read_kept(json, "a kept post", [](const Json& kept) {
    return RemotePost{
        .id = text(kept, "id"),
        .actor = text(kept, "actor"),
        .type = text(kept, "type"),
        .url = text(kept, "url"),
        .content = text(kept, "content"),
        .summary = text(kept, "summary"),
        .language = text(kept, "language"),
        .in_reply_to = text(kept, "inReplyTo"),
        .context = text(kept, "context"),
        .visibility = visibility_of(text(kept, "visibility")),
        .sensitive = kept.value("sensitive", false),
        .published_ms = kept.value("published", std::int64_t{0}),
        .edited_ms = kept.value("edited", std::int64_t{0}),
        .attachments = media_in(kept),
        .emojis = records<RemoteEmoji>(kept, "emojis", &RemoteEmoji::name, &RemoteEmoji::url),
        .tags = texts(kept, "tags"),
        .mentions = texts(kept, "mentions"),
        .recipients = texts(kept, "recipients"),
    };
  });
}

}  // namespace camp::model
