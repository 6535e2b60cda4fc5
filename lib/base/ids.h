// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace camp {

/// Who: a member or a community, named by the hash of the first operation of its key log. 32 digits
/// of lower-case Crockford base32; as a URI `camp:<id>`.
class OwnerId {
 public:
  OwnerId() = default;
  static Result<OwnerId> parse(std::string_view text);
  static Result<OwnerId> parse_uri(std::string_view uri);

  const std::string& text() const { return text_; }
  std::string uri() const { return "camp:" + text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const OwnerId&) const = default;

 private:
  std::string text_;
};

/// Which object: 10 digits for the millisecond of its `published` (48 bits), then 26 for the first
/// 128 bits of the SHA-256 of its content. The text order is the order in time.
class ObjectId {
 public:
  ObjectId() = default;
  static Result<ObjectId> parse(std::string_view text);
  /// `digest` is the whole SHA-256 (32 bytes); its first 16 count. `ms` is at least 0.
  static ObjectId make(std::int64_t ms, std::string_view digest);
  /// The smallest id of a time, for range queries.
  static std::string floor_at(std::int64_t ms);

  const std::string& text() const { return text_; }
  std::int64_t time_ms() const;
  std::string_view digest_part() const { return std::string_view(text_).substr(10); }
  /// The form that people type: the first 7 digits of the digest part.
  std::string short_id() const { return std::string(digest_part().substr(0, 7)); }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const ObjectId&) const = default;

 private:
  std::string text_;
};

/// An object with its author: `camp:<member-id>/<object-id>`. No host, no handle.
struct FullId {
  OwnerId author;
  ObjectId object;

  static Result<FullId> parse(std::string_view uri);
  std::string text() const { return author.uri() + "/" + object.text(); }
  auto operator<=>(const FullId&) const = default;
};

}  // namespace camp
