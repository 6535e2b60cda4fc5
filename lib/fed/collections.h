// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace camp::fed {

inline constexpr std::size_t kPageItems = 20;
/// No collection that stands in one piece is longer.
inline constexpr std::size_t kMaxWholeItems = 1000;

/// What an OrderedCollection says about itself. Its pages are `<id>?page=true&before=<cursor>`.
Json ordered_collection(const std::string& id, std::size_t total, bool has_pages);

/// One page, newest first.
struct Page {
  std::vector<Json> items;
  std::string next;  ///< cursor of the page after it; empty for the last
};
/// `before` is the page's own cursor; empty for the first.
Json ordered_page(const std::string& id, const std::string& before, const Page& page);

/// A Collection that stands in one piece.
Json whole_collection(const std::string& id, const std::vector<std::string>& items);

/// The page of a list that begins after `before` (empty: at its start); Kind::not_found if no item
/// is that. The cursor is an item's own text.
Result<Page> page_of(const std::vector<std::string>& items, const std::string& before);

}  // namespace camp::fed
