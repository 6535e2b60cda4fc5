// SPDX-License-Identifier: MIT
#include "index/ids.h"

#include <algorithm>

namespace camp::index {

namespace {

// Crockford's base32: its characters are in the order of their values, so that ids sort as texts.
constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::string_view kScheme = "camp:";

}  // namespace

std::int64_t time_of_id(std::string_view id) {
  if (id.size() != kIdChars) {
    return 0;
  }
  std::int64_t ms = 0;
  for (const char c : time_part(id)) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) {
      return 0;
    }
    ms = ms * 32 + static_cast<std::int64_t>(digit);
  }
  return ms > kLargestTime ? 0 : ms;
}

std::string floor_of_time(std::int64_t ms) {
  auto rest = static_cast<std::uint64_t>(std::clamp(ms, std::int64_t{0}, kLargestTime));
  std::string text(kTimeChars, '0');
  for (std::size_t i = kTimeChars; i-- > 0; rest /= 32) {
    text[i] = kDigits[rest % 32];
  }
  return text;
}

std::string_view time_part(std::string_view id) { return id.substr(0, kTimeChars); }

std::string_view digest_part(std::string_view id) {
  return id.substr(std::min(kTimeChars, id.size()));
}

std::string_view object_id_in(std::string_view uri) {
  if (!uri.starts_with(kScheme)) {
    return {};
  }
  const std::size_t slash = uri.find('/');
  const std::string_view id = slash == std::string_view::npos ? "" : uri.substr(slash + 1);
  return id.size() == kIdChars && id.find('/') == std::string_view::npos ? id : "";
}

std::string_view member_id_in(std::string_view uri) {
  const bool ours = uri.starts_with(kScheme) && uri.find('/') == std::string_view::npos;
  return ours ? uri.substr(kScheme.size()) : "";
}

}  // namespace camp::index
