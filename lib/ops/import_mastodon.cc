// SPDX-License-Identifier: MIT
#include "ops/import_mastodon.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "base/time.h"
#include "crypto/did_key.h"
#include "crypto/digest.h"
#include "model/mastodon_csv.h"
#include "store/writer.h"

namespace camp::ops {
namespace {

constexpr std::size_t kBatchObjects = 500;
constexpr std::size_t kBatchMediaBytes = 32 << 20;
constexpr std::size_t kMaxTable = 20 << 20;
constexpr std::size_t kMaxWarnings = 50;

/// The staging directory of the one import that may run, gone when it ends. A killed import leaves
/// it; the next one, or 'camp gc', clears it away.
class Staging {
 public:
  static Result<Staging> begin(const Directory& root) {
    auto lock = FileLock::try_acquire(CAMP_TRY(root.open_beneath(store::kStateDirectory)),
                                      store::kStagingLock);
    if (!lock)
      return fail(lock.error().kind, "another import is running", "wait until it has ended");
    CAMP_TRY(root.remove_tree(store::kStaging));
    auto directory = CAMP_TRY(root.create(store::kStaging));
    return Staging(root, *std::move(lock), std::move(directory));
  }
  Staging(Staging&& other) noexcept
      : root_(std::exchange(other.root_, nullptr)),
        lock_(std::move(other.lock_)),
        directory_(std::move(other.directory_)) {}
  ~Staging() {
    if (root_ != nullptr) static_cast<void>(root_->remove_tree(store::kStaging));
  }

  const Directory& directory() const { return directory_; }

 private:
  Staging(const Directory& root, FileLock lock, Directory directory)
      : root_(&root), lock_(std::move(lock)), directory_(std::move(directory)) {}

  const Directory* root_;
  FileLock lock_;
  Directory directory_;
};

/// Writes objects in batches: one commit a month and batch, and the lock free in between.
class Importer {
 public:
  Importer(store::Community& community, const Actor& actor, const MastodonRequest& request,
           crypto::SecretKey key)
      : community_(community), actor_(actor), request_(request), key_(std::move(key)) {}

  Result<void> read_tables();
  void date_references(const MastodonSource& source);

  Result<void> take_posts(const MastodonSource& source);
  Result<void> take_references(const MastodonSource& source);
  Result<void> take_tables();
  Result<void> finish();
  Imported& result() { return result_; }

 private:
  /// A post that others may answer.
  struct Parent {
    std::string id;  ///< full id
    model::Visibility visibility = model::Visibility::direct;
  };

  Result<void> take_post(const MastodonSource& source, const model::ArchivedPost& post);
  Result<std::vector<model::Attachment>> take_media(const MastodonSource& source,
                                                    const model::ArchivedPost& post,
                                                    const std::string& repository);
  bool is_yet_to_come(const std::string& source_id, std::int64_t published_ms);
  Result<void> take_boost(const model::ArchivedBoost& boost);
  Result<void> take_relation(const model::ArchivedRelation& relation);
  Result<void> refer(model::Type type, const std::string& about, const std::string& collection,
                     std::int64_t published_ms);
  Result<bool> is_here(const std::string& id) const;
  Result<void> add(const model::Maker& maker, Json json);
  Result<void> flush();
  model::Maker maker(std::int64_t published_ms, const std::string& source) const;
  Result<void> load_references();
  void warn(std::string text);

  store::Community& community_;
  const Actor& actor_;
  const MastodonRequest& request_;
  crypto::SecretKey key_;
  Imported result_;
  std::vector<store::NewObject> objects_;
  std::vector<store::NewMedia> media_;
  std::size_t media_bytes_ = 0;
  std::map<std::string, Parent> new_ids_;  ///< by source id, for threads
  std::set<std::string> references_;       ///< "Type about collection" that are here
  bool references_loaded_ = false;
  std::int64_t undated_ms_ = 0;  ///< when that was which the source gives no date
  std::vector<model::ArchivedRelation> relations_;
};

std::string reference_key(std::string_view type, std::string_view about,
                          std::string_view collection) {
  return std::string(type) + " " + std::string(about) + " " + std::string(collection);
}

/// The nonce follows from the source, so that the same source gives the same object.
model::Maker Importer::maker(std::int64_t published_ms, const std::string& source) const {
  return {actor_.id, community_.id(), published_ms,
          crypto::sha256("mastodon " + source).substr(0, 16)};
}

void Importer::warn(std::string text) {
  if (result_.warnings.size() < kMaxWarnings) result_.warnings.push_back(std::move(text));
}

Result<bool> Importer::is_here(const std::string& id) const {
  if (CAMP_TRY(community_.index().is_removed(id, actor_.id.text()))) return true;
  return !CAMP_TRY(community_.index().whereabouts(id)).empty();
}

Result<void> Importer::add(const model::Maker& made_by, Json json) {
  const auto audience = CAMP_TRY(model::get_audience(json));
  const bool letter = audience.narrowed() && json.at("type") == "Note";
  const auto sealed = CAMP_TRY(model::seal(std::move(json), made_by, letter ? nullptr : &key_));
  if (CAMP_TRY(is_here(sealed.id.object.text()))) {
    ++result_.skipped;
    return {};
  }
  ++result_.imported;
  if (request_.dry_run) return {};
  store::NewObject object{
      CAMP_TRY(model::decode_object(sealed.bytes)), index::Verdict::none, {}, {}};
  if (!letter) {
    object.verdict = index::Verdict::valid;
    object.key = crypto::to_did_key(key_.public_key());
  }
  // Nothing is announced: what was for followers elsewhere goes to nobody's letters here.
  object.repositories = {home_of(object.object)};
  objects_.push_back(std::move(object));
  if (objects_.size() < kBatchObjects && media_bytes_ < kBatchMediaBytes) return {};
  return flush();
}

Result<void> Importer::flush() {
  if (objects_.empty()) return {};
  auto writer = CAMP_TRY(community_.write());
  std::set<std::string> homes;
  for (const store::NewObject& object : objects_) homes.insert(object.repositories.front());
  for (const std::string& home : homes) CAMP_TRY(writer.introduce(home, actor_.id));
  CAMP_TRY(writer.append(objects_, media_, "import @" + actor_.handle));
  CAMP_TRY(writer.maintain());
  objects_.clear();
  media_.clear();
  media_bytes_ = 0;
  if (request_.interrupted && request_.interrupted()) {
    return fail(Kind::interrupted, "interrupted",
                "run the same import again: it goes on where it was");
  }
  return {};
}

Result<std::vector<model::Attachment>> Importer::take_media(const MastodonSource& source,
                                                            const model::ArchivedPost& post,
                                                            const std::string& repository) {
  std::vector<model::Attachment> attachments;
  for (const model::ArchivedMedia& each : post.media) {
    const StagedMedia* staged = source.media(each);
    if (staged == nullptr) {
      if (!source.was_left_out(each)) warn(each.url + ": not in the archive, left out");
      continue;
    }
    attachments.push_back({.sha256 = staged->sha256,
                           .media_type = staged->media_type,
                           .name = each.name,
                           .width = staged->width,
                           .height = staged->height,
                           .focus = each.focus,
                           .blurhash = each.blurhash});
    if (request_.dry_run) continue;
    std::string bytes = CAMP_TRY(source.media_bytes(*staged));
    media_.push_back({repository, staged->sha256, std::move(bytes)});
    media_bytes_ += media_.back().bytes.size();
  }
  return attachments;
}

bool Importer::is_yet_to_come(const std::string& source_id, std::int64_t published_ms) {
  if (published_ms <= community_.env().now_ms()) return false;
  ++result_.rejected;
  warn(source_id + ": dated " + format_time(published_ms) + ", which is yet to come");
  return true;
}

Result<void> Importer::take_boost(const model::ArchivedBoost& boost) {
  if (is_yet_to_come(boost.source_id, boost.published_ms)) return {};
  return refer(model::Type::add, boost.object, "camp:boosts", boost.published_ms);
}

Result<void> Importer::take_post(const MastodonSource& source, const model::ArchivedPost& post) {
  if (is_yet_to_come(post.source_id, post.published_ms)) return {};
  const model::Audience audience = model::audience_for(post.visibility, actor_.id, post.addressed);
  const std::size_t media_before = media_.size(), bytes_before = media_bytes_;
  auto attachments = CAMP_TRY(take_media(source, post, model::repository_of(audience, actor_.id)));
  model::NoteContent note{.content = post.html,
                          .media_type = "text/html",
                          .summary = post.summary,
                          .language = post.language,
                          .sensitive = post.sensitive,
                          .in_reply_to = post.in_reply_to,
                          .attachments = std::move(attachments),
                          .tags = post.tags};
  const auto parent = new_ids_.find(post.in_reply_to);
  if (parent != new_ids_.end()) {
    // An answer that goes further than what it answers must not name it.
    const bool wider = post.visibility > parent->second.visibility;
    note.in_reply_to = wider ? std::string() : parent->second.id;
  }
  const model::Maker made_by = maker(post.published_ms, post.source_id);
  Json json = model::make_note(made_by, audience, note);
  if (!post.url.empty()) json["url"] = post.url;
  const FullId id = CAMP_TRY(model::seal(json, made_by, nullptr)).id;
  const auto [known, is_first] =
      new_ids_.emplace(post.source_id, Parent{id.text(), post.visibility});
  const std::size_t skipped_before = result_.skipped;
  if (!is_first && known->second.id == id.text()) {  // it stands in the archive twice
    ++result_.skipped;
  } else {
    CAMP_TRY(add(made_by, std::move(json)));
  }
  if (result_.skipped > skipped_before) {
    media_.resize(std::min(media_.size(), media_before));
    media_bytes_ = std::min(media_bytes_, bytes_before);
  } else {
    result_.media += note.attachments.size();
  }
  return {};
}

Result<void> Importer::take_posts(const MastodonSource& source) {
  std::size_t done = 0;
  for (const SpooledItem& spooled : source.items()) {
    const model::ArchivedItem item = CAMP_TRY(source.item(spooled));
    if (const auto* post = std::get_if<model::ArchivedPost>(&item)) {
      CAMP_TRY(take_post(source, *post));
    } else if (const auto* boost = std::get_if<model::ArchivedBoost>(&item)) {
      CAMP_TRY(take_boost(*boost));
    }
    if (request_.progress) request_.progress("writing", ++done);
  }
  return {};
}

Result<void> Importer::load_references() {
  if (std::exchange(references_loaded_, true)) return {};
  const index::Viewer own{actor_.id.text(), {model::private_repository(actor_.id)}};
  for (const model::Type type :
       {model::Type::add, model::Type::follow, model::Type::block, model::Type::ignore}) {
    for (const index::ObjectRow& row :
         CAMP_TRY(community_.index().live(own, model::type_name(type), actor_.id.text(), ""))) {
      references_.insert(reference_key(row.type, row.about, row.collection));
    }
  }
  return {};
}

Result<void> Importer::refer(model::Type type, const std::string& about,
                             const std::string& collection, std::int64_t published_ms) {
  CAMP_TRY(load_references());
  const std::string key = reference_key(model::type_name(type), about, collection);
  if (!references_.insert(key).second) {
    ++result_.skipped;
    return {};
  }
  const model::Maker made_by = maker(published_ms, key);
  return add(made_by, model::make_relation(made_by, type, about, collection));
}

/// Likes, bookmarks and tables have no dates. They get that of the newest item, by when they were
/// true: the time of the import would give each run other ids, and bring back what was undone.
void Importer::date_references(const MastodonSource& source) {
  const std::int64_t now = community_.env().now_ms();
  undated_ms_ = 0;
  for (const SpooledItem& item : source.items()) {
    if (item.published_ms <= now) undated_ms_ = std::max(undated_ms_, item.published_ms);
  }
  if (undated_ms_ == 0) undated_ms_ = now;
}

Result<void> Importer::take_references(const MastodonSource& source) {
  for (const std::string& uri : source.likes()) {
    CAMP_TRY(refer(model::Type::add, uri, "camp:likes", undated_ms_));
  }
  for (const std::string& uri : source.bookmarks()) {
    CAMP_TRY(refer(model::Type::add, uri, "camp:bookmarks", undated_ms_));
  }
  return {};
}

Result<void> Importer::take_relation(const model::ArchivedRelation& relation) {
  using Kind = model::RelationKind;
  const std::int64_t at = undated_ms_;
  const std::string account = "acct:" + relation.about;
  switch (relation.kind) {
    case Kind::follow:
      return refer(model::Type::follow, account, "", at);
    case Kind::mute:
      return refer(model::Type::ignore, account, "", at);
    case Kind::block:
      return refer(model::Type::block, account, "", at);
    case Kind::domain_block:
      return refer(model::Type::block, "https://" + relation.about + "/", "", at);
    case Kind::list_member:
      return refer(model::Type::add, account, "camp:list/" + relation.list, at);
    case Kind::bookmark:
      return refer(model::Type::add, relation.about, "camp:bookmarks", at);
    case Kind::follower:
      break;  // they follow the old account; a move brings them, not an import
  }
  return {};
}

/// All tables before anything is written: one that is none refuses the whole import.
Result<void> Importer::read_tables() {
  for (const std::string& file : request_.tables) {
    const std::filesystem::path path(file);
    const std::string parent = path.parent_path().empty() ? "." : path.parent_path().string();
    const Directory directory = CAMP_TRY(Directory::open(parent));
    const std::string name = path.filename().string();
    const std::string text = CAMP_TRY(directory.read_file(name, kMaxTable));
    auto decoded = model::decode_relations(name, text);
    if (!decoded && decoded.error().kind == Kind::refused) {
      return fail(Kind::refused, name + ": " + decoded.error().message, decoded.error().hint);
    }
    model::ArchivedRelations table = CAMP_TRY(std::move(decoded));
    std::move(table.rows.begin(), table.rows.end(), std::back_inserter(relations_));
    result_.rejected += table.rejected_count;
    for (const std::string& reason : table.rejected) warn(name + ": " + reason);
  }
  return {};
}

Result<void> Importer::take_tables() {
  for (const model::ArchivedRelation& relation : relations_) CAMP_TRY(take_relation(relation));
  return {};
}

/// Ten years of months, each to be one small pack from the start.
Result<void> Importer::finish() {
  CAMP_TRY(flush());
  if (result_.imported == 0 || request_.dry_run) return {};
  auto writer = CAMP_TRY(community_.write());
  CAMP_TRY(writer.care_now());
  return {};
}

}  // namespace

Result<Imported> import_mastodon(store::Community& community, const Actor& actor,
                                 const MastodonRequest& request) {
  Importer importer(community, actor, request, CAMP_TRY(signing_key(community, actor.id)));
  const Staging staging = CAMP_TRY(Staging::begin(community.directory()));
  const MastodonSource source =
      CAMP_TRY(MastodonSource::read(request.archive, staging.directory(), request.progress));
  importer.result().rejected = source.rejected();
  importer.result().warnings = source.warnings();
  CAMP_TRY(importer.read_tables());
  importer.date_references(source);
  CAMP_TRY(importer.take_tables());
  CAMP_TRY(importer.take_posts(source));
  CAMP_TRY(importer.take_references(source));
  CAMP_TRY(importer.finish());
  return std::move(importer.result());
}

Result<std::vector<std::string>> tables_beside(const std::string& archive) {
  constexpr std::array kNames{
      "following_accounts.csv", "muted_accounts.csv", "blocked_accounts.csv",
      "blocked_domains.csv",    "lists.csv",          "bookmarks.csv"};
  const std::filesystem::path parent = std::filesystem::path(archive).parent_path();
  std::vector<std::string> found;
  for (const char* name : kNames) {
    std::error_code error;
    const std::filesystem::path path = parent / name;
    if (std::filesystem::is_regular_file(path, error)) found.push_back(path.string());
  }
  return found;
}

}  // namespace camp::ops
