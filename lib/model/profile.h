// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"
#include "model/object.h"

namespace camp::model {

inline constexpr std::size_t kMostNameCharacters = 100;
inline constexpr std::size_t kMostBioBytes = 2 << 10;
inline constexpr std::size_t kMostFields = 8;
inline constexpr std::size_t kMostFieldCharacters = 255;  ///< of a field's name, and of its value
inline constexpr std::size_t kMostAliases = 8;
inline constexpr std::size_t kMostAliasBytes = 512;
inline constexpr std::size_t kMostAltCharacters = 1500;
/// Of the whole object file with what it holds besides: everybody keeps everybody's.
inline constexpr std::size_t kMostProfileBytes = 32 << 10;

/// A line that somebody says about themselves: "Site", "https://bo.example".
struct ProfileField {
  std::string name = {}, value = {};

  bool operator==(const ProfileField&) const = default;
};

/// What a member says of themselves. Each new profile replaces all of the one before.
struct Profile {
  std::string name = {};                     ///< to show; empty: as the community calls them
  std::string summary = {};                  ///< who they are, in a few lines
  std::string media_type = "text/markdown";  ///< of the summary, as of a post
  std::vector<ProfileField> fields = {};
  std::vector<std::string> aliases = {};  ///< addresses of other accounts of theirs
  std::string moved_to = {};             ///< the address of the one that they use now; may be empty
  std::optional<Attachment> icon = {};   ///< the small picture beside each post
  std::optional<Attachment> image = {};  ///< the wide one above their page
  bool locked = false;                   ///< they approve followers by hand
  bool discoverable = false;             ///< they may be shown in directories
  bool indexable = false;                ///< search engines may keep their public posts
  bool hide_followers = false;           ///< who follows them is nobody's business
  std::string language = {};             ///< BCP 47, may be empty

  bool operator==(const Profile&) const = default;
};

/// Whether somebody may say that: lengths, UTF-8, no control characters (in the summary line ends
/// and tabs). Kind::usage with the rule that it breaks.
Result<void> check_profile(const Profile& profile);

/// An unsealed Person of public reach, in the maker's name.
Json make_profile(const Maker& maker, const Profile& profile);

/// What a decoded Person says; decode_object calls it. An error where it breaks a rule.
Result<Profile> read_profile(const Object& person);

/// "profiles/<member>.json": where a member's one profile stands in the `main` of `public`.
std::string profile_path(const OwnerId& member);
/// The member whose place that is, if it is one.
std::optional<OwnerId> profile_owner(std::string_view path);

/// Of two profiles of one member the one that stays, whatever came first: the higher id, and of two
/// that differ in their proof alone the lower digest.
bool supersedes(const Object& profile, const Object& standing);

}  // namespace camp::model
