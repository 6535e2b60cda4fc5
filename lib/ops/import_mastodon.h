// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "ops/mastodon_source.h"
#include "ops/open.h"

namespace camp::ops {

struct Imported {
  std::size_t imported = 0;  ///< objects written
  std::size_t skipped = 0;   ///< objects that were here already
  std::size_t rejected = 0;  ///< items that make no sense, or are not the account's own
  std::size_t media = 0;     ///< pictures
  std::vector<std::string> warnings;
};

struct MastodonRequest {
  std::string archive;
  std::vector<std::string> tables;  ///< CSV files
  bool dry_run = false;
  MastodonSource::Progress progress = {};
  std::function<bool()> interrupted = {};
};

/// Takes an archive in as the actor's own: posts with their dates, threads and pictures, to
/// audiences no wider than they had; boosts, likes, bookmarks and the tables as private references;
/// follows wait. Nothing is announced. Everything is checked before anything is written, ids follow
/// from the source's, so a second run changes nothing and an interrupted one goes on where it was.
Result<Imported> import_mastodon(store::Community& community, const Actor& actor,
                                 const MastodonRequest& request);

/// Names of Mastodon's tables that stand beside an archive.
Result<std::vector<std::string>> tables_beside(const std::string& archive);

}  // namespace camp::ops
