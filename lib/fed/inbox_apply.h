// SPDX-License-Identifier: MIT
#pragma once

#include "fed/inbox.h"
#include "fed/inbox_facts.h"

namespace camp::fed {

/// What was decided on one message.
struct Decided {
  std::vector<std::string> names;  ///< under which the message is remembered
  Decision decision;
  std::string body = {};  ///< as it came, of what may be passed on
};

/// Does what was decided, all of it or nothing, and remembers each message under its names, so that
/// it has no second effect. What changes in git (followers) is written first: if this is killed in
/// between, the messages come again and end in the same state.
Result<void> apply_decisions(InboxContext& context, const std::vector<Decided>& all);

/// Answers somebody who wants to follow a member: what `camp follow accept` and `reject` do.
Result<void> answer_request(InboxContext& context, const ConcernedMember& member,
                            const index::FollowRequest& request, bool accept);

/// Empties the files of people who follow a member no more.
Result<void> forget_followers(store::Community& community, const OwnerId& member,
                              const std::vector<std::string>& actors);

}  // namespace camp::fed
