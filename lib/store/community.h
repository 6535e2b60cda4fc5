// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "base/file.h"
#include "base/ids.h"
#include "base/result.h"
#include "git/repository.h"
#include "index/index.h"
#include "model/community_log.h"
#include "model/key_log.h"
#include "model/object.h"
#include "store/keyring.h"
#include "store/recall.h"
#include "store/settings.h"

namespace camp::store {

class Writer;

/// Names that camp-store(5) documents.
inline constexpr std::string_view kStateDirectory = "state";
inline constexpr std::string_view kStaging = "state/import";
inline constexpr std::string_view kStagingLock = "import.lock";  ///< in the state directory
inline constexpr std::string_view kLocal = "local";
inline constexpr std::string_view kPublic = "public";
inline constexpr std::string_view kCommunityKeys = "community/keys.jsonl";
inline constexpr std::string_view kCommunityLog = "community/log.jsonl";
/// In the private repository of each member: the RSA key with which other fediverse software knows
/// them.
inline constexpr std::string_view kTransportKey = "transport.pem";
/// Where the followers of a member from elsewhere stand in the `main` of their private repository,
/// so that they travel with clones and backups: a file a follower, `followers/<sha256 of the
/// actor's id>.json`. An empty file is somebody who follows no more: files of a `main` are
/// replaced, never removed.
inline constexpr std::string_view kFollowers = "followers/";
std::string member_keys_file(const OwnerId& member);
/// The entry of the community log that admitted the member, for readers who do not have that log.
std::string admission_file(const OwnerId& member);
/// The list of what an owner vouches for under a revoked key: model::vouched_entry, one a line.
std::string vouched_file(const OwnerId& owner, const crypto::PublicKey& key);
std::vector<std::string> vouched_entries(std::string_view list);

/// One community directory, open for reading. Opening brings an index up that a killed writer left
/// behind its repositories, unless another process is writing at this moment.
class Community {
 public:
  /// `path` is the directory itself. Refuses one that others may write to, and one of another
  /// format.
  static Result<Community> open(const std::string& path, const Env& env);
  /// The community directory at `from` or the nearest one above it; Kind::not_found if there is
  /// none.
  static Result<std::string> find(const std::string& from);

  /// Removes a directory's index, whatever state it is in; the next open() makes a new one.
  static Result<void> discard_index(const std::string& path);

  Community(Community&&) noexcept;
  Community& operator=(Community&&) noexcept;
  ~Community();

  const OwnerId& id() const { return settings_.community; }
  const Settings& settings() const { return settings_; }
  const Directory& directory() const { return *directory_; }
  const Env& env() const { return *env_; }
  const Keyring& keyring() const { return *keyring_; }
  index::Index& index() const { return *index_; }
  Recall& recall() const { return *recall_; }

  /// Names of the repositories that exist, sorted: "local", "private/<member>", "public", …
  Result<std::vector<std::string>> repositories() const;
  Result<git::Repository> repository(std::string_view name) const;
  std::string repository_path(std::string_view name) const;

  /// Reads an object file and checks that it is what its name says.
  Result<model::Object> read(std::string_view repository, std::string_view blob) const;
  /// The same for many, with the repository opened once; nothing for a file that a purge took away
  /// in the meantime.
  Result<std::vector<std::optional<model::Object>>> read_all(
      std::string_view repository, const std::vector<std::string>& blobs) const;

  /// The bytes of a file of a repository's `main`, empty if it does not exist. Its name is looked
  /// up in the index where that stands at the same tip: to read a directory of thousands is dear.
  Result<std::string> main_file(std::string_view repository, std::string_view path) const;

  /// The verified state of a member's or the community's own keys.
  Result<model::KeyState> keys_of(const OwnerId& owner) const;
  /// The verified community log. In a mirror, which does not have it, what the admissions of those
  /// who wrote in public say.
  Result<model::CommunityState> state() const;
  /// The text of a file of local's `main` (of a mirror: public's); empty if it does not exist.
  Result<std::string> state_file(std::string_view path) const;
  /// Whether a repository's `main` has a file.
  Result<bool> has_state_file(std::string_view repository, std::string_view path) const;

  /// Takes the writers' lock, waiting at most ten seconds (then Kind::busy); cleans up what a
  /// killed writer left and brings the index up.
  Result<Writer> write();

  /// Builds the index anew from the repositories. With `forget` every signature is checked again.
  Result<void> reindex(bool forget, const std::function<void(std::size_t done)>& progress = {});

 private:
  friend class Writer;
  Community() = default;

  /// Where the papers of everybody stand, opened once: nearly every rule asks it for something.
  Result<const git::Repository*> papers() const;
  Result<model::CommunityState> admitted(const model::KeyState& keys) const;

  // Behind pointers, so that what refers to them survives a move.
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<Env> env_;
  std::unique_ptr<Keyring> keyring_;
  std::unique_ptr<index::Index> index_;
  std::unique_ptr<Recall> recall_;
  mutable std::unique_ptr<git::Repository> papers_;
  struct VerifiedKeys {
    std::string log;
    model::KeyState state;
  };
  /// Key logs that were verified, by owner, with their bytes: other bytes are verified anew.
  mutable std::map<OwnerId, VerifiedKeys> verified_;
  Settings settings_;
};

}  // namespace camp::store
