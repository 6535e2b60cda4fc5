// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/ids.h"
#include "base/result.h"
#include "index/index.h"
#include "store/rows.h"

namespace camp::store {

class Community;

// What a clone has written and its origin does not have yet: `outbox/<repository>/<id>.json`, one
// object file each. A clone's branches hold only what the origin has. In the index the files stand
// on a branch of their own (index::kOutboxBranch).

/// One object that waits.
struct Waiting {
  std::string repository;  ///< where it will stand
  ObjectId id;
};

/// All that waits, oldest first.
Result<std::vector<Waiting>> list_outbox(const Community& community);
Result<std::string> read_waiting(const Directory& root, const Waiting& waiting);
/// The file that waits for a repository and would be this blob in it.
Result<std::string> find_waiting(const Community& community, std::string_view repository,
                                 std::string_view blob);
/// Durable when it returns.
Result<void> put_waiting(const Directory& root, const Waiting& waiting, std::string_view bytes);
/// What has reached the origin, or must not.
Result<void> drop_waiting(const Directory& root, const Waiting& waiting);
/// Moves what the origin refused to `outbox/refused/`, so that the words are not lost with it.
/// Returns where it stands now.
Result<std::string> set_aside(const Directory& root, const Waiting& waiting);

/// One object in the place of another, which had a wrong clock or key.
struct Renewal {
  Waiting before, after;
  std::string bytes;
};
/// Replaces objects that wait, all of them or none: killed in between, the next writer ends it, so
/// that nothing is sent twice and nothing refers to what is gone.
Result<void> renew_waiting(const Directory& root, const std::vector<Renewal>& renewals);
/// Ends what a killed process began: `state/renewing.json` says what.
Result<void> finish_renewing(const Directory& root);
/// Removes half-written files.
Result<void> sweep_outbox(const Community& community);

/// The rows of objects that wait, one Changes a repository.
Result<std::vector<index::Changes>> outbox_rows(const Community& community);
/// The row of one object that waits.
Row waiting_row(const model::Object& object, std::string_view repository,
                const index::Index::Remembered& verdict);

/// Whether files came or went without the index being told.
Result<bool> outbox_moved(const Community& community);
/// Tells the index of all files that came and went.
Result<void> catch_up_outbox(Community& community);
/// What notes in the index that it knows the outbox as it is now.
Result<index::Changes> outbox_mark(const Community& community);

}  // namespace camp::store
