// SPDX-License-Identifier: MIT
#include "fed/links.h"

#include <algorithm>

#include "base/text.h"

namespace camp::fed {
namespace {

constexpr std::size_t kMaxName = 320;  // bytes of a name in a text

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(), [](char c) { return lower(c); });
  return small;
}

bool is_handle_character(char c) {
  const char small = lower(c);
  return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_host_character(char c) {
  return is_handle_character(c) || c == '-' || c == '.' || c == ':';
}

template <class Predicate>
std::size_t run_length(std::string_view text, Predicate belongs) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), belongs) -
                                  text.begin());
}

/// Text is the HTML between two tags, where every < and & is an entity.
class Linker {
 public:
  explicit Linker(const NameLinks& links) : links_(links) {}

  std::string link(std::string_view html) {
    while (!html.empty()) {
      if (html.front() == '<') {
        const std::size_t size = std::min(html.find('>'), html.size() - 1) + 1;
        tag(html.substr(0, size));
        html.remove_prefix(size);
        before_ = U' ';
      } else {
        const std::size_t size = std::min(html.find('<'), html.size());
        text(html.substr(0, size));
        html.remove_prefix(size);
      }
    }
    return std::move(out_);
  }

 private:
  void tag(std::string_view tag) {
    const bool closes = tag.starts_with("</");
    const std::string_view name = tag.substr(closes ? 2 : 1);
    for (const std::string_view kept : {"a", "code", "pre"}) {
      const bool is_it = name.starts_with(kept) && name.size() > kept.size() &&
                         (name[kept.size()] == '>' || name[kept.size()] == ' ');
      if (is_it) depth_ += closes ? -1 : 1;
    }
    out_ += tag;
  }

  void text(std::string_view text) {
    if (depth_ > 0) {
      out_ += text;
      return;
    }
    while (!text.empty()) {
      const std::size_t size = text.front() == '@'   ? mention(text)
                               : text.front() == '#' ? hashtag(text)
                                                     : 0;
      if (size > 0) {
        before_ = U'_';
        text.remove_prefix(size);
        continue;
      }
      const CodePoint point = decode_utf8(text);
      before_ = point.value;
      out_ += text.substr(0, point.length);
      text.remove_prefix(point.length);
    }
  }

  /// How many bytes were made a link; 0 if there is no name. The characters before a name are those
  /// of base/text.h, so that what is a mention there is one here.
  std::size_t mention(std::string_view text) {
    if (is_word_character(before_) || before_ == U'/' || before_ == U'@' || before_ == U'.' ||
        before_ == U'-' || before_ == U'+') {
      return 0;
    }
    const std::size_t handle = 1 + run_length(text.substr(1), is_handle_character);
    if (handle == 1 || handle > kMaxName) return 0;
    std::size_t size = handle;
    if (text.substr(handle).starts_with('@')) {
      // With a host it is somebody else than without.
      size += 1 + run_length(text.substr(handle + 1), is_host_character);
      while (text[size - 1] == '.' || text[size - 1] == ':' || text[size - 1] == '@') --size;
    }
    const auto found =
        size > kMaxName ? links_.people.end() : links_.people.find(lower(text.substr(0, size)));
    if (found == links_.people.end()) return 0;
    link_to(found->second, "mention", text.substr(0, size));
    return size;
  }

  std::size_t hashtag(std::string_view text) {
    if (is_word_character(before_) || before_ == U'/' || before_ == U'&' || before_ == U'#' ||
        before_ == U'=') {
      return 0;
    }
    std::size_t size = 1;
    for (CodePoint next = decode_utf8(text.substr(size));
         next.valid && is_word_character(next.value) && size <= kMaxName;
         next = decode_utf8(text.substr(size))) {
      size += next.length;
    }
    if (size == 1 || size > kMaxName) return 0;
    const auto found = links_.tags.find(fold(text.substr(1, size - 1)));
    if (found == links_.tags.end()) return 0;
    link_to(found->second, "mention hashtag", text.substr(0, size));
    return size;
  }

  /// Addresses come from other servers too.
  void link_to(std::string_view address, std::string_view classes, std::string_view text) {
    out_ += "<a href=\"";
    for (const char c : address) {
      if (c == '&') {
        out_ += "&amp;";
      } else if (c == '"' || c == '<' || c == '>') {
        out_ += '_';  // no address has these
      } else {
        out_ += c;
      }
    }
    out_ += "\" class=\"";
    out_ += classes;
    out_ += "\" rel=\"nofollow noopener\">";
    out_ += text;
    out_ += "</a>";
  }

  const NameLinks& links_;
  std::string out_;
  int depth_ = 0;
  char32_t before_ = U' ';
};

}  // namespace

std::string link_names(std::string_view html, const NameLinks& links) {
  return Linker(links).link(html);
}

}  // namespace camp::fed
