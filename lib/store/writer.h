// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "git/repository.h"
#include "index/index.h"
#include "model/object.h"

namespace camp::store {

class Community;

/// Says of a failure on a disk without room that this is the likely reason: SQLite often cannot.
Result<void> with_space_hint(const Directory& root, Result<void> result);

/// An object on its way into the store, with what its signature was found to be.
struct NewObject {
  model::Object object;
  index::Verdict verdict = index::Verdict::none;
  std::string key;                        ///< did:key, with Verdict::valid
  std::vector<std::string> repositories;  ///< where it and its copies go
};

/// A media file that goes with objects of a repository.
struct NewMedia {
  std::string repository, sha256, bytes;
};

/// A file of a `main` branch.
struct NewState {
  std::string repository, path, bytes;
};

/// The right to write a community: holds the one lock. Everything is written in the order media,
/// objects, reference, index, so that a writer killed at any moment leaves the old state or the new
/// one; what it began otherwise, the next writer finishes or clears away.
class Writer {
 public:
  Writer(Writer&&) noexcept = default;

  Community& community() const { return *community_; }

  /// Writes objects, one commit a branch, and their media; durable when it returns. `subject` is
  /// the commits'. Refuses an object anywhere but at its place, or when the disk is nearly full. A
  /// profile takes the place of an older one; a newer one stays.
  /// In a clone they go into the outbox, each once: the origin makes the copies.
  Result<void> append(const std::vector<NewObject>& objects, const std::vector<NewMedia>& media,
                      std::string_view subject);
  /// The same for files of `main`.
  Result<void> put_state(const std::vector<NewState>& files, std::string_view subject);

  /// Writes a member's longer key log everywhere it stands: in local and in each repository that
  /// knows the member, with the files `beside` it (their repository is ignored).
  Result<void> put_keys(const OwnerId& member, const std::string& log, std::string_view act,
                        const std::vector<NewState>& beside = {});

  /// Puts a member's public papers (keys and admission) into a repository in which they write for
  /// the first time, so that whoever fetches it can check their signatures.
  Result<void> introduce(std::string_view repository, const OwnerId& member);

  /// A repository opened for writing, freed of what a killed writer left. Valid as long as the
  /// Writer.
  Result<git::Repository*> open_repository(std::string_view name);

  /// Whether an object with this very id stands in its author's repository, at its place; of a
  /// profile, that one or a newer.
  Result<bool> holds(const model::Object& object);

  /// Names of those opened so far.
  std::vector<std::string> touched_repositories() const;

  /// Says that keys and a repository are about to be made for a new member. Unless the member's key
  /// log has been written by then, the next writer clears both away; end_join says that all is
  /// done.
  Result<void> begin_join(const OwnerId& member);
  Result<void> end_join();

  /// Creates a repository that does not exist yet.
  Result<void> create_repository(std::string_view name);

  /// Routine care, if it is due: packs loose objects, squashes ended months, purges what was
  /// deleted more than a day ago. Called at the end of every writing command.
  Result<void> maintain();

  struct Care {
    std::size_t packed = 0;    ///< loose objects packed
    std::size_t squashed = 0;  ///< months
    std::size_t purged = 0;    ///< overtaken object files
    std::size_t media = 0;     ///< media files that no live object names
    bool scrubbed = true;      ///< false: a reader keeps deleted words in the index for now
  };
  /// All care at once, whether due or not (`camp gc`, `camp delete --now`).
  Result<Care> care_now();

 private:
  friend class Community;
  Writer(Community& community, FileLock lock) : community_(&community), lock_(std::move(lock)) {}

  Result<void> append_all(const std::vector<NewObject>& objects, const std::vector<NewMedia>& media,
                          std::string_view subject);
  Result<void> append_to_outbox(const std::vector<NewObject>& objects);
  Result<void> drop_waiting_versions(const NewObject& tombstone, index::Changes& changes);
  Result<void> drop_older_profiles(const model::Object& profile);
  Result<void> recover();
  Result<void> recover_all();
  Result<void> clear_half_joined();
  Result<void> bring_index_up();
  Result<void> send_owed_letters();

  Community* community_;
  FileLock lock_;
  std::map<std::string, git::Repository, std::less<>> repositories_;
};

}  // namespace camp::store
