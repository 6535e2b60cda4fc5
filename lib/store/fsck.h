// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/community.h"

namespace camp::store {

/// Something wrong with a community directory, and what a person can do about it.
struct Problem {
  std::string path;    ///< the file, or repository, branch and file in git's notation
  std::string kind;    ///< "object", "git", "keys", "log", "media", "index"
  std::string reason;  ///< one line
  std::string remedy;  ///< one line
};

struct Report {
  std::size_t objects = 0;  ///< object files checked
  std::vector<Problem> problems;
};

/// Checks everything that a reader relies on: git's objects, each object file's form, place and
/// signature, the key logs and the community log, the media by their digests, and the index against
/// one made anew. Never permissions or time. It cannot see that a file is missing from a tree.
Result<Report> fsck(Community& community,
                    const std::function<void(std::size_t done)>& progress = {});

}  // namespace camp::store
