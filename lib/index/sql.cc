// SPDX-License-Identifier: MIT
#include "index/sql.h"

namespace camp::index {

namespace {

constexpr std::string_view kHeading = "-- name: ";

/// The section that begins at `from`, as {name, text}, and where the next one begins.
struct Section {
  std::string_view name, text;
  std::size_t next;
};

Section section_at(std::string_view all, std::size_t from) {
  const std::size_t name_at = from + kHeading.size();
  const std::size_t line_end = all.find('\n', name_at);
  const std::size_t next = all.find(kHeading, line_end);
  const std::size_t end = next == std::string_view::npos ? all.size() : next;
  return {all.substr(name_at, line_end - name_at), all.substr(line_end, end - line_end), next};
}

}  // namespace

std::pair<std::string_view, std::string_view> named_query(std::string_view name) {
  for (const std::string_view all : {queries_sql(), server_queries_sql()}) {
    for (std::size_t at = all.find(kHeading); at != std::string_view::npos;) {
      const Section section = section_at(all, at);
      if (section.name == name) {
        return {section.name, section.text};
      }
      at = section.next;
    }
  }
  return {};
}

std::vector<std::string_view> query_names(std::string_view file) {
  std::vector<std::string_view> names;
  for (std::size_t at = file.find(kHeading); at != std::string_view::npos;) {
    const Section section = section_at(file, at);
    names.push_back(section.name);
    at = section.next;
  }
  return names;
}

}  // namespace camp::index
