// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "index/index.h"

namespace camp::index::test {

/// The start of 2026-11-23 in UTC: what the fixed ids count from.
inline constexpr std::int64_t kDay = 1795392000000;

/// The value, or an exception with the error's text, which the test framework shows.
template <class T>
T get(Result<T> result) {
  if (!result) {
    throw std::runtime_error(result.error().message + " (" +
                             std::string(code_name(result.error().kind)) + ")");
  }
  if constexpr (!std::is_void_v<T>) {
    return std::move(*result);
  }
}

/// A directory that goes with all its files.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  std::string path(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// An object id made at that millisecond; `number` stands in for the digest.
std::string object_id(std::int64_t ms, std::uint64_t number);
/// The git id of some bytes that `text` stands for.
std::string blob_id(std::string_view text);
std::string full_id(std::string_view author, std::string_view id);

/// A signed Note as the store would hand it over: place, branch and blob follow from the ids.
ObjectRow note(std::string_view repository, std::string_view author, std::string_view id,
               std::string_view content);
/// A new version of a row.
ObjectRow edit(const ObjectRow& of, std::string_view id, std::string_view content);
/// Anything else that is about something.
ObjectRow relation(std::string_view repository, std::string_view author, std::string_view id,
                   std::string_view type, std::string_view about);
TombstoneRow tombstone(std::string_view repository, std::string_view by, std::string_view id,
                       std::string_view target);
/// The same row in another repository.
ObjectRow copy_to(ObjectRow row, std::string_view repository);
/// The key that `note` signs with.
std::string key_of(std::string_view author);
/// A directory with these members, each with its key.
Directory directory(const std::vector<std::string>& members);

/// Changes that bring rows and tombstones, one entry a repository.
std::vector<Changes> bring(const std::vector<ObjectRow>& objects,
                           const std::vector<TombstoneRow>& tombstones = {});
/// Changes that take a file away.
std::vector<Changes> take(std::string_view repository, std::string_view branch,
                          std::string_view path);
/// Changes with nothing but a directory.
std::vector<Changes> know(const Directory& directory);

std::string dump(const Index& index);
std::vector<std::string> ids(const std::vector<Post>& posts);

/// Whether the full counts were asked for (CAMP_FULL_DEPTH=1).
bool full_depth();

}  // namespace camp::index::test
