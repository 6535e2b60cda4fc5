// SPDX-License-Identifier: MIT
#include "index/index.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>

#include "index/handle.h"
#include "index/ids.h"
#include "index/sql.h"

namespace camp::index {

namespace {

/// Raised with every change of schema.sql or indexes.sql, or of what the derived columns mean.
constexpr std::int64_t kSchemaVersion = 7;

/// Profiles stand in its `main`.
constexpr std::string_view kProfilesRepository = "public";

/// DROP statements for everything in the file; virtual tables first, they own some of the others.
Result<std::vector<std::string>> drops(Database& database) {
  Statement row = CAMP_TRY(database.prepare(
      "SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'view')"
      " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY sql NOT LIKE 'CREATE VIRTUAL%', type"));
  std::vector<std::string> statements;
  while (CAMP_TRY(row.next())) {
    std::string name;
    for (const char c : row.text(1)) {
      name.append(c == '"' ? 2 : 1, c);
    }
    statements.push_back("DROP " + row.string(0) + " IF EXISTS \"" + name + "\"");
  }
  return statements;
}

Result<void> make_schema(Database& database) {
  Transaction transaction = CAMP_TRY(Transaction::write(database));
  if (CAMP_TRY(database.number("PRAGMA user_version")) == kSchemaVersion) {
    return {};  // somebody else was faster
  }
  for (const std::string& drop : CAMP_TRY(drops(database))) {
    CAMP_TRY(database.script(drop));
  }
  CAMP_TRY(database.script(schema_sql()));
  CAMP_TRY(database.script(indexes_sql()));
  CAMP_TRY(database.script("INSERT INTO note VALUES ('epoch', lower(hex(randomblob(8))))"));
  CAMP_TRY(database.script("PRAGMA user_version=" + std::to_string(kSchemaVersion)));
  return transaction.commit();
}

/// For reading only: with the log if SQLite may use it, else the file as it stands.
Result<std::unique_ptr<Database>> open_to_read(const std::string& path) {
  for (const auto access : {Database::Access::read, Database::Access::immutable}) {
    auto database = Database::open(path, access);
    if (!database) {
      if (access == Database::Access::immutable) {
        return database;
      }
      continue;
    }
    const auto version = (*database)->number("PRAGMA user_version");
    if (version && *version != kSchemaVersion) {
      return fail(Kind::failed, "the index was made by another version of camp",
                  "run `camp reindex` where it can be written");
    }
    if (version || access == Database::Access::immutable) {
      return version ? std::move(database) : tl::unexpected<Error>(version.error());
    }
  }
  return fail(Kind::failed, "opening " + path);
}

bool may_write(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  return ::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) == 0 &&
         ::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

template <class Read>
auto rows(Statement& row, Read read) -> Result<std::vector<decltype(read(row))>> {
  std::vector<decltype(read(row))> all;
  while (CAMP_TRY(row.next())) {
    all.push_back(read(row));
  }
  return all;
}

}  // namespace

Index::Index(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Index::Index(Index&&) noexcept = default;
Index& Index::operator=(Index&&) noexcept = default;
Index::~Index() = default;

Result<Index> Index::open(const std::string& path) {
  CAMP_TRY(make_private_file(path));
  if (!may_write(path)) {
    return Index(std::make_unique<Handle>(CAMP_TRY(open_to_read(path))));
  }
  std::unique_ptr<Database> database = CAMP_TRY(Database::open(path, Database::Access::write));
  if (CAMP_TRY(database->number("PRAGMA user_version")) != kSchemaVersion) {
    CAMP_TRY(make_schema(*database));
  }
  return Index(std::make_unique<Handle>(std::move(database)));
}

Result<void> Index::discard(const std::string& path) {
  for (const std::string_view suffix : {"-shm", "-wal", ""}) {
    const std::string name = path + std::string(suffix);
    if (::unlink(name.c_str()) != 0 && errno != ENOENT) {
      return fail(Kind::failed, "removing " + name + ": " + std::strerror(errno));
    }
  }
  return {};
}

bool Index::read_only() const { return handle_->database->read_only(); }

Result<Snapshot> Index::look() const { return handle_->database->look(); }

std::int64_t Index::version() const { return handle_->database->version(); }

Result<std::vector<Changes::Tip>> Index::tips(std::string_view repository) const {
  Statement row = CAMP_TRY(handle_->database->statement("tips"));
  return rows(row.bind(repository), [](const Statement& r) {
    return Changes::Tip{r.string(0), r.string(1)};
  });
}

Result<std::string> Index::tip(std::string_view repository, std::string_view branch) const {
  Statement row = CAMP_TRY(handle_->database->statement("tip"));
  return CAMP_TRY(row.bind(repository, branch).next()) ? row.string(0) : std::string();
}

Result<std::vector<std::string>> Index::repositories() const {
  Statement row = CAMP_TRY(handle_->database->statement("tip_repositories"));
  return rows(row.bind(), [](const Statement& r) { return r.string(0); });
}

Result<std::string> Index::mark(std::string_view repository) const {
  Statement row = CAMP_TRY(handle_->database->statement("mark"));
  return CAMP_TRY(row.bind(repository).next()) ? row.string(0) : std::string();
}

Result<std::map<std::string, std::string, std::less<>>> Index::marks() const {
  std::map<std::string, std::string, std::less<>> all;
  Statement row = CAMP_TRY(handle_->database->statement("marks"));
  row.bind();
  while (CAMP_TRY(row.next())) all.emplace(row.string(0), row.string(1));
  return all;
}

Result<void> Index::set_mark(std::string_view repository, std::string_view mark) {
  CAMP_TRY(handle_->require_writable());
  return CAMP_TRY(handle_->database->statement("mark_set")).bind(repository, mark).run();
}

Result<void> Index::apply(const std::vector<Changes>& changes) {
  CAMP_TRY(handle_->require_writable());
  return handle_->writer.apply(changes);
}

Result<void> Index::rebuild(const std::function<Result<void>()>& fill) {
  CAMP_TRY(handle_->require_writable());
  return handle_->writer.rebuild(fill);
}

Result<std::vector<Post>> Index::timeline(const Viewer& viewer, const Query& query) const {
  return handle_->reader.timeline(viewer, query);
}

Result<std::vector<Post>> Index::thread(const Viewer& viewer, std::string_view id,
                                        std::size_t limit) const {
  return handle_->reader.thread(viewer, id, limit);
}

Result<std::vector<Post>> Index::replies(const Viewer& viewer, std::string_view id) const {
  return handle_->reader.answers("replies", viewer, id);
}

Result<std::vector<Post>> Index::answering(const Viewer& viewer, std::string_view url) const {
  return handle_->reader.answers("answering", viewer, url);
}

Result<std::optional<Post>> Index::post(const Viewer& viewer, std::string_view id) const {
  return handle_->reader.post(viewer, id);
}

Result<std::vector<std::string>> Index::complete_id(const Viewer& viewer, std::string_view prefix,
                                                    std::size_t limit) const {
  return handle_->reader.complete_id(viewer, prefix, limit);
}

Result<std::vector<Post>> Index::search(const Viewer& viewer,
                                        const std::vector<std::string>& folded_words,
                                        const Query& query) const {
  return handle_->reader.search(viewer, folded_words, query);
}

Result<std::vector<ObjectRow>> Index::live(const Viewer& viewer, std::string_view type,
                                           std::string_view author, std::string_view about) const {
  return handle_->reader.live(viewer, type, author, about);
}

Result<std::vector<std::string>> Index::relations(std::string_view repository,
                                                  std::string_view type,
                                                  std::string_view author) const {
  Statement row = CAMP_TRY(handle_->database->statement("relation_abouts"));
  row.bind(CAMP_TRY(handle_->names.find(type)), CAMP_TRY(handle_->names.find(author)),
           CAMP_TRY(handle_->names.find(repository)));
  return rows(row, [](const Statement& r) { return r.string(0); });
}

Result<std::optional<std::string>> Index::state_file(std::string_view repository,
                                                     std::string_view path) const {
  Statement row = CAMP_TRY(handle_->database->statement("file"));
  if (!CAMP_TRY(row.bind(repository, path).next())) return std::optional<std::string>();
  return std::optional(row.string(0));
}

Result<std::vector<ObjectRow>> Index::versions(std::string_view repository,
                                               std::string_view id) const {
  const Transaction snapshot = CAMP_TRY(Transaction::read(*handle_->database));
  const auto number = CAMP_TRY(handle_->names.find(repository));
  if (!number) {
    return std::vector<ObjectRow>();
  }
  std::vector<std::int64_t> found;
  {
    Statement row = CAMP_TRY(handle_->database->statement("versions"));
    row.bind(time_part(id), digest_part(id), *number);
    while (CAMP_TRY(row.next())) {
      found.push_back(row.integer(0));
    }
  }
  return handle_->reader.objects(found);
}

Result<std::vector<std::string>> Index::whereabouts(std::string_view id) const {
  const Transaction snapshot = CAMP_TRY(Transaction::read(*handle_->database));
  Statement row = CAMP_TRY(handle_->database->statement("whereabouts"));
  row.bind(time_part(id), digest_part(id), id);
  std::vector<std::string> repositories;
  while (CAMP_TRY(row.next())) {
    repositories.push_back(CAMP_TRY(handle_->names.text(row.integer(0))));
  }
  std::sort(repositories.begin(), repositories.end());
  return repositories;
}

Result<bool> Index::is_hidden(std::string_view id) const {
  Statement row = CAMP_TRY(handle_->database->statement("hidden"));
  return CAMP_TRY(row.bind(id).next());
}

Result<std::vector<BlockedRow>> Index::blocked() const {
  std::vector<BlockedRow> rows;
  Statement row = CAMP_TRY(handle_->database->statement("blocked"));
  row.bind();
  while (CAMP_TRY(row.next())) rows.push_back({row.string(0), row.string(1)});
  return rows;
}

Result<std::optional<std::string>> Index::tombstone_in(std::string_view repository,
                                                       std::string_view id) const {
  const auto number = CAMP_TRY(handle_->names.find(repository));
  Statement row = CAMP_TRY(handle_->database->statement("tombstone_in"));
  if (!CAMP_TRY(row.bind(id, number).next())) return std::optional<std::string>();
  return std::optional(blob_text(row, 0));
}

Result<std::int64_t> Index::count_posts(std::string_view repository,
                                        std::string_view author) const {
  const auto number = CAMP_TRY(handle_->names.find(repository));
  Statement row =
      CAMP_TRY(handle_->database->statement(author.empty() ? "count_posts" : "count_posts_by"));
  if (author.empty()) {
    row.bind(number);
  } else {
    row.bind(number, CAMP_TRY(handle_->names.find(author)));
  }
  return CAMP_TRY(row.next()) ? row.integer(0) : 0;
}

Result<std::vector<ObjectRow>> Index::live_before(std::string_view repository,
                                                  std::string_view type, std::string_view author,
                                                  std::string_view before,
                                                  std::size_t limit) const {
  return handle_->reader.live_before(repository, type, author, before, limit);
}

Result<std::vector<ObjectRow>> Index::news_for(const Viewer& viewer, std::int64_t since_ms,
                                               std::size_t limit) const {
  return handle_->reader.news_for(viewer, since_ms, limit);
}

Result<std::int64_t> Index::count_live(std::string_view repository, std::string_view type,
                                       std::string_view author) const {
  Statement row = CAMP_TRY(handle_->database->statement("relation_count"));
  row.bind(CAMP_TRY(handle_->names.find(type)), CAMP_TRY(handle_->names.find(author)),
           CAMP_TRY(handle_->names.find(repository)));
  return CAMP_TRY(row.next()) ? row.integer(0) : 0;
}

Result<bool> Index::is_removed(std::string_view id, std::string_view author) const {
  Statement row = CAMP_TRY(handle_->database->statement("tombstone_effective"));
  return CAMP_TRY(row.bind(id, author).next());
}

Result<std::vector<Index::Arrival>> Index::arrivals(std::int64_t after, std::size_t limit) const {
  Statement row = CAMP_TRY(handle_->database->statement("arrivals"));
  row.bind(after, limit);
  return rows(row, [](Statement& each) {
    return Arrival{each.integer(0), each.string(1), each.string(2)};
  });
}

Result<std::int64_t> Index::last_arrival() const {
  Statement row = CAMP_TRY(handle_->database->statement("arrival_last"));
  row.bind();
  return CAMP_TRY(row.next()) ? row.integer(0) : 0;
}

Result<void> Index::forget_arrivals(std::int64_t up_to) {
  CAMP_TRY(handle_->require_writable());
  Statement statement = CAMP_TRY(handle_->database->statement("arrivals_drop"));
  return statement.bind(up_to).run();
}

Result<std::string> Index::epoch() const {
  Statement row = CAMP_TRY(handle_->database->statement("note"));
  row.bind("epoch");
  return CAMP_TRY(row.next()) ? row.string(0) : std::string();
}

Result<bool> Index::is_overtaken(std::string_view repository, std::string_view target,
                                 std::string_view version, std::string_view author) const {
  if (CAMP_TRY(is_removed(target, author)) || CAMP_TRY(is_removed(version, author))) {
    return true;
  }
  const auto standing = CAMP_TRY(versions(repository, target));
  return std::any_of(standing.begin(), standing.end(), [&](const ObjectRow& row) {
    return row.id > version && row.author == author && row.branch != kOutboxBranch &&
           row.verdict != Verdict::invalid;
  });
}

Result<std::string> Index::community_name() const {
  Statement row = CAMP_TRY(handle_->database->statement("note"));
  return CAMP_TRY(row.bind("community_name").next()) ? row.string(0) : std::string();
}

Result<std::vector<MemberRow>> Index::members() const {
  Statement row = CAMP_TRY(handle_->database->statement("members"));
  return rows(row.bind(), [](const Statement& r) {
    return MemberRow{r.string(0), r.string(1),       r.string(2), r.string(3),
                     r.string(4), r.integer(5) != 0, r.string(6), r.integer(7)};
  });
}

Result<std::vector<ProfileRow>> Index::profiles() const {
  Statement row = CAMP_TRY(handle_->database->statement("profiles"));
  return rows(row.bind(), [](const Statement& r) {
    return ProfileRow{r.string(0), r.string(1), r.string(2), r.string(3),
                      unpack_attachments(r.text(4))};
  });
}

Result<std::vector<Overtaken>> Index::overtaken(std::int64_t before_ms) const {
  const Transaction snapshot = CAMP_TRY(Transaction::read(*handle_->database));
  Statement row = CAMP_TRY(handle_->database->statement("overtaken"));
  row.bind(before_ms);
  std::vector<Overtaken> all;
  while (CAMP_TRY(row.next())) {
    Overtaken overtaken;
    overtaken.repository = CAMP_TRY(handle_->names.text(row.integer(0)));
    overtaken.branch = CAMP_TRY(handle_->names.text(row.integer(1)));
    overtaken.path = row.string(2) + file_name(row.text(3), row.text(4));
    overtaken.blob = blob_text(row, 5);
    overtaken.target = row.string(3);
    overtaken.version = row.text(4).empty() ? overtaken.target : row.string(4);
    overtaken.since_ms = row.integer(6);
    overtaken.author = CAMP_TRY(handle_->names.text(row.integer(7)));
    all.push_back(std::move(overtaken));
  }
  return all;
}

Result<std::vector<std::string>> Index::signed_with(std::string_view key) const {
  const auto number = CAMP_TRY(handle_->names.find(key));
  Statement row = CAMP_TRY(handle_->database->statement("signed_with"));
  row.bind(number, key);
  std::vector<std::string> ids;
  while (CAMP_TRY(row.next())) {
    ids.push_back(row.string(0));
  }
  return ids;
}

Result<std::vector<ObjectRow>> Index::wrongly_signed() const {
  const Transaction snapshot = CAMP_TRY(Transaction::read(*handle_->database));
  std::vector<std::int64_t> found;
  {
    Statement row = CAMP_TRY(handle_->database->statement("wrongly_signed"));
    row.bind();
    while (CAMP_TRY(row.next())) {
      found.push_back(row.integer(0));
    }
  }
  return handle_->reader.objects(found);
}

Result<std::vector<std::string>> Index::media_in(std::string_view repository) const {
  std::vector<std::string> media;
  const auto number = CAMP_TRY(handle_->names.find(repository));
  Statement row = CAMP_TRY(handle_->database->statement("media"));
  row.bind(number);
  while (CAMP_TRY(row.next())) {
    for (Attachment& attachment : unpack_attachments(row.text(0))) {
      media.push_back(std::move(attachment.sha256));
    }
  }
  if (repository == kProfilesRepository) {
    for (ProfileRow& profile : CAMP_TRY(profiles())) {
      for (Attachment& picture : profile.pictures) media.push_back(std::move(picture.sha256));
    }
  }
  std::sort(media.begin(), media.end());
  media.erase(std::unique(media.begin(), media.end()), media.end());
  return media;
}

Result<std::int64_t> Index::count(std::string_view repository) const {
  const auto number = CAMP_TRY(handle_->names.find(repository));
  Statement row = CAMP_TRY(handle_->database->statement("count"));
  return CAMP_TRY(row.bind(number).next()) ? row.integer(0) : 0;
}

Result<std::vector<std::string>> Index::state_of(std::string_view repository) const {
  const Transaction snapshot = CAMP_TRY(Transaction::read(*handle_->database));
  const auto number = CAMP_TRY(handle_->names.find(repository)).value_or(-1);
  const auto waiting = CAMP_TRY(handle_->names.find(kOutboxBranch)).value_or(-1);
  std::vector<std::string> lines;
  Statement object = CAMP_TRY(handle_->database->statement("state_objects"));
  object.bind(number, waiting);
  while (CAMP_TRY(object.next())) {
    lines.push_back("camp:" + object.string(0) + "/" + object.string(1) + " " + object.string(2));
  }
  Statement tombstone = CAMP_TRY(handle_->database->statement("state_tombstones"));
  tombstone.bind(number, waiting);
  while (CAMP_TRY(tombstone.next())) {
    lines.push_back("t " + tombstone.string(0) + " " + tombstone.string(1));
  }
  if (repository != kProfilesRepository) {
    return lines;
  }
  for (const ProfileRow& profile : CAMP_TRY(profiles())) {
    if (profile.branch != kOutboxBranch) {
      lines.push_back("profile camp:" + profile.author + "/" + profile.id);
    }
  }
  return lines;
}

Result<std::int64_t> Index::newest_ms() const {
  const std::int64_t waiting = CAMP_TRY(handle_->names.find(kOutboxBranch)).value_or(-1);
  Statement row = CAMP_TRY(handle_->database->statement("newest"));
  return CAMP_TRY(row.bind(waiting).next()) ? time_of_id(row.text(0)) : 0;
}

Result<std::vector<Index::File>> Index::files(std::string_view repository,
                                              std::string_view branch) const {
  const Transaction snapshot = CAMP_TRY(Transaction::read(*handle_->database));
  const auto in = CAMP_TRY(handle_->names.find(repository));
  const auto on = CAMP_TRY(handle_->names.find(branch));
  std::vector<File> files;
  Statement object = CAMP_TRY(handle_->database->statement("object_on_branch"));
  object.bind(in, on);
  while (CAMP_TRY(object.next())) {
    files.push_back(
        {object.string(3) + file_name(object.text(1), object.text(2)), blob_text(object, 4)});
  }
  Statement tombstone = CAMP_TRY(handle_->database->statement("tombstone_on_branch"));
  tombstone.bind(in, on);
  while (CAMP_TRY(tombstone.next())) {
    files.push_back({tombstone.string(1), blob_text(tombstone, 2)});
  }
  std::sort(files.begin(), files.end(),
            [](const File& a, const File& b) { return a.path < b.path; });
  return files;
}

Result<std::optional<Index::Remembered>> Index::remembered(std::string_view blob) const {
  const Blob stored(blob);
  Statement row = CAMP_TRY(handle_->database->statement("remembered"));
  stored.packed ? row.bind(Bytes{stored.bytes}) : row.bind(stored.bytes);
  if (!CAMP_TRY(row.next())) {
    return std::nullopt;
  }
  return Remembered{static_cast<Verdict>(row.integer(0)), row.string(1)};
}

Result<void> Index::remember(const std::vector<std::pair<std::string, Remembered>>& verdicts) {
  CAMP_TRY(handle_->require_writable());
  Transaction transaction = CAMP_TRY(Transaction::write(*handle_->database));
  for (const auto& [blob, verdict] : verdicts) {
    const Blob stored(blob);
    Statement row = CAMP_TRY(handle_->database->statement("remember"));
    stored.packed ? row.bind(Bytes{stored.bytes}, verdict.verdict, verdict.key)
                  : row.bind(stored.bytes, verdict.verdict, verdict.key);
    CAMP_TRY(row.run());
  }
  return transaction.commit();
}

Result<std::vector<Removal>> Index::removals(std::string_view id, std::string_view author) const {
  const Transaction snapshot = CAMP_TRY(Transaction::read(*handle_->database));
  Statement row = CAMP_TRY(handle_->database->statement("removals"));
  row.bind(id, author);
  std::vector<Removal> all;
  while (CAMP_TRY(row.next())) {
    all.push_back({CAMP_TRY(handle_->names.text(row.integer(0))),
                   CAMP_TRY(handle_->names.text(row.integer(1)))});
  }
  return all;
}

Result<void> Index::forget_verdicts() {
  CAMP_TRY(handle_->require_writable());
  return handle_->database->script("DELETE FROM remembered");
}

}  // namespace camp::index
