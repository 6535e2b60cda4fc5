// SPDX-License-Identifier: MIT
// Keys and what they decide: whose signature counts, and which tombstones do.
#include <algorithm>
#include <iterator>
#include <tuple>

#include "index/write.h"
#include "model/key_log.h"

namespace camp::index {

Result<bool> Writer::disowned(std::int64_t owner, std::int64_t key, std::string_view id) {
  Statement query = CAMP_TRY(database_.statement("vouched_for"));
  const std::string entry = model::vouched_entry(id);
  query.bind(CAMP_TRY(names_.text(owner)), CAMP_TRY(names_.text(key)), entry);
  return !CAMP_TRY(query.next());
}

Result<Signature> Writer::judge(Verdict verdict, std::int64_t author, std::int64_t key,
                                std::string_view version) {
  if (verdict != Verdict::valid) {
    return verdict == Verdict::none ? Signature::none : Signature::invalid;
  }
  const auto [known, fresh] = revoked_.try_emplace({author, key});
  if (fresh) {
    Statement query = CAMP_TRY(database_.statement("key_revoked"));
    query.bind(CAMP_TRY(names_.text(author)), CAMP_TRY(names_.text(key)));
    if (CAMP_TRY(query.next())) {
      known->second = query.integer(0) != 0;
    }
  }
  if (!known->second) {
    return Signature::invalid;  // a good signature under somebody else's key
  }
  const bool void_now = *known->second && CAMP_TRY(disowned(author, key, version));
  return void_now ? Signature::disowned : Signature::valid;
}

Result<bool> Writer::counts(bool says_caller, Verdict verdict, std::int64_t by, std::int64_t key,
                            std::string_view id) {
  if (!says_caller || verdict == Verdict::invalid) {
    return false;
  }
  return verdict == Verdict::none || CAMP_TRY(judge(verdict, by, key, id)) != Signature::disowned;
}

Result<std::set<std::string>> Writer::owners_changed_by(const Directory& directory) {
  using Line = std::tuple<std::string, std::string, std::string>;  // owner, key, what is said of it
  std::set<Line> before, after;
  Statement keys = CAMP_TRY(database_.statement("keys_all"));
  keys.bind();
  while (CAMP_TRY(keys.next())) {
    before.emplace(keys.string(0), keys.string(1), keys.integer(2) != 0 ? "revoked" : "good");
  }
  Statement vouched = CAMP_TRY(database_.statement("vouched_all"));
  vouched.bind();
  while (CAMP_TRY(vouched.next())) {
    before.emplace(vouched.string(0), vouched.string(1), "vouches " + vouched.string(2));
  }
  for (const KeyRow& key : directory.keys) {
    after.emplace(key.owner, key.key, key.revoked ? "revoked" : "good");
  }
  for (const VouchedRow& row : directory.vouched) {
    after.emplace(row.owner, row.key, "vouches " + row.id);
  }
  std::vector<Line> changed;
  std::set_symmetric_difference(before.begin(), before.end(), after.begin(), after.end(),
                                std::back_inserter(changed));
  std::set<std::string> owners;
  for (const Line& line : changed) {
    owners.insert(std::get<0>(line));
  }
  return owners;
}

Result<void> Writer::replace_directory(const Directory& directory) {
  const std::set<std::string> owners = CAMP_TRY(owners_changed_by(directory));
  CAMP_TRY(
      database_.script("DELETE FROM member; DELETE FROM key; DELETE FROM vouched;"
                       "DELETE FROM hidden; DELETE FROM blocked; DELETE FROM profile;"
                       "DELETE FROM file;"));
  CAMP_TRY(CAMP_TRY(database_.statement("note_set"))
               .bind("community_name", directory.community_name)
               .run());
  Statement member = CAMP_TRY(database_.statement("member_add"));
  for (const MemberRow& row : directory.members) {
    member.bind(row.id, row.handle, row.name, row.role, row.custody, row.claimed, row.state,
                row.joined_ms);
    CAMP_TRY(member.run());
  }
  Statement key = CAMP_TRY(database_.statement("key_add"));
  for (const KeyRow& row : directory.keys) {
    CAMP_TRY(key.bind(row.owner, row.key, row.role, row.name, row.revoked).run());
  }
  Statement vouched = CAMP_TRY(database_.statement("vouched_add"));
  for (const VouchedRow& row : directory.vouched) {
    CAMP_TRY(vouched.bind(row.owner, row.key, row.id).run());
  }
  Statement hidden = CAMP_TRY(database_.statement("hidden_add"));
  for (const HiddenRow& row : directory.hidden) {
    CAMP_TRY(hidden.bind(row.id, row.reason).run());
  }
  Statement blocked = CAMP_TRY(database_.statement("blocked_add"));
  for (const BlockedRow& row : directory.blocked) {
    CAMP_TRY(blocked.bind(row.about, row.reason).run());
  }
  Statement profile = CAMP_TRY(database_.statement("profile_add"));
  for (const ProfileRow& row : directory.profiles) {
    CAMP_TRY(profile.bind(row.author, row.branch, row.id, row.key, pack(row.pictures)).run());
  }
  Statement file = CAMP_TRY(database_.statement("file_add"));
  for (const StateRow& row : directory.files) {
    CAMP_TRY(file.bind(row.repository, row.path, row.blob).run());
  }
  revoked_.clear();
  if (bulk_) {
    directory_came_late_ = directory_came_late_ || (rows_since_begin_ && !owners.empty());
    return {};
  }
  for (const std::string& owner : owners) {
    CAMP_TRY(judge_again(owner));
  }
  return {};
}

Result<void> Writer::judge_again(const std::string& owner) {
  const auto number = CAMP_TRY(names_.find(owner));
  if (!number) {
    return {};  // nothing here is theirs
  }
  std::vector<std::pair<std::int64_t, Signature>> changed;
  {
    Statement row = CAMP_TRY(database_.statement("object_of_author"));
    row.bind(*number);
    while (CAMP_TRY(row.next())) {
      const bool edited = !row.text(2).empty();
      const auto verdict = static_cast<Verdict>(row.integer(3));
      const Signature now =
          CAMP_TRY(judge(verdict, *number, row.integer(4), row.text(edited ? 2 : 1)));
      if (now != static_cast<Signature>(row.integer(5))) {
        changed.emplace_back(row.integer(0), now);
        touch(row.text(1));
      }
    }
  }
  Statement sign = CAMP_TRY(database_.statement("object_sign"));
  for (const auto& [seq, signature] : changed) {
    CAMP_TRY(sign.bind(seq, signature).run());
  }
  CAMP_TRY(judge_tombstones(*number));
  return {};
}

Result<bool> Writer::judge_tombstones(std::int64_t owner) {
  struct Change {
    std::string target, path;
    std::int64_t repository, branch;
    bool active;
  };
  std::vector<Change> changes;
  {
    Statement row = CAMP_TRY(database_.statement("tombstone_of_author"));
    row.bind(owner);
    while (CAMP_TRY(row.next())) {
      const bool active = CAMP_TRY(counts(row.integer(5) != 0, static_cast<Verdict>(row.integer(6)),
                                          owner, row.integer(7), row.text(4)));
      if (active != (row.integer(8) != 0)) {
        changes.push_back({row.string(0), row.string(3), row.integer(1), row.integer(2), active});
      }
    }
  }
  Statement activate = CAMP_TRY(database_.statement("tombstone_activate"));
  for (const Change& change : changes) {
    activate.bind(change.target, change.repository, change.branch, change.path, change.active);
    CAMP_TRY(activate.run());
    if (!bulk_) {
      touch(change.target);
    }
  }
  return !changes.empty();
}

}  // namespace camp::index
