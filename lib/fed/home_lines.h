// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "fed/site.h"
#include "index/server_db.h"
#include "model/remote.h"

namespace camp::fed {

// A member's remote home: what people elsewhere wrote and did, as far as it is theirs to read, in a
// form that goes from the origin to their clone (camp-store(5), SUBMITTING). It is a set of
// records, each a JSON text that is named by its digest. A clone says which it holds, the origin
// answers with those that are missing and those that are no more: so there is no position to
// remember, and whatever was cut off, lost or put back from a copy mends itself.

/// Of one record; what is larger stays at the origin.
inline constexpr std::size_t kMaxHomeRecord = 64 << 10;
/// Of the records in one answer, all together.
inline constexpr std::size_t kMaxHomePage = 256 << 10;
/// Of a whole home. A clone holds at most twice as much, while the old goes and the new comes.
inline constexpr std::size_t kMaxHomeRecords = 4096;
inline constexpr std::size_t kMaxHomeBytes = 8 << 20;
/// What of it is sent, newest first.
inline constexpr std::size_t kHomePosts = 500;  ///< and as many that these answer
inline constexpr std::size_t kHomeNotices = 500;
inline constexpr std::size_t kHomeFollowing = 1000;
inline constexpr std::size_t kHomeRequests = 200;

/// Up to which notice the member has read.
struct ReadUpTo {
  std::int64_t number = 0;
};

using HomeRecord = std::variant<model::RemoteActor, model::RemotePost, index::Reaction,
                                index::Following, index::FollowRequest, index::Notice, ReadUpTo>;

/// The text of a record. Of a person only what is shown; whose home it is, is not said.
std::string encode_home_record(const HomeRecord& record);
/// A record of foreign bytes: bounded, its markup sanitised again, of people elsewhere alone.
/// Kind::refused with the reason for anything else.
Result<HomeRecord> decode_home_record(std::string_view text, const Site& site);
/// What a record is about, in a word and a key: "post https://…". Another record of that name takes
/// its place.
std::string home_name(const HomeRecord& record);
/// By what a record is named: 32 hexadecimal digits of its SHA-256.
std::string home_digest(std::string_view record);
/// One digest over those of a whole home, in any order.
std::string home_state(std::vector<std::string> digests);

/// Some of a home, as an answer brings it.
struct HomePage {
  std::string host = {};  ///< of the community; empty: it has none, and no home
  bool same = false;      ///< the clone has all of it
  std::vector<std::string> records = {};
  bool more = false;                   ///< to be asked for again
  std::vector<std::string> gone = {};  ///< digests; said with the last page
};
std::string encode_home_page(const HomePage& page);
/// Kind::network: the other side did not say what an origin says.
Result<HomePage> parse_home_page(std::string_view text);

/// A clone asks whether its home is the same still, or says what it holds.
struct HomeQuestion {
  std::string state = {};
  std::optional<std::vector<std::string>> held = {};  ///< digests
};
/// What a member decided in a clone and the origin does.
struct Wish {
  enum class What {
    accept,    ///< somebody may follow
    reject,    ///< or may not, also if they do already
    unfollow,  ///< a follow that no object stands for, because it moved
    read,      ///< notices
  };
  What what = What::read;
  std::string actor = {};   ///< URI; not of `read`
  std::int64_t number = 0;  ///< of `read`
};
/// "accept".
std::string_view wish_name(Wish::What what);
std::optional<Wish::What> wish_what(std::string_view name);

using HomeLine = std::variant<HomeQuestion, Wish>;
std::string home_line(const HomeLine& line);
/// Whether a submitted line is of this kind, by its beginning.
bool is_home_line(std::string_view line);
/// Kind::refused with the reason.
Result<HomeLine> parse_home_line(std::string_view line);

}  // namespace camp::fed
