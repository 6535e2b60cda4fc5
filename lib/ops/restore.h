// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ops/open.h"
#include "ops/sync.h"

namespace camp::ops {

struct Restored {
  std::size_t objects = 0;  ///< that came back
  std::size_t media = 0;    ///< pictures that came back
  std::vector<SyncRefusal> refused;
  bool newest = false;  ///< members and keys may change from here on
};

/// Gives an origin back what a clone of it in `directory` holds and it does not: longer key logs
/// and the longer list of members first, then objects, each with the same checks as in any sync,
/// then pictures. For an origin that was put back from an old copy. Takes nothing away; a second
/// run finds nothing.
Result<Restored> restore_from_clone(store::Community& community, const std::string& directory);

/// Says that there is nothing newer anywhere than what this directory holds, so that members and
/// keys may change again (store/newest.h).
Result<void> count_as_newest(store::Community& community);

}  // namespace camp::ops
