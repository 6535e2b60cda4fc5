// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace camp::fed {

/// Where the names in a text lead: "@bo" or "@bo@friend.camp" in lower case to a person's page,
/// folded tags without # to a page.
struct NameLinks {
  std::map<std::string, std::string, std::less<>> people, tags;
};

/// Makes links of the mentions and hashtags in HTML as model::to_html() gives it; what is in a link
/// or in code already stays as it is, and so do names that lead nowhere.
std::string link_names(std::string_view html, const NameLinks& links);

}  // namespace camp::fed
