// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/env.h"
#include "base/ids.h"
#include "base/result.h"
#include "ops/paper.h"

namespace camp::ops {

struct InitRequest {
  std::string directory;  ///< must not exist, or be empty
  std::string name;       ///< of the community
  std::string admin;      ///< handle of its first member
  std::string host;       ///< may be empty for now
  HandOver hand_over;     ///< for the admin's paper key
};

struct Initialized {
  OwnerId community, admin;
  std::string directory;
};

/// Makes a new community with one member, its admin. Everything is built beside the final place and
/// moved there at the end, so that a failure leaves nothing. Refuses network file systems.
Result<Initialized> init(const Env& env, const InitRequest& request);

}  // namespace camp::ops
