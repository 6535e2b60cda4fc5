// SPDX-License-Identifier: MIT
#include "base/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace camp {
namespace {

constexpr std::size_t kMaxMarked = 4 << 10;
/// As in file.cc: Directory::remove_temporaries() takes away what a killed writer leaves.
constexpr std::string_view kTemporaryPrefix = ".camp-tmp-";

tl::unexpected<Error> fail_errno(const char* act, const Directory& directory, std::string_view name,
                                 int code) {
  return fail(Kind::failed, std::string("cannot ") + act + " " + directory.path() + "/" +
                                std::string(name) + ": " + std::generic_category().message(code));
}

/// "<number> <birth>" and a newline. A file system that knows no birth gives the number alone.
std::optional<std::string> birthmark(int fd) {
  struct statx found {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &found) != 0) return std::nullopt;
  std::string mark = std::to_string(found.stx_ino);
  if ((found.stx_mask & STATX_BTIME) != 0) {
    mark += " " + std::to_string(found.stx_btime.tv_sec) + "." +
            std::to_string(found.stx_btime.tv_nsec);
  }
  return mark + "\n";
}

bool write_whole(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

bool is_network_file_system(int fd) {
  struct statfs found {};
  if (::fstatfs(fd, &found) != 0) return true;
  return is_network_file_system_type(static_cast<std::uint32_t>(found.f_type));
}

bool is_network_file_system_type(std::uint32_t type) {
  // From linux/magic.h and the file systems' own sources; virtiofs shows itself as FUSE.
  constexpr std::array<std::uint32_t, 16> kTypes = {
      0x00006969,  // NFS
      0x0000517b,  // SMB
      0xff534d42,  // CIFS
      0xfe534d42,  // SMB2
      0x65735546,  // FUSE
      0x01021997,  // 9P
      0x5346414f,  // OpenAFS
      0x6b414653,  // kAFS
      0x73757245,  // Coda
      0x00c36400,  // Ceph
      0x0000564c,  // NCP
      0x01161970,  // GFS2
      0x7461636f,  // OCFS2
      0x0bd00bd0,  // Lustre
      0x786f4256,  // VirtualBox shared folders
      0x47504653,  // GPFS
  };
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

Result<FreeSpace> free_space(int fd) {
  struct statvfs found {};
  if (::fstatvfs(fd, &found) != 0) {
    return fail(Kind::failed, "cannot tell how much space is left on the disk");
  }
  FreeSpace space;
  space.bytes = std::uint64_t{found.f_bavail} * found.f_frsize;
  space.total_bytes = std::uint64_t{found.f_blocks} * found.f_frsize;
  space.inodes = found.f_favail;
  space.total_inodes = found.f_files;
  return space;
}

Result<void> write_birthmarked(const Directory& directory, std::string_view name,
                               std::string_view text) {
  const std::string target(name), temporary = std::string(kTemporaryPrefix) + target;
  const int parent = directory.fd();
  // Whoever writes here holds the lock, so this is a killed writer's.
  ::unlinkat(parent, temporary.c_str(), 0);
  const FileDescriptor fd(::openat(parent, temporary.c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) return fail_errno("write", directory, name, errno);
  const auto mark = birthmark(fd.get());
  const bool done = mark && write_whole(fd.get(), *mark) && write_whole(fd.get(), text) &&
                    ::fsync(fd.get()) == 0 &&
                    ::renameat(parent, temporary.c_str(), parent, target.c_str()) == 0;
  if (!done) {
    const int code = errno;
    ::unlinkat(parent, temporary.c_str(), 0);
    return fail_errno("write", directory, name, code);
  }
  if (::fsync(parent) != 0) return fail_errno("write", directory, name, errno);
  return {};
}

Result<std::optional<std::string>> read_birthmarked(const Directory& directory,
                                                    std::string_view name) {
  const auto fd = directory.open_file(name);
  if (!fd && fd.error().kind == Kind::not_found) return std::optional<std::string>();
  if (!fd) return tl::unexpected<Error>(fd.error());
  const auto mark = birthmark(fd->get());
  std::string text = CAMP_TRY(directory.read_file(name, kMaxMarked));
  if (!mark || !text.starts_with(*mark)) return std::optional<std::string>();
  return std::optional(text.substr(mark->size()));
}

}  // namespace camp
