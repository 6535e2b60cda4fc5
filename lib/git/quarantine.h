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
  /// with the reason if it does not.
  Result<void> fetch(UploadPack& from, const std::vector<Oid>& wants, const std::vector<Oid>& haves,
                     const TransferLimits& limits = {});

  /// For reading what came, beside all of ours.
  const Repository& repository() const { return *repository_; }

  /// Takes what the commits reach over into ours, durably, and nothing else that came with it.
  /// The caller has looked at all of it. Under the lock.
  Result<void> adopt(Repository& ours, const std::vector<Oid>& commits);

 private:
  Quarantine(std::string path, Repository repository);

  std::string path_;
  std::unique_ptr<Repository> repository_;
};

}  // namespace camp::git
