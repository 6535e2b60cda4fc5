// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/env.h"
#include "base/result.h"
#include "ops/keys.h"
#include "ops/sync.h"

namespace camp::ops {

struct CloneRequest {
  std::string source;     ///< a directory, ssh://… or https://…
  std::string directory;  ///< must not exist, or be empty
  std::string as;         ///< whose clone it is; empty for a mirror of what is public
  std::string code;       ///< claims the member; empty: they have claimed already
  std::string device;     ///< what this device is called; empty: as the directory
  Authority authority;  ///< who has claimed: the paper key that admits this device, if there is one
  HandOver paper;       ///< with a code: takes the new paper key to its owner
  SyncRequest sync;
};

struct Cloned {
  OwnerId community, member;
  std::string name;    ///< of the community; may be empty in a mirror
  std::string handle;  ///< empty in a mirror
  std::string directory;
  std::string authorized_keys;  ///< of a clone from a directory: the line that lets it in by ssh
  SyncReport report;
};

/// Makes a member's own clone: the repositories that they may read, and keys made here, so that the
/// host cannot speak for them any more. Everything is built beside the final place and moved there
/// at the end; a failure leaves nothing but the paper key that was handed over, with which the next
/// attempt goes on.
Result<Cloned> clone(const Env& env, const CloneRequest& request);

}  // namespace camp::ops
