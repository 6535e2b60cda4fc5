// SPDX-License-Identifier: MIT
#include "fed/submission.h"

#include "catch.h"

using namespace camp;
using namespace camp::fed;

TEST_CASE("an answer is read as it was written") {
  const Answer no = Answer::no("camp:x/y", {model::Objection::clock, "it is ahead", "set it"});
  const auto read = parse_answer(answer_line(no));
  REQUIRE(read);
  CHECK_FALSE(read->accepted);
  CHECK(read->objection == model::Objection::clock);
  CHECK(read->reason == "it is ahead");
  CHECK(read->hint == "set it");
  const auto yes = parse_answer(answer_line(Answer::yes("camp:x/y")));
  REQUIRE(yes);
  CHECK(yes->accepted);
  CHECK(yes->id == "camp:x/y");
}

TEST_CASE("an answer that is none is the network's fault") {
  for (const char* line : {"", "{}", "no", "{\"id\":1}", "[]", "{\"accepted\":1}"}) {
    const auto read = parse_answer(line);
    REQUIRE_FALSE(read);
    CHECK(read.error().kind == Kind::network);
  }
}

TEST_CASE("an answer may not be long, and what it says is no command for a terminal") {
  CHECK_FALSE(parse_answer(std::string(5'000, ' ') + "{\"accepted\":true}"));
  CHECK(parse_answer(std::string(5'000, ' ') + "{\"accepted\":true,\"home\":{}}"));
  CHECK_FALSE(parse_answer(std::string(1 << 20, ' ') + "{\"accepted\":true,\"home\":{}}"));
  const auto read = parse_answer("\x1b[2J not an answer");
  REQUIRE_FALSE(read);
  CHECK(read.error().message.find('\x1b') == std::string::npos);
}

TEST_CASE("an answer of an unknown objection is one of form") {
  const auto read = parse_answer(R"({"id":"camp:x/y","refused":"moonphase"})");
  REQUIRE(read);
  CHECK_FALSE(read->accepted);
  CHECK(read->objection == model::Objection::form);
  CHECK(read->reason == "moonphase");
}

TEST_CASE("a claim is read as it was written") {
  const auto key = crypto::SecretKey::from_seed(std::string(32, 'k')).value().public_key();
  const Claim claim{.code = "abcd",
                    .rotation = {key},
                    .next = {std::string(64, '0')},
                    .signing = {{key, model::KeyRole::device, "laptop"}}};
  const auto read = parse_request(claim_line(claim));
  REQUIRE(read);
  REQUIRE(read->claim);
  CHECK(read->claim->code == claim.code);
  CHECK(read->claim->rotation == claim.rotation);
  CHECK(read->claim->next == claim.next);
  CHECK(read->claim->signing == claim.signing);
}

TEST_CASE("a key log is read as it was written") {
  const auto read = parse_request(key_log_line({.log = "line\n", .vouched = {{"zkey", "id\n"}}}));
  REQUIRE(read);
  REQUIRE(read->keys);
  CHECK(read->keys->log == "line\n");
  CHECK(read->keys->vouched == std::map<std::string, std::string>{{"zkey", "id\n"}});
  CHECK_FALSE(read->claim);
}

TEST_CASE("another line with a type is left to the objects") {
  const auto read = parse_request(R"({"type":"Note"})");
  REQUIRE_FALSE(read);
  CHECK(read.error().kind == Kind::not_found);
}

TEST_CASE("E28 E29 a line that is neither is refused, with what is wrong") {
  const std::string line = GENERATE_COPY(
      std::string(), std::string("{"), std::string("[]"), std::string("null"), std::string("{}"),
      std::string(R"({"type":1})"), std::string(R"({"type":["camp:Claim"]})"),
      std::string(R"({"type":"camp:Claim"})"), std::string(R"({"type":"camp:Claim","code":1})"),
      std::string(R"({"type":"camp:Claim","code":"","rotation":[],"next":[]})"),
      std::string(R"({"type":"camp:Claim","code":"","rotation":["x"],"next":[],"signing":[]})"),
      std::string(R"({"type":"camp:Claim","code":"","rotation":[1],"next":[],"signing":[]})"),
      std::string(R"({"type":"camp:Claim","code":"","rotation":[],"next":[1],"signing":[]})"),
      std::string(R"({"type":"camp:Claim","code":"","rotation":[],"next":[],"signing":[1]})"),
      std::string(R"({"type":"camp:Claim","type":"camp:KeyLog","log":""})"),
      std::string(R"({"type":"camp:KeyLog"})"), std::string(R"({"type":"camp:KeyLog","log":1})"),
      std::string(R"({"type":"camp:KeyLog","log":"","vouched":[]})"),
      std::string(R"({"type":"camp:KeyLog","log":"","vouched":{"z":1}})"),
      std::string(R"({"type":"camp:KeyLog","log":"\ud800"})"), std::string("\xff\xfe"),
      std::string(R"({"type":"camp:KeyLog","log":"\u0000"})").substr(0, 30),
      std::string(10'000, '['));
  INFO(line.substr(0, 100));
  const auto read = parse_request(line);
  REQUIRE_FALSE(read);
  CHECK(read.error().kind != Kind::not_found);
  CHECK_FALSE(read.error().message.empty());
}

TEST_CASE("a claim of more keys than anybody has is refused") {
  std::string keys;
  for (int i = 0; i < 17; ++i) keys += (i ? ",\"x\"" : "\"x\"");
  CHECK_FALSE(parse_request(R"({"type":"camp:Claim","code":"","rotation":[)" + keys +
                            R"(],"next":[],"signing":[]})"));
}
