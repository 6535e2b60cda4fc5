// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/archive.h"
#include "base/file.h"
#include "base/result.h"
#include "model/mastodon.h"

namespace camp::ops {

/// A picture of the archive, cleaned and waiting in the staging directory under its digest.
struct StagedMedia {
  std::string sha256, media_type;
  int width = 0, height = 0;
};

/// One item of the outbox, in the spool file.
struct SpooledItem {
  std::int64_t published_ms = 0;
  std::uint64_t offset = 0;
  std::size_t size = 0;
};

/// A Mastodon archive, read and checked from end to end before anything of it is used. What is
/// large (posts, pictures) waits in a staging directory, so memory stays small whatever the
/// archive's size.
class MastodonSource {
 public:
  using Progress = std::function<void(const char* stage, std::size_t done)>;

  /// Reads the archive at `path` into `staging`, an empty directory. Kind::refused for a hostile or
  /// broken archive, and for one that is not Mastodon's.
  static Result<MastodonSource> read(const std::string& path, const Directory& staging,
                                     const Progress& progress);

  const model::ArchiveActor& actor() const { return actor_; }
  /// Posts and boosts, oldest first.
  const std::vector<SpooledItem>& items() const { return items_; }
  Result<model::ArchivedItem> item(const SpooledItem& item) const;
  /// The picture behind an attachment, or null: not in the archive, or of a kind that camp leaves
  /// out.
  const StagedMedia* media(const model::ArchivedMedia& attachment) const;
  /// Whether its file is in the archive, but was refused with a warning.
  bool was_left_out(const model::ArchivedMedia& attachment) const;
  Result<std::string> media_bytes(const StagedMedia& media) const;
  const std::vector<std::string>& likes() const { return likes_; }
  const std::vector<std::string>& bookmarks() const { return bookmarks_; }
  std::size_t rejected() const { return rejected_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  MastodonSource(const Directory& staging, std::string path)
      : staging_(&staging), path_(std::move(path)) {}

  Result<void> read_actor();
  Result<void> unpack(const Progress& progress);
  Result<void> stage_picture(ArchiveReader& reader, const std::string& name);
  Result<void> spool_outbox(const Progress& progress);
  Result<std::vector<std::string>> read_uris(const char* name);
  void warn(std::string text);

  const Directory* staging_;
  std::string path_;
  model::ArchiveActor actor_;
  std::vector<SpooledItem> items_;
  std::map<std::string, StagedMedia> media_;
  std::set<std::string> left_out_;
  std::vector<std::string> likes_, bookmarks_, warnings_;
  std::size_t rejected_ = 0;
};

}  // namespace camp::ops
