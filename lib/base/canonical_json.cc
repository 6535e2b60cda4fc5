// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/json.h"

namespace camp {
namespace {

constexpr std::int64_t kMaxExactInteger = std::int64_t{1} << 53;
// A value built in code could be nested without limit; parsed ones stay far below this.
constexpr std::size_t kMaxDepth = 256;

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

bool is_continuation(std::string_view text, std::size_t i) {
  return i < text.size() && (byte_at(text, i) & 0xC0) == 0x80;
}

// The length of the well-formed UTF-8 sequence at `i` (Unicode, table 3-7), or 0.
std::size_t sequence_length(std::string_view text, std::size_t i) {
  const unsigned lead = byte_at(text, i);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4 || !is_continuation(text, i + 1)) return 0;
  if (lead < 0xE0) return 2;
  const unsigned second = byte_at(text, i + 1);
  if (!is_continuation(text, i + 2)) return 0;
  if (lead < 0xF0) {
    const bool overlong = lead == 0xE0 && second < 0xA0;
    const bool surrogate = lead == 0xED && second >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  const bool overlong = lead == 0xF0 && second < 0x90;
  const bool beyond = lead == 0xF4 && second >= 0x90;
  return overlong || beyond || !is_continuation(text, i + 3) ? 0 : 4;
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\t':
      out += "\\t";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\r':
      out += "\\r";
      break;
    default:
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  }
}

// RFC 8785 section 3.2.2.2.
Result<void> append_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // what stands from here to i is written as it is
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
      ++i;
      continue;
    }
    const std::size_t length = sequence_length(text, i);
    if (length == 0) return fail(Kind::refused, "text that is not UTF-8");
    if (length == 1) {
      out.append(text, plain, i - plain);
      append_escaped(out, text[i]);
      plain = i + 1;
    }
    i += length;
  }
  out.append(text, plain);
  out += '"';
  return {};
}

// UTF-16 order differs from byte order in one point: characters beyond U+FFFF (lead bytes F0-F4)
// come before U+E000-U+FFFF (EE, EF), because their code units are surrogates.
unsigned utf16_rank(unsigned lead) {
  if (lead >= 0xF0) return lead - 2;
  if (lead >= 0xEE) return lead + 5;
  return lead;
}

bool utf16_less(std::string_view a, std::string_view b) {
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (in_a == a.end() || in_b == b.end()) return in_a == a.end() && in_b != b.end();
  return utf16_rank(static_cast<unsigned char>(*in_a)) <
         utf16_rank(static_cast<unsigned char>(*in_b));
}

Result<void> append_number(std::string& out, const Json& value) {
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (!std::isfinite(number)) return fail(Kind::refused, "a number that is not finite");
    out += ecmascript_number(number);
  } else if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    const bool exact = number <= static_cast<std::uint64_t>(kMaxExactInteger);
    out += exact ? fmt::format("{}", number) : ecmascript_number(static_cast<double>(number));
  } else {
    const auto number = value.get<std::int64_t>();
    const bool exact = number >= -kMaxExactInteger && number <= kMaxExactInteger;
    out += exact ? fmt::format("{}", number) : ecmascript_number(static_cast<double>(number));
  }
  return {};
}

Result<void> append_value(std::string& out, const Json& value, std::size_t depth);

using Member = Json::object_t::value_type;

Result<void> append_object(std::string& out, const Json& object,
                           std::initializer_list<std::string_view> omitted, std::size_t depth) {
  std::vector<const Member*> members;
  members.reserve(object.size());
  for (const Member& member : object.get_ref<const Json::object_t&>()) {
    if (std::find(omitted.begin(), omitted.end(), member.first) == omitted.end()) {
      members.push_back(&member);
    }
  }
  // The map is in byte order already, so this moves something only for names beyond U+FFFF.
  const auto before = [](const Member* a, const Member* b) {
    return utf16_less(a->first, b->first);
  };
  if (!std::is_sorted(members.begin(), members.end(), before)) {
    std::sort(members.begin(), members.end(), before);
  }
  out += '{';
  for (const Member* member : members) {
    if (member != members.front()) out += ',';
    CAMP_TRY(append_string(out, member->first));
    out += ':';
    CAMP_TRY(append_value(out, member->second, depth + 1));
  }
  out += '}';
  return {};
}

Result<void> append_array(std::string& out, const Json& array, std::size_t depth) {
  out += '[';
  bool first = true;
  for (const Json& element : array) {
    if (!std::exchange(first, false)) out += ',';
    CAMP_TRY(append_value(out, element, depth + 1));
  }
  out += ']';
  return {};
}

Result<void> append_value(std::string& out, const Json& value, std::size_t depth) {
  if (depth > kMaxDepth) return fail(Kind::refused, "JSON that is nested too deep");
  switch (value.type()) {
    case Json::value_t::null:
      out += "null";
      return {};
    case Json::value_t::boolean:
      out += value.get<bool>() ? "true" : "false";
      return {};
    case Json::value_t::string:
      return append_string(out, value.get_ref<const std::string&>());
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
      return append_number(out, value);
    case Json::value_t::array:
      return append_array(out, value, depth);
    case Json::value_t::object:
      return append_object(out, value, {}, depth);
    default:
      return fail(Kind::refused, "a value that JSON cannot write");
  }
}

// The shortest digits that read back as `value`, and the exponent n for which
// value = 0.digits * 10^n (ECMA-262, Number::toString, with k digits).
struct ShortestDigits {
  std::string digits;
  int exponent = 0;
};

ShortestDigits shortest_digits(double value) {
  std::array<char, 64> buffer{};
  const char* const start = buffer.data();
  const char* const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                        std::chars_format::scientific)
                              .ptr;
  const char* const mark = std::find(start, end, 'e');
  ShortestDigits result;
  std::copy_if(start, mark, std::back_inserter(result.digits), [](char c) { return c != '.'; });
  const char* const exponent = mark + (mark[1] == '+' ? 2 : 1);
  std::from_chars(exponent, end, result.exponent);
  ++result.exponent;
  return result;
}

}  // namespace

std::string ecmascript_number(double value) {
  if (value == 0) return "0";
  const std::string sign = value < 0 ? "-" : "";
  const auto [digits, n] = shortest_digits(std::fabs(value));
  const int k = static_cast<int>(digits.size());
  const auto point = static_cast<std::size_t>(std::max(n, 0));
  if (k <= n && n <= 21) return sign + digits + std::string(static_cast<std::size_t>(n - k), '0');
  if (0 < n && n <= 21) return sign + digits.substr(0, point) + "." + digits.substr(point);
  if (-6 < n && n <= 0)
    return sign + "0." + std::string(static_cast<std::size_t>(-n), '0') + digits;
  const std::string fraction = k > 1 ? "." + digits.substr(1) : "";
  return fmt::format("{}{}{}e{}{}", sign, digits[0], fraction, n > 0 ? "+" : "-", std::abs(n - 1));
}

Result<std::string> canonical_json(const Json& value) {
  std::string out;
  CAMP_TRY(append_value(out, value, 0));
  return out;
}

Result<std::string> canonical_json_without(const Json& object,
                                           std::initializer_list<std::string_view> omitted) {
  if (!object.is_object()) return canonical_json(object);
  std::string out;
  CAMP_TRY(append_object(out, object, omitted, 0));
  return out;
}

}  // namespace camp
