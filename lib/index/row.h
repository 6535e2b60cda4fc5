// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "index/index.h"
#include "index/names.h"
#include "index/sqlite.h"

namespace camp::index {

/// How the column `live` says who sees a row.
enum class Live : std::int64_t { listed = 1, unlisted = 2, other = 3 };

/// How the column `signature` judges a row: its verdict, and whether its key counts.
enum class Signature : std::int64_t { none = 0, valid = 1, invalid = 2, disowned = 3 };
std::string_view signature_text(std::int64_t signature);

/// Whether objects of this type are posts, which timelines and search show.
bool is_post_type(std::string_view type);
/// Whether a repository holds letters, which nobody signs.
bool is_private(std::string_view repository);

/// Lists in one column, as netstrings ("3:abc2:de"); the empty list is the empty text.
std::string pack(const std::vector<std::string>& list);
std::vector<std::string> unpack(std::string_view text);
std::string pack(const std::vector<Attachment>& attachments);
std::vector<Attachment> unpack_attachments(std::string_view text);

/// A git object id as it is stored: 20 bytes for 40 hexadecimal digits, anything else as it is.
/// `store` keeps the bytes that the Bytes or text to bind refer to.
struct Blob {
  explicit Blob(std::string_view hex);
  bool packed = false;
  std::string bytes;
};
std::string blob_text(const Statement& row, int column);

/// A column that may be NULL.
std::optional<std::int64_t> optional_integer(const Statement& row, int column);
/// Whether the column `live` says that timelines and search show the row.
bool is_shown(const std::optional<std::int64_t>& live);

/// The file name of a version: `<target>.json`, or `<target>.<edit>.json`.
std::string file_name(std::string_view target, std::string_view edit);

/// Reads the current row of the query "object_row".
Result<ObjectRow> read_object(const Statement& row, Names& names);
/// The same as a reader sees it; handle, name and counts are left to the caller.
Result<Post> read_post(const Statement& row, Names& names);

}  // namespace camp::index
