// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"

namespace camp::bench {

/// The content of loose objects as git stores them, header and all, but not compressed.
using RawObject = std::string;

/// What no store on loose objects can avoid: for each object SHA-1, deflate, an exclusive new file,
/// write, fsync, rename, fsync of the directory; then the same for a reference.
class RawObjects {
 public:
  /// An empty directory with git's 256 subdirectories.
  static Result<RawObjects> create(const std::string& path);
  /// The objects and the reference of one commit.
  Result<void> write_commit(const RawObject* objects, std::size_t count);

 private:
  explicit RawObjects(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// Names of the loose objects of a repository, as "ab/cdef…".
std::set<std::string> loose_names(const std::string& repository);
/// The content of loose objects, inflated.
Result<std::vector<RawObject>> read_loose(const std::string& repository,
                                          const std::vector<std::string>& names);
/// Makes those of git's 256 subdirectories that are missing, as in a repository long in use.
void make_fan_out(const std::string& objects);

}  // namespace camp::bench
