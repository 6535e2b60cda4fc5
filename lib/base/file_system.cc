// SPDX-License-Identifier: MIT
#include "base/file_system.h"

#include <sys/statvfs.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>

namespace camp {

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

}  // namespace camp
