// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "index/index.h"

namespace camp::store {

/// What is asked for each message that comes from elsewhere, and seldom changes: kept for as long
/// as nobody, in whatever process, changes the index. Bounded; no words of anybody are in it.
class Recall {
 public:
  explicit Recall(const index::Index& index) : index_(index) {}

  /// As Index::members.
  Result<std::shared_ptr<const std::vector<index::MemberRow>>> members();

  /// The URIs that somebody goes by; asked for only where a list is not empty.
  using Names = std::function<std::vector<std::string>()>;
  /// Whether a member's private list of a kind ("Block", "Ignore") holds one of these URIs.
  Result<bool> lists(const OwnerId& member, std::string_view type, const Names& names);

  /// Whether the community blocks somebody who goes by one of these URIs.
  Result<bool> blocks(const Names& names);

  /// The author of an object that everybody may read, if that has been found out before.
  Result<std::optional<OwnerId>> author_of_open(const ObjectId& object);
  /// The gate let anybody have it, and said who wrote it, while the index stood as it stands.
  Result<void> note_open(const ObjectId& object, const OwnerId& author);

  /// After the index was put in another's place.
  void forget();

 private:
  Result<void> refresh();
  Result<const std::vector<std::size_t>*> hashes(const OwnerId& member, std::string_view type);

  const index::Index& index_;
  std::int64_t version_ = 0;
  std::shared_ptr<const std::vector<index::MemberRow>> members_;
  /// Of each list the hashes of its URIs, sorted: thousands of blocks are a few kilobytes.
  std::map<std::string, std::vector<std::size_t>, std::less<>> lists_;
  std::size_t hashes_ = 0;                                     ///< in all lists
  std::optional<std::set<std::string, std::less<>>> blocked_;  ///< by the community
  std::map<std::string, OwnerId, std::less<>> open_;
};

}  // namespace camp::store
