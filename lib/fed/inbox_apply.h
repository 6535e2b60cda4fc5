// SPDX-License-Identifier: MIT
#pragma once

#include "fed/inbox.h"
#include "fed/inbox_facts.h"

namespace camp::fed {

/// Does what was decided, all of it or nothing, and remembers the message under each of its names,
/// so that it has no second effect. What changes in git (followers) is written first: if this is
/// killed in between, the message comes again and ends in the same state.
Result<void> apply_decision(InboxContext& context, const std::vector<std::string>& names,
                            const Decision& decision);

/// Answers somebody who wants to follow a member: what `camp follow accept` and `reject` do.
Result<void> answer_request(InboxContext& context, const ConcernedMember& member,
                            const index::FollowRequest& request, bool accept);

/// Empties the files of people who follow a member no more.
Result<void> forget_followers(store::Community& community, const OwnerId& member,
                              const std::vector<std::string>& actors);

}  // namespace camp::fed
