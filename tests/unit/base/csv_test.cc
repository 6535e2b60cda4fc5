// SPDX-License-Identifier: MIT
#include "base/csv.h"

#include "catch.h"

using camp::CsvLimits;
using camp::parse_csv;
using Rows = std::vector<std::vector<std::string>>;

TEST_CASE("A table is read as RFC 4180 writes it") {
  CHECK(*parse_csv("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n") ==
        Rows{{"aaa", "bbb", "ccc"}, {"zzz", "yyy", "xxx"}});
  CHECK(*parse_csv("aaa,bbb\r\nzzz,yyy") == Rows{{"aaa", "bbb"}, {"zzz", "yyy"}});
  CHECK(*parse_csv(R"("aaa","b""bb","c,c")") == Rows{{"aaa", "b\"bb", "c,c"}});
  CHECK(*parse_csv("\"a\r\nb\",c\r\n") == Rows{{"a\r\nb", "c"}});
  CHECK(parse_csv("")->empty());
}

TEST_CASE("A table is read as programs write it") {
  CHECK(*parse_csv("\xEF\xBB\xBF"
                   "a,b\nc\r\rd,\n\n,e") == Rows{{"a", "b"}, {"c"}, {"d", ""}, {"", "e"}});
  CHECK(*parse_csv("\xEF\xBB\xBF\"a\"\n") == Rows{{"a"}});
  CHECK(*parse_csv("a \"b\" c, d\n") == Rows{{"a \"b\" c", " d"}});
  CHECK(*parse_csv("\"\"\n") == Rows{{""}});
  CHECK(*parse_csv("a,") == Rows{{"a", ""}});
  CHECK(*parse_csv("\n\r\n") == Rows{});
}

TEST_CASE("A broken table is refused with its line") {
  const auto message = [](std::string_view text) {
    const auto rows = parse_csv(text);
    REQUIRE_FALSE(rows.has_value());
    CHECK(rows.error().kind == camp::Kind::refused);
    return rows.error().message;
  };
  CHECK(message("a\n\"b\nc\n").find("line 2: a quoted field that never ends") != std::string::npos);
  CHECK(message("a\r\n\"b\r\nc\"d\n").find("line 3: text after") != std::string::npos);
  CHECK(message("\xFF\n").find("UTF-8") != std::string::npos);
  CHECK(message(std::string_view("a\0b", 3)).find("UTF-8") != std::string::npos);
}

TEST_CASE("A table that costs too much is refused") {
  CsvLimits limits;
  limits.bytes = 20;
  limits.rows = 3;
  limits.fields = 2;
  limits.field_bytes = 4;
  CHECK(parse_csv("a\nb\nc\n", limits));
  CHECK_FALSE(parse_csv("a\nb\nc\nd", limits));
  CHECK(parse_csv("a,b", limits));
  CHECK_FALSE(parse_csv("a,b,", limits));
  CHECK(parse_csv("abcd,\"abcd\"", limits));
  CHECK_FALSE(parse_csv("abcde", limits));
  CHECK_FALSE(parse_csv("\"abcde\"", limits));
  CHECK_FALSE(parse_csv("aaaa,aaaa\naaaa,aaaa\na", limits));
}
