// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fed/site.h"
#include "http/message.h"
#include "web/html.h"

namespace camp::web {

inline constexpr std::size_t kPagePosts = 20;
inline constexpr std::string_view kHtmlType = "text/html; charset=utf-8";

/// A feed that goes with a page.
struct FeedLink {
  std::string title, path;
};

/// What a page says about itself to browsers, search engines and whoever shows a preview.
struct Head {
  std::string title = {};        ///< of this page; the community's name follows, unless it is that
  std::string canonical = {};    ///< whole address; empty for none
  std::string description = {};  ///< plain text
  std::string picture = {};      ///< whole address; empty for none
  std::string kind = "website";  ///< of OpenGraph: website, profile, article
  std::string activity = {};     ///< address of the same as ActivityStreams; empty for none
  std::vector<FeedLink> feeds = {};
  bool indexable = false;  ///< search engines may keep it: everybody whose words it holds agreed
};

/// A whole page around the content of its <main>.
std::string render_page(const std::string& community_name, const Head& head, const Html& main);

/// The fields that keep a page from being framed, scripted or sniffed; HSTS if the site is https.
void put_security_headers(http::Response& response, const fed::Site& site);

/// The part of an address of ours behind the host.
std::string own_path(const fed::Site& site, const std::string& url);

/// A time in an element that machines read: "26 Nov 2026, 10:00", in UTC.
Html time_of(std::int64_t ms);

/// A text in one line of at most `columns`, for titles and previews.
std::string one_line(std::string_view text, std::size_t columns);

}  // namespace camp::web
