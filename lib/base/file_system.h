// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "base/result.h"

namespace camp {

/// Whether the file system cannot be trusted with locks and memory-mapped logs: NFS, SMB, FUSE and
/// their like, or one that the kernel does not name.
bool is_network_file_system(int fd);
/// The same for a type as statfs(2) gives it.
bool is_network_file_system_type(std::uint32_t type);

struct FreeSpace {
  std::uint64_t bytes = 0;  ///< free for ordinary users
  std::uint64_t total_bytes = 0;
  std::uint64_t inodes = 0;
  std::uint64_t total_inodes = 0;  ///< 0 where the file system has no fixed number
};
Result<FreeSpace> free_space(int fd);

}  // namespace camp
