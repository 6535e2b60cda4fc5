// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace camp {

/// What an archive from outside may cost us. The defaults are those for an export of camp.
struct ArchiveLimits {
  std::uint64_t entries = 20'000;
  std::uint64_t total_bytes = std::uint64_t{2} << 30;
  std::uint64_t file_bytes = 16 << 20;
  /// Bytes out for each byte in, beyond the first MiB.
  std::uint64_t ratio = 100;
  std::size_t name_bytes = 512;
};

struct ArchiveEntry {
  std::string name;  ///< relative, parts joined by `/`, no slash at the end, valid UTF-8
  bool directory = false;
};

/// Reads zip and tar (plain or gzip) from first to last entry without unpacking anything by itself.
/// Whatever is not a plain file or directory with a plain relative name, or comes twice (also in
/// other case or normalization), or is encrypted, or goes beyond the limits, ends the reading with
/// Kind::refused and the entry's name, made safe for a terminal. Nothing can be read after an
/// error.
class ArchiveReader {
 public:
  static Result<ArchiveReader> open(const std::string& path, const ArchiveLimits& limits = {});
  /// From an open regular file; `name` is for messages.
  static Result<ArchiveReader> open(FileDescriptor fd, std::string name,
                                    const ArchiveLimits& limits = {});
  ArchiveReader(ArchiveReader&&) noexcept;
  ArchiveReader& operator=(ArchiveReader&&) noexcept;
  ~ArchiveReader();

  /// The next entry, nothing at the end. What was not read of the last one is read and checked
  /// first: no bytes go by uncounted.
  Result<std::optional<ArchiveEntry>> next();
  /// All bytes of the current file; refuses more than `max_bytes`.
  Result<std::string> read(std::size_t max_bytes);
  /// Hands the bytes of the current file on in pieces, and stops at the first error of `sink`.
  Result<void> read_to(const std::function<Result<void>(std::string_view)>& sink);

 private:
  struct State;
  explicit ArchiveReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

enum class ArchiveFormat { zip, tar_gz };

/// Writes an archive that depends on the names and bytes added and on nothing else: no dates, no
/// owners. The file appears at `path` with finish(), whole; without it nothing is left.
class ArchiveWriter {
 public:
  /// Kind::conflict if something stands at `path` already.
  static Result<ArchiveWriter> create(const std::string& path, ArchiveFormat format);
  ArchiveWriter(ArchiveWriter&&) noexcept;
  ArchiveWriter& operator=(ArchiveWriter&&) noexcept;
  ~ArchiveWriter();

  /// Adds a file. Refuses names that ArchiveReader would not take, and names that were added
  /// before.
  Result<void> add(std::string_view name, std::string_view bytes);
  /// Adds a file of exactly `size` bytes that `source` gives in pieces, an empty one at the end.
  Result<void> add(std::string_view name, std::uint64_t size,
                   const std::function<Result<std::string>()>& source);
  Result<void> finish();

 private:
  struct State;
  explicit ArchiveWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace camp
