// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "store/community.h"

namespace camp::ops {

/// What a directory holds, as one SHA-256 for each repository and one for the papers: equal for
/// directories that hold the same, however they came to it. Covered are the full ids of all live
/// objects and of all tombstones, and the heads of the key logs and the community log; what waits
/// in an outbox stands under "outbox", so that an empty one has no entry.
Result<std::map<std::string, std::string>> state_hashes(const store::Community& community);

}  // namespace camp::ops
