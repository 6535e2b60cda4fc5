// SPDX-License-Identifier: MIT
// Writing HTML: the tree of a foreign fragment, with nothing in it but what the rules name.
#include "model/markup.h"
#include "model/markup_parts.h"
#include "model/markup_text.h"
#include "model/markup_tree.h"

namespace camp::model::markup {
namespace {

/// Writes the tree again with nothing in it but what the rules name.
class Sanitiser {
 public:
  bool enter(const GumboElement& element) {
    if (out_.full() || element.tag_namespace != GUMBO_NAMESPACE_HTML) return false;
    if (element.tag == GUMBO_TAG_IMG) {
      text(attribute(element, "alt"));  // pictures of custom emoji are called :name:
      return false;
    }
    const Tags tags = tags_for(element);
    if (tags.block) {
      begin_block();
    } else if (element.tag == GUMBO_TAG_DIV) {
      break_is_due_ = !at_line_start_;
    } else if (!tags.open.empty()) {
      begin_inline();
    }
    const bool is_shown = depth_ < kMaxDepth && !tags.close.empty();
    if (is_shown || tags.close.empty()) out_.append_whole(tags.open);
    if (out_.full()) return false;
    close_.push_back(is_shown ? tags.close : std::string_view());
    if (is_shown) ++depth_;
    return true;
  }

  void leave(const GumboElement& element) {
    const std::string_view close = close_.back();
    close_.pop_back();
    if (!close.empty()) {
      out_.append_always(close);
      --depth_;
    }
    const Rule* const rule = rule_for(element.tag);
    if (rule != nullptr && rule->block) {
      begin_block();
    } else if (element.tag == GUMBO_TAG_DIV) {
      break_is_due_ = !at_line_start_;
    }
  }

  void text(std::string_view text) {
    if (!std::all_of(text.begin(), text.end(), is_space)) begin_inline();
    out_.append_text_escaped(text);
  }

  std::string take() { return std::move(out_.text()); }

 private:
  static constexpr std::size_t kMaxDepth = 100;
  static constexpr std::size_t kRoomForEndTags = kMaxDepth * 16;

  struct Tags {
    std::string open;
    std::string_view close;
    bool block = false;
  };

  static Tags tags_for(const GumboElement& element) {
    if (element.tag == GUMBO_TAG_A) return link_tags(element);
    if (element.tag == GUMBO_TAG_SPAN) {
      const std::string classes = safe_classes(element);
      if (classes.empty()) return {};
      return {"<span class=\"" + classes + "\">", "</span>"};
    }
    const Rule* const rule = rule_for(element.tag);
    if (rule == nullptr) return {};
    if (element.tag == GUMBO_TAG_OL) return {list_tag(element), rule->close, true};
    return {std::string(rule->open), rule->close, rule->block};
  }

  static Tags link_tags(const GumboElement& element) {
    const std::string href = safe_href(attribute(element, "href"));
    if (href.empty()) return {};
    std::string open = "<a href=\"";
    append_escaped(open, href);
    open += '"';
    const std::string classes = safe_classes(element);
    if (!classes.empty()) open += " class=\"" + classes + '"';
    return {open + " rel=\"nofollow noopener\">", "</a>"};
  }

  /// "1984. What a year" is a list to Markdown and must not be shown as 1.
  static std::string list_tag(const GumboElement& element) {
    const std::string_view start = attribute(element, "start");
    const bool is_number = !start.empty() && start.size() <= 9 &&
                           start.find_first_not_of("0123456789") == std::string_view::npos;
    if (!is_number || start == "1") return "<ol>";
    return "<ol start=\"" + std::string(start) + "\">";
  }

  void begin_block() {
    at_line_start_ = true;
    break_is_due_ = false;
  }

  void begin_inline() {
    if (break_is_due_) out_.append_whole("<br>");
    break_is_due_ = false;
    at_line_start_ = false;
  }

  BoundedText out_{kMaxRendered - kRoomForEndTags};
  std::vector<std::string_view> close_;
  std::size_t depth_ = 0;
  bool at_line_start_ = true;
  bool break_is_due_ = false;
};

}  // namespace

std::string html_from_plain(std::string_view text) {
  BoundedText out(kMaxRendered - 64);
  out.append_whole("<p>");
  while (!out.full()) {
    const std::size_t end = text.find_first_of("\r\n");
    out.append_text_escaped(text.substr(0, end));
    if (end == std::string_view::npos) break;
    out.append_whole("<br>");
    text.remove_prefix(end + (text.substr(end, 2) == "\r\n" ? 2 : 1));
  }
  out.append_always("</p>");
  return std::move(out.text());
}

std::optional<std::string> sanitised(std::string_view html) {
  ParseMemory memory;
  const GumboNode* const root = parse_html(memory, html);
  if (root == nullptr) return std::nullopt;
  Sanitiser sanitiser;
  walk(*root, sanitiser);
  return sanitiser.take();
}

}  // namespace camp::model::markup
