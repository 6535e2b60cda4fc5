// SPDX-License-Identifier: MIT
#include "model/handle.h"

#include "catch.h"

using namespace camp;
using camp::model::parse_handle;

TEST_CASE("A handle is lower-case letters, digits and underscores") {
  const std::string handle = GENERATE("a", "ana", "bo_2", "_x_", "42", "con_", "com", "com10",
                                      "abcdefghijklmnopqrstuvwxyz0123");
  CHECK(parse_handle(handle).value() == handle);
  CHECK(parse_handle("@" + handle).value() == handle);
}

TEST_CASE("A handle in another spelling is refused with the one that would do") {
  const auto [written, suggested] = GENERATE(table<std::string, std::string>({
      {"Ana", "example ana"},
      {"@BO", "example bo"},
      {"\u017b\u00f3\u0142\u0107", "example zolc"},
      {"first.last", "example firstlast"},
      {std::string(31, 'a'), "example " + std::string(30, 'a')},
  }));
  const auto result = parse_handle(written);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().kind == Kind::usage);
  INFO(result.error().hint);
  CHECK(result.error().hint.ends_with(suggested));
}

TEST_CASE("E49 handles that are paths, devices, options or encodings are refused") {
  const std::string handle =
      GENERATE(std::string("../x"), std::string(".git"), std::string("con"), std::string("a/b"),
               std::string("%2e%2e"), std::string(300, 'a'), std::string("-rf"), std::string(),
               std::string("@"), std::string("@@a"), std::string("."), std::string(".."),
               std::string("a b"), std::string("a\nb"), std::string("a\0b", 3), std::string("a\\b"),
               std::string("nul"), std::string("com1"), std::string("lpt9"), std::string("a@b"),
               std::string("\xff"), std::string(1 << 20, '@'));
  const auto result = parse_handle(handle);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().kind == Kind::usage);
  CHECK(result.error().message.size() < 300);
}

TEST_CASE("E47 a zero-width, bidirectional or look-alike twin cannot be a handle") {
  const std::string twin = GENERATE("alice\u200b", "al\u200dice", "\u202ealice", "alice\ufeff",
                                    "\u0430lice", "alice\u0301", "\uff41lice");
  const auto result = parse_handle(twin);
  REQUIRE_FALSE(result.has_value());
  // The message shows the twin without what it hides.
  CHECK(result.error().message.find("\u200b") == std::string::npos);
  CHECK(result.error().message.find("\u202e") == std::string::npos);
}

TEST_CASE("Words of audiences and groups cannot be handles") {
  const std::string word = GENERATE("camp", "all", "everyone", "here", "local", "neighborhood",
                                    "public", "unlisted", "followers", "mutuals", "direct");
  const auto result = parse_handle(word);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().message.find(word) != std::string::npos);
}
