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

// What an admin decides about a member, for all members to read. Nobody suspends or removes
// themselves, so there is always an admin who is at work.

/// From then on the member reads, syncs and takes their account away, and writes nothing new; what
/// waits in their clones goes on waiting.
Result<index::MemberRow> suspend_member(store::Community& community, const Actor& actor,
                                        const std::string& who, const std::string& reason,
                                        bool dry_run = false);
/// Makes somebody a "moderator", an "admin" or a "member" again; Kind::usage for another role. Who
/// is admin may lay that down, but for the last one who is at work.
Result<index::MemberRow> set_member_role(store::Community& community, const Actor& actor,
                                         const std::string& who, const std::string& role,
                                         bool dry_run = false);
/// A suspended member may write again.
Result<index::MemberRow> restore_member(store::Community& community, const Actor& actor,
                                        const std::string& who, bool dry_run = false);
/// The member belongs to the community no more: their clones are served nothing, and the handle is
/// free. What they wrote stays, and so does their own repository, for whoever hands it to them.
Result<index::MemberRow> remove_member(store::Community& community, const Actor& actor,
                                       const std::string& who, const std::string& reason,
                                       bool dry_run = false);

/// The members, by handle; removed ones only if asked for.
Result<std::vector<index::MemberRow>> list_members(const store::Community& community,
                                                   bool with_removed = false);

}  // namespace camp::ops
