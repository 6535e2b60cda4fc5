// SPDX-License-Identifier: MIT
// Search: three-letter terms narrow, the text itself decides.
#include <algorithm>
#include <set>

#include "index/ids.h"
#include "index/read.h"

namespace camp::index {

namespace {

constexpr int kSeqBits = 15;
// The full text limits an expression's depth; a long word is found by some of its letters as well.
constexpr std::size_t kMostTerms = 48;

/// Where the characters of a UTF-8 text begin, and its end.
std::vector<std::size_t> character_starts(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
      starts.push_back(i);
    }
  }
  starts.push_back(text.size());
  return starts;
}

std::string quoted(std::string_view term) {
  std::string out = "\"";
  for (const char c : term) {
    out.append(c == '"' ? 2 : 1, c);
  }
  return out + '"';
}

/// An FTS5 expression that everything with these words matches; empty if all are too short.
std::string match_expression(const std::vector<std::string>& words) {
  std::set<std::string_view> terms;
  for (const std::string& word : words) {
    const std::vector<std::size_t> starts = character_starts(word);
    for (std::size_t i = 0; i + 3 < starts.size() && terms.size() < kMostTerms; ++i) {
      const auto term = std::string_view(word).substr(starts[i], starts[i + 3] - starts[i]);
      if (term.find('\0') == std::string_view::npos) {
        terms.insert(term);
      }
    }
  }
  std::string expression;
  for (const std::string_view term : terms) {
    expression.append(expression.empty() ? "" : " AND ").append(quoted(term));
  }
  return expression;
}

}  // namespace

Result<bool> Reader::matches(const Statement& row, const Plan& plan, const Query& query,
                             const std::vector<std::string>& words) {
  const std::string_view id = row.text(1);
  if (id <= plan.bounds.after || id >= plan.bounds.before) {
    return false;
  }
  const bool unlisted = row.integer(4) == static_cast<std::int64_t>(Live::unlisted);
  const bool open = std::any_of(plan.sources.begin(), plan.sources.end(), [&](const Source& s) {
    return s.repository == row.integer(2) && (s.unlisted || !unlisted);
  });
  const std::int64_t author = row.integer(3);
  if (!open || plan.unwanted.contains(author) || (plan.author && author != *plan.author)) {
    return false;
  }
  const std::string_view text = row.text(6);
  for (const std::string& word : words) {
    if (text.find(word) == std::string_view::npos) {
      return false;
    }
  }
  if (!query.tag.empty()) {
    const std::vector<std::string> tags = unpack(row.text(5));
    if (std::find(tags.begin(), tags.end(), query.tag) == tags.end()) {
      return false;
    }
  }
  return !CAMP_TRY(hidden(id));
}

Result<std::vector<Post>> Reader::search(const Viewer& viewer,
                                         const std::vector<std::string>& words,
                                         const Query& query) {
  const Transaction snapshot = CAMP_TRY(Transaction::read(database_));
  const Plan plan = CAMP_TRY(this->plan(viewer, query));
  const bool no_words =
      std::all_of(words.begin(), words.end(), [](const std::string& word) { return word.empty(); });
  if (plan.nothing || no_words || plan.sources.empty()) {
    return std::vector<Post>();
  }
  const std::int64_t since = std::clamp(query.since_ms, std::int64_t{0}, kLargestTime);
  const std::int64_t first = std::max(since, time_of_id(query.after)) << kSeqBits;
  const std::int64_t last =
      query.before.empty() ? INT64_MAX : ((time_of_id(query.before) + 1) << kSeqBits) - 1;
  const std::string expression = match_expression(words);
  const bool scan = expression.empty();
  Statement row =
      CAMP_TRY(database_.statement(query.oldest_first ? (scan ? "scanned_up" : "found_up")
                                   : scan             ? "scanned_down"
                                                      : "found_down"));
  scan ? row.bind(first, last) : row.bind(first, last, expression);
  // Rows come by millisecond; within one they still have to be put in order.
  std::vector<Entry> entries;
  std::set<std::string> seen;  // in this millisecond
  std::int64_t millisecond = -1;
  while (CAMP_TRY(row.next())) {
    const std::int64_t now = row.integer(0) >> kSeqBits;
    if (now != millisecond && entries.size() >= query.limit) {
      break;
    }
    if (now != millisecond) {
      seen.clear();
    }
    millisecond = now;
    if (CAMP_TRY(matches(row, plan, query, words)) && seen.insert(row.string(1)).second) {
      entries.push_back({row.string(1), row.integer(0)});
    }
  }
  std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
    return query.oldest_first ? a.id < b.id : b.id < a.id;
  });
  entries.resize(std::min(entries.size(), query.limit));
  return load(entries, CAMP_TRY(open_repositories(viewer)));
}

}  // namespace camp::index
