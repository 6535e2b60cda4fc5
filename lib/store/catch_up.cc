// SPDX-License-Identifier: MIT
#include "store/catch_up.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "crypto/did_key.h"
#include "store/letters.h"
#include "store/outbox.h"
#include "store/profile.h"
#include "store/row_reader.h"

namespace camp::store {
namespace {

using index::Changes;

std::map<std::string, git::Oid> by_branch(const std::vector<Changes::Tip>& tips) {
  std::map<std::string, git::Oid> map;
  for (const Changes::Tip& tip : tips) map[tip.branch] = tip.commit;
  return map;
}

/// What came and went on a month branch. When the commit that the index stands at is gone (a
/// squash), the two sides are compared by names.
Result<git::Difference> month_difference(const Community& community,
                                         const git::Repository& repository, std::string_view name,
                                         std::string_view branch, const git::Oid& before,
                                         const git::Oid& after) {
  if (auto difference = repository.difference(before, after)) return *std::move(difference);
  git::Difference difference;
  std::map<std::string, git::Oid> known;
  for (index::Index::File& row : CAMP_TRY(community.index().files(name, branch))) {
    known.emplace(std::move(row.path), std::move(row.blob));
  }
  CAMP_TRY(repository.for_each_file(after, "", [&](const git::Entry& entry) -> Result<bool> {
    const auto old = known.find(entry.path);
    if (old == known.end() || old->second != entry.blob) difference.added.push_back(entry);
    if (old != known.end()) known.erase(old);
    return true;
  }));
  for (auto& [path, blob] : known) difference.removed.push_back({path, blob});
  return difference;
}

/// Takes over what changed in a `main` where that is people who follow from elsewhere and nothing
/// else: it comes often, and reading all that every `main` says is dear. False if it is more.
Result<bool> only_followers(const git::Repository& repository, std::string_view name,
                            const git::Oid& before, const git::Oid& after, Changes& changes) {
  if (before.empty()) return false;
  const auto difference = repository.difference(before, after);
  if (!difference) return false;
  // Of a changed file the old content counts as removed; any other removal is none of ours.
  const bool replaced_only = std::all_of(
      difference->removed.begin(), difference->removed.end(), [&](const git::Entry& gone) {
        return std::any_of(difference->added.begin(), difference->added.end(),
                           [&](const git::Entry& entry) { return entry.path == gone.path; });
      });
  const bool all_theirs =
      std::all_of(difference->added.begin(), difference->added.end(),
                  [](const git::Entry& entry) { return entry.path.starts_with(kFollowers); });
  if (!replaced_only || !all_theirs) return false;
  for (const git::Entry& entry : difference->added) {
    changes.files.push_back({std::string(name), entry.path, entry.blob});
  }
  return true;
}

/// All changes of one repository's month branches; sets `state_moved` when its `main` did.
Result<Changes> changes_of(const Community& community, const git::Repository& repository,
                           std::string_view name, bool& state_moved) {
  Changes changes{.repository = std::string(name)};
  const Acceptance acceptance = CAMP_TRY(read_acceptance(community, name));
  const RowReader::Refused ignore;
  const RowReader reader(community.index(), repository, name, acceptance, ignore);
  auto known = by_branch(CAMP_TRY(community.index().tips(name)));
  for (const git::Branch& branch : CAMP_TRY(repository.branches())) {
    const git::Oid before = known[branch.name];
    known.erase(branch.name);
    if (before == branch.tip) continue;
    changes.tips.push_back({branch.name, branch.tip});
    if (!is_month(branch.name)) {
      const bool little = CAMP_TRY(only_followers(repository, name, before, branch.tip, changes));
      state_moved = state_moved || !little;
      continue;
    }
    const auto difference =
        CAMP_TRY(month_difference(community, repository, name, branch.name, before, branch.tip));
    for (const git::Entry& entry : difference.removed) {
      changes.removed.push_back({branch.name, entry.path});
    }
    CAMP_TRY(reader.read(branch.name, difference.added, changes));
  }
  for (const auto& [branch, tip] : known) changes.tips.push_back({branch, ""});
  return changes;
}

/// The index forgets a repository that is gone.
Result<Changes> removal_of(const Community& community, std::string_view name) {
  Changes changes{.repository = std::string(name)};
  for (const Changes::Tip& tip : CAMP_TRY(community.index().tips(name))) {
    changes.tips.push_back({tip.branch, ""});
  }
  return changes;
}

void add_member(index::Directory& directory, const OwnerId& id, const model::MemberState& member,
                const model::KeyState& keys) {
  const bool server =
      std::any_of(keys.signing.begin(), keys.signing.end(),
                  [](const model::SigningKey& key) { return key.role == model::KeyRole::server; });
  directory.members.push_back({.id = id.text(),
                               .handle = member.handle,
                               .name = member.name,
                               .role = member.role,
                               .custody = server ? "server" : "self",
                               .claimed = !keys.unclaimed,
                               .state = member.state,
                               .joined_ms = member.joined_ms});
}

void add_keys(index::Directory& directory, const model::KeyState& keys) {
  const std::string owner = keys.owner.text();
  for (const auto& key : keys.signing) {
    const bool server = key.role == model::KeyRole::server;
    directory.keys.push_back(
        {owner, crypto::to_did_key(key.key), server ? "server" : "device", key.name, false});
  }
  // What a key said before it was laid down still counts.
  for (const auto& key : keys.retired) {
    directory.keys.push_back({owner, crypto::to_did_key(key), "", "", false});
  }
  for (const auto& revoked : keys.revoked) {
    directory.keys.push_back({owner, crypto::to_did_key(revoked.key), "", "", true});
  }
}

/// What a member vouches for under a revoked key, if the list matches the revocation.
Result<void> add_vouched(index::Directory& directory, const Community& community,
                         const model::KeyState& keys) {
  for (const auto& revoked : keys.revoked) {
    const std::string path = vouched_file(keys.owner, revoked.key);
    const std::string text = CAMP_TRY(community.state_file(path));
    const std::vector<std::string> entries = vouched_entries(text);
    if (model::vouch_for(entries) != revoked.vouched) continue;
    for (const std::string& entry : entries) {
      directory.vouched.push_back({keys.owner.text(), crypto::to_did_key(revoked.key), entry});
    }
  }
  return {};
}

/// A member's profiles; what the newest that counts says is how they are called.
Result<void> add_profiles(index::Directory& directory, const Community& community,
                          const model::KeyState& keys, const git::Repository* open_to_all) {
  std::optional<model::Object> shown;
  for (FoundProfile& found : CAMP_TRY(find_profiles(community, keys, open_to_all))) {
    index::ProfileRow row{.author = keys.owner.text(),
                          .branch = found.branch,
                          .id = found.object.id.object.text(),
                          .key = found.key};
    for (const model::Attachment& picture : pictures_of(found.object)) {
      row.pictures.push_back({picture.sha256, picture.media_type, picture.name});
    }
    directory.profiles.push_back(std::move(row));
    if (found.counts && (!shown || supersedes(found.object, *shown))) {
      shown = std::move(found.object);
    }
  }
  if (shown && !shown->profile->name.empty()) {
    directory.members.back().name = shown->profile->name;
  }
  return {};
}

/// Lists the files of every `main`, so that the index's dump covers them.
Result<void> add_files(index::Directory& directory, const Community& community) {
  for (const std::string& name : CAMP_TRY(community.repositories())) {
    const git::Repository repository = CAMP_TRY(community.repository(name));
    const auto tip = CAMP_TRY(repository.tip("main"));
    if (!tip) continue;
    CAMP_TRY(repository.for_each_file(*tip, "", [&](const git::Entry& entry) -> Result<bool> {
      directory.files.push_back({name, entry.path, entry.blob});
      return true;
    }));
  }
  return {};
}

}  // namespace

Result<index::Directory> read_directory(const Community& community) {
  index::Directory directory;
  const model::CommunityState state = CAMP_TRY(community.state());
  directory.community_name = state.name;
  add_keys(directory, CAMP_TRY(community.keys_of(community.id())));
  std::optional<git::Repository> open_to_all;
  if (has_public(community)) open_to_all = CAMP_TRY(community.repository(kPublic));
  for (const auto& [id, member] : state.members) {
    const model::KeyState keys = CAMP_TRY(community.keys_of(id));
    add_member(directory, id, member, keys);
    CAMP_TRY(add_profiles(directory, community, keys, open_to_all ? &*open_to_all : nullptr));
    add_keys(directory, keys);
    CAMP_TRY(add_vouched(directory, community, keys));
  }
  for (const auto& [object, reason] : state.hidden) {
    const FullId id = CAMP_TRY(FullId::parse(object));
    directory.hidden.push_back({id.object.text(), reason});
  }
  for (const auto& [about, reason] : state.blocked) directory.blocked.push_back({about, reason});
  CAMP_TRY(add_files(directory, community));
  return directory;
}

Result<Acceptance> read_acceptance(const Community& community, std::string_view name) {
  Acceptance acceptance{community.id(), {}};
  const git::Repository repository = CAMP_TRY(community.repository(name));
  const auto tip = CAMP_TRY(repository.tip("main"));
  if (!tip) return acceptance;
  CAMP_TRY(
      repository.for_each_file(*tip, "adoptions", [&](const git::Entry& entry) -> Result<bool> {
        const auto object =
            model::decode_object(CAMP_TRY(repository.read_blob(entry.blob, kMaxObjectFile)));
        if (object && verify_signature(*object)) acceptance.adoptions.push_back(*object);
        return true;
      }));
  return acceptance;
}

Result<bool> is_behind(const Community& community) {
  if (CAMP_TRY(outbox_moved(community))) return true;
  const auto names = CAMP_TRY(community.repositories());
  for (const std::string& name : CAMP_TRY(community.index().repositories())) {
    if (!std::binary_search(names.begin(), names.end(), name)) return true;
  }
  const auto marks = CAMP_TRY(community.index().marks());
  for (const std::string& name : names) {
    const auto seen = CAMP_TRY(git::refs_state(community.repository_path(name)));
    const auto mark = marks.find(name);
    if (!seen.recent && mark != marks.end() && seen.signature == mark->second) continue;
    const git::Repository repository = CAMP_TRY(community.repository(name));
    auto known = by_branch(CAMP_TRY(community.index().tips(name)));
    for (const git::Branch& branch : CAMP_TRY(repository.branches())) {
      if (known[branch.name] != branch.tip) return true;
      known.erase(branch.name);
    }
    if (!known.empty()) return true;
  }
  return false;
}

Result<std::string> seen_mark(const git::Repository& repository) {
  const auto seen = CAMP_TRY(git::refs_state(repository.path()));
  // A mark taken in the same instant as a change could hide the next change of that instant.
  return seen.recent ? std::string() : seen.signature;
}

Result<void> catch_up(Community& community) {
  std::vector<Changes> all;
  std::vector<Found> came;
  bool state_moved = false;
  const auto names = CAMP_TRY(community.repositories());
  for (const std::string& name : CAMP_TRY(community.index().repositories())) {
    if (!std::binary_search(names.begin(), names.end(), name)) {
      all.push_back(CAMP_TRY(removal_of(community, name)));
      state_moved = true;  // the files of its `main` went with it
    }
  }
  const std::size_t removed = all.size();
  for (const std::string& name : names) {
    const git::Repository repository = CAMP_TRY(community.repository(name));
    all.push_back(CAMP_TRY(changes_of(community, repository, name, state_moved)));
    for (const auto& row : all.back().objects) {
      came.push_back({row.repository, row.branch, row.path, row.blob});
    }
    for (const auto& row : all.back().tombstones) {
      came.push_back({row.repository, row.branch, row.path, row.blob});
    }
  }
  if (state_moved) all.back().directory = CAMP_TRY(read_directory(community));
  // The origin's task, and first, for once the index knows a letter nothing says any more that its
  // copies may be missing.
  if (!community.settings().is_clone()) CAMP_TRY(remember_letters(community.index(), came));
  CAMP_TRY(community.index().apply(all));
  if (CAMP_TRY(outbox_moved(community))) CAMP_TRY(catch_up_outbox(community));
  for (std::size_t i = removed; i < all.size(); ++i) {
    const std::string& name = all[i].repository;
    const std::string mark = CAMP_TRY(seen_mark(CAMP_TRY(community.repository(name))));
    CAMP_TRY(community.index().set_mark(name, mark));
  }
  return {};
}

}  // namespace camp::store
