// SPDX-License-Identifier: MIT
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/archive.h"
#include "base/text.h"

// Reading any bytes as an archive ends, within the limits, and gives plain relative names only.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  camp::FileDescriptor fd(::memfd_create("archive", MFD_CLOEXEC));
  if (!fd.valid() || ::write(fd.get(), data, size) != static_cast<ssize_t>(size) ||
      ::lseek(fd.get(), 0, SEEK_SET) != 0) {
    std::abort();
  }
  const camp::ArchiveLimits limits = {.entries = 100,
                                      .total_bytes = 1 << 20,
                                      .file_bytes = 1 << 18,
                                      .ratio = 100,
                                      .name_bytes = 100};
  auto reader = camp::ArchiveReader::open(std::move(fd), "archive", limits);
  if (!reader) return 0;
  std::size_t entries = 0;
  std::size_t bytes = 0;
  while (true) {
    const auto entry = reader->next();
    if (!entry || !*entry) return 0;
    const std::string_view name = (*entry)->name;
    if (++entries > limits.entries || name.empty() || name.size() > limits.name_bytes ||
        name.front() == '/' || name.find('\\') != name.npos || !camp::is_utf8(name) ||
        name == ".." || name.starts_with("../") || name.ends_with("/..") ||
        name.find("/../") != name.npos) {
      std::abort();
    }
    const auto content = reader->read(limits.file_bytes);
    if (!content) return 0;
    bytes += content->size();
    if (bytes > limits.total_bytes) std::abort();
  }
}
