// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "index/server_db.h"
#include "model/remote.h"
#include "store/community.h"

namespace camp::fed {

/// Whether a member's list that names `about` means somebody elsewhere: by the actor's id, by
/// `acct:user@host`, or by a whole host (`https://host/`). `known` may be null when nothing but the
/// id is known.
bool means(std::string_view about, std::string_view actor, const model::RemoteActor* known);
/// The host in `https://host/`; empty for any other URI.
std::string whole_host(std::string_view about);

/// Where nothing of a member's goes, because the member blocks who is there: personal inboxes, as
/// far as they are known, and whole hosts. Others of a shared inbox still get what is for them.
struct BlockedPlaces {
  std::set<std::string> inboxes, hosts;

  bool hold(const std::string& inbox, const std::string& host) const {
    return inboxes.contains(inbox) || hosts.contains(host);
  }
};
Result<BlockedPlaces> places_blocked_by(const store::Community& community, index::ServerDb& db,
                                        const OwnerId& member);

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
