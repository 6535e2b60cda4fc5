// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "base/file.h"
#include "base/ids.h"
#include "base/result.h"

namespace camp::store {

/// What a new community's repositories begin with.
struct FirstPapers {
  std::string community_keys, community_log;
  std::string admin_keys;
  std::string admin_transport_key;  ///< PEM
  OwnerId admin;
};

/// Makes the repositories public, local and the admin's private one in an empty directory.
Result<void> create_repositories(const Directory& root, const FirstPapers& papers,
                                 std::int64_t now_ms);

/// Makes what a new clone of a member's has besides local: public and their private repository.
Result<void> create_clone_repositories(const Directory& root, const OwnerId& member);

}  // namespace camp::store
