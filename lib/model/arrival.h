// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/key_log.h"
#include "model/object.h"

namespace camp::model {

struct RemotePost;

/// Why the origin does not take an object that a member's device sent. The names are part of the
/// answer's form (camp-store(5)): a clone acts on them.
enum class Objection {
  form,       ///< it is no object, or one that nobody may send
  author,     ///< it is somebody else's
  suspended,  ///< its author may not write
  community,  ///< it belongs to another community
  clock,      ///< it is dated ahead
  key,        ///< its signature is by no key that speaks for its author now
  audience,   ///< it goes where it may not
  deleted,    ///< it, or what it is about, was deleted
  missing,    ///< what it is about is not here
  media,      ///< a picture of it is not here
};
/// "clock".
std::string_view objection_name(Objection objection);
std::optional<Objection> objection_of(std::string_view name);

/// A refusal as a person reads it: what is wrong, and the way out.
struct Refusal {
  Objection objection = Objection::form;
  std::string reason;
  std::string hint;
};

/// What the origin knows when an object arrives.
struct Arrival {
  OwnerId sender;            ///< the member who proved to be at the other end
  std::string sender_state;  ///< "active", "suspended", "removed"
  const KeyState* keys = nullptr;
  bool counts_here = false;  ///< it names this community, or an adoption lists it
  bool removed = false;      ///< a tombstone names it, or what it is about
  /// What it answers, edits, removes or reacts to, if it is here: what has that object id.
  std::optional<Object> about;
  /// The post of somebody elsewhere that it reacts to, if it is here and the sender may read it.
  const RemotePost* elsewhere = nullptr;
  std::int64_t now_ms = 0;
};

/// What an object refers to that the origin has to look up: what it answers, edits, removes or
/// reacts to.
std::optional<FullId> subject_of(const Object& object);
/// The address of the post elsewhere that an object reacts to; empty if it does not.
std::string subject_elsewhere(const Object& object);

/// The one judgement of permission: when an object arrives at its origin. What stands in a tree was
/// accepted, and no replica asks again.
std::optional<Refusal> judge_arrival(const Object& object, const Arrival& arrival);

}  // namespace camp::model
