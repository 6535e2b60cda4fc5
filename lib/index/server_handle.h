// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "index/server_db.h"
#include "index/sqlite.h"

namespace camp::index {

/// What stands behind a ServerDb: one connection.
struct ServerDb::Handle {
  std::unique_ptr<Database> database;

  template <class... Values>
  Result<void> run(std::string_view query, const Values&... values) {
    Statement statement = CAMP_TRY(database->statement(query));
    statement.bind(values...);
    while (CAMP_TRY(statement.next())) {
    }
    return {};
  }

  /// Whether the query has a row.
  template <class... Values>
  Result<bool> any(std::string_view query, const Values&... values) {
    Statement statement = CAMP_TRY(database->statement(query));
    statement.bind(values...);
    bool found = false;
    while (CAMP_TRY(statement.next())) found = true;
    return found;
  }

  template <class... Values>
  Result<std::int64_t> number(std::string_view query, const Values&... values) {
    Statement statement = CAMP_TRY(database->statement(query));
    statement.bind(values...);
    return CAMP_TRY(statement.next()) ? statement.integer(0) : 0;
  }

  /// Every row, as `read` makes it.
  template <class Read, class... Values>
  auto rows(std::string_view query, Read read, const Values&... values)
      -> Result<std::vector<decltype(read(std::declval<Statement&>()))>> {
    Statement statement = CAMP_TRY(database->statement(query));
    statement.bind(values...);
    std::vector<decltype(read(statement))> all;
    while (CAMP_TRY(statement.next())) all.push_back(read(statement));
    return all;
  }

  /// The first row, if there is one.
  template <class Read, class... Values>
  auto first(std::string_view query, Read read, const Values&... values)
      -> Result<std::optional<decltype(read(std::declval<Statement&>()))>> {
    Statement statement = CAMP_TRY(database->statement(query));
    statement.bind(values...);
    std::optional<decltype(read(statement))> found;
    if (CAMP_TRY(statement.next())) found = read(statement);
    return found;
  }
};

}  // namespace camp::index
