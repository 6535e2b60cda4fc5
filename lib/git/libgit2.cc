// SPDX-License-Identifier: MIT
#include "git/libgit2.h"

#include <fcntl.h>
#include <git2/sys/repository.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>

#include "git/loose_reader.h"

/// Debian 12's libgit2 reads all of the machine's certificate authorities when it starts, which
/// took a quarter of the time of `camp post`, for connections that camp never lets it open. This
/// definition stands in front of the library's and reads nothing, so there is also no
/// authority that libgit2 could trust by mistake.
extern "C" int mbedtls_x509_crt_parse_file(void* chain, const char* path);
extern "C" __attribute__((visibility("default"))) int mbedtls_x509_crt_parse_file(
    void* /*chain*/, const char* /*path*/) {
  return 0;
}

namespace camp::git {
namespace {

int set_options() {
  // The configuration of the machine and of the user must not change what camp writes.
  for (const int level : {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL,
                          GIT_CONFIG_LEVEL_PROGRAMDATA}) {
    if (const int code = git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, ""); code < 0)
      return code;
  }
  // The defaults keep 256 MiB of objects and map whole packs, which a small machine cannot spare.
  constexpr ssize_t kObjectCache = 4 << 20;
  constexpr std::size_t kWindow = 8u << 20;
  constexpr std::size_t kWindows = 64u << 20;
  for (const int code : {git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1),
                         git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 1),
                         git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1),
                         git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, kObjectCache),
                         git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, kWindow),
                         git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, kWindows)}) {
    if (code < 0) return code;
  }
  return 0;
}

bool says(std::string_view message, int error) {
  return message.find(std::generic_category().message(error)) != std::string_view::npos;
}

constexpr const char* kFullHint = "free some space, then run the command again";

}  // namespace

Result<void> start_libgit2() {
  static const int started = [] {
    const int code = git_libgit2_init();
    return code < 0 ? code : set_options();
  }();
  if (started < 0) return git_failure(started, "starting libgit2");
  return {};
}

tl::unexpected<Error> git_failure(int code, std::string_view act) {
  const git_error* last = git_error_last();
  const std::string said = last != nullptr && last->message != nullptr ? last->message : "unknown";
  const std::string message = std::string(act) + ": " + said;
  if (says(said, ENOSPC) || says(said, EDQUOT)) {
    return fail(Kind::failed, std::string(act) + ": no space left on the disk", kFullHint);
  }
  const int subject = last != nullptr ? last->klass : GIT_ERROR_NONE;
  if (code == GIT_ENOTFOUND) return fail(Kind::not_found, message);
  if (code == GIT_ELOCKED || code == GIT_EMODIFIED || code == GIT_EEXISTS) {
    return fail(Kind::busy, message, "try again");
  }
  if (code == GIT_EMISMATCH || subject == GIT_ERROR_ZLIB || subject == GIT_ERROR_ODB ||
      subject == GIT_ERROR_OBJECT || subject == GIT_ERROR_INDEXER) {
    return fail(Kind::damaged, message, "run `camp fsck`");
  }
  return fail(Kind::failed, message);
}

tl::unexpected<Error> file_failure(int error, std::string_view act) {
  if (error == ENOSPC || error == EDQUOT) {
    return fail(Kind::failed, std::string(act) + ": no space left on the disk", kFullHint);
  }
  return fail(Kind::failed, std::string(act) + ": " + std::generic_category().message(error));
}

Result<git_oid> parse_oid(std::string_view text) {
  git_oid id{};
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (text.size() != GIT_OID_HEXSZ || !digits ||
      git_oid_fromstrn(&id, text.data(), text.size()) < 0) {
    return fail(Kind::failed, "not a git object id: " + std::string(text.substr(0, 60)));
  }
  return id;
}

Oid to_text(const git_oid& id) {
  Oid text(GIT_OID_HEXSZ, '0');
  git_oid_fmt(text.data(), &id);
  return text;
}

git_oid empty_tree() {
  git_oid id{};
  git_oid_fromstr(&id, "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
  return id;
}

bool is_recent(const timespec& time) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const double age = static_cast<double>(now.tv_sec - time.tv_sec) +
                     static_cast<double>(now.tv_nsec - time.tv_nsec) / 1e9;
  return age < 0.1;
}

Result<DirectoryStamp> stamp(const std::string& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) return file_failure(errno, "reading " + directory);
  return DirectoryStamp{status.st_dev, status.st_ino, status.st_mtim, is_recent(status.st_mtim)};
}

Result<void> sync_directory(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return file_failure(errno, "opening " + directory);
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (error != 0) return file_failure(error, "syncing " + directory);
  return {};
}

Result<void> Handle::reopen() {
  // The stamp first: what changes after it is noticed by the next look.
  packs = CAMP_TRY(stamp(objects() + "/pack"));
  git_repository* opened = nullptr;
  if (const int code = git_repository_open_bare(&opened, path.c_str()); code < 0) {
    return git_failure(code, "opening " + path);
  }
  repository.reset(opened);
  odb = CAMP_TRY(open_objects(objects()));
  if (const int code = git_repository_set_odb(opened, odb.get()); code < 0) {
    return git_failure(code, "opening the objects of " + path);
  }
  return {};
}

Result<void> Handle::notice_packs() {
  if (packs.recent || !(CAMP_TRY(stamp(objects() + "/pack")) == packs)) return reopen();
  return {};
}

Result<std::string> reference_name(std::string_view branch) {
  const std::string name = "refs/heads/" + std::string(branch);
  int valid = 0;
  if (!valid_path(branch) || git_reference_name_is_valid(&valid, name.c_str()) < 0 || valid == 0) {
    return fail(Kind::failed, "not a branch name: " + std::string(branch.substr(0, 60)));
  }
  return name;
}

Result<CommitPtr> find_commit(git_repository* repository, const git_oid& id) {
  git_commit* commit = nullptr;
  if (const int code = git_commit_lookup(&commit, repository, &id); code < 0) {
    return git_failure(code, "reading commit " + to_text(id));
  }
  return CommitPtr(commit);
}

Result<TreePtr> find_tree(git_repository* repository, const git_oid& id) {
  git_tree* tree = nullptr;
  if (const int code = git_tree_lookup(&tree, repository, &id); code < 0) {
    return git_failure(code, "reading tree " + to_text(id));
  }
  return TreePtr(tree);
}

std::string loose_path(const std::string& objects, const git_oid& id) {
  const Oid text = to_text(id);
  return objects + "/" + text.substr(0, 2) + "/" + text.substr(2);
}

}  // namespace camp::git
