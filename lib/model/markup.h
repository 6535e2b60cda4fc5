// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace camp::model {

/// Markup longer than this is shown as the plain text that it is: parsing nested HTML costs the
/// square of its length.
constexpr std::size_t kMaxMarkup = 64 << 10;
/// No rendering is longer; what is cut off ends with "…".
constexpr std::size_t kMaxRendered = 256 << 10;

/// A post's content as HTML that any page may contain. `media_type` is text/markdown, text/html or
/// anything else, which is taken for plain text. The result is UTF-8 and holds only the elements
/// p br a span em strong del code pre blockquote ul ol li; of attributes only `href` (http, https
/// or mailto, always with rel="nofollow noopener"), `start` of a list, and on links and spans the
/// classes mention, hashtag, ellipsis and invisible. Takes any bytes; markup that would cost too
/// much memory or length is shown as its source.
std::string to_html(std::string_view content, std::string_view media_type);

/// The same content for terminals and search: Markdown and plain text as typed; of HTML the text
/// with its line breaks, list and quotation marks, and a link's target where the text does not
/// already say it. May hold control characters of any kind: what prints it, cleans it.
std::string to_plain_text(std::string_view content, std::string_view media_type);

}  // namespace camp::model
