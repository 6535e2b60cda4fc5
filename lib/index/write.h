// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "index/index.h"
#include "index/names.h"
#include "index/row.h"
#include "index/sqlite.h"

namespace camp::index {

/// Takes facts in and keeps what follows from them. Facts are one row a file. What follows (which
/// version is shown, what is dead, whose signature counts) is worked out for each touched target
/// from all facts about it, never from the event itself, so the order of events cannot matter.
class Writer {
 public:
  Writer(Database& database, Names& names) : database_(database), names_(names) {}

  /// See Index::apply. Either everything is taken in or nothing.
  Result<void> apply(const std::vector<Changes>& changes);
  /// See Index::rebuild.
  Result<void> rebuild(const std::function<Result<void>()>& fill);

 private:
  struct Version;  // one object row, as far as what follows depends on it

  Result<void> take_in(const std::vector<Changes>& changes);
  Result<void> take_in(const Changes& changes);
  Result<void> add_object(const ObjectRow& object, const std::string& repository);
  Result<void> insert_object(const ObjectRow& object, std::int64_t repository, std::int64_t branch,
                             std::string_view directory);
  Result<void> note_arrival(const std::string& repository, std::string_view branch,
                            std::string_view blob);
  Result<void> add_tombstone(const TombstoneRow& tombstone, const std::string& repository);
  Result<void> remove_file(std::int64_t repository, std::int64_t branch, std::string_view path);
  Result<void> remove_branch(std::int64_t repository, std::int64_t branch);
  Result<void> remove_object(std::int64_t seq);
  Result<void> remove_tombstone(std::string_view target, std::int64_t repository,
                                std::int64_t branch, std::string_view path);
  Result<void> remember(const Blob& blob, Verdict verdict, std::string_view key);
  Result<void> forget_blob(const Blob& blob, std::string_view target, std::string_view edit);
  Result<std::int64_t> free_seq(std::string_view target);

  Result<void> replace_directory(const Directory& directory);
  Result<std::set<std::string>> owners_changed_by(const Directory& directory);
  Result<void> judge_again(const std::string& owner);
  Result<bool> judge_tombstones(std::int64_t owner);
  Result<Signature> judge(Verdict verdict, std::int64_t author, std::int64_t key,
                          std::string_view version);
  Result<bool> disowned(std::int64_t owner, std::int64_t key, std::string_view id);
  Result<bool> counts(bool says_caller, Verdict verdict, std::int64_t by, std::int64_t key,
                      std::string_view id);

  void touch(std::string_view target) { touched_.emplace(target); }
  Result<void> settle_touched();
  Result<void> settle(const std::string& target);
  Result<std::vector<Version>> versions(const std::string& target);
  Result<void> settle_in(const std::string& target, std::vector<Version>& group);
  Result<void> find_current(const std::string& target, std::span<Version> group);
  Result<std::optional<std::int64_t>> removed_at(std::string_view id, const Version& version);
  Result<std::optional<std::int64_t>> shown_as(std::int64_t type, bool listed, Signature signature);
  Result<void> store_derived(const Version& version);
  Result<void> publish(std::int64_t seq, std::int64_t live);
  Result<void> withdraw(std::int64_t seq, std::int64_t live);
  Result<void> tag(std::int64_t seq, std::int64_t live);

  Result<void> begin_bulk();
  Result<void> end_bulk();
  Result<void> settle_everything();
  Result<void> judge_every_row();
  Result<void> settle_edits_and_tombstones();
  Result<void> tag_everything();

  Database& database_;
  Names& names_;
  std::set<std::string, std::less<>> touched_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::optional<bool>> revoked_;  // {owner, key}
  bool unclean_ = false;  // words were withdrawn: the file needs a scrub
  bool bulk_ = false;
  bool rows_since_begin_ = false;
  bool directory_came_late_ = false;
};

}  // namespace camp::index
