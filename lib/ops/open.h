// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/env.h"
#include "base/ids.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "index/index.h"
#include "store/community.h"

namespace camp::ops {

/// Who acts, as the index knows them.
struct Actor {
  OwnerId id;
  std::string handle;
  std::string name;
};

/// Opens the community that `directory` names, or else CAMP_DIR, or else the one that the current
/// directory is in.
Result<store::Community> open_community(const Env& env, const std::string& directory);

/// The same when the index may be damaged: then it is thrown away and made anew.
Result<store::Community> open_with_any_index(const Env& env, const std::string& directory);

/// The member of this handle (`@` optional) or id.
Result<index::MemberRow> find_member(const store::Community& community, std::string_view who);

/// Who acts: `as`, or else CAMP_MEMBER, or else the directory's own member.
Result<Actor> acting_member(const store::Community& community, const std::string& as);

/// What the actor may read.
Result<index::Viewer> viewer_of(const store::Community& community, const Actor& actor);

/// The secret half of a signing key with which this directory may speak for a member. Kind::refused
/// when it holds none, or when the member is suspended or gone.
Result<crypto::SecretKey> signing_key(const store::Community& community, const OwnerId& member);
/// The community's own.
Result<crypto::SecretKey> community_key(const store::Community& community);

}  // namespace camp::ops
