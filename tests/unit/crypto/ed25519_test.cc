// SPDX-License-Identifier: MIT
#include "crypto/ed25519.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/json.h"
#include "catch.h"
#include "unit/unit_support.h"

namespace camp::crypto {
namespace {

std::string bytes(const Json& hex) { return from_hex(hex.get<std::string>()).value(); }

PublicKey public_key(const std::string& hex) {
  return PublicKey::from_bytes(from_hex(hex).value()).value();
}

TEST_CASE("RFC 8032's keys and signatures come out") {
  const auto vectors = parse_json(read_vector("ed25519/rfc8032-7.1.json")).value()["vectors"];
  CHECK(vectors.size() == 4);
  for (const auto& vector : vectors) {
    INFO(vector["name"]);
    const auto key = SecretKey::from_seed(bytes(vector["secret"])).value();
    CHECK(to_hex(key.public_key().view()) == vector["public"]);
    CHECK(to_hex(key.sign(bytes(vector["message"]))) == vector["signature"]);
    CHECK(key.seed() == bytes(vector["secret"]));
    CHECK(verify(key.public_key(), bytes(vector["message"]), bytes(vector["signature"])));
  }
}

TEST_CASE("all 150 Wycheproof cases are judged as published") {
  const auto file = parse_json(read_vector("ed25519/wycheproof_ed25519_v1.json")).value();
  int valid = 0;
  int invalid = 0;
  for (const auto& group : file["testGroups"]) {
    const PublicKey key = public_key(group["publicKey"]["pk"]);
    for (const auto& test : group["tests"]) {
      INFO("case " << test["tcId"] << ": " << test["comment"]);
      const bool expected = test["result"] == "valid";
      CHECK(verify(key, bytes(test["msg"]), bytes(test["sig"])) == expected);
      ++(expected ? valid : invalid);
    }
  }
  CHECK(valid == 88);
  CHECK(invalid == 62);
}

TEST_CASE("small-order public keys sign nothing") {
  // The eight points of small order and their second spellings. With R a small-order point and
  // S = 0 a lax verifier accepts them for any message.
  const std::string small_order[] = {
      "0100000000000000000000000000000000000000000000000000000000000000",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0000000000000000000000000000000000000000000000000000000000000080",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
      "0100000000000000000000000000000000000000000000000000000000000080",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  };
  for (const auto& key : small_order) {
    for (const auto& point : small_order) {
      INFO(key << " " << point);
      const std::string signature = from_hex(point).value() + std::string(32, '\0');
      CHECK_FALSE(verify(public_key(key), "any message", signature));
    }
  }
}

TEST_CASE("one changed bit in message, key or signature is noticed") {
  const auto key = SecretKey::from_seed(std::string(32, 's')).value();
  const std::string signature = key.sign("hello");
  CHECK(verify(key.public_key(), "hello", signature));
  CHECK_FALSE(verify(key.public_key(), "hellp", signature));
  CHECK_FALSE(verify(key.public_key(), "hello", signature.substr(0, 63)));
  CHECK_FALSE(verify(key.public_key(), "hello", signature + "x"));
  CHECK_FALSE(verify(key.public_key(), "hello", ""));
  for (std::size_t bit = 0; bit < 64 * 8; ++bit) {
    std::string changed = signature;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    CHECK_FALSE(verify(key.public_key(), "hello", changed));
  }
  for (std::size_t bit = 0; bit < 32 * 8; ++bit) {
    PublicKey changed = key.public_key();
    changed.bytes[bit / 8] = static_cast<unsigned char>(changed.bytes[bit / 8] ^ (1U << (bit % 8)));
    CHECK_FALSE(verify(changed, "hello", signature));
  }
}

TEST_CASE("secret keys have 32 bytes, and move") {
  CHECK_FALSE(SecretKey::from_seed(""));
  CHECK_FALSE(SecretKey::from_seed(std::string(31, 'x')));
  CHECK_FALSE(SecretKey::from_seed(std::string(64, 'x')));
  CHECK_FALSE(PublicKey::from_bytes(std::string(33, 'x')));
  auto key = SecretKey::from_seed(std::string(32, 'x')).value();
  const auto expected = key.public_key();
  SecretKey moved = std::move(key);
  CHECK(moved.public_key() == expected);
  CHECK(key.seed() == std::string(32, '\0'));  // NOLINT(bugprone-use-after-move): it is wiped
}

TEST_CASE("a key is generated from the environment's bytes alone") {
  Env env;
  env.random_bytes = [](std::size_t size) { return std::string(size, 'r'); };
  CHECK(SecretKey::generate(env).seed() == std::string(32, 'r'));
}

}  // namespace
}  // namespace camp::crypto
