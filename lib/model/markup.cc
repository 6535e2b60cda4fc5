// SPDX-License-Identifier: MIT
#include "model/markup.h"

#include "base/text.h"
#include "model/markup_parts.h"

namespace camp::model {

std::string to_html(std::string_view content, std::string_view media_type) {
  const std::string text = valid_utf8(content.substr(0, kMaxRendered));
  std::optional<std::string> html;
  if (text.size() <= kMaxMarkup) {
    if (media_type == "text/markdown") {
      html = markup::html_from_markdown(text);
      if (html) html = markup::sanitised(*html);
    } else if (media_type == "text/html") {
      html = markup::sanitised(text);
    }
  }
  return html ? *std::move(html) : markup::html_from_plain(text);
}

std::string to_plain_text(std::string_view content, std::string_view media_type) {
  std::string text = valid_utf8(content.substr(0, kMaxRendered));
  if (media_type != "text/html" || text.size() > kMaxMarkup) return text;
  return markup::plain_from_html(text).value_or(text);
}

}  // namespace camp::model
