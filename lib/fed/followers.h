// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "store/community.h"

namespace camp::fed {

inline constexpr std::size_t kMaxFollowerBytes = 8 << 10;

/// Somebody elsewhere who follows a member.
struct Follower {
  std::string id;                 ///< of the actor
  std::string inbox;              ///< theirs alone
  std::string shared_inbox = {};  ///< of their server; may be empty
  std::string software = {};      ///< of their server, as NodeInfo names it; may be empty
  std::string follow = {};        ///< the id of their latest Follow; may be empty
  std::int64_t since_ms = 0;

  /// Where what goes to all followers is delivered.
  const std::string& common_inbox() const { return shared_inbox.empty() ? inbox : shared_inbox; }

  bool operator==(const Follower&) const = default;
};

/// The path of a follower's file.
std::string follower_file(std::string_view actor);

/// A follower's file: canonical JSON. Kind::bug for one that decode_follower would refuse.
Result<std::string> encode_follower(const Follower& follower);
/// Kind::damaged for anything that encode_follower does not write; unknown members are let by.
Result<Follower> decode_follower(std::string_view bytes);

/// Why a file may not stand at `path` of a private `main`; empty if it may.
std::string follower_file_fault(std::string_view path, std::string_view bytes);

/// All who follow a member, by the time since when. Files that are no followers are passed over.
Result<std::vector<Follower>> read_followers(const store::Community& community,
                                             const OwnerId& member);
/// How many there are, without reading their files.
Result<std::size_t> count_followers(const store::Community& community, const OwnerId& member);

}  // namespace camp::fed
