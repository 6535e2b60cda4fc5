// SPDX-License-Identifier: MIT
#include "base/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace camp {
namespace {

class CsvReader {
 public:
  CsvReader(std::string_view text, const CsvLimits& limits) : rest_(text), limits_(limits) {}

  Result<std::vector<std::vector<std::string>>> read() {
    std::vector<std::vector<std::string>> rows;
    while (!rest_.empty()) {
      if (skip_line_end()) continue;
      if (rows.size() == limits_.rows) {
        return refuse(fmt::format("more than {} rows", limits_.rows));
      }
      rows.push_back(CAMP_TRY(row()));
    }
    return rows;
  }

 private:
  Result<std::vector<std::string>> row() {
    std::vector<std::string> fields;
    while (true) {
      if (fields.size() == limits_.fields) {
        return refuse(fmt::format("more than {} fields", limits_.fields));
      }
      fields.push_back(CAMP_TRY(field()));
      if (rest_.empty() || skip_line_end()) return fields;
      rest_.remove_prefix(1);  // the comma
    }
  }

  /// Ends before a comma, a line end or the end of the text.
  Result<std::string> field() {
    std::string value;
    if (rest_.starts_with('"')) {
      value = CAMP_TRY(quoted());
    } else {
      const std::size_t size = std::min(rest_.find_first_of(",\r\n"), rest_.size());
      value = rest_.substr(0, size);
      rest_.remove_prefix(size);
    }
    if (value.size() > limits_.field_bytes) {
      return refuse(fmt::format("a field of more than {} bytes", limits_.field_bytes));
    }
    return value;
  }

  Result<std::string> quoted() {
    const std::size_t first_line = line_;
    std::string value;
    rest_.remove_prefix(1);
    while (true) {
      const std::size_t size = rest_.find('"');
      if (size == std::string_view::npos) {
        line_ = first_line;
        return refuse("a quoted field that never ends");
      }
      value += rest_.substr(0, size);
      count_lines(rest_.substr(0, size));
      rest_.remove_prefix(size + 1);
      if (!rest_.starts_with('"')) break;
      value += '"';
      rest_.remove_prefix(1);
    }
    if (!rest_.empty() && std::string_view(",\r\n").find(rest_.front()) == std::string_view::npos) {
      return refuse("text after the end of a quoted field");
    }
    return value;
  }

  bool skip_line_end() {
    const std::size_t size = rest_.starts_with("\r\n")                            ? 2
                             : rest_.starts_with('\n') || rest_.starts_with('\r') ? 1
                                                                                  : 0;
    rest_.remove_prefix(size);
    if (size > 0) ++line_;
    return size > 0;
  }

  void count_lines(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n' || (text[i] == '\r' && text.substr(i, 2) != "\r\n")) ++line_;
    }
  }

  tl::unexpected<Error> refuse(std::string_view what) const {
    return fail(Kind::refused,
                fmt::format("the table is not acceptable in line {}: {}", line_, what));
  }

  std::string_view rest_;
  const CsvLimits& limits_;
  std::size_t line_ = 1;
};

}  // namespace

Result<std::vector<std::vector<std::string>>> parse_csv(std::string_view text,
                                                        const CsvLimits& limits) {
  if (text.size() > limits.bytes) {
    return fail(Kind::refused, fmt::format("the table is longer than {} bytes", limits.bytes));
  }
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
    return fail(Kind::refused, "the table is not text in UTF-8", "save it again as CSV in UTF-8");
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return CsvReader(text, limits).read();
}

}  // namespace camp
