// SPDX-License-Identifier: MIT
#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "base/encoding.h"

namespace camp {
namespace {

constexpr std::size_t kLongestPath = 4096;
constexpr std::size_t kLongestName = 255;
constexpr std::string_view kTemporaryPrefix = ".camp-tmp-";
// Each level holds a descriptor open; camp itself never goes deeper than a dozen.
constexpr int kDeepestTree = 128;

tl::unexpected<Error> fail_errno(std::string_view act, const std::string& path, int code) {
  const std::string doing = "cannot " + std::string(act) + " " + path;
  switch (code) {
    case ENOENT:
      return fail(Kind::not_found, doing + ": it does not exist", "check how it is written");
    case ENOSPC:
    case EDQUOT:
      return fail(Kind::failed, doing + ": no space left on the disk",
                  "free some space, then run the same command again");
    case EROFS:
      return fail(Kind::failed, doing + ": the disk is mounted read-only",
                  "look for disk errors in the system's log");
    case EACCES:
    case EPERM:
      return fail(Kind::refused, doing + ": permission denied",
                  "run camp as the user who owns the directory");
    case ELOOP:
    case EXDEV:
      return fail(Kind::refused, doing + ": it is or leads through a symbolic link",
                  "put the real file or directory there");
    case EEXIST:
      return fail(Kind::conflict, doing + ": it exists already");
    case ENOTDIR:
      return fail(Kind::refused, doing + ": something that is no directory stands in the way");
    case EISDIR:
      return fail(Kind::refused, doing + ": it is a directory");
    case EMFILE:
    case ENFILE:
      return fail(Kind::failed, doing + ": too many open files", "try again, or raise ulimit -n");
    default:
      return fail(Kind::failed, doing + ": " + std::generic_category().message(code));
  }
}

// Why a relative path is none that camp would use, if it is so.
std::optional<std::string> fault_of(std::string_view path) {
  if (path.empty()) return "the name is empty";
  if (path.size() > kLongestPath) return "the name is too long";
  if (path.find('\0') != std::string_view::npos) return "the name holds a zero byte";
  if (path == ".") return std::nullopt;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty()) return "the path is absolute or has an empty part";
    if (part == "." || part == "..") return "the path has a part " + std::string(part);
    if (part.size() > kLongestName) return "a part of the path is too long";
    if (slash == std::string_view::npos) return std::nullopt;
    path.remove_prefix(slash + 1);
  }
}

template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

// openat without following links in any part of `path`; -1 and errno as usual.
int open_by_parts(int root, std::string_view path, int flags, mode_t mode) {
  FileDescriptor parent;
  int at = root;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/')) {
    const std::string part(path.substr(0, slash));
    FileDescriptor next(retry(
        [&] { return ::openat(at, part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }));
    if (!next.valid()) {
      struct stat found {};
      const int code = errno;
      const bool link =
          ::fstatat(at, part.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(found.st_mode);
      errno = link ? ELOOP : code;
      return -1;
    }
    parent = std::move(next);
    at = parent.get();
    path.remove_prefix(slash + 1);
  }
  const std::string last(path);
  return retry([&] { return ::openat(at, last.c_str(), flags | O_NOFOLLOW, mode); });
}

int open_by_kernel(int root, std::string_view path, int flags, mode_t mode) {
  const std::string name(path);
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags) | O_NOFOLLOW;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return retry([&] {
    return static_cast<int>(::syscall(SYS_openat2, root, name.c_str(), &how, sizeof how));
  });
}

Result<std::string> random_name() {
  std::array<char, 8> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return fail(Kind::failed, "the system gives no random bytes");
  }
  return std::string(kTemporaryPrefix) + to_hex({bytes.data(), bytes.size()});
}

Result<void> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = retry([&] { return ::write(fd, bytes.data(), bytes.size()); });
    if (written < 0) return fail_errno("write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> sync(int fd, const std::string& path) {
  if (retry([&] { return ::fsync(fd); }) != 0) return fail_errno("write", path, errno);
  return {};
}

Result<std::string> read_all(int fd, std::size_t max_bytes, const std::string& path) {
  const auto too_big = [&] {
    return fail(Kind::refused, path + " is larger than " + std::to_string(max_bytes) + " bytes");
  };
  struct stat found {};
  if (::fstat(fd, &found) != 0) return fail_errno("read", path, errno);
  const auto size = static_cast<std::size_t>(std::max<off_t>(found.st_size, 0));
  if (size > max_bytes) return too_big();
  std::string bytes;
  // The size is a hint: the file may grow or shrink while we read.
  std::size_t room = std::min(max_bytes, size) + 1;
  while (true) {
    const std::size_t have = bytes.size();
    bytes.resize(have + room);
    const ssize_t got = retry([&] { return ::read(fd, bytes.data() + have, room); });
    if (got < 0) return fail_errno("read", path, errno);
    bytes.resize(have + static_cast<std::size_t>(got));
    if (got == 0) return bytes;
    if (bytes.size() > max_bytes) return too_big();
    room = std::min<std::size_t>(max_bytes - bytes.size() + 1, 1 << 16);
  }
}

std::string name_of_user(uid_t user) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    return entry.pw_name;
  }
  return "user number " + std::to_string(user);
}

// The rules of require_private for something that is open or was looked at without following links.
Result<void> judge_private(const struct stat& found, const std::string& path) {
  if (S_ISLNK(found.st_mode)) return fail_errno("use", path, ELOOP);
  const bool directory = S_ISDIR(found.st_mode);
  if (!directory && !S_ISREG(found.st_mode)) {
    return fail(Kind::refused, path + " is neither a file nor a directory");
  }
  if (found.st_uid != ::geteuid()) {
    const std::string owner = name_of_user(found.st_uid);
    return fail(Kind::refused, path + " belongs to " + owner, "run camp as " + owner);
  }
  if (directory && (found.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fail(Kind::refused, path + " can be written by others",
                "chmod go-w " + path + ", after a look at what is in it");
  }
  if (!directory && (found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(Kind::refused, path + " can be read by others",
                "chmod 600 " + path + ", and replace the key if others had access");
  }
  return {};
}

FileStatus status_from(const struct stat& found) {
  FileStatus status;
  status.type = S_ISREG(found.st_mode)   ? FileStatus::Type::file
                : S_ISDIR(found.st_mode) ? FileStatus::Type::directory
                : S_ISLNK(found.st_mode) ? FileStatus::Type::link
                                         : FileStatus::Type::other;
  status.size = static_cast<std::uint64_t>(std::max<off_t>(found.st_size, 0));
  status.modified_ms =
      std::int64_t{found.st_mtim.tv_sec} * 1000 + std::int64_t{found.st_mtim.tv_nsec} / 1'000'000;
  status.mode = found.st_mode & 07777;
  return status;
}

// Names in an open directory. Takes the descriptor, because reading moves its position.
Result<std::vector<std::string>> names_in(FileDescriptor fd, const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(fd.get()), &::closedir);
  if (!stream) return fail_errno("list", path, errno);
  fd.release();  // closedir closes it
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  if (errno != 0) return fail_errno("list", path, errno);
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> remove_at(int parent, const std::string& name, const std::string& path, int depth) {
  if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  // POSIX lets unlink answer EPERM for a directory, Linux says EISDIR.
  if (errno != EISDIR && errno != EPERM) return fail_errno("remove", path, errno);
  if (depth > kDeepestTree) {
    return fail(Kind::refused, "cannot remove " + path + ": directories are nested too deeply",
                "remove it with rm -r");
  }
  FileDescriptor fd(retry([&] {
    return ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  }));
  if (!fd.valid()) return fail_errno("remove", path, errno);
  FileDescriptor copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) return fail_errno("remove", path, errno);
  for (const std::string& child : CAMP_TRY(names_in(std::move(copy), path))) {
    CAMP_TRY(remove_at(fd.get(), child, path + "/" + child, depth + 1));
  }
  if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) {
    return fail_errno("remove", path, errno);
  }
  return {};
}

// Gives a finished temporary file a name that must be free; false if it is taken. Both ways are
// tried because vfat has no hard links and some file systems no RENAME_NOREPLACE.
bool move_to_free_name(int parent, const std::string& from, const std::string& to) {
  if (::syscall(SYS_renameat2, parent, from.c_str(), parent, to.c_str(), 1U /*NOREPLACE*/) == 0) {
    return true;
  }
  if (errno != EINVAL && errno != ENOSYS) return false;
  if (::linkat(parent, from.c_str(), parent, to.c_str(), 0) != 0) return false;
  return ::unlinkat(parent, from.c_str(), 0) == 0;
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    if (valid()) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (valid()) ::close(fd_);
}

int FileDescriptor::release() { return std::exchange(fd_, -1); }

struct Directory::Place {
  FileDescriptor parent;
  std::string name;
};

Result<Directory> Directory::open(const std::string& path, Resolution how) {
  FileDescriptor fd(
      retry([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd.valid()) return fail_errno("open", path, errno);
  return Directory(std::move(fd), path, how);
}

Result<Directory> Directory::open_private(const std::string& path, Resolution how) {
  // A slash at the end would make the kernel follow a link in the last part.
  std::string bare = path;
  while (bare.size() > 1 && bare.back() == '/') bare.pop_back();
  FileDescriptor fd(
      retry([&] { return ::open(bare.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }));
  if (!fd.valid()) {
    const int code = errno;
    // For a link, O_DIRECTORY with O_NOFOLLOW answers ENOTDIR; the true reason helps more.
    struct stat found {};
    if (code == ENOTDIR && ::lstat(bare.c_str(), &found) == 0) {
      CAMP_TRY(judge_private(found, path));
    }
    return fail_errno("open", path, code);
  }
  struct stat found {};
  if (::fstat(fd.get(), &found) != 0) return fail_errno("open", path, errno);
  CAMP_TRY(judge_private(found, path));
  return Directory(std::move(fd), path, how);
}

std::string Directory::full_path(std::string_view path) const {
  if (path == ".") return path_;
  return path_ + "/" + std::string(path);
}

Result<FileDescriptor> Directory::open_at(std::string_view path, int flags, mode_t mode) const {
  if (const auto fault = fault_of(path)) {
    return fail(Kind::refused, "cannot open " + full_path(path) + ": " + *fault);
  }
  flags |= O_CLOEXEC;
  int fd = -1;
  bool answered = false;
  if (how_ == Resolution::kernel) {
    fd = open_by_kernel(fd_.get(), path, flags, mode);
    // Old kernels lack the call, and some sandboxes answer EPERM to calls they do not know.
    answered = fd >= 0 || (errno != ENOSYS && errno != EPERM);
  }
  if (!answered) fd = open_by_parts(fd_.get(), path, flags, mode);
  if (fd < 0) return fail_errno("open", full_path(path), errno);
  return FileDescriptor(fd);
}

Result<Directory::Place> Directory::place_of(std::string_view path) const {
  if (const auto fault = fault_of(path)) {
    return fail(Kind::refused, "cannot use " + full_path(path) + ": " + *fault);
  }
  if (path == ".") return fail(Kind::refused, "cannot use " + path_ + " itself here");
  const std::size_t slash = path.rfind('/');
  const bool direct = slash == std::string_view::npos;
  auto parent = CAMP_TRY(open_at(direct ? "." : path.substr(0, slash), O_RDONLY | O_DIRECTORY));
  return Place{std::move(parent), std::string(path.substr(direct ? 0 : slash + 1))};
}

Result<Directory> Directory::open_beneath(std::string_view path) const {
  auto fd = CAMP_TRY(open_at(path, O_RDONLY | O_DIRECTORY));
  return Directory(std::move(fd), full_path(path), how_);
}

Result<Directory> Directory::create(std::string_view path) const {
  if (const auto fault = fault_of(path)) {
    return fail(Kind::refused, "cannot create " + full_path(path) + ": " + *fault);
  }
  if (path == ".") return open_beneath(path);
  for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
    const std::string_view ancestor = path.substr(0, end);
    const Place place = CAMP_TRY(place_of(ancestor));
    if (::mkdirat(place.parent.get(), place.name.c_str(), 0700) == 0) {
      CAMP_TRY(sync(place.parent.get(), full_path(ancestor)));
    } else if (errno != EEXIST) {
      return fail_errno("create", full_path(ancestor), errno);
    }
    if (end == std::string_view::npos) return open_beneath(path);
  }
}

Result<FileDescriptor> Directory::open_file(std::string_view path) const {
  // O_NONBLOCK, or a named pipe that somebody put there would hold us for ever.
  auto fd = CAMP_TRY(open_at(path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  struct stat found {};
  if (::fstat(fd.get(), &found) != 0) return fail_errno("open", full_path(path), errno);
  if (!S_ISREG(found.st_mode)) {
    return fail(Kind::refused, full_path(path) + " is not a regular file");
  }
  return fd;
}

Result<std::string> Directory::read_file(std::string_view path, std::size_t max_bytes) const {
  const auto fd = CAMP_TRY(open_file(path));
  return read_all(fd.get(), max_bytes, full_path(path));
}

Result<std::string> Directory::read_private_file(std::string_view path,
                                                 std::size_t max_bytes) const {
  const auto fd = CAMP_TRY(open_file(path));
  struct stat found {};
  if (::fstat(fd.get(), &found) != 0) return fail_errno("open", full_path(path), errno);
  CAMP_TRY(judge_private(found, full_path(path)));
  return read_all(fd.get(), max_bytes, full_path(path));
}

bool Directory::exists(std::string_view path) const {
  const auto found = status(path);
  return found && found->type != FileStatus::Type::link;
}

Result<FileStatus> Directory::status(std::string_view path) const {
  struct stat found {};
  if (path == ".") {
    if (::fstat(fd_.get(), &found) != 0) return fail_errno("look at", path_, errno);
    return status_from(found);
  }
  const Place place = CAMP_TRY(place_of(path));
  if (::fstatat(place.parent.get(), place.name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
    return fail_errno("look at", full_path(path), errno);
  }
  return status_from(found);
}

Result<std::vector<std::string>> Directory::list(std::string_view path) const {
  auto fd = CAMP_TRY(open_at(path, O_RDONLY | O_DIRECTORY));
  return names_in(std::move(fd), full_path(path));
}

Result<void> Directory::put_file(std::string_view path, std::string_view bytes, mode_t mode,
                                 bool replace) const {
  const Place place = CAMP_TRY(place_of(path));
  const int parent = place.parent.get();
  const std::string temporary = CAMP_TRY(random_name());
  FileDescriptor fd(retry([&] {
    return ::openat(parent, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    mode);
  }));
  if (!fd.valid()) return fail_errno("write", full_path(path), errno);
  const auto write_and_name = [&]() -> Result<void> {
    // The umask may have taken bits away that the caller asked for.
    if (::fchmod(fd.get(), mode) != 0) return fail_errno("write", full_path(path), errno);
    CAMP_TRY(write_all(fd.get(), bytes, full_path(path)));
    CAMP_TRY(sync(fd.get(), full_path(path)));
    const bool named = replace
                           ? ::renameat(parent, temporary.c_str(), parent, place.name.c_str()) == 0
                           : move_to_free_name(parent, temporary, place.name);
    if (!named) return fail_errno("write", full_path(path), errno);
    return {};
  };
  const Result<void> result = write_and_name();
  if (!result) {
    ::unlinkat(parent, temporary.c_str(), 0);
    return result;
  }
  return sync(parent, full_path(path));
}

Result<void> Directory::write_file_atomically(std::string_view path, std::string_view bytes,
                                              mode_t mode) const {
  return put_file(path, bytes, mode, true);
}

Result<void> Directory::create_file_exclusively(std::string_view path, std::string_view bytes,
                                                mode_t mode) const {
  return put_file(path, bytes, mode, false);
}

Result<void> Directory::remove_temporaries(std::string_view path) const {
  const auto fd = CAMP_TRY(open_at(path, O_RDONLY | O_DIRECTORY));
  for (const std::string& name : CAMP_TRY(list(path))) {
    if (!name.starts_with(kTemporaryPrefix)) continue;
    if (::unlinkat(fd.get(), name.c_str(), 0) != 0 && errno != ENOENT) {
      return fail_errno("remove", full_path(path) + "/" + name, errno);
    }
  }
  return {};
}

Result<void> Directory::rename(std::string_view from, std::string_view to) const {
  const Place source = CAMP_TRY(place_of(from));
  const Place target = CAMP_TRY(place_of(to));
  if (::renameat(source.parent.get(), source.name.c_str(), target.parent.get(),
                 target.name.c_str()) != 0) {
    return fail_errno("move " + full_path(from) + " to", full_path(to), errno);
  }
  CAMP_TRY(sync(target.parent.get(), full_path(to)));
  return sync(source.parent.get(), full_path(from));
}

Result<void> Directory::remove_file(std::string_view path) const {
  const Place place = CAMP_TRY(place_of(path));
  if (::unlinkat(place.parent.get(), place.name.c_str(), 0) != 0) {
    return fail_errno("remove", full_path(path), errno);
  }
  return sync(place.parent.get(), full_path(path));
}

Result<void> Directory::remove_tree(std::string_view path) const {
  const auto place = place_of(path);
  if (!place) {
    if (place.error().kind == Kind::not_found) return {};
    return tl::unexpected<Error>(place.error());
  }
  CAMP_TRY(remove_at(place->parent.get(), place->name, full_path(path), 0));
  return sync(place->parent.get(), full_path(path));
}

Result<FileLock> FileLock::try_acquire(const Directory& directory, std::string_view name) {
  const std::string path = directory.full_path(name);
  while (true) {
    auto fd = CAMP_TRY(directory.open_at(name, O_RDWR | O_CREAT | O_NONBLOCK, 0600));
    if (retry([&] { return ::flock(fd.get(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno != EWOULDBLOCK) return fail_errno("lock", path, errno);
      return fail(Kind::busy, "another camp is at work in " + directory.path(),
                  "wait for it to end, then run the same command again");
    }
    // If the file was removed meanwhile, we hold a lock that nobody else can see.
    struct stat found {};
    if (::fstat(fd.get(), &found) != 0) return fail_errno("lock", path, errno);
    if (found.st_nlink > 0) return FileLock(std::move(fd));
  }
}

Result<FileLock> FileLock::acquire(const Directory& directory, std::string_view name,
                                   std::int64_t timeout_ms) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  auto pause = std::chrono::milliseconds(1);
  while (true) {
    auto lock = try_acquire(directory, name);
    if (lock || lock.error().kind != Kind::busy) return lock;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return lock;
    std::this_thread::sleep_for(std::min(pause, left));
    pause = std::min(pause * 2, std::chrono::milliseconds(50));
  }
}

}  // namespace camp
