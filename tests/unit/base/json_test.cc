// SPDX-License-Identifier: MIT
#include "base/json.h"

#include <nlohmann/json.hpp>

#include "catch.h"
#include "unit/unit_support.h"

namespace camp {
namespace {

using namespace std::string_literals;

std::string reason(const Result<Json>& result) {
  REQUIRE_FALSE(result);
  return result.error().message;
}

TEST_CASE("JSON is read whole") {
  const auto value = parse_json(R"({"a":[1,-2,3.5,true,false,null,"é\u20ac\ud83d\ude00"],"":{}})");
  REQUIRE(value);
  CHECK((*value)["a"].size() == 7);
  CHECK((*value)["a"][1] == -2);
  CHECK((*value)["a"][6] == "é€😀");
  CHECK((*value)[""].is_object());
  CHECK(parse_json("0"));
  CHECK(parse_json(" [ ] \n"));
}

TEST_CASE("broken JSON is refused with its position and without its bytes") {
  for (const auto* text :
       {"", " ", "{", "[1,]", "{\"a\":}", "{\"a\" 1}", "{a:1}", "'a'", "01", "1.", "+1", "nul",
        "NaN", "[1] 2", "[1]]", "// c\n1", "\"\t\"", "\"\\x\"", "{}{}"}) {
    INFO(text);
    CHECK_FALSE(parse_json(text));
  }
  const std::string message = reason(parse_json("[1, 2, x]", "post"));
  CHECK(contains(message, "post: "));
  CHECK(contains(message, "byte 8"));
  const std::string foreign = reason(parse_json("[\"\x1b]0;evil\x07"));
  CHECK_FALSE(contains(foreign, "evil"));
  CHECK_FALSE(contains(foreign, "\x1b"));
}

TEST_CASE("E28 a name that stands twice in one object is refused") {
  CHECK(contains(reason(parse_json(R"({"actor":"a","object":1,"actor":"b"})")), "twice"));
  CHECK_FALSE(parse_json(R"({"a":{"b":1,"b":1}})"));
  CHECK_FALSE(parse_json(R"([{"a":1},{"a":1,"\u0061":2}])"));
  CHECK(parse_json(R"([{"a":1},{"a":2}])"));
  CHECK(parse_json(R"({"a":{"a":{"a":1}}})"));
}

TEST_CASE("E29 ten thousand nested arrays are refused") {
  CHECK(contains(reason(parse_json(std::string(10'000, '['))), "deep"));
  CHECK_FALSE(parse_json(std::string(10'000, '[') + std::string(10'000, ']')));
  std::string objects;
  for (int i = 0; i < 10'000; ++i) objects += R"({"a":)";
  CHECK_FALSE(parse_json(objects));
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(parse_json(nested(32)));
  CHECK_FALSE(parse_json(nested(33)));
}

TEST_CASE("E29 a number that overflows a double is refused") {
  CHECK(contains(reason(parse_json("1e400")), "out of range"));
  CHECK_FALSE(parse_json("[-1E400]"));
  CHECK_FALSE(parse_json("1" + std::string(400, '0')));
  CHECK(parse_json("1e308"));
  CHECK(parse_json("1e-400").value() == 0.0);
}

TEST_CASE("E29 a lone surrogate is refused") {
  for (const auto* text : {R"("\ud800")", R"("\udc00")", R"("\ud800x")", R"("\ud800\ud800")",
                           R"({"\udfff":1})", "\"\xed\xa0\x80\""}) {
    INFO(text);
    CHECK_FALSE(parse_json(text));
  }
}

TEST_CASE("E29 the character U+0000 is refused") {
  CHECK(contains(reason(parse_json(R"("a\u0000b")")), "U+0000"));
  CHECK_FALSE(parse_json(R"({"a\u0000":1})"));
  CHECK_FALSE(parse_json("\"a\0b\""s));
  CHECK_FALSE(parse_json("[1]\0"s));
  CHECK_FALSE(parse_json("{\"a\":1}\0{\"a\":2}"s));
  CHECK_FALSE(parse_json("\0[1]"s));
}

TEST_CASE("E29 a byte-order mark is refused") {
  CHECK(contains(reason(parse_json("\xEF\xBB\xBF{}")), "byte-order mark"));
  CHECK_FALSE(parse_json("\xFF\xFE{\0}\0"s));
  CHECK(parse_json("\"\xEF\xBB\xBF\""));  // inside a string it is a character like others
}

TEST_CASE("E30 a string of one megabyte is refused, not read") {
  CHECK_FALSE(parse_json("{\"type\":\"" + std::string(1'000'000, 'x') + "\"}"));
  CHECK_FALSE(parse_json("\"" + std::string((256 << 10) + 1, 'x') + "\""));
  CHECK(parse_json("\"" + std::string(256 << 10, 'x') + "\""));
}

TEST_CASE("invalid UTF-8 is refused") {
  for (const auto* bytes :
       {"\x80", "\xc0\xaf", "\xe0\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xff"}) {
    CHECK_FALSE(parse_json("\""s + bytes + "\""));
  }
}

TEST_CASE("the limits are counted") {
  const JsonLimits small{.bytes = 40, .depth = 2, .nodes = 5, .string_bytes = 4};
  const auto accepted = [&](std::string_view text) {
    return parse_json(text, "t", small).has_value();
  };
  CHECK(accepted("[1,2,3,4]"));
  CHECK_FALSE(accepted("[1,2,3,4,5]"));
  CHECK(accepted(R"({"abcd":"abcd"})"));
  CHECK_FALSE(accepted(R"({"abcde":1})"));
  CHECK_FALSE(accepted(R"(["abcde"])"));
  CHECK_FALSE(accepted("[[[]]]"));
  CHECK(accepted("[]" + std::string(38, ' ')));
  CHECK_FALSE(accepted("[]" + std::string(39, ' ')));
}

TEST_CASE("numbers that lose their value in other programs are found") {
  const auto safe = [](std::string_view text) {
    return require_safe_numbers(parse_json(text).value()).has_value();
  };
  CHECK(safe(R"({"a":[9007199254740991,-9007199254740991,0]})"));
  CHECK_FALSE(safe("9007199254740992"));
  CHECK_FALSE(safe("[[-9007199254740992]]"));
  CHECK_FALSE(safe("18446744073709551615"));
  CHECK_FALSE(safe(R"({"a":{"b":1.5}})"));
  CHECK_FALSE(safe("1.0"));
  CHECK_FALSE(safe("1e2"));
  CHECK(safe(R"("1.5")"));
}

}  // namespace
}  // namespace camp
