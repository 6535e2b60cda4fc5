// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "index/server_db.h"
#include "store/community.h"

namespace camp::fed {

/// What was cut.
struct CutOff {
  std::size_t followers = 0;  ///< who follow the member no more
  std::size_t requests = 0;   ///< to follow, which nobody will answer with yes
  std::size_t messages = 0;   ///< that were on their way to them
};

/// Ends what ties people elsewhere to a member who has blocked them: they follow no more, and are
/// told so, their requests are refused, and what waits for them is dropped. At an origin only, in a
/// clone it does nothing; doing it again changes nothing.
Result<CutOff> cut_off(store::Community& community, const OwnerId& member,
                       const std::string& about);
/// The same for one follower who was not blocked. Returns whether they followed.
Result<bool> remove_follower(store::Community& community, const OwnerId& member,
                             const std::string& actor);

/// Ends a follow of somebody elsewhere that no object of the member's stands for: it moved with
/// them.
Result<void> end_following(const store::Community& community, index::ServerDb& db,
                           const std::string& handle, const index::Following& following);

/// Whether a follow is such a one.
bool is_moved_follow(const index::Following& following);

/// The errand of a Block that came, perhaps from a clone.
inline constexpr std::string_view kCutTask = "cut ";
std::string cut_task(const OwnerId& member, std::string_view about);
Result<void> run_cut_task(store::Community& community, std::string_view task);

}  // namespace camp::fed
