// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "http/url.h"

namespace camp::fed {

/// What stands in a collection of another server: an address, and the thing itself where it came
/// with it.
struct CollectionItem {
  std::string uri = {};
  const Json* document = nullptr;  ///< in what was read; null unless it is on that very host
};

/// A piece of a collection.
struct CollectionPage {
  std::vector<CollectionItem> items = {};
  std::string next = {};  ///< the address of the next piece; empty if there is none on this host
};

/// Reads a collection, ordered or not, or a page of one, as it stands in a document or was fetched:
/// `items` and `orderedItems`, `first` as an address or a page, `next`. An address alone, or a
/// collection that says no more, is a piece without items whose next is that address. Only what
/// stands on `host` is believed to be a part of it; items may be anywhere. At most `most` items,
/// each once; whatever is something else is left out.
CollectionPage read_collection(const Json& value, std::string_view host, http::Policy policy,
                               std::size_t most);

}  // namespace camp::fed
