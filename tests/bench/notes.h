// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/object.h"
#include "store/community.h"
#include "store/writer.h"

namespace camp::bench {

/// Invented posts by the members of a community, in the length and mixture of ordinary ones. The
/// same number and time give the same post. Thread-safe.
class Notes {
 public:
  static Result<Notes> of(const store::Community& community);

  /// Post `number`, signed by one of the members; with `reach` unset every fourth is public.
  Result<store::NewObject> make(std::uint64_t number, std::int64_t time_ms,
                                model::Reach reach) const;
  static model::Reach usual_reach(std::uint64_t number) {
    return number % 4 == 3 ? model::Reach::public_ : model::Reach::local;
  }

 private:
  struct Author {
    OwnerId id;
    crypto::SecretKey key;
  };
  OwnerId community_;
  std::vector<Author> authors_;
};

/// The text of a post, and words in general.
std::string note_text(std::uint64_t number);

}  // namespace camp::bench
