// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "catch.h"
#include "crypto/ed25519.h"
#include "model/object.h"
#include "unit/unit_support.h"

namespace camp::model {

constexpr std::int64_t kNow = 1'795'428'000'000;  // 2026-11-23T10:00:00Z

inline OwnerId owner(char digit) { return OwnerId::parse(std::string(32, digit)).value(); }
inline OwnerId ana() { return owner('a'); }
inline OwnerId bo() { return owner('b'); }
inline OwnerId cy() { return owner('c'); }
inline OwnerId home_community() { return owner('h'); }
inline OwnerId other_community() { return owner('x'); }
inline std::string roster_id() { return std::string(32, 'r'); }

inline crypto::SecretKey key_of(const OwnerId& member) {
  return crypto::SecretKey::from_seed(std::string(32, member.text().front())).value();
}

inline Maker maker_of(const OwnerId& member, std::int64_t now_ms = kNow, char nonce = 'n') {
  return {member, home_community(), now_ms, std::string(16, nonce)};
}

inline Audience to_local() { return {}; }
inline Audience to_public() { return {.reach = Reach::public_}; }
inline Audience to_neighborhood() { return {.reach = Reach::neighborhood, .roster = roster_id()}; }
inline Audience to_followers() { return {.reach = Reach::public_, .people = People::followers}; }
/// A letter to members, in order.
inline Audience to_persons(const std::vector<OwnerId>& persons, Reach reach = Reach::local) {
  Audience audience{.reach = reach, .people = People::named};
  for (const OwnerId& person : persons) audience.named.push_back(person.uri());
  return audience;
}

/// The bytes of an object file, signed unless it is a letter.
inline std::string file_of(Json json, const Maker& maker, bool letter = false) {
  const auto key = key_of(maker.author);
  return seal(std::move(json), maker, letter ? nullptr : &key).value().bytes;
}

inline Object decoded(const std::string& bytes) {
  auto object = decode_object(bytes);
  INFO((object ? std::string() : object.error().message));
  REQUIRE(object);
  return *std::move(object);
}

inline Object note_by(const OwnerId& author, const Audience& audience,
                      const std::string& text = "hello", std::int64_t now_ms = kNow) {
  const Maker maker = maker_of(author, now_ms);
  return decoded(
      file_of(make_note(maker, audience, {.content = text}), maker, audience.narrowed()));
}

/// Why a file is refused.
inline std::string refusal(const std::string& bytes) {
  const auto object = decode_object(bytes);
  INFO("this should have been refused: " << bytes);
  REQUIRE_FALSE(object);
  CHECK(object.error().kind == Kind::damaged);
  return object.error().message;
}

}  // namespace camp::model
