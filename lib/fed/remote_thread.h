// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/env.h"
#include "fed/remote.h"
#include "fed/site.h"
#include "index/server_db.h"

namespace camp::fed {

// What is asked of other servers for one conversation, at most.
inline constexpr int kThreadAncestors = 10;
inline constexpr int kThreadDepth = 2;  ///< replies, and replies to those
inline constexpr int kThreadPages = 3;  ///< of the replies to one post
inline constexpr std::size_t kThreadPosts = 40;
inline constexpr std::size_t kThreadRequests = 60;  ///< for posts and pages
inline constexpr int kThreadWrong = 3;  ///< items of a collection that are no answer: it is left
inline constexpr std::int64_t kThreadPauseMs = 3'600'000;
inline constexpr std::int64_t kThreadErrandMs = 30'000;  ///< nothing is begun after that
inline constexpr int kThreadErrands = 20;                ///< for posts of one host, in an hour

/// What begins the errands that fetch a conversation; the URI of a post follows.
inline constexpr std::string_view kThreadTask = "thread ";
/// How long after a reply to one of us it is looked at what others said to it.
inline constexpr std::int64_t kRepliesLaterMs = 1'800'000;

/// Whether a conversation may be asked for now: once an hour. Asking counts.
Result<bool> may_fetch_thread(index::ServerDb& db, const std::string& uri, std::int64_t now_ms);

/// Whether an errand for a post of that host may be run now. Asking counts: else whoever answers us
/// a thousand times could let us ask a third server forty thousand times.
Result<bool> may_run_thread_errand(index::ServerDb& db, const std::string& host,
                                   std::int64_t now_ms);

/// Asks for the conversation around a post of another server: the post as it is now, the posts that
/// it answers, and what answers it, as far as the `replies` of these say so, within the limits
/// above and until `stop` says so. Each post is asked of its own host, or taken from its host's
/// collection, and kept only if it answers one of the others. A server that does not answer is
/// asked nothing more. What is learned is kept; returns how many posts were not here before. Fails
/// only if the post itself cannot be had.
Result<std::size_t> fetch_thread(Remote& remote, index::ServerDb& db, const Site& site,
                                 const std::string& uri, const std::function<bool()>& stop);

}  // namespace camp::fed
