// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ops/open.h"

namespace camp::ops {

/// A message that waits for another server.
struct QueuedMessage {
  std::int64_t number = 0;
  std::string inbox, host = {};
  std::string type = {};    ///< "Create", "Follow", …
  std::string handle = {};  ///< whose it is; empty: the community's own
  int attempts = 0;
  std::int64_t since_ms = 0, next_ms = 0;
  std::string problem = {};  ///< of the last attempt; a foreign text
};

/// What waits, oldest first. All of these are Kind::refused in a clone, which sends nothing.
Result<std::vector<QueuedMessage>> queue(const store::Community& community, std::size_t limit);
/// Gives one up. Kind::not_found if there is no such number.
Result<QueuedMessage> drop_message(const store::Community& community, std::int64_t number,
                                   bool dry_run = false);
/// Lets everything be tried again at the next sync, or by `camp serve` at once. Returns how many
/// wait.
Result<std::size_t> retry_queue(const store::Community& community, bool dry_run = false);

}  // namespace camp::ops
