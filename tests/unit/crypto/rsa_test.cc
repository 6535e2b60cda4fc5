// SPDX-License-Identifier: MIT
#include "crypto/rsa.h"

#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "base/encoding.h"
#include "base/json.h"
#include "catch.h"
#include "unit/unit_support.h"

namespace camp::crypto {
namespace {

using Catch::Matchers::StartsWith;

Json keys() { return parse_json(read_vector("http-signatures/rsa-keys.json")).value(); }
Json rfc() { return parse_json(read_vector("http-signatures/rfc9421.json")).value(); }
std::string text_of(const Json& value) { return value.get<std::string>(); }

TEST_CASE("an RSA key pair comes as PKCS#8 and SubjectPublicKeyInfo in PEM") {
  const std::string secret = generate_rsa_2048_pem().value();
  CHECK_THAT(secret, StartsWith("-----BEGIN PRIVATE KEY-----\n"));
  const std::string open = rsa_public_pem(secret).value();
  CHECK_THAT(open, StartsWith("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"));
  CHECK(rsa_public_pem(secret).value() == open);
  CHECK(generate_rsa_2048_pem().value() != secret);
}

TEST_CASE("what is no RSA secret key is refused, without asking for a password") {
  const std::string secret = generate_rsa_2048_pem().value();
  CHECK_FALSE(rsa_public_pem(""));
  CHECK_FALSE(rsa_public_pem(rsa_public_pem(secret).value()));
  CHECK_FALSE(rsa_public_pem(secret.substr(0, secret.size() / 2)));
  CHECK_FALSE(rsa_public_pem(std::string(1 << 20, 'x')));
  // RFC 8410 section 10.3: an Ed25519 secret key.
  CHECK_FALSE(
      rsa_public_pem("-----BEGIN PRIVATE KEY-----\n"
                     "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                     "-----END PRIVATE KEY-----\n"));
  CHECK_FALSE(
      rsa_public_pem("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                     "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                     "-----END ENCRYPTED PRIVATE KEY-----\n"));
}

TEST_CASE("what an RSA key signs its public half verifies, and nothing else") {
  const std::string pem = text_of(keys()["secret"]);
  const auto secret = RsaSecretKey::from_pem(pem).value();
  const auto open = RsaPublicKey::from_pem(rsa_public_pem(pem).value()).value();
  const auto other =
      RsaPublicKey::from_pem(rsa_public_pem(text_of(keys()["other_secret"])).value());
  const std::string signature = secret.sign_sha256("message").value();
  CHECK(open.bits() == 2048);
  CHECK(signature.size() == 256);
  CHECK(secret.sign_sha256("message").value() == signature);
  CHECK(open.verify_sha256("message", signature));
  CHECK_FALSE(other.value().verify_sha256("message", signature));
  CHECK_FALSE(open.verify_sha256("Message", signature));
  for (std::size_t i = 0; i < signature.size(); i += 17) {
    std::string changed = signature;
    changed[i] = static_cast<char>(changed[i] ^ 4);
    CHECK_FALSE(open.verify_sha256("message", changed));
  }
  for (const std::string& wrong : {std::string(), signature.substr(1), '\0' + signature,
                                   signature + '\0', std::string(256, '\xff')}) {
    CHECK_FALSE(open.verify_sha256("message", wrong));
  }
  CHECK(open.verify_sha256("", secret.sign_sha256("").value()));
}

TEST_CASE("the signature of RFC 9421's example verifies with its key in both spellings") {
  const Json all = rfc();
  for (const Json& example : all["cases"]) {
    if (example["key"] != "rsa") continue;
    std::string bytes = text_of(example["headers"].back()[1]);
    bytes = bytes.substr(bytes.find(':') + 1);
    bytes.pop_back();
    const std::string signature = from_base64(bytes).value();
    for (const char* spelling : {"rsa_public_key", "rsa_public_key_pkcs1"}) {
      const auto key = RsaPublicKey::from_pem(text_of(all[spelling]));
      REQUIRE(key);
      CHECK(key->verify_sha256(text_of(example["text"]), signature));
      CHECK_FALSE(key->verify_sha256(text_of(example["text"]) + " ", signature));
    }
    return;
  }
  FAIL("no example with RSA");
}

TEST_CASE("RSA public keys of 2048 to 8192 bits with an odd exponent from 3 on are taken") {
  const Json all = keys();
  for (const Json& one : all["public"]) {
    INFO(one["name"]);
    CHECK(RsaPublicKey::from_pem(text_of(one["pem"])).has_value() == one["good"]);
  }
}

TEST_CASE("what is no RSA public key is refused") {
  const std::string pem = text_of(keys()["secret"]);
  const std::string open = rsa_public_pem(pem).value();
  std::string ed25519 =
      "-----BEGIN PUBLIC KEY-----\n"
      "MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n"
      "-----END PUBLIC KEY-----\n";
  std::string damaged = open;
  damaged[60] = '!';
  for (const std::string& wrong :
       {std::string(), std::string("x"), pem, ed25519, damaged, open.substr(0, open.size() / 2),
        std::string(1 << 20, 'x'), std::string("-----BEGIN RSA PUBLIC KEY-----"),
        std::string("-----BEGIN RSA PUBLIC KEY-----\nMAA=\n-----END RSA PUBLIC KEY-----\n")}) {
    const auto key = RsaPublicKey::from_pem(wrong);
    REQUIRE_FALSE(key);
    CHECK(key.error().kind == Kind::refused);
  }
}

TEST_CASE("secret keys that are too short to be believed are refused") {
  CHECK_FALSE(RsaSecretKey::from_pem(text_of(keys()["secret_1024"])));
  CHECK_FALSE(RsaSecretKey::from_pem(""));
}

TEST_CASE("one RSA key serves several threads at once") {
  const auto secret = RsaSecretKey::from_pem(text_of(keys()["secret"])).value();
  const auto open =
      RsaPublicKey::from_pem(rsa_public_pem(text_of(keys()["secret"])).value()).value();
  std::vector<int> good(4, 0);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 20; ++n) {
        const std::string message = std::to_string(i * 100 + n);
        const auto signature = secret.sign_sha256(message);
        if (signature && open.verify_sha256(message, *signature)) ++good[std::size_t(i)];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == std::vector<int>(4, 20));
}

}  // namespace
}  // namespace camp::crypto
