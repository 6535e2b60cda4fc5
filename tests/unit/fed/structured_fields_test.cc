// SPDX-License-Identifier: MIT
#include "fed/structured_fields.h"

#include "unit/unit_support.h"

namespace camp::fed {
namespace {

TEST_CASE("a dictionary gives its members in their order, with their parameters") {
  const auto members = parse_dictionary(
      R"( sig1=("@method" "x";sf  tok/en:1);created=-5;tag="a \"b\" \\";on;off=?0 ,	b=:c2ln:;q=1, c)");
  REQUIRE(members);
  REQUIRE(members->size() == 3);
  const Member& list = (*members)[0];
  CHECK(list.name == "sig1");
  CHECK(list.is_list);
  REQUIRE(list.items.size() == 3);
  CHECK(list.items[0].value == BareItem(std::string("@method")));
  CHECK(*find_parameter(list.items[1].parameters, "sf") == BareItem(true));
  CHECK(list.items[2].value == BareItem(Token{"tok/en:1"}));
  CHECK(*find_parameter(list.parameters, "created") == BareItem(std::int64_t{-5}));
  CHECK(*find_parameter(list.parameters, "tag") == BareItem(std::string(R"(a "b" \)")));
  CHECK(find_parameter(list.parameters, "q") == nullptr);
  CHECK(serialize_list(list) ==
        R"(("@method" "x";sf tok/en:1);created=-5;tag="a \"b\" \\";on;off=?0)");
  CHECK_FALSE((*members)[1].is_list);
  CHECK((*members)[1].items[0].value == BareItem(Bytes{"sig"}));
  CHECK((*members)[2].items[0].value == BareItem(true));
  CHECK(parse_dictionary("").value().empty());
}

TEST_CASE("a byte sequence comes out as it went in") {
  const auto members = parse_dictionary("a=(:c2ln:);b=:AA==:");
  REQUIRE(members);
  CHECK(serialize_list(members->front()) == "(:c2ln:);b=:AA==:");
}

TEST_CASE("what is no dictionary, or says something twice, is refused") {
  for (const char* wrong : {"A=1",
                            "=1",
                            "a=",
                            "a=1,",
                            ",a",
                            "a=1 b=2",
                            "a=1;",
                            "a=1;B",
                            "a=1;b=",
                            "a=1;b;b",
                            "a=1,a=2",
                            "a=\"x",
                            "a=\"\\x\"",
                            "a=\"\t\"",
                            "a=\"\xc3\xa9\"",
                            "a=:c2ln",
                            "a=:c2l:",
                            "a=:c2ln=:",
                            "a=?2",
                            "a=?",
                            "a=1.5",
                            "a=-",
                            "a=1234567890123456",
                            "a=@5",
                            "a=(1",
                            "a=(1)(2)",
                            "a=(1\"x\")",
                            "a=((1))",
                            "a=(1,2)",
                            "a =1",
                            "a= 1",
                            "a=1\n",
                            "a=%x",
                            "a=(\"x\";)"}) {
    INFO(wrong);
    CHECK_FALSE(parse_dictionary(wrong));
  }
}

TEST_CASE("a dictionary has its limits") {
  const auto repeat = [](int count, const std::string& text, const std::string& between) {
    std::string all;
    for (int i = 0; i < count; ++i) all += (i > 0 ? between : "") + text + std::to_string(i);
    return all;
  };
  CHECK(parse_dictionary(repeat(16, "a", ",")));
  CHECK_FALSE(parse_dictionary(repeat(17, "a", ",")));
  CHECK(parse_dictionary("a=(" + repeat(64, "t", " ") + ")"));
  CHECK_FALSE(parse_dictionary("a=(" + repeat(65, "t", " ") + ")"));
  CHECK(parse_dictionary("a;" + repeat(16, "p", ";")));
  CHECK_FALSE(parse_dictionary("a;" + repeat(17, "p", ";")));
}

}  // namespace
}  // namespace camp::fed
