// SPDX-License-Identifier: MIT
#include "base/archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/archive_names.h"
#include "base/libarchive.h"

namespace camp {

struct ArchiveWriter::State {
  State(std::string target, std::string draft, FileDescriptor file)
      : path(std::move(target)), temporary(std::move(draft)), fd(std::move(file)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    const Utf8Locale::Guard guard(locale);
    lib().archive_write_free(handle);
    if (!temporary.empty()) ::unlink(temporary.c_str());
  }

  std::string path;
  std::string temporary;  // empty once it has its final name
  FileDescriptor fd;
  Utf8Locale locale;
  archive* handle = lib().archive_write_new();
  EntryNames names;

  Result<void> open(ArchiveFormat format);
  Result<void> begin(std::string_view name, std::uint64_t size);
  Result<void> write(std::string_view bytes);
  tl::unexpected<Error> fail_writing() const;
};

tl::unexpected<Error> ArchiveWriter::State::fail_writing() const {
  const int code = lib().archive_errno(handle);
  if (code == ENOSPC || code == EDQUOT) {
    return fail(Kind::failed, "cannot write " + path + ": no space left on the disk",
                "free some space, then run the same command again");
  }
  const char* text = lib().archive_error_string(handle);
  return fail(Kind::failed, "cannot write " + path + ": " + (text == nullptr ? "failed" : text));
}

Result<void> ArchiveWriter::State::open(ArchiveFormat format) {
  if (handle == nullptr || !locale.valid()) {
    return fail(Kind::failed, "cannot write archives: the system's C.UTF-8 locale is missing");
  }
  const Utf8Locale::Guard guard(locale);
  const bool zip = format == ArchiveFormat::zip;
  int answer = zip ? lib().archive_write_set_format_zip(handle)
                   : lib().archive_write_set_format_pax_restricted(handle);
  if (answer == ARCHIVE_OK && !zip) answer = lib().archive_write_add_filter_gzip(handle);
  if (answer == ARCHIVE_OK) {
    answer = lib().archive_write_set_options(
        handle, zip ? "zip:compression=deflate,zip:hdrcharset=UTF-8" : "gzip:!timestamp");
  }
  // No padding of the last block: an archive is as long as what is in it.
  if (answer == ARCHIVE_OK) answer = lib().archive_write_set_bytes_in_last_block(handle, 1);
  if (answer == ARCHIVE_OK) answer = lib().archive_write_open_fd(handle, fd.get());
  return answer == ARCHIVE_OK ? Result<void>() : fail_writing();
}

Result<void> ArchiveWriter::State::begin(std::string_view name, std::uint64_t size) {
  if (std::string fault = fault_of_entry_name(name, ArchiveLimits{}.name_bytes); !fault.empty()) {
    return fail(Kind::refused, shown_entry_name(name) + " " + fault);
  }
  if (std::string fault = names.add(name, false); !fault.empty()) {
    return fail(Kind::refused, shown_entry_name(name) + " " + fault);
  }
  const Utf8Locale::Guard guard(locale);
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(lib().archive_entry_new(),
                                                                       lib().archive_entry_free);
  const std::string terminated(name);
  lib().archive_entry_set_pathname_utf8(entry.get(), terminated.c_str());
  lib().archive_entry_set_filetype(entry.get(), AE_IFREG);
  lib().archive_entry_set_perm(entry.get(), 0644);
  lib().archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
  const int answer = lib().archive_write_header(handle, entry.get());
  return answer == ARCHIVE_OK ? Result<void>() : fail_writing();
}

Result<void> ArchiveWriter::State::write(std::string_view bytes) {
  const Utf8Locale::Guard guard(locale);
  while (!bytes.empty()) {
    const la_ssize_t written = lib().archive_write_data(handle, bytes.data(), bytes.size());
    if (written <= 0) return fail_writing();
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

ArchiveWriter::ArchiveWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArchiveWriter::ArchiveWriter(ArchiveWriter&&) noexcept = default;
ArchiveWriter& ArchiveWriter::operator=(ArchiveWriter&&) noexcept = default;
ArchiveWriter::~ArchiveWriter() = default;

Result<ArchiveWriter> ArchiveWriter::create(const std::string& path, ArchiveFormat format) {
  CAMP_TRY(load_libarchive());
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0) {
    return fail(Kind::conflict, path + " exists already", "give another name, or remove it");
  }
  std::string temporary = path + ".part";
  FileDescriptor fd(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) {
    if (errno == EEXIST) {
      return fail(Kind::conflict, temporary + " exists already",
                  "another camp writes it, or one was stopped: then remove it");
    }
    return fail(Kind::failed, "cannot create " + temporary,
                "look whether its directory exists and is yours");
  }
  auto state = std::make_unique<State>(path, std::move(temporary), std::move(fd));
  CAMP_TRY(state->open(format));
  return ArchiveWriter(std::move(state));
}

Result<void> ArchiveWriter::add(std::string_view name, std::string_view bytes) {
  CAMP_TRY(state_->begin(name, bytes.size()));
  return state_->write(bytes);
}

Result<void> ArchiveWriter::add(std::string_view name, std::uint64_t size,
                                const std::function<Result<std::string>()>& source) {
  CAMP_TRY(state_->begin(name, size));
  std::uint64_t left = size;
  while (true) {
    const std::string piece = CAMP_TRY(source());
    if (piece.size() > left || (piece.empty() && left > 0)) {
      return fail(Kind::failed, shown_entry_name(name) + " changed while it was packed",
                  "try again");
    }
    if (piece.empty()) return {};
    left -= piece.size();
    CAMP_TRY(state_->write(piece));
  }
}

Result<void> ArchiveWriter::finish() {
  const Utf8Locale::Guard guard(state_->locale);
  if (lib().archive_write_close(state_->handle) != ARCHIVE_OK) return state_->fail_writing();
  if (::fsync(state_->fd.get()) != 0) {
    return fail(Kind::failed, "cannot write " + state_->path + ": the disk did not take it");
  }
  // link, unlike rename, does not replace what came to stand there meanwhile; vfat has only rename.
  const std::string temporary = std::exchange(state_->temporary, {});
  if (::link(temporary.c_str(), state_->path.c_str()) == 0) {
    ::unlink(temporary.c_str());
  } else if (errno == EEXIST || ::rename(temporary.c_str(), state_->path.c_str()) != 0) {
    ::unlink(temporary.c_str());
    return fail(Kind::conflict, "something else stands at " + state_->path + " by now");
  }
  const std::size_t slash = state_->path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : state_->path.substr(0, slash + 1);
  const FileDescriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::fsync(directory.get()) != 0) {
    return fail(Kind::failed, "cannot write " + parent + ": the disk did not take it");
  }
  return {};
}

}  // namespace camp
