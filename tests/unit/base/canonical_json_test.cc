// SPDX-License-Identifier: MIT
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/encoding.h"
#include "base/json.h"
#include "catch.h"
#include "unit/unit_support.h"

namespace camp {
namespace {

std::string canonical(std::string_view text) {
  const auto value = parse_json(text);
  REQUIRE(value);
  return canonical_json(*value).value();
}

TEST_CASE("the six pairs of RFC 8785's test suite come out byte for byte") {
  for (const std::string name : {"arrays", "french", "structures", "unicode", "values", "weird"}) {
    INFO(name);
    const std::string ours = canonical(read_vector("rfc8785/input/" + name + ".json"));
    CHECK(ours == read_vector("rfc8785/output/" + name + ".json"));
    std::string hex;
    for (const char c : read_vector("rfc8785/outhex/" + name + ".txt")) {
      if (std::isxdigit(static_cast<unsigned char>(c))) hex += c;
    }
    CHECK(to_hex(ours) == hex);
  }
}

TEST_CASE("a thousand doubles are written as ECMAScript writes them") {
  std::istringstream lines(read_vector("rfc8785/es6-numbers-1000.txt"));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const std::size_t comma = line.find(',');
    const auto bits = std::stoull(line.substr(0, comma), nullptr, 16);
    INFO(line);
    CHECK(ecmascript_number(std::bit_cast<double>(std::uint64_t{bits})) == line.substr(comma + 1));
  }
  CHECK(count == 1000);
}

TEST_CASE("the samples of RFC 8785 appendix B come out") {
  const std::pair<std::uint64_t, std::string> samples[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const auto& [bits, text] : samples) {
    CHECK(ecmascript_number(std::bit_cast<double>(bits)) == text);
  }
}

TEST_CASE("names are sorted by UTF-16 code units") {
  CHECK(canonical("{\"\uFB33\":1,\"\U0001F602\":2,\"z\":3,\"\uE000\":4,\"\uD7FF\":5}") ==
        "{\"z\":3,\"\uD7FF\":5,\"\U0001F602\":2,\"\uE000\":4,\"\uFB33\":1}");
  CHECK(canonical("{\"\U0001F602a\":1,\"\U0001F602\":2,\"\U0010FFFF\":3,\"\uFFFD\":4}") ==
        "{\"\U0001F602\":2,\"\U0001F602a\":1,\"\U0010FFFF\":3,\"\uFFFD\":4}");
  CHECK(canonical(R"({"aa":1,"a":2,"":3,"b":{"d":1,"c":2}})") ==
        R"({"":3,"a":2,"aa":1,"b":{"c":2,"d":1}})");
}

TEST_CASE("integers beyond 2^53 are written as the double they are to others") {
  CHECK(canonical("9007199254740993") == "9007199254740992");
  CHECK(canonical("-9007199254740993") == "-9007199254740992");
  CHECK(canonical("18446744073709551615") == "18446744073709552000");
  CHECK(canonical("18446744073709551616") == "18446744073709552000");
  CHECK(canonical("[56.0,1E1,-0,-0.0,1e-7]") == "[56,10,0,0,1e-7]");
}

TEST_CASE("strings escape what must be escaped and nothing else") {
  CHECK(canonical(R"("\u0001\u001f\b\t\n\f\r\"\\\/\u007f\u2028€")") ==
        "\"\\u0001\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\x7f\u2028€\"");
}

TEST_CASE("what JSON cannot hold is refused") {
  CHECK_FALSE(canonical_json(Json(std::nan(""))));
  CHECK_FALSE(canonical_json(Json::array({std::numeric_limits<double>::infinity()})));
  for (const auto* bytes : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82",
                            "\xf0\x9f\x98", "\xf0\x80\x80\x80", "\xe0\x9f\xbf"}) {
    CHECK_FALSE(canonical_json(Json(std::string(bytes))));
    CHECK_FALSE(canonical_json(Json{{std::string(bytes), 1}}));
  }
  CHECK_FALSE(canonical_json(Json::binary({1, 2})));
  Json deep;
  for (int i = 0; i < 5000; ++i) deep = Json::array({std::move(deep)});
  CHECK_FALSE(canonical_json(deep));
}

TEST_CASE("members can be left out at the top alone") {
  const auto value = parse_json(R"({"id":1,"proof":{"id":2},"x":{"proof":3}})").value();
  CHECK(canonical_json_without(value, {"id", "proof"}).value() == R"({"x":{"proof":3}})");
  CHECK(canonical_json_without(value, {}).value() == canonical_json(value).value());
}

}  // namespace
}  // namespace camp
