// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "web/html.h"
#include "web/page.h"
#include "web/public_view.h"

// For serve.cc alone: the pages and the feeds, one file each. What they give nothing for is not
// there.
namespace camp::web {

struct Page {
  Head head;
  Html main;
};

/// `before` is a cursor; empty for the newest.
Result<std::optional<Page>> home_page(View& view, const std::string& before);
Result<std::optional<Page>> profile_page(View& view, const Member& member,
                                         const std::string& before);
Result<std::optional<Page>> tag_page(View& view, const std::string& tag, const std::string& before);
Result<std::optional<Page>> post_page(View& view, const ObjectId& id);

/// An Atom feed (RFC 4287), and when its newest entry changed.
struct Feed {
  std::string xml;
  std::int64_t updated_ms = 0;
};
Result<Feed> home_feed(View& view);
Result<Feed> profile_feed(View& view, const Member& member);
Result<std::optional<Feed>> tag_feed(View& view, const std::string& tag);

/// Where the feeds stand, and what they are called.
FeedLink home_feed_link(const View& view);
FeedLink profile_feed_link(const Member& member);
FeedLink tag_feed_link(const View& view, const std::string& tag);

/// Whether everybody agreed that search engines keep their words.
bool all_indexable(const std::vector<PublicPost>& posts);

}  // namespace camp::web
