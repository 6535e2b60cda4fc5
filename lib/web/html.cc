// SPDX-License-Identifier: MIT
#include "web/html.h"

#include <algorithm>

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

/// ":name:" of an emoji, however its server writes the name; empty for what is no such word.
std::string shortcode_of(const model::RemoteEmoji& emoji) {
  std::string_view name = emoji.name;
  if (name.starts_with(':')) name.remove_prefix(1);
  if (name.ends_with(':')) name.remove_suffix(1);
  const bool word = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  return word ? ":" + std::string(name) + ":" : std::string();
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

Html Html::of_words(std::string_view content, std::string_view media_type,
                    const std::vector<model::RemoteEmoji>& emojis) {
  const std::string made = of_words(content, media_type).text_;
  std::vector<std::string> codes;
  for (const model::RemoteEmoji& emoji : emojis) {
    if (std::string code = shortcode_of(emoji); !code.empty()) codes.push_back(std::move(code));
  }
  Html html;
  for (std::size_t at = 0; at < made.size();) {
    // A tag is let by whole: addresses in it may hold such a word, too.
    const std::size_t tag = made[at] == '<' ? std::min(made.find('>', at), made.size() - 1) : at;
    const auto code = std::find_if(codes.begin(), codes.end(), [&](const std::string& each) {
      return made.compare(at, each.size(), each) == 0;
    });
    if (code == codes.end()) {
      html.text_.append(made, at, tag + 1 - at);
      at = tag + 1;
      continue;
    }
    html << "<span title=\"a small picture, "_html
         << std::string_view(*code).substr(1, code->size() - 2) << "\">"_html
         << std::string_view(*code) << "</span>"_html;
    at += code->size();
  }
  return html;
}

}  // namespace camp::web
