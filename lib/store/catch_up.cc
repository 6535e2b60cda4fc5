// SPDX-License-Identifier: MIT
#include "store/catch_up.h"

#include <algorithm>
#include <future>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/parallel.h"
#include "crypto/did_key.h"
#include "store/letters.h"

namespace camp::store {
namespace {

using index::Changes;

/// Files decoded at once, and their bytes: bounds memory, and is enough to keep every core busy.
constexpr std::size_t kBatch = 2048;
constexpr std::size_t kBatchBytes = 4 << 20;
constexpr std::size_t kMaxObjectBytes = 256 << 10;

bool is_month(std::string_view branch) { return branch.starts_with("e/"); }

/// The rows of files of one branch, read and judged in batches.
class RowReader {
 public:
  using Refused = std::function<void(const Found&, const Error&)>;

  RowReader(const index::Index& index, const git::Repository& repository, std::string_view name,
            const Acceptance& acceptance, const Refused& refused)
      : index_(index),
        repository_(repository),
        name_(name),
        acceptance_(acceptance),
        refused_(refused) {}

  /// Files on their way to rows.
  struct Batch {
    struct Job {
      Found found;
      std::optional<index::Index::Remembered> remembered;
      std::string bytes = {};
      Result<Row> row = Row{};
    };
    std::vector<Job> jobs;
    std::size_t decoded = 0, taken = 0;

    bool finished() const { return taken == jobs.size(); }
  };

  /// What the index knows about the files of `entries` from `from` on, as many as make a batch;
  /// `from` moves on.
  Result<Batch> begin(std::string_view branch, const std::vector<git::Entry>& entries,
                      std::size_t& from) const {
    Batch batch;
    const std::size_t end = std::min(from + kBatch, entries.size());
    batch.jobs.reserve(end - from);
    for (; from < end; ++from) {
      const git::Entry& entry = entries[from];
      batch.jobs.push_back({{std::string(name_), std::string(branch), entry.path, entry.blob},
                            CAMP_TRY(index_.remembered(entry.blob))});
    }
    return batch;
  }

  /// Reads the files, decodes and judges them, on all cores: all of the batch unless they are very
  /// large. Uses the repository, but not the index: its thread may go on meanwhile.
  Result<void> decode(Batch& batch) const {
    const std::size_t first = batch.decoded;
    std::size_t bytes = 0;
    for (; batch.decoded < batch.jobs.size() && bytes < kBatchBytes; ++batch.decoded) {
      Batch::Job& job = batch.jobs[batch.decoded];
      auto read = repository_.read_blob(job.found.blob, kMaxObjectBytes);
      if (!read && read.error().kind == Kind::failed) return fail_while("reading", read.error());
      job.bytes = std::move(read).value_or(std::string());
      bytes += job.bytes.size();
    }
    parallel_for(batch.decoded - first, [&](std::size_t i) {
      Batch::Job& job = batch.jobs[first + i];
      job.row = read_row(job.bytes, job.found, acceptance_, job.remembered);
      job.bytes = {};
    });
    return {};
  }

  /// Hands over what is decoded.
  void take(Batch& batch, Changes& changes) const {
    for (; batch.taken < batch.decoded; ++batch.taken) {
      Batch::Job& job = batch.jobs[batch.taken];
      if (!job.row) {
        if (refused_) refused_(job.found, job.row.error());
        continue;
      }
      if (job.row->object) changes.objects.push_back(*std::move(job.row->object));
      if (job.row->tombstone) changes.tombstones.push_back(*std::move(job.row->tombstone));
    }
  }

  Result<void> read(std::string_view branch, const std::vector<git::Entry>& entries,
                    Changes& changes) const {
    for (std::size_t from = 0; from < entries.size();) {
      Batch batch = CAMP_TRY(begin(branch, entries, from));
      while (!batch.finished()) {
        CAMP_TRY(decode(batch));
        take(batch, changes);
      }
    }
    return {};
  }

 private:
  const index::Index& index_;
  const git::Repository& repository_;
  std::string_view name_;
  const Acceptance& acceptance_;
  const Refused& refused_;
};

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
      state_moved = true;
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
    std::vector<std::string> entries;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      entries.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    if (model::vouch_for(entries) != revoked.vouched) continue;
    for (const std::string& entry : entries) {
      directory.vouched.push_back({keys.owner.text(), crypto::to_did_key(revoked.key), entry});
    }
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
  for (const auto& [id, member] : state.members) {
    const model::KeyState keys = CAMP_TRY(community.keys_of(id));
    add_member(directory, id, member, keys);
    add_keys(directory, keys);
    CAMP_TRY(add_vouched(directory, community, keys));
  }
  for (const auto& [object, reason] : state.hidden) directory.hidden.push_back({object, reason});
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
            model::decode_object(CAMP_TRY(repository.read_blob(entry.blob, kMaxObjectBytes)));
        if (object && verify_signature(*object)) acceptance.adoptions.push_back(*object);
        return true;
      }));
  return acceptance;
}

Result<bool> is_behind(const Community& community) {
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
  // First, for once the index knows a letter nothing says any more that its copies may be missing.
  CAMP_TRY(remember_letters(community.index(), came));
  CAMP_TRY(community.index().apply(all));
  for (std::size_t i = removed; i < all.size(); ++i) {
    const std::string& name = all[i].repository;
    const std::string mark = CAMP_TRY(seen_mark(CAMP_TRY(community.repository(name))));
    CAMP_TRY(community.index().set_mark(name, mark));
  }
  return {};
}

namespace {

/// Fills the index with one repository's months, a bounded batch at a time: while other threads
/// read and decode one batch, this one writes the batch before and lists the next.
class Filler {
 public:
  Filler(const Community& community, index::Index& index, const FillWatch& watch, std::string name)
      : community_(community), index_(index), watch_(watch), name_(std::move(name)) {}

  /// `done` counts the files of all repositories.
  Result<void> fill(std::size_t& done) {
    const git::Repository repository = CAMP_TRY(community_.repository(name_));
    const Acceptance acceptance = CAMP_TRY(read_acceptance(community_, name_));
    const git::Repository blobs = CAMP_TRY(community_.repository(name_));  // for the other threads
    const RowReader reader(index_, blobs, name_, acceptance, watch_.refused);
    std::optional<Pending> pending;  // after what it reads, so that it ends first
    for (const git::Branch& branch : CAMP_TRY(repository.branches())) {
      CAMP_TRY(index_.apply({{.repository = name_, .tips = {{branch.name, branch.tip}}}}));
      if (!is_month(branch.name)) continue;
      std::vector<git::Entry> entries;
      CAMP_TRY(
          repository.for_each_file(branch.tip, "", [&](const git::Entry& entry) -> Result<bool> {
            entries.push_back(entry);
            if (entries.size() == kBatch) {
              CAMP_TRY(add(reader, branch.name, std::exchange(entries, {}), pending, done));
            }
            return true;
          }));
      CAMP_TRY(add(reader, branch.name, entries, pending, done));
    }
    CAMP_TRY(write(reader, std::move(pending), done));
    return index_.set_mark(name_, CAMP_TRY(seen_mark(repository)));
  }

 private:
  /// A batch that is being decoded. Ends with its work.
  struct Pending {
    std::unique_ptr<RowReader::Batch> batch;
    std::future<Result<void>> decoded;
  };

  Result<void> add(const RowReader& reader, const std::string& branch,
                   const std::vector<git::Entry>& entries, std::optional<Pending>& pending,
                   std::size_t& done) {
    for (std::size_t from = 0; from < entries.size();) {
      auto batch =
          std::make_unique<RowReader::Batch>(CAMP_TRY(reader.begin(branch, entries, from)));
      if (pending) pending->decoded.wait();
      auto previous = std::exchange(pending, std::nullopt);
      // What is left of very large files is decoded here, and the repository is one thread's.
      const bool left = previous && previous->batch->decoded < previous->batch->jobs.size();
      if (left) CAMP_TRY(write(reader, std::exchange(previous, std::nullopt), done));
      auto decoded =
          std::async(std::launch::async, [&reader, &work = *batch] { return reader.decode(work); });
      pending = Pending{std::move(batch), std::move(decoded)};
      CAMP_TRY(write(reader, std::move(previous), done));
    }
    return {};
  }

  Result<void> write(const RowReader& reader, std::optional<Pending> pending, std::size_t& done) {
    if (!pending) return {};
    CAMP_TRY(pending->decoded.get());
    for (RowReader::Batch& batch = *pending->batch;;) {
      Changes changes{.repository = name_};
      const std::size_t before = batch.taken;
      reader.take(batch, changes);
      done += batch.taken - before;
      if (watch_.progress) watch_.progress(done);
      CAMP_TRY(index_.apply({std::move(changes)}));
      if (batch.finished()) return {};
      CAMP_TRY(reader.decode(batch));
    }
  }

  const Community& community_;
  index::Index& index_;
  const FillWatch& watch_;
  std::string name_;
};

}  // namespace

Result<void> fill_index(const Community& community, index::Index& index, const FillWatch& watch) {
  Changes first{.repository = std::string(kLocal)};
  first.directory = CAMP_TRY(read_directory(community));
  CAMP_TRY(index.apply({std::move(first)}));
  std::size_t done = 0;
  for (const std::string& name : CAMP_TRY(community.repositories())) {
    CAMP_TRY(Filler(community, index, watch, name).fill(done));
  }
  return {};
}

}  // namespace camp::store
