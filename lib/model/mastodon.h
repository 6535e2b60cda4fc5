// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"
#include "model/audience.h"
#include "model/object.h"

namespace camp::model {

// What Mastodon gives to those who leave (Settings, Import and export): an archive with actor.json,
// outbox.json, likes.json, bookmarks.json and media files. Pleroma, Akkoma and GoToSocial write the
// same shapes with small differences. Pure decoding: the archive's container and the writing of
// objects are not here, and the lists that go with it are in mastodon_csv.h.

/// Mastodon's four words for who may read a post, narrow to wide.
enum class Visibility { direct, followers, unlisted, public_ };

/// actor.json: whose archive it is.
struct ArchiveActor {
  std::string id;         ///< the account's URI
  std::string username;   ///< without host
  std::string name;       ///< display name, may be empty
  std::string summary;    ///< HTML
  std::string followers;  ///< URI of the followers collection; empty if not told
  std::string icon_file;  ///< in the archive: "avatar.png"; empty for none
  std::string image_file;
};

/// A file that goes with an archived post.
struct ArchivedMedia {
  std::vector<std::string> paths;  ///< in the archive, likeliest first; may be empty
  std::string url;                 ///< as the source says it
  std::string media_type;          ///< as the source says it
  std::string name;                ///< alt text
  std::optional<Focus> focus;      ///< if the source says one that can be
  std::string blurhash;            ///< the same; else empty
};

struct ArchivedPost {
  std::string source_id;  ///< the object's URI
  std::string url;        ///< its page; may be empty
  std::int64_t published_ms = 0;
  std::string html;     ///< as it came, at most 128 KiB as JSON; a poll's options are appended
  std::string summary;  ///< content warning, plain text
  bool sensitive = false;
  std::string language;     ///< BCP 47, may be empty
  std::string in_reply_to;  ///< URI, empty for none
  Visibility visibility = Visibility::direct;
  std::vector<ArchivedMedia> media;
  std::vector<Tag> tags;
  std::vector<std::string> addressed;  ///< URIs of the persons in to and cc, sorted
};

struct ArchivedBoost {
  std::string source_id;  ///< the Announce's URI
  std::int64_t published_ms = 0;
  std::string object;  ///< URI of what was boosted
  Visibility visibility = Visibility::direct;
};

/// Sound, but nothing to take over: a reason for the report.
struct SkippedItem {
  std::string reason;
};

using ArchivedItem = std::variant<ArchivedPost, ArchivedBoost, SkippedItem>;

/// Reads actor.json. Kind::refused if it names no account.
Result<ArchiveActor> decode_actor(const Json& document);

/// Reads one activity of outbox.json. What was made by another account is skipped; what lacks an
/// id, a time or content is Kind::refused. The visibility is the narrowest that activity and object
/// say in `to` and `cc`, and direct where they do not say it in a way that we know.
Result<ArchivedItem> decode_item(const Json& item, const ArchiveActor& actor);

/// An item of likes.json or bookmarks.json: a URI, or empty if it is none.
std::string decode_uri(const Json& item);

/// Where the file behind an attachment's `url` may stand in the archive. Servers have written it
/// with and without a leading slash, below "/system/", and behind the host or bucket of their
/// storage. Every path is relative and free of ".." and other surprises.
std::vector<std::string> media_path_candidates(std::string_view url);

/// The audience that an archived post of `member` gets here, never wider than it was. A direct post
/// goes to `member` and, by their URIs, to the persons addressed, who live elsewhere.
Audience audience_for(Visibility visibility, const OwnerId& member,
                      const std::vector<std::string>& addressed);

}  // namespace camp::model
