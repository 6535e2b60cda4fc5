// SPDX-License-Identifier: MIT
// Reading the files of a tree: one, all, or what differs from another.
#include <algorithm>
#include <utility>

#include "git/libgit2.h"
#include "git/raw_tree.h"
#include "git/repository.h"

namespace camp::git {
namespace {

constexpr std::size_t kMaxFileBytes = 64u << 20;

std::string join(const std::string& directory, std::string_view name) {
  return directory.empty() ? std::string(name) : directory + "/" + std::string(name);
}

Result<git_oid> tree_id(git_repository* repository, std::string_view commit) {
  const CommitPtr found = CAMP_TRY(find_commit(repository, CAMP_TRY(parse_oid(commit))));
  return *git_commit_tree_id(found.get());
}

/// The budget of one walk, and the only place that reads trees for it.
class Reader {
 public:
  Reader(git_odb* odb, const WalkLimits& limits) : odb_(odb), limits_(limits) {}

  /// A directory `depth` components below the root.
  Result<RawTree> read(const git_oid& id, const std::string& path, int depth) {
    if (depth >= limits_.max_depth) {
      return fail(Kind::damaged, "a tree is deeper than " + std::to_string(limits_.max_depth) +
                                     " levels: " + path);
    }
    RawTree tree = CAMP_TRY(read_tree(odb_, id, path, limits_.max_tree_entries, TreeRules::strict));
    seen_ += tree.entries.size();
    if (seen_ > limits_.max_entries) {
      return fail(Kind::damaged,
                  "more than " + std::to_string(limits_.max_entries) + " files in a tree");
    }
    return tree;
  }

 private:
  git_odb* odb_;
  WalkLimits limits_;
  std::size_t seen_ = 0;
};

struct Found {
  EntryType type = EntryType::other;
  git_oid id{};
  int depth = 0;
};

/// What stands at a path below a tree; nothing if there is no such entry.
Result<std::optional<Found>> find_path(Reader& reader, const git_oid& root, std::string_view path) {
  Found at{EntryType::directory, root, 0};
  std::string walked;
  while (!path.empty()) {
    if (at.type != EntryType::directory) return std::nullopt;
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(name.size() + 1, path.size()));
    const RawTree tree = CAMP_TRY(reader.read(at.id, walked, at.depth));
    const auto entry =
        std::find_if(tree.entries.begin(), tree.entries.end(),
                     [name](const RawEntry& candidate) { return candidate.name == name; });
    if (entry == tree.entries.end()) return std::nullopt;
    at = {entry->type, entry->id, at.depth + 1};
    walked = join(walked, name);
  }
  return at;
}

/// A directory on the way, with the place where the walk goes on.
struct Level {
  std::string path;
  RawTree tree;
  std::size_t next = 0;
};

Result<void> visit_below(Reader& reader, const Found& start, const std::string& path,
                         const EntryVisitor& visit) {
  std::vector<Level> way;
  way.push_back({path, CAMP_TRY(reader.read(start.id, path, start.depth))});
  while (!way.empty()) {
    Level& level = way.back();
    if (level.next == level.tree.entries.size()) {
      way.pop_back();
      continue;
    }
    const RawEntry entry = level.tree.entries[level.next++];
    std::string name = join(level.path, entry.name);
    if (entry.type == EntryType::directory) {
      const int depth = start.depth + static_cast<int>(way.size());
      RawTree tree = CAMP_TRY(reader.read(entry.id, name, depth));
      way.push_back({std::move(name), std::move(tree)});
    } else if (!CAMP_TRY(visit({std::move(name), to_text(entry.id)}))) {
      return {};
    }
  }
  return {};
}

/// Two directories of one path; either may be missing.
struct Pair {
  std::string path;
  std::optional<git_oid> before;
  std::optional<git_oid> after;
  int depth = 0;
};

class Comparison {
 public:
  Comparison(git_odb* odb, const WalkLimits& limits)
      : odb_(odb),
        absent_is_known_(limits.absent_is_known),
        max_added_(limits.max_added),
        reader_(odb, limits) {}

  Result<Difference> run(Pair roots) {
    pending_.push_back(std::move(roots));
    while (!pending_.empty()) {
      const Pair pair = std::move(pending_.back());
      pending_.pop_back();
      CAMP_TRY(compare(pair));
    }
    for (std::vector<Entry>* list : {&result_.added, &result_.removed}) {
      std::sort(list->begin(), list->end(),
                [](const Entry& a, const Entry& b) { return a.path < b.path; });
    }
    return std::move(result_);
  }

 private:
  Result<RawTree> side(const std::optional<git_oid>& id, const Pair& pair) {
    if (!id) return RawTree{};
    return reader_.read(*id, pair.path, pair.depth);
  }

  bool is_absent(const git_oid& id) const {
    const git_oid nothing = empty_tree();
    return git_oid_equal(&id, &nothing) == 0 &&
           git_odb_exists_ext(odb_, &id, GIT_ODB_LOOKUP_NO_REFRESH) == 0;
  }

  /// Walks two sorted lists side by side. A file and a directory of one name are two entries.
  Result<void> compare(const Pair& pair) {
    if (absent_is_known_ && pair.after && is_absent(*pair.after)) return {};
    const RawTree before = CAMP_TRY(side(pair.before, pair));
    const RawTree after = CAMP_TRY(side(pair.after, pair));
    auto left = before.entries.begin();
    auto right = after.entries.begin();
    while (left != before.entries.end() || right != after.entries.end()) {
      int order = 0;
      if (left == before.entries.end()) {
        order = 1;
      } else if (right == after.entries.end()) {
        order = -1;
      } else {
        order = compare_names(left->name, left->type == EntryType::directory, right->name,
                              right->type == EntryType::directory);
      }
      CAMP_TRY(note(pair, order <= 0 ? &*left : nullptr, order >= 0 ? &*right : nullptr));
      if (order <= 0) ++left;
      if (order >= 0) ++right;
    }
    return {};
  }

  Result<void> note(const Pair& pair, const RawEntry* before, const RawEntry* after) {
    if (before != nullptr && after != nullptr && git_oid_equal(&before->id, &after->id) != 0)
      return {};
    const RawEntry& one = before != nullptr ? *before : *after;
    std::string path = join(pair.path, one.name);
    if (one.type == EntryType::directory) {
      Pair below{std::move(path), {}, {}, pair.depth + 1};
      if (before != nullptr) below.before = before->id;
      if (after != nullptr) below.after = after->id;
      pending_.push_back(std::move(below));
      return {};
    }
    if (absent_is_known_ && after != nullptr && is_absent(after->id)) return {};
    if (before != nullptr) result_.removed.push_back({path, to_text(before->id)});
    if (after == nullptr) return {};
    if (result_.added.size() == max_added_) {
      return fail(Kind::damaged, "more than " + std::to_string(max_added_) +
                                     " new files in a tree: one stands at several places");
    }
    result_.added.push_back({path, to_text(after->id)});
    return {};
  }

  git_odb* odb_;
  bool absent_is_known_;
  std::size_t max_added_;
  Reader reader_;
  std::vector<Pair> pending_;
  Difference result_;
};

}  // namespace

Result<Oid> Repository::tree_of(const Oid& commit) const {
  return to_text(CAMP_TRY(tree_id(handle_->repository.get(), commit)));
}

Result<std::size_t> Repository::history_length(const Oid& tip, std::size_t limit) const {
  git_oid id = CAMP_TRY(parse_oid(tip));
  for (std::size_t length = 1; length < limit; ++length) {
    const CommitPtr commit = CAMP_TRY(find_commit(handle_->repository.get(), id));
    if (git_commit_parentcount(commit.get()) == 0) return length;
    id = *git_commit_parent_id(commit.get(), 0);
  }
  return limit;
}

Result<bool> Repository::has_object(const Oid& object) const {
  const git_oid id = CAMP_TRY(parse_oid(object));
  return git_odb_exists(handle_->odb.get(), &id) != 0;
}

Result<std::optional<std::string>> Repository::read_file(std::string_view branch,
                                                         std::string_view path) const {
  const std::optional<Oid> tip = CAMP_TRY(this->tip(branch));
  if (!tip || !valid_path(path)) return std::nullopt;
  WalkLimits limits;
  limits.max_depth = 16;
  Reader reader(handle_->odb.get(), limits);
  const git_oid root = CAMP_TRY(tree_id(handle_->repository.get(), *tip));
  const std::optional<Found> found = CAMP_TRY(find_path(reader, root, path));
  if (!found || found->type != EntryType::file) return std::nullopt;
  Result<std::string> bytes = read_blob(to_text(found->id), kMaxFileBytes);
  if (!bytes && bytes.error().kind == Kind::not_found) {
    return fail(Kind::damaged, "a file's content is missing: " + std::string(path),
                "run `camp fsck`");
  }
  return CAMP_TRY(std::move(bytes));
}

Result<std::string> Repository::read_blob(const Oid& blob, std::size_t max_bytes) const {
  const git_oid id = CAMP_TRY(parse_oid(blob));
  git_odb* odb = handle_->odb.get();
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  int code = git_odb_read_header(&size, &type, odb, &id);
  if (code == GIT_ENOTFOUND) return fail(Kind::not_found, "there is no object " + blob);
  if (code < 0) return git_failure(code, "reading blob " + blob);
  if (type != GIT_OBJECT_BLOB) return fail(Kind::damaged, "not a blob: " + blob);
  if (size > max_bytes) {
    return fail(Kind::refused, "blob " + blob + " has " + std::to_string(size) +
                                   " bytes, more than the " + std::to_string(max_bytes) +
                                   " allowed");
  }
  git_odb_object* object = nullptr;
  code = git_odb_read(&object, odb, &id);
  if (code < 0) return git_failure(code, "reading blob " + blob);
  const ObjectPtr owned(object);
  return std::string(static_cast<const char*>(git_odb_object_data(object)),
                     git_odb_object_size(object));
}

Result<void> Repository::for_each_file(const Oid& commit, std::string_view under,
                                       const EntryVisitor& visit, const WalkLimits& limits) const {
  if (!under.empty() && !valid_path(under)) return {};
  Reader reader(handle_->odb.get(), limits);
  const git_oid root = CAMP_TRY(tree_id(handle_->repository.get(), commit));
  const std::optional<Found> found = CAMP_TRY(find_path(reader, root, under));
  if (!found) return {};
  if (found->type == EntryType::file) {
    CAMP_TRY(visit({std::string(under), to_text(found->id)}));
    return {};
  }
  return visit_below(reader, *found, std::string(under), visit);
}

Result<Difference> Repository::difference(const Oid& before, const Oid& after,
                                          const WalkLimits& limits) const {
  git_repository* repository = handle_->repository.get();
  Pair roots;
  if (!before.empty()) roots.before = CAMP_TRY(tree_id(repository, before));
  if (!after.empty()) roots.after = CAMP_TRY(tree_id(repository, after));
  if (roots.before && roots.after && git_oid_equal(&*roots.before, &*roots.after) != 0) {
    return Difference{};
  }
  return Comparison(handle_->odb.get(), limits).run(std::move(roots));
}

}  // namespace camp::git
