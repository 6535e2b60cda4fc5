// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace camp {

/// Everything that makes one run differ from the next. Code that needs the time, chance or the
/// environment takes an Env; tests replace it, so a run is reproducible from its seed.
struct Env {
  /// Milliseconds since 1970 in UTC.
  std::function<std::int64_t()> now_ms;
  /// `size` unpredictable bytes.
  std::function<std::string(std::size_t size)> random_bytes;
  /// The value of an environment variable, if it is set and not empty.
  std::function<std::optional<std::string>(std::string_view name)> variable;
};

/// The real clock, the kernel's random bytes and the process's environment. With CAMP_NOW (RFC
/// 3339) the clock starts there and every reading is one millisecond later than the last; with
/// CAMP_SEED the bytes are a function of the seed and of how many were drawn before. Fails on a
/// CAMP_NOW that is no time.
Result<Env> system_env();

}  // namespace camp
