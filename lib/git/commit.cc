// SPDX-License-Identifier: MIT
// Writing: blobs, then trees, then the commit, then the reference, each durable before the next.
#include <git2/sys/odb_backend.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "git/edit_tree.h"
#include "git/libgit2.h"
#include "git/repository.h"

namespace camp::git {
namespace {

constexpr const char* kName = "camp";
constexpr const char* kAddress = "camp@localhost";
constexpr int kAttempts = 200;  // 4 writers without a lock needed 9 at most

Result<void> require_path(std::string_view path) {
  if (valid_path(path)) return {};
  return fail(Kind::bug, "not a path that may be stored: " + std::string(path.substr(0, 100)));
}

Result<git_oid> write_blob(git_repository* repository, std::string_view bytes) {
  git_oid id{};
  const int code = git_blob_create_from_buffer(&id, repository, bytes.data(), bytes.size());
  if (code < 0) return git_failure(code, "writing a blob");
  return id;
}

Result<Edits> write_blobs(git_repository* repository, const Change& change) {
  Edits edits;
  for (const std::string& path : change.removed) {
    CAMP_TRY(require_path(path));
    edits[path] = std::nullopt;
  }
  for (const NewFile& file : change.files) {
    CAMP_TRY(require_path(file.path));
    edits[file.path] = CAMP_TRY(write_blob(repository, file.bytes));
  }
  return edits;
}

Result<git_oid> write_commit(git_repository* repository, const git_oid& tree_id,
                             const git_commit* parent, const std::string& message,
                             std::int64_t time) {
  const TreePtr tree = CAMP_TRY(find_tree(repository, tree_id));
  git_signature* made = nullptr;
  int code = git_signature_new(&made, kName, kAddress, time, 0);
  if (code < 0) return git_failure(code, "writing a commit");
  const SignaturePtr signature(made);
  const git_commit* parents[] = {parent};
  git_oid id{};
  code =
      git_commit_create(&id, repository, nullptr, made, made, nullptr, message.c_str(), tree.get(),
                        parent == nullptr ? 0 : 1, const_cast<const git_commit**>(parents));
  if (code < 0) return git_failure(code, "writing a commit");
  return id;
}

std::string one_line(std::string_view subject) {
  std::string line(subject);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c >= 0 && c < ' '; }, ' ');
  return line + "\n";
}

std::string month_message(std::string_view branch) { return std::string(branch) + "\n"; }

/// Somebody else was quicker.
bool lost_race(int code) {
  return code == GIT_EMODIFIED || code == GIT_ELOCKED || code == GIT_EEXISTS ||
         code == GIT_ENOTFOUND;
}

/// Makes a branch that must not exist yet. git_reference_create() looks before it takes the lock,
/// so of two that are quick the second would win silently; a transaction looks afterwards.
Result<bool> make_branch(git_repository* repository, const std::string& reference,
                         const git_oid& target) {
  git_transaction* begun = nullptr;
  int code = git_transaction_new(&begun, repository);
  const std::unique_ptr<git_transaction, Free<git_transaction_free>> transaction(begun);
  if (code == 0) code = git_transaction_lock_ref(begun, reference.c_str());
  git_oid there{};
  if (code == 0 && git_reference_name_to_id(&there, repository, reference.c_str()) == 0) {
    return false;
  }
  if (code == 0) {
    code = git_transaction_set_target(begun, reference.c_str(), &target, nullptr, nullptr);
  }
  if (code == 0) code = git_transaction_commit(begun);
  if (lost_race(code)) return false;
  if (code < 0) return git_failure(code, "making " + reference);
  return true;
}

/// Points the branch at `target` if it still stands at `current`; false if it does not.
Result<bool> move_branch(git_repository* repository, const std::string& reference,
                         const git_oid& target, const std::optional<git_oid>& current) {
  if (!current) return make_branch(repository, reference, target);
  git_reference* made = nullptr;
  const int code = git_reference_create_matching(&made, repository, reference.c_str(), &target, 1,
                                                 &*current, nullptr);
  const ReferencePtr owned(made);
  if (lost_race(code)) return false;
  if (code < 0) return git_failure(code, "moving " + reference);
  return true;
}

/// Waits longer from try to try, and not in step with other processes.
void wait_before_retry(int attempt) {
  const int spread = static_cast<int>(
      (static_cast<unsigned>(::getpid()) * 7919u + static_cast<unsigned>(attempt) * 104729u) % 10u);
  std::this_thread::sleep_for(std::chrono::milliseconds(std::min(attempt, 10) + spread));
}

tl::unexpected<Error> lost_every_race(std::string_view branch) {
  return fail(Kind::busy, "branch " + std::string(branch) + " is being written by someone else",
              "try again in a moment");
}

/// Makes the entry of a new fan-out directory in objects/ durable: libgit2 syncs the directory
/// that a file lies in, not the one above it. The link count of objects/ tells how many it has.
class FanOut {
 public:
  explicit FanOut(std::string objects) : objects_(std::move(objects)), before_(links()) {}

  Result<void> sync() {
    const nlink_t now = links();
    const bool unchanged = now == before_ && now > 2;  // some file systems always say 1
    before_ = now;
    if (unchanged) return {};
    return sync_directory(objects_);
  }

 private:
  nlink_t links() const {
    struct stat status {};
    return ::stat(objects_.c_str(), &status) == 0 ? status.st_nlink : 0;
  }

  std::string objects_;
  nlink_t before_;
};

/// While it lives, libgit2 does not look for new packs. It would, for each object that it writes:
/// a new one is nowhere, and that might be because a pack came. In a repository of many months this
/// costs more than the writing. notice_packs() has looked a moment ago, and an object that is
/// written twice does no harm.
class NoNewPacks {
 public:
  explicit NoNewPacks(git_odb* odb) {
    for (std::size_t i = 0; i < git_odb_num_backends(odb); ++i) {
      git_odb_backend* backend = nullptr;
      if (git_odb_get_backend(&backend, odb, i) == 0) {
        saved_.emplace_back(backend, std::exchange(backend->refresh, nullptr));
      }
    }
  }
  NoNewPacks(const NoNewPacks&) = delete;
  NoNewPacks& operator=(const NoNewPacks&) = delete;
  ~NoNewPacks() {
    for (const auto& [backend, refresh] : saved_) backend->refresh = refresh;
  }

 private:
  using Refresh = int (*)(git_odb_backend*);
  std::vector<std::pair<git_odb_backend*, Refresh>> saved_;
};

std::optional<git_oid> optional_id(const std::optional<Oid>& text) {
  git_oid id{};
  if (!text || git_oid_fromstr(&id, text->c_str()) < 0) return std::nullopt;
  return id;
}

bool same(const git_oid& a, const git_oid& b) { return git_oid_equal(&a, &b) != 0; }

}  // namespace

std::int64_t squash_time(std::string_view branch) {
  // e/YYYY-MM
  const auto digit = [branch](std::size_t i) { return branch[i] - '0'; };
  if (branch.size() != 9 || !branch.starts_with("e/") || branch[6] != '-') return 0;
  for (const std::size_t i : {2u, 3u, 4u, 5u, 7u, 8u}) {
    if (digit(i) < 0 || digit(i) > 9) return 0;
  }
  const int year = digit(2) * 1000 + digit(3) * 100 + digit(4) * 10 + digit(5);
  const auto month = static_cast<unsigned>(digit(7) * 10 + digit(8));
  const std::chrono::year_month_day first{std::chrono::year(year), std::chrono::month(month),
                                          std::chrono::day(1)};
  if (!first.ok()) return 0;
  const std::chrono::sys_seconds begin{std::chrono::sys_days(first)};
  return std::max<std::int64_t>(begin.time_since_epoch().count(), 0);
}

Result<Oid> blob_id(std::string_view bytes) {
  git_oid id{};
  const int code = git_odb_hash(&id, bytes.data(), bytes.size(), GIT_OBJECT_BLOB);
  if (code < 0) return git_failure(code, "hashing a blob");
  return to_text(id);
}

Result<Oid> Repository::commit(std::string_view branch, const Change& change) {
  const std::string reference = CAMP_TRY(reference_name(branch));
  CAMP_TRY(handle_->notice_packs());
  git_repository* repository = handle_->repository.get();
  FanOut fan_out(handle_->objects());
  std::optional<NoNewPacks> writing(handle_->odb.get());
  const Edits edits = CAMP_TRY(write_blobs(repository, change));
  writing.reset();
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    const std::optional<git_oid> current = optional_id(CAMP_TRY(tip(branch)));
    CommitPtr parent;
    git_oid base{};
    if (current) {
      parent = CAMP_TRY(find_commit(repository, *current));
      base = *git_commit_tree_id(parent.get());
    } else {
      base = CAMP_TRY(write_empty_tree(repository));
    }
    writing.emplace(handle_->odb.get());
    const git_oid tree = CAMP_TRY(edit_tree(repository, base, edits));
    if (same(tree, base)) {
      if (current) return to_text(*current);
      return fail(Kind::failed, "nothing to write to a new branch " + std::string(branch));
    }
    const git_oid made = CAMP_TRY(
        write_commit(repository, tree, parent.get(), one_line(change.message),
                     std::max<std::int64_t>(change.time, 0)));  // git has no dates before 1970
    writing.reset();
    CAMP_TRY(fan_out.sync());
    if (CAMP_TRY(move_branch(repository, reference, made, current))) return to_text(made);
    wait_before_retry(attempt);
  }
  return lost_every_race(branch);
}

Result<Oid> Repository::advance(std::string_view branch, const Oid& expected, const Oid& tree,
                                std::string_view message, std::int64_t time) {
  const std::string reference = CAMP_TRY(reference_name(branch));
  CAMP_TRY(handle_->notice_packs());
  git_repository* repository = handle_->repository.get();
  FanOut fan_out(handle_->objects());
  const git_oid before = CAMP_TRY(parse_oid(expected));
  const CommitPtr parent = CAMP_TRY(find_commit(repository, before));
  const git_oid made = CAMP_TRY(write_commit(repository, CAMP_TRY(parse_oid(tree)), parent.get(),
                                             one_line(message), std::max<std::int64_t>(time, 0)));
  CAMP_TRY(fan_out.sync());
  if (CAMP_TRY(move_branch(repository, reference, made, before))) return to_text(made);
  return lost_every_race(branch);
}

Result<Oid> Repository::squash(std::string_view branch, const std::vector<std::string>& removed,
                               const Oid& tree) {
  const std::string reference = CAMP_TRY(reference_name(branch));
  CAMP_TRY(handle_->notice_packs());
  git_repository* repository = handle_->repository.get();
  FanOut fan_out(handle_->objects());
  const Edits edits = CAMP_TRY(write_blobs(repository, Change{{}, removed, "", 0}));
  // A given tree replaces what stood there when the caller asked, not what came since.
  const int attempts = tree.empty() ? kAttempts : 1;
  for (int attempt = 1; attempt <= attempts; ++attempt) {
    const std::optional<git_oid> current = optional_id(CAMP_TRY(tip(branch)));
    if (!current && tree.empty()) {
      return fail(Kind::not_found, "there is no branch " + std::string(branch));
    }
    git_oid base{};
    if (tree.empty()) {
      const CommitPtr commit = CAMP_TRY(find_commit(repository, *current));
      base = *git_commit_tree_id(commit.get());
    } else {
      base = CAMP_TRY(parse_oid(tree));
    }
    const git_oid edited = CAMP_TRY(edit_tree(repository, base, edits));
    const git_oid made = CAMP_TRY(
        write_commit(repository, edited, nullptr, month_message(branch), squash_time(branch)));
    if (current && same(made, *current)) return to_text(made);
    CAMP_TRY(fan_out.sync());
    if (CAMP_TRY(move_branch(repository, reference, made, current))) return to_text(made);
    wait_before_retry(attempt);
  }
  return lost_every_race(branch);
}

Result<bool> Repository::is_squashed(std::string_view branch, const Oid& commit) const {
  const CommitPtr found =
      CAMP_TRY(find_commit(handle_->repository.get(), CAMP_TRY(parse_oid(commit))));
  const auto ours = [&](const git_signature* made) {
    return std::string_view(made->name) == kName && std::string_view(made->email) == kAddress &&
           made->when.time == squash_time(branch) && made->when.offset == 0;
  };
  return git_commit_parentcount(found.get()) == 0 && ours(git_commit_author(found.get())) &&
         ours(git_commit_committer(found.get())) &&
         git_commit_message_raw(found.get()) == month_message(branch);
}

Result<Oid> Repository::squashed_commit(std::string_view branch, const Oid& tree) {
  CAMP_TRY(reference_name(branch));
  CAMP_TRY(handle_->notice_packs());
  FanOut fan_out(handle_->objects());
  const git_oid made = CAMP_TRY(write_commit(handle_->repository.get(), CAMP_TRY(parse_oid(tree)),
                                             nullptr, month_message(branch), squash_time(branch)));
  CAMP_TRY(fan_out.sync());
  return to_text(made);
}

}  // namespace camp::git
