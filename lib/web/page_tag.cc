// SPDX-License-Identifier: MIT
#include "web/pages.h"
#include "web/post_html.h"

namespace camp::web {

Result<std::optional<Page>> tag_page(View& view, const std::string& tag,
                                     const std::string& before) {
  index::Query query;
  query.timeline = index::Timeline::public_;
  query.tag = tag;
  query.before = before;
  query.limit = kPagePosts;
  const Posts posts = CAMP_TRY(view.posts(query));
  if (posts.posts.empty() && posts.next.empty()) return std::optional<Page>();
  Page page;
  page.head.title = "#" + tag;
  page.head.canonical = view.site().tag(tag);
  page.head.description = "Public posts from " + view.community_name() + " about #" + tag;
  page.head.feeds = {tag_feed_link(view, tag)};
  page.head.indexable = before.empty() && all_indexable(posts.posts);
  page.main << "<h1>#"_html << tag << "</h1>\n"_html
            << CAMP_TRY(posts_html(view, posts, own_path(view.site(), view.site().tag(tag)), ""));
  return std::optional(std::move(page));
}

}  // namespace camp::web
