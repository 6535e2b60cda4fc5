// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "fed/publish.h"

namespace camp::fed {

/// Puts an Update of the actor into the delivery queue for the followers of each member whose
/// profile has changed since the last time; with `remember` nobody is told. Returns how many
/// messages that makes.
Result<std::size_t> publish_profiles(PublishContext& context, bool remember);

/// Whether a profile has changed since publish_profiles ran.
Result<bool> profiles_changed(const store::Community& community, index::ServerDb& db);

}  // namespace camp::fed
