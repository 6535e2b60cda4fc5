// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fed/home_lines.h"
#include "index/server_db.h"
#include "store/community.h"

namespace camp::fed {

/// Under this name a clone's server.db keeps up to which notice its member has read there.
inline constexpr std::string_view kReadHere = "wish read";

/// What came into a clone, or went from it.
struct HomeNews {
  std::size_t posts = 0, notices = 0;     ///< new or changed
  std::size_t gone = 0;                   ///< of all kinds
  std::vector<std::string> refused = {};  ///< reasons, for what was not taken
};

/// The remote home of a clone's member, in the clone's server.db. Nothing else writes what came
/// from elsewhere there, so it is what the origin said last, and never more than home_lines.h
/// allows.
class HomeCopy {
 public:
  /// `host` is the community's, by its origin.
  static Result<HomeCopy> open(const store::Community& clone, const std::string& host);

  /// To ask whether it is the same still, and for what is missing.
  HomeQuestion state() const;
  HomeQuestion held() const;

  /// Takes a page, all of it or nothing. A record that is not what it should be is left out with a
  /// reason, and not asked for again. Kind::refused, and nothing is taken, where a home would be
  /// larger than it may be. Whether anything changed.
  Result<bool> take(const HomePage& page, HomeNews& news);
  /// Removes what went from the file itself, as far as no reader keeps it busy.
  Result<void> scrub();

 private:
  HomeCopy(const store::Community& clone, Site site, index::ServerDb db)
      : clone_(clone), site_(std::move(site)), db_(std::move(db)) {}

  struct Part {
    std::string name;  ///< as home_name() says; empty of a record that was refused
    std::size_t bytes = 0;
  };

  Result<void> load();
  Result<void> take_record(const std::string& text, HomeNews& news);
  Result<void> put(const HomeRecord& record, HomeNews& news);
  Result<void> remember(const std::string& digest, Part part);
  Result<void> forget(const std::string& digest, HomeNews& news);
  Result<void> drop(std::string_view name);

  const store::Community& clone_;
  Site site_;
  index::ServerDb db_;
  std::map<std::string, Part, std::less<>> parts_;           ///< by digest
  std::map<std::string, std::string, std::less<>> digests_;  ///< by name
  std::size_t bytes_ = 0;
};

}  // namespace camp::fed
