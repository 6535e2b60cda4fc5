// SPDX-License-Identifier: MIT
#include "ops/queue.h"

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "fed/federation.h"
#include "fed/foreign.h"

namespace camp::ops {
namespace {

constexpr std::size_t kAll = std::numeric_limits<std::int32_t>::max();

Result<std::optional<index::ServerDb>> open_queue(const store::Community& community) {
  if (community.settings().is_clone()) {
    return fail(Kind::refused, "a clone does not speak with other servers: its origin does",
                "do it in " + community.settings().origin);
  }
  return fed::find_server_db(community);
}

QueuedMessage shown(const index::Delivery& delivery,
                    const std::map<std::string, std::string>& handles) {
  QueuedMessage message{.number = delivery.number,
                        .inbox = delivery.inbox,
                        .host = delivery.host,
                        .attempts = delivery.attempts,
                        .since_ms = delivery.since_ms,
                        .next_ms = delivery.next_ms,
                        .problem = delivery.problem};
  const auto body = parse_json(delivery.body);
  if (body && body->is_object()) message.type = fed::text_of(*body, "type");
  const auto handle = handles.find(delivery.signer);
  if (handle != handles.end()) message.handle = handle->second;
  return message;
}

}  // namespace

Result<std::vector<QueuedMessage>> queue(const store::Community& community, std::size_t limit) {
  std::vector<QueuedMessage> messages;
  auto db = CAMP_TRY(open_queue(community));
  if (!db) return messages;
  std::map<std::string, std::string> handles;
  for (const auto& member : CAMP_TRY(community.index().members())) {
    handles[member.id] = member.handle;
  }
  for (const auto& delivery : CAMP_TRY(db->queued(std::min(limit, kAll)))) {
    messages.push_back(shown(delivery, handles));
  }
  return messages;
}

Result<QueuedMessage> drop_message(const store::Community& community, std::int64_t number,
                                   bool dry_run) {
  for (QueuedMessage& message : CAMP_TRY(queue(community, kAll))) {
    if (message.number != number) continue;
    if (!dry_run) CAMP_TRY(CAMP_TRY(open_queue(community))->drop(number));
    return std::move(message);
  }
  return fail(Kind::not_found, "no message waits under the number " + std::to_string(number),
              "see what does with 'camp queue'");
}

Result<std::size_t> retry_queue(const store::Community& community, bool dry_run) {
  auto db = CAMP_TRY(open_queue(community));
  if (!db) return std::size_t{0};
  if (!dry_run) CAMP_TRY(db->hurry(community.env().now_ms()));
  return static_cast<std::size_t>(CAMP_TRY(db->queue_length()));
}

}  // namespace camp::ops
