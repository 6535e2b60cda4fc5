// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "ops/open.h"
#include "ops/whom.h"

namespace camp::ops {

/// What a member complains about: a post or somebody, more posts of theirs, and some words.
struct Grievance {
  std::string about;
  std::vector<std::string> posts = {};
  std::string text = {};
};

struct Complained {
  Whom whom;
  std::vector<std::string> posts = {};  ///< addresses of posts elsewhere, full ids of ours
  bool changed = true;                  ///< false: the member has made the same complaint before
};
/// Keeps a complaint for the moderators, with the member's name. About somebody elsewhere it goes
/// to their server too, in the community's name alone; whoever is not known here is asked for
/// (Kind::network). At the origin; Kind::refused in a clone and about oneself, Kind::usage for
/// posts of others than whom it is about, and for over 2 KiB of words or 50 posts.
Result<Complained> complain(store::Community& community, const Actor& actor,
                            const Grievance& grievance, bool dry_run = false);

}  // namespace camp::ops
