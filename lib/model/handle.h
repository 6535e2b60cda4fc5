// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace camp::model {

/// The name that members call each other by: 1 to 30 of `a-z`, `0-9` and `_`, so that it is a safe
/// file name, needs no quoting and has no look-alikes in other scripts. An `@` in front is dropped.
/// Kind::usage, with a handle that would do in the hint, for anything else and for names that mean
/// something to camp or to a file system. Whether a member of that name exists is not asked.
Result<std::string> parse_handle(std::string_view text);

/// A name to show, of a community, a member or a device: one line of printable UTF-8, 100 bytes at
/// most. `whose` begins the message ("a community's name"). Kind::usage for anything else.
Result<void> require_display_name(std::string_view name, std::string_view whose);

}  // namespace camp::model
