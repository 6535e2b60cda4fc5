// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "git/libgit2.h"

// Tree objects as camp reads them: libgit2 parses trees that no file system and no camp should
// see, so their bytes are read here, with a refusal for everything but directories and plain files.
namespace camp::git {

enum class EntryType { file, directory, other };

struct RawEntry {
  std::string_view name;  ///< into the object's bytes
  EntryType type = EntryType::other;
  git_oid id{};
};

/// How strictly a tree is taken.
enum class TreeRules {
  strict,  ///< plain files and directories with valid names, in git's order, none twice
  any,     ///< whatever can be told apart: for finding what is reachable
};

/// The entries of a tree object's bytes. Damaged if they cannot be told apart, break the rules or
/// are more than `max_entries`; `path` is where the tree stands, for the message.
Result<std::vector<RawEntry>> parse_tree(std::string_view bytes, std::string_view path,
                                         std::size_t max_entries, TreeRules rules);

/// A tree with the bytes that its entries point into.
struct RawTree {
  ObjectPtr object;
  std::vector<RawEntry> entries;
};

/// Reads a tree of bounded size. A tree that is not there is damaged: something named it.
Result<RawTree> read_tree(git_odb* odb, const git_oid& id, std::string_view path,
                          std::size_t max_entries, TreeRules rules);

/// Whether a name may stand in a tree: one part of `valid_path`.
bool valid_name(std::string_view name);

/// git's order of two names in a tree: a directory sorts as if it ended in a slash.
int compare_names(std::string_view a, bool a_is_directory, std::string_view b, bool b_is_directory);

}  // namespace camp::git
