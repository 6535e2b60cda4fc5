// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "fed/origin.h"
#include "ops/open.h"

namespace camp::ops {

struct SyncRequest {
  bool media = false;    ///< fetch all pictures, not only those that somebody looks at
  bool dry_run = false;  ///< say what would be submitted
  std::function<void(const char* stage, std::size_t done)> progress = {};
};

/// Where a refused wish comes from (wishes.h).
inline constexpr std::string_view kFromWishes = "wishes";

/// Something that was not taken, by us or by the origin.
struct SyncRefusal {
  std::string from;    ///< "outbox", kFromWishes, or the repository that it came in
  std::string object;  ///< full id, or a path; of a wish its words
  std::string reason;
  std::string hint;
  bool waits = false;  ///< it stays in the outbox: time or a person can mend it

  /// Something of ours that the origin will never take.
  bool for_good() const { return (from == "outbox" || from == kFromWishes) && !waits; }
};

/// Another machine that was spoken with.
struct SyncPeer {
  std::string host;
  std::string state;  ///< "ok" or "failed"
  Error error = {};
};

struct SyncReport {
  bool ran = true;  ///< false: another sync is at work
  std::size_t fetched = 0, submitted = 0, delivered = 0, deferred = 0;
  std::size_t dropped = 0;  ///< messages that other servers do not want
  std::size_t late = 0;     ///< of the submitted, those written more than a day ago
  std::size_t renewed = 0;  ///< signed again
  std::size_t media = 0;    ///< pictures that came
  std::size_t wishes = 0;   ///< about people elsewhere, which the origin fulfilled
  std::size_t posts = 0, notices = 0, gone = 0;  ///< of people elsewhere: see fed::HomeNews
  std::size_t unfit = 0;        ///< of those, not taken because they are not what they should be
  bool knows_elsewhere = true;  ///< false: the origin brings nothing of people elsewhere
  std::size_t withheld = 0;     ///< files that we have and the origin does not, without a reason
  bool origin_is_behind = false;
  std::vector<SyncRefusal> refused;
  std::vector<SyncPeer> peers;
};

/// All that needs no listener. In a clone: sends what waits, fetches what is new, each object
/// judged where it arrives; then everywhere the care that is due. In an origin with a host: tells
/// other servers what is new, for a minute at most, unless `camp serve` is at it. Safe at any time
/// and any number of times; only one runs at once. A peer that fails is in the report; the rest is
/// done all the same.
Result<SyncReport> sync(store::Community& community, const SyncRequest& request);

/// The right to fetch into a directory, which one process has at a time (Kind::busy). Clears away
/// what a killed one left.
Result<FileLock> lock_sync(const store::Community& community);

/// Fetches a picture that a post names, if it is not here: clones keep only what somebody looked
/// at.
Result<void> fetch_media(store::Community& community, const std::string& repository,
                         const std::string& sha256);

/// The other end of a clone. Kind::network if it is a directory that is not there, too.
Result<std::unique_ptr<fed::Origin>> open_origin_of(const store::Community& clone);
/// The same with this proof, where one is asked for, in place of the clone's own key.
Result<std::unique_ptr<fed::Origin>> open_origin_of(const store::Community& clone,
                                                    const fed::Proof& proof);

/// A clone's repositories: what its member may read, or for a mirror what is public.
std::vector<std::string> clone_repositories(const store::Settings& settings);

}  // namespace camp::ops
