// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>

#include "git/libgit2.h"

// Trees made from trees. Not for other modules.
namespace camp::git {

/// What a path is to hold: a blob, or nothing.
using Edits = std::map<std::string, std::optional<git_oid>>;

/// Writes the empty tree: libgit2 wants a baseline that exists, even for a branch's first commit.
Result<git_oid> write_empty_tree(git_repository* repository);

/// The tree with the edits made; directories that become empty go.
Result<git_oid> edit_tree(git_repository* repository, const git_oid& base, const Edits& edits);

}  // namespace camp::git
