// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/env.h"
#include "fed/site.h"
#include "http/client.h"
#include "index/server_db.h"
#include "store/community.h"

namespace camp::fed {

/// When a message is tried again that did not get through: after the n-th attempt, in milliseconds;
/// -1 after the last. A tenth is added or taken off by chance, so that not all come at once.
std::int64_t retry_after_ms(int attempts);

/// What an inbox's answer to a message means.
enum class Outcome {
  delivered,
  later,    ///< nobody answered, or with a 5xx, 408, 429 or 401
  refused,  ///< this message is not wanted: it is dropped
  gone,     ///< the inbox wants nothing any more: everything for it is dropped
};
Outcome outcome_of(int status);

/// What one run did.
struct Deliveries {
  std::size_t delivered = 0, deferred = 0, dropped = 0;
};

struct DeliveryRun {
  std::size_t parallel = 4;         ///< hosts at once
  std::int64_t budget_ms = 60'000;  ///< nothing is begun after that
  std::function<bool()> stop = {};  ///< asked between two messages
  /// Called several times a second while messages are under way: for putting new ones into the
  /// queue, which must not wait for a slow server.
  std::function<Result<void>()> between = {};
  /// Hears what became of a message: its host, activity, and a problem or nothing.
  std::function<void(const index::Delivery&, std::string_view problem)> log = {};
};

/// Sends what is due, each message signed by its member's transport key, anew at each attempt. One
/// message a host at a time, several hosts at once; a host that rests is left alone, and what is
/// for somebody whom the community blocks is dropped. What is not through by then waits for the
/// next run.
Result<Deliveries> deliver(const store::Community& community, index::ServerDb& db, const Site& site,
                           http::Client& client, const DeliveryRun& run);

}  // namespace camp::fed
