// SPDX-License-Identifier: MIT
#include "model/markup_text.h"

namespace camp::model::markup {
namespace {

std::string_view escape_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t') || c == '\x7f';
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (is_control(c)) continue;
    const std::string_view escape = escape_of(c);
    if (escape.empty()) {
      out.push_back(c);
    } else {
      out += escape;
    }
  }
}

std::string_view utf8_prefix(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

void BoundedText::append_whole(std::string_view piece) {
  if (full_) return;
  full_ = piece.size() > limit_ - out_.size();
  out_ += full_ ? std::string_view("…") : piece;
}

void BoundedText::append_text_escaped(std::string_view text) {
  while (!text.empty() && !full_) {
    const std::string_view part = utf8_prefix(text, 4096);
    std::string escaped;
    append_escaped(escaped, part);
    append_whole(escaped);
    text.remove_prefix(part.size());
  }
}

}  // namespace camp::model::markup
