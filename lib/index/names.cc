// SPDX-License-Identifier: MIT
#include "index/names.h"

namespace camp::index {

namespace {
// Far more than a community has; a bound against strangers who invent types and audiences.
constexpr std::size_t kMostRemembered = 8192;
}  // namespace

Result<std::optional<std::int64_t>> Names::find(std::string_view text) {
  const auto known = numbers_.find(std::string(text));
  if (known != numbers_.end()) {
    return known->second;
  }
  Statement query = CAMP_TRY(database_.statement("name_number"));
  if (!CAMP_TRY(query.bind(text).next())) {
    return std::nullopt;
  }
  remember(text, query.integer(0));
  return query.integer(0);
}

Result<std::int64_t> Names::number(std::string_view text) {
  if (const auto known = CAMP_TRY(find(text))) {
    return *known;
  }
  Statement query = CAMP_TRY(database_.statement("name_add"));
  CAMP_TRY(query.bind(text).next());
  const std::int64_t number = query.integer(0);
  CAMP_TRY(query.next());
  remember(text, number);
  return number;
}

Result<std::string> Names::text(std::int64_t number) {
  const auto known = texts_.find(number);
  if (known != texts_.end()) {
    return known->second;
  }
  Statement query = CAMP_TRY(database_.statement("name_text"));
  if (!CAMP_TRY(query.bind(number).next())) {
    return fail(Kind::damaged, "the index is damaged: a name is missing", "run `camp reindex`");
  }
  std::string text = query.string(0);
  remember(text, number);
  return text;
}

void Names::forget() {
  numbers_.clear();
  texts_.clear();
}

void Names::remember(std::string_view text, std::int64_t number) {
  if (numbers_.size() >= kMostRemembered) {
    forget();
  }
  numbers_.emplace(text, number);
  texts_.emplace(number, text);
}

}  // namespace camp::index
