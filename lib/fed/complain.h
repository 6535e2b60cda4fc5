// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "fed/site.h"
#include "index/server_db.h"
#include "model/remote.h"

namespace camp::fed {

/// What a complaint may say.
inline constexpr std::size_t kMostComplaintBytes = 2 << 10;
/// How many posts it may be about: other servers take no more.
inline constexpr std::size_t kMostReportedPosts = 50;

/// A member's complaint about somebody and perhaps posts of theirs.
struct Complaint {
  OwnerId from;
  std::string about;                    ///< URI of an actor elsewhere, or camp:ID of a member
  std::vector<std::string> posts = {};  ///< URIs; full ids of members' posts
  std::string content = {};
};

/// Keeps a complaint for the moderators. Returns false if this member has made the same before.
Result<bool> keep_complaint(index::ServerDb& db, const Complaint& complaint, std::int64_t now_ms);

/// The same about somebody elsewhere, and puts a Flag for their server into the delivery queue,
/// both or neither. What another member has reported in the same words within a month is not sent
/// again: the message says nothing of members.
Result<bool> send_complaint(index::ServerDb& db, const Site& site, const model::RemoteActor& about,
                            const Complaint& complaint, std::int64_t now_ms);

}  // namespace camp::fed
