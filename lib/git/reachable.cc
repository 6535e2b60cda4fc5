// SPDX-License-Identifier: MIT
#include "git/reachable.h"

#include <algorithm>
#include <utility>

#include "git/raw_tree.h"

namespace camp::git {
namespace {

constexpr std::size_t kMaxTreeEntries = 1'000'000;

class Walk {
 public:
  Walk(const Handle& handle, Missing missing, const ObjectVisitor& visit)
      : handle_(handle), missing_(missing), visit_(visit) {}

  Result<void> run(const std::vector<git_oid>& tips) {
    for (const git_oid& id : tips) meet(id, GIT_OBJECT_COMMIT, commits_);
    while (!commits_.empty() || !trees_.empty()) {
      // Trees first: there are never more of them waiting than one commit brought.
      if (!trees_.empty()) {
        CAMP_TRY(open_tree(take(trees_)));
      } else {
        CAMP_TRY(open_commit(take(commits_)));
      }
    }
    return {};
  }

 private:
  static git_oid take(std::vector<git_oid>& list) {
    const git_oid id = list.back();
    list.pop_back();
    return id;
  }

  void meet(const git_oid& id, git_object_t type, std::vector<git_oid>& waiting) {
    if (!visit_(id, type)) waiting.push_back(id);
  }

  bool skips(const git_oid& id) const {
    return missing_ == Missing::skip && git_odb_exists(handle_.odb.get(), &id) == 0;
  }

  Result<void> open_commit(const git_oid& id) {
    if (skips(id)) return {};
    Result<CommitPtr> found = find_commit(handle_.repository.get(), id);
    if (!found) return fail(Kind::damaged, found.error().message, "run `camp fsck`");
    const git_commit* commit = found->get();
    meet(*git_commit_tree_id(commit), GIT_OBJECT_TREE, trees_);
    for (unsigned i = 0; i < git_commit_parentcount(commit); ++i) {
      meet(*git_commit_parent_id(commit, i), GIT_OBJECT_COMMIT, commits_);
    }
    return {};
  }

  Result<void> open_tree(const git_oid& id) {
    const git_oid nothing = empty_tree();
    if (git_oid_equal(&id, &nothing) != 0 || skips(id)) return {};
    const RawTree tree =
        CAMP_TRY(read_tree(handle_.odb.get(), id, "", kMaxTreeEntries, TreeRules::any));
    for (const RawEntry& entry : tree.entries) {
      if (entry.type == EntryType::directory) meet(entry.id, GIT_OBJECT_TREE, trees_);
      if (entry.type == EntryType::file) visit_(entry.id, GIT_OBJECT_BLOB);
    }
    return {};
  }

  const Handle& handle_;
  Missing missing_;
  const ObjectVisitor& visit_;
  std::vector<git_oid> commits_;
  std::vector<git_oid> trees_;
};

}  // namespace

Result<void> walk_reachable(const Handle& handle, const std::vector<git_oid>& tips, Missing missing,
                            const ObjectVisitor& visit) {
  return Walk(handle, missing, visit).run(tips);
}

Result<std::vector<git_oid>> list_reachable(const Handle& handle, const std::vector<git_oid>& tips,
                                            Missing missing) {
  IdSet seen;
  std::vector<git_oid> commits, trees, blobs;
  CAMP_TRY(walk_reachable(handle, tips, missing, [&](const git_oid& id, git_object_t type) {
    if (!seen.insert(id).second) return true;
    (type == GIT_OBJECT_COMMIT ? commits : type == GIT_OBJECT_TREE ? trees : blobs).push_back(id);
    return false;
  }));
  commits.insert(commits.end(), trees.begin(), trees.end());
  commits.insert(commits.end(), blobs.begin(), blobs.end());
  return commits;
}

}  // namespace camp::git
