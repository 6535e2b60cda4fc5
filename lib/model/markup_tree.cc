// SPDX-License-Identifier: MIT
#include "model/markup_tree.h"

#include <array>

#include "model/markup_text.h"

namespace camp::model::markup {
namespace {

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

/// The parser compares each attribute of a tag with all before it. A longer tag loses them: they
/// become text.
constexpr std::size_t kLongestTag = 8 << 10;

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
    if (html.substr(at, kLongestTag).find('>') == std::string_view::npos) out += '>';
  }
  return out;
}

template <class Each>
void for_each_word(std::string_view text, Each each) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && !is_space(text[end])) ++end;
    if (end > at) each(text.substr(at, end - at));
    at = end + 1;
  }
}

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

}  // namespace

const GumboNode* parse_html(ParseMemory& memory, std::string_view html) {
  constexpr std::ptrdiff_t kMaxTags = 4096;
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = [](void* arena, std::size_t size) {
    return static_cast<ParseMemory*>(arena)->allocate(size);
  };
  options.deallocator = [](void*, void*) {};
  options.userdata = &memory;
  options.max_errors = 0;
  options.fragment_context = GUMBO_TAG_DIV;
  const std::string tame = tamed(html);
  if (std::count(tame.begin(), tame.end(), '<') > kMaxTags) return nullptr;
  if (setjmp(memory.exhausted) != 0) return nullptr;
  // The tree's texts are copies: `tame` need not outlive the parse.
  return gumbo_parse_with_options(&options, tame.data(), tame.size())->root;
}

const Rule* rule_for(GumboTag tag) {
  const auto* const found =
      std::find_if(kRules.begin(), kRules.end(), [&](const Rule& rule) { return rule.tag == tag; });
  return found == kRules.end() ? nullptr : found;
}

std::string_view attribute(const GumboElement& element, const char* name) {
  const GumboAttribute* const found = gumbo_get_attribute(&element.attributes, name);
  return found == nullptr ? std::string_view() : std::string_view(found->value);
}

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

}  // namespace camp::model::markup
