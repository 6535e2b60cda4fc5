// SPDX-License-Identifier: MIT
#include "model/foreign_text.h"

#include <algorithm>

namespace camp::model {
namespace {

constexpr std::size_t kMaxUri = 2048;

}  // namespace

bool is_uri(std::string_view text) {
  if (text.size() > kMaxUri || text.find(':') == std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7f' && c != '"' && c != '<' && c != '>';
  });
}

bool is_web_address(std::string_view text) {
  return is_uri(text) && (text.starts_with("https://") || text.starts_with("http://"));
}

bool is_language(std::string_view text) {
  if (text.empty() || text.size() > 35) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string clipped(std::string text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  text.resize(size);
  return text + "…";
}

std::string in_quotes(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 100)) shown += c > ' ' && c < '\x7f' ? c : '?';
  return "'" + shown + "'";
}

}  // namespace camp::model
