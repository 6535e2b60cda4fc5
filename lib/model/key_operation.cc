// SPDX-License-Identifier: MIT
#include "model/key_operation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "base/time.h"
#include "crypto/did_key.h"

namespace camp::model {
namespace {

constexpr std::size_t kMaxKeyName = 64;
constexpr std::uint64_t kMaxInteger = (std::uint64_t{1} << 53) - 1;
constexpr std::size_t kSaltBytes = 16;

constexpr std::array<std::pair<OperationKind, std::string_view>, 5> kKinds{{
    {OperationKind::genesis, "genesis"},
    {OperationKind::add, "add"},
    {OperationKind::rotate, "rotate"},
    {OperationKind::revoke, "revoke"},
    {OperationKind::claim, "claim"},
}};

auto wrong(std::string_view name) {
  return fail(Kind::refused, fmt::format("the member \"{}\" is missing or malformed", name));
}

Result<std::string> text_member(const Json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_string()) return wrong(name);
  return member->get<std::string>();
}

Result<std::uint64_t> number_member(const Json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_number_unsigned()) return wrong(name);
  const auto value = member->get<std::uint64_t>();
  if (value > kMaxInteger) return wrong(name);
  return value;
}

Result<const Json*> list_member(const Json& object, const char* name, std::size_t max) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_array()) return wrong(name);
  if (member->size() > max) {
    return fail(Kind::refused, fmt::format("\"{}\" has more than {} entries", name, max));
  }
  return &*member;
}

bool is_digest(const std::string& text) { return text.size() == 64 && from_hex(text).has_value(); }

Result<OperationKind> kind_of(const Json& document) {
  const std::string name = CAMP_TRY(text_member(document, "kind"));
  for (const auto& [kind, kind_name] : kKinds) {
    if (name == kind_name) return kind;
  }
  return fail(Kind::refused, "an operation of unknown kind");
}

Result<Subject> subject_of(const Json& document) {
  const std::string name = CAMP_TRY(text_member(document, "subject"));
  if (name == "member") return Subject::member;
  if (name == "community") return Subject::community;
  return wrong("subject");
}

Result<std::string> prev_of(const Json& document, OperationKind kind) {
  const auto prev = document.find("prev");
  if (prev == document.end()) return wrong("prev");
  if (prev->is_null() == (kind == OperationKind::genesis) &&
      (prev->is_null() || prev->is_string())) {
    const std::string text = prev->is_null() ? std::string() : prev->get<std::string>();
    if (text.empty() ? prev->is_null() : is_digest(text)) return text;
  }
  return wrong("prev");
}

Result<crypto::PublicKey> key_of(const Json& value) {
  if (!value.is_string()) return fail(Kind::refused, "a key that is no text");
  return crypto::from_did_key(value.get_ref<const std::string&>());
}

Result<std::vector<crypto::PublicKey>> rotation_of(const Json& document, std::size_t max) {
  std::vector<crypto::PublicKey> keys;
  for (const Json& key : *CAMP_TRY(list_member(document, "rotation", max))) {
    keys.push_back(CAMP_TRY(key_of(key)));
  }
  if (keys.empty()) return fail(Kind::refused, "no rotation key");
  return keys;
}

Result<std::vector<std::string>> next_of(const Json& document) {
  std::vector<std::string> digests;
  for (const Json& digest : *CAMP_TRY(list_member(document, "next", kMaxNextKeys))) {
    if (!digest.is_string() || !is_digest(digest.get_ref<const std::string&>()))
      return wrong("next");
    digests.push_back(digest.get<std::string>());
  }
  return digests;
}

Result<SigningKey> signing_key_of(const Json& entry) {
  if (!entry.is_object() || !entry.contains("key")) return wrong("signing");
  SigningKey key{.key = CAMP_TRY(key_of(entry["key"])), .role = KeyRole::device, .name = {}};
  const std::string role = CAMP_TRY(text_member(entry, "role"));
  if (role != "device" && role != "server") return wrong("role");
  if (role == "server") key.role = KeyRole::server;
  if (entry.contains("name")) {
    key.name = CAMP_TRY(text_member(entry, "name"));
    if (key.name.empty() || key.name.size() > kMaxKeyName) return wrong("name");
  }
  return key;
}

Result<std::vector<SigningKey>> signing_of(const Json& document) {
  std::vector<SigningKey> keys;
  for (const Json& entry : *CAMP_TRY(list_member(document, "signing", kMaxSigningKeys))) {
    keys.push_back(CAMP_TRY(signing_key_of(entry)));
  }
  return keys;
}

Result<RevokedKey> revoked_key_of(const Json& entry) {
  if (!entry.is_object() || !entry.contains("key") || !entry.contains("vouched") ||
      !entry["vouched"].is_object()) {
    return wrong("revoked");
  }
  RevokedKey key{.key = CAMP_TRY(key_of(entry["key"])), .vouched = {}};
  key.vouched.digest = CAMP_TRY(text_member(entry["vouched"], "digest"));
  key.vouched.count = CAMP_TRY(number_member(entry["vouched"], "count"));
  if (!is_digest(key.vouched.digest)) return wrong("digest");
  return key;
}

Result<std::vector<RevokedKey>> revoked_of(const Json& document) {
  std::vector<RevokedKey> keys;
  for (const Json& entry : *CAMP_TRY(list_member(document, "revoked", kMaxOperations))) {
    keys.push_back(CAMP_TRY(revoked_key_of(entry)));
  }
  return keys;
}

// Members of the first operation alone. The salt keeps two owners with the same keys apart.
Result<bool> genesis_members(const Json& document, OperationKind kind) {
  if (kind != OperationKind::genesis) {
    if (document.contains("salt")) return wrong("salt");
    if (document.contains("unclaimed")) return wrong("unclaimed");
    return false;
  }
  const std::string salt = CAMP_TRY(text_member(document, "salt"));
  if (!from_base32(salt, kSaltBytes)) return wrong("salt");
  const auto unclaimed = document.find("unclaimed");
  if (unclaimed == document.end()) return false;
  // One spelling: `false` is written by leaving it out.
  if (*unclaimed != true) return wrong("unclaimed");
  return true;
}

// A key has one place: rotation, signing or revoked, and stands there once.
Result<void> check_distinct(const KeyOperation& operation) {
  std::set<crypto::PublicKey> seen;
  const auto add = [&seen](const crypto::PublicKey& key) -> Result<void> {
    if (seen.insert(key).second) return {};
    return fail(Kind::refused, "a key that stands in two places: " + crypto::to_did_key(key));
  };
  for (const auto& key : operation.rotation) CAMP_TRY(add(key));
  for (const auto& key : operation.signing) CAMP_TRY(add(key.key));
  for (const auto& key : operation.revoked) CAMP_TRY(add(key.key));
  std::set<std::string> commitments;
  for (const auto& digest : operation.next) {
    if (!commitments.insert(digest).second)
      return fail(Kind::refused, "a \"next\" key named twice");
  }
  for (const auto& key : operation.rotation) {
    if (commitments.contains(commitment(key))) {
      return fail(Kind::refused, "\"next\" names a key that is in use already");
    }
  }
  return {};
}

Result<void> check_threshold(const KeyOperation& operation) {
  if (operation.threshold < 1) return wrong("threshold");
  if (operation.threshold > operation.rotation.size()) {
    return fail(Kind::refused, "a threshold above the number of rotation keys");
  }
  if (operation.subject == Subject::member && operation.threshold != 1) {
    return fail(Kind::refused, "a member's threshold is 1");
  }
  return {};
}

Result<void> check_version(const Json& document) {
  if (!document.is_object()) return fail(Kind::refused, "an operation that is not a JSON object");
  if (CAMP_TRY(text_member(document, "type")) != "KeyOperation") return wrong("type");
  if (CAMP_TRY(number_member(document, "v")) != 1) {
    return fail(Kind::refused, "an operation of another version", "a newer camp may read it");
  }
  // A proof does not cover these, so anybody could change the line's hash through them.
  for (const char* name : {"@context", "signature"}) {
    if (document.contains(name)) {
      return fail(Kind::refused, fmt::format("an operation has no member \"{}\"", name));
    }
  }
  return {};
}

}  // namespace

Result<KeyOperation> decode_operation(const Json& document) {
  CAMP_TRY(check_version(document));
  CAMP_TRY(require_safe_numbers(document));
  KeyOperation operation;
  operation.subject = CAMP_TRY(subject_of(document));
  operation.kind = CAMP_TRY(kind_of(document));
  operation.seq = CAMP_TRY(number_member(document, "seq"));
  operation.prev = CAMP_TRY(prev_of(document, operation.kind));
  if (!parse_time(CAMP_TRY(text_member(document, "time")))) return wrong("time");
  operation.unclaimed = CAMP_TRY(genesis_members(document, operation.kind));
  const auto threshold = CAMP_TRY(number_member(document, "threshold"));
  operation.threshold = static_cast<unsigned>(std::min<std::uint64_t>(threshold, 1000));
  operation.rotation = CAMP_TRY(rotation_of(document, operation.subject == Subject::member
                                                          ? kMaxMemberRotationKeys
                                                          : kMaxCommunityRotationKeys));
  operation.next = CAMP_TRY(next_of(document));
  operation.signing = CAMP_TRY(signing_of(document));
  operation.revoked = CAMP_TRY(revoked_of(document));
  CAMP_TRY(check_threshold(operation));
  CAMP_TRY(check_distinct(operation));
  return operation;
}

Json encode_operation(const KeyOperation& operation, std::int64_t time_ms, std::string_view salt) {
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(),
                                 [&](const auto& entry) { return entry.first == operation.kind; });
  Json document{{"type", "KeyOperation"},
                {"v", 1U},
                {"subject", operation.subject == Subject::member ? "member" : "community"},
                {"kind", kind->second},
                {"seq", operation.seq},
                {"prev", nullptr},
                {"time", format_time(time_ms)},
                {"threshold", operation.threshold},
                {"rotation", Json::array()},
                {"next", operation.next},
                {"signing", Json::array()},
                {"revoked", Json::array()}};
  if (!operation.prev.empty()) document["prev"] = operation.prev;
  if (operation.kind == OperationKind::genesis) document["salt"] = to_base32(salt);
  if (operation.unclaimed) document["unclaimed"] = true;
  for (const auto& key : operation.rotation)
    document["rotation"].push_back(crypto::to_did_key(key));
  for (const auto& key : operation.signing) {
    Json entry{{"key", crypto::to_did_key(key.key)},
               {"role", key.role == KeyRole::device ? "device" : "server"}};
    if (!key.name.empty()) entry["name"] = key.name;
    document["signing"].push_back(std::move(entry));
  }
  for (const auto& key : operation.revoked) {
    document["revoked"].push_back(
        {{"key", crypto::to_did_key(key.key)},
         {"vouched", {{"digest", key.vouched.digest}, {"count", key.vouched.count}}}});
  }
  return document;
}

}  // namespace camp::model
