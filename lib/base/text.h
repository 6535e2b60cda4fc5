// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace camp {

/// The first code point of a text, or what stands in its way.
struct CodePoint {
  char32_t value = 0;      ///< U+FFFD if not valid
  std::size_t length = 0;  ///< bytes to step over; 0 only for an empty text
  bool valid = false;
};
/// Reads strictly (no surrogates, no overlong forms). A broken sequence is stepped over as a whole,
/// as the Unicode Standard recommends (3.9, U+FFFD Substitution of Maximal Subparts).
CodePoint decode_utf8(std::string_view text);
void append_utf8(std::string& out, char32_t code_point);
bool is_utf8(std::string_view text);
/// The text with U+FFFD in place of what is not UTF-8.
std::string valid_utf8(std::string_view text);

/// General categories Mn and Me: what is drawn over or around the character before it.
bool is_combining_mark(char32_t code_point);
/// Letters, marks and digits of any script, and the underscore.
bool is_word_character(char32_t code_point);

/// Normalization Form C. Invalid UTF-8 becomes U+FFFD, here and in all functions below.
std::string nfc(std::string_view text);
/// Equal for texts that differ in case or normalization only, which a case-insensitive file system
/// takes for one name.
std::string caseless(std::string_view text);
/// What search compares: case, width and compatibility forms folded, accents of Latin, Greek,
/// Cyrillic, Hebrew and Arabic removed, letters like ł and ø in their plain form. "Żółć" and "zolc"
/// are equal. Marks of other scripts stay, because there they make other words.
std::string fold(std::string_view text);

/// Columns that a terminal needs for one line. Controls count nothing, an emoji sequence two.
std::size_t display_width(std::string_view text);
/// The text if it fits into `columns`, else its beginning, cut between characters as people see
/// them, and "…".
std::string truncate_to_width(std::string_view text, std::size_t columns);
/// Lines of at most `columns`, broken at spaces and where a word alone is longer. Line breaks in
/// the text stay.
std::vector<std::string> wrap(std::string_view text, std::size_t columns);

/// The hashtags of a plain text in order, each once, folded and without `#`. A tag is up to 100
/// characters and not all digits.
std::vector<std::string> tags_in(std::string_view text, std::size_t max_tags = 50);

struct Mention {
  std::string handle;  ///< lower case if `host` is empty, else as written
  std::string host;    ///< lower case, with a port if one was written; empty for this community
  bool operator==(const Mention&) const = default;
};
/// The `@handle` and `@handle@host` of a plain text in order, each once. Mail addresses and paths
/// of links are none.
std::vector<Mention> mentions_in(std::string_view text, std::size_t max_mentions = 20);

/// Insertions, deletions, replacements and swaps of neighbours between two short words. Only the
/// first 64 bytes count, so that a long argument costs nothing.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace camp
