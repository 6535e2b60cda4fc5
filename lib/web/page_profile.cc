// SPDX-License-Identifier: MIT
#include "model/foreign_text.h"
#include "model/markup.h"
#include "web/pages.h"
#include "web/post_html.h"

namespace camp::web {
namespace {

constexpr std::size_t kPreviewColumns = 200;

Html picture(const View& view, const std::optional<model::Attachment>& of, Markup before) {
  Html html;
  const std::string url = of ? media_url(view, *of) : std::string();
  if (url.empty()) return html;
  html << before << own_path(view.site(), url) << "\" alt=\""_html << of->name << "\">\n"_html;
  return html;
}

/// A value that is an address becomes a link that the page behind it can confirm (rel=me).
Html fields_html(const model::Profile& profile) {
  Html html;
  if (profile.fields.empty()) return html;
  html << "<dl>\n"_html;
  for (const model::ProfileField& field : profile.fields) {
    html << "<dt>"_html << field.name << "</dt><dd>"_html;
    if (model::is_web_address(field.value)) {
      html << "<a rel=\"me nofollow noopener\""_html;
      html.href(field.value) << ">"_html << field.value << "</a>"_html;
    } else {
      html << field.value;
    }
    html << "</dd>\n"_html;
  }
  html << "</dl>\n"_html;
  return html;
}

/// In place of how to follow: who has moved takes on nobody.
Html moved_html(const Member& member) {
  const std::string& address = member.says().moved_to;
  Html html;
  html << "<p class=\"moved\"><bdi>"_html << member.name
       << "</bdi> has moved to <a rel=\"me nofollow noopener\""_html;
  html.href(address) << ">"_html << address << "</a>.</p>\n"_html;
  return html;
}

Result<Html> about_html(View& view, const Member& member) {
  const model::Profile& profile = member.says();
  Html html;
  html << picture(view, profile.image, "<img class=\"wide\" src=\""_html)
       << picture(view, profile.icon, "<img class=\"portrait\" src=\""_html) << "<h1><bdi>"_html
       << member.name << "</bdi></h1>\n<p class=\"quiet\">@"_html
       << view.site().address(member.handle) << "</p>\n"_html;
  if (!profile.summary.empty()) {
    html << "<div"_html;
    if (model::is_language(profile.language)) {
      html << " lang=\""_html << profile.language << "\""_html;
    }
    html << ">"_html
         << Html::of_words(profile.summary, profile.media_type, CAMP_TRY(links_in(view, profile)))
         << "</div>\n"_html;
  }
  html << fields_html(profile);
  if (!profile.moved_to.empty()) return html << moved_html(member);
  html << "<details><summary>Follow "_html << member.name
       << "</summary>\n<p>Copy this address into the search of the app that you use (Mastodon or "
          "another that understands it) and follow there:</p>\n<p><code>@"_html
       << view.site().address(member.handle) << "</code></p>\n"_html;
  if (profile.locked) {
    html << "<p>"_html << member.name << " looks at each request before it is granted.</p>\n"_html;
  }
  html << "<p>A feed reader needs no account: <a"_html;
  html.href(profile_feed_link(member).path) << ">take the feed</a>.</p>\n</details>\n"_html;
  return html;
}

}  // namespace

Result<std::optional<Page>> profile_page(View& view, const Member& member,
                                         const std::string& before) {
  index::Query query;
  query.timeline = index::Timeline::public_;
  query.author = member.id.text();
  query.before = before;
  query.limit = kPagePosts;
  const Posts posts = CAMP_TRY(view.posts(query));
  const fed::Site& site = view.site();
  const model::Profile& profile = member.says();
  Page page;
  page.head.title = member.name + " (@" + site.address(member.handle) + ")";
  page.head.canonical = site.profile_page(member.handle);
  page.head.kind = "profile";
  page.head.activity = site.actor(member.handle);
  page.head.feeds = {profile_feed_link(member)};
  page.head.indexable = before.empty() && profile.indexable;
  page.head.description = one_line(
      model::to_plain_text(model::to_html(profile.summary, profile.media_type), "text/html"),
      kPreviewColumns);
  if (profile.icon) page.head.picture = media_url(view, *profile.icon);
  if (before.empty()) {
    page.main << CAMP_TRY(about_html(view, member));
  } else {
    page.main << "<h1><a"_html;
    page.main.href(own_path(site, site.profile_page(member.handle)))
        << "><bdi>"_html << member.name << "</bdi></a></h1>\n"_html;
  }
  page.main << (before.empty() ? "<h2>Posts</h2>\n"_html : "<h2>Older posts</h2>\n"_html)
            << CAMP_TRY(posts_html(view, posts, own_path(site, site.profile_page(member.handle)),
                                   before.empty() ? "There are no posts for everybody yet."
                                                  : "There are no older posts."));
  return std::optional(std::move(page));
}

}  // namespace camp::web
