// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "index/index.h"
#include "ops/open.h"

namespace camp::ops {

/// Why moderation hides a post (may be empty); nothing if it does not. All members may know.
Result<std::optional<std::string>> why_hidden(const store::Community& community,
                                              const index::Post& post);

/// A post of the actor's own that moderation hides, so that others do not see it.
struct HiddenPost {
  index::Post post;
  std::string reason = {};
};

/// Those that would stand in a conversation: the one that was asked for, what begins it, and
/// answers to what is shown.
Result<std::vector<HiddenPost>> own_hidden(const store::Community& community, const Actor& actor,
                                           const std::vector<index::Post>& shown,
                                           const std::string& which);

}  // namespace camp::ops
