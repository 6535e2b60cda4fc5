// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "fed/site.h"

namespace camp::fed {

/// What a community tells about itself.
struct NodeFacts {
  std::string name = {};     ///< of the community
  std::string version = {};  ///< of camp
  /// Counts are told only if the community wants it.
  struct Usage {
    std::int64_t members = 0, public_posts = 0;
  };
  std::optional<Usage> usage = {};
};

enum class NodeInfoVersion { v2_0, v2_1 };

/// The list of the documents (/.well-known/nodeinfo).
Json nodeinfo_index(const Site& site);
/// One of them (nodeinfo.diaspora.software).
Json nodeinfo_document(const NodeFacts& facts, NodeInfoVersion version);
/// Its media type, with the profile.
std::string nodeinfo_type(NodeInfoVersion version);

}  // namespace camp::fed
