// SPDX-License-Identifier: MIT
#pragma once

#include "base/json.h"
#include "fed/actor_document.h"
#include "fed/site.h"
#include "store/community.h"

namespace camp::fed {

/// Adds what a member says of themselves to the profile that their actor shows, as far as anyone
/// may read it.
Result<void> describe_member(const store::Community& community, const Site& site,
                             const OwnerId& member, ActorProfile& profile);

/// Puts a member's proof into a document, if this server holds a key that speaks for them; else the
/// document stays as it is (FEP-8b32).
Result<void> prove_for(const store::Community& community, const Site& site, const OwnerId& member,
                       std::string_view handle, Json& document);

/// A member's handle; nothing for who is not active here.
Result<std::optional<std::string>> handle_of_member(const store::Community& community,
                                                    const OwnerId& member);

}  // namespace camp::fed
