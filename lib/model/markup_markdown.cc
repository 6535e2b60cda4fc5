// SPDX-License-Identifier: MIT
#include <md4c.h>

#include "model/markup.h"
#include "model/markup_parts.h"
#include "model/markup_text.h"

namespace camp::model::markup {
namespace {

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

}  // namespace

std::optional<std::string> html_from_markdown(std::string_view markdown) {
  return MarkdownRenderer::render(markdown);
}

}  // namespace camp::model::markup
