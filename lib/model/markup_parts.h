// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

// For the markup*.cc files alone: one function for each way from one form of text to another. All
// take valid UTF-8; nothing comes back where the result would cost too much memory or length.
namespace camp::model::markup {

/// HTML with nothing in it but what markup.h promises.
std::optional<std::string> sanitised(std::string_view html);
/// Text in which each character means itself, as HTML.
std::string html_from_plain(std::string_view text);
/// Markdown as HTML for the sanitiser.
std::optional<std::string> html_from_markdown(std::string_view markdown);
/// The text of HTML.
std::optional<std::string> plain_from_html(std::string_view html);

}  // namespace camp::model::markup
