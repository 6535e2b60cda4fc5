// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

#include "base/ids.h"
#include "fed/site.h"
#include "index/server_db.h"
#include "store/community.h"

namespace camp::fed {

/// Whether an activity is the Create of a post of ours or an Update of it: what holds its words.
bool is_version_of(const Site& site, std::string_view activity, const ObjectId& id);

/// Drops messages that hold the words of posts that were deleted meanwhile; a Delete stays. Returns
/// how many went.
Result<std::size_t> drop_deleted(const store::Community& community, index::ServerDb& db,
                                 const Site& site);

}  // namespace camp::fed
