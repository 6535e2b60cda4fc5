// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace camp {

// Times are milliseconds since 1970 in UTC, in the years 1970 to 9999.

/// RFC 3339 in UTC with milliseconds: "2026-11-23T10:00:00.123Z". What lies outside the range is
/// clamped to it, so that the text always has 24 characters.
std::string format_time(std::int64_t ms);

/// Reads RFC 3339 section 5.6 strictly: `T` or `t` between date and time, `Z`, `z` or an offset, a
/// fraction of any length (what is finer than a millisecond is cut off). A leap second counts as
/// the last millisecond before it. Refuses dates that no calendar has and times outside the range.
Result<std::int64_t> parse_time(std::string_view text);

/// How long before `now_ms` something was, as a reader wants it: "just now", "5m", "3h", "2d", and
/// from a week on the date. A clock a few minutes ahead is "just now".
std::string relative_time(std::int64_t ms, std::int64_t now_ms);

/// The UTC month of a time: "2026-11".
std::string month_of(std::int64_t ms);
/// The first millisecond of such a month.
Result<std::int64_t> month_start(std::string_view month);

/// What a person gives to `--since`: "30m", "3h", "2d", "1w" before `now_ms`, a date (its first
/// moment in UTC) or an RFC 3339 time.
Result<std::int64_t> parse_since(std::string_view text, std::int64_t now_ms);

}  // namespace camp
