// SPDX-License-Identifier: MIT
#include "base/text_host.h"

#include <string>
#include <utility>
#include <vector>

#include "catch.h"

namespace camp {
namespace {

TEST_CASE("host names have one spelling") {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"friend.camp", "friend.camp"},
      {"Friend.CAMP", "friend.camp"},
      {"localhost", "localhost"},
      {"r3---sn-abc.example", "r3---sn-abc.example"},
      {"3com.example", "3com.example"},
      {"b\xC3\xBC"
       "cher.example",
       "xn--bcher-kva.example"},
      {"B\xC3\x9C"
       "CHER.example",
       "xn--bcher-kva.example"},
      {"bu\xCC\x88"
       "cher.example",
       "xn--bcher-kva.example"},  // decomposed
      {"xn--bcher-kva.example", "xn--bcher-kva.example"},
      {"XN--Bcher-KVA.example", "xn--bcher-kva.example"},
      {"fa\xC3\x9F.example", "xn--fa-hia.example"},  // not transitional: not fass
      {"\xD0\xB0pple.com", "xn--pple-43d.com"},
      {"\xE3\x81\x82\xE3\x80\x82jp", "xn--l8j.jp"},  // an ideographic full stop
      {"\xEF\xBD\x81.example", "a.example"},         // a full-width letter
      {std::string(63, 'a') + ".example", std::string(63, 'a') + ".example"},
  };
  for (const auto& [name, host] : rows) {
    INFO(name);
    const auto normal = normal_host(name);
    REQUIRE(normal);
    CHECK(*normal == host);
    CHECK(normal_host(*normal) == *normal);
  }
}

TEST_CASE("what is no host name, or would silently become another, is refused") {
  using namespace std::string_literals;
  const std::vector<std::string> rows{
      "",
      ".",
      "a..b",
      ".a",
      "a.example.",
      "a b.example",
      "a/b.example",
      "a_b.example",
      "a@b",
      "a:80",
      "a%6d.example",
      "-a.example",
      "a-.example",
      "a\0b.example"s,
      "a\n.example",
      "*.example",
      // Addresses in any spelling.
      "127.0.0.1",
      "2130706433",
      "0x7f.1",
      "0x7f000001",
      "1.2.3",
      "[::1]",
      "a.example.1",
      // Dropped by the mapping.
      "a\xC2\xAD"
      "b.example",
      "a\xE2\x80\x8B"
      "b.example",
      "a\xEF\xB8\x8F.example",
      "a\xEF\xBB\xBF.example",
      "a\xE2\x81\xA0.example",
      "a\xF3\xA0\x81\x81.example",
      // Mapped to what is no letter.
      "a\xEF\xBC\x8F"
      "b.example",
      "a\xE2\x84\x80.example",
      "a\xEF\xBC\xA0"
      "b.example",
      // No UTF-8, not in IDNA 2008, joiners out of place.
      "caf\xE9.example",
      "\xE2\x98\x83.example",
      "a\xE2\x80\x8D.example",
      // A-labels that stand for nothing, for plain letters, or for capitals.
      "xn--fba.example",  // a diaeresis alone
      "xn--6a.example",   // U+0080
      "\xC2\x80.example",
      "xn--.example",
      "xn--a.example",
      "xn--abc-.example",
      "xn--99999999.example",
      std::string(64, 'a') + ".example",
      std::string(1001, 'a'),
      [] {
        std::string name;
        for (int i = 0; i < 64; ++i) name += "abc.";
        return name + "example";
      }(),
  };
  for (const std::string& name : rows) {
    INFO(name);
    const auto normal = normal_host(name);
    CHECK_FALSE(normal);
    if (normal) CHECK(*normal == "");  // shows what it became
  }
}

}  // namespace
}  // namespace camp
