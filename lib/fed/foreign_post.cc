// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time.h"
#include "fed/foreign.h"
#include "model/foreign_text.h"
#include "model/markup.h"

namespace camp::fed {
namespace {

constexpr std::size_t kMaxWarning = 5000;
constexpr std::size_t kMaxAlt = 10'000;
constexpr std::size_t kMaxLanguage = 35;
constexpr std::size_t kMaxMediaType = 100;
constexpr std::size_t kMaxEmojis = 50;
constexpr std::size_t kMaxShortcode = 100;
constexpr std::int64_t kFutureMs = 10 * 60'000;
constexpr std::int64_t kMaxTime = (1LL << 48) - 1;  // what an id holds

constexpr std::array<std::string_view, 8> kPostTypes{"Note",  "Question", "Article", "Page",
                                                     "Image", "Video",    "Audio",   "Event"};

/// The text of a post and the language that it is in: `content`, or of `contentMap` the first.
struct Words {
  std::string html, language;
};
Words words_of(const Json& document) {
  Words words{text_of(document, "content"), {}};
  const auto map = document.find("contentMap");
  if (map == document.end() || !map->is_object()) return words;
  for (const auto& [language, text] : map->items()) {
    if (!text.is_string() || language.size() > kMaxLanguage) continue;
    const auto& html = text.get_ref<const std::string&>();
    if (words.html.empty()) words.html = html;
    if (words.html == html) {
      words.language = language;
      break;
    }
  }
  return words;
}

/// What stands in for a text where a type has none: a title, and a link to the page.
std::string titled(const Json& document, const std::string& url) {
  const std::string name = text_of(document, "name");
  if (name.empty()) return {};
  return "<p><a href=\"" + url + "\">" + model::to_html(name, "text/plain") + "</a></p>";
}

std::string media_url(const Json& attachment, http::Policy policy) {
  const auto found = attachment.find("url");
  if (found == attachment.end()) return {};
  const Json& url = found->is_array() && !found->empty() ? found->front() : *found;
  std::string text = url.is_object() ? text_of(url, "href") : uri_of(url);
  return http::parse_url(text, policy) ? text : std::string();
}

model::RemoteMedia without_unsound_hints(model::RemoteMedia media) {
  if (media.focus && !model::is_focus(*media.focus)) media.focus.reset();
  if (!model::is_blurhash(media.blurhash)) media.blurhash.clear();
  return media;
}

void read_attachments(const Json& document, http::Policy policy, model::RemotePost& post) {
  const auto found = document.find("attachment");
  if (found == document.end()) return;
  const auto add = [&](const Json& attachment) {
    if (!attachment.is_object() || post.attachments.size() == kMaxAttachments) return;
    std::string url = media_url(attachment, policy);
    if (url.empty()) return;
    std::string alt = text_of(attachment, "summary");  // GoToSocial's place for it
    if (alt.empty()) alt = text_of(attachment, "name");
    if (alt.size() > kMaxAlt) alt.clear();
    std::string type = text_of(attachment, "mediaType");
    if (type.size() > kMaxMediaType) type.clear();
    model::RemoteMedia media{std::move(url), std::move(type), std::move(alt)};
    if (const auto focus = attachment.find("focalPoint"); focus != attachment.end()) {
      media.focus = model::focus_from(*focus);
    }
    media.blurhash = text_of(attachment, "blurhash");
    post.attachments.push_back(without_unsound_hints(std::move(media)));
  };
  if (found->is_array()) {
    std::for_each(found->begin(), found->end(), add);
  } else {
    add(*found);
  }
}

void read_hashtag(const Json& tag, model::RemotePost& post) {
  const auto names = tags_in(text_of(tag, "name"), 1);
  if (names.empty() || post.tags.size() == kMaxTags) return;
  if (std::find(post.tags.begin(), post.tags.end(), names.front()) == post.tags.end()) {
    post.tags.push_back(names.front());
  }
}

void read_emoji(const Json& tag, http::Policy policy, model::RemotePost& post) {
  const auto icon = tag.find("icon");
  std::string name = text_of(tag, "name");
  if (icon == tag.end() || !icon->is_object() || name.size() > kMaxShortcode) return;
  std::string url = media_url(*icon, policy);
  if (url.empty() || name.empty() || post.emojis.size() == kMaxEmojis) return;
  post.emojis.push_back({std::move(name), std::move(url)});
}

void read_tags(const Json& document, http::Policy policy, model::RemotePost& post) {
  const auto found = document.find("tag");
  if (found == document.end()) return;
  const auto add = [&](const Json& tag) {
    if (!tag.is_object()) return;
    const std::string type = type_of(tag);
    if (type == "Mention" && post.mentions.size() < kMaxMentions) {
      std::string href = uri_of(tag, "href");
      if (!href.empty()) post.mentions.push_back(std::move(href));
    }
    if (type == "Hashtag") read_hashtag(tag, post);
    if (type == "Emoji") read_emoji(tag, policy, post);
  };
  if (found->is_array()) {
    std::for_each(found->begin(), found->end(), add);
  } else {
    add(*found);
  }
}

/// Public in `to` is public, in `cc` unlisted; a collection of followers alone is for those, if it
/// can be the author's.
model::Visibility visibility_of(const std::vector<std::string>& to,
                                const std::vector<std::string>& cc, const std::string& author,
                                http::Policy policy) {
  using model::Visibility;
  if (std::any_of(to.begin(), to.end(), is_public)) return Visibility::public_;
  if (std::any_of(cc.begin(), cc.end(), is_public)) return Visibility::unlisted;
  const auto is_collection = [&](const std::string& uri) {
    return uri.ends_with("/followers") && same_host(uri, author, policy);
  };
  const bool followers = std::any_of(to.begin(), to.end(), is_collection) ||
                         std::any_of(cc.begin(), cc.end(), is_collection);
  return followers ? Visibility::followers : Visibility::direct;
}

std::int64_t time_in(const Json& document, const char* member, std::int64_t now_ms) {
  const auto time = parse_time(text_of(document, member));
  if (!time || *time > now_ms + kFutureMs) return 0;
  return *time;
}

bool is_post_type(std::string_view type) {
  return std::find(kPostTypes.begin(), kPostTypes.end(), type) != kPostTypes.end();
}

/// Keeps at most `most`, and only those that pass.
template <class Each, class Test>
void keep(std::vector<Each>& all, std::size_t most, Test passes) {
  std::erase_if(all, [&](const Each& each) { return !passes(each); });
  if (all.size() > most) all.resize(most);
}

bool is_tag(const std::string& tag) {
  const auto names = tags_in("#" + tag, 1);
  return names.size() == 1 && names.front() == tag;
}

/// The page to open: on its host, or the id.
std::string page_of_post(const Json& document, const std::string& id, http::Policy policy) {
  const std::string url = media_url(document, policy);
  return same_host(url, id, policy) ? url : id;
}

}  // namespace

Result<model::RemotePost> read_post(const Json& document, http::Policy policy,
                                    std::int64_t now_ms) {
  model::RemotePost post;
  post.id = text_of(document, "id");
  if (host_of(post.id, policy).empty()) {
    return fail(Kind::refused, "a post without an id that is a URL");
  }
  post.type = type_of(document);
  if (!is_post_type(post.type)) return fail(Kind::refused, "an object that is no post");
  post.actor = uri_of(document, "attributedTo");
  if (!same_host(post.actor, post.id, policy)) {
    return fail(Kind::refused, "a post whose author is on another host");
  }
  post.url = page_of_post(document, post.id, policy);
  Words words = words_of(document);
  post.language = std::move(words.language);
  post.content = model::to_html(words.html, "text/html");
  if (post.type != "Note" && post.type != "Question") {
    post.content = model::to_html(titled(document, post.url) + post.content, "text/html");
  }
  const std::string warning = text_of(document, "summary");
  if (warning.size() <= kMaxWarning) post.summary = model::to_plain_text(warning, "text/html");
  // What is no address could not be fetched, and would be the name of something else to us.
  const std::string parent = uri_of(document, "inReplyTo");
  if (http::parse_url(parent, policy)) post.in_reply_to = parent;
  post.context = uri_of(document, "context");
  if (post.context.empty()) post.context = uri_of(document, "conversation");
  const auto sensitive = document.find("sensitive");
  post.sensitive = sensitive != document.end() && sensitive->is_boolean() && sensitive->get<bool>();
  post.published_ms = time_in(document, "published", now_ms);
  if (post.published_ms == 0) post.published_ms = now_ms;
  post.edited_ms = time_in(document, "updated", now_ms);
  if (post.edited_ms <= post.published_ms) post.edited_ms = 0;
  read_attachments(document, policy, post);
  read_tags(document, policy, post);
  const auto to = uris_of(document, "to", kMaxRecipients);
  const auto cc = uris_of(document, "cc", kMaxRecipients);
  post.visibility = visibility_of(to, cc, post.actor, policy);
  for (const auto* list : {&to, &cc}) {
    std::copy_if(list->begin(), list->end(), std::back_inserter(post.recipients),
                 [](const std::string& uri) { return !is_public(uri); });
  }
  return post;
}

Result<model::RemotePost> check_post(model::RemotePost post, http::Policy policy) {
  if (host_of(post.id, policy).empty()) {
    return fail(Kind::refused, "a post without an id that is a URL");
  }
  if (!is_post_type(post.type)) return fail(Kind::refused, "an object that is no post");
  if (!same_host(post.actor, post.id, policy)) {
    return fail(Kind::refused, "a post whose author is on another host");
  }
  if (post.published_ms < 0 || post.published_ms > kMaxTime) {
    return fail(Kind::refused, "a post of no time");
  }
  if (post.edited_ms <= post.published_ms || post.edited_ms > kMaxTime) post.edited_ms = 0;
  if (!same_host(post.url, post.id, policy)) post.url = post.id;
  post.content = model::to_html(post.content, "text/html");
  if (post.summary.size() > kMaxWarning) post.summary.clear();
  if (post.language.size() > kMaxLanguage) post.language.clear();
  for (std::string* uri : {&post.in_reply_to, &post.context}) {
    if (!model::is_uri(*uri)) uri->clear();
  }
  keep(post.attachments, kMaxAttachments, [&](const model::RemoteMedia& each) {
    return http::parse_url(each.url, policy).has_value() && each.name.size() <= kMaxAlt &&
           each.media_type.size() <= kMaxMediaType;
  });
  for (model::RemoteMedia& each : post.attachments) {
    each = without_unsound_hints(std::move(each));
  }
  keep(post.emojis, kMaxEmojis, [&](const model::RemoteEmoji& each) {
    return http::parse_url(each.url, policy).has_value() && each.name.size() <= kMaxShortcode;
  });
  keep(post.tags, kMaxTags, is_tag);
  keep(post.mentions, kMaxMentions, model::is_uri);
  keep(post.recipients, 2 * kMaxRecipients, model::is_uri);
  return post;
}

}  // namespace camp::fed
