// SPDX-License-Identifier: MIT
#include "ops/mastodon_source.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/json_stream.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "model/picture.h"

namespace camp::ops {
namespace {

constexpr std::string_view kActor = "actor.json";
constexpr std::string_view kOutbox = "outbox.json";
constexpr std::string_view kItems = "items";
constexpr std::size_t kMaxActor = 1 << 20;
constexpr std::size_t kMaxWarnings = 50;
constexpr std::size_t kChunk = 64 << 10;

/// Ten years of a busy account with its pictures; what is beyond is an attack or a mistake.
constexpr ArchiveLimits kLimits{.entries = 250'000,
                                .total_bytes = std::uint64_t{32} << 30,
                                .file_bytes = std::uint64_t{2} << 30,
                                .ratio = 200};

/// Documents that are kept whole in the staging directory, to be read as streams.
bool is_document(std::string_view name) {
  return name == kOutbox || name == "likes.json" || name == "bookmarks.json";
}

bool is_media(std::string_view name) {
  return name.find("media_attachments/") != std::string_view::npos;
}

tl::unexpected<Error> cannot_stage() {
  return fail(Kind::failed, "cannot write to the community's directory while reading the archive",
              "see whether the disk is full");
}

std::string path_in(const Directory& directory, std::string_view name) {
  return directory.path() + "/" + std::string(name);
}

Result<void> copy_out(ArchiveReader& reader, const Directory& staging, const std::string& name) {
  std::ofstream out(path_in(staging, name), std::ios::binary | std::ios::trunc);
  CAMP_TRY(reader.read_to([&](std::string_view bytes) -> Result<void> {
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out) return cannot_stage();
    return {};
  }));
  out.close();
  return out ? Result<void>() : cannot_stage();
}

ChunkSource chunks_of(std::ifstream& file) {
  return [&file]() -> Result<std::string> {
    std::string chunk(kChunk, '\0');
    file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    chunk.resize(static_cast<std::size_t>(file.gcount()));
    return chunk;
  };
}

std::int64_t time_of(const model::ArchivedItem& item) {
  if (const auto* post = std::get_if<model::ArchivedPost>(&item)) return post->published_ms;
  if (const auto* boost = std::get_if<model::ArchivedBoost>(&item)) return boost->published_ms;
  return 0;
}

}  // namespace

Result<MastodonSource> MastodonSource::read(const std::string& path, const Directory& staging,
                                            const Progress& progress) {
  MastodonSource source(staging, path);
  CAMP_TRY(source.read_actor());
  CAMP_TRY(source.unpack(progress));
  CAMP_TRY(source.spool_outbox(progress));
  source.likes_ = CAMP_TRY(source.read_uris("likes.json"));
  source.bookmarks_ = CAMP_TRY(source.read_uris("bookmarks.json"));
  return source;
}

void MastodonSource::warn(std::string text) {
  if (warnings_.size() < kMaxWarnings) warnings_.push_back(std::move(text));
}

/// The first pass looks at every byte, so that a hostile archive is refused before anything of it
/// is used, and takes actor.json, without which the rest has no meaning.
Result<void> MastodonSource::read_actor() {
  ArchiveReader reader = CAMP_TRY(ArchiveReader::open(path_, kLimits));
  std::string text;
  while (const auto entry = CAMP_TRY(reader.next())) {
    if (entry->name == kActor) text = CAMP_TRY(reader.read(kMaxActor));
  }
  if (text.empty()) {
    return fail(Kind::refused, "the archive holds no actor.json, so it is not Mastodon's",
                "take the file that 'Request your archive' gave you, as it is");
  }
  actor_ = CAMP_TRY(model::decode_actor(CAMP_TRY(parse_json(text, kActor))));
  return {};
}

Result<void> MastodonSource::unpack(const Progress& progress) {
  ArchiveReader reader = CAMP_TRY(ArchiveReader::open(path_, kLimits));
  std::size_t done = 0;
  while (const auto entry = CAMP_TRY(reader.next())) {
    if (entry->directory) continue;
    if (is_document(entry->name)) CAMP_TRY(copy_out(reader, *staging_, entry->name));
    if (is_media(entry->name)) CAMP_TRY(stage_picture(reader, entry->name));
    if (progress) progress("reading the archive", ++done);
  }
  return {};
}

Result<void> MastodonSource::stage_picture(ArchiveReader& reader, const std::string& name) {
  // Not read(), which ends the reading at its limit: one large video does not cost the archive.
  std::string bytes;
  bool fits = true;
  CAMP_TRY(reader.read_to([&](std::string_view piece) -> Result<void> {
    fits = fits && piece.size() <= model::kMostPictureBytes - bytes.size();
    if (fits) bytes += piece;
    return {};
  }));
  if (!fits) {
    warn(name + ": larger than 16 MiB, left out");
    left_out_.insert(name);
    return {};
  }
  const auto picture = model::clean_picture(bytes);
  if (!picture) {
    warn(name + ": " + picture.error().message + ", left out");
    left_out_.insert(name);
    return {};
  }
  const StagedMedia media{crypto::sha256_hex(picture->bytes), picture->media_type, picture->width,
                          picture->height};
  std::ofstream out(path_in(*staging_, media.sha256), std::ios::binary | std::ios::trunc);
  out.write(picture->bytes.data(), static_cast<std::streamsize>(picture->bytes.size()));
  out.close();
  if (!out) return cannot_stage();
  media_.emplace(name, media);
  return {};
}

Result<void> MastodonSource::spool_outbox(const Progress& progress) {
  std::ifstream outbox(path_in(*staging_, kOutbox), std::ios::binary);
  if (!outbox) return fail(Kind::refused, "the archive holds no outbox.json");
  std::ofstream spool(path_in(*staging_, kItems), std::ios::binary | std::ios::trunc);
  std::uint64_t offset = 0;
  const ItemSink take = [&](Result<Json> item) -> Result<void> {
    auto decoded = item ? model::decode_item(*item, actor_)
                        : Result<model::ArchivedItem>(tl::unexpected<Error>(item.error()));
    if (!decoded) {
      ++rejected_;
      warn(decoded.error().message);
      return {};
    }
    if (const auto* skipped = std::get_if<model::SkippedItem>(&*decoded)) {
      ++rejected_;
      warn(skipped->reason);
      return {};
    }
    const std::string text = item->dump();
    spool.write(text.data(), static_cast<std::streamsize>(text.size()));
    if (!spool) return cannot_stage();
    items_.push_back({time_of(*decoded), offset, text.size()});
    offset += text.size();
    if (progress) progress("reading posts", items_.size());
    return {};
  };
  const Json rest = CAMP_TRY(read_json_list(chunks_of(outbox), "orderedItems", take, kOutbox));
  if (!rest.is_object() || !rest.contains("orderedItems")) {
    return fail(Kind::refused, "outbox.json holds no list of posts");
  }
  spool.close();
  if (!spool) return cannot_stage();
  std::stable_sort(items_.begin(), items_.end(), [](const SpooledItem& a, const SpooledItem& b) {
    return a.published_ms < b.published_ms;
  });
  return {};
}

Result<std::vector<std::string>> MastodonSource::read_uris(const char* name) {
  std::vector<std::string> uris;
  std::ifstream file(path_in(*staging_, name), std::ios::binary);
  if (!file) return uris;
  const ItemSink take = [&](Result<Json> item) -> Result<void> {
    std::string uri = item ? model::decode_uri(*item) : std::string();
    if (uri.empty()) {
      ++rejected_;
    } else {
      uris.push_back(std::move(uri));
    }
    return {};
  };
  CAMP_TRY(read_json_list(chunks_of(file), "orderedItems", take, name));
  return uris;
}

Result<model::ArchivedItem> MastodonSource::item(const SpooledItem& item) const {
  std::ifstream spool(path_in(*staging_, kItems), std::ios::binary);
  std::string text(item.size, '\0');
  spool.seekg(static_cast<std::streamoff>(item.offset));
  spool.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!spool) return fail(Kind::failed, "the staged posts cannot be read back");
  return model::decode_item(CAMP_TRY(parse_json(text, kOutbox)), actor_);
}

const StagedMedia* MastodonSource::media(const model::ArchivedMedia& attachment) const {
  for (const std::string& path : attachment.paths) {
    const auto found = media_.find(path);
    if (found != media_.end()) return &found->second;
  }
  return nullptr;
}

bool MastodonSource::was_left_out(const model::ArchivedMedia& attachment) const {
  return std::any_of(attachment.paths.begin(), attachment.paths.end(),
                     [this](const std::string& path) { return left_out_.count(path) > 0; });
}

Result<std::string> MastodonSource::media_bytes(const StagedMedia& media) const {
  return staging_->read_file(media.sha256, model::kMostPictureBytes);
}

}  // namespace camp::ops
