// SPDX-License-Identifier: MIT
#include "model/profile.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "crypto/digest.h"
#include "model/foreign_text.h"
#include "model/object_parts.h"

namespace camp::model {
namespace {

constexpr std::string_view kDirectory = "profiles/";
constexpr std::string_view kSuffix = ".json";

enum class Lines { one, many };

/// Controls of ASCII and of Latin-1, and the two separators of Unicode that end a line.
bool is_control(char32_t c, Lines lines) {
  if (lines == Lines::many && (c == '\n' || c == '\t')) return false;
  return c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

/// The number of characters; nothing if some are no text.
std::optional<std::size_t> count_characters(std::string_view text, Lines lines) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) {
    const CodePoint next = decode_utf8(text);
    if (!next.valid || is_control(next.value, lines)) return std::nullopt;
    text.remove_prefix(next.length);
  }
  return count;
}

bool is_line(std::string_view text, std::size_t most) {
  const auto count = count_characters(text, Lines::one);
  return count && *count <= most;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\n") == std::string_view::npos;
}

tl::unexpected<Error> breaks(std::string message, std::string hint) {
  return fail(Kind::usage, std::move(message), std::move(hint));
}

Result<void> check_fields(const std::vector<ProfileField>& fields) {
  if (fields.size() > kMostFields) {
    return breaks("a profile has 8 fields at the most", "remove one with --field \"NAME=\"");
  }
  for (auto field = fields.begin(); field != fields.end(); ++field) {
    if (is_blank(field->name) || is_blank(field->value) ||
        !is_line(field->name, kMostFieldCharacters) ||
        !is_line(field->value, kMostFieldCharacters)) {
      return breaks("a field's name and its value are one line of 1 to 255 characters each",
                    "write --field \"Site=https://bo.example\"");
    }
    const auto same = [&](const ProfileField& other) { return other.name == field->name; };
    if (std::any_of(fields.begin(), field, same)) {
      return breaks("a profile has two fields of one name", "give each its own");
    }
  }
  return {};
}

Result<void> check_picture(const std::optional<Attachment>& picture) {
  if (!picture) return {};
  const std::string& type = picture->media_type;
  if (type != "image/jpeg" && type != "image/png" && type != "image/webp") {
    return breaks("a profile's picture is a JPEG, a PNG or a WebP", "convert it first");
  }
  if (!is_line(picture->name, kMostAltCharacters)) {
    return breaks("a picture's description is one line of at most 1500 characters", "shorten it");
  }
  return {};
}

/// An https address with a host; of this machine itself, for tests, also with http.
bool is_account_address(std::string_view text) {
  if (text.size() > kMostAliasBytes || !is_web_address(text) || !is_line(text, kMostAliasBytes)) {
    return false;
  }
  std::string_view host = text.substr(text.find("://") + 3);
  host = host.substr(0, host.find('/'));
  if (text.starts_with("https://")) return !host.empty();
  const bool numbers = host.find_first_not_of("0123456789.:") == std::string_view::npos;
  return (numbers && host.starts_with("127.")) || host.starts_with("localhost:");
}

Result<void> check_aliases(const std::vector<std::string>& aliases) {
  if (aliases.size() > kMostAliases) {
    return breaks("a profile has 8 aliases at the most", "remove one with --no-alias URL");
  }
  for (auto alias = aliases.begin(); alias != aliases.end(); ++alias) {
    if (!is_account_address(*alias) || std::find(aliases.begin(), alias, *alias) != alias) {
      return breaks("an alias is an address that begins with https://, each once",
                    "write --alias https://old.example/users/bo, or --alias @bo@old.example");
    }
  }
  return {};
}

Result<void> check_moved_to(const std::string& address) {
  if (address.empty() || is_account_address(address)) return {};
  return breaks("where somebody has moved to is an address that begins with https://",
                "write --moved-to https://new.example/users/bo, or --moved-to @bo@new.example");
}

/// A yes that is there or not; anything else is an error.
Result<bool> flag_member(const Json& json, std::string_view name) {
  const auto flag = json.find(name);
  if (flag == json.end()) return false;
  if (!flag->is_boolean()) return broken_object("has a '" + std::string(name) + "' that is no yes");
  return flag->get<bool>();
}

Result<std::optional<Attachment>> picture_member(const Json& json, std::string_view name) {
  const auto picture = json.find(name);
  if (picture == json.end()) return std::optional<Attachment>();
  return std::optional(CAMP_TRY(attachment_from(*picture)));
}

Result<std::vector<std::string>> aliases_of(const Json& json) {
  std::vector<std::string> aliases;
  const auto list = json.find("alsoKnownAs");
  if (list == json.end()) return aliases;
  if (!list->is_array()) return broken_object("has an 'alsoKnownAs' that is no list");
  for (const Json& each : *list) {
    if (!each.is_string()) return broken_object("has an 'alsoKnownAs' that is no text");
    aliases.push_back(each.get<std::string>());
  }
  return aliases;
}

Result<std::vector<ProfileField>> fields_of(const Json& json) {
  std::vector<ProfileField> fields;
  const auto list = json.find("attachment");
  if (list == json.end()) return fields;
  if (!list->is_array()) return broken_object("has an 'attachment' that is no list");
  for (const Json& each : *list) {
    if (!each.is_object()) return broken_object("has a field that is no record");
    // Others may be added: a reader shows the fields that it knows.
    if (CAMP_TRY(text_member(each, "type")) != "PropertyValue") continue;
    std::string name = CAMP_TRY(text_member(each, "name"));
    std::string value = CAMP_TRY(text_member(each, "value"));
    fields.push_back({std::move(name), std::move(value)});
  }
  return fields;
}

}  // namespace

Result<void> check_profile(const Profile& profile) {
  if (!is_line(profile.name, kMostNameCharacters) ||
      (is_blank(profile.name) && !profile.name.empty())) {
    return breaks("a name is one line of at most 100 characters", "shorten it");
  }
  if (profile.summary.size() > kMostBioBytes || !count_characters(profile.summary, Lines::many)) {
    return breaks("what you say about yourself is at most 2 KiB of plain text or Markdown",
                  "shorten it, or remove the control characters");
  }
  if (!profile.language.empty() && !is_language(profile.language)) {
    return breaks("that is no language tag", "write pl, or pt-BR");
  }
  CAMP_TRY(check_fields(profile.fields));
  CAMP_TRY(check_aliases(profile.aliases));
  CAMP_TRY(check_moved_to(profile.moved_to));
  CAMP_TRY(check_picture(profile.icon));
  return check_picture(profile.image);
}

Json make_profile(const Maker& maker, const Profile& profile) {
  Json json = envelope(maker, Type::person, {.reach = Reach::public_});
  if (!profile.name.empty()) json["name"] = profile.name;
  if (!profile.summary.empty()) {
    json["summary"] = profile.summary;
    json["mediaType"] = profile.media_type;
  }
  for (const ProfileField& field : profile.fields) {
    json["attachment"].push_back(
        {{"type", "PropertyValue"}, {"name", field.name}, {"value", field.value}});
  }
  if (!profile.aliases.empty()) json["alsoKnownAs"] = profile.aliases;
  if (!profile.moved_to.empty()) json["movedTo"] = profile.moved_to;
  if (profile.icon) json["icon"] = attachment_json(*profile.icon);
  if (profile.image) json["image"] = attachment_json(*profile.image);
  if (profile.locked) json["camp:locked"] = true;
  if (profile.discoverable) json["discoverable"] = true;
  if (profile.indexable) json["indexable"] = true;
  if (profile.hide_followers) json["camp:hideFollowers"] = true;
  if (!profile.language.empty()) json["camp:language"] = profile.language;
  return json;
}

Result<Profile> read_profile(const Object& person) {
  if (person.bytes.size() > kMostProfileBytes) return broken_object("is a profile of over 32 KiB");
  if (person.audience != Audience{.reach = Reach::public_}) {
    return broken_object("is a profile that is not for everybody");
  }
  const Json& json = *person.json;
  Profile profile;
  profile.name = CAMP_TRY(text_member(json, "name"));
  profile.summary = CAMP_TRY(text_member(json, "summary"));
  const std::string media_type = CAMP_TRY(text_member(json, "mediaType"));
  if (!profile.summary.empty()) {
    profile.media_type = media_type.empty() ? "text/html" : media_type;
  }
  profile.fields = CAMP_TRY(fields_of(json));
  profile.aliases = CAMP_TRY(aliases_of(json));
  profile.moved_to = CAMP_TRY(text_member(json, "movedTo"));
  profile.icon = CAMP_TRY(picture_member(json, "icon"));
  profile.image = CAMP_TRY(picture_member(json, "image"));
  profile.locked = CAMP_TRY(flag_member(json, "camp:locked"));
  profile.discoverable = CAMP_TRY(flag_member(json, "discoverable"));
  profile.indexable = CAMP_TRY(flag_member(json, "indexable"));
  profile.hide_followers = CAMP_TRY(flag_member(json, "camp:hideFollowers"));
  profile.language = CAMP_TRY(text_member(json, "camp:language"));
  if (const auto sayable = check_profile(profile); !sayable) {
    return broken_object("breaks a rule of profiles: " + sayable.error().message);
  }
  return profile;
}

std::string profile_path(const OwnerId& member) {
  return std::string(kDirectory) + member.text() + std::string(kSuffix);
}

std::optional<OwnerId> profile_owner(std::string_view path) {
  if (!path.starts_with(kDirectory) || !path.ends_with(kSuffix)) return std::nullopt;
  path.remove_prefix(kDirectory.size());
  path.remove_suffix(std::min(kSuffix.size(), path.size()));
  const auto owner = OwnerId::parse(path);
  return owner ? std::optional(*owner) : std::nullopt;
}

bool supersedes(const Object& profile, const Object& standing) {
  if (profile.id.object != standing.id.object) return profile.id.object > standing.id.object;
  return crypto::sha256(profile.bytes) < crypto::sha256(standing.bytes);
}

}  // namespace camp::model
