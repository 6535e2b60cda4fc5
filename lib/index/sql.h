// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace camp::index {

/// The *.sql files of this directory, embedded by the build.
std::string schema_sql();
std::string indexes_sql();
std::string drop_indexes_sql();
std::string_view queries_sql();
std::string server_schema_sql();
std::string_view server_queries_sql();

/// A query of queries.sql or server_queries.sql under its name (`-- name: …`), as {the name, its
/// text}, both of static lifetime; an empty text if there is none.
std::pair<std::string_view, std::string_view> named_query(std::string_view name);
/// All names of such a file, for the test that prepares each.
std::vector<std::string_view> query_names(std::string_view file);

}  // namespace camp::index
