// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "index/index.h"
#include "store/community.h"
#include "store/rows.h"

namespace camp::store {

/// What `main` branches say, verified, in the form in which the index keeps it.
Result<index::Directory> read_directory(const Community& community);

/// What a community accepts in one repository's trees.
Result<Acceptance> read_acceptance(const Community& community, std::string_view repository);

/// Whether some repository has moved since the index last saw it.
Result<bool> is_behind(const Community& community);

/// Brings the index up to the repositories by tree difference: every file that came is decoded,
/// checked and judged, every file that went taken out. A file that fails its check is left out of
/// the index; fsck names it.
Result<void> catch_up(Community& community);

/// What the index notes of a repository that it has taken in, to know it again. Empty when the last
/// change was too recent to be told from the next.
Result<std::string> seen_mark(const git::Repository& repository);

}  // namespace camp::store
