// SPDX-License-Identifier: MIT
#include "base/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace camp {
namespace {

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kWeek = 7 * kDay;
constexpr std::int64_t kLastMs = 253'402'300'799'999;  // 9999-12-31T23:59:59.999Z
// Nobody writes so long a time; the limit keeps an endless fraction out.
constexpr std::size_t kLongestText = 64;
constexpr std::int64_t kToleratedAhead = 10 * kMinute;

std::int64_t in_range(std::int64_t ms) { return std::clamp<std::int64_t>(ms, 0, kLastMs); }

std::chrono::year_month_day date_of(std::int64_t ms) {
  return {std::chrono::sys_days{std::chrono::days{in_range(ms) / kDay}}};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Walks over a text; each step says whether it matched.
struct Cursor {
  std::string_view rest;

  std::optional<int> digits(std::size_t count) {
    if (rest.size() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_digit(rest[i])) return std::nullopt;
      value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(count);
    return value;
  }
  bool one_of(std::string_view allowed) {
    if (rest.empty() || allowed.find(rest.front()) == std::string_view::npos) return false;
    rest.remove_prefix(1);
    return true;
  }
};

// Milliseconds of the first moment of a date; nothing if the calendar has no such day.
std::optional<std::int64_t> read_date(Cursor& in) {
  const auto year = in.digits(4);
  if (!year || !in.one_of("-")) return std::nullopt;
  const auto month = in.digits(2);
  if (!month || !in.one_of("-")) return std::nullopt;
  const auto day = in.digits(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date}.time_since_epoch().count() * kDay;
}

struct TimeOfDay {
  std::int64_t ms = 0;  ///< since midnight; of a leap second, of the millisecond before it
  bool leap = false;
};

std::optional<TimeOfDay> read_time_of_day(Cursor& in) {
  const auto hour = in.digits(2);
  if (!hour || !in.one_of(":")) return std::nullopt;
  const auto minute = in.digits(2);
  if (!minute || !in.one_of(":")) return std::nullopt;
  const auto second = in.digits(2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  std::int64_t fraction = 0;
  if (in.one_of(".")) {
    if (in.rest.empty() || !is_digit(in.rest.front())) return std::nullopt;
    for (std::int64_t unit = 100; !in.rest.empty() && is_digit(in.rest.front()); unit /= 10) {
      fraction += unit * (in.rest.front() - '0');
      in.rest.remove_prefix(1);
    }
  }
  TimeOfDay time{*hour * kHour + *minute * kMinute + *second * kSecond + fraction, *second == 60};
  if (time.leap) time.ms = *hour * kHour + *minute * kMinute + kMinute - 1;
  return time;
}

std::optional<std::int64_t> read_offset(Cursor& in) {
  if (in.one_of("Zz")) return 0;
  if (in.rest.empty()) return std::nullopt;
  const char sign = in.rest.front();
  if (!in.one_of("+-")) return std::nullopt;
  const auto hour = in.digits(2);
  if (!hour || !in.one_of(":")) return std::nullopt;
  const auto minute = in.digits(2);
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  const std::int64_t offset = *hour * kHour + *minute * kMinute;
  return sign == '-' ? -offset : offset;
}

std::optional<std::int64_t> read_time(std::string_view text) {
  if (text.size() > kLongestText) return std::nullopt;
  Cursor in{text};
  const auto date = read_date(in);
  if (!date || !in.one_of("Tt")) return std::nullopt;
  const auto time = read_time_of_day(in);
  if (!time) return std::nullopt;
  const auto offset = read_offset(in);
  if (!offset || !in.rest.empty()) return std::nullopt;
  const std::int64_t ms = *date + time->ms - *offset;
  if (ms < 0 || ms > kLastMs) return std::nullopt;
  // Leap seconds come at the end of a UTC day and nowhere else.
  if (time->leap && ms % kDay != kDay - 1) return std::nullopt;
  return ms;
}

}  // namespace

std::string format_time(std::int64_t ms) {
  const std::int64_t shown = in_range(ms);
  const auto date = date_of(shown);
  const std::int64_t rest = shown % kDay;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     rest / kHour, rest % kHour / kMinute, rest % kMinute / kSecond,
                     rest % kSecond);
}

Result<std::int64_t> parse_time(std::string_view text) {
  if (const auto ms = read_time(text)) return *ms;
  return fail(Kind::usage, "this is no time that camp understands",
              "write it as 2026-11-23T10:00:00Z, in the years 1970 to 9999");
}

std::string relative_time(std::int64_t ms, std::int64_t now_ms) {
  const std::int64_t age = in_range(now_ms) - in_range(ms);
  if (age < -kToleratedAhead || age >= kWeek) return format_time(ms).substr(0, 10);
  if (age < kMinute) return "just now";
  if (age < kHour) return fmt::format("{}m", age / kMinute);
  if (age < kDay) return fmt::format("{}h", age / kHour);
  return fmt::format("{}d", age / kDay);
}

std::string month_of(std::int64_t ms) { return format_time(ms).substr(0, 7); }

Result<std::int64_t> month_start(std::string_view month) {
  const std::string first_day = std::string(month) + "-01";
  Cursor in{first_day};
  const auto ms = read_date(in);
  if (!ms || !in.rest.empty() || *ms < 0) {
    return fail(Kind::usage, "this is no month", "write it as 2026-11");
  }
  return *ms;
}

Result<std::int64_t> parse_since(std::string_view text, std::int64_t now_ms) {
  if (const auto ms = read_time(text)) return *ms;
  Cursor date{text};
  if (const auto ms = read_date(date); ms && date.rest.empty() && *ms >= 0) return *ms;
  // Six digits reach back past 1970 in any unit that a person would use, and cannot overflow.
  const std::size_t digits = text.empty() ? 0 : text.size() - 1;
  if (digits >= 1 && digits <= 6) {
    Cursor in{text};
    const auto count = in.digits(digits);
    const std::int64_t unit = in.rest == "m"   ? kMinute
                              : in.rest == "h" ? kHour
                              : in.rest == "d" ? kDay
                              : in.rest == "w" ? kWeek
                                               : 0;
    if (count && unit != 0) return in_range(now_ms - *count * unit);
  }
  return fail(Kind::usage, "this is no time to look back to",
              "write it as 30m, 3h, 2d, 1w, 2026-11-23 or 2026-11-23T10:00:00Z");
}

}  // namespace camp
