// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "index/index.h"
#include "index/names.h"
#include "index/row.h"
#include "index/sqlite.h"

namespace camp::index {

/// Answers what a viewer may see; the functions are those of Index. Every query is bounded by an
/// index over one repository, so a page costs the same however many posts there are.
class Reader {
 public:
  Reader(Database& database, Names& names) : database_(database), names_(names) {}

  Result<std::vector<Post>> timeline(const Viewer& viewer, const Query& query);
  Result<std::vector<Post>> search(const Viewer& viewer, const std::vector<std::string>& words,
                                   const Query& query);
  Result<std::vector<Post>> thread(const Viewer& viewer, std::string_view id, std::size_t limit);
  /// What answers a post, by the query of one of the two kinds of parents.
  Result<std::vector<Post>> answers(std::string_view query, const Viewer& viewer,
                                    std::string_view parent);
  Result<std::optional<Post>> post(const Viewer& viewer, std::string_view id);
  Result<std::vector<std::string>> complete_id(const Viewer& viewer, std::string_view prefix,
                                               std::size_t limit);
  Result<std::vector<ObjectRow>> live(const Viewer& viewer, std::string_view type,
                                      std::string_view author, std::string_view about);
  Result<std::vector<ObjectRow>> live_before(std::string_view repository, std::string_view type,
                                             std::string_view author, std::string_view before,
                                             std::size_t limit);
  Result<std::vector<ObjectRow>> news_for(const Viewer& viewer, std::int64_t since_ms,
                                          std::size_t limit);
  Result<ObjectRow> object(std::int64_t seq);
  Result<std::vector<ObjectRow>> objects(const std::vector<std::int64_t>& rows);

 private:
  using Numbers = std::set<std::int64_t>;

  /// A repository that a timeline draws from, and whether its unlisted posts show there.
  struct Source {
    std::int64_t repository;
    bool unlisted;
  };
  /// A post on a page, before its row is read.
  struct Entry {
    std::string id;
    std::int64_t seq;
  };
  struct Bounds {
    std::string after, before;  ///< ids strictly between these
    bool empty = false;
  };
  /// What a timeline's query comes to, in the numbers of the tables.
  struct Plan {
    std::vector<Source> sources;
    Numbers unwanted;                    ///< authors whom the viewer blocks or ignores
    std::optional<std::int64_t> author;  ///< the one author asked for
    Bounds bounds;
    bool nothing = false;  ///< no post can match
  };

  Result<Plan> plan(const Viewer& viewer, const Query& query);
  Result<std::vector<Source>> sources(const Viewer& viewer, Timeline timeline);
  Result<Numbers> unwanted(const Viewer& viewer);
  Result<void> collect(const Plan& plan, const Source& source, Live live, const Query& query,
                       std::vector<Entry>& entries);
  Result<bool> matches(const Statement& row, const Plan& plan, const Query& query,
                       const std::vector<std::string>& words);
  Result<bool> hidden(std::string_view id);
  Result<Numbers> open_repositories(const Viewer& viewer);
  Result<std::optional<std::int64_t>> find(std::string_view id, const Numbers& open);
  Result<std::string> top_of(std::string_view id, const Numbers& open);
  Result<std::vector<Entry>> replies(std::string_view id, const Numbers& open);
  /// Targets, rows and repositories of a query, each target once, hidden ones left out.
  Result<std::vector<Entry>> entries_of(std::string_view query, std::string_view subject,
                                        const Numbers& open);
  Result<std::optional<Post>> load(std::int64_t seq, const Numbers& open);
  Result<void> count(Post& post, const Numbers& open);
  Result<std::vector<Post>> load(const std::vector<Entry>& entries, const Numbers& open);

  Database& database_;
  Names& names_;
};

}  // namespace camp::index
