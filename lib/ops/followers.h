// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/open.h"
#include "ops/whom.h"

namespace camp::ops {

/// Somebody who follows a member, or wants to.
struct FollowerRow {
  Whom whom;
  std::int64_t since_ms = 0;
  std::string waits = {};  ///< "accept" or "reject", if that answer was not sent to the origin yet
};

/// Who follows the actor, by the time since when. In a clone only those of elsewhere: what other
/// members keep for themselves does not come there.
Result<std::vector<FollowerRow>> followers(const store::Community& community, const Actor& actor);
/// Who waits for the actor's answer; in a clone as the last sync brought it.
Result<std::vector<FollowerRow>> follow_requests(const store::Community& community,
                                                 const Actor& actor);

/// Says yes to a request: a clone with its next sync. The origin asks their server where to send
/// the answer if that is not known any more (Kind::network). Kind::not_found without a request,
/// unless they follow already.
Result<Whom> accept_follower(store::Community& community, const Actor& actor,
                             const std::string& who, bool dry_run = false);
/// Says no to a request, or parts with a follower; they may ask again. Kind::refused for a member:
/// a follow of theirs is their own word.
Result<Whom> reject_follower(store::Community& community, const Actor& actor,
                             const std::string& who, bool dry_run = false);

}  // namespace camp::ops
