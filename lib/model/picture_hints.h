// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace camp::model {

// What goes with a picture besides its description, for software that crops it or that shows
// something in its place until it has come.

/// The point of a picture that must stay in sight when it is cropped: to the right and upwards from
/// the middle, in ten-thousandths of the way to the edge. Signed objects hold no floating-point
/// numbers, so it is kept in whole ones; others read it as `focalPoint`, two numbers from -1 to 1.
struct Focus {
  int x = 0, y = 0;

  bool operator==(const Focus&) const = default;
};
inline constexpr int kFocusUnit = 10'000;

/// Whether it lies in the picture.
bool is_focus(const Focus& focus);
/// What somebody typed: "0.5,-0.25". Kind::usage for anything else.
Result<Focus> parse_focus(std::string_view text);
/// `focalPoint` as others write it; nothing for what is not two numbers from -1 to 1.
std::optional<Focus> focus_from(const Json& list);
/// The reverse.
Json focus_json(const Focus& focus);

inline constexpr std::size_t kMostBlurhashBytes = 100;
/// Whether that may be a BlurHash (https://blurha.sh): 6 to 100 characters of its base83.
bool is_blurhash(std::string_view text);

}  // namespace camp::model
