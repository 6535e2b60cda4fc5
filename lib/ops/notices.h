// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "index/index.h"
#include "ops/open.h"
#include "ops/whom.h"

namespace camp::ops {

/// The post that a notification is about, wherever it was written.
struct NoticePost {
  std::string id;      ///< full id, or of somebody elsewhere the URL
  std::string object;  ///< the object id, from which its short form is taken
  std::string text;    ///< plain, whole; a foreign text
};

/// Something that somebody did and that concerns a member.
struct NoticeRow {
  index::NoticeKind kind = index::NoticeKind::mention;
  Whom whom;
  std::int64_t at_ms = 0;
  std::optional<NoticePost> post;  ///< not of a follow, and not if it is gone
  bool read = false;
  std::string key;  ///< what it is remembered by
};

struct NoticesRequest {
  bool only_new = false;
  bool mark_read = false;  ///< also those that `limit` leaves out
  std::size_t limit = 20;
};

/// What others did, newest first: of people elsewhere what this server was told, of members what
/// they did in the last 90 days. Whom the actor blocks or mutes is left out.
Result<std::vector<NoticeRow>> notices(const store::Community& community, const Actor& actor,
                                       const NoticesRequest& request);

}  // namespace camp::ops
