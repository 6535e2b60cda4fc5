// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace camp {

/// Owns an open file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor();

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release();

 private:
  int fd_ = -1;
};

/// What stands at a name.
struct FileStatus {
  enum class Type { file, directory, link, other };
  Type type = Type::other;
  std::uint64_t size = 0;        ///< bytes
  std::int64_t modified_ms = 0;  ///< since 1970
  mode_t mode = 0;               ///< permission bits
};

/// How names are resolved: by one openat2(2) where the kernel has it, or part by part. Both refuse
/// symbolic links anywhere and names that lead out; tests ask for the second.
enum class Resolution { kernel, by_parts };

/// An open directory and everything beneath it. All paths are relative to it, with `/` between
/// parts and no `.`, `..` or empty parts ("." alone is the directory itself). No operation follows
/// a symbolic link or leaves the directory, even when somebody swaps names meanwhile; one that
/// would is Kind::refused. What is missing is Kind::not_found, a full disk Kind::failed with a
/// hint.
class Directory {
 public:
  /// Opens a directory by an ordinary path, which may lead through symbolic links.
  static Result<Directory> open(const std::string& path, Resolution how = Resolution::kernel);
  /// The same for a directory that must be ours alone: not a symbolic link itself, owned by us and
  /// not writable for group or others. The check is made on what was opened, so nobody can swap
  /// the directory in between.
  static Result<Directory> open_private(const std::string& path,
                                        Resolution how = Resolution::kernel);

  Result<Directory> open_beneath(std::string_view path) const;
  /// Makes a directory (0700) with the parents that are missing, durably; one that stands already
  /// is fine.
  Result<Directory> create(std::string_view path) const;

  /// Opens a regular file for reading.
  Result<FileDescriptor> open_file(std::string_view path) const;
  /// The bytes of a regular file; refuses more than `max_bytes`.
  Result<std::string> read_file(std::string_view path, std::size_t max_bytes) const;
  /// The same for a secret: the file must be ours and closed to group and others.
  Result<std::string> read_private_file(std::string_view path, std::size_t max_bytes) const;

  /// Whether a file or directory stands there; false for a symbolic link and for a path that
  /// cannot be reached.
  bool exists(std::string_view path) const;
  Result<FileStatus> status(std::string_view path) const;
  /// The names in a directory, sorted by their bytes, without "." and "..".
  Result<std::vector<std::string>> list(std::string_view path) const;

  /// Puts a file in place whole or not at all, and durably: a temporary file beside it, fsync,
  /// rename, fsync of the directory. A failure leaves the old file and no temporary one.
  Result<void> write_file_atomically(std::string_view path, std::string_view bytes,
                                     mode_t mode = 0600) const;
  /// The same for a name that must be free; Kind::conflict if it is taken.
  Result<void> create_file_exclusively(std::string_view path, std::string_view bytes,
                                       mode_t mode = 0600) const;
  /// Removes what a killed writer left of the two functions above in one directory. Call it only
  /// where nobody else writes.
  Result<void> remove_temporaries(std::string_view path) const;

  /// Moves a file or directory within this directory, replacing a file, durably.
  Result<void> rename(std::string_view from, std::string_view to) const;
  Result<void> remove_file(std::string_view path) const;
  /// Removes a directory and all beneath it, or a file; a symbolic link is removed, never followed.
  /// What is missing already is fine.
  Result<void> remove_tree(std::string_view path) const;

  int fd() const { return fd_.get(); }
  /// The path it was opened by, for messages.
  const std::string& path() const { return path_; }

 private:
  friend class FileLock;
  struct Place;  // an open parent directory and the last part of a path

  Directory(FileDescriptor fd, std::string path, Resolution how)
      : fd_(std::move(fd)), path_(std::move(path)), how_(how) {}

  std::string full_path(std::string_view path) const;
  Result<FileDescriptor> open_at(std::string_view path, int flags, mode_t mode = 0) const;
  Result<Place> place_of(std::string_view path) const;
  Result<void> put_file(std::string_view path, std::string_view bytes, mode_t mode,
                        bool replace) const;

  FileDescriptor fd_;
  std::string path_;
  Resolution how_ = Resolution::kernel;
};

/// An exclusive flock(2) on a file, held until destroyed. The kernel frees it when the process
/// dies, so there are no stale locks. Two locks in one process exclude each other as well.
class FileLock {
 public:
  /// Kind::busy at once if somebody else holds it.
  static Result<FileLock> try_acquire(const Directory& directory, std::string_view name);
  /// Waits up to `timeout_ms` for it, then Kind::busy.
  static Result<FileLock> acquire(const Directory& directory, std::string_view name,
                                  std::int64_t timeout_ms);

 private:
  explicit FileLock(FileDescriptor fd) : fd_(std::move(fd)) {}
  FileDescriptor fd_;
};

}  // namespace camp
