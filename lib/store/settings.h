// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/file.h"
#include "base/ids.h"
#include "base/result.h"

namespace camp::store {

/// What the two configuration files of a community directory say. People edit `camp.toml`, which
/// camp never rewrites; camp writes `state/config.toml`, which people leave alone.
struct Settings {
  int format = 0;      ///< of the directory; see kFormat
  OwnerId community;   ///< whose directory this is
  OwnerId own_member;  ///< who acts here when nobody is named
  std::string origin;  ///< of a clone: where it came from, a path, ssh://… or https://…; else empty
  bool mirror = false;      ///< a clone of what is public, of nobody in particular
  std::string host;         ///< the domain under which the community is reached; may be empty; in a
                            ///< clone as its origin says
  bool clone_local = true;  ///< whether members' clones may fetch local posts

  bool is_clone() const { return !origin.empty(); }
};

/// The version of the on-disk format that this camp reads and writes (camp-store(5)).
inline constexpr int kFormat = 1;

/// Reads both files. Refuses unknown keys, with the file and the line, and a newer format.
Result<Settings> read_settings(const Directory& root);
/// Writes `state/config.toml`.
Result<void> write_settings(const Directory& root, const Settings& settings);
/// The `camp.toml` that a new community starts with: every setting, explained and commented out.
std::string initial_camp_toml(std::string_view name, std::string_view host);

}  // namespace camp::store
