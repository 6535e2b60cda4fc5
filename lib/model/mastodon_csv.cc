// SPDX-License-Identifier: MIT
#include "model/mastodon_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/csv.h"
#include "model/foreign_text.h"

namespace camp::model {
namespace {

/// Where a file's values stand; `header` is Mastodon's name for the column.
struct Column {
  std::string_view header;
  std::size_t place;
};

struct RelationFile {
  std::string_view name;  ///< without ".csv"
  RelationKind kind;
};

constexpr std::array kRelationFiles{RelationFile{"following_accounts", RelationKind::follow},
                                    RelationFile{"following", RelationKind::follow},
                                    RelationFile{"followers", RelationKind::follower},
                                    RelationFile{"muted_accounts", RelationKind::mute},
                                    RelationFile{"mutes", RelationKind::mute},
                                    RelationFile{"blocked_accounts", RelationKind::block},
                                    RelationFile{"blocks", RelationKind::block},
                                    RelationFile{"blocked_domains", RelationKind::domain_block},
                                    RelationFile{"domain_blocks", RelationKind::domain_block},
                                    RelationFile{"lists", RelationKind::list_member},
                                    RelationFile{"bookmarks", RelationKind::bookmark}};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// "following_accounts.csv", and what a browser makes of a second download: "… (1).csv".
std::optional<RelationKind> relation_kind(std::string_view path) {
  path.remove_prefix(path.find_last_of('/') == std::string_view::npos ? 0
                                                                      : path.find_last_of('/') + 1);
  std::string name = lower(path);
  if (name.ends_with(".csv")) name.resize(name.size() - 4);
  name.resize(std::min(name.find_first_of(" ("), name.size()));
  for (const RelationFile& file : kRelationFiles) {
    if (name == file.name) return file.kind;
  }
  return std::nullopt;
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 253 && text.find('.') != 0 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') ||
                  (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':';
         });
}

/// "user@host" with the host in lower case; empty if the text is none.
std::string account_address(std::string_view text) {
  if (text.starts_with('@')) text.remove_prefix(1);
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return {};
  const std::string_view user = text.substr(0, at);
  const std::string host = lower(text.substr(at + 1));
  const bool is_user =
      !user.empty() && user.size() <= 128 && std::all_of(user.begin(), user.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.' || c == '-';
      });
  return is_user && is_host(host) ? std::string(user) + '@' + host : std::string();
}

/// Reads the rows of one file; the header, if there is one, says where the columns stand.
class RelationReader {
 public:
  RelationReader(RelationKind kind, std::vector<std::vector<std::string>> rows)
      : kind_(kind), rows_(std::move(rows)) {
    if (rows_.empty() || rows_.front().empty() || !is_header(rows_.front())) return;
    for (const std::string& cell : rows_.front()) header_.push_back(lower(trimmed(cell)));
  }

  ArchivedRelations read() {
    ArchivedRelations result;
    for (std::size_t i = header_.empty() ? 0 : 1; i < rows_.size(); ++i) {
      row_ = &rows_[i];
      if (auto relation = read_row()) {
        result.rows.push_back(*std::move(relation));
      } else if (++result.rejected_count <= 100) {
        result.rejected.push_back(fmt::format("row {}: {} is no {}", i + 1,
                                              in_quotes(rows_[i].front()), what_is_expected()));
      }
    }
    return result;
  }

 private:
  static bool is_header(const std::vector<std::string>& row) {
    const std::string first = lower(trimmed(row.front()));
    if (first == "list name") return row.size() > 1 && lower(trimmed(row[1])) == "account address";
    return first == "account address" || first == "#domain" || first == "#uri";
  }

  std::string_view what_is_expected() const {
    if (kind_ == RelationKind::domain_block) return "domain";
    if (kind_ == RelationKind::bookmark) return "address of a post";
    return kind_ == RelationKind::list_member ? "list with an account" : "account";
  }

  std::string_view cell(const Column& column) const {
    std::size_t place = column.place;
    if (!header_.empty()) {
      const auto found = std::find(header_.begin(), header_.end(), lower(column.header));
      place = static_cast<std::size_t>(found - header_.begin());
    }
    return place < row_->size() ? trimmed((*row_)[place]) : std::string_view();
  }

  /// "true" and "false"; an empty or missing cell leaves the default.
  bool flag(const Column& column, bool otherwise) const {
    const std::string value = lower(cell(column));
    if (value == "true" || value == "1") return true;
    return value == "false" || value == "0" ? false : otherwise;
  }

  std::optional<ArchivedRelation> read_row() const {
    ArchivedRelation relation;
    relation.kind = kind_;
    if (kind_ == RelationKind::domain_block) {
      relation.about = lower(cell({"#domain", 0}));
      if (!is_host(relation.about)) return std::nullopt;
      return relation;
    }
    if (kind_ == RelationKind::bookmark) {
      relation.about = cell({"#uri", 0});
      if (!is_uri(relation.about)) return std::nullopt;
      return relation;
    }
    const bool in_list = kind_ == RelationKind::list_member;
    if (in_list) relation.list = clipped(std::string(cell({"List name", 0})), 256);
    relation.about = account_address(cell({"Account address", in_list ? 1U : 0U}));
    if (relation.about.empty() || (in_list && relation.list.empty())) return std::nullopt;
    if (kind_ == RelationKind::follow) read_follow(relation);
    if (kind_ == RelationKind::mute) {
      relation.hide_notifications = flag({"Hide notifications", 1}, true);
    }
    return relation;
  }

  void read_follow(ArchivedRelation& relation) const {
    relation.show_boosts = flag({"Show boosts", 1}, true);
    relation.notify = flag({"Notify on new posts", 2}, false);
    const std::string_view languages = cell({"Languages", 3});
    for (std::size_t at = 0; at < languages.size();) {
      const std::size_t end = std::min(languages.find(',', at), languages.size());
      const std::string_view language = trimmed(languages.substr(at, end - at));
      if (is_language(language)) relation.languages.emplace_back(language);
      at = end + 1;
    }
  }

  RelationKind kind_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::string> header_;
  const std::vector<std::string>* row_ = nullptr;
};

}  // namespace

Result<ArchivedRelations> decode_relations(std::string_view file_name, std::string_view text) {
  const auto kind = relation_kind(file_name);
  if (!kind) {
    return fail(Kind::usage, in_quotes(file_name) + " is none of the lists that Mastodon exports",
                "following_accounts.csv, muted_accounts.csv, blocked_accounts.csv, "
                "blocked_domains.csv, lists.csv and bookmarks.csv are");
  }
  return RelationReader(*kind, CAMP_TRY(parse_csv(text))).read();
}

}  // namespace camp::model
