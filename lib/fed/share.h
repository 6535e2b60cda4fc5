// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "http/url.h"
#include "index/server_db.h"
#include "model/remote.h"

namespace camp::fed {

// What other servers may cost us. Each share is a bucket: so many at once, and then as many again
// in such a time, evenly.

/// Requests to one host in a minute, for what others send us: whoever names a post or a key must
/// not be able to send us against somebody.
inline constexpr int kAskedPerMinute = 30;
/// New posts and people kept of one host in a day. Whom a member follows has a share of their own,
/// of the same size: what somebody wants to read must not depend on what else their server sends.
inline constexpr int kKeptPerDay = 1000;

/// Messages of one host in a day that are passed on to who follows a member: each is one for every
/// server of theirs.
inline constexpr int kPassedPerDay = 300;

/// Takes one of a host's requests; false if there is none left for now.
Result<bool> may_ask(index::ServerDb& db, const std::string& host, std::int64_t now_ms);
/// Takes one of the new things that may be kept of an actor; false if there is none left today.
Result<bool> may_keep(index::ServerDb& db, const std::string& actor, std::int64_t now_ms);

/// Takes one of the messages that may be passed on of an actor's host; false if there is none left.
Result<bool> may_pass_on(index::ServerDb& db, const std::string& actor, std::int64_t now_ms);

/// Keeps a post; of a new one only if there is a share left. False if it is not kept.
Result<bool> keep_post(index::ServerDb& db, const model::RemotePost& post, std::int64_t now_ms);

}  // namespace camp::fed
