// SPDX-License-Identifier: MIT
#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace camp {
namespace {

constexpr std::int64_t kMaxSafeInteger = (std::int64_t{1} << 53) - 1;

// Reads the text and tells how far the parser has come, which its events do not.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

// Builds the value while it checks: one pass, a stack on the heap, and a duplicate name shows
// itself when it is inserted. The parser's own callback form would be quadratic and would keep the
// last of two equal names.
class CheckedBuilder : public nlohmann::json_sax<Json> {
 public:
  explicit CheckedBuilder(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return add(nullptr) != nullptr; }
  bool boolean(bool value) override { return add(value) != nullptr; }
  bool number_integer(number_integer_t value) override { return add(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return add(value) != nullptr; }
  bool number_float(number_float_t value, const string_t&) override {
    return add(value) != nullptr;
  }
  bool string(string_t& value) override {
    return check_text(value) && add(std::move(value)) != nullptr;
  }
  bool binary(binary_t&) override { return refuse("binary data"); }

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (!check_text(name)) return false;
    auto& members = open_.back()->get_ref<Json::object_t&>();
    const auto [member, is_new] = members.emplace(std::move(name), nullptr);
    if (!is_new) return refuse("the same name twice in one object");
    place_ = &member->second;
    return true;
  }

  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& error) override {
    return refuse(readable(error.what()));
  }

  const std::string& reason() const { return reason_; }
  Json take() { return std::move(root_); }

 private:
  bool refuse(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }

  bool check_text(const std::string& text) {
    if (text.size() > limits_.string_bytes) {
      return refuse(fmt::format("a string of more than {} bytes", limits_.string_bytes));
    }
    if (text.find('\0') != std::string::npos) return refuse("the character U+0000");
    return true;
  }

  Json* add(Json value) {
    if (++nodes_ > limits_.nodes) {
      refuse(fmt::format("more than {} values", limits_.nodes));
      return nullptr;
    }
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (open_.back()->is_array()) {
      auto& elements = open_.back()->get_ref<Json::array_t&>();
      elements.push_back(std::move(value));
      return &elements.back();
    }
    *place_ = std::move(value);
    return place_;
  }

  bool open(Json container) {
    if (open_.size() >= limits_.depth) {
      return refuse(fmt::format("nested more than {} deep", limits_.depth));
    }
    Json* const added = add(std::move(container));
    if (added == nullptr) return false;
    open_.push_back(added);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  // "[json.exception...] parse error at line 1, column 2: REASON; last read: 'BYTES'". The bytes
  // are foreign and stay out of a message for people.
  static std::string readable(std::string_view text) {
    if (text.find("number overflow") != std::string_view::npos) return "a number out of range";
    const std::size_t colon = text.find(": ");
    if (colon != std::string_view::npos) text.remove_prefix(colon + 2);
    return std::string(text.substr(0, std::min<std::size_t>(text.find("; last read"), 120)));
  }

  const JsonLimits& limits_;
  Json root_;
  std::vector<Json*> open_;
  Json* place_ = nullptr;
  std::size_t nodes_ = 0;
  std::string reason_;
};

bool is_safe_integer(const Json& number) {
  if (number.is_number_unsigned()) {
    return number.get<std::uint64_t>() <= static_cast<std::uint64_t>(kMaxSafeInteger);
  }
  if (!number.is_number_integer()) return false;
  const auto value = number.get<std::int64_t>();
  return value >= -kMaxSafeInteger && value <= kMaxSafeInteger;
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view what, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    return fail(Kind::refused, fmt::format("{}: longer than {} bytes", what, limits.bytes));
  }
  if (text.substr(0, 3) == "\xEF\xBB\xBF") {
    return fail(Kind::refused, fmt::format("{}: begins with a byte-order mark", what),
                "save it as UTF-8 without a byte-order mark");
  }
  // The parser takes a NUL byte for the end of the text and would ignore what follows.
  if (const std::size_t at = text.find('\0'); at != std::string_view::npos) {
    return fail(Kind::refused,
                fmt::format("{}: not acceptable near byte {}: the character U+0000", what, at));
  }
  CheckedBuilder builder(limits);
  const char* reached = text.data();
  const char* const end = text.data() + text.size();
  try {
    if (Json::sax_parse(CountingIterator(text.data(), &reached), CountingIterator(end, &reached),
                        &builder)) {
      return builder.take();
    }
  } catch (const std::exception& error) {
    return fail(Kind::failed, fmt::format("{}: {}", what, error.what()));
  }
  return fail(Kind::refused, fmt::format("{}: not acceptable near byte {}: {}", what,
                                         reached - text.data(), builder.reason()));
}

Result<void> require_safe_numbers(const Json& value) {
  std::vector<const Json*> waiting{&value};
  while (!waiting.empty()) {
    const Json& current = *waiting.back();
    waiting.pop_back();
    if (current.is_structured()) {
      for (const auto& child : current) waiting.push_back(&child);
    } else if (current.is_number() && !is_safe_integer(current)) {
      return fail(Kind::refused, "a number that is not an integer within 2^53-1",
                  "write other numbers as text");
    }
  }
  return {};
}

}  // namespace camp
