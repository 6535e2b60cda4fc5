// SPDX-License-Identifier: MIT
#include "base/encoding.h"

#include <random>

#include "catch.h"

namespace camp {
namespace {

using namespace std::string_literals;

std::string random_bytes(std::mt19937& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random() & 255);
  return bytes;
}

TEST_CASE("hexadecimal is lower case and has one spelling") {
  CHECK(to_hex("\x00\x7f\xff"s) == "007fff");
  CHECK(to_hex("").empty());
  CHECK(from_hex("007fff").value() == "\x00\x7f\xff"s);
  for (const auto* wrong : {"0", "0G", "AB", "0x", " 0"}) CHECK_FALSE(from_hex(wrong));
}

TEST_CASE("base32 writes a number padded with zero bits on the left") {
  CHECK(to_base32("").empty());
  CHECK(to_base32("\x00"s) == "00");
  CHECK(to_base32("\x01"s) == "01");
  CHECK(to_base32("\xff"s) == "7z");
  CHECK(to_base32(std::string(16, '\xff')) == "7" + std::string(25, 'z'));
  CHECK(to_base32(std::string(20, '\xff')) == std::string(32, 'z'));
  CHECK(to_base32("\x01\x00"s) == "0080");
  // The digits of 48 bits: a time of 1 ms.
  CHECK(to_base32("\x00\x00\x00\x00\x00\x01"s) == "0000000001");
}

TEST_CASE("base32 refuses every second spelling") {
  CHECK(from_base32("7z", 1).value() == "\xff");
  CHECK_FALSE(from_base32("8z", 1));  // sets a padding bit
  CHECK_FALSE(from_base32("zz", 1));  // the same
  CHECK_FALSE(from_base32("7Z", 1));  // upper case
  CHECK_FALSE(from_base32("0l", 1));  // l, i, o and u are no digits
  CHECK_FALSE(from_base32("0o", 1));
  CHECK_FALSE(from_base32("7", 1));
  CHECK_FALSE(from_base32("07z", 1));
  CHECK_FALSE(from_base32("7z ", 1));
  CHECK(from_base32("", 0).value().empty());
}

TEST_CASE("base32 keeps the order of the bytes") {
  std::mt19937 random(20261101);
  for (int i = 0; i < 500; ++i) {
    const auto a = random_bytes(random, 6);
    const auto b = random_bytes(random, 6);
    CHECK((a < b) == (to_base32(a) < to_base32(b)));
  }
}

TEST_CASE("base58 agrees with the vectors of its draft") {
  // draft-msporny-base58, section 5.
  CHECK(to_base58("Hello World!") == "2NEpo7TZRRrLZSi2U");
  CHECK(to_base58("The quick brown fox jumps over the lazy dog.") ==
        "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z");
  CHECK(to_base58("\x00\x00\x28\x7f\xb4\xcd"s) == "11233QC4");
  CHECK(from_base58("11233QC4").value() == "\x00\x00\x28\x7f\xb4\xcd"s);
  CHECK(to_base58("").empty());
  CHECK(to_base58("\x00"s) == "1");
  CHECK(from_base58("1").value() == "\x00"s);
  CHECK(from_base58("").value().empty());
}

TEST_CASE("base58 refuses foreign characters and long texts") {
  for (const auto* wrong : {"0", "O", "I", "l", " 2", "2 ", "2\n"}) CHECK_FALSE(from_base58(wrong));
  CHECK_FALSE(from_base58(std::string(1'000'000, 'z')));
  CHECK_FALSE(from_base58(std::string(5000, '1')));
  CHECK(from_base58(to_base58(std::string(64, '\xff')), 64));
  CHECK_FALSE(from_base58(to_base58(std::string(65, '\xff')), 64));
  CHECK_FALSE(from_base58(to_base58("\x01" + std::string(64, '\0')), 64));
}

TEST_CASE("base64url agrees with RFC 4648 without padding") {
  const std::pair<std::string, std::string> pairs[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : pairs) {
    CHECK(to_base64url(bytes) == text);
    CHECK(from_base64url(text).value() == bytes);
  }
  CHECK(to_base64url("\xfb\xff\xbf") == "-_-_");
  for (const auto* wrong : {"Z", "Zg==", "Zh", "Zm9", "+A", "/A", "Zg\n"}) {
    CHECK_FALSE(from_base64url(wrong));
  }
}

TEST_CASE("base64 agrees with RFC 4648, with its padding") {
  const std::pair<std::string, std::string> pairs[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : pairs) {
    CHECK(to_base64(bytes) == text);
    CHECK(from_base64(text).value() == bytes);
  }
  CHECK(to_base64("\xfb\xff\xbf") == "+/+/");
  for (const auto* wrong : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "=",
                            "Zg==Zg==", "-_-_", "Zm9v\n", "Zm 9", "Zm9v="}) {
    INFO(wrong);
    CHECK_FALSE(from_base64(wrong));
  }
}

TEST_CASE("every encoding gives back what it was given") {
  std::mt19937 random(7);
  for (std::size_t size = 0; size < 130; ++size) {
    auto bytes = random_bytes(random, size);
    if (size > 3 && size % 3 == 0) bytes[0] = bytes[1] = '\0';
    CHECK(from_hex(to_hex(bytes)).value() == bytes);
    CHECK(from_base32(to_base32(bytes), size).value() == bytes);
    CHECK(from_base58(to_base58(bytes)).value() == bytes);
    CHECK(from_base64url(to_base64url(bytes)).value() == bytes);
    CHECK(from_base64(to_base64(bytes)).value() == bytes);
  }
}

}  // namespace
}  // namespace camp
