// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "git/libgit2.h"

// Packs one by one, which libgit2's object database hides. Not for other modules.
namespace camp::git {

/// One pack of a repository, by itself.
struct Pack {
  std::string base;  ///< path without .pack or .idx
  bool kept = false;
  OdbPtr odb;

  bool contains(const git_oid& id) const;
};

/// All packs; an index without its pack is none.
Result<std::vector<Pack>> list_packs(const std::string& objects);

/// The ids of a pack's objects.
Result<std::vector<git_oid>> pack_objects(const Pack& pack);

/// Writes a pack of the objects that exist and syncs it, then checks that it holds every one of
/// them. An empty name: there was nothing to write.
Result<std::string> write_pack(const Handle& handle, const std::vector<git_oid>& objects,
                               bool keep);

/// The same into another repository's `directory` of packs, which may be missing what it refers to.
Result<void> write_pack_to(const std::string& directory, const Handle& handle,
                           const std::vector<git_oid>& objects);

/// Removes packs in an order that a reader and a kill survive: the pack, then what belongs to it.
Result<void> remove_packs(const std::string& objects, const std::vector<std::string>& bases);

/// Writes every pack but `spared` that holds one of `gone` again without these objects, then
/// removes the old ones. Objects that stay are never without a complete pack.
Result<void> rewrite_packs_without(Handle& handle, const std::vector<git_oid>& gone,
                                   const std::vector<std::string>& spared);

/// Whether a removal must outlast a power cut.
enum class Durable { no, yes };

/// Removes loose files; one that is gone already is no error.
Result<void> remove_loose(const std::string& objects, const std::vector<git_oid>& ids,
                          Durable durable);

/// Calls back with the path and name of everything in a directory; a missing directory is empty.
Result<void> for_each_name(const std::string& directory,
                           const std::function<Result<void>(const std::string& name)>& visit);

/// unlink(2); a file that is gone already is no error.
Result<void> remove_file(const std::string& path);

/// The ids that have a loose file in one fan-out directory (0 to 255).
Result<std::vector<git_oid>> loose_in(const std::string& objects, int fan_out);

}  // namespace camp::git
