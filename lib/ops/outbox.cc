// SPDX-License-Identifier: MIT
#include "ops/outbox.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/encoding.h"
#include "base/time.h"
#include "model/arrival.h"
#include "ops/write.h"
#include "store/writer.h"

namespace camp::ops {
namespace {

constexpr std::size_t kNonceBytes = 16;

/// Replaces a reference to an object that has a new id.
void refer_anew(Json& record, const char* member, const std::map<std::string, std::string>& ids) {
  const auto found = record.find(member);
  if (found == record.end()) return;
  if (found->is_object()) return refer_anew(*found, "id", ids);
  if (!found->is_string()) return;
  const auto renamed = ids.find(found->get<std::string>());
  if (renamed != ids.end()) *found = renamed->second;
}

/// Oldest first, but each after what it refers to: what was written when a clock was right again
/// has an older id than what it answers.
std::vector<WaitingObject> in_order(std::vector<WaitingObject> waiting) {
  std::map<FullId, std::size_t> left;
  for (std::size_t i = 0; i < waiting.size(); ++i) left.emplace(waiting[i].object.id, i);
  std::vector<WaitingObject> ordered;
  while (!left.empty()) {
    std::vector<std::size_t> chain;
    for (auto next = left.begin(); next != left.end();) {
      chain.push_back(next->second);
      left.erase(next);
      const auto subject = subject_of(waiting[chain.back()].object);
      next = subject ? left.find(*subject) : left.end();
    }
    for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
      ordered.push_back(std::move(waiting[*at]));
    }
  }
  return ordered;
}

}  // namespace

Result<std::vector<WaitingObject>> waiting_objects(const store::Community& community) {
  std::vector<WaitingObject> all;
  const Directory& root = community.directory();
  for (store::Waiting& waiting : CAMP_TRY(store::list_outbox(community))) {
    auto object = model::decode_object(CAMP_TRY(store::read_waiting(root, waiting)));
    if (!object || object->id.object != waiting.id || home_of(*object) != waiting.repository) {
      CAMP_TRY(store::set_aside(root, waiting));
      continue;
    }
    all.push_back({std::move(waiting), *std::move(object)});
  }
  return in_order(std::move(all));
}

Result<std::size_t> sign_again(store::Community& community, const std::vector<ObjectId>& ids,
                               const std::set<std::string>& accepted) {
  CAMP_TRY(require_clock(community));
  const std::set<ObjectId> wanted(ids.begin(), ids.end());
  const crypto::SecretKey key = CAMP_TRY(signing_key(community, community.settings().own_member));
  auto writer = CAMP_TRY(community.write());
  std::map<std::string, std::string> renamed;
  std::vector<store::Renewal> renewals;
  std::int64_t last_ms = 0;
  for (const WaitingObject& each : CAMP_TRY(waiting_objects(community))) {
    const model::Object& object = each.object;
    const auto subject = subject_of(object);
    const bool refers = subject && renamed.contains(subject->text());
    if (accepted.contains(object.id.text())) continue;
    if (!wanted.contains(object.id.object) && !refers) continue;
    // The order in which they were written is the order of their ids.
    last_ms = std::max(community.env().now_ms(), last_ms + 1);
    const model::Maker maker{object.author(), object.community, last_ms, {}};
    Json json = *object.json;
    json.erase("id");
    json.erase("proof");
    json["published"] = format_time(maker.now_ms);
    json["camp:nonce"] = to_base32(community.env().random_bytes(kNonceBytes));
    refer_anew(json, "object", renamed);
    refer_anew(json, "inReplyTo", renamed);
    auto sealed = CAMP_TRY(model::seal(std::move(json), maker, object.letter() ? nullptr : &key));
    renewals.push_back(
        {each.waiting, {each.waiting.repository, sealed.id.object}, std::move(sealed.bytes)});
    renamed[object.id.text()] = sealed.id.text();
  }
  CAMP_TRY(store::renew_waiting(community.directory(), renewals));
  CAMP_TRY(store::catch_up_outbox(community));
  return renewals.size();
}

}  // namespace camp::ops
