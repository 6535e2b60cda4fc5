// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "fed/home_copy.h"
#include "fed/origin.h"
#include "ops/sync.h"
#include "store/community.h"

namespace camp::ops {

/// What came of people elsewhere, and whether the origin knows anything of them at all: one of an
/// older camp does not.
struct HomeSync {
  bool served = true;
  fed::HomeNews news = {};
};

/// Brings the member's remote home from the origin: asks whether anything is new, and then for
/// pages until nothing is missing. Each page is durable before the next is asked for. Also learns
/// the community's host, which is kept in state/config.toml.
Result<HomeSync> sync_home(const store::Community& clone, fed::Origin& origin);

}  // namespace camp::ops
