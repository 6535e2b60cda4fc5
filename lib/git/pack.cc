// SPDX-License-Identifier: MIT
// Many small files into few large ones, without ever walking the history.
#include <algorithm>
#include <utility>

#include "git/libgit2.h"
#include "git/packs.h"
#include "git/reachable.h"
#include "git/repository.h"

namespace camp::git {
namespace {

constexpr int kFanOut = 256;
constexpr int kSampled = 8;
constexpr std::size_t kIdsAtOnce = 200'000;  // bounds the memory of packing very many months

/// A kept pack of exactly these objects; none: an empty name.
Result<std::string> find_exact_pack(const std::string& objects, const std::vector<git_oid>& ids) {
  for (const Pack& pack : CAMP_TRY(list_packs(objects))) {
    const bool all = pack.kept && std::all_of(ids.begin(), ids.end(), [&pack](const git_oid& id) {
                       return pack.contains(id);
                     });
    if (all && CAMP_TRY(pack_objects(pack)).size() == ids.size()) return pack.base;
  }
  return std::string();
}

/// Everything that a parentless branch reaches.
Result<std::vector<git_oid>> objects_of_month(const Handle& handle, const std::string& branch,
                                              const std::optional<Oid>& tip) {
  if (!tip) return fail(Kind::not_found, "there is no branch " + branch);
  const git_oid start = CAMP_TRY(parse_oid(*tip));
  const CommitPtr commit = CAMP_TRY(find_commit(handle.repository.get(), start));
  if (git_commit_parentcount(commit.get()) != 0) {
    return fail(Kind::failed, "branch " + branch + " has a history", "squash it first");
  }
  return list_reachable(handle, {start}, Missing::fail);
}

}  // namespace

Result<std::vector<Oid>> Repository::loose_objects() const {
  std::vector<Oid> result;
  for (int i = 0; i < kFanOut; ++i) {
    for (const git_oid& id : CAMP_TRY(loose_in(handle_->objects(), i))) {
      result.push_back(to_text(id));
    }
  }
  std::sort(result.begin(), result.end());
  return result;
}

Result<std::size_t> Repository::count_loose_estimate() const {
  // Ids are evenly spread; at 4,000 objects eight directories are within a tenth of the truth.
  std::size_t count = 0;
  for (int i = 0; i < kFanOut; i += kFanOut / kSampled) {
    count += CAMP_TRY(loose_in(handle_->objects(), i)).size();
  }
  return count * (kFanOut / kSampled);
}

Result<void> Repository::pack(const std::vector<Oid>& objects, bool keep) {
  if (objects.empty()) return {};
  std::vector<git_oid> ids;
  for (const Oid& object : objects) ids.push_back(CAMP_TRY(parse_oid(object)));
  CAMP_TRY(handle_->notice_packs());
  if (CAMP_TRY(write_pack(*handle_, ids, keep)).empty()) return {};
  CAMP_TRY(remove_loose(handle_->objects(), ids, Durable::no));
  return handle_->reopen();
}

Result<void> Repository::pack_months(const std::vector<std::string>& branches) {
  CAMP_TRY(handle_->notice_packs());
  for (std::size_t i = 0; i < branches.size();) {
    std::vector<git_oid> packed;
    std::vector<std::string> bases;
    for (; i < branches.size() && packed.size() < kIdsAtOnce; ++i) {
      const auto month =
          CAMP_TRY(objects_of_month(*handle_, branches[i], CAMP_TRY(tip(branches[i]))));
      std::string base = CAMP_TRY(find_exact_pack(handle_->objects(), month));
      if (base.empty()) base = CAMP_TRY(write_pack(*handle_, month, true));
      bases.push_back(std::move(base));
      packed.insert(packed.end(), month.begin(), month.end());
    }
    // For many months at once: each time, all that is in none of them is written again.
    CAMP_TRY(rewrite_packs_without(*handle_, packed, bases));
    CAMP_TRY(remove_loose(handle_->objects(), packed, Durable::no));
    CAMP_TRY(handle_->reopen());
  }
  return {};
}

Result<std::size_t> Repository::count_kept_packs() const {
  std::size_t count = 0;
  CAMP_TRY(
      for_each_name(handle_->objects() + "/pack", [&](const std::string& name) -> Result<void> {
        count += name.ends_with(".keep") ? 1 : 0;
        return {};
      }));
  return count;
}

}  // namespace camp::git
