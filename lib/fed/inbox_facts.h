// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "fed/inbox.h"
#include "fed/remote.h"
#include "store/community.h"
#include "store/gate.h"

namespace camp::fed {

/// What the inbox works with. All must outlive it.
struct InboxContext {
  store::Community& community;
  index::ServerDb& db;
  const Site& site;
  Remote& remote;
};

/// The new account that a Move names, asked of its own server; nothing for any other activity, and
/// for a Move that nobody here has to obey. Kind::network: perhaps later.
Result<std::optional<model::RemoteActor>> target_of_move(InboxContext& context,
                                                         const Activity& activity);

/// Looks up what deciding on an activity needs. Asks nobody else.
Result<Facts> gather_facts(InboxContext& context, const Activity& activity,
                           const model::RemoteActor& actor,
                           const std::optional<model::RemoteActor>& target);

/// A member as an activity by `actor` concerns them.
Result<ConcernedMember> concerned(const store::Community& community, const index::MemberRow& member,
                                  const model::RemoteActor& actor);

/// Whether a member blocks somebody elsewhere, alone or with their whole host.
Result<bool> is_blocked_by(const store::Community& community, index::ServerDb& db,
                           const OwnerId& member, const std::string& actor);

/// Whether a person elsewhere may read a post of ours, and then who wrote it.
Result<std::optional<OwnerId>> author_readable_by(const store::Community& community,
                                                  index::ServerDb& db, const ObjectId& id,
                                                  const std::string& actor);

/// How somebody elsewhere stands to a member: follower, mutual or neither.
Result<store::Tie> tie_of(const store::Community& community, index::ServerDb& db,
                          const OwnerId& member, const std::string& actor);

/// The file of a follower, if the actor follows the member now.
Result<std::optional<Follower>> find_follower(const store::Community& community,
                                              const OwnerId& member, const std::string& actor);

}  // namespace camp::fed
