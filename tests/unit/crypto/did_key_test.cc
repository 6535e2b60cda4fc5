// SPDX-License-Identifier: MIT
#include "crypto/did_key.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/json.h"
#include "catch.h"
#include "unit/unit_support.h"

namespace camp::crypto {
namespace {

const std::string kKey = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
const std::string kOther = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";

TEST_CASE("the published multibase pairs decode and encode") {
  const auto pairs = parse_json(read_vector("multibase/keys.json")).value()["pairs"];
  CHECK(pairs.size() == 3);
  for (const auto& pair : pairs) {
    const auto key = decode_multikey(pair["multibase"].get<std::string>()).value();
    CHECK((key.type == KeyType::ed25519_public) == (pair["codec"] == "ed25519-pub"));
    CHECK((key.type == KeyType::ed25519_secret) == (pair["codec"] == "ed25519-priv"));
    CHECK(to_hex(key.bytes) == pair["raw_hex"]);
    CHECK(encode_multikey(key) == pair["multibase"]);
  }
}

// The text between the quotes that follow `before`.
std::string quoted_after(const std::string& text, const std::string& before) {
  const std::size_t at = text.find(before);
  REQUIRE(at != std::string::npos);
  const std::size_t start = text.find('"', at + before.size()) + 1;
  return text.substr(start, text.find('"', start) - start);
}

TEST_CASE("the Multikeys of FEP-521a decode to the given keys") {
  const std::string feature = read_vector("fep-521a/fep-521a.feature");
  const std::size_t rsa_part = feature.find("Representing RSA");
  const std::string ed25519 = feature.substr(0, rsa_part);
  const std::string rsa = feature.substr(rsa_part);

  const auto ed25519_key = decode_multikey(quoted_after(ed25519, "publicKeyMultibase\"")).value();
  CHECK(ed25519_key.type == KeyType::ed25519_public);
  CHECK(to_hex(ed25519_key.bytes) == quoted_after(ed25519, "public key as a hex string"));

  const std::string rsa_multibase = quoted_after(rsa, "publicKeyMultibase\"");
  const auto rsa_key = decode_multikey(rsa_multibase).value();
  CHECK(rsa_key.type == KeyType::rsa_public);
  CHECK(to_hex(rsa_key.bytes) == quoted_after(rsa, "DER format as a hex string"));
  CHECK(encode_multikey(rsa_key) == rsa_multibase);
  CHECK_FALSE(from_multibase(rsa_multibase));
}

TEST_CASE("a did:key has exactly one spelling") {
  const PublicKey key = from_did_key("did:key:" + kKey).value();
  CHECK(to_did_key(key) == "did:key:" + kKey);
  CHECK(to_multibase(key) == kKey);
  CHECK(from_multibase(kKey).value() == key);
  const std::string wrong_spellings[] = {"",
                                         kKey,
                                         "DID:key:" + kKey,
                                         "did:key:" + kKey + "#" + kKey,
                                         "did:key:" + kKey + " ",
                                         " did:key:" + kKey,
                                         "did:key:z1" + kKey.substr(1),
                                         "did:key:" + kKey.substr(1),
                                         "did:key:u7QFuu",
                                         "did:key:Z" + kKey.substr(1),
                                         "did:key:z",
                                         "did:web:" + kKey,
                                         "did:key:" + kKey + "?x",
                                         "did:key:z" + std::string(100'000, '6')};
  for (const auto& wrong : wrong_spellings) {
    INFO(wrong.substr(0, 100));
    CHECK_FALSE(from_did_key(wrong));
  }
}

TEST_CASE("keys of another type or length are no did:key of ours") {
  const std::string raw(32, 'k');
  for (const KeyType type :
       {KeyType::ed25519_secret, KeyType::rsa_public, KeyType::secp256k1_public,
        KeyType::p256_public, KeyType::x25519_public}) {
    const std::string text = encode_multikey({type, raw});
    CHECK(decode_multikey(text).value().type == type);
    CHECK_FALSE(from_multibase(text));
  }
  for (const std::size_t size : {0U, 1U, 31U, 33U, 64U}) {
    CHECK_FALSE(from_multibase("z" + to_base58("\xed\x01" + std::string(size, 'k'))));
  }
  CHECK_FALSE(decode_multikey("z" + to_base58("\x99\x01" + raw)));
  CHECK_FALSE(decode_multikey("z" + to_base58("\xed")));
}

TEST_CASE("a verification method is the key with or without its own fragment") {
  const PublicKey key = from_multibase(kKey).value();
  CHECK(verification_method(key) == "did:key:" + kKey + "#" + kKey);
  CHECK(from_verification_method("did:key:" + kKey + "#" + kKey).value() == key);
  CHECK(from_verification_method("did:key:" + kKey).value() == key);
  CHECK_FALSE(from_verification_method("did:key:" + kKey + "#" + kOther));
  CHECK_FALSE(from_verification_method("did:key:" + kKey + "#"));
  CHECK_FALSE(from_verification_method("did:key:" + kKey + "#" + kKey + "#"));
  CHECK_FALSE(from_verification_method("https://server.example/users/alice#main-key"));
  CHECK_FALSE(from_verification_method(""));
}

}  // namespace
}  // namespace camp::crypto
