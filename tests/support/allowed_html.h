// SPDX-License-Identifier: MIT
#pragma once

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/text.h"
#include "model/markup.h"

namespace camp::test {

inline bool is_allowed(const GumboAttribute& attribute, GumboTag tag) {
  const std::string name = attribute.name, value = attribute.value;
  if (name == "rel") return tag == GUMBO_TAG_A && value == "nofollow noopener";
  if (name == "start") {
    return tag == GUMBO_TAG_OL && value.find_first_not_of("0123456789") == std::string::npos;
  }
  if (name == "href") {
    const std::string start = camp::caseless(value.substr(0, 8));
    return tag == GUMBO_TAG_A && (start.rfind("http://", 0) == 0 || start == "https://" ||
                                  start.rfind("mailto:", 0) == 0);
  }
  return name == "class" && (tag == GUMBO_TAG_A || tag == GUMBO_TAG_SPAN) &&
         value.find_first_not_of("abcdefghijklmnopqrstuvwxyz ") == std::string::npos;
}

/// The first thing in a page's body that does not belong into it; empty if all does.
inline std::string intruder(const GumboNode& node) {
  constexpr std::array kTags{GUMBO_TAG_P,   GUMBO_TAG_BR,         GUMBO_TAG_A,   GUMBO_TAG_SPAN,
                             GUMBO_TAG_EM,  GUMBO_TAG_STRONG,     GUMBO_TAG_DEL, GUMBO_TAG_CODE,
                             GUMBO_TAG_PRE, GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_UL,  GUMBO_TAG_OL,
                             GUMBO_TAG_LI};
  if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE) return {};
  if (node.type != GUMBO_NODE_ELEMENT) return "a node of type " + std::to_string(node.type);
  const GumboElement& element = node.v.element;
  if (element.tag != GUMBO_TAG_BODY) {
    if (std::find(kTags.begin(), kTags.end(), element.tag) == kTags.end()) {
      return gumbo_normalized_tagname(element.tag);
    }
    bool has_rel = false;
    for (unsigned i = 0; i < element.attributes.length; ++i) {
      const auto& attribute = *static_cast<const GumboAttribute*>(element.attributes.data[i]);
      if (!is_allowed(attribute, element.tag)) {
        return std::string(attribute.name) + "=" + attribute.value;
      }
      has_rel = has_rel || std::string_view(attribute.name) == "rel";
    }
    if (element.tag == GUMBO_TAG_A && !has_rel) return "a link without rel";
  }
  for (unsigned i = 0; i < element.children.length; ++i) {
    const std::string found = intruder(*static_cast<const GumboNode*>(element.children.data[i]));
    if (!found.empty()) return found;
  }
  return {};
}

/// Puts the HTML into a page, parses that, and looks at all of its body.
inline std::string intruder(const std::string& rendered) {
  if (!camp::is_utf8(rendered)) return "bytes that are no UTF-8";
  if (rendered.size() > camp::model::kMaxRendered) return "too much";
  const std::string page = "<!DOCTYPE html><html><head></head><body>" + rendered + "</body></html>";
  GumboOutput* const output =
      gumbo_parse_with_options(&kGumboDefaultOptions, page.data(), page.size());
  const GumboNode* const root = output->root;
  std::string found = root->v.element.children.length == 2 ? "" : "something beside the body";
  if (found.empty()) {
    found = intruder(*static_cast<const GumboNode*>(root->v.element.children.data[1]));
  }
  gumbo_destroy_output(&kGumboDefaultOptions, output);
  return found;
}

}  // namespace camp::test
