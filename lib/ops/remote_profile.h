// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "model/remote.h"
#include "ops/people.h"

namespace camp::ops {

/// Somebody elsewhere, as a member sees them.
struct RemoteProfile {
  model::RemoteActor actor;
  std::optional<FollowState> followed = {};  ///< nothing: the member does not follow them
  bool follows = false;                      ///< the member
  bool kept = false;  ///< as they were known before: their server was not asked, or is silent
};

/// Asks their server, for "@user@host" or the address of a profile; in a clone, and when the server
/// does not answer, what is kept of them. Kind::not_found if there is nobody, Kind::network if
/// nothing is kept.
Result<RemoteProfile> show_remote_profile(store::Community& community, const Actor& actor,
                                          const std::string& who);

/// The address by which other servers know somebody elsewhere: of "@user@host" as it is kept here,
/// else as their server says (Kind::network; Kind::refused in a clone, where nobody is asked). An
/// address is what it is. Kind::usage for anything else.
Result<std::string> address_of(store::Community& community, const std::string& who);

}  // namespace camp::ops
