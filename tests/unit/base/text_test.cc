// SPDX-License-Identifier: MIT
#include "base/text.h"

#include <random>

#include "catch.h"

using namespace camp;

namespace {

using Strings = std::vector<std::string>;

const std::string kFamily = "\U0001F468\u200D\U0001F469\u200D\U0001F467";
const std::string kFlag = "\U0001F1E9\U0001F1EA";

}  // namespace

TEST_CASE("UTF-8 is checked as RFC 3629 defines it") {
  const std::string good = GENERATE("", "abc", "\u00e9", "\u20ac", "\U0010FFFF", "\uFFFD", "\uE000",
                                    "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF");
  CHECK(is_utf8(good));
  const std::string bad =
      GENERATE("\x80", "\xC3", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF",
               "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
               "\xF4\x90\x80\x80", "\xF5\x80", "\xFF", "\xE2\x82", "a\xE2\x82z", "\xF0\x9F\x98");
  CHECK_FALSE(is_utf8(bad));
  CHECK(is_utf8(valid_utf8(bad)));
}

TEST_CASE("A broken sequence becomes one replacement for each maximal part") {
  // The example of the Unicode Standard, table 3-8.
  CHECK(valid_utf8("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64") ==
        "a\uFFFD\uFFFD\uFFFDb\uFFFDc\uFFFD\uFFFDd");
  CHECK(decode_utf8("").length == 0);
  CHECK(decode_utf8("\u20acx").value == 0x20AC);
  CHECK(decode_utf8("\u20acx").length == 3);
}

TEST_CASE("Composed and decomposed letters have one normal form") {
  CHECK(nfc("e\u0301") == "\u00e9");
  CHECK(nfc("\u1100\u1161") == "\uAC00");
  CHECK(nfc("plain") == "plain");
  CHECK(nfc("\xFF") == "\uFFFD");
}

TEST_CASE("Names that differ in case or normalization only are caseless twins") {
  CHECK(caseless("A.JPG") == caseless("a.jpg"));
  CHECK(caseless("\u00c9") == caseless("e\u0301"));
  CHECK(caseless("stra\u00dfe") == caseless("STRASSE"));
  CHECK(caseless("\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2") ==
        caseless("\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c3"));
  CHECK(caseless("resume") != caseless("r\u00e9sum\u00e9"));
}

TEST_CASE("Folding lets people find a word as they can type it") {
  const auto [written, typed] = GENERATE(table<std::string, std::string>({
      {"\u017b\u00f3\u0142\u0107", "zolc"},
      {"\u0141\u00f3d\u017a", "lodz"},
      {"Stra\u00dfe", "strasse"},
      {"\u00c6r\u00f8sk\u00f8bing", "aeroskobing"},
      {"\u00deing", "thing"},
      {"\u0130stanbul", "istanbul"},
      {"Diyarbak\u0131r", "diyarbakir"},
      {"\u0110\u00e0 N\u1eb5ng", "da nang"},
      {"\u0152uvre", "oeuvre"},
      {"\uff26\uff55\uff4c\uff4c", "full"},
      {"\ufb01n", "fin"},
      {"na\u00efve", "naive"},
      {"nai\u0308ve", "naive"},
      {"\u03ac\u03bb\u03c6\u03b1", "\u03b1\u03bb\u03c6\u03b1"},
      {"\u0401\u043b\u043a\u0430", "\u0435\u043b\u043a\u0430"},
      {"HELLO", "hello"},
  }));
  INFO(written);
  CHECK(fold(written) == typed);
  CHECK(fold(fold(written)) == fold(written));
}

TEST_CASE("Folding leaves alone what would become another word") {
  CHECK(fold("\u65e5\u672c\u8a9e") == "\u65e5\u672c\u8a9e");
  CHECK(fold("\u304c") == "\u304c");        // ga, not ka
  CHECK(fold("\uff76\uff9e") == "\u30ac");  // half width ga
  CHECK(fold("\ud55c\uad6d\uc5b4") == "\ud55c\uad6d\uc5b4");
  CHECK(fold("\u0939\u093f\u0928\u094d\u0926\u0940") == "\u0939\u093f\u0928\u094d\u0926\u0940");
}

TEST_CASE("Folding, normalizing and measuring take any bytes") {
  std::mt19937 random(11);
  for (int i = 0; i < 300; ++i) {
    std::string bytes;
    for (int j = 0; j < 40; ++j) {
      if (random() % 3 == 0) {
        append_utf8(bytes, static_cast<char32_t>(random() % 0x110000));
      } else {
        bytes += static_cast<char>(random() % 256);
      }
    }
    CHECK(is_utf8(fold(bytes)));
    CHECK(is_utf8(nfc(bytes)));
    CHECK(is_utf8(caseless(bytes)));
    CHECK(display_width(truncate_to_width(bytes, 7)) <= 7);
    for (const auto& line : wrap(bytes, 5)) CHECK(display_width(line) <= 5);
  }
}

TEST_CASE("The width of a text is what a terminal gives it") {
  CHECK(display_width("") == 0);
  CHECK(display_width("abc") == 3);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("\u65e5\u672c") == 4);
  CHECK(display_width("\uff76") == 1);
  CHECK(display_width("\U0001F600") == 2);
  CHECK(display_width(kFamily) == 2);
  CHECK(display_width(kFlag) == 2);
  CHECK(display_width("\U0001F44D\U0001F3FD") == 2);
  CHECK(display_width("\u2764\uFE0F") == 2);
  CHECK(display_width("a\nb") == 2);
}

TEST_CASE("A text is cut between the characters that people see") {
  CHECK(truncate_to_width("hello", 5) == "hello");
  CHECK(truncate_to_width("hello!", 5) == "hell\u2026");
  CHECK(truncate_to_width("hello", 1) == "\u2026");
  CHECK(truncate_to_width("hello", 0).empty());
  CHECK(truncate_to_width("\u65e5\u672c\u8a9e", 4) == "\u65e5\u2026");
  CHECK(truncate_to_width("e\u0301e\u0301e\u0301", 2) == "e\u0301\u2026");
  CHECK(truncate_to_width(kFamily + kFamily, 3) == kFamily + "\u2026");
  CHECK(truncate_to_width(kFlag + kFlag, 4) == kFlag + kFlag);
}

TEST_CASE("Lines are wrapped at spaces and long words are broken") {
  CHECK(wrap("one two three", 7) == Strings{"one two", "three"});
  CHECK(wrap("one two three", 80) == Strings{"one two three"});
  CHECK(wrap("one\n\ntwo", 80) == Strings{"one", "", "two"});
  CHECK(wrap("abcdefgh", 3) == Strings{"abc", "def", "gh"});
  CHECK(wrap("x abcdefgh y", 3) == Strings{"x", "abc", "def", "gh", "y"});
  CHECK(wrap("  indented text", 10) == Strings{"  indented", "text"});
  CHECK(wrap("a  b   ", 10) == Strings{"a  b"});
  CHECK(wrap("\u65e5\u672c\u8a9e", 4) == Strings{"\u65e5\u672c", "\u8a9e"});
  CHECK(wrap("", 10) == Strings{""});
  CHECK(wrap("ab", 0) == Strings{"a", "b"});
}

TEST_CASE("Hashtags are found where people mean them") {
  const auto [text, tags] = GENERATE(table<std::string, Strings>({
      {"#camp", {"camp"}},
      {"a #Camp and #camp, #two.", {"camp", "two"}},
      {"(#a)#b", {"a", "b"}},
      {"#\u0141\u00f3d\u017a #\u65e5\u672c", {"lodz", "\u65e5\u672c"}},
      {"#snow_2026 #2026", {"snow_2026"}},
      {"a#b https://x.example/#frag https://x.example/?q=#z &#39; ##x #", {}},
      {"#one#two", {"one"}},
      {"", {}},
  }));
  INFO(text);
  CHECK(tags_in(text) == tags);
}

TEST_CASE("Hashtags are limited in length and number") {
  CHECK(tags_in("#" + std::string(100, 'a')).size() == 1);
  CHECK(tags_in("#" + std::string(101, 'a')).empty());
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += " #t" + std::to_string(i);
  CHECK(tags_in(many).size() == 50);
}

TEST_CASE("Mentions are found with and without a host") {
  using Mentions = std::vector<Mention>;
  const auto [text, mentions] = GENERATE(table<std::string, Mentions>({
      {"@bo", {{"bo", ""}}},
      {"hi @Bo, @ana!", {{"bo", ""}, {"ana", ""}}},
      {"@bo @bo", {{"bo", ""}}},
      {"@bo@Friend.Camp.", {{"bo", "friend.camp"}}},
      {"(@first.last@x.example)", {{"first.last", "x.example"}}},
      {"@bo@localhost:8080/x", {{"bo", "localhost:8080"}}},
      {"@bo@", {{"bo", ""}}},
      {"@bo.", {{"bo", ""}}},
      {"@bo@..x", {{"bo", ""}}},
      {"@bo_", {{"bo_", ""}}},
      {"mail bo@x.example or https://x.example/@bo", {}},
      {"@@bo @ b", {}},
      {"@b\u00f6gle", {}},
      {"\u00e9@bo", {}},
  }));
  INFO(text);
  CHECK(mentions_in(text) == mentions);
}

TEST_CASE("Mentions are limited in number and in work") {
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += " @m" + std::to_string(i);
  CHECK(mentions_in(many).size() == 20);
  CHECK(mentions_in("@" + std::string(1 << 20, 'a')).empty());
  CHECK(mentions_in(std::string(1 << 20, '@')).empty());
}

TEST_CASE("The edit distance counts slips of the finger") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("post", "post") == 0);
  CHECK(edit_distance("post", "psot") == 1);
  CHECK(edit_distance("post", "pot") == 1);
  CHECK(edit_distance("post", "boost") == 2);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("timeline", "timline") == 1);
  CHECK(edit_distance(std::string(1 << 20, 'a'), std::string(1 << 20, 'b')) == 64);
}
