// SPDX-License-Identifier: MIT
#include "index/write.h"

#include <optional>

#include "index/ids.h"

namespace camp::index {

namespace {

constexpr std::int64_t kSeqBits = 15;
constexpr std::int64_t kSeqMask = (std::int64_t{1} << kSeqBits) - 1;

/// "dd/hh/<target>.json" or "dd/hh/<target>.<edit>.json", taken apart.
struct Place {
  std::string_view directory, target, edit;
};

std::optional<Place> place_of(std::string_view path) {
  constexpr std::string_view kSuffix = ".json";
  const std::size_t slash = path.rfind('/');
  const std::size_t head = slash == std::string_view::npos ? 0 : slash + 1;
  std::string_view name = path.substr(head);
  if (!name.ends_with(kSuffix)) {
    return std::nullopt;
  }
  name.remove_suffix(kSuffix.size());
  const std::size_t dot = name.find('.');
  const bool edited = dot != std::string_view::npos;
  return Place{path.substr(0, head), name.substr(0, dot), edited ? name.substr(dot + 1) : ""};
}

bool is_tombstone_path(std::string_view path) { return path.starts_with("t/"); }

Result<Place> require_place(std::string_view path, std::string_view target, std::string_view edit) {
  const auto place = place_of(path);
  if (!place || place->target != target || place->edit != edit || is_tombstone_path(path)) {
    return fail(Kind::bug, "an object cannot stand at " + std::string(path));
  }
  return *place;
}

template <class Act>
Result<void> with_blob(const Blob& blob, Act act) {
  return blob.packed ? act(Bytes{blob.bytes}) : act(std::string_view(blob.bytes));
}

Blob blob_in(const Statement& row, int column) { return Blob(blob_text(row, column)); }

}  // namespace

Result<void> Writer::apply(const std::vector<Changes>& changes) {
  if (bulk_) {
    return take_in(changes);
  }
  revoked_.clear();
  touched_.clear();
  Transaction transaction = CAMP_TRY(Transaction::write(database_));
  Result<void> done = take_in(changes);
  if (done) {
    done = settle_touched();
  }
  if (done && unclean_) {
    done = CAMP_TRY(database_.statement("note_set")).bind("unclean", "1").run();
  }
  if (done) {
    done = transaction.commit();
  }
  if (!done) {
    names_.forget();
  }
  unclean_ = false;
  return done;
}

Result<void> Writer::take_in(const std::vector<Changes>& changes) {
  // Keys first: what arrives with them is then judged once.
  const Directory* directory = nullptr;
  for (const Changes& change : changes) {
    directory = change.directory ? &*change.directory : directory;
  }
  if (directory != nullptr) {
    CAMP_TRY(replace_directory(*directory));
  }
  for (const Changes& change : changes) {
    CAMP_TRY(take_in(change));
  }
  return {};
}

Result<void> Writer::take_in(const Changes& changes) {
  const std::int64_t repository = CAMP_TRY(names_.number(changes.repository));
  if (bulk_ && !changes.removed.empty()) {
    return fail(Kind::bug, "a rebuild of the index was given a removed file");
  }
  for (const Changes::Gone& gone : changes.removed) {
    if (const auto branch = CAMP_TRY(names_.find(gone.branch))) {
      CAMP_TRY(remove_file(repository, *branch, gone.path));
    }
  }
  for (const Changes::Tip& tip : changes.tips) {
    if (!tip.commit.empty()) {
      CAMP_TRY(CAMP_TRY(database_.statement("tip_set"))
                   .bind(changes.repository, tip.branch, tip.commit)
                   .run());
      continue;
    }
    CAMP_TRY(CAMP_TRY(database_.statement("tip_drop")).bind(changes.repository, tip.branch).run());
    if (const auto branch = CAMP_TRY(names_.find(tip.branch)); branch && !bulk_) {
      CAMP_TRY(remove_branch(repository, *branch));
    }
  }
  if (changes.mark) {
    Statement mark = CAMP_TRY(database_.statement("mark_set"));
    CAMP_TRY(mark.bind(changes.repository, *changes.mark).run());
  }
  for (const StateRow& file : changes.files) {
    Statement add = CAMP_TRY(database_.statement("file_add"));
    CAMP_TRY(add.bind(file.repository, file.path, file.blob).run());
  }
  for (const ObjectRow& object : changes.objects) {
    CAMP_TRY(add_object(object, changes.repository));
  }
  for (const TombstoneRow& tombstone : changes.tombstones) {
    CAMP_TRY(add_tombstone(tombstone, changes.repository));
  }
  return {};
}

// ---- Facts: object files

Result<void> Writer::add_object(const ObjectRow& object, const std::string& repository) {
  if (object.repository != repository) {
    return fail(Kind::bug, "an object of " + object.repository + " came with " + repository);
  }
  const std::string_view edit = object.id == object.target ? std::string_view() : object.id;
  const Place place = CAMP_TRY(require_place(object.path, object.target, edit));
  const std::int64_t repository_number = CAMP_TRY(names_.number(repository));
  const std::int64_t branch = CAMP_TRY(names_.number(object.branch));
  if (!bulk_) {
    CAMP_TRY(remove_file(repository_number, branch, object.path));
    touch(object.target);
    CAMP_TRY(note_arrival(repository, object.branch, object.blob));
  }
  return insert_object(object, repository_number, branch, place.directory);
}

Result<void> Writer::insert_object(const ObjectRow& object, std::int64_t repository,
                                   std::int64_t branch, std::string_view directory) {
  const bool edited = object.id != object.target;
  const std::int64_t author = CAMP_TRY(names_.number(object.author));
  const std::int64_t key = CAMP_TRY(names_.number(object.key));
  const Signature signature = CAMP_TRY(judge(object.verdict, author, key, object.id));
  const Blob blob(object.blob);
  const std::int64_t type = CAMP_TRY(names_.number(object.type));
  // A rebuild settles edits and tombstones at its end; an object alone shows at once.
  const bool shows = bulk_ && !edited;
  const auto live =
      shows ? CAMP_TRY(shown_as(type, object.listed, signature)) : std::optional<std::int64_t>();
  const std::string_view about_id = object_id_in(object.about);
  const std::string_view parent_id = object_id_in(object.in_reply_to);
  const std::int64_t seq = CAMP_TRY(free_seq(object.target));
  const std::int64_t community = CAMP_TRY(names_.number(object.community));
  const std::int64_t audience = CAMP_TRY(names_.number(object.audience));
  Statement insert = CAMP_TRY(database_.statement("object_add"));
  // An id that is none of ours is NULL, so that the partial indexes leave it out.
  const auto put = [&](auto stored, auto about, auto parent) {
    return insert
        .bind(seq, object.target, edited ? std::string_view(object.id) : "", repository, branch,
              directory, stored, type, author, community, audience, object.listed, object.verdict,
              key, signature, live, object.about, about, object.collection, object.in_reply_to,
              parent, object.media_type, object.language, pack(object.attachments),
              pack(object.tags), pack(object.mentions), object.summary, object.content,
              object.search_text)
        .run();
  };
  CAMP_TRY(with_blob(blob, [&](auto stored) {
    if (about_id.empty()) {
      return parent_id.empty() ? put(stored, std::nullopt, std::nullopt)
                               : put(stored, std::nullopt, parent_id);
    }
    return parent_id.empty() ? put(stored, about_id, std::nullopt)
                             : put(stored, about_id, parent_id);
  }));
  rows_since_begin_ = true;
  return remember(blob, object.verdict, object.key);
}

Result<std::int64_t> Writer::free_seq(std::string_view target) {
  const std::int64_t first = time_of_id(target) << kSeqBits;
  Statement last = CAMP_TRY(database_.statement("seq_last"));
  CAMP_TRY(last.bind(first, first | kSeqMask).next());
  if (last.is_null(0)) {
    return first;
  }
  if (last.integer(0) < (first | kSeqMask)) {
    return last.integer(0) + 1;
  }
  // Over 32,768 versions in one millisecond: the order in search suffers, nothing else does.
  Statement gap = CAMP_TRY(database_.statement("seq_gap"));
  CAMP_TRY(gap.bind(first).next());
  return gap.integer(0);
}

Result<void> Writer::remove_file(std::int64_t repository, std::int64_t branch,
                                 std::string_view path) {
  const auto place = place_of(path);
  if (!place) {
    return {};  // nothing that we keep stands there
  }
  if (is_tombstone_path(path)) {
    return remove_tombstone(place->target, repository, branch, path);
  }
  std::optional<std::int64_t> seq;
  {
    Statement row = CAMP_TRY(database_.statement("object_at"));
    row.bind(time_part(place->target), digest_part(place->target), repository, place->edit, branch,
             place->directory);
    if (CAMP_TRY(row.next())) {
      seq = row.integer(0);
    }
  }
  return seq ? remove_object(*seq) : Result<void>();
}

Result<void> Writer::remove_object(std::int64_t seq) {
  std::string target, edit;
  std::optional<Blob> blob;
  std::optional<std::int64_t> live;
  {
    Statement row = CAMP_TRY(database_.statement("object_state"));
    if (!CAMP_TRY(row.bind(seq).next())) {
      return {};
    }
    target = row.string(0);
    edit = row.string(1);
    blob = blob_in(row, 2);
    live = optional_integer(row, 3);
  }
  if (is_shown(live)) {
    CAMP_TRY(withdraw(seq, *live));
  }
  CAMP_TRY(CAMP_TRY(database_.statement("object_drop")).bind(seq).run());
  unclean_ = true;
  touch(target);
  return forget_blob(*blob, target, edit);
}

Result<void> Writer::remove_branch(std::int64_t repository, std::int64_t branch) {
  std::vector<std::int64_t> objects;
  {
    Statement row = CAMP_TRY(database_.statement("object_on_branch"));
    row.bind(repository, branch);
    while (CAMP_TRY(row.next())) {
      objects.push_back(row.integer(0));
    }
  }
  for (const std::int64_t seq : objects) {
    CAMP_TRY(remove_object(seq));
  }
  std::vector<std::pair<std::string, std::string>> tombstones;
  {
    Statement row = CAMP_TRY(database_.statement("tombstone_on_branch"));
    row.bind(repository, branch);
    while (CAMP_TRY(row.next())) {
      tombstones.emplace_back(row.string(0), row.string(1));
    }
  }
  for (const auto& [target, path] : tombstones) {
    CAMP_TRY(remove_tombstone(target, repository, branch, path));
  }
  return {};
}

// ---- Facts: tombstones

Result<void> Writer::note_arrival(const std::string& repository, std::string_view branch,
                                  std::string_view blob) {
  const bool may_leave = repository == "public" || repository.starts_with("private/");
  if (!may_leave || branch == kOutboxBranch) return {};
  CAMP_TRY(CAMP_TRY(database_.statement("arrival_add")).bind(repository, blob).run());
  return CAMP_TRY(database_.statement("arrivals_trim")).bind().run();
}

Result<void> Writer::add_tombstone(const TombstoneRow& tombstone, const std::string& repository) {
  const auto place = place_of(tombstone.path);
  if (!place || place->target != tombstone.target || !is_tombstone_path(tombstone.path)) {
    return fail(Kind::bug, "a tombstone cannot stand at " + tombstone.path);
  }
  if (tombstone.repository != repository) {
    return fail(Kind::bug, "a tombstone of " + tombstone.repository + " came with " + repository);
  }
  const std::int64_t repository_number = CAMP_TRY(names_.number(repository));
  const std::int64_t branch = CAMP_TRY(names_.number(tombstone.branch));
  const std::int64_t author = CAMP_TRY(names_.number(tombstone.author));
  const std::int64_t by = CAMP_TRY(names_.number(tombstone.by));
  const std::int64_t key = CAMP_TRY(names_.number(tombstone.key));
  CAMP_TRY(remove_tombstone(tombstone.target, repository_number, branch, tombstone.path));
  if (!bulk_) CAMP_TRY(note_arrival(repository, tombstone.branch, tombstone.blob));
  const bool active = CAMP_TRY(counts(tombstone.counts, tombstone.verdict, by, key, tombstone.id));
  const Blob blob(tombstone.blob);
  Statement insert = CAMP_TRY(database_.statement("tombstone_add"));
  CAMP_TRY(with_blob(blob, [&](auto stored) {
    return insert
        .bind(tombstone.target, repository_number, branch, tombstone.path, stored, tombstone.id,
              author, by, tombstone.counts, tombstone.verdict, key, active)
        .run();
  }));
  rows_since_begin_ = true;
  return remember(blob, tombstone.verdict, tombstone.key);
}

Result<void> Writer::remove_tombstone(std::string_view target, std::int64_t repository,
                                      std::int64_t branch, std::string_view path) {
  if (!bulk_) {
    touch(target);
  }
  std::optional<Blob> blob;
  {
    Statement row = CAMP_TRY(database_.statement("tombstone_drop"));
    if (!CAMP_TRY(row.bind(target, repository, branch, path).next())) {
      return {};
    }
    blob = blob_in(row, 0);
    CAMP_TRY(row.next());
  }
  return bulk_ ? Result<void>() : forget_blob(*blob, target, {});
}

// ---- Remembered verdicts

Result<void> Writer::remember(const Blob& blob, Verdict verdict, std::string_view key) {
  if (bulk_) {
    return {};  // its end takes them from the rows, in the order of the table
  }
  Statement insert = CAMP_TRY(database_.statement("remember"));
  return with_blob(blob, [&](auto stored) { return insert.bind(stored, verdict, key).run(); });
}

Result<void> Writer::forget_blob(const Blob& blob, std::string_view target, std::string_view edit) {
  // The same bytes hold the same id, so only rows of this id can name this blob too.
  const auto still_named = [&](auto stored) -> Result<bool> {
    Statement objects = CAMP_TRY(database_.statement("object_names_blob"));
    objects.bind(time_part(target), digest_part(target), edit, stored);
    if (CAMP_TRY(objects.next())) {
      return true;
    }
    Statement tombstones = CAMP_TRY(database_.statement("tombstone_names_blob"));
    return CAMP_TRY(tombstones.bind(target, stored).next());
  };
  return with_blob(blob, [&](auto stored) -> Result<void> {
    if (CAMP_TRY(still_named(stored))) {
      return {};
    }
    return CAMP_TRY(database_.statement("forget")).bind(stored).run();
  });
}

}  // namespace camp::index
