// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "store/community.h"
#include "store/rows.h"

namespace camp::store {

/// The repositories in which an object and its copies belong, its home first. What is narrowed to
/// people has a copy in the private repository of each addressed member of this community; an edit
/// and a tombstone follow the object to wherever it stands.
Result<std::vector<std::string>> destinations(const Community& community,
                                              const model::Object& object);

/// Keeps in mind that these files came by themselves, so that a killed writer may owe copies of the
/// letters among them; whoever writes next makes them.
Result<void> remember_letters(index::Index& index, const std::vector<Found>& came);
/// A letter, or an edit or tombstone of one, of which some copy may be missing.
struct OwedLetter {
  model::Object object;
  std::vector<std::string> repositories;  ///< where it and its copies go
};
/// Those kept in mind that still stand in their author's repository and have copies at all.
Result<std::vector<OwedLetter>> owed_letters(const Community& community);
Result<void> forget_letters(index::Index& index);

/// Members of this community who follow `author`, by their own word, and whom `author` does not
/// block.
Result<std::vector<OwnerId>> local_followers(const Community& community, const OwnerId& author);

}  // namespace camp::store
