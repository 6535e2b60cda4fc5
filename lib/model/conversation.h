// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "model/object.h"
#include "model/remote.h"

namespace camp::model {

/// What becomes of an answer: who reads it, and whether it may name what it answers.
struct ReplyPlan {
  Audience audience;
  bool linked = true;  ///< false: the answer goes further than its parent, so it must not name it
};

/// The audience of a reply. Without a wish it is the parent's; for a letter the letter's circle
/// (author and persons named, without the replier); for a post to followers or mutuals, its author
/// alone. A wish that goes further than the parent is granted without the link.
Result<ReplyPlan> plan_reply(const Object& parent, const OwnerId& replier,
                             const std::optional<Audience>& wanted);

/// Whether an object with this audience may name `parent` as what it answers: a local post is
/// answered locally, a neighborhood post in the neighborhood or locally, a letter among its
/// participants; a letter to one person is always allowed.
bool may_name_parent(const Object& parent, const OwnerId& replier, const Audience& reply);

/// The audience of a reply to somebody elsewhere: public or unlisted as their post is; to a post to
/// followers or persons a letter to its author, in the circle of those whom it names elsewhere.
ReplyPlan plan_reply_elsewhere(const RemotePost& parent, const std::string& self,
                               const std::optional<Audience>& wanted);
/// Where a reaction to it stands: a like of a post that is not public is a letter to its author.
Result<Audience> reaction_audience(Type reaction, const RemotePost& target);

/// Reactions stand in their target's audience, so a boost widens nothing; a letter cannot be
/// boosted.
Result<void> may_react(Type reaction, const Object& target);

/// Everybody in a letter's circle: its author and the persons named, sorted.
std::vector<std::string> participants(const Object& letter);

/// What the origin judges when an object arrives: refuses one signed more than ten minutes ahead of
/// `now_ms`. (Earlier than 1990 no object decodes.)
Result<void> check_arrival_time(const Object& object, std::int64_t now_ms);

/// Refuses to sign while the clock is before `build_ms` or more than a day behind the newest
/// object.
Result<void> check_clock(std::int64_t now_ms, std::int64_t build_ms, std::int64_t newest_ms);

}  // namespace camp::model
