// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/key_log.h"
#include "model/profile.h"
#include "store/community.h"

namespace camp::store {

// What members say of themselves: `profiles/<member>.json` in the `main` of public, one object file
// each; in a clone also what waits in the outbox.

/// Whether public is there: not in a clone that has never fetched it.
bool has_public(const Community& community);

/// Why an object is no profile that may stand at a path of public's `main`; nothing if it may.
/// `keys` are those of the member whose place that is, or null for a stranger. A key that was
/// revoked does not matter here: whether its word counts is asked at each read.
std::optional<std::string> profile_fault(const model::Object& object, std::string_view path,
                                         const OwnerId& community, const model::KeyState* keys);

/// The profile of a member that stands in public and may: with its pictures in the media of public
/// (media.h). Nothing if there is none, or if a key that was revoked signed it and the member does
/// not vouch for it. To show it to a stranger, ask the gate (gate.h) as for every object; what it
/// says is `object().profile`.
Result<std::optional<model::Object>> standing_profile(const Community& community,
                                                      const OwnerId& member);

/// The same, but in a clone the one of its own member that waits to be sent counts first, if it is
/// newer.
Result<std::optional<model::Object>> shown_profile(const Community& community,
                                                   const OwnerId& member);

/// Whether a profile of a clone's outbox is news no more: it stands, or a newer one does.
Result<bool> is_superseded(const Community& community, const model::Object& profile);

/// All of one member's that may stand or wait, whether its key still counts or not. Whoever asks
/// for many members opens public once, and passes it.
struct FoundProfile {
  std::string branch;  ///< "main" or index::kOutboxBranch
  model::Object object;
  std::string key;      ///< did:key
  bool counts = false;  ///< by the keys that hold now
};
Result<std::vector<FoundProfile>> find_profiles(const Community& community,
                                                const model::KeyState& keys,
                                                const git::Repository* open_to_all = nullptr);

/// A file below profiles/ that may not stand there.
struct WrongProfile {
  std::string repository, path, reason;
};
/// Checks the `main` of every repository. `checked` counts the files looked at.
Result<std::vector<WrongProfile>> check_profiles(const Community& community, std::size_t& checked);

}  // namespace camp::store
