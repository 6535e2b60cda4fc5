// SPDX-License-Identifier: MIT
#include "store/recall.h"

#include <algorithm>
#include <functional>

#include "model/audience.h"

namespace camp::store {
namespace {

constexpr std::size_t kMostOpen = 1000;
constexpr std::size_t kMostLists = 500;
constexpr std::size_t kMostHashes = 100'000;

std::size_t hash_of(std::string_view uri) { return std::hash<std::string_view>()(uri); }

}  // namespace

void Recall::forget() {
  version_ = 0;
  members_.reset();
  lists_.clear();
  hashes_ = 0;
  blocked_.reset();
  open_.clear();
}

Result<void> Recall::refresh() {
  const index::Snapshot now = CAMP_TRY(index_.look());
  const std::int64_t version = index_.version();
  if (version == 0 || version != version_) forget();
  version_ = version;
  return {};
}

Result<std::shared_ptr<const std::vector<index::MemberRow>>> Recall::members() {
  const index::Snapshot snapshot = CAMP_TRY(index_.look());
  CAMP_TRY(refresh());
  if (!members_) {
    members_ = std::make_shared<const std::vector<index::MemberRow>>(CAMP_TRY(index_.members()));
  }
  return members_;
}

Result<const std::vector<std::size_t>*> Recall::hashes(const OwnerId& member,
                                                       std::string_view type) {
  const std::string key = std::string(type) + " " + member.text();
  if (const auto known = lists_.find(key); known != lists_.end()) return &known->second;
  std::vector<std::size_t> all;
  for (const std::string& uri :
       CAMP_TRY(index_.relations(model::private_repository(member), type, member.text()))) {
    all.push_back(hash_of(uri));
  }
  std::sort(all.begin(), all.end());
  if (lists_.size() >= kMostLists || hashes_ + all.size() > kMostHashes) {
    lists_.clear();
    hashes_ = 0;
  }
  hashes_ += all.size();
  return &lists_.emplace(key, std::move(all)).first->second;
}

Result<bool> Recall::lists(const OwnerId& member, std::string_view type, const Names& names) {
  const index::Snapshot snapshot = CAMP_TRY(index_.look());
  CAMP_TRY(refresh());
  const std::vector<std::size_t>* known = CAMP_TRY(hashes(member, type));
  if (known->empty()) return false;
  const std::vector<std::string> theirs = names();
  const bool perhaps = std::any_of(theirs.begin(), theirs.end(), [&](const std::string& name) {
    return std::binary_search(known->begin(), known->end(), hash_of(name));
  });
  if (!perhaps) return false;
  const auto listed =
      CAMP_TRY(index_.relations(model::private_repository(member), type, member.text()));
  return std::any_of(listed.begin(), listed.end(), [&](const std::string& uri) {
    return std::find(theirs.begin(), theirs.end(), uri) != theirs.end();
  });
}

Result<bool> Recall::blocks(const Names& names) {
  const index::Snapshot snapshot = CAMP_TRY(index_.look());
  CAMP_TRY(refresh());
  if (!blocked_) {
    auto rows = CAMP_TRY(index_.blocked());
    blocked_.emplace();
    for (index::BlockedRow& row : rows) blocked_->insert(std::move(row.about));
  }
  if (blocked_->empty()) return false;
  const std::vector<std::string> theirs = names();
  return std::any_of(theirs.begin(), theirs.end(),
                     [&](const std::string& name) { return blocked_->contains(name); });
}

Result<std::optional<OwnerId>> Recall::author_of_open(const ObjectId& object) {
  CAMP_TRY(refresh());
  const auto known = open_.find(object.text());
  return known == open_.end() ? std::optional<OwnerId>() : std::optional(known->second);
}

Result<void> Recall::note_open(const ObjectId& object, const OwnerId& author) {
  CAMP_TRY(refresh());
  if (open_.size() >= kMostOpen) open_.clear();
  open_.insert_or_assign(object.text(), author);
  return {};
}

}  // namespace camp::store
