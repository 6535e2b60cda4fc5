// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "index/index.h"
#include "model/profile.h"
#include "ops/open.h"

namespace camp::ops {

/// A member's profile as it is shown here.
struct ShownProfile {
  index::MemberRow member;  ///< its `name` is the one to show, whoever gave it
  model::Profile profile;
  std::int64_t updated_ms = 0;  ///< 0: the member has never said anything
  bool pending = false;         ///< it waits in the outbox
};
/// `who` is a handle or an id.
Result<ShownProfile> show_profile(const store::Community& community, const std::string& who);

/// What becomes of a picture: another one (the bytes of a file), or none.
struct PictureChange {
  std::optional<std::string> bytes = {};
};

/// What somebody wants to say differently; the rest of the profile stays.
struct ProfileChange {
  // An empty text: no more of it.
  std::optional<std::string> name = {}, summary = {}, language = {};
  std::vector<model::ProfileField> fields = {};            ///< by name; without a value: no more
  std::vector<std::string> aliases = {}, no_aliases = {};  ///< to add, to remove: addresses
  std::optional<std::string> moved_to = {};                ///< an address; empty: they are back
  std::optional<PictureChange> icon = {}, image = {};
  std::optional<bool> locked = {}, discoverable = {}, indexable = {}, hide_followers = {};
};

struct ChangedProfile {
  ShownProfile shown;
  bool changed = true;  ///< false: it said all that already, and nothing was written
};
/// A complete new profile of the actor's own; in a clone it waits for the next sync. With `dry_run`
/// nothing is written and the result is what would be. Kind::usage for who moves to themselves.
Result<ChangedProfile> change_profile(store::Community& community, const Actor& actor,
                                      const ProfileChange& change, bool dry_run = false);

/// "Site=https://bo.example" as a field; Kind::usage without a name and a =.
Result<model::ProfileField> parse_field(const std::string& text);

}  // namespace camp::ops
