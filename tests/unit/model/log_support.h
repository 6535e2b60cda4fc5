// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "catch.h"
#include "crypto/did_key.h"
#include "crypto/ed25519.h"
#include "model/key_log.h"
#include "unit/unit_support.h"

namespace camp::model {

constexpr std::int64_t kTime = 1'793'534'400'000;  // 2026-11-01T12:00:00Z

/// The n-th of the keys that the tests use.
inline crypto::SecretKey secret(char n) {
  return crypto::SecretKey::from_seed(std::string(32, n)).value();
}
inline crypto::PublicKey pub(char n) { return secret(n).public_key(); }

/// Rotation keys to sign with, by their letters.
class Hands {
 public:
  Hands(std::initializer_list<char> letters) {
    for (const char n : letters) keys_.push_back(secret(n));
    for (const auto& key : keys_) pointers_.push_back(&key);
  }
  operator Signers() const { return pointers_; }  // NOLINT(google-explicit-constructor)

 private:
  std::vector<crypto::SecretKey> keys_;
  std::vector<const crypto::SecretKey*> pointers_;
};

inline SigningKey device(char n) { return {pub(n), KeyRole::device, std::string("device ") + n}; }
inline SigningKey server(char n) { return {pub(n), KeyRole::server, ""}; }

/// A claimed member: paper key p, device rotation key d, spare n, the device speaks with a.
inline Genesis member_genesis() {
  return {.subject = Subject::member,
          .unclaimed = false,
          .threshold = 1,
          .rotation = {pub('p'), pub('d')},
          .next = {commitment(pub('n'))},
          .signing = {device('a')},
          .salt = std::string(16, 's')};
}
inline std::string member_log() {
  return make_key_log(member_genesis(), Hands{'p'}, kTime).value();
}

/// A community of the admins x, y and z, two of whom must agree; its server speaks with c.
inline std::string community_log(unsigned threshold = 2) {
  const Genesis genesis{.subject = Subject::community,
                        .unclaimed = false,
                        .threshold = threshold,
                        .rotation = {pub('x'), pub('y'), pub('z')},
                        .next = {},
                        .signing = {server('c')},
                        .salt = std::string(16, 'c')};
  const Hands one{'x'};
  const Hands two{'x', 'y'};
  return make_key_log(genesis, threshold == 1 ? one : two, kTime).value();
}

inline std::vector<std::string> lines_of(const std::string& log) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < log.size();) {
    const std::size_t end = log.find('\n', at);
    lines.push_back(log.substr(at, end + 1 - at));
    at = end + 1;
  }
  return lines;
}

template <class T>
std::string message_of(const Result<T>& result) {
  REQUIRE_FALSE(result);
  return result.error().message;
}

}  // namespace camp::model
