// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "ops/open.h"

namespace camp::ops {

struct AddedMember {
  std::string handle;
  OwnerId id;
  std::string code;  ///< one-time: whoever has it can claim the member
};

/// Admits a member whose keys the host makes until they are claimed. The actor must be an admin.
Result<AddedMember> add_member(store::Community& community, const Actor& actor,
                               const std::string& handle, const std::string& name,
                               bool dry_run = false);

/// A new claim code for a member who has not claimed; the old one is void. The actor must be an
/// admin.
Result<AddedMember> renew_claim_code(store::Community& community, const Actor& actor,
                                     const std::string& handle);

/// The members, by handle; removed ones only if asked for.
Result<std::vector<index::MemberRow>> list_members(const store::Community& community,
                                                   bool with_removed = false);

}  // namespace camp::ops
