// SPDX-License-Identifier: MIT
#include "git/edit_tree.h"

#include <memory>
#include <vector>

namespace camp::git {
namespace {

Result<bool> is_file(const git_tree* tree, const std::string& path) {
  git_tree_entry* entry = nullptr;
  const int code = git_tree_entry_bypath(&entry, tree, path.c_str());
  const TreeEntryPtr owned(entry);
  if (code == GIT_ENOTFOUND) return false;
  if (code < 0) return git_failure(code, "reading " + path);
  return git_tree_entry_type(entry) == GIT_OBJECT_BLOB;
}

}  // namespace

Result<git_oid> write_empty_tree(git_repository* repository) {
  git_treebuilder* builder = nullptr;
  int code = git_treebuilder_new(&builder, repository, nullptr);
  const std::unique_ptr<git_treebuilder, Free<git_treebuilder_free>> owned(builder);
  git_oid id{};
  if (code == 0) code = git_treebuilder_write(&id, builder);
  if (code < 0) return git_failure(code, "writing a tree");
  return id;
}

Result<git_oid> edit_tree(git_repository* repository, const git_oid& base, const Edits& edits) {
  const TreePtr tree = CAMP_TRY(find_tree(repository, base));
  std::vector<git_tree_update> updates;
  for (const auto& [path, blob] : edits) {
    git_tree_update update{};
    update.path = path.c_str();
    update.filemode = GIT_FILEMODE_BLOB;
    if (blob) {
      update.action = GIT_TREE_UPDATE_UPSERT;
      update.id = *blob;
    } else if (CAMP_TRY(is_file(tree.get(), path))) {
      update.action = GIT_TREE_UPDATE_REMOVE;
    } else {
      continue;
    }
    updates.push_back(update);
  }
  if (updates.empty()) return base;
  git_oid id{};
  const int code =
      git_tree_create_updated(&id, repository, tree.get(), updates.size(), updates.data());
  if (code < 0) return git_failure(code, "writing a tree");
  return id;
}

}  // namespace camp::git
