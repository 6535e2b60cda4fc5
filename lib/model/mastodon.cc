// SPDX-License-Identifier: MIT
#include "model/mastodon.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <utility>

#include "base/time.h"
#include "model/foreign_text.h"

namespace camp::model {
namespace {

/// Of a link to a file, which is tried as a path as it stands.
constexpr std::size_t kMaxLink = 2048;
constexpr std::size_t kMaxSummary = 4 << 10;
constexpr std::size_t kMaxAltText = 8 << 10;
constexpr std::size_t kMaxMedia = 32;
constexpr std::size_t kMaxTags = 100;
constexpr std::size_t kMaxAddressed = 100;
constexpr std::size_t kMaxPollOptions = 100;
/// What the content of one object may take as JSON, where quotes and line ends count twice.
constexpr std::size_t kMaxContent = 128 << 10;
constexpr std::string_view kCutNote =
    "<p>[This post was longer. What follows here was cut off when it was imported.]</p>";

// --- reading foreign JSON -------------------------------------------------------------------

const Json& member(const Json& record, std::string_view name) {
  static const Json nothing;
  if (!record.is_object()) return nothing;
  const auto found = record.find(name);
  return found == record.end() ? nothing : *found;
}

/// A text or nothing: foreign documents write null, or leave out, what is empty.
std::string text_member(const Json& record, std::string_view name) {
  const Json& value = member(record, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

/// ActivityStreams writes a reference as a URI, as a record with that id, or as a list of one.
std::string reference(const Json& value) {
  const Json* at = &value;
  if (at->is_array() && at->size() == 1) at = &at->front();
  const std::string uri = at->is_object()   ? text_member(*at, "id")
                          : at->is_string() ? at->get<std::string>()
                                            : std::string();
  return is_uri(uri) ? uri : std::string();
}

/// A link: a URI, a Link with an href, or a list of these, of which the first counts.
std::string link(const Json& value) {
  const Json* at = &value;
  if (at->is_array() && !at->empty()) at = &at->front();
  if (at->is_object()) return text_member(*at, "href");
  return at->is_string() ? at->get<std::string>() : std::string();
}

/// The elements of a list, or the one value that stands for a list of one.
std::vector<const Json*> elements(const Json& value, std::size_t max) {
  std::vector<const Json*> list;
  if (value.is_null()) return list;
  if (!value.is_array()) return {&value};
  for (const Json& each : value) {
    if (list.size() == max) break;
    list.push_back(&each);
  }
  return list;
}

tl::unexpected<Error> unusable(std::string_view why) {
  return fail(Kind::refused, "an entry of the archive " + std::string(why));
}

Result<std::int64_t> time_of(const Json& inner, const Json& outer) {
  std::string published = text_member(inner, "published");
  if (published.empty()) published = text_member(outer, "published");
  if (published.empty()) return unusable("does not say when it was published");
  const auto time = parse_time(published);
  if (!time || *time < kEarliestPublishedMs) return unusable("has no possible time of publication");
  return *time;
}

// --- who may read it ------------------------------------------------------------------------

bool is_public(std::string_view uri) {
  return uri == "https://www.w3.org/ns/activitystreams#Public" || uri == "as:Public" ||
         uri == "Public";
}

/// The URIs in `to` or `cc`; nothing if it has a form that we do not know.
std::optional<std::vector<std::string>> recipients(const Json& record, std::string_view name) {
  const Json& value = member(record, name);
  std::vector<std::string> uris;
  if (!value.is_null() && !value.is_string() && !value.is_array()) return std::nullopt;
  for (const Json* each : elements(value, value.size())) {
    if (!each->is_string()) return std::nullopt;
    uris.push_back(each->get<std::string>());
  }
  return uris;
}

bool has_recipients(const Json& record) {
  return !member(record, "to").is_null() || !member(record, "cc").is_null();
}

Visibility visibility_of(const Json& record, const ArchiveActor& actor) {
  const auto to = recipients(record, "to");
  const auto cc = recipients(record, "cc");
  if (!to || !cc) return Visibility::direct;
  if (std::any_of(to->begin(), to->end(), is_public)) return Visibility::public_;
  if (std::any_of(cc->begin(), cc->end(), is_public)) return Visibility::unlisted;
  const auto has_followers = [&](const std::vector<std::string>& uris) {
    return !actor.followers.empty() &&
           std::find(uris.begin(), uris.end(), actor.followers) != uris.end();
  };
  return has_followers(*to) || has_followers(*cc) ? Visibility::followers : Visibility::direct;
}

/// Activity and object say the same, or one of them nothing; else the narrower word counts.
Visibility visibility_of(const Json& activity, const Json& object, const ArchiveActor& actor) {
  if (!has_recipients(object)) return visibility_of(activity, actor);
  if (!has_recipients(activity)) return visibility_of(object, actor);
  return std::min(visibility_of(activity, actor), visibility_of(object, actor));
}

std::vector<std::string> addressed_by(const Json& activity, const Json& object,
                                      const ArchiveActor& actor) {
  std::vector<std::string> persons;
  for (const Json* const record : {&activity, &object}) {
    for (const std::string_view name : {"to", "cc"}) {
      for (std::string& uri : recipients(*record, name).value_or(std::vector<std::string>())) {
        if (is_public(uri) || uri == actor.followers || uri == actor.id || !is_uri(uri)) continue;
        persons.push_back(std::move(uri));
      }
    }
  }
  std::sort(persons.begin(), persons.end());
  persons.erase(std::unique(persons.begin(), persons.end()), persons.end());
  if (persons.size() > kMaxAddressed) persons.resize(kMaxAddressed);
  return persons;
}

// --- what it says ---------------------------------------------------------------------------

/// `content`, and from `contentMap` its language; archives of some years have only the one or the
/// other. The map's only text counts, or the one that is the content.
std::pair<std::string, std::string> content_and_language(const Json& object) {
  std::string content = text_member(object, "content");
  std::string language;
  const Json& map = member(object, "contentMap");
  if (!map.is_object()) return {content, language};
  for (const auto& [key, value] : map.items()) {
    if (!value.is_string() || !is_language(key)) continue;
    if (content.empty()) content = value.get<std::string>();
    if (map.size() == 1 || value.get_ref<const std::string&>() == content) return {content, key};
  }
  return {content, language};
}

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    if (c == '&') {
      html += "&amp;";
    } else if (c == '<') {
      html += "&lt;";
    } else if (c == '>') {
      html += "&gt;";
    } else {
      html += c;
    }
  }
  return html;
}

/// A poll is over when its author has left: what remains is the text of its options and the counts.
std::string poll_options(const Json& question) {
  const Json& any = member(question, "anyOf");
  const Json& one = member(question, "oneOf");
  std::string html;
  for (const Json* option : elements(any.is_array() ? any : one, kMaxPollOptions)) {
    const std::string name = text_member(*option, "name");
    if (name.empty()) continue;
    html += "<li>" + escaped(name);
    const Json& votes = member(member(*option, "replies"), "totalItems");
    if (votes.is_number_integer()) html += " (" + votes.dump() + ")";
    html += "</li>";
  }
  return html.empty() ? html : "<ul>" + html + "</ul>";
}

std::size_t json_size(char c) {
  if (c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t' || c == '\b' || c == '\f') {
    return 2;
  }
  return static_cast<unsigned char>(c) < ' ' ? 6 : 1;
}

/// Cuts between characters, and not within a tag.
std::string within_limit(std::string html) {
  std::size_t used = 0, keep = 0, end = 0;
  for (; end < html.size() && used <= kMaxContent; ++end) {
    used += json_size(html[end]);
    if (used <= kMaxContent - kCutNote.size()) keep = end + 1;
  }
  if (used <= kMaxContent) return html;
  while (keep > 0 && (static_cast<unsigned char>(html[keep]) & 0xC0) == 0x80) --keep;
  html.resize(keep);
  const std::size_t open = html.rfind('<');
  const std::size_t close = html.rfind('>');
  if (open != std::string::npos && (close == std::string::npos || close < open)) html.resize(open);
  return html.append(kCutNote);
}

std::vector<Tag> tags_of(const Json& object) {
  std::vector<Tag> tags;
  for (const Json* each : elements(member(object, "tag"), kMaxTags)) {
    const std::string type = text_member(*each, "type");
    Tag tag{type == "Mention", clipped(text_member(*each, "name"), 256), {}};
    const std::string href = text_member(*each, "href");
    if (tag.mention && is_uri(href)) tag.href = href;
    if (tag.name.empty() || (tag.mention ? tag.href.empty() : type != "Hashtag")) continue;
    tags.push_back(std::move(tag));
  }
  return tags;
}

std::vector<ArchivedMedia> media_of(const Json& object) {
  std::vector<ArchivedMedia> media;
  for (const Json* each : elements(member(object, "attachment"), kMaxMedia)) {
    const Json& url = member(*each, "url");
    ArchivedMedia one;
    one.url = clipped(link(url), kMaxLink);
    if (one.url.empty()) one.url = clipped(text_member(*each, "href"), kMaxLink);
    if (one.url.empty()) continue;
    one.paths = media_path_candidates(one.url);
    one.media_type = clipped(text_member(*each, "mediaType"), 100);
    if (one.media_type.empty() && url.is_array()) {
      one.media_type = clipped(text_member(url.front(), "mediaType"), 100);
    }
    one.name = clipped(text_member(*each, "name"), kMaxAltText);
    if (one.name.empty()) one.name = clipped(text_member(*each, "summary"), kMaxAltText);
    one.focus = focus_from(member(*each, "focalPoint"));
    one.blurhash = text_member(*each, "blurhash");
    if (!is_blurhash(one.blurhash)) one.blurhash.clear();
    media.push_back(std::move(one));
  }
  return media;
}

// --- items ----------------------------------------------------------------------------------

Result<ArchivedItem> decode_post(const Json& activity, const Json& object,
                                 const ArchiveActor& actor) {
  ArchivedPost post;
  post.source_id = reference(object);
  if (post.source_id.empty()) return unusable("has no id");
  post.published_ms = CAMP_TRY(time_of(object, activity));
  std::tie(post.html, post.language) = content_and_language(object);
  if (text_member(object, "type") == "Question") post.html += poll_options(object);
  post.media = media_of(object);
  post.summary = clipped(text_member(object, "summary"), kMaxSummary);
  if (post.html.empty() && post.media.empty() && post.summary.empty()) {
    if (!text_member(object, "name").empty()) return SkippedItem{"a vote in a poll"};
    return unusable("has no content");
  }
  post.html = within_limit(std::move(post.html));
  if (const auto url = link(member(object, "url")); is_web_address(url)) post.url = url;
  post.sensitive = member(object, "sensitive") == true;
  post.in_reply_to = reference(member(object, "inReplyTo"));
  post.visibility = visibility_of(activity, object, actor);
  post.tags = tags_of(object);
  post.addressed = addressed_by(activity, object, actor);
  return post;
}

Result<ArchivedItem> decode_create(const Json& activity, const ArchiveActor& actor) {
  const Json& object = member(activity, "object");
  if (!object.is_object()) return SkippedItem{"the archive holds only its address"};
  const std::string type = text_member(object, "type");
  if (type != "Note" && type != "Question") return SkippedItem{"of type " + in_quotes(type)};
  const Json& author = member(object, "attributedTo");
  if (!author.is_null() && reference(author) != actor.id) {
    return SkippedItem{"written by another account, " + in_quotes(reference(author))};
  }
  return decode_post(activity, object, actor);
}

Result<ArchivedItem> decode_announce(const Json& activity, const ArchiveActor& actor) {
  const Json& object = member(activity, "object");
  ArchivedBoost boost;
  boost.source_id = reference(activity);
  if (boost.source_id.empty()) return unusable("has no id");
  boost.object = reference(object);
  if (boost.object.empty()) return unusable("boosts nothing");
  boost.published_ms = CAMP_TRY(time_of(activity, {}));
  // Who boosts an own post to followers has the whole post in here.
  boost.visibility = visibility_of(activity, object, actor);
  return boost;
}

// --- files ----------------------------------------------------------------------------------

/// A path that stays within the directory that it is meant for, whatever reads it.
bool is_plain_path(std::string_view path) {
  if (path.empty() || path.size() > 512 || path.find_first_of("\\:") != std::string_view::npos) {
    return false;
  }
  if (std::any_of(path.begin(), path.end(),
                  [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; })) {
    return false;
  }
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view step = path.substr(at, end - at);
    if (step.empty() || step == "." || step == "..") return false;
    at = end + 1;
  }
  return true;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low < 0) {
      decoded += text[i];
    } else {
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

/// avatar.png or header.jpg beside actor.json; other programs leave the address on the server.
std::string file_beside(const Json& image) {
  const std::string url = link(member(image, "url"));
  const auto paths = url.find("://") == std::string::npos ? media_path_candidates(url)
                                                          : std::vector<std::string>();
  return paths.empty() ? std::string() : paths.front();
}

}  // namespace

Result<ArchiveActor> decode_actor(const Json& document) {
  ArchiveActor actor;
  actor.id = text_member(document, "id");
  actor.username = text_member(document, "preferredUsername");
  if (!is_web_address(actor.id) || actor.username.empty() || actor.username.size() > 256) {
    return fail(Kind::refused, "the archive's actor.json names no account",
                "is this an archive that Mastodon made?");
  }
  actor.name = clipped(text_member(document, "name"), 1 << 10);
  actor.summary = within_limit(text_member(document, "summary"));
  actor.followers = reference(member(document, "followers"));
  // A server that called its public collection "followers" would make every such post wider.
  if (is_public(actor.followers)) actor.followers.clear();
  actor.icon_file = file_beside(member(document, "icon"));
  actor.image_file = file_beside(member(document, "image"));
  return actor;
}

Result<ArchivedItem> decode_item(const Json& item, const ArchiveActor& actor) {
  if (!item.is_object()) return unusable("is no record");
  const std::string by = reference(member(item, "actor"));
  if (by != actor.id) return SkippedItem{"by another account, " + in_quotes(by)};
  const std::string type = text_member(item, "type");
  if (type == "Create") return decode_create(item, actor);
  if (type == "Announce") return decode_announce(item, actor);
  return SkippedItem{"of type " + in_quotes(type)};
}

std::string decode_uri(const Json& item) { return reference(item); }

std::vector<std::string> media_path_candidates(std::string_view url) {
  std::string_view path = url.substr(0, url.find_first_of("?#"));
  if (const std::size_t scheme = path.find("://"); scheme != std::string_view::npos) {
    path.remove_prefix(scheme + 3);
    path.remove_prefix(std::min(path.find('/'), path.size()));
  }
  while (path.starts_with('/')) path.remove_prefix(1);
  std::vector<std::string> candidates;
  const auto add = [&](std::string candidate) {
    if (!is_plain_path(candidate)) return;
    if (std::find(candidates.begin(), candidates.end(), candidate) != candidates.end()) return;
    candidates.push_back(std::move(candidate));
  };
  const std::size_t media = path.rfind("media_attachments/");
  const bool is_step = media != std::string_view::npos && (media == 0 || path[media - 1] == '/');
  if (is_step) add(std::string(path.substr(media)));
  if (path.starts_with("system/")) add(std::string(path.substr(7)));
  add(std::string(path));
  for (const std::string& each : std::vector<std::string>(candidates)) add(percent_decoded(each));
  return candidates;
}

Audience audience_for(Visibility visibility, const OwnerId& member,
                      const std::vector<std::string>& addressed) {
  Audience audience;
  switch (visibility) {
    case Visibility::public_:
      audience.reach = Reach::public_;
      return audience;
    case Visibility::unlisted:
      audience.reach = Reach::public_;
      audience.unlisted = true;
      return audience;
    case Visibility::followers:
      audience.reach = Reach::public_;
      audience.people = People::followers;
      return audience;
    case Visibility::direct:
      break;
  }
  audience.people = People::named;
  audience.named = addressed;
  audience.named.push_back(member.uri());
  std::sort(audience.named.begin(), audience.named.end());
  audience.named.erase(std::unique(audience.named.begin(), audience.named.end()),
                       audience.named.end());
  return audience;
}

}  // namespace camp::model
