// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace camp {

/// What a table from outside may cost us. The defaults are Mastodon's for an import.
struct CsvLimits {
  std::size_t bytes = 20 << 20;
  std::size_t rows = 20'000;
  std::size_t fields = 64;  ///< of one row
  std::size_t field_bytes = 64 << 10;
};

/// The rows of a comma-separated table (RFC 4180), and what programs make of it: lines may end with
/// CRLF, LF or CR, the last without; a byte-order mark is passed over; rows may differ in length;
/// empty lines are no rows; a quote within an unquoted field stands for itself. Refuses, with the
/// line: a quoted field that never ends or that text follows, what is not UTF-8, U+0000, and what
/// exceeds the limits.
Result<std::vector<std::vector<std::string>>> parse_csv(std::string_view text,
                                                        const CsvLimits& limits = {});

}  // namespace camp
