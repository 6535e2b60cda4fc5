// SPDX-License-Identifier: MIT
#include "base/json_stream.h"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

namespace camp {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Follows strings and brackets just far enough to know where a value ends. It need not know more:
/// a JSON value is no beginning of another one, and every slice is parsed in full.
class Nesting {
 public:
  void take(char c) {
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if ((c == '}' || c == ']') && depth_ > 0) {
      --depth_;
    }
  }
  bool in_string() const { return in_string_; }
  std::uint64_t depth() const { return depth_; }

 private:
  std::uint64_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

/// Cuts the document into the items of its list and the rest, which is the document with the list
/// empty. Items and rest go through parse_json; only the commas of the list are checked here.
class ListReader {
 public:
  ListReader(std::string_view list, const ItemSink& sink, std::string_view what,
             const JsonStreamLimits& limits)
      : list_(list), sink_(sink), what_(what), limits_(limits) {}

  Result<void> take(std::string_view chunk) {
    for (const char c : chunk) {
      ++position_;
      CAMP_TRY(take(c));
    }
    return {};
  }

  Result<Json> finish() {
    if (place_ != Place::rest) return refuse("the list does not end");
    return parse_json(rest_, what_, limits_.rest);
  }

 private:
  enum class Place { rest, before_first, before_item, item, after_item };

  Result<void> take(char c) {
    switch (place_) {
      case Place::rest:
        return take_rest(c);
      case Place::item:
        return take_item(c);
      case Place::before_first:
        if (c == ']') return end_list();
        [[fallthrough]];
      case Place::before_item:
        if (is_space(c)) return {};
        if (c == ',' || c == ']') return refuse("an item is missing");
        place_ = Place::item;
        item_.clear();
        item_size_ = 0;
        item_nesting_ = {};
        return take_item(c);
      case Place::after_item:
        break;
    }
    if (is_space(c)) return {};
    if (c == ']') return end_list();
    if (c != ',') return refuse("no comma after an item");
    place_ = Place::before_item;
    return {};
  }

  Result<void> take_rest(char c) {
    if (!nesting_.in_string() && is_space(c)) {
      // One space keeps two numbers apart; more would let white space fill the memory.
      if (!rest_.empty() && rest_.back() != ' ') rest_.push_back(' ');
      return {};
    }
    const bool begins_value = std::exchange(list_is_next_, false);
    const bool is_root = nesting_.depth() == 0 && !nesting_.in_string();
    if (is_root && rest_.empty() && c != '{' && c != '[') {
      return refuse("neither an object nor a list");
    }
    const bool was_in_string = nesting_.in_string();
    if (c == '[' && (begins_value || (is_root && rest_.empty()))) {
      place_ = Place::before_first;
      has_list_ = true;
    }
    if (nesting_.depth() == 1 && !was_in_string && c == '"') name_start_ = rest_.size();
    if (nesting_.depth() == 1 && !was_in_string && c == ':') list_is_next_ = ends_with_list_name();
    if (rest_.size() >= limits_.rest.bytes) {
      return refuse(fmt::format("more than {} bytes around the list", limits_.rest.bytes));
    }
    rest_.push_back(c);
    nesting_.take(c);
    return {};
  }

  /// Whether the string that `rest_` ends with, in whatever spelling, is the list's name. Of two
  /// lists of one name the second is left in the rest, which then is refused for it.
  bool ends_with_list_name() const {
    if (has_list_ || name_start_ >= rest_.size()) return false;
    const std::string_view spelled = std::string_view(rest_).substr(name_start_);
    if (spelled.size() > 6 * list_.size() + 3) return false;
    const auto name = parse_json(spelled);
    return name && name->is_string() && name->get_ref<const std::string&>() == list_;
  }

  Result<void> take_item(char c) {
    const bool is_scalar = item_nesting_.depth() == 0 && !item_nesting_.in_string();
    if (item_size_ > 0 && is_scalar && (c == ',' || c == ']' || is_space(c))) {
      CAMP_TRY(end_item());
      return take(c);
    }
    ++item_size_;
    if (item_size_ <= limits_.item.bytes) item_.push_back(c);
    item_nesting_.take(c);
    const bool is_closing = c == '}' || c == ']' || c == '"';
    if (is_closing && item_nesting_.depth() == 0 && !item_nesting_.in_string()) return end_item();
    return {};
  }

  Result<void> end_item() {
    place_ = Place::after_item;
    const std::string name = fmt::format("{}, item {}", what_, ++items_);
    if (item_size_ > limits_.item.bytes) {
      return sink_(
          fail(Kind::refused, fmt::format("{}: longer than {} bytes", name, limits_.item.bytes)));
    }
    return sink_(parse_json(item_, name, limits_.item));
  }

  Result<void> end_list() {
    place_ = Place::rest;
    return take_rest(']');
  }

  tl::unexpected<Error> refuse(std::string_view reason) const {
    return fail(Kind::refused,
                fmt::format("{}: not acceptable near byte {}: {}", what_, position_, reason));
  }

  const std::string_view list_;
  const ItemSink& sink_;
  const std::string_view what_;
  const JsonStreamLimits& limits_;

  Place place_ = Place::rest;
  Nesting nesting_;  ///< within the rest
  std::string rest_;
  std::size_t name_start_ = 0;  ///< in `rest_`: the last string of the outermost object
  bool list_is_next_ = false;   ///< between the list's name and its value
  bool has_list_ = false;

  Nesting item_nesting_;
  std::string item_;
  std::uint64_t item_size_ = 0;
  std::uint64_t items_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace

Result<Json> read_json_list(const ChunkSource& source, std::string_view list, const ItemSink& sink,
                            std::string_view what, const JsonStreamLimits& limits) {
  ListReader reader(list, sink, what, limits);
  while (true) {
    const std::string chunk = CAMP_TRY(source());
    if (chunk.empty()) return reader.finish();
    CAMP_TRY(reader.take(chunk));
  }
}

}  // namespace camp
