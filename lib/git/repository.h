// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace camp::git {

/// A git object id in 40 lower-case hexadecimal digits (SHA-1).
using Oid = std::string;

/// One file to write below a branch. An existing file at the path is replaced.
struct NewFile {
  std::string path = {};  ///< relative, `/` between parts; see valid_path
  std::string bytes = {};
};

/// What one commit does to one branch: removals first, then files; the last of two files with one
/// path counts.
struct Change {
  std::vector<NewFile> files = {};
  std::vector<std::string> removed = {};  ///< paths; one that does not exist is no error
  std::string message = {};               ///< the commit's subject, one line
  std::int64_t time = 0;                  ///< author and committer date, seconds since 1970
};

struct Branch {
  std::string name;  ///< without refs/heads/: "main", "e/2026-11"
  Oid tip;
};

/// A file of a tree.
struct Entry {
  std::string path;
  Oid blob;
};

/// The difference of two trees; each list is in path order.
struct Difference {
  std::vector<Entry> added;    ///< new files, and changed ones with their new content
  std::vector<Entry> removed;  ///< files that went, and changed ones with their old content
};

/// How much of a tree is walked before it is refused as damaged. The defaults hold for camp's own
/// trees; whoever reads a foreign one passes less.
struct WalkLimits {
  int max_depth = 6;                       ///< path components
  std::size_t max_tree_entries = 100'000;  ///< in one directory
  std::size_t max_entries = 8'000'000;     ///< files and directories of the whole walk
  /// Of a difference: what the later tree names and is not there is no news. For a tree whose
  /// sender left out what we have seen, although we did not keep all of it.
  bool absent_is_known = false;
  /// New files of a difference. Who was sent so many objects expects no more of them: one object
  /// can stand at millions of places.
  std::size_t max_added = 8'000'000;
};

/// Handed to `for_each_file`: returning false ends the walk.
using EntryVisitor = std::function<Result<bool>(const Entry&)>;

/// What to do with a loose blob.
enum class Sweep { keep, remove };
using BlobVisitor = std::function<Result<Sweep>(const Oid& blob, const std::string& bytes)>;

/// A short text that differs whenever some branch has moved (it may differ without that, too).
struct RefsState {
  std::string signature;
  /// Something changed so recently that a later change could leave the same signature: whoever
  /// remembers it must compare tips next time as well. (git's index has the same trap.)
  bool recent = false;
};

/// The state of the repository at `path`, without opening it: a few calls of stat(2).
Result<RefsState> refs_state(const std::string& path);

/// Something that `check` found wrong.
struct Problem {
  Oid object;        ///< the object at fault; empty if there is no such one
  std::string kind;  ///< git's word for it: "missing", "hash-path mismatch", "badTree", …
  std::string text;  ///< what git said
};

/// Whether a path may stand in a tree that camp writes or reads: relative, at most 16 parts of
/// printable ASCII, none of them empty, `.`, `..` or a spelling of `.git`, no backslash.
bool valid_path(std::string_view path);

/// Both dates of a branch's squashed commit: see `Repository::squash`.
std::int64_t squash_time(std::string_view branch);

/// The id of the blob that holds these bytes, whether it exists or not.
Result<Oid> blob_id(std::string_view bytes);

struct Handle;  // libgit2's side of a repository; lib/git only

/// One bare repository of a community. Everything that camp does to git passes here or through
/// git_program.h; no other module names libgit2. Not thread-safe: one Repository a thread.
///
/// Writers must hold the community's lock (lib/store); compare-and-swap on the reference guards
/// against writers that do not know that lock, such as git itself. Whatever removes objects (pack,
/// pack_months, erase_objects, for_each_loose_blob, remove_leftovers) relies on the lock.
/// Readers need no lock and go on while packs are rewritten.
///
/// Failures: not_found for an object or repository that is not there, damaged for one that cannot
/// be read or should not exist, busy when another writer kept winning, refused when the directory
/// is another user's, failed for the rest (a full disk says so in the message).
class Repository {
 public:
  /// Makes an empty repository (its parents too): SHA-1, HEAD at main, no hooks, no reflogs, no
  /// automatic gc, no dumb HTTP. Fails if something is there.
  static Result<Repository> create(const std::string& path);
  static Result<Repository> open(const std::string& path);

  Repository(Repository&&) noexcept;
  Repository& operator=(Repository&&) noexcept;
  ~Repository();

  const std::string& path() const;

  // --- branches

  /// All branches, sorted by name.
  Result<std::vector<Branch>> branches() const;
  Result<std::optional<Oid>> tip(std::string_view branch) const;
  /// stat(2) of what changes with every branch, nothing else: costs no reading of references.
  Result<RefsState> refs_signature() const;
  /// Deletes a branch that stands at `expected`; one that does not exist is no error.
  Result<void> remove_branch(std::string_view branch, const Oid& expected);

  // --- writing

  /// One commit on top of the branch (which it creates if need be), durable when it returns: every
  /// new object and the reference have been synced. Returns the new tip; with nothing to do, the
  /// old (and fails if there is no branch and nothing to write).
  Result<Oid> commit(std::string_view branch, const Change& change);

  /// One commit on top of the branch, which stands at `expected`, that holds the files of a tree
  /// which is here already. Durable when it returns. Kind::busy if the branch stands elsewhere.
  Result<Oid> advance(std::string_view branch, const Oid& expected, const Oid& tree,
                      std::string_view message, std::int64_t time);

  /// Replaces a branch by one parentless commit of its present tree (or of `tree`) without the
  /// `removed` paths. The commit is a function of the branch's name and the tree alone, so that all
  /// replicas with the same files have the same id: author and committer `camp <camp@localhost>`,
  /// both dates the first second of the month in UTC for `e/YYYY-MM` and 0 for other branches,
  /// message the branch's name and a newline. Returns the commit's id.
  Result<Oid> squash(std::string_view branch, const std::vector<std::string>& removed = {},
                     const Oid& tree = {});
  /// Writes the commit that `squash` would make of a tree and moves nothing: what a replica offers
  /// as a have.
  Result<Oid> squashed_commit(std::string_view branch, const Oid& tree);
  /// Whether a commit of the branch is what squash would make of its tree.
  Result<bool> is_squashed(std::string_view branch, const Oid& commit) const;

  // --- reading

  Result<Oid> tree_of(const Oid& commit) const;
  /// The number of commits behind a tip along first parents, counted up to `limit`.
  Result<std::size_t> history_length(const Oid& tip, std::size_t limit) const;
  /// A repository opened before an erasure may still say yes until it writes or is opened again.
  Result<bool> has_object(const Oid& object) const;

  /// The bytes of a file; nothing if the branch or the path does not exist.
  Result<std::optional<std::string>> read_file(std::string_view branch,
                                               std::string_view path) const;
  /// The bytes of a blob of at most `max_bytes` (the header is asked first; larger: refused).
  Result<std::string> read_blob(const Oid& blob, std::size_t max_bytes = 1 << 20) const;

  /// Every file at or below `under` (or all) of a commit, in path order, walked without recursion.
  /// Only plain files (100644) with valid names are taken: anything else, an entry out of order or
  /// one that stands twice, and whatever exceeds the limits is damaged, and the message names it.
  Result<void> for_each_file(const Oid& commit, std::string_view under, const EntryVisitor& visit,
                             const WalkLimits& limits = {}) const;
  /// What changed between two commits' trees, by the same rules; either may be empty (no files).
  /// Directories with the same id are not read.
  Result<Difference> difference(const Oid& before, const Oid& after,
                                const WalkLimits& limits = {}) const;

  // --- maintenance (under the lock)

  /// Removes what killed writers left: `*.lock` in the repository and below refs/, temporary
  /// objects and packs, and pack indexes without a pack. Cheap enough for every taking of the lock.
  Result<void> remove_leftovers();

  /// All objects that have a file of their own.
  Result<std::vector<Oid>> loose_objects() const;
  /// About how many there are, from 8 of the 256 directories.
  Result<std::size_t> count_loose_estimate() const;
  /// Shows every loose blob (of at most `max_bytes`; larger ones are kept) to the visitor and
  /// removes those it does not want. For blobs that no commit ever took.
  Result<void> for_each_loose_blob(const BlobVisitor& visit, std::size_t max_bytes = 1 << 20);

  /// Writes the objects to a new pack, syncs it, then removes the loose files of exactly these.
  /// Objects that are gone are skipped. A kept pack is left alone by `git gc`.
  Result<void> pack(const std::vector<Oid>& objects, bool keep = false);
  /// Packs everything that a parentless branch reaches into one kept pack a branch; after that no
  /// other pack and no loose file holds any of it. A branch that has such a pack keeps it. Fails on
  /// a branch with a history: squash it first.
  Result<void> pack_months(const std::vector<std::string>& branches);
  Result<std::size_t> count_kept_packs() const;

  // --- purging (under the lock)

  /// The files that a branch's history holds and its newest tree does not: what a squash of it
  /// leaves as garbage. Sorted; commits of the history that are gone already are passed over.
  Result<std::vector<Oid>> overtaken_files(std::string_view branch) const;

  /// What the old tips reach through their whole history and no present branch and no new tip
  /// reaches: to be called after the branches have moved.
  Result<std::vector<Oid>> garbage_after(const std::vector<Oid>& old_tips,
                                         const std::vector<Oid>& new_tips) const;
  /// Every object in the repository that no branch reaches, however it came there: the way to
  /// finish an erasure that was killed. Walks everything (about 25 bytes of memory an object).
  Result<std::vector<Oid>> unreachable_objects() const;
  /// Removes the objects from the disk: loose files, and every pack that holds one is written
  /// again without them before it goes. Idempotent; a kill at any point loses no other object, and
  /// `unreachable_objects` still finds what is left. The caller answers for their being garbage.
  Result<void> erase_objects(const std::vector<Oid>& objects);

  /// Runs `git fsck --full --strict`: every object is present and hashes to its id. No problems:
  /// an empty list.
  Result<std::vector<Problem>> check() const;

 private:
  friend class Quarantine;
  Handle& handle() const { return *handle_; }

  explicit Repository(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

}  // namespace camp::git
