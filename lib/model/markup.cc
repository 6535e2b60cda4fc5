// SPDX-License-Identifier: MIT
#include "model/markup.h"

#include <gumbo.h>
#include <md4c.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"

namespace camp::model {
namespace {

// --- taming HTML ----------------------------------------------------------------------------

/// What the parser gets to see as it is.
constexpr std::array<std::string_view, 30> kKeptTags{
    "p",      "br", "hr",  "div", "a",    "span", "img",  "em", "i",   "u",
    "strong", "b",  "del", "s",   "code", "kbd",  "samp", "tt", "pre", "blockquote",
    "ul",     "ol", "li",  "h1",  "h2",   "h3",   "h4",   "h5", "h6",  "strike"};
/// What begins a new line, and no more than that, to us.
constexpr std::array<std::string_view, 23> kBlockTags{
    "section", "article", "header", "footer",  "main",   "aside",  "nav",       "table",
    "tr",      "td",      "th",     "caption", "dl",     "dt",     "dd",        "figure",
    "details", "summary", "form",   "address", "center", "hgroup", "figcaption"};
/// What a reader was never meant to see, or what is not text at all.
constexpr std::array<std::string_view, 17> kTagsWithoutText{
    "script", "style", "title",  "textarea", "select", "iframe", "noembed", "noframes", "object",
    "svg",    "math",  "canvas", "audio",    "video",  "applet", "xmp",     "template"};

template <class List>
bool contains(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// The name of a tag as the HTML standard delimits it (13.2.5.8, tag name state), in lower case;
/// empty if what follows a "<" or "</" begins no tag.
std::string tag_name(std::string_view text) {
  if (text.empty() || lower(text.front()) < 'a' || lower(text.front()) > 'z') return {};
  std::string name(text.substr(0, text.find_first_of(" \t\n\r\f/>")));
  std::transform(name.begin(), name.end(), name.begin(), lower);
  return name;
}

/// Where the next end tag of that name begins after its name; npos if there is none.
std::size_t find_end_tag(std::string_view html, std::size_t at, std::string_view name) {
  while ((at = html.find("</", at)) != std::string_view::npos) {
    at += 2;
    if (tag_name(html.substr(at, name.size() + 1)) == name) return at + name.size();
  }
  return at;
}

/// The same HTML with no tags in it but those kept: blocks become `div`, what has no text goes as
/// far as its end tag, all else becomes `span`. The parser fails an assertion, and would end the
/// process, on some nestings of tables, templates and rarer things; so it must not see any. Safety
/// rests on the serialiser, not on this, which knows nothing of comments and quotes: whatever the
/// context, each "<" that is left begins a kept tag or none at all.
std::string tamed(std::string_view html) {
  std::string out;
  std::vector<std::string> unclosed;  // searched for once: the search must not become quadratic
  for (std::size_t at = 0; at < html.size();) {
    const std::size_t open = std::min(html.find('<', at), html.size());
    out += html.substr(at, open - at);
    if (open == html.size()) break;
    const bool is_end = html.substr(open + 1, 1) == "/";
    const std::size_t name_at = open + (is_end ? 2 : 1);
    const std::string name = tag_name(html.substr(name_at));
    if (name.empty()) {
      out += '<';
      at = open + 1;
      continue;
    }
    at = name_at + name.size();
    if (!is_end && contains(kTagsWithoutText, name) && !contains(unclosed, name)) {
      const std::size_t end = find_end_tag(html, at, name);
      if (end != std::string_view::npos) {
        out += "<span";  // and the rest of the end tag
        at = end;
        continue;
      }
      unclosed.push_back(name);
    }
    out += is_end ? "</" : "<";
    out += contains(kKeptTags, name) ? name : contains(kBlockTags, name) ? "div" : "span";
  }
  return out;
}

// --- parsing HTML ---------------------------------------------------------------------------

/// The memory of one parse, given back in one go. It ends a parse that wants too much: a few
/// kilobytes of misnested formatting elements make the HTML5 algorithm build gigabytes. And as
/// nothing is freed node by node, the parser's recursive clean-up, which overflows the stack on
/// deep nesting, never runs.
class ParseMemory {
 public:
  ParseMemory() = default;
  ParseMemory(const ParseMemory&) = delete;
  ParseMemory& operator=(const ParseMemory&) = delete;
  ~ParseMemory() {
    while (chunks_ != nullptr) std::free(std::exchange(chunks_, chunks_->next));
  }

  /// The parser knows no failing allocation, so running out leaves it by longjmp; its frames are C
  /// and own nothing that outlives this object.
  void* allocate(std::size_t size) {
    size = (size + kAlignment - 1) / kAlignment * kAlignment;
    if (size > left_) add_chunk(size);
    left_ -= size;
    return std::exchange(at_, at_ + size);
  }

  std::jmp_buf exhausted;

 private:
  static constexpr std::size_t kAlignment = alignof(std::max_align_t);
  static constexpr std::size_t kChunk = 64 << 10;
  /// Four times what 64 KiB of ordinary tags need.
  static constexpr std::size_t kBudget = 8 << 20;

  struct alignas(kAlignment) Chunk {
    Chunk* next;
  };

  void add_chunk(std::size_t size) {
    size = std::max(size + sizeof(Chunk), kChunk);
    used_ += size;
    void* const memory = used_ > kBudget ? nullptr : std::malloc(size);
    if (memory == nullptr) std::longjmp(exhausted, 1);
    chunks_ = new (memory) Chunk{chunks_};
    at_ = reinterpret_cast<char*>(chunks_ + 1);
    left_ = size - sizeof(Chunk);
  }

  Chunk* chunks_ = nullptr;
  char* at_ = nullptr;
  std::size_t left_ = 0;
  std::size_t used_ = 0;
};

/// The element whose children are the fragment's nodes, alive as long as `memory`; null if the
/// fragment would take too much of it, or has more tags than anybody writes: nesting costs the
/// square of its depth.
const GumboNode* parse_html(ParseMemory& memory, std::string_view html) {
  constexpr std::ptrdiff_t kMaxTags = 4096;
  if (std::count(html.begin(), html.end(), '<') > kMaxTags) return nullptr;
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = [](void* arena, std::size_t size) {
    return static_cast<ParseMemory*>(arena)->allocate(size);
  };
  options.deallocator = [](void*, void*) {};
  options.userdata = &memory;
  options.max_errors = 0;
  options.fragment_context = GUMBO_TAG_DIV;
  if (setjmp(memory.exhausted) != 0) return nullptr;
  return gumbo_parse_with_options(&options, html.data(), html.size())->root;
}

bool is_element(const GumboNode& node) {
  return node.type == GUMBO_NODE_ELEMENT || node.type == GUMBO_NODE_TEMPLATE;
}

/// Goes through all nodes below `root` in the order of the text, without recursion. The visitor has
/// `bool enter(const GumboElement&)` (false: not its content either), `leave(const GumboElement&)`
/// and `text(std::string_view)`.
template <class Visitor>
void walk(const GumboNode& root, Visitor& visitor) {
  struct Position {
    const GumboElement* element;
    unsigned next = 0;
  };
  std::vector<Position> open{{&root.v.element}};
  while (!open.empty()) {
    Position& here = open.back();
    if (here.next == here.element->children.length) {
      if (open.size() > 1) visitor.leave(*here.element);
      open.pop_back();
      continue;
    }
    const auto& node = *static_cast<const GumboNode*>(here.element->children.data[here.next++]);
    if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE) {
      visitor.text(node.v.text.text);
    } else if (is_element(node) && visitor.enter(node.v.element)) {
      open.push_back({&node.v.element});
    }
  }
}

std::string_view attribute(const GumboElement& element, const char* name) {
  const GumboAttribute* const found = gumbo_get_attribute(&element.attributes, name);
  return found == nullptr ? std::string_view() : std::string_view(found->value);
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

template <class Each>
void for_each_word(std::string_view text, Each each) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && !is_space(text[end])) ++end;
    if (end > at) each(text.substr(at, end - at));
    at = end + 1;
  }
}

/// A link's address as a browser would read it (WHATWG URL, basic parser steps 1 to 3), if it is
/// one that we let through; else empty.
std::string safe_href(std::string_view href) {
  std::string url;
  for (const char c : href) {
    if (c == '\t' || c == '\n' || c == '\r') continue;
    if (static_cast<unsigned char>(c) > ' ' || !url.empty()) url.push_back(c);
  }
  while (!url.empty() && static_cast<unsigned char>(url.back()) <= ' ') url.pop_back();
  const auto has_prefix = [&](std::string_view prefix) {
    return url.size() > prefix.size() &&
           std::equal(prefix.begin(), prefix.end(), url.begin(),
                      [](char expected, char c) { return expected == lower(c); });
  };
  const bool safe = has_prefix("http://") || has_prefix("https://") || has_prefix("mailto:");
  return safe ? url : std::string();
}

/// The classes that mark what a link is, as far as we let them through.
std::string safe_classes(const GumboElement& element) {
  constexpr std::array<std::string_view, 4> kKept{"mention", "hashtag", "ellipsis", "invisible"};
  std::string kept;
  for_each_word(attribute(element, "class"), [&](std::string_view word) {
    if (!contains(kKept, word)) return;
    if (kept.size() > 40) return;  // each once is enough; repetitions must not make the text grow
    if (!kept.empty()) kept += ' ';
    kept += word;
  });
  return kept;
}

// --- writing HTML ---------------------------------------------------------------------------

/// How an element of foreign HTML is shown.
struct Rule {
  GumboTag tag;
  std::string_view open, close;
  bool block = false;  ///< stands on lines of its own
};

constexpr std::array kRules{Rule{GUMBO_TAG_P, "<p>", "</p>", true},
                            Rule{GUMBO_TAG_BR, "<br>", "", true},
                            Rule{GUMBO_TAG_HR, "<br>", "", true},
                            Rule{GUMBO_TAG_EM, "<em>", "</em>"},
                            Rule{GUMBO_TAG_I, "<em>", "</em>"},
                            Rule{GUMBO_TAG_U, "<em>", "</em>"},
                            Rule{GUMBO_TAG_STRONG, "<strong>", "</strong>"},
                            Rule{GUMBO_TAG_B, "<strong>", "</strong>"},
                            Rule{GUMBO_TAG_DEL, "<del>", "</del>"},
                            Rule{GUMBO_TAG_S, "<del>", "</del>"},
                            Rule{GUMBO_TAG_STRIKE, "<del>", "</del>"},
                            Rule{GUMBO_TAG_CODE, "<code>", "</code>"},
                            Rule{GUMBO_TAG_KBD, "<code>", "</code>"},
                            Rule{GUMBO_TAG_SAMP, "<code>", "</code>"},
                            Rule{GUMBO_TAG_TT, "<code>", "</code>"},
                            Rule{GUMBO_TAG_PRE, "<pre>", "</pre>", true},
                            Rule{GUMBO_TAG_BLOCKQUOTE, "<blockquote>", "</blockquote>", true},
                            Rule{GUMBO_TAG_UL, "<ul>", "</ul>", true},
                            Rule{GUMBO_TAG_OL, "<ol>", "</ol>", true},
                            Rule{GUMBO_TAG_LI, "<li>", "</li>", true},
                            Rule{GUMBO_TAG_H1, "<p><strong>", "</strong></p>", true},
                            Rule{GUMBO_TAG_H2, "<p><strong>", "</strong></p>", true},
                            Rule{GUMBO_TAG_H3, "<p><strong>", "</strong></p>", true},
                            Rule{GUMBO_TAG_H4, "<p><strong>", "</strong></p>", true},
                            Rule{GUMBO_TAG_H5, "<p><strong>", "</strong></p>", true},
                            Rule{GUMBO_TAG_H6, "<p><strong>", "</strong></p>", true}};

const Rule* rule_for(GumboTag tag) {
  const auto* const found =
      std::find_if(kRules.begin(), kRules.end(), [&](const Rule& rule) { return rule.tag == tag; });
  return found == kRules.end() ? nullptr : found;
}

std::string_view escape_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t') || c == '\x7f';
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (is_control(c)) continue;
    const std::string_view escape = escape_of(c);
    if (escape.empty()) {
      out.push_back(c);
    } else {
      out += escape;
    }
  }
}

/// Cuts UTF-8 so that it takes at most `size` bytes.
std::string_view utf8_prefix(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

/// Text with a limit: when it is reached, a "…" is the last that is written.
class BoundedText {
 public:
  explicit BoundedText(std::size_t limit) : limit_(limit) {}

  /// All of it or, at the limit, nothing.
  void append_whole(std::string_view piece) {
    if (!full_ && piece.size() > limit_ - out_.size()) stop();
    if (!full_) out_ += piece;
  }
  void append_text_escaped(std::string_view text) {
    for (; !text.empty() && !full_;) {
      const std::string_view part = utf8_prefix(text, 4096);
      std::string escaped;
      append_escaped(escaped, part);
      append_whole(escaped);
      text.remove_prefix(part.size());
    }
  }
  /// What must follow whatever else was cut, such as end tags; the limit leaves room for it.
  void append_always(std::string_view piece) { out_ += piece; }

  bool full() const { return full_; }
  std::string& text() { return out_; }

 private:
  void stop() {
    full_ = true;
    out_ += "…";
  }

  std::size_t limit_;
  std::string out_;
  bool full_ = false;
};

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
  const std::string tame = tamed(html);
  const GumboNode* const root = parse_html(memory, tame);
  if (root == nullptr) return std::nullopt;
  Sanitiser sanitiser;
  walk(*root, sanitiser);
  return sanitiser.take();
}

// --- Markdown -------------------------------------------------------------------------------

/// Turns the Markdown parser's events into HTML for the sanitiser. The library's own renderer would
/// drop single line breaks, which people who write posts mean.
class MarkdownRenderer {
 public:
  /// Nothing if the HTML would be too long.
  static std::optional<std::string> render(std::string_view markdown) {
    MD_PARSER parser{};
    parser.flags = MD_FLAG_NOHTML | MD_FLAG_NOINDENTEDCODEBLOCKS | MD_FLAG_PERMISSIVEURLAUTOLINKS |
                   MD_FLAG_STRIKETHROUGH;
    parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* self) {
      return renderer(self).block(type, detail, true);
    };
    parser.leave_block = [](MD_BLOCKTYPE type, void* detail, void* self) {
      return renderer(self).block(type, detail, false);
    };
    parser.enter_span = [](MD_SPANTYPE type, void* detail, void* self) {
      return renderer(self).span(type, detail, true);
    };
    parser.leave_span = [](MD_SPANTYPE type, void* detail, void* self) {
      return renderer(self).span(type, detail, false);
    };
    parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* self) {
      return renderer(self).text(type, {text, size});
    };
    MarkdownRenderer self;
    const auto size = static_cast<MD_SIZE>(markdown.size());
    // A refusal by a callback does not always reach the result.
    const bool is_done = md_parse(markdown.data(), size, &parser, &self) == 0;
    if (!is_done || self.out_.size() > kMaxRendered) return std::nullopt;
    return std::move(self.out_);
  }

 private:
  /// Deeper lists and quotations lose their tags; the HTML parser stays fast.
  static constexpr std::size_t kMaxDepth = 64;

  static MarkdownRenderer& renderer(void* self) { return *static_cast<MarkdownRenderer*>(self); }

  int block(MD_BLOCKTYPE type, void* detail, bool enters) {
    switch (type) {
      case MD_BLOCK_QUOTE:
        return tag("blockquote", enters);
      case MD_BLOCK_UL:
        return tag("ul", enters);
      case MD_BLOCK_LI:
        return tag("li", enters);
      case MD_BLOCK_H:
        return tag("h1", enters);
      case MD_BLOCK_P:
        return tag("p", enters);
      case MD_BLOCK_OL: {
        const unsigned start = static_cast<const MD_BLOCK_OL_DETAIL*>(detail)->start;
        return tag("ol", enters, " start=\"" + std::to_string(start) + '"');
      }
      case MD_BLOCK_CODE:
        return enters ? tag("pre", true) || tag("code", true)
                      : tag("code", false) || tag("pre", false);
      case MD_BLOCK_HR:
        return enters ? append("<hr>") : 0;
      default:
        return 0;
    }
  }

  int span(MD_SPANTYPE type, void* detail, bool enters) {
    switch (type) {
      case MD_SPAN_EM:
        return tag("em", enters);
      case MD_SPAN_STRONG:
        return tag("strong", enters);
      case MD_SPAN_CODE:
        return tag("code", enters);
      case MD_SPAN_DEL:
        return tag("del", enters);
      case MD_SPAN_A:
        return link(static_cast<const MD_SPAN_A_DETAIL*>(detail)->href, enters);
      // No page of ours loads pictures from elsewhere: a picture is a link to it.
      case MD_SPAN_IMG:
        return link(static_cast<const MD_SPAN_IMG_DETAIL*>(detail)->src, enters);
      default:
        return 0;
    }
  }

  int text(MD_TEXTTYPE type, std::string_view text) {
    switch (type) {
      case MD_TEXT_BR:
        return append("<br>");
      case MD_TEXT_SOFTBR:
        return append("<br>");
      case MD_TEXT_NULLCHAR:
        return append("\uFFFD");
      case MD_TEXT_ENTITY:
        return append(text);
      default:
        append_escaped(out_, text);
    }
    return append({});
  }

  int link(const MD_ATTRIBUTE& href, bool enters) {
    if (enters && links_++ > 0) return 0;  // a picture in a link is just its text
    if (!enters && --links_ > 0) return 0;
    if (!enters) return tag("a", false);
    std::string attribute = " href=\"";
    for (std::size_t i = 0; href.substr_offsets != nullptr && href.substr_offsets[i] < href.size;
         ++i) {
      const MD_OFFSET begin = href.substr_offsets[i];
      const std::string_view part(href.text + begin, href.substr_offsets[i + 1] - begin);
      if (href.substr_types[i] == MD_TEXT_ENTITY) {
        attribute += part;
      } else {
        append_escaped(attribute, part);
      }
    }
    return tag("a", true, attribute + '"');
  }

  int tag(std::string_view name, bool enters, std::string_view attributes = {}) {
    if (!enters) return --depth_ < kMaxDepth ? append("</" + std::string(name) + '>') : 0;
    if (depth_++ >= kMaxDepth) return 0;
    return append('<' + std::string(name) + std::string(attributes) + '>');
  }

  int append(std::string_view piece) {
    out_ += piece;
    return out_.size() > kMaxRendered ? 1 : 0;
  }

  std::string out_;
  std::size_t depth_ = 0;
  std::size_t links_ = 0;
};

// --- plain text -----------------------------------------------------------------------------

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

std::string to_html(std::string_view content, std::string_view media_type) {
  const std::string text = valid_utf8(content.substr(0, kMaxRendered));
  std::optional<std::string> html;
  if (text.size() <= kMaxMarkup) {
    if (media_type == "text/markdown") {
      html = MarkdownRenderer::render(text);
      if (html) html = sanitised(*html);
    } else if (media_type == "text/html") {
      html = sanitised(text);
    }
  }
  return html ? *std::move(html) : html_from_plain(text);
}

std::string to_plain_text(std::string_view content, std::string_view media_type) {
  std::string text = valid_utf8(content.substr(0, kMaxRendered));
  if (media_type != "text/html" || text.size() > kMaxMarkup) return text;
  ParseMemory memory;
  const std::string tame = tamed(text);
  const GumboNode* const root = parse_html(memory, tame);
  if (root == nullptr) return text;
  PlainWriter writer;
  walk(*root, writer);
  return writer.take();
}

}  // namespace camp::model
