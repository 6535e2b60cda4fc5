// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "fed/home_lines.h"
#include "fed/origin.h"
#include "index/server_db.h"
#include "ops/sync.h"
#include "store/community.h"

namespace camp::ops {

// What a member decides in a clone and no object says: who may follow them, that a follow ends
// which moved with whom it is about, and what they have read. It waits in the clone's server.db for
// the next sync. (Follows, likes, blocks and answers are objects, and wait in outbox/.)

/// Keeps a wish, in the place of an opposite one.
Result<void> put_wish(index::ServerDb& db, const fed::Wish& wish);
Result<std::vector<fed::Wish>> waiting_wishes(index::ServerDb& db);
/// "accept" or "reject" if such an answer to somebody waits, "unfollow"; else empty.
Result<std::string> wish_about(index::ServerDb& db, std::string_view actor);

/// Submits the wishes that wait. Each is done with when the origin has answered, unless time can
/// mend the reason. Returns how many were accepted; refusals go to the report's.
Result<std::size_t> submit_wishes(const store::Community& clone, fed::Origin& origin,
                                  std::vector<SyncRefusal>& refused);

}  // namespace camp::ops
