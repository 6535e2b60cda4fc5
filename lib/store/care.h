// SPDX-License-Identifier: MIT
#pragma once

#include "store/writer.h"

namespace camp::store {

// Keeping a store small and free of deleted words. All of it happens under the writer's lock, can
// be killed at any moment, and is taken up by the next writer.

/// Ends a rewrite of months that a killed process began: `state/rewrite.json` says which.
Result<void> finish_rewrite(Writer& writer);

/// See Writer::maintain and Writer::care_now.
Result<void> maintain_if_due(Writer& writer);
Result<Writer::Care> care_for_everything(Writer& writer);

}  // namespace camp::store
