// SPDX-License-Identifier: MIT
#include "crypto/digest.h"

#include "catch.h"

namespace camp::crypto {
namespace {

TEST_CASE("SHA-256 agrees with FIPS 180-4's examples") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256("abc").size() == 32);
}

TEST_CASE("the library that hashes may change in a process, the digest does not") {
  const std::string first = sha256_hex("abc");
  for (int i = 0; i < 300; ++i) REQUIRE(sha256_hex("abc") == first);
  Sha256 parts;
  parts.update(std::string(20'000, 'a'));
  CHECK(sha256(std::string(20'000, 'a')) == parts.finish());
}

TEST_CASE("a digest in parts is the digest of the whole, and can be used again") {
  Sha256 digest;
  for (int i = 0; i < 1000; ++i) digest.update(std::string(1000, 'a'));
  CHECK(digest.finish_hex() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  digest.update("a");
  Sha256 moved = std::move(digest);
  moved.update("");
  moved.update("bc");
  CHECK(moved.finish() == sha256("abc"));
  CHECK(moved.finish() == sha256(""));
}

}  // namespace
}  // namespace camp::crypto
