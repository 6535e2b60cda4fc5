// SPDX-License-Identifier: MIT
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include "base/result.h"

// For archive_reader.cc and archive_writer.cc alone.
namespace camp {

#define CAMP_LIBARCHIVE_CALLS(X)             \
  X(archive_entry_filetype)                  \
  X(archive_entry_free)                      \
  X(archive_entry_hardlink)                  \
  X(archive_entry_hardlink_w)                \
  X(archive_entry_is_encrypted)              \
  X(archive_entry_new)                       \
  X(archive_entry_pathname)                  \
  X(archive_entry_pathname_utf8)             \
  X(archive_entry_set_filetype)              \
  X(archive_entry_set_pathname_utf8)         \
  X(archive_entry_set_perm)                  \
  X(archive_entry_set_size)                  \
  X(archive_entry_size)                      \
  X(archive_entry_size_is_set)               \
  X(archive_entry_sparse_count)              \
  X(archive_entry_symlink)                   \
  X(archive_errno)                           \
  X(archive_error_string)                    \
  X(archive_format_name)                     \
  X(archive_read_data_block)                 \
  X(archive_read_free)                       \
  X(archive_read_new)                        \
  X(archive_read_next_header)                \
  X(archive_read_open1)                      \
  X(archive_read_set_callback_data)          \
  X(archive_read_set_read_callback)          \
  X(archive_read_set_seek_callback)          \
  X(archive_read_support_filter_gzip)        \
  X(archive_read_support_format_tar)         \
  X(archive_read_support_format_zip)         \
  X(archive_set_error)                       \
  X(archive_write_add_filter_gzip)           \
  X(archive_write_close)                     \
  X(archive_write_data)                      \
  X(archive_write_free)                      \
  X(archive_write_header)                    \
  X(archive_write_new)                       \
  X(archive_write_open_fd)                   \
  X(archive_write_set_bytes_in_last_block)   \
  X(archive_write_set_format_pax_restricted) \
  X(archive_write_set_format_zip)            \
  X(archive_write_set_options)

/// The functions of libarchive. It is loaded when an archive is first opened: it brings a dozen
/// other libraries along, XML and all of Unicode among them, and loading them took a tenth of the
/// time of every command.
struct LibArchive {
#define CAMP_LIBARCHIVE_MEMBER(name) decltype(&::name) name = nullptr;
  CAMP_LIBARCHIVE_CALLS(CAMP_LIBARCHIVE_MEMBER)
#undef CAMP_LIBARCHIVE_MEMBER
};

/// Loads it; Kind::failed if it is not installed.
Result<void> load_libarchive();
/// The loaded library.
const LibArchive& lib();

}  // namespace camp
