// SPDX-License-Identifier: MIT
#include "base/terminal.h"

#include <cstdlib>
#include <random>

#include "base/text.h"
#include "catch.h"

using namespace camp;
using namespace std::string_view_literals;

namespace {

// What must never reach a terminal, said once more and in another way than the code says it.
bool is_inert(std::string_view text, bool one_line) {
  int marks = 0;
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    const char32_t c = point.value;
    if (!point.valid) return false;
    if (c < 0x20 && (one_line || (c != '\n' && c != '\t'))) return false;
    if (c >= 0x7F && c <= 0x9F) return false;
    if ((c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E)) return false;
    if ((c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || c == 0x061C) return false;
    if (c >= 0xE0000 && c <= 0xE007F) return false;
    marks = is_combining_mark(c) ? marks + 1 : 0;
    if (marks > 4) return false;
    text.remove_prefix(point.length);
  }
  return true;
}

}  // namespace

TEST_CASE("Ordinary text of any script stays as it is") {
  const std::string text =
      GENERATE("hello\n\tworld ~", "\u00e9\u0142\u20ac", "e\u0301", "\u65e5\u672c\u8a9e",
               "\U0001F600", "\u05e9\u05dc\u05d5\u05dd", "\u0939\u093f\u0928\u094d\u0926\u0940",
               "\u2764\uFE0F", "\U0001F1E9\U0001F1EA", "");
  CHECK(for_terminal(text) == text);
}

TEST_CASE("E45 escape sequences go whole, the words around them stay") {
  const auto [foreign, shown] = GENERATE(table<std::string, std::string>({
      {"a\x1b[2Jb", "ab"},
      {"a\x1b[1;31mred\x1b[0mb", "aredb"},
      {"a\x1b]52;c;ZXZpbA==\x07"
       "b",
       "ab"},
      {"a\x1b]52;c;ZXZpbA==\x1b\\b", "ab"},
      {"a\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\b", "alinkb"},
      {"a\x1b]0;title\u009cb", "ab"},
      {"a\x1b]0;title\x9c"
       "b",
       "ab"},
      {"a\u009b2Jb", "ab"},
      {"a\x9b"
       "2Jb",
       "ab"},
      {"a\u009d0;t\x07"
       "b",
       "ab"},
      {"a\x9d"
       "0;t\x07"
       "b",
       "ab"},
      {"a\x1b(0b", "ab"},
      {"a\x1b#8b", "ab"},
      {"a\x1b"
       "cb",
       "ab"},
      {"a\x1b=b", "ab"},
      {"a\x1b", "a"},
      {"a\x1b[", "a"},
      {"a\x1b[12", "a"},
      {"a\x1b\nb", "a\nb"},
      {"a\x1b[12\nb", "a\nb"},
      {"a\x1b]0;never closed\nb", "a\nb"},
      {"a\x1b]0;t\x1b[31mb", "ab"},
      {"a\x1b\x1b[2Jb", "ab"},
      {"a\x1b[\xc3\xa9", "a\u00e9"},
      {"a\x1b_apc\x1b\\b\x1b^pm\x1b\\c\x1bXsos\x1b\\d", "abcd"},
      {"password:\rok      ", "password:ok      "},
      {"a\x08\x08"
       "b\x7f\x07\x0b\x0c\x0e\x0f",
       "ab"},
      {std::string("a\0b", 3), "ab"},
      {"a\r\nb", "a\nb"},
      {"a\u0085b\u0080c", "abc"},
      {"a\x85"
       "b\x80"
       "c",
       "abc"},
      {"a\u2028b", "a\nb"},
  }));
  CAPTURE(foreign, shown);
  CHECK(for_terminal(foreign) == shown);
}

TEST_CASE("E46 queries that make a terminal answer do not get through") {
  const std::string query =
      GENERATE("\x1bP$qm\x1b\\", "\x1b[21t", "\x1b[c", "\x1b[6n", "\x1b[>q", "\x1bZ", "\x05",
               "\x1b]10;?\x07", "\u0090$qm\u009c", "\x90$qm\x9c", "\x1b[?1$p", "\x1bP+q544e\x1b\\");
  CAPTURE(query);
  CHECK(for_terminal("a" + query + "b") == "ab");
}

TEST_CASE("E47 bidirectional overrides and invisible twins in names are laid open") {
  CHECK(for_terminal_line("\u202Egnp.exe") == "gnp.exe");
  CHECK(for_terminal_line("a\u2066b\u2069\u200e\u200f\u061c") == "ab");
  CHECK(for_terminal_line("alice\u200b") == "alice");
  CHECK(for_terminal_line("al\u200dice\ufeff\u2060\u00ad") == "alice");
  CHECK(for_terminal_line("a\U000E0061\U000E007Fb") == "ab");
  CHECK(for_terminal_line("a\u3164b") == "ab");
}

TEST_CASE("E48 a character keeps at most four combining marks") {
  std::string zalgo = "z";
  for (int i = 0; i < 10'000; ++i) zalgo += "\u0336";
  CHECK(for_terminal(zalgo + "a") == "z\u0336\u0336\u0336\u0336a");
  // What is dropped between marks gives no new start.
  CHECK(for_terminal("z\u0336\u0336\u0336\u0336\u200b\u0336") == "z\u0336\u0336\u0336\u0336");
  CHECK(for_terminal("z\u0336\u0336\u0336\u0336\x1b[m\u0336") == "z\u0336\u0336\u0336\u0336");
  // A mark at the start of a line would land on what stands before it.
  CHECK(for_terminal("\u0336a\n\u0336b") == "a\nb");
}

TEST_CASE("What is not UTF-8 is shown as a replacement character") {
  CHECK(for_terminal("a\xff"
                     "b") == "a\uFFFDb");
  CHECK(for_terminal("a\xc3"
                     "b") == "a\uFFFDb");
  // A surrogate in UTF-8: its last byte alone would be a C1 control.
  CHECK(for_terminal("a\xed\xa0\x80") == "a\uFFFD\uFFFD");
}

TEST_CASE("A line has no breaks and no tabs") {
  CHECK(for_terminal_line("a\nb\tc") == "a b c");
  CHECK(for_terminal_line("a \n\r\n\t b") == "a b");
  CHECK(for_terminal_line("a  b") == "a  b");
  CHECK(for_terminal_line("a\u2029b\u2028") == "a b ");
}

TEST_CASE("Whatever comes in, what goes out is inert, and a second pass changes nothing") {
  const int rounds = std::getenv("CAMP_FULL_DEPTH") != nullptr ? 100'000 : 2000;
  const unsigned seed = 45;
  CAPTURE(seed);
  std::mt19937 random(seed);
  constexpr std::string_view kAlphabet =
      "\x1b\x1b[]P\\;0m\x07\n\t \r\x90\x9b\x9c\x9d\xc2\xe2\x80\xae"
      "a"sv;
  for (int i = 0; i < rounds; ++i) {
    std::string bytes;
    for (int j = 0; j < 60; ++j) {
      const auto kind = random() % 8;
      if (kind == 0) {
        append_utf8(bytes, static_cast<char32_t>(random() % 0x110000));
      } else if (kind == 1) {
        append_utf8(bytes, static_cast<char32_t>(0x0300 + random() % 0x70));
      } else {
        bytes += kAlphabet[random() % kAlphabet.size()];
      }
    }
    const std::string once = for_terminal(bytes);
    const std::string line = for_terminal_line(bytes);
    CAPTURE(bytes, once, line);
    REQUIRE(is_inert(once, false));
    REQUIRE(is_inert(line, true));
    REQUIRE(for_terminal(once) == once);
    REQUIRE(for_terminal_line(line) == line);
  }
}

TEST_CASE("Long hostile texts take linear time") {
  const std::string unit = GENERATE("\x1b]", "\x1b[", "\u009d", "\x9d", "\u0300", "\x1bP", "\x1b");
  std::string text;
  while (text.size() < (1 << 20)) text += unit;
  CHECK(for_terminal(text).size() < 16);
}
