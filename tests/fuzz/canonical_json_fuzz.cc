// SPDX-License-Identifier: MIT
// Round trip: the canonical form of what was read is read again, to the same canonical form.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = camp::parse_json(text);
  if (!value) return 0;
  const auto canonical = camp::canonical_json(*value);
  if (!canonical) std::abort();
  const auto again = camp::parse_json(*canonical);
  if (!again) std::abort();
  const auto twice = camp::canonical_json(*again);
  if (!twice || *twice != *canonical) std::abort();
  return 0;
}
