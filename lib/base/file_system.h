// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
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

/// Puts a file in place, as Directory::write_file_atomically does, whose first line says which file
/// it is: its number on the disk and the moment of its birth. Renaming and moving keep these; every
/// copy of the file is another, and so is one that came back from a backup.
Result<void> write_birthmarked(const Directory& directory, std::string_view name,
                               std::string_view text);
/// The text of such a file; nothing if it is a copy, or no such file.
Result<std::optional<std::string>> read_birthmarked(const Directory& directory,
                                                    std::string_view name);

}  // namespace camp
