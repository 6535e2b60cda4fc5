// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fed/links.h"
#include "model/remote.h"

namespace camp::web {

/// Markup that stands in the source code as "<p>"_html. Nothing that was read at run time can
/// become one, so no words of anybody's are ever taken for tags.
class Markup {
 public:
  std::string_view text() const { return text_; }

 private:
  friend consteval Markup operator""_html(const char* text, std::size_t size);
  consteval explicit Markup(std::string_view text) : text_(text) {}

  std::string_view text_;
};
consteval Markup operator""_html(const char* text, std::size_t size) {
  return Markup(std::string_view(text, size));
}

/// HTML or XML in the making. Text goes in escaped, for elements and for attributes in double
/// quotes alike; characters that no document may hold become U+FFFD.
class Html {
 public:
  Html& operator<<(Markup markup);
  Html& operator<<(std::string_view words);
  Html& operator<<(const Html& part);
  Html& operator<<(std::int64_t number);

  /// ` href="…"` for a web address, a mail address or a path of ours; nothing for anything else, so
  /// that no address can be a script.
  Html& href(std::string_view address);

  /// What somebody wrote, as HTML that any page may hold: see model::to_html. Mentions and hashtags
  /// become links.
  static Html of_words(std::string_view content, std::string_view media_type,
                       const fed::NameLinks& links = {});
  /// The same of somebody elsewhere, with the names of their own small pictures: each stays the
  /// word `:name:`, with a title that says what it stands for. No page of ours loads the picture.
  static Html of_words(std::string_view content, std::string_view media_type,
                       const std::vector<model::RemoteEmoji>& emojis);

  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace camp::web
