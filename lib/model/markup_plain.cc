// SPDX-License-Identifier: MIT
#include <vector>

#include "model/markup.h"
#include "model/markup_parts.h"
#include "model/markup_text.h"
#include "model/markup_tree.h"

namespace camp::model::markup {
namespace {

/// Writes the tree as text.
class PlainWriter {
 public:
  bool enter(const GumboElement& element) {
    if (out_.full() || element.tag_namespace != GUMBO_NAMESPACE_HTML) return false;
    switch (element.tag) {
      case GUMBO_TAG_IMG:
        text(attribute(element, "alt"));
        return false;
      case GUMBO_TAG_BR:
        new_line();
        return false;
      case GUMBO_TAG_UL:
      case GUMBO_TAG_OL:
        ++lists_;
        break;
      case GUMBO_TAG_BLOCKQUOTE:
        ++quotes_;
        break;
      case GUMBO_TAG_PRE:
        ++preformatted_;
        break;
      case GUMBO_TAG_A:
        link_starts_.push_back(out_.text().size());
        break;
      default:
        break;
    }
    if (is_block(element.tag)) line_is_due(is_spaced(element.tag) ? 2 : 1);
    item_begins_ = item_begins_ || element.tag == GUMBO_TAG_LI;
    return true;
  }

  void leave(const GumboElement& element) {
    switch (element.tag) {
      case GUMBO_TAG_UL:
      case GUMBO_TAG_OL:
        --lists_;
        break;
      case GUMBO_TAG_BLOCKQUOTE:
        --quotes_;
        break;
      case GUMBO_TAG_PRE:
        --preformatted_;
        break;
      case GUMBO_TAG_A:
        end_link(element);
        break;
      default:
        break;
    }
    if (is_block(element.tag)) line_is_due(is_spaced(element.tag) ? 2 : 1);
  }

  void text(std::string_view text) {
    while (!text.empty() && !out_.full()) {
      std::size_t size = 0;
      while (size < text.size() && !is_space(text[size])) ++size;
      if (size > 0) {
        word(text.substr(0, size));
      } else {
        space(text[size++]);
      }
      text.remove_prefix(size);
    }
  }

  std::string take() { return std::move(out_.text()); }

 private:
  static bool is_block(GumboTag tag) {
    const Rule* const rule = rule_for(tag);
    return (rule != nullptr && rule->block) || tag == GUMBO_TAG_DIV;
  }
  /// With an empty line before and after it, except within a list.
  bool is_spaced(GumboTag tag) const {
    return lists_ == 0 && (rule_for(tag) != nullptr) && tag != GUMBO_TAG_HR;
  }

  void line_is_due(int lines) { lines_due_ = std::max(lines_due_, lines); }

  void new_line() {
    if (lines_due_ > 0 && !out_.text().empty()) {
      lines_due_ = std::min(lines_due_ + 1, 2);
    } else {
      line_is_due(1);
    }
  }

  void space(char c) {
    if (preformatted_ == 0) {
      space_is_due_ = true;
    } else if (c == '\n') {
      flush_lines();
      out_.append_whole("\n");
      starts_line_ = true;
    } else {
      word(std::string_view(&c, 1));
    }
  }

  void flush_lines() {
    if (out_.text().empty()) lines_due_ = 0;
    if (lines_due_ > 0) starts_line_ = true;
    for (; lines_due_ > 0; --lines_due_) out_.append_whole("\n");
  }

  void word(std::string_view word) {
    flush_lines();
    if (starts_line_) {
      begin_line();
    } else if (space_is_due_) {
      out_.append_whole(" ");
    }
    space_is_due_ = false;
    while (!word.empty() && !out_.full()) {
      const std::string_view part = utf8_prefix(word, 4096);
      out_.append_whole(part);
      word.remove_prefix(part.size());
    }
  }

  void begin_line() {
    constexpr std::size_t kMaxShown = 8;
    std::string mark;
    for (std::size_t i = 0; i < std::min(quotes_, kMaxShown); ++i) mark += "> ";
    for (std::size_t i = 1; i < std::min(lists_, kMaxShown); ++i) mark += "  ";
    if (lists_ > 0) mark += item_begins_ ? "- " : "  ";
    out_.append_whole(mark);
    item_begins_ = starts_line_ = false;
  }

  void end_link(const GumboElement& element) {
    const std::size_t start = link_starts_.back();
    link_starts_.pop_back();
    const std::string href = safe_href(attribute(element, "href"));
    const std::string classes = safe_classes(element);
    // A mention or a hashtag says in its text what it is; its target is just somebody's page.
    const bool is_known = classes.find("mention") != std::string::npos ||
                          classes.find("hashtag") != std::string::npos;
    if (href.empty() || is_known) return;
    if (says(std::string_view(out_.text()).substr(start), href)) return;
    word(start == out_.text().size() ? href : " (" + href + ")");
  }

  /// Whether the text of a link is its address, give or take the scheme and a slash at the end.
  static bool says(std::string_view text, std::string_view href) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    const auto strip = [](std::string_view url) {
      for (const std::string_view scheme : {"https://", "http://", "mailto:"}) {
        if (url.substr(0, scheme.size()) == scheme) url.remove_prefix(scheme.size());
      }
      if (!url.empty() && url.back() == '/') url.remove_suffix(1);
      return url;
    };
    return strip(text) == strip(href);
  }

  BoundedText out_{kMaxRendered};
  std::vector<std::size_t> link_starts_;
  std::size_t lists_ = 0, quotes_ = 0, preformatted_ = 0;
  int lines_due_ = 0;
  bool starts_line_ = true, space_is_due_ = false, item_begins_ = false;
};

}  // namespace

std::optional<std::string> plain_from_html(std::string_view html) {
  ParseMemory memory;
  const GumboNode* const root = parse_html(memory, html);
  if (root == nullptr) return std::nullopt;
  PlainWriter writer;
  walk(*root, writer);
  return writer.take();
}

}  // namespace camp::model::markup
