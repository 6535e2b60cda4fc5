// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "store/community.h"

namespace camp::store {

// The list of members and everybody's keys are chains. A community's own directory that was put
// back from a backup lacks what was chained since, and a link that is made there all the same forks
// the chain for good. So `state/newest` says which file it is (base/file_system.h) and which commit
// of local's `main` was the last one, and is made anew with each link: a copy of the directory, and
// one that was put back whole or in part, is noticed. A whole file system that was put back is not.

/// Whether nothing says that this directory, an origin, is a copy.
Result<bool> is_newest(const Community& community);
/// Kind::conflict unless it is; asked before anything is chained to what stands here. A clone
/// chains nothing of its own.
Result<void> require_newest(const Community& community);
/// Says that what stands here now is the newest there is.
Result<void> note_newest(const Community& community);
/// The same for a community that is being made and is not open yet.
Result<void> note_newest(const Directory& root);

}  // namespace camp::store
