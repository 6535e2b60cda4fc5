// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "fed/federation.h"
#include "model/remote.h"
#include "store/community.h"

namespace camp::ops {

/// fed::with_federation, for what a member asks for: its errors say what to do next.
Result<void> ask_elsewhere(store::Community& community,
                           const std::function<Result<void>(fed::Federation&)>& act);

/// Whoever "@user@host" or the address of an account means, as their server tells of them.
Result<model::RemoteActor> person_at(fed::Remote& remote, const std::string& which);

/// One of the two.
struct PersonOrPost {
  std::optional<model::RemoteActor> person = {};
  std::optional<model::RemotePost> post = {};
};
/// What "@user@host" or an address means: a post if it is one, else a person.
Result<PersonOrPost> person_or_post_at(fed::Remote& remote, const std::string& which);

}  // namespace camp::ops
