// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "fed/origin.h"
#include "fed/papers.h"
#include "store/community.h"

namespace camp::fed {

/// What one fetch brought.
struct Fetched {
  std::size_t objects = 0;   ///< object files that are ours now
  std::size_t withheld = 0;  ///< files that we have and the other side lacks, without a reason
  bool other_is_behind = false;
  std::vector<Rejected> rejected;
};

/// Which branches of a repository are asked for.
enum class Part { all, papers };

/// Fetches one repository into a quarantine, checks what came (take.h, papers.h), and takes over
/// what passes: a union, in which nothing of ours goes. The index follows. What fails its check is
/// left out and reported; Kind::refused when the whole of it is not to be trusted, and then nothing
/// changes. A second call finds nothing new.
Result<Fetched> fetch_repository(store::Community& ours, Origin& from, std::string_view repository,
                                 Part part = Part::all);

/// Removes what a killed fetch left. One fetches at a time: whoever holds the lock of `sync`.
Result<void> clear_quarantine(const store::Community& ours);

/// What a new clone begins with: the papers of a community that we know nothing about yet, in
/// `repository` ("local", or "public" for a mirror), put into a new repository below `root`.
/// Returns the community's id, which its own keys prove.
Result<OwnerId> fetch_first_papers(const Directory& root, Origin& from,
                                   std::string_view repository);

}  // namespace camp::fed
