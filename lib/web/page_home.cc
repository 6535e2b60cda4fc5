// SPDX-License-Identifier: MIT
#include "web/pages.h"
#include "web/post_html.h"

namespace camp::web {
namespace {

Html people_html(const View& view, const std::vector<const Member*>& people) {
  Html html;
  if (people.empty()) return html;
  html << "<h2>People</h2>\n<ul class=\"people\">\n"_html;
  for (const Member* member : people) {
    html << "<li><a"_html;
    html.href(own_path(view.site(), view.site().profile_page(member->handle)))
        << ">"_html << face_of(view, *member) << "<bdi>"_html << member->name
        << "</bdi> <small>@"_html << member->handle << "</small></a></li>\n"_html;
  }
  html << "</ul>\n"_html;
  return html;
}

}  // namespace

bool all_indexable(const std::vector<PublicPost>& posts) {
  for (const PublicPost& post : posts) {
    if (!post.author->says().indexable) return false;
  }
  return true;
}

Result<std::optional<Page>> home_page(View& view, const std::string& before) {
  index::Query query;
  query.timeline = index::Timeline::public_;
  query.before = before;
  query.limit = kPagePosts;
  const Posts posts = CAMP_TRY(view.posts(query));
  Page page;
  page.head.title = view.community_name();
  page.head.canonical = view.site().origin() + "/";
  page.head.feeds = {home_feed_link(view)};
  page.head.indexable = before.empty() && all_indexable(posts.posts);
  page.main << "<h1>"_html << view.community_name() << "</h1>\n"_html;
  if (before.empty()) {
    const std::string rules = CAMP_TRY(view.rules());
    page.head.description = "Public posts from " + view.community_name();
    if (!rules.empty()) {
      page.main << "<h2>Rules</h2>\n"_html << Html::of_words(rules, "text/markdown") << "\n"_html;
    }
    page.main << people_html(view, CAMP_TRY(view.discoverable()));
  }
  page.main << (before.empty() ? "<h2>Newest posts</h2>\n"_html : "<h2>Older posts</h2>\n"_html)
            << CAMP_TRY(posts_html(view, posts, "/",
                                   before.empty() ? "Nothing here is for everybody yet."
                                                  : "There are no older posts."));
  return std::optional(std::move(page));
}

}  // namespace camp::web
