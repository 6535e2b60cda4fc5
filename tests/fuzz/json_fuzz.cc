// SPDX-License-Identifier: MIT
// Any bytes: parse_json accepts or refuses, and what it accepts keeps to the limits.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const camp::JsonLimits limits{.bytes = 4096, .depth = 8, .nodes = 200, .string_bytes = 200};
  const auto value = camp::parse_json(text, "fuzz", limits);
  if (!value) {
    if (value.error().message.empty()) std::abort();
    return 0;
  }
  if (text.size() > limits.bytes || text.find('\0') != std::string_view::npos) std::abort();
  // An independent parser must find no less and no more in the text than ours.
  const auto other = camp::Json::parse(text, nullptr, false);
  if (other.is_discarded() || other != *value) std::abort();
  (void)camp::require_safe_numbers(*value);
  return 0;
}
