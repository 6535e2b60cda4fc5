// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "crypto/ed25519.h"
#include "fed/site.h"

namespace camp::fed {

/// A picture of a profile.
struct ProfilePicture {
  std::string url;
  std::string media_type;
  std::string alt = {};
};

/// A line of a profile's table.
struct ProfileField {
  std::string name;
  std::string value_html;
};

/// All that the document of a member's actor says.
struct ActorProfile {
  std::string handle = {};
  std::string name = {};          ///< empty: the handle
  std::string summary_html = {};  ///< sanitised
  std::vector<ProfileField> fields = {};
  std::vector<std::string> hashtags = {};  ///< folded, without #
  std::optional<ProfilePicture> icon = {}, image = {};
  bool bot = false;           ///< a Service instead of a Person
  bool locked = false;        ///< follows wait for the member
  bool discoverable = false;  ///< may be recommended
  bool indexable = false;     ///< public posts may be found by their words
  bool lists_open = false;    ///< who follows and is followed may be read, not only how many
  std::int64_t published_ms = 0;
  std::vector<std::string> also_known_as = {};  ///< actor ids
  std::string moved_to = {};                    ///< actor id; empty for who is here
  std::string public_key_pem = {};              ///< SPKI, RSA
  std::vector<crypto::PublicKey> keys = {};     ///< with which the member signs objects
};

/// A Person or Service.
Json actor_document(const Site& site, const ActorProfile& profile);

/// The Application that signs requests which no member makes; its name is the host's.
Json instance_actor_document(const Site& site, std::string_view community_name,
                             std::string_view public_key_pem);

/// What stands where a removed member's actor stood.
Json actor_tombstone(const Site& site, std::string_view handle);

/// The `@context` of an actor; its first two are what peers look for.
Json actor_context();

}  // namespace camp::fed
