// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "index/index.h"
#include "index/server_db.h"
#include "ops/open.h"

namespace camp::ops {

// What the community does about posts of its members. A moderator or an admin decides, the
// community signs, and everybody can read the decision with its reason. Letters are left alone: the
// decision would tell all members that there is one.

/// Keeps a post out of timelines, threads and search, until it is shown again. Who has its id can
/// still look at it. A post that is hidden already stays so.
Result<index::Post> hide_post(store::Community& community, const Actor& actor,
                              const std::string& which, const std::string& reason, bool dry_run);

/// Takes that back. Kind::not_found for a post that is not hidden.
Result<index::Post> unhide_post(store::Community& community, const Actor& actor,
                                const std::string& which, const std::string& reason, bool dry_run);

/// Removes a post for good, with a tombstone of the community's; its words go as those of a post
/// that its author deleted. Only what was written for this community: nobody else's objects. Killed
/// in between, the post is hidden, and whoever removes it again ends it.
Result<index::Post> remove_for_all(store::Community& community, const Actor& actor,
                                   const std::string& which, const std::string& reason,
                                   bool dry_run);

/// What other servers and members complained about, newest first. Only moderators and admins may
/// read it, at the origin.
Result<std::vector<index::Report>> list_reports(const store::Community& community,
                                                const Actor& actor, std::size_t limit);

}  // namespace camp::ops
