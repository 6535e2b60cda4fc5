// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// For the markup*.cc files alone: text on its way into a rendering.
namespace camp::model::markup {

inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
/// White space as HTML has it.
inline bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/// Appends text so that it means itself in HTML, in an attribute too; control characters go.
void append_escaped(std::string& out, std::string_view text);

/// Cuts UTF-8 so that it takes at most `size` bytes.
std::string_view utf8_prefix(std::string_view text, std::size_t size);

/// Text with a limit: when it is reached, a "…" is the last that is written.
class BoundedText {
 public:
  explicit BoundedText(std::size_t limit) : limit_(limit) {}

  /// All of it or, at the limit, nothing.
  void append_whole(std::string_view piece);
  void append_text_escaped(std::string_view text);
  /// What must follow whatever else was cut, such as end tags; the limit leaves room for it.
  void append_always(std::string_view piece) { out_ += piece; }

  bool full() const { return full_; }
  std::string& text() { return out_; }

 private:
  std::size_t limit_;
  std::string out_;
  bool full_ = false;
};

}  // namespace camp::model::markup
