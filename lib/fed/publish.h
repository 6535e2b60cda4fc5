// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fed/remote.h"
#include "fed/site.h"
#include "index/server_db.h"
#include "store/community.h"

namespace camp::fed {

/// What the publisher works with. All must outlive it.
struct PublishContext {
  const store::Community& community;
  index::ServerDb& db;
  const Site& site;
  Remote& remote;
};

/// What one run did.
struct Publication {
  std::size_t objects = 0;   ///< of ours that other servers are told of
  std::size_t messages = 0;  ///< that went into the queue
};

/// Puts into the delivery queue what other servers must know of what came into the community since
/// the last time: posts of public reach and letters of it, their edits, likes, boosts, follows, and
/// the end of each. A post that was imported, or that is older than a week, is no news. Whatever
/// interrupts it, nothing is told twice and nothing is left out. Profiles are told when they
/// change; the first run only remembers them.
Result<Publication> publish(PublishContext& context);

/// The Follow that was sent under an id of ours, as it was sent; empty for everything else.
Result<std::string> told_follow(index::ServerDb& db, const ObjectId& id);

/// What begins the errands of objects that could not be told yet, because a server did not say who
/// somebody is that they name.
inline constexpr std::string_view kTellTask = "tell ";
/// Tries such an errand again; with `last` whoever is still unknown is left out. Kind::network:
/// once more later.
Result<void> publish_again(PublishContext& context, const std::string& task, bool last);

}  // namespace camp::fed
