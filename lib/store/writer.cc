// SPDX-License-Identifier: MIT
#include "store/writer.h"

#include <algorithm>

#include "base/file_system.h"
#include "crypto/digest.h"
#include "store/care.h"
#include "store/catch_up.h"
#include "store/community.h"
#include "store/fill_index.h"
#include "store/letters.h"
#include "store/media.h"
#include "store/newest.h"
#include "store/outbox.h"
#include "store/profile.h"
#include "store/rows.h"

namespace camp::store {
namespace {

/// A write is refused when less than this is free: git needs room for the objects, SQLite for its
/// log, and a disk filled to the brim cannot even be tidied up.
constexpr std::uint64_t kReserveBytes = 4 << 20;
constexpr std::uint64_t kReserveInodes = 500;

/// At the end of the name of a repository that is being made.
constexpr std::string_view kUnfinished = ".new";

/// Names the member who is being admitted.
constexpr std::string_view kJoiningFile = "state/joining";
constexpr std::size_t kMaxJoiningBytes = 64;

Result<void> require_space(const Directory& root) {
  const FreeSpace space = CAMP_TRY(free_space(root.fd()));
  const bool inodes_low = space.total_inodes > 0 && space.inodes < kReserveInodes;
  if (space.bytes >= kReserveBytes && !inodes_low) return {};
  return fail(Kind::failed, "the disk is nearly full; nothing was written",
              "free some space, for example with 'camp gc', and try again");
}

/// The objects for one branch of one repository: one commit.
struct Group {
  std::string repository, branch;
  std::vector<const NewObject*> objects;
};

/// Home repositories come first, so that a letter whose copies are missing after a crash is known.
std::vector<Group> grouped(const std::vector<NewObject>& objects) {
  std::vector<Group> groups;
  std::size_t most = 0;
  for (const NewObject& each : objects) most = std::max(most, each.repositories.size());
  for (std::size_t rank = 0; rank < most; ++rank) {
    for (const NewObject& each : objects) {
      if (rank >= each.repositories.size()) continue;
      const std::string branch = place_of(each.object).branch;
      const std::string& repository = each.repositories[rank];
      const auto same = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
        return group.repository == repository && group.branch == branch;
      });
      if (same == groups.end()) {
        groups.push_back({repository, branch, {&each}});
      } else {
        same->objects.push_back(&each);
      }
    }
  }
  return groups;
}

/// Of two files for one place the one with the lower digest stays, whichever came first; of two
/// profiles the newer.
Result<bool> wins(const git::Repository& repository, const model::Place& place,
                  const model::Object& object) {
  const auto present = CAMP_TRY(repository.read_file(place.branch, place.path));
  if (!present) return true;
  if (object.type == model::Type::person) {
    const auto standing = model::decode_object(*present);
    return !standing || supersedes(object, *standing);
  }
  return crypto::sha256(object.bytes) < crypto::sha256(*present);
}

void put_row(index::Changes& changes, const NewObject& added, const Found& found) {
  Row row = make_row(added.object, found, {added.verdict, added.key});
  if (row.object) changes.objects.push_back(*std::move(row.object));
  if (row.tombstone) changes.tombstones.push_back(*std::move(row.tombstone));
}

/// What an object needs to be accepted; only one of another community needs an adoption.
Result<Acceptance> acceptance_for(const Community& community, const Group& group) {
  const bool all_ours = std::all_of(
      group.objects.begin(), group.objects.end(),
      [&](const NewObject* added) { return added->object.community == community.id(); });
  if (all_ours) return Acceptance{community.id(), {}};
  return read_acceptance(community, group.repository);
}

/// Commits a group and says what the index has to learn.
Result<index::Changes> commit_group(git::Repository& repository, const Group& group,
                                    const Acceptance& acceptance, git::Change change) {
  index::Changes changes{.repository = group.repository};
  std::map<std::string, const NewObject*> by_path;
  for (const NewObject* added : group.objects) {
    const model::Place place = place_of(added->object);
    const Found found{group.repository, place.branch, place.path, {}};
    CAMP_TRY(check_place(added->object, found, acceptance));
    if (!CAMP_TRY(wins(repository, place, added->object))) continue;
    const auto [same, first] = by_path.emplace(place.path, added);
    const bool newer = !first && added->object.type == model::Type::person &&
                       supersedes(added->object, same->second->object);
    if (!first && !newer) continue;
    same->second = added;
    change.files.push_back({place.path, added->object.bytes});  // the last of two counts
  }
  if (change.files.empty()) return changes;
  const git::Oid after = CAMP_TRY(repository.commit(group.branch, change));
  for (const auto& [path, added] : by_path) {
    const git::Oid blob = CAMP_TRY(git::blob_id(added->object.bytes));
    put_row(changes, *added, {group.repository, group.branch, path, blob});
  }
  if (group.branch != "main") changes.tips.push_back({group.branch, after});
  return changes;
}

/// What a branch names and is not there is no answer but damage.
Result<void> as_damage(Result<void> result) {
  if (!result && result.error().kind == Kind::not_found) {
    return fail(Kind::damaged, result.error().message, "run 'camp fsck'");
  }
  return result;
}

}  // namespace

Result<void> with_space_hint(const Directory& root, Result<void> result) {
  if (result || result.error().kind != Kind::failed || !result.error().hint.empty()) return result;
  const auto space = free_space(root.fd());
  if (!space || space->bytes >= kReserveBytes) return result;
  return fail(Kind::failed, result.error().message, "the disk is full: free some space");
}

Result<git::Repository*> Writer::open_repository(std::string_view name) {
  const auto open = repositories_.find(name);
  if (open != repositories_.end()) return &open->second;
  git::Repository repository = CAMP_TRY(community_->repository(name));
  CAMP_TRY(repository.remove_leftovers());
  return &repositories_.emplace(std::string(name), std::move(repository)).first->second;
}

Result<bool> Writer::holds(const model::Object& object) {
  const model::Place place = place_of(object);
  const git::Repository* repository = CAMP_TRY(open_repository(home_of(object)));
  const auto bytes = CAMP_TRY(repository->read_file(place.branch, place.path));
  if (!bytes) return false;
  const auto standing = model::decode_object(*bytes);
  if (object.type == model::Type::person) return is_superseded(*community_, object);
  return standing && standing->id == object.id;
}

std::vector<std::string> Writer::touched_repositories() const {
  std::vector<std::string> names;
  for (const auto& [name, repository] : repositories_) names.push_back(name);
  return names;
}

Result<void> Writer::recover() { return as_damage(recover_all()); }

Result<void> Writer::recover_all() {
  CAMP_TRY(community_->directory().remove_temporaries("state"));
  CAMP_TRY(finish_rewrite(*this));
  if (community_->settings().is_clone()) CAMP_TRY(finish_renewing(community_->directory()));
  CAMP_TRY(clear_half_joined());
  CAMP_TRY(bring_index_up());
  return send_owed_letters();
}

Result<void> Writer::clear_half_joined() {
  const Directory& root = community_->directory();
  if (!root.exists(kJoiningFile)) return {};
  const OwnerId member =
      CAMP_TRY(OwnerId::parse(CAMP_TRY(root.read_file(kJoiningFile, kMaxJoiningBytes))));
  if (CAMP_TRY(community_->state_file(member_keys_file(member))).empty()) {
    CAMP_TRY(root.remove_tree("keys/" + member.text()));
    const std::string repository = model::private_repository(member) + ".git";
    CAMP_TRY(root.remove_tree(repository));
    CAMP_TRY(root.remove_tree(repository + std::string(kUnfinished)));
  }
  return root.remove_file(kJoiningFile);
}

Result<void> Writer::begin_join(const OwnerId& member) {
  return community_->directory().write_file_atomically(kJoiningFile, member.text());
}

Result<void> Writer::end_join() { return community_->directory().remove_file(kJoiningFile); }

Result<void> Writer::bring_index_up() {
  if (!CAMP_TRY(is_behind(*community_))) return {};
  if (CAMP_TRY(community_->index().repositories()).empty()) {
    index::Index& index = community_->index();
    return index.rebuild([&] { return fill_index(*community_, index, {}); });
  }
  return catch_up(*community_);
}

Result<void> Writer::send_owed_letters() {
  std::vector<NewObject> letters;
  std::vector<NewMedia> pictures;
  for (OwedLetter& owed : CAMP_TRY(owed_letters(*community_))) {
    const std::string home = home_of(owed.object);
    for (const model::Attachment& picture : pictures_of(owed.object)) {
      const auto bytes = read_media(community_->directory(), home, picture.sha256);
      if (!bytes) continue;  // whoever has it may bring it later
      for (const std::string& name : owed.repositories) {
        if (name != home) pictures.push_back({name, picture.sha256, *bytes});
      }
    }
    const auto verdict = judge(owed.object);
    letters.push_back(
        {std::move(owed.object), verdict.verdict, verdict.key, std::move(owed.repositories)});
  }
  if (!letters.empty()) CAMP_TRY(append(letters, pictures, "letters"));
  return forget_letters(community_->index());
}

Result<void> Writer::append(const std::vector<NewObject>& objects,
                            const std::vector<NewMedia>& media, std::string_view subject) {
  return as_damage(append_all(objects, media, subject));
}

Result<void> Writer::append_all(const std::vector<NewObject>& objects,
                                const std::vector<NewMedia>& media, std::string_view subject) {
  const Directory& root = community_->directory();
  CAMP_TRY(require_space(root));
  for (const NewMedia& file : media) {
    CAMP_TRY(put_media(root, file.repository, file.sha256, file.bytes));
  }
  if (community_->settings().is_clone()) return append_to_outbox(objects);
  std::vector<index::Changes> all;
  for (const Group& group : grouped(objects)) {
    git::Repository* repository = CAMP_TRY(open_repository(group.repository));
    const Acceptance acceptance = CAMP_TRY(acceptance_for(*community_, group));
    git::Change change{.message = std::string(subject), .time = community_->env().now_ms() / 1000};
    all.push_back(CAMP_TRY(commit_group(*repository, group, acceptance, std::move(change))));
  }
  const bool papers = std::any_of(objects.begin(), objects.end(), [](const NewObject& added) {
    return place_of(added.object).branch == "main";
  });
  // Without their marks the next reader, too, sees that a `main` has moved.
  for (index::Changes& changes : all) {
    if (papers) break;
    changes.mark = CAMP_TRY(seen_mark(repositories_.find(changes.repository)->second));
  }
  CAMP_TRY(community_->index().apply(all));
  return papers ? catch_up(*community_) : Result<void>();
}

Result<void> Writer::append_to_outbox(const std::vector<NewObject>& objects) {
  const Directory& root = community_->directory();
  std::vector<index::Changes> all;
  for (const NewObject& added : objects) {
    const std::string& home = added.repositories.front();
    const model::Place place = place_of(added.object);
    CAMP_TRY(
        check_place(added.object, {home, place.branch, place.path, {}}, {community_->id(), {}}));
    CAMP_TRY(put_waiting(root, {home, added.object.id.object}, added.object.bytes));
    index::Changes changes{.repository = home};
    Row row = waiting_row(added.object, home, {added.verdict, added.key});
    if (row.object) changes.objects.push_back(*std::move(row.object));
    if (row.tombstone) {
      changes.tombstones.push_back(*std::move(row.tombstone));
      CAMP_TRY(drop_waiting_versions(added, changes));
    }
    if (added.object.type == model::Type::person) {
      CAMP_TRY(drop_older_profiles(added.object));
      changes.directory = CAMP_TRY(read_directory(*community_));
    }
    all.push_back(std::move(changes));
  }
  all.push_back(CAMP_TRY(outbox_mark(*community_)));
  return community_->index().apply(all);
}

/// Words that were deleted before they ever left need not wait for a purge. The tombstone goes to
/// the origin all the same, for it may have them though its answer never came.
Result<void> Writer::drop_waiting_versions(const NewObject& tombstone, index::Changes& changes) {
  const std::string& home = tombstone.repositories.front();
  const std::string target = tombstone.object.target->object.text();
  for (const index::ObjectRow& version : CAMP_TRY(community_->index().versions(home, target))) {
    if (version.branch != index::kOutboxBranch) continue;
    CAMP_TRY(drop_waiting(community_->directory(), {home, CAMP_TRY(ObjectId::parse(version.id))}));
    changes.removed.push_back({version.branch, version.path});
  }
  return {};
}

/// A profile that never left and that the member has replaced is nobody's news.
Result<void> Writer::drop_older_profiles(const model::Object& profile) {
  const Directory& root = community_->directory();
  for (const Waiting& waiting : CAMP_TRY(list_outbox(*community_))) {
    if (waiting.repository != kPublic || waiting.id >= profile.id.object) continue;
    const auto object = model::decode_object(CAMP_TRY(read_waiting(root, waiting)));
    if (object && object->type == model::Type::person) CAMP_TRY(drop_waiting(root, waiting));
  }
  return {};
}

Result<void> Writer::put_state(const std::vector<NewState>& files, std::string_view subject) {
  CAMP_TRY(require_space(community_->directory()));
  std::map<std::string, git::Change> by_repository;
  // A copy stays one until a person has said otherwise.
  const bool newest = !community_->settings().is_clone() && CAMP_TRY(is_newest(*community_));
  for (const NewState& file : files) {
    git::Change& change = by_repository[file.repository];
    change.message = subject;
    change.time = community_->env().now_ms() / 1000;
    change.files.push_back({file.path, file.bytes});
  }
  for (const auto& [name, change] : by_repository) {
    git::Repository* repository = CAMP_TRY(open_repository(name));
    CAMP_TRY(repository->commit("main", change));
  }
  if (newest && by_repository.contains(std::string(kLocal))) CAMP_TRY(note_newest(*community_));
  CAMP_TRY(catch_up(*community_));
  return {};
}

Result<void> Writer::put_keys(const OwnerId& member, const std::string& log, std::string_view act,
                              const std::vector<NewState>& beside) {
  const std::string path = member_keys_file(member);
  std::vector<NewState> files;
  for (const std::string& name : CAMP_TRY(community_->repositories())) {
    if (!CAMP_TRY(community_->has_state_file(name, path))) continue;
    files.push_back({name, path, log});
    for (const NewState& file : beside) files.push_back({name, file.path, file.bytes});
  }
  const model::CommunityState state = CAMP_TRY(community_->state());
  const auto known = state.members.find(member);
  const std::string who = known == state.members.end() ? member.text() : "@" + known->second.handle;
  return put_state(files, std::string(act) + " " + who);
}

Result<void> Writer::introduce(std::string_view repository, const OwnerId& member) {
  // Whoever reads a private repository reads local, where everybody's papers are.
  if (repository == kLocal || repository.starts_with("private/")) return {};
  if (community_->settings().is_clone()) return {};  // the origin does it
  const std::string path = member_keys_file(member);
  const std::string keys = CAMP_TRY(community_->state_file(path));
  const git::Repository* opened = CAMP_TRY(open_repository(repository));
  if (CAMP_TRY(opened->read_file("main", path)) == keys) return {};
  const std::string admission =
      model::admission_line(CAMP_TRY(community_->state_file(kCommunityLog)), member);
  const std::string name(repository);
  std::vector<NewState> papers{{name, path, keys},
                               {name, admission_file(member), admission + "\n"}};
  for (const auto& revoked : CAMP_TRY(community_->keys_of(member)).revoked) {
    const std::string list = vouched_file(member, revoked.key);
    papers.push_back({name, list, CAMP_TRY(community_->state_file(list))});
  }
  return put_state(papers, "keys " + member.text());
}

Result<void> Writer::create_repository(std::string_view name) {
  const std::string path = community_->repository_path(name);
  const std::string relative = std::string(name) + ".git";
  const Directory& root = community_->directory();
  if (root.exists(relative)) return {};
  if (const auto slash = relative.rfind('/'); slash != std::string::npos) {
    CAMP_TRY(root.create(relative.substr(0, slash)));
  }
  // Half a repository would stop every reader, so it is made beside its place.
  const std::string unfinished = relative + std::string(kUnfinished);
  CAMP_TRY(root.remove_tree(unfinished));
  CAMP_TRY(git::Repository::create(path + std::string(kUnfinished)));
  return root.rename(unfinished, relative);
}

Result<void> Writer::maintain() { return as_damage(maintain_if_due(*this)); }

Result<Writer::Care> Writer::care_now() {
  auto care = care_for_everything(*this);
  if (!care) {
    CAMP_TRY(with_space_hint(community_->directory(), tl::unexpected<Error>(care.error())));
  }
  return care;
}

}  // namespace camp::store
