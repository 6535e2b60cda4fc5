// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ops/open.h"
#include "ops/whom.h"

namespace camp::ops {

// Whom a member follows, blocks and mutes. Each is an object of theirs that nobody else reads, so
// all of this works in a clone and without a network; the origin tells other servers what they have
// to know.

/// Where a follow stands.
enum class FollowState {
  accepted,
  pending,  ///< they have not answered yet, or were not asked yet
  refused,
  unasked,  ///< it came with an archive, and waits for the member to follow anew
  unknown,  ///< a clone whose origin says nothing of people elsewhere
};
std::string_view follow_state_name(FollowState state);

struct Followed {
  Whom whom;
  FollowState state = FollowState::pending;
  std::int64_t since_ms = 0;
  bool waits = false;  ///< it, or its end, was not sent to the origin yet
};

struct FollowChange {
  Followed followed;
  bool changed = true;  ///< false: it was so already, and nothing was written
};
/// Follows a member, which counts at once, or somebody elsewhere, whom the origin asks. Asks again
/// whoever refused, and whomever an archive brought. Kind::refused for oneself and for whom one
/// blocks.
Result<FollowChange> follow(store::Community& community, const Actor& actor, const std::string& who,
                            bool dry_run = false);
/// Kind::not_found if the actor does not follow them.
Result<FollowChange> unfollow(store::Community& community, const Actor& actor,
                              const std::string& who, bool dry_run = false);
/// Whom a member follows, oldest first.
Result<std::vector<Followed>> following(const store::Community& community, const Actor& actor);

/// The lists of those whose posts are not shown.
enum class HideList { block, mute };

struct Hidden {
  Whom whom;
  std::int64_t since_ms = 0;
  bool waits = false;
};
struct HideChange {
  Hidden hidden;
  bool changed = true;        ///< false: it was so already
  bool unfollowed = false;    ///< by the actor
  std::size_t followers = 0;  ///< who follow the actor no more
};
/// Puts somebody, or a whole host, on a list. A block also ends both follows and drops what is on
/// its way to them: at the origin at once, in a clone when it arrives there.
Result<HideChange> hide(store::Community& community, const Actor& actor, HideList list,
                        const std::string& who, bool dry_run = false);
/// Takes them off it. Kind::not_found if they are not on it.
Result<HideChange> unhide(store::Community& community, const Actor& actor, HideList list,
                          const std::string& who, bool dry_run = false);
Result<std::vector<Hidden>> hidden_by(const store::Community& community, const Actor& actor,
                                      HideList list);

}  // namespace camp::ops
