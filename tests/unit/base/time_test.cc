// SPDX-License-Identifier: MIT
#include "base/time.h"

#include <random>

#include "catch.h"

using namespace camp;

namespace {
constexpr std::int64_t kSample = 1'795'428'000'123;  // 2026-11-23T10:00:00.123Z
constexpr std::int64_t kLast = 253'402'300'799'999;
}  // namespace

TEST_CASE("A time is written in UTC with milliseconds") {
  CHECK(format_time(kSample) == "2026-11-23T10:00:00.123Z");
  CHECK(format_time(0) == "1970-01-01T00:00:00.000Z");
  CHECK(format_time(951'782'400'000) == "2000-02-29T00:00:00.000Z");
  CHECK(format_time(kLast) == "9999-12-31T23:59:59.999Z");
  CHECK(format_time(-1) == "1970-01-01T00:00:00.000Z");
  CHECK(format_time(INT64_MAX) == "9999-12-31T23:59:59.999Z");
  CHECK(format_time(INT64_MIN) == "1970-01-01T00:00:00.000Z");
}

TEST_CASE("Reading takes back what writing made") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2000; ++i) {
    const auto ms = static_cast<std::int64_t>(random() % (static_cast<std::uint64_t>(kLast) + 1));
    INFO(ms);
    REQUIRE(parse_time(format_time(ms)).value() == ms);
  }
}

TEST_CASE("RFC 3339 is read with offsets and fractions") {
  const auto [text, ms] = GENERATE(table<std::string, std::int64_t>({
      {"2026-11-23T10:00:00.123Z", kSample},
      {"2026-11-23t10:00:00.123z", kSample},
      {"2026-11-23T11:30:00.123+01:30", kSample},
      {"2026-11-22T22:00:00.123-12:00", kSample},
      {"2026-11-23T10:00:00.123-00:00", kSample},
      {"2026-11-23T10:00:00.1239999999999Z", kSample},
      {"2026-11-23T10:00:00Z", kSample - 123},
      {"2026-11-23T10:00:00.1Z", kSample - 23},
      {"1985-04-12T23:20:50.52Z", 482'196'050'520},    // RFC 3339 section 5.8
      {"1996-12-19T16:39:57-08:00", 851'042'397'000},  // RFC 3339 section 5.8
      {"1990-12-31T23:59:60Z", 662'687'999'999},       // RFC 3339 section 5.8
      {"1990-12-31T15:59:60-08:00", 662'687'999'999},  // RFC 3339 section 5.8
      {"1990-12-31T23:59:60.7Z", 662'687'999'999},
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01T01:00:00+01:00", 0},
      {"9999-12-31T23:59:59.999Z", kLast},
  }));
  INFO(text);
  CHECK(parse_time(text).value() == ms);
}

TEST_CASE("What is not RFC 3339 is refused as a time") {
  const std::string text =
      GENERATE("", "now", "2026-11-23", "2026-11-23 10:00:00Z", "2026-11-23T10:00Z",
               "2026-11-23T10:00:00", "2026-11-23T10:00:00.Z", "2026-11-23T10:00:00,5Z",
               "2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z", "2026-11-23T10:00:61Z",
               "2026-11-23T10:00:60Z", "2026-02-29T10:00:00Z", "2026-13-01T10:00:00Z",
               "2026-00-01T10:00:00Z", "2026-11-31T10:00:00Z", "2026-11-00T10:00:00Z",
               "2026-11-23T10:00:00+24:00", "2026-11-23T10:00:00+01:60", "2026-11-23T10:00:00+0100",
               "2026-11-23T10:00:00+01", "2026-11-23T10:00:00ZZ", "2026-11-23T10:00:00Z ",
               " 2026-11-23T10:00:00Z", "26-11-23T10:00:00Z", "2026-1-23T10:00:00Z",
               "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
               "10000-01-01T00:00:00Z", "-026-11-23T10:00:00Z", "+026-11-23T10:00:00Z",
               "2026-11-23T10:00:00\xe2\x88\x92"
               "01:00");
  INFO(text);
  const auto result = parse_time(text);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().kind == Kind::usage);
}

TEST_CASE("An endless fraction is refused without reading it all") {
  CHECK_FALSE(parse_time("2026-11-23T10:00:00." + std::string(1 << 20, '1') + "Z").has_value());
}

TEST_CASE("An age is told the way people say it") {
  const std::int64_t minute = 60'000;
  const std::int64_t hour = 60 * minute;
  const std::int64_t day = 24 * hour;
  const auto [age, text] = GENERATE_COPY(table<std::int64_t, std::string>({
      {0, "just now"},
      {minute - 1, "just now"},
      {minute, "1m"},
      {5 * minute + 59'999, "5m"},
      {hour - 1, "59m"},
      {hour, "1h"},
      {day - 1, "23h"},
      {day, "1d"},
      {7 * day - 1, "6d"},
      {7 * day, "2026-11-16"},
      {400 * day, "2025-10-19"},
      {-5 * minute, "just now"},
      {-day, "2026-11-24"},
  }));
  INFO(age);
  CHECK(relative_time(kSample - age, kSample) == text);
}

TEST_CASE("A month begins at its first millisecond") {
  CHECK(month_of(kSample) == "2026-11");
  const std::int64_t start = month_start("2026-11").value();
  CHECK(format_time(start) == "2026-11-01T00:00:00.000Z");
  CHECK(month_of(start) == "2026-11");
  CHECK(month_of(start - 1) == "2026-10");
  const std::string wrong = GENERATE("", "2026", "2026-13", "2026-1", "2026-11-01", "1969-12", "x");
  INFO(wrong);
  CHECK_FALSE(month_start(wrong).has_value());
}

TEST_CASE("Looking back takes a span, a date or a time") {
  const std::int64_t day = 86'400'000;
  CHECK(parse_since("2d", kSample).value() == kSample - 2 * day);
  CHECK(parse_since("3h", kSample).value() == kSample - day / 8);
  CHECK(parse_since("30m", kSample).value() == kSample - 1'800'000);
  CHECK(parse_since("1w", kSample).value() == kSample - 7 * day);
  CHECK(parse_since("999999w", kSample).value() == 0);
  CHECK(format_time(parse_since("2026-11-01", kSample).value()) == "2026-11-01T00:00:00.000Z");
  CHECK(parse_since("2026-11-23T10:00:00.123Z", 0).value() == kSample);
  const std::string wrong =
      GENERATE("", "d", "2", "-2d", "2y", "1000000d", "2 d", "yesterdayish", "2026-02-30");
  INFO(wrong);
  CHECK(parse_since(wrong, kSample).error().kind == Kind::usage);
}
