// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace camp::web {

/// The stylesheet of all pages (style.css).
std::string_view style_css();
/// "/style-1f0e3a….css": another address for other content, so that it may be kept for ever.
const std::string& style_path();

/// The little tent in a browser's tab, as a .ico file.
const std::string& favicon();

/// For search engines: what is no page. Whether a page may be kept, the page itself says; a list
/// here would tell who is a member.
std::string_view robots_txt();

}  // namespace camp::web
