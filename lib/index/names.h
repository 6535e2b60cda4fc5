// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "index/sqlite.h"

namespace camp::index {

/// The table `name`: numbers for strings that stand in very many rows, with a bounded memory of
/// those used last.
class Names {
 public:
  explicit Names(Database& database) : database_(database) {}

  /// The number of a text, given out if there is none.
  Result<std::int64_t> number(std::string_view text);
  /// The number of a text, if it has one.
  Result<std::optional<std::int64_t>> find(std::string_view text);
  /// The text of a number; Kind::damaged if the table lost it.
  Result<std::string> text(std::int64_t number);
  /// After a rollback or a change by another connection.
  void forget();

 private:
  void remember(std::string_view text, std::int64_t number);

  Database& database_;
  std::unordered_map<std::string, std::int64_t> numbers_;
  std::unordered_map<std::int64_t, std::string> texts_;
};

}  // namespace camp::index
