// SPDX-License-Identifier: MIT
#pragma once

#include <git2.h>
#include <sys/stat.h>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/result.h"
#include "git/repository.h"

// What lib/git's own files share about libgit2. Not for other modules.
namespace camp::git {

template <auto function>
struct Free {
  template <class T>
  void operator()(T* pointer) const {
    function(pointer);
  }
};

using RepositoryPtr = std::unique_ptr<git_repository, Free<git_repository_free>>;
using OdbPtr = std::unique_ptr<git_odb, Free<git_odb_free>>;
using ObjectPtr = std::unique_ptr<git_odb_object, Free<git_odb_object_free>>;
using TreePtr = std::unique_ptr<git_tree, Free<git_tree_free>>;
using TreeEntryPtr = std::unique_ptr<git_tree_entry, Free<git_tree_entry_free>>;
using CommitPtr = std::unique_ptr<git_commit, Free<git_commit_free>>;
using ReferencePtr = std::unique_ptr<git_reference, Free<git_reference_free>>;
using SignaturePtr = std::unique_ptr<git_signature, Free<git_signature_free>>;
using PackBuilderPtr = std::unique_ptr<git_packbuilder, Free<git_packbuilder_free>>;

struct OidHash {
  std::size_t operator()(const git_oid& id) const {
    std::size_t value = 0;
    std::memcpy(&value, id.id, sizeof value);
    return value;
  }
};
struct OidEqual {
  bool operator()(const git_oid& a, const git_oid& b) const { return git_oid_equal(&a, &b) != 0; }
};
using IdSet = std::unordered_set<git_oid, OidHash, OidEqual>;

/// Starts libgit2 once in this process: durable writes, strict objects, no configuration from
/// outside the repository, small caches.
Result<void> start_libgit2();

/// The failure that libgit2 last reported on this thread, in our words.
tl::unexpected<Error> git_failure(int code, std::string_view act);
/// The same for a system call.
tl::unexpected<Error> file_failure(int error, std::string_view act);

Result<git_oid> parse_oid(std::string_view text);
Oid to_text(const git_oid& id);

/// The empty tree, which git takes for present everywhere.
git_oid empty_tree();

/// What tells that a directory has been changed.
struct DirectoryStamp {
  dev_t device = 0;
  ino_t inode = 0;
  timespec modified{};
  bool recent = false;  ///< changed so lately that the next change might not show

  bool operator==(const DirectoryStamp& other) const {
    return device == other.device && inode == other.inode &&
           modified.tv_sec == other.modified.tv_sec && modified.tv_nsec == other.modified.tv_nsec;
  }
};
Result<DirectoryStamp> stamp(const std::string& directory);
/// Whether a file time lies within 100 ms of now, or ahead of it.
bool is_recent(const timespec& time);

/// fsync of a directory: makes the names in it durable.
Result<void> sync_directory(const std::string& directory);

struct Handle {
  std::string path;
  RepositoryPtr repository;
  OdbPtr odb;
  DirectoryStamp packs;

  std::string objects() const { return path + "/objects"; }
  /// Opens everything anew, so that libgit2 forgets packs that are gone: it would take an object
  /// of a removed pack for present and not write it again.
  Result<void> reopen();
  /// Reopens if a pack came or went since the last time.
  Result<void> notice_packs();
};

Result<std::string> reference_name(std::string_view branch);

Result<CommitPtr> find_commit(git_repository* repository, const git_oid& id);
Result<TreePtr> find_tree(git_repository* repository, const git_oid& id);

/// A directory's entry in objects/: the two digits and the rest.
std::string loose_path(const std::string& objects, const git_oid& id);

}  // namespace camp::git
