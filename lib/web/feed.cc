// SPDX-License-Identifier: MIT
#include <algorithm>

#include "base/time.h"
#include "http/message.h"
#include "web/pages.h"
#include "web/post_html.h"

// Atom, RFC 4287.
namespace camp::web {
namespace {

constexpr std::size_t kTitleColumns = 70;
constexpr std::size_t kBatch = 40;

struct About {
  FeedLink link;
  std::string page;           ///< whole address of the page that the feed is of
  std::int64_t began_ms = 0;  ///< when there was nothing yet
};

void put_link(Html& xml, Markup relation, std::string_view url) {
  xml << "<link rel=\""_html << relation << "\""_html;
  xml.href(url) << "/>\n"_html;
}

/// Readers show pictures and warnings as they like; the words come after the warning.
Result<Html> content_of(View& view, const store::Released<store::Anyone>& post) {
  Html html;
  const std::string& warning = post.object().note.summary;
  if (!warning.empty()) html << "<p><strong>"_html << warning << "</strong></p><hr>"_html;
  html << CAMP_TRY(words_of(view, post)) << pictures_of(view, post, Addresses::whole);
  return html;
}

Result<void> put_entry(Html& xml, View& view, const PublicPost& post) {
  const fed::Site& site = view.site();
  xml << "<entry>\n<id>"_html << site.object(post.id()) << "</id>\n<title>"_html
      << preview_of(post.released, kTitleColumns) << "</title>\n<published>"_html
      << format_time(post.published_ms()) << "</published>\n<updated>"_html
      << format_time(post.updated_ms()) << "</updated>\n<author><name>"_html << post.author->name
      << "</name><uri>"_html << site.profile_page(post.author->handle) << "</uri></author>\n"_html;
  put_link(xml, "alternate\" type=\"text/html"_html, site.post_page(post.id()));
  for (const model::Tag& tag : post.object().note.tags) {
    if (tag.mention || !tag.name.starts_with('#')) continue;
    xml << "<category term=\""_html << std::string_view(tag.name).substr(1) << "\"/>\n"_html;
  }
  const Html content = CAMP_TRY(content_of(view, post.released));
  xml << "<content type=\"html\">"_html << content.text() << "</content>\n</entry>\n"_html;
  return {};
}

Result<Feed> feed_of(View& view, const About& about, const std::vector<PublicPost>& posts) {
  Feed feed{{}, about.began_ms};
  for (const PublicPost& post : posts) {
    feed.updated_ms = std::max(feed.updated_ms, post.updated_ms());
  }
  const std::string self = view.site().origin() + about.link.path;
  Html xml;
  xml << "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
         "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<id>"_html
      << self << "</id>\n<title>"_html << about.link.title << "</title>\n<updated>"_html
      << format_time(feed.updated_ms) << "</updated>\n"_html;
  put_link(xml, "self\" type=\"application/atom+xml"_html, self);
  put_link(xml, "alternate\" type=\"text/html"_html, about.page);
  for (const PublicPost& post : posts) CAMP_TRY(put_entry(xml, view, post));
  xml << "</feed>\n"_html;
  feed.xml = xml.text();
  return feed;
}

index::Query public_posts() {
  index::Query query;
  query.timeline = index::Timeline::public_;
  query.limit = kBatch;
  return query;
}

}  // namespace

FeedLink home_feed_link(const View& view) { return {view.community_name(), "/feed.atom"}; }

FeedLink profile_feed_link(const Member& member) {
  return {member.name, "/@" + member.handle + "/feed.atom"};
}

FeedLink tag_feed_link(const View& view, const std::string& tag) {
  return {"#" + tag + " – " + view.community_name(),
          own_path(view.site(), view.site().tag(tag)) + "/feed.atom"};
}

Result<Feed> home_feed(View& view) {
  const auto posts = CAMP_TRY(view.beginnings(public_posts()));
  return feed_of(view, {home_feed_link(view), view.site().origin() + "/", view.began_ms()}, posts);
}

Result<Feed> profile_feed(View& view, const Member& member) {
  index::Query query = public_posts();
  query.author = member.id.text();
  const auto posts = CAMP_TRY(view.beginnings(query));
  const std::string page = view.site().profile_page(member.handle);
  return feed_of(view, {profile_feed_link(member), page, member.joined_ms}, posts);
}

Result<std::optional<Feed>> tag_feed(View& view, const std::string& tag) {
  index::Query query = public_posts();
  query.tag = tag;
  const auto posts = CAMP_TRY(view.beginnings(query));
  if (posts.empty()) return std::optional<Feed>();
  const About about{tag_feed_link(view, tag), view.site().tag(tag), view.began_ms()};
  return std::optional(CAMP_TRY(feed_of(view, about, posts)));
}

}  // namespace camp::web
