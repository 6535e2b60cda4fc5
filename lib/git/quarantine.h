// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/process.h"
#include "base/result.h"
#include "git/repository.h"
#include "git/upload_pack.h"

namespace camp::git {

/// A place for what another machine sent, until it has been looked at: a repository of its own,
/// which also sees the objects of ours and which nobody serves. Nothing in it counts; destroying it
/// removes it.
class Quarantine {
 public:
  /// Makes one at `path` (absolute, below a directory that exists), in place of what a killed
  /// process left there.
  static Result<Quarantine> create(const std::string& path, const Repository& ours);
  Quarantine(Quarantine&&) noexcept;
  Quarantine& operator=(Quarantine&&) noexcept;
  ~Quarantine();

  /// Fetches commits into it. `git index-pack` takes the pack apart in a process of its own, with
  /// little memory: it checks that every object hashes to its id and is well-formed. Kind::refused
  /// with the reason if it does not, and for a wanted commit of no reasonable size.
  Result<void> fetch(UploadPack& from, const std::vector<Oid>& wants, const std::vector<Oid>& haves,
                     const TransferLimits& limits = {});

  /// How many objects came.
  std::uint64_t received() const { return received_; }

  /// For reading what came, beside all of ours.
  const Repository& repository() const { return *repository_; }

  /// A commit as Repository::squash makes it, of the files of `base` (a commit of ours; empty:
  /// none) and these files that came.
  Result<Oid> graft(std::string_view branch, const Oid& base, const std::vector<Entry>& files);

  /// Takes the commits, or only their files, over into ours, durably, and nothing else that came
  /// with them. The caller has looked at all of it. Under the lock.
  enum class Adopt { commits, files };
  Result<void> adopt(Repository& ours, const std::vector<Oid>& commits, Adopt what);

 private:
  Quarantine(std::string path, Repository repository);

  std::string path_;
  std::unique_ptr<Repository> repository_;
  std::uint64_t received_ = 0;
};

}  // namespace camp::git
