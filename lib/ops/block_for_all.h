// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ops/open.h"
#include "ops/whom.h"

namespace camp::ops {

// With whom elsewhere the community has nothing to do. A moderator or an admin decides, the
// community signs, and all members can read it with its reason. While it lasts nothing is taken
// from them, shown of them, asked of them or sent to them; nothing is thrown away, so follows and
// what they wrote are there again when it ends.

struct BlockForAll {
  Whom whom;  ///< somebody elsewhere, or a host
  std::string reason = {};
  std::int64_t since_ms = 0;
};
struct BlockForAllChange {
  BlockForAll block;
  bool changed = true;      ///< false: it was so already, for that reason, and nothing was written
  std::size_t follows = 0;  ///< of theirs by members
  std::size_t followers = 0;  ///< of members among them
};
/// Kind::refused for a member and for the community's own host.
Result<BlockForAllChange> block_for_all(store::Community& community, const Actor& actor,
                                        const std::string& who, const std::string& reason,
                                        bool dry_run);
/// Kind::not_found for whom the community does not block.
Result<BlockForAllChange> unblock_for_all(store::Community& community, const Actor& actor,
                                          const std::string& who, const std::string& reason,
                                          bool dry_run);
/// Oldest first. Every member may know.
Result<std::vector<BlockForAll>> blocked_for_all(const store::Community& community);

}  // namespace camp::ops
