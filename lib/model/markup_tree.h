// SPDX-License-Identifier: MIT
#pragma once

#include <gumbo.h>

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// For the markup*.cc files alone: foreign HTML as a tree.
namespace camp::model::markup {

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

/// Parses a fragment: the element whose children are its nodes, alive as long as `memory`. Null if
/// it would take too much of it, or has more tags than anybody writes: nesting costs the square of
/// its depth.
const GumboNode* parse_html(ParseMemory& memory, std::string_view html);

inline bool is_element(const GumboNode& node) {
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

template <class List>
bool contains(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// How an element of foreign HTML is shown.
struct Rule {
  GumboTag tag;
  std::string_view open, close;
  bool block = false;  ///< stands on lines of its own
};
/// Null for an element that is shown as its content alone.
const Rule* rule_for(GumboTag tag);

/// The value of an attribute; empty if there is none.
std::string_view attribute(const GumboElement& element, const char* name);

/// A link's address as a browser would read it (WHATWG URL, basic parser steps 1 to 3), if it is
/// one that we let through; else empty.
std::string safe_href(std::string_view href);
/// The classes that mark what a link is, as far as we let them through.
std::string safe_classes(const GumboElement& element);

}  // namespace camp::model::markup
