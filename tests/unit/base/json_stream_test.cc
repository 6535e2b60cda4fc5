// SPDX-License-Identifier: MIT
#include "base/json_stream.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>

#include "catch.h"

using camp::ChunkSource;
using camp::Json;
using camp::JsonStreamLimits;
using camp::Kind;
using camp::Result;

namespace {

/// The text in pieces of `size` bytes.
ChunkSource pieces(std::string text, std::size_t size) {
  return [text = std::move(text), size, at = std::size_t{0}]() mutable -> Result<std::string> {
    std::string piece = text.substr(at, size);
    at += piece.size();
    return piece;
  };
}

struct Outcome {
  Result<Json> rest;
  std::vector<Json> items;
  std::vector<std::string> errors;
};

Outcome read(const std::string& text, std::size_t piece_size = 7, std::string_view list = "items",
             const JsonStreamLimits& limits = {}) {
  Outcome outcome{Json(), {}, {}};
  outcome.rest = camp::read_json_list(
      pieces(text, piece_size), list,
      [&](Result<Json> item) -> Result<void> {
        if (item) {
          outcome.items.push_back(*std::move(item));
        } else {
          outcome.errors.push_back(item.error().message);
        }
        return {};
      },
      "the document", limits);
  return outcome;
}

}  // namespace

TEST_CASE("The items of a list arrive one by one and the rest with the list empty") {
  const std::string text =
      R"({"@context":["a",{"b":"]"}], "items" : [ {"n":1,"s":"x]}\"\\"} , "two",3 ,[4,[5]],null],)"
      R"("more":{"items":[9]}, "n":1.5})";
  const std::size_t piece = GENERATE(1, 2, 3, 5, 16, 1000);
  const Outcome outcome = read(text, piece);
  REQUIRE(outcome.rest);
  CHECK(*outcome.rest == Json::parse(R"({"@context":["a",{"b":"]"}],"items":[],)"
                                     R"("more":{"items":[9]},"n":1.5})"));
  CHECK(Json(outcome.items) == Json::parse(R"([{"n":1,"s":"x]}\"\\"},"two",3,[4,[5]],null])"));
  CHECK(outcome.errors.empty());
}

TEST_CASE("A document that is a list is read as one") {
  const Outcome outcome = read(" \n[1 , \"\\u005d\",{}]\n ", 1, "anything");
  REQUIRE(outcome.rest);
  CHECK(*outcome.rest == Json::array());
  CHECK(Json(outcome.items) == Json::parse(R"([1,"]",{}])"));
  CHECK(read("[]").rest);
}

TEST_CASE("A list is found by its name however the name is spelled and wherever it stands last") {
  CHECK(read(R"({"it\u0065ms":[1]})").items.size() == 1);
  CHECK(read(R"({"a":"items","b":[1],"items":[2,3]})").items.size() == 2);
  CHECK(read(R"({"items":[1],"items":[2]})").items.size() == 1);
  const Outcome none = read(R"({"a":{"items":[1]},"b":["items",[1]],"xitems":[1]})");
  REQUIRE(none.rest);
  CHECK(none.items.empty());
  CHECK_FALSE(none.rest->contains("items"));
  const Outcome scalar = read(R"({"items":"x"})");
  REQUIRE(scalar.rest);
  CHECK(scalar.rest->at("items") == "x");
}

TEST_CASE("What is no JSON around the list is refused") {
  for (const char* text : {"",
                           " ",
                           "1",
                           "\"items\"",
                           "{",
                           "[",
                           "[1",
                           "[1,",
                           R"({"items":[1])",
                           R"({"items":[1]]})",
                           R"({"items":[1]}})",
                           R"({"items":[1]} x)",
                           R"({"items":[1,]})",
                           R"({"items":[,1]})",
                           R"({"items":[1 2]})",
                           R"({"items":["a""b"]})",
                           R"({"items":[{}{}]})",
                           R"({"items" "x":[1]})",
                           R"({"a":"items":[1]})",
                           R"({"items":[1],"items":[2]})",
                           R"({"a":1,"a":2,"items":[1]})",
                           R"({"items":[1],"it\u0065ms":2})",
                           R"({"a":1 2})",
                           R"({items:[1]})",
                           "\xEF\xBB\xBF[1]",
                           R"({"items":[1]}{"items":[2]})",
                           R"({"a":"\ud800"})",
                           R"([1][2])",
                           R"({"a":tr ue})"}) {
    INFO(text);
    const Outcome outcome = read(text);
    REQUIRE_FALSE(outcome.rest);
    CHECK(outcome.rest.error().kind == Kind::refused);
  }
}

TEST_CASE("An item that is refused does not hide the others") {
  JsonStreamLimits limits;
  limits.item.bytes = 40;
  limits.item.depth = 3;
  const Outcome outcome = read(R"([1,{"a":1,"a":2},"\ud800",tru,[[[[]]]],{"a":]},")" +
                                   std::string(50, 'x') + R"(",{"a":1e999},2])",
                               3, "items", limits);
  REQUIRE_FALSE(outcome.rest);  // "{"a":]" ends where a reader would think, but "}" is left over
  CHECK(outcome.items.size() == 1);
  CHECK(outcome.errors.size() == 5);

  const Outcome sound = read(
      R"([1,{"a":1,"a":2},"\ud800",tru,[[[[]]]],")" + std::string(50, 'x') + R"(",{"a":1e999},2])",
      3, "items", limits);
  REQUIRE(sound.rest);
  CHECK(Json(sound.items) == Json::parse("[1,2]"));
  REQUIRE(sound.errors.size() == 6);
  CHECK(sound.errors[0].find("item 2") != std::string::npos);
  CHECK(sound.errors[4].find("longer than 40 bytes") != std::string::npos);
}

TEST_CASE("The sink and the source can end the reading") {
  int seen = 0;
  const auto stopped =
      camp::read_json_list(pieces("[1,2,3]", 2), "items", [&](Result<Json>) -> Result<void> {
        if (++seen == 2) return camp::fail(Kind::conflict, "enough");
        return {};
      });
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().kind == Kind::conflict);
  CHECK(seen == 2);

  const auto broken = camp::read_json_list(
      []() -> Result<std::string> { return camp::fail(Kind::network, "gone"); }, "items",
      [](Result<Json>) -> Result<void> { return {}; });
  REQUIRE_FALSE(broken);
  CHECK(broken.error().kind == Kind::network);
}

TEST_CASE("What stands around the list is bounded and white space costs nothing") {
  JsonStreamLimits limits;
  limits.rest.bytes = 100;
  CHECK_FALSE(
      read(R"({"a":")" + std::string(200, 'x') + R"(","items":[]})", 64, "items", limits).rest);
  CHECK_FALSE(read(std::string(200, '['), 64, "items", limits).rest);
  const std::string space(1000, ' ');
  CHECK(read("{" + space + "\"items\"" + space + ":[" + space + "1" + space + "]" + space + "}" +
                 space,
             64, "items", limits)
            .rest);
}

TEST_CASE("A list of any length is read in the memory of one item") {
  const std::size_t count = std::getenv("CAMP_FULL_DEPTH") != nullptr ? 500'000 : 20'000;
  std::size_t made = 0, seen = 0, out_of_order = 0;
  const auto source = [&]() -> Result<std::string> {
    if (made > count) return std::string();
    if (made++ == 0) return std::string(R"({"type":"OrderedCollection","items":[)");
    std::string item = R"({"id":)" + std::to_string(made - 1) + R"(,"content":"<p>\"x\"]</p>"})";
    return item + (made > count ? "]}" : ",");
  };
  const auto rest = camp::read_json_list(source, "items", [&](Result<Json> item) -> Result<void> {
    if (!item || item->at("id") != ++seen) ++out_of_order;
    return {};
  });
  REQUIRE(rest);
  CHECK(seen == count);
  CHECK(out_of_order == 0);
}

TEST_CASE("Random documents come through in pieces as they are parsed whole") {
  const unsigned seed = 20261123;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto pick = [&](std::size_t n) { return random() % n; };
  const int rounds = std::getenv("CAMP_FULL_DEPTH") != nullptr ? 200'000 : 5'000;
  constexpr std::string_view kBytes = "[]{}\"\"::,,\\ 1ae-.tu";
  int sound = 0;
  for (int round = 0; round < rounds; ++round) {
    std::string text = R"({"items":[{"a":[1,"]"]},"\\",[[]]],"b":{"c":2}})";
    for (std::size_t i = pick(3); i > 0; --i) text[pick(text.size())] = kBytes[pick(20)];
    const auto whole = camp::parse_json(text);
    const Outcome outcome = read(text, 1 + pick(9));
    INFO(text);
    const bool accepted = outcome.rest && outcome.errors.empty();
    // The streams differ only in what comes before the refusal.
    REQUIRE(accepted == whole.has_value());
    if (!accepted) continue;
    ++sound;
    Json put_together = *outcome.rest;
    if (whole->contains("items") && whole->at("items").is_array()) {
      put_together["items"] = outcome.items;
    }
    REQUIRE(put_together == *whole);
  }
  CHECK(sound > rounds / 10);
}
