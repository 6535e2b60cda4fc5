// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fed/activity.h"
#include "fed/inbox_facts.h"

namespace camp::fed {

/// A message that its actor is proved to have sent, and that has not had its effect yet.
struct Message {
  Activity activity;
  model::RemoteActor actor;
  std::string signer;  ///< who sent it here: the actor, or who passed it on
  /// Of a Move that may be obeyed, as its own server tells of it.
  std::optional<model::RemoteActor> target = {};
  std::string body = {};                ///< as it came, of what may be passed on
  std::vector<std::string> names = {};  ///< it is remembered under each, and has no second effect
};

/// Decides on messages and does what was decided, in their order. For each it says why it changed
/// nothing, which is empty if it did something; an error if it must come again. Those that have
/// nothing to do with each other share a transaction of server.db, and what they change in git
/// shares a commit. If that fails each is tried alone, so that none suffers from another.
std::vector<Result<std::string>> give_effect(InboxContext& context,
                                             const std::vector<Message>& messages);

}  // namespace camp::fed
