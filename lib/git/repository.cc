// SPDX-License-Identifier: MIT
#include "git/repository.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "git/libgit2.h"

namespace camp::git {
namespace {

namespace fs = std::filesystem;

/// No reflog keeps what was purged, no gc walks all history, no dumb HTTP hands out objects by
/// name, and nothing is ever pushed.
constexpr std::string_view kConfig =
    "[core]\n"
    "\trepositoryformatversion = 0\n"
    "\tfilemode = true\n"
    "\tbare = true\n"
    "\tlogAllRefUpdates = false\n"
    "[gc]\n"
    "\tauto = 0\n"
    "[http]\n"
    "\tgetanyfile = false\n";

constexpr std::array<const char*, 6> kDirectories = {"objects", "objects/info", "objects/pack",
                                                     "refs",    "refs/heads",   "refs/heads/e"};

Result<void> write_file(const std::string& path, std::string_view bytes) {
  const std::string act = "writing " + path;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return file_failure(errno, act);
  const ssize_t written = ::write(fd, bytes.data(), bytes.size());
  int error = written < 0 ? errno : 0;
  if (error == 0 && static_cast<std::size_t>(written) != bytes.size()) error = ENOSPC;
  if (error == 0 && ::fsync(fd) != 0) error = errno;
  ::close(fd);
  if (error != 0) return file_failure(error, act);
  return {};
}

/// Everything of a new repository, HEAD last: a directory without it is not taken for one.
Result<void> lay_out(const std::string& path) {
  for (const char* name : kDirectories) {
    const std::string directory = path + "/" + name;
    if (::mkdir(directory.c_str(), 0700) != 0) return file_failure(errno, "making " + directory);
  }
  CAMP_TRY(write_file(path + "/config", kConfig));
  CAMP_TRY(write_file(path + "/HEAD", "ref: refs/heads/main\n"));
  for (const char* name : kDirectories) CAMP_TRY(sync_directory(path + "/" + name));
  return sync_directory(path);
}

std::string user_name(uid_t user) {
  std::array<char, 4096> buffer;
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    return entry.pw_name;
  }
  return "user " + std::to_string(user);
}

/// libgit2 does not ask who owns a bare repository, and a writer under another name would leave
/// files that its owner cannot change.
Result<void> require_owner(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return fail(Kind::not_found, "there is no repository at " + path);
    }
    return file_failure(errno, "opening " + path);
  }
  if (status.st_uid != ::geteuid()) {
    const std::string owner = user_name(status.st_uid);
    return fail(Kind::refused, path + " belongs to " + owner, "run camp as " + owner);
  }
  return {};
}

void add_stat(const std::string& path, RefsState& state) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    state.signature += "-;";
    return;
  }
  for (const std::uint64_t number :
       {static_cast<std::uint64_t>(status.st_ino), static_cast<std::uint64_t>(status.st_size),
        static_cast<std::uint64_t>(status.st_mtim.tv_sec),
        static_cast<std::uint64_t>(status.st_mtim.tv_nsec)}) {
    state.signature += std::to_string(number) + ",";
  }
  state.signature += ";";
  state.recent = state.recent || is_recent(status.st_mtim);
}

}  // namespace

Repository::Repository(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Repository::Repository(Repository&&) noexcept = default;
Repository& Repository::operator=(Repository&&) noexcept = default;
Repository::~Repository() = default;

const std::string& Repository::path() const { return handle_->path; }

Result<Repository> Repository::create(const std::string& path) {
  std::error_code error;
  const std::string parent = fs::path(path).parent_path();
  if (!parent.empty()) fs::create_directories(parent, error);
  if (error) return file_failure(error.value(), "making " + parent);
  if (::mkdir(path.c_str(), 0700) != 0) {
    if (errno == EEXIST && !fs::is_empty(path, error)) {
      return fail(Kind::failed, path + " is there already and not empty");
    }
    if (errno != EEXIST) return file_failure(errno, "making " + path);
  }
  CAMP_TRY(lay_out(path));
  CAMP_TRY(sync_directory(parent.empty() ? "." : parent));
  return open(path);
}

Result<Repository> Repository::open(const std::string& path) {
  CAMP_TRY(start_libgit2());
  CAMP_TRY(require_owner(path));
  auto handle = std::make_unique<Handle>();
  handle->path = path;
  CAMP_TRY(handle->reopen());
  return Repository(std::move(handle));
}

Result<std::vector<Branch>> Repository::branches() const {
  constexpr std::string_view kPrefix = "refs/heads/";
  git_reference_iterator* iterator = nullptr;
  int code = git_reference_iterator_glob_new(&iterator, handle_->repository.get(), "refs/heads/*");
  if (code < 0) return git_failure(code, "listing branches");
  const std::unique_ptr<git_reference_iterator, Free<git_reference_iterator_free>> owned(iterator);
  std::vector<Branch> result;
  git_reference* reference = nullptr;
  while ((code = git_reference_next(&reference, iterator)) == 0) {
    const ReferencePtr entry(reference);
    const git_oid* target = git_reference_target(reference);
    if (target == nullptr) continue;  // a symbolic reference: nobody's branch
    result.push_back({git_reference_name(reference) + kPrefix.size(), to_text(*target)});
  }
  if (code != GIT_ITEROVER) return git_failure(code, "listing branches");
  std::sort(result.begin(), result.end(),
            [](const Branch& a, const Branch& b) { return a.name < b.name; });
  return result;
}

Result<std::optional<Oid>> Repository::tip(std::string_view branch) const {
  const std::string name = CAMP_TRY(reference_name(branch));
  git_oid id{};
  const int code = git_reference_name_to_id(&id, handle_->repository.get(), name.c_str());
  if (code == GIT_ENOTFOUND) return std::nullopt;
  if (code < 0) return git_failure(code, "reading branch " + std::string(branch));
  return to_text(id);
}

Result<RefsState> refs_state(const std::string& path) {
  // Branches are replaced by a link or a rename into their directory, or stand in packed-refs,
  // which is replaced by a rename too: each shows in one of these times.
  RefsState state;
  add_stat(path + "/refs/heads", state);
  add_stat(path + "/refs/heads/e", state);
  add_stat(path + "/packed-refs", state);
  return state;
}

Result<RefsState> Repository::refs_signature() const { return refs_state(handle_->path); }

Result<void> Repository::remove_branch(std::string_view branch, const Oid& expected) {
  const std::string name = CAMP_TRY(reference_name(branch));
  const std::optional<Oid> current = CAMP_TRY(tip(branch));
  if (!current) return {};
  if (*current != expected) return fail(Kind::busy, "branch " + std::string(branch) + " has moved");
  git_reference* found = nullptr;
  int code = git_reference_lookup(&found, handle_->repository.get(), name.c_str());
  const ReferencePtr reference(found);
  if (code == 0) code = git_reference_delete(found);  // fails if it has moved since the look-up
  if (code < 0 && code != GIT_ENOTFOUND) {
    return git_failure(code, "removing branch " + std::string(branch));
  }
  return sync_directory(handle_->path + "/refs/heads");
}

}  // namespace camp::git
