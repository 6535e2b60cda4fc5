// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <vector>

#include "git/libgit2.h"

// What commits reach: their histories, trees and files. Not for other modules.
namespace camp::git {

/// What to do about an object that is named but not there.
enum class Missing {
  fail,  ///< damaged: what it would have led to cannot be known
  skip,  ///< it went in an earlier run
};

/// Called with each object; true: seen before, do not go below it. Blobs may be reported more than
/// once.
using ObjectVisitor = std::function<bool(const git_oid& id, git_object_t type)>;

/// Walks from commits through parents, trees and files with a list instead of recursion, so that
/// no depth can hurt. Memory: the visitor's, plus what waits to be looked at.
Result<void> walk_reachable(const Handle& handle, const std::vector<git_oid>& tips, Missing missing,
                            const ObjectVisitor& visit);

/// Every object reached, each once: commits, then trees, then files.
Result<std::vector<git_oid>> list_reachable(const Handle& handle, const std::vector<git_oid>& tips,
                                            Missing missing);

}  // namespace camp::git
