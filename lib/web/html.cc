// SPDX-License-Identifier: MIT
#include "web/html.h"

#include "base/text.h"
#include "model/foreign_text.h"
#include "model/markup.h"

namespace camp::web {
namespace {

/// XML 1.0 2.2: what may stand in a document, HTML included.
bool may_stand(char32_t point) {
  if (point < 0x20) return point == '\t' || point == '\n' || point == '\r';
  return (point < 0x7F || point > 0x9F) && point != 0xFFFE && point != 0xFFFF;
}

void append_escaped(std::string& out, std::string_view words) {
  while (!words.empty()) {
    const CodePoint next = decode_utf8(words);
    switch (next.value) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        append_utf8(out, next.valid && may_stand(next.value) ? next.value : U'\uFFFD');
    }
    words.remove_prefix(next.length);
  }
}

/// "/u/bo": of this host; "//example.org" is of another.
bool is_own_path(std::string_view address) {
  return address.starts_with('/') && !address.starts_with("//") &&
         address.find('\\') == std::string_view::npos;
}

}  // namespace

Html& Html::operator<<(Markup markup) {
  text_ += markup.text();
  return *this;
}

Html& Html::operator<<(std::string_view words) {
  append_escaped(text_, words);
  return *this;
}

Html& Html::operator<<(const Html& part) {
  text_ += part.text_;
  return *this;
}

Html& Html::operator<<(std::int64_t number) {
  text_ += std::to_string(number);
  return *this;
}

Html& Html::href(std::string_view address) {
  const bool fits = is_own_path(address) || model::is_web_address(address) ||
                    (address.starts_with("mailto:") && model::is_uri(address));
  return fits ? *this << " href=\""_html << address << "\""_html : *this;
}

Html Html::of_words(std::string_view content, std::string_view media_type,
                    const fed::NameLinks& links) {
  Html html;
  html.text_ = fed::link_names(model::to_html(content, media_type), links);
  return html;
}

}  // namespace camp::web
