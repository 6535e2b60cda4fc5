// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace camp::model {

// The tables that Mastodon gives to those who leave: whom they follow, mute and block, their lists
// and bookmarks. GoToSocial writes them under names of its own.

enum class RelationKind { follow, follower, mute, block, domain_block, list_member, bookmark };

/// A row of one of Mastodon's CSV files.
struct ArchivedRelation {
  RelationKind kind = RelationKind::follow;
  std::string about;  ///< "user@host"; of a domain_block the domain, of a bookmark the URI
  std::string list;   ///< of a list_member: the list's title
  bool show_boosts = true;
  bool notify = false;
  bool hide_notifications = true;  ///< of a mute
  std::vector<std::string> languages;
};

struct ArchivedRelations {
  std::vector<ArchivedRelation> rows;
  std::vector<std::string> rejected;  ///< a line for each row that makes no sense, at most 100
  std::size_t rejected_count = 0;
};

/// Reads following_accounts.csv, followers.csv, muted_accounts.csv, blocked_accounts.csv,
/// blocked_domains.csv, lists.csv or bookmarks.csv (or GoToSocial's names for them), with or
/// without a header. Kind::usage if the file name is none of these, Kind::refused if the text is no
/// table.
Result<ArchivedRelations> decode_relations(std::string_view file_name, std::string_view text);

}  // namespace camp::model
