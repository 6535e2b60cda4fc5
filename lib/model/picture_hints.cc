// SPDX-License-Identifier: MIT
#include "model/picture_hints.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "model/foreign_text.h"

namespace camp::model {
namespace {

constexpr std::string_view kBase83 =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
constexpr std::size_t kLeastBlurhashBytes = 6;

std::optional<int> in_units(double number) {
  if (!(number >= -1 && number <= 1)) return std::nullopt;  // no number is neither
  return static_cast<int>(std::lround(number * kFocusUnit));
}

std::optional<int> typed_number(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || stop != end) return std::nullopt;
  return in_units(number);
}

std::optional<int> written_number(const Json& json) {
  return json.is_number() ? in_units(json.get<double>()) : std::nullopt;
}

}  // namespace

bool is_focus(const Focus& focus) {
  return std::abs(focus.x) <= kFocusUnit && std::abs(focus.y) <= kFocusUnit;
}

Result<Focus> parse_focus(std::string_view text) {
  const auto comma = text.find(',');
  if (comma != std::string_view::npos) {
    const auto x = typed_number(text.substr(0, comma)), y = typed_number(text.substr(comma + 1));
    if (x && y) return Focus{*x, *y};
  }
  return fail(Kind::usage, in_quotes(text) + " is no point of a picture",
              "write X,Y with two numbers from -1 to 1, such as 0.5,-0.25; 0,0 is the middle");
}

std::optional<Focus> focus_from(const Json& list) {
  if (!list.is_array() || list.size() != 2) return std::nullopt;
  const auto x = written_number(list[0]), y = written_number(list[1]);
  return x && y ? std::optional(Focus{*x, *y}) : std::nullopt;
}

Json focus_json(const Focus& focus) {
  const auto written = [](int units) { return static_cast<double>(units) / kFocusUnit; };
  return Json::array({written(focus.x), written(focus.y)});
}

bool is_blurhash(std::string_view text) {
  return text.size() >= kLeastBlurhashBytes && text.size() <= kMostBlurhashBytes &&
         text.find_first_not_of(kBase83) == std::string_view::npos;
}

}  // namespace camp::model
