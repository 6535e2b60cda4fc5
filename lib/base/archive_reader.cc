// SPDX-License-Identifier: MIT
#include "base/archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/archive_names.h"
#include "base/libarchive.h"
#include "base/terminal.h"

namespace camp {
namespace {

constexpr std::size_t kBlock = 64 << 10;
constexpr std::uint64_t kRatioSlack = 1 << 20;
// What libarchive may read to find one header. A zip's directory is read as a whole for the first.
constexpr std::uint64_t kHeaderBytes = 2 << 20;
constexpr std::uint64_t kHeaderBytesPerEntry = 1024;

tl::unexpected<Error> refuse(const std::string& message) {
  return fail(Kind::refused, message,
              "nothing was taken from it; ask for a fresh archive if you trust its maker");
}

}  // namespace

struct ArchiveReader::State {
  State(FileDescriptor file, std::string label, std::uint64_t bytes, const ArchiveLimits& most)
      : fd(std::move(file)), name(std::move(label)), file_bytes(bytes), limits(most) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    const Utf8Locale::Guard guard(locale);
    lib().archive_read_free(handle);
  }

  FileDescriptor fd;
  std::string name;
  std::uint64_t file_bytes;
  ArchiveLimits limits;
  Utf8Locale locale;
  archive* handle = lib().archive_read_new();
  std::vector<char> block = std::vector<char>(kBlock);

  std::uint64_t bytes_in = 0;          // given to libarchive, repeated reading counted again
  std::uint64_t bytes_in_allowed = 0;  // where reading a header has to end
  bool header_too_large = false;

  EntryNames names;
  std::uint64_t entries = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t entry_bytes = 0;
  std::string entry;     // the current one's name
  bool in_file = false;  // bytes of the current entry may be left
  bool failed = false;

  Result<void> open();
  Result<std::optional<ArchiveEntry>> next();
  Result<ArchiveEntry> judge(archive_entry* found);
  Result<void> count(std::size_t bytes);
  Result<std::string_view> read_some();
  std::string reason() const;
  tl::unexpected<Error> refuse_entry(const std::string& fault) const {
    return refuse(shown_entry_name(entry) + " in " + name + " " + fault);
  }

  static la_ssize_t on_read(archive*, void* data, const void** buffer);
  static la_int64_t on_seek(archive*, void* data, la_int64_t offset, int whence);
};

la_ssize_t ArchiveReader::State::on_read(archive* handle, void* data, const void** buffer) {
  auto& state = *static_cast<State*>(data);
  if (state.bytes_in > state.bytes_in_allowed) {
    state.header_too_large = true;
    lib().archive_set_error(handle, EFBIG, "too large");
    return ARCHIVE_FATAL;
  }
  ssize_t got = -1;
  do {
    got = ::read(state.fd.get(), state.block.data(), state.block.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    lib().archive_set_error(handle, errno, "cannot be read");
    return ARCHIVE_FATAL;
  }
  state.bytes_in += static_cast<std::uint64_t>(got);
  *buffer = state.block.data();
  return got;
}

la_int64_t ArchiveReader::State::on_seek(archive*, void* data, la_int64_t offset, int whence) {
  const off_t at = ::lseek(static_cast<State*>(data)->fd.get(), offset, whence);
  return at < 0 ? ARCHIVE_FATAL : at;
}

std::string ArchiveReader::State::reason() const {
  if (header_too_large) return "its directory is too large";
  const char* text = lib().archive_error_string(handle);
  return text == nullptr ? "it is damaged" : for_terminal_line(text);
}

Result<void> ArchiveReader::State::open() {
  if (handle == nullptr || !locale.valid()) {
    return fail(Kind::failed, "cannot read archives: the system's C.UTF-8 locale is missing");
  }
  const Utf8Locale::Guard guard(locale);
  lib().archive_read_support_filter_gzip(handle);
  lib().archive_read_support_format_zip(handle);
  lib().archive_read_support_format_tar(handle);
  lib().archive_read_set_read_callback(handle, on_read);
  lib().archive_read_set_seek_callback(handle, on_seek);
  lib().archive_read_set_callback_data(handle, this);
  bytes_in_allowed = kHeaderBytes;
  if (lib().archive_read_open1(handle) != ARCHIVE_OK) {
    return fail(Kind::refused, "cannot read " + name + ": " + reason(),
                "camp reads .zip, .tar and .tar.gz");
  }
  return {};
}

Result<std::optional<ArchiveEntry>> ArchiveReader::State::next() {
  while (in_file) CAMP_TRY(read_some());
  while (true) {
    const Utf8Locale::Guard guard(locale);
    bytes_in_allowed = bytes_in + kHeaderBytes + kHeaderBytesPerEntry * limits.entries;
    archive_entry* found = nullptr;
    const int answer = lib().archive_read_next_header(handle, &found);
    bytes_in_allowed = UINT64_MAX;
    if (answer == ARCHIVE_EOF) return std::nullopt;
    // A warning too: it says that a name or a size is not what the archive meant.
    if (answer != ARCHIVE_OK) {
      return fail(Kind::refused, "cannot read " + name + ": " + reason(),
                  "camp reads .zip, .tar and .tar.gz");
    }
    if (++entries > limits.entries) {
      return refuse(name + " has more than " + std::to_string(limits.entries) + " entries");
    }
    ArchiveEntry taken = CAMP_TRY(judge(found));
    // `tar -c .` begins with the directory itself.
    if (taken.name != ".") return taken;
  }
}

Result<ArchiveEntry> ArchiveReader::State::judge(archive_entry* found) {
  const char* utf8 = lib().archive_entry_pathname_utf8(found);
  const char* raw = utf8 != nullptr ? utf8 : lib().archive_entry_pathname(found);
  entry = raw == nullptr ? "" : raw;
  if (lib().archive_entry_hardlink(found) != nullptr ||
      lib().archive_entry_hardlink_w(found) != nullptr) {
    return refuse_entry("is a hard link");
  }
  const auto type = lib().archive_entry_filetype(found);
  if (type == AE_IFLNK || lib().archive_entry_symlink(found) != nullptr) {
    return refuse_entry("is a symbolic link");
  }
  if (type != AE_IFREG && type != AE_IFDIR)
    return refuse_entry("is neither a file nor a directory");
  if (lib().archive_entry_is_encrypted(found) != 0) return refuse_entry("is encrypted");
  if (lib().archive_entry_sparse_count(found) > 0) return refuse_entry("is a sparse file");
  // The other methods of zip can ask for gigabytes of memory with a few bytes.
  const std::string_view format = lib().archive_format_name(handle);
  if (format.starts_with("ZIP") && !format.ends_with("(deflation)") &&
      !format.ends_with("(uncompressed)")) {
    return refuse_entry("is compressed in a way that camp does not read");
  }
  const bool directory = type == AE_IFDIR;
  std::string_view plain = entry;
  if (plain.starts_with("./")) plain.remove_prefix(2);
  if (directory && plain.ends_with('/')) plain.remove_suffix(1);
  if (directory && (plain.empty() || plain == ".") && !entry.empty())
    return ArchiveEntry{".", true};
  if (std::string fault = fault_of_entry_name(plain, limits.name_bytes); !fault.empty()) {
    return refuse_entry(fault);
  }
  if (std::string fault = names.add(plain, directory); !fault.empty()) return refuse_entry(fault);
  if (lib().archive_entry_size_is_set(found) != 0 &&
      static_cast<std::uint64_t>(std::max<la_int64_t>(lib().archive_entry_size(found), 0)) >
          limits.file_bytes) {
    return refuse_entry("is larger than " + std::to_string(limits.file_bytes) + " bytes");
  }
  ArchiveEntry taken{std::string(plain), directory};
  // A directory with content is counted like a file, and refused when the content comes.
  in_file = true;
  entry_bytes = 0;
  return taken;
}

Result<void> ArchiveReader::State::count(std::size_t bytes) {
  entry_bytes += bytes;
  bytes_out += bytes;
  if (entry_bytes > limits.file_bytes) {
    return refuse_entry("is larger than " + std::to_string(limits.file_bytes) + " bytes");
  }
  if (bytes_out > limits.total_bytes) {
    return refuse_entry("brings the archive over " + std::to_string(limits.total_bytes) + " bytes");
  }
  // Entries of a zip may share their bytes, so more can go in than the file holds.
  const std::uint64_t held = std::min(bytes_in, file_bytes);
  if (bytes_out > kRatioSlack && (bytes_out - kRatioSlack) / limits.ratio > held) {
    return refuse_entry("unpacks to more than " + std::to_string(limits.ratio) + " times its size");
  }
  return {};
}

// The next piece of the current file, valid until the next call; empty at its end.
Result<std::string_view> ArchiveReader::State::read_some() {
  if (!in_file) return std::string_view();
  const Utf8Locale::Guard guard(locale);
  const void* data = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  const int answer = lib().archive_read_data_block(handle, &data, &size, &offset);
  if (answer == ARCHIVE_EOF) {
    in_file = false;
    return std::string_view();
  }
  if (answer != ARCHIVE_OK) return refuse_entry("cannot be read: " + reason());
  // Blocks that leave a hole make a sparse file, whatever the header said.
  if (offset < 0 || static_cast<std::uint64_t>(offset) != entry_bytes) {
    return refuse_entry("is a sparse file");
  }
  CAMP_TRY(count(size));
  return std::string_view(static_cast<const char*>(data), size);
}

ArchiveReader::ArchiveReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArchiveReader::ArchiveReader(ArchiveReader&&) noexcept = default;
ArchiveReader& ArchiveReader::operator=(ArchiveReader&&) noexcept = default;
ArchiveReader::~ArchiveReader() = default;

Result<ArchiveReader> ArchiveReader::open(const std::string& path, const ArchiveLimits& limits) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) {
    const bool missing = errno == ENOENT;
    return fail(missing ? Kind::not_found : Kind::failed,
                missing ? "there is no archive " + path : "cannot open " + path,
                missing ? "check how it is written" : "");
  }
  return open(std::move(fd), path, limits);
}

Result<ArchiveReader> ArchiveReader::open(FileDescriptor fd, std::string name,
                                          const ArchiveLimits& limits) {
  struct stat found {};
  if (::fstat(fd.get(), &found) != 0 || !S_ISREG(found.st_mode)) {
    return fail(Kind::refused, name + " is not a regular file");
  }
  CAMP_TRY(load_libarchive());
  auto state = std::make_unique<State>(std::move(fd), std::move(name),
                                       static_cast<std::uint64_t>(found.st_size), limits);
  CAMP_TRY(state->open());
  return ArchiveReader(std::move(state));
}

Result<std::optional<ArchiveEntry>> ArchiveReader::next() {
  if (state_->failed) return refuse(state_->name + " was refused before");
  auto result = state_->next();
  state_->failed = !result.has_value();
  return result;
}

Result<void> ArchiveReader::read_to(const std::function<Result<void>(std::string_view)>& sink) {
  if (state_->failed) return refuse(state_->name + " was refused before");
  while (true) {
    const auto piece = state_->read_some();
    if (!piece) {
      state_->failed = true;
      return tl::unexpected<Error>(piece.error());
    }
    if (!state_->in_file) return {};
    CAMP_TRY(sink(*piece));
  }
}

Result<std::string> ArchiveReader::read(std::size_t max_bytes) {
  std::string bytes;
  CAMP_TRY(read_to([&](std::string_view piece) -> Result<void> {
    if (piece.size() > max_bytes - bytes.size()) {
      return state_->refuse_entry("is larger than " + std::to_string(max_bytes) + " bytes");
    }
    bytes += piece;
    return {};
  }));
  return bytes;
}

}  // namespace camp
