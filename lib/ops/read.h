// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "index/index.h"
#include "model/object.h"
#include "ops/open.h"
#include "store/gate.h"

namespace camp::ops {

/// A page of posts and who looks at it.
struct TimelineRequest {
  index::Timeline timeline = index::Timeline::home;
  std::string from;   ///< handle; empty: everybody
  std::string tag;    ///< with or without #
  std::string since;  ///< as parse_since takes it
  std::size_t limit = 20;
  bool oldest_first = false;
};

Result<std::vector<index::Post>> timeline(const store::Community& community, const Actor& actor,
                                          const TimelineRequest& request);

/// Posts that hold all of the words, newest first.
Result<std::vector<index::Post>> search(const store::Community& community, const Actor& actor,
                                        const std::string& words, const TimelineRequest& request);

/// The whole conversation around a post.
Result<std::vector<index::Post>> thread(const store::Community& community, const Actor& actor,
                                        const std::string& which);

/// The post that a person means: a short id of at least 4 digits, a full id, `.` (the actor's
/// last),
/// `@handle` or `@handle~2` (their last, their last but two). Kind::not_found if there is none,
/// Kind::usage with the candidates if there are several.
Result<index::Post> find_post(const store::Community& community, const Actor& actor,
                              const std::string& which);

/// find_post, with what people elsewhere did with it in its counts.
Result<index::Post> show(const store::Community& community, const Actor& actor,
                         const std::string& which);

/// The object behind a post, through the gate.
Result<store::Released<store::Member>> open_post(const store::Community& community,
                                                 const Actor& actor, const index::Post& post);

/// Who may read a post of an author, which stands in so many repositories; everybody's ones aside.
struct Readers {
  std::size_t members = 0;  ///< of this community; 0: only the origin knows, who follows whom
  std::size_t with_clones = 0;
  std::size_t elsewhere = 0;  ///< people to whose servers it goes
};
Result<Readers> readers_of(const store::Community& community, const OwnerId& author,
                           const model::Audience& audience, std::size_t copies);

}  // namespace camp::ops
