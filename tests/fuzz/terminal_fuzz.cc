// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/terminal.h"
#include "base/text.h"

namespace {

void require(bool held) {
  if (!held) std::abort();
}

void require_inert(std::string_view text, bool one_line) {
  int marks = 0;
  while (!text.empty()) {
    const camp::CodePoint point = camp::decode_utf8(text);
    const char32_t c = point.value;
    require(point.valid);
    require(c >= 0x20 || (!one_line && (c == '\n' || c == '\t')));
    require(c < 0x7F || c > 0x9F);
    require(c < 0x200B || c > 0x200F);
    require(c < 0x202A || c > 0x202E);
    require(c < 0x2060 || c > 0x206F);
    require(c != 0xFEFF && c != 0x061C);
    require(c < 0xE0000 || c > 0xE007F);
    marks = camp::is_combining_mark(c) ? marks + 1 : 0;
    require(marks <= 4);
    text.remove_prefix(point.length);
  }
}

}  // namespace

// What comes out of for_terminal is inert and stays what it is; the other functions that foreign
// text meets before it is shown give valid text within their limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string text = camp::for_terminal(input);
  require_inert(text, false);
  require(camp::for_terminal(text) == text);
  const std::string line = camp::for_terminal_line(input);
  require_inert(line, true);
  require(camp::for_terminal_line(line) == line);

  require(camp::display_width(camp::truncate_to_width(text, 20)) <= 20);
  for (const std::string& wrapped : camp::wrap(text, 20)) {
    require(camp::display_width(wrapped) <= 20);
  }
  const std::string folded = camp::fold(input);
  require(camp::is_utf8(folded) && camp::is_utf8(camp::nfc(input)));
  const std::string twin = camp::caseless(input);
  require(camp::caseless(twin) == twin);
  for (const std::string& tag : camp::tags_in(input)) require(!tag.empty() && camp::is_utf8(tag));
  for (const camp::Mention& mention : camp::mentions_in(input)) require(!mention.handle.empty());
  return 0;
}
