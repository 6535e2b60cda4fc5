// SPDX-License-Identifier: MIT
#include "model/object.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/time.h"
#include "crypto/did_key.h"
#include "crypto/digest.h"
#include "crypto/proof.h"
#include "model/object_parts.h"
#include "model/profile.h"

namespace camp::model {
namespace {

constexpr std::size_t kNonceBytes = 16;

constexpr JsonLimits kObjectLimits{
    .bytes = 256 << 10, .depth = 16, .nodes = 4'000, .string_bytes = 128 << 10};

struct TypeName {
  Type type;
  std::string_view name;
};

constexpr std::array kTypes{
    TypeName{Type::note, "Note"},           TypeName{Type::update, "Update"},
    TypeName{Type::like, "Like"},           TypeName{Type::announce, "Announce"},
    TypeName{Type::follow, "Follow"},       TypeName{Type::block, "Block"},
    TypeName{Type::ignore, "Ignore"},       TypeName{Type::add, "Add"},
    TypeName{Type::tombstone, "Tombstone"}, TypeName{Type::person, "Person"}};

Type type_from_name(std::string_view name) {
  for (const TypeName& row : kTypes) {
    if (row.name == name) return row.type;
  }
  return Type::other;
}

/// ActivityStreams says who made a thing with `attributedTo` and who did an act with `actor`.
std::string_view author_member(Type type) {
  const bool is_thing = type == Type::note || type == Type::tombstone || type == Type::person;
  return is_thing ? "attributedTo" : "actor";
}

Json context() {
  return Json::array({"https://www.w3.org/ns/activitystreams", Json{{"camp", "camp:ns#"}}});
}

// --- what a note says -----------------------------------------------------------------------

std::string multihash(const std::string& sha256) {
  return "z" + to_base58("\x12\x20" + from_hex(sha256).value_or(std::string()));
}

Result<std::string> from_multihash(const std::string& text) {
  if (text.starts_with('z')) {
    const auto bytes = from_base58(std::string_view(text).substr(1), 64);
    if (bytes && bytes->size() == 34 && bytes->starts_with("\x12\x20")) {
      return to_hex(std::string_view(*bytes).substr(2));
    }
  }
  return broken_object("has an attachment without a SHA-256 digest");
}

Result<int> size_member(const Json& record, std::string_view name) {
  const auto member = record.find(name);
  if (member == record.end()) return 0;
  if (!member->is_number_integer() || *member < 0 || *member > 100'000) {
    return broken_object("has an attachment of no possible size");
  }
  return member->get<int>();
}

Result<std::optional<Focus>> focus_member(const Json& record) {
  const auto member = record.find("camp:focus");
  if (member == record.end()) return std::optional<Focus>();
  const bool sound = member->is_array() && member->size() == 2 &&
                     (*member)[0].is_number_integer() && (*member)[1].is_number_integer();
  if (!sound) return broken_object("has an attachment with a focus of no two whole numbers");
  const auto lies = [](const Json& units) { return units >= -kFocusUnit && units <= kFocusUnit; };
  if (!lies((*member)[0]) || !lies((*member)[1])) {
    return broken_object("has an attachment with a focus outside of it");
  }
  return std::optional(Focus{(*member)[0].get<int>(), (*member)[1].get<int>()});
}

Result<std::string> blurhash_member(const Json& record) {
  std::string blurhash = CAMP_TRY(text_member(record, "blurhash"));
  if (blurhash.empty() || is_blurhash(blurhash)) return blurhash;
  return broken_object("has an attachment with a 'blurhash' that is none");
}

Json tag_json(const Tag& tag) {
  if (tag.mention) return {{"type", "Mention"}, {"href", tag.href}, {"name", tag.name}};
  return {{"type", "Hashtag"}, {"name", tag.name}};
}

Result<Tag> tag_from(const Json& json) {
  if (!json.is_object()) return broken_object("has a tag that is no record");
  Tag tag;
  tag.mention = CAMP_TRY(text_member(json, "type")) == "Mention";
  tag.name = CAMP_TRY(text_member(json, "name"));
  tag.href = CAMP_TRY(text_member(json, "href"));
  return tag;
}

void put_content(Json& json, const NoteContent& note) {
  json["mediaType"] = note.media_type;
  if (note.language.empty()) {
    json["content"] = note.content;
  } else {
    json["contentMap"] = {{note.language, note.content}};
  }
  if (!note.summary.empty()) json["summary"] = note.summary;
  if (note.sensitive) json["sensitive"] = true;
  if (!note.in_reply_to.empty()) json["inReplyTo"] = note.in_reply_to;
  for (const Attachment& attachment : note.attachments) {
    json["attachment"].push_back(attachment_json(attachment));
  }
  for (const Tag& tag : note.tags) json["tag"].push_back(tag_json(tag));
}

Result<void> get_text(const Json& json, NoteContent& note) {
  note.media_type = CAMP_TRY(text_member(json, "mediaType"));
  if (note.media_type.empty()) note.media_type = "text/html";  // the ActivityStreams default
  note.content = CAMP_TRY(text_member(json, "content"));
  const auto map = json.find("contentMap");
  if (map == json.end()) return {};
  if (!map->is_object() || map->size() != 1 || !map->begin()->is_string()) {
    return broken_object("has a 'contentMap' that is not one language with its text");
  }
  note.language = map->begin().key();
  note.content = map->begin()->get<std::string>();
  return {};
}

Result<NoteContent> get_content(const Json& json) {
  NoteContent note;
  CAMP_TRY(get_text(json, note));
  note.summary = CAMP_TRY(text_member(json, "summary"));
  note.in_reply_to = CAMP_TRY(text_member(json, "inReplyTo"));
  if (const auto flag = json.find("sensitive"); flag != json.end()) note.sensitive = *flag == true;
  if (const auto list = json.find("attachment"); list != json.end()) {
    if (!list->is_array()) return broken_object("has an 'attachment' that is no list");
    for (const Json& each : *list) note.attachments.push_back(CAMP_TRY(attachment_from(each)));
  }
  if (const auto list = json.find("tag"); list != json.end()) {
    if (!list->is_array()) return broken_object("has a 'tag' that is no list");
    for (const Json& each : *list) note.tags.push_back(CAMP_TRY(tag_from(each)));
  }
  return note;
}

// --- decoding -------------------------------------------------------------------------------

/// The id that the content has: the time of `published` and the digest of all but `id` and `proof`.
Result<ObjectId> content_id(const Json& object, std::int64_t published_ms) {
  return ObjectId::make(published_ms,
                        crypto::sha256(CAMP_TRY(canonical_json_without(object, {"id", "proof"}))));
}

Result<void> read_target(Object& object) {
  const Json& json = *object.json;
  const auto what = json.find("object");
  if (what == json.end()) return broken_object("names no object");
  if (object.type == Type::update) {
    if (!what->is_object() || CAMP_TRY(text_member(*what, "type")) != "Note") {
      return broken_object("is an Update of something that is no Note");
    }
    object.target = CAMP_TRY(FullId::parse(CAMP_TRY(text_member(*what, "id"))));
    if (object.target->author != object.author())
      return broken_object("edits somebody else's post");
    object.note = CAMP_TRY(get_content(*what));
    return {};
  }
  if (is_adoption(object)) return {};
  if (!what->is_string()) return broken_object("has an 'object' that is no id");
  object.about = what->get<std::string>();
  if (object.type == Type::tombstone) object.target = CAMP_TRY(FullId::parse(object.about));
  return {};
}

Result<void> read_by_type(Object& object) {
  if (object.type == Type::other) return {};
  if (object.type == Type::note) {
    object.note = CAMP_TRY(get_content(*object.json));
    return {};
  }
  if (object.type == Type::person) {
    object.profile = std::make_shared<const Profile>(CAMP_TRY(read_profile(object)));
    return {};
  }
  object.collection = CAMP_TRY(text_member(*object.json, "target"));
  return read_target(object);
}

Result<void> read_envelope(Object& object) {
  const Json& json = *object.json;
  object.type_name = CAMP_TRY(text_member(json, "type"));
  if (object.type_name.empty()) return broken_object("has no type");
  object.type = type_from_name(object.type_name);
  object.id = CAMP_TRY(FullId::parse(CAMP_TRY(text_member(json, "id"))));
  const std::string author = CAMP_TRY(text_member(json, author_member(object.type)));
  const bool known_author = object.type != Type::other || !author.empty();
  if (known_author && author != object.author().uri()) {
    return broken_object("was made by another than its id says");
  }
  object.community = CAMP_TRY(OwnerId::parse_uri(CAMP_TRY(text_member(json, "camp:community"))));
  object.audience = CAMP_TRY(get_audience(json));
  const std::string published = CAMP_TRY(text_member(json, "published"));
  object.published_ms = CAMP_TRY(parse_time(published));
  if (format_time(object.published_ms) != published || object.published_ms < kEarliestPublishedMs) {
    return broken_object("has no proper 'published' time");
  }
  const std::string nonce = CAMP_TRY(text_member(json, "camp:nonce"));
  if (!from_base32(nonce, kNonceBytes)) return broken_object("has no nonce");
  return {};
}

Result<void> require_own_id(const Object& object) {
  const ObjectId id = CAMP_TRY(content_id(*object.json, object.published_ms));
  if (id != object.id.object) return broken_object("has an id that is not that of its content");
  return {};
}

Result<void> require_canonical(const Object& object) {
  CAMP_TRY(require_safe_numbers(*object.json));
  if (CAMP_TRY(canonical_json(*object.json)) != object.bytes) {
    return broken_object("is not in canonical form");
  }
  return {};
}

std::string day_and_hour(std::int64_t ms) {
  const std::string time = format_time(ms);  // 2026-11-23T10:...
  return time.substr(8, 2) + "/" + time.substr(11, 2) + "/";
}

}  // namespace

tl::unexpected<Error> broken_object(std::string_view what) {
  return fail(Kind::damaged, "the object " + std::string(what));
}

Result<std::string> text_member(const Json& record, std::string_view name) {
  const auto member = record.find(name);
  if (member == record.end()) return std::string();
  if (!member->is_string())
    return broken_object("has a '" + std::string(name) + "' that is no text");
  return member->get<std::string>();
}

Json envelope(const Maker& maker, Type type, const Audience& audience) {
  Json json{{"@context", context()},
            {"type", type_name(type)},
            {author_member(type), maker.author.uri()},
            {"camp:community", maker.community.uri()},
            {"camp:nonce", to_base32(maker.nonce)},
            {"published", format_time(maker.now_ms)}};
  put_audience(json, audience);
  return json;
}

Json attachment_json(const Attachment& attachment) {
  Json json{{"type", "Image"},
            {"mediaType", attachment.media_type},
            {"digestMultibase", multihash(attachment.sha256)}};
  if (!attachment.name.empty()) json["name"] = attachment.name;
  if (attachment.width > 0) json["width"] = attachment.width;
  if (attachment.height > 0) json["height"] = attachment.height;
  if (attachment.focus) json["camp:focus"] = {attachment.focus->x, attachment.focus->y};
  if (!attachment.blurhash.empty()) json["blurhash"] = attachment.blurhash;
  return json;
}

Result<Attachment> attachment_from(const Json& json) {
  if (!json.is_object()) return broken_object("has an attachment that is no record");
  Attachment attachment;
  attachment.sha256 = CAMP_TRY(from_multihash(CAMP_TRY(text_member(json, "digestMultibase"))));
  attachment.media_type = CAMP_TRY(text_member(json, "mediaType"));
  attachment.name = CAMP_TRY(text_member(json, "name"));
  attachment.width = CAMP_TRY(size_member(json, "width"));
  attachment.height = CAMP_TRY(size_member(json, "height"));
  attachment.focus = CAMP_TRY(focus_member(json));
  attachment.blurhash = CAMP_TRY(blurhash_member(json));
  return attachment;
}

std::string_view type_name(Type type) {
  for (const TypeName& row : kTypes) {
    if (row.type == type) return row.name;
  }
  return "Object";
}

Result<Object> decode_object(std::string_view bytes) {
  auto parsed = parse_json(bytes, "the object", kObjectLimits);
  if (!parsed) return fail(Kind::damaged, parsed.error().message);
  if (!parsed->is_object()) return broken_object("is no record");
  Object object;
  object.bytes = bytes;
  object.json = std::make_shared<const Json>(*std::move(parsed));
  auto checked = [&]() -> Result<void> {
    CAMP_TRY(require_canonical(object));
    CAMP_TRY(read_envelope(object));
    CAMP_TRY(require_own_id(object));
    return read_by_type(object);
  }();
  if (!checked) return fail(Kind::damaged, checked.error().message);
  return object;
}

Result<crypto::PublicKey> verify_signature(const Object& object) {
  const auto proof = object.json->find("proof");
  if (object.letter()) {
    if (proof != object.json->end()) return fail(Kind::refused, "a letter carries no signature");
    return fail(Kind::not_found, "a letter carries no signature");
  }
  if (proof == object.json->end()) return fail(Kind::refused, "the object carries no signature");
  const crypto::PublicKey key = CAMP_TRY(crypto::proof_key(*proof));
  CAMP_TRY(crypto::verify_proof(*object.json, key));
  return key;
}

std::vector<Attachment> pictures_of(const Object& object) {
  if (!object.profile) return object.note.attachments;
  std::vector<Attachment> pictures;
  for (const auto& picture : {object.profile->icon, object.profile->image}) {
    if (picture) pictures.push_back(*picture);
  }
  return pictures;
}

bool is_adoption(const Object& object) {
  return object.type == Type::add && OwnerId::parse_uri(object.collection).has_value();
}

Place place_of(const Object& object) {
  if (is_adoption(object)) return {"main", "adoptions/" + object.id.object.text() + ".json"};
  if (object.type == Type::person) return {"main", profile_path(object.author())};
  const ObjectId& anchor = object.target ? object.target->object : object.id.object;
  const std::string branch = "e/" + month_of(anchor.time_ms());
  if (object.type == Type::tombstone) {
    return {branch, "t/" + anchor.text() + "." + object.author().text() + ".json"};
  }
  std::string name = object.id.object.text();
  if (object.type == Type::update) name = anchor.text() + "." + name;
  return {branch, day_and_hour(anchor.time_ms()) + name + ".json"};
}

std::string home_of(const Object& object) {
  // The community removes a member's object where it stands.
  const bool removal = object.type == Type::tombstone;
  return repository_of(object.audience, removal ? object.target->author : object.author());
}

bool belongs_in(const Object& object, std::string_view repository) {
  if (repository == home_of(object)) return true;
  constexpr std::string_view kPrivate = "private/";
  if (!object.audience.narrowed() || !repository.starts_with(kPrivate)) return false;
  if (object.audience.people != People::named) return true;  // followers of that day: not knowable
  const std::string uri = "camp:" + std::string(repository.substr(kPrivate.size()));
  const auto& named = object.audience.named;
  return std::binary_search(named.begin(), named.end(), uri);
}

Json make_note(const Maker& maker, const Audience& audience, const NoteContent& content) {
  Json json = envelope(maker, Type::note, audience);
  put_content(json, content);
  return json;
}

Json make_update(const Maker& maker, const Object& original, const NoteContent& content) {
  Json json = envelope(maker, Type::update, original.audience);
  Json version{{"type", "Note"}, {"id", FullId{original.author(), original.thing()}.text()}};
  put_content(version, content);
  json["object"] = std::move(version);
  return json;
}

Json make_reaction(const Maker& maker, Type type, const Object& target) {
  Audience audience = target.audience;
  if (audience.people == People::named) {
    // The same circle seen from another of its members: the author comes in.
    auto& named = audience.named;
    const std::string author = target.author().uri();
    if (!std::binary_search(named.begin(), named.end(), author)) {
      named.insert(std::lower_bound(named.begin(), named.end(), author), author);
    }
  }
  Json json = envelope(maker, type, audience);
  json["object"] = FullId{target.author(), target.thing()}.text();
  return json;
}

Json make_reaction(const Maker& maker, Type type, std::string_view about,
                   const Audience& audience) {
  Json json = envelope(maker, type, audience);
  json["object"] = about;
  return json;
}

Json make_relation(const Maker& maker, Type type, std::string_view about,
                   std::string_view collection) {
  Json json = envelope(maker, type, {.people = People::named, .named = {maker.author.uri()}});
  json["object"] = about;
  if (!collection.empty()) json["target"] = collection;
  return json;
}

Json make_tombstone(const Maker& maker, const Object& target) {
  Json json = envelope(maker, Type::tombstone, target.audience);
  json["object"] = FullId{target.author(), target.thing()}.text();
  json["formerType"] = target.type == Type::update ? "Note" : target.type_name;
  return json;
}

Json make_adoption(const Maker& maker, const Audience& audience,
                   const std::vector<FullId>& objects) {
  Json json = envelope(maker, Type::add, audience);
  json["target"] = maker.community.uri();
  Json& list = json["object"] = Json::array();
  for (const FullId& object : objects) list.push_back(object.text());
  return json;
}

Result<Sealed> seal(Json object, const Maker& maker, const crypto::SecretKey* key) {
  const ObjectId id = CAMP_TRY(content_id(object, maker.now_ms));
  Sealed sealed{{maker.author, id}, {}};
  object["id"] = sealed.id.text();
  if (key != nullptr) CAMP_TRY(crypto::add_proof(object, *key, format_time(maker.now_ms)));
  sealed.bytes = CAMP_TRY(canonical_json(object));
  return sealed;
}

bool counts_in(const Object& object, const OwnerId& community,
               const std::vector<Object>& adoptions) {
  if (object.community == community) return true;
  if (object.type == Type::person) return false;  // who somebody is here, they say here
  return std::any_of(adoptions.begin(), adoptions.end(), [&](const Object& adoption) {
    if (adoption.author() != object.author() || adoption.community != community) return false;
    const Json& list = adoption.json->at("object");
    return std::find(list.begin(), list.end(), object.id.text()) != list.end();
  });
}

}  // namespace camp::model
