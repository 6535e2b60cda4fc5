// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "model/key_log.h"
#include "store/community.h"

namespace camp::fed {

/// Something that the other side sent and that was not taken.
struct Rejected {
  std::string from;    ///< repository
  std::string object;  ///< path
  std::string reason;
};

/// What the files of another side's `main` add to ours. Key logs and the community log merge by
/// their chains: the longest valid extension of what we hold. Lists of vouched ids and admissions
/// count as far as the logs say so, adoptions and profiles by their proofs; of two profiles of one
/// member the newer stays. Followers, in a private main, are as the other side has them: it is the
/// origin that hears of them. Nothing else of ours is ever taken away.
struct PapersMerge {
  std::vector<git::NewFile> files;  ///< new or longer ones
  std::vector<Rejected> rejected;
  /// Our community log or a key log goes on where the other side's ends, or a profile of ours is
  /// newer: it was put back from an old copy, or keeps something from us.
  bool other_is_behind = false;
};

/// Reads a file of our own side's `main`; empty if there is none.
using OwnFile = std::function<Result<std::string>(const std::string& path)>;

/// The keys of an owner by the logs that we hold; nothing for a stranger.
using Authority = std::function<std::optional<model::KeyState>(const OwnerId& owner)>;

/// Merges what the `main` of the other side's repository `name` has other than ours. `quarantine`
/// holds the bytes.
Result<PapersMerge> merge_papers(const OwnerId& community, const git::Repository& quarantine,
                                 const git::Difference& difference, std::string_view name,
                                 const OwnFile& own, const Authority& authority);

}  // namespace camp::fed
