// SPDX-License-Identifier: MIT
// Filling the index from nothing: rows first, everything that follows from them at the end.
#include "index/ids.h"
#include "index/sql.h"
#include "index/write.h"

namespace camp::index {

namespace {
// Bytes of words that the full text gathers before it writes them (FTS5's `hashsize`).
constexpr std::int64_t kUsualMemory = 1 << 20;
constexpr std::int64_t kRebuildMemory = 8 << 20;
}  // namespace

Result<void> Writer::rebuild(const std::function<Result<void>()>& fill) {
  if (bulk_) {
    return fail(Kind::bug, "a rebuild of the index was started inside another");
  }
  revoked_.clear();
  touched_.clear();
  Transaction transaction = CAMP_TRY(Transaction::write(database_));
  bulk_ = true;
  rows_since_begin_ = false;
  directory_came_late_ = false;
  Result<void> done = begin_bulk();
  if (done) {
    done = fill();
  }
  if (done) {
    done = end_bulk();
  }
  bulk_ = false;
  if (done) {
    done = transaction.commit();
  }
  if (!done) {
    names_.forget();
    return done;
  }
  CAMP_TRY(database_.truncate_log());  // it is as large as the file now; a reader may delay it
  return {};
}

Result<void> Writer::begin_bulk() {
  CAMP_TRY(database_.script(drop_indexes_sql()));
  // The names stay: other processes remember their numbers.
  return database_.script(
      "DELETE FROM object; DELETE FROM tombstone; DELETE FROM tagged; DELETE FROM member;"
      "DELETE FROM key; DELETE FROM vouched; DELETE FROM hidden; DELETE FROM blocked;"
      "DELETE FROM profile; DELETE FROM file;"
      "DELETE FROM tip; DELETE FROM mark; DELETE FROM note WHERE name <> 'epoch';");
}

Result<void> Writer::end_bulk() {
  const Result<void> indexed = database_.script(indexes_sql());
  if (!indexed) {
    return fail_while("making the index's indexes (was a file given twice?)", indexed.error());
  }
  CAMP_TRY(settle_everything());
  CAMP_TRY(tag_everything());
  // Fewer, larger parts: a fifth faster. The setting stays in the file, so it is put back.
  CAMP_TRY(CAMP_TRY(database_.statement("fulltext_memory")).bind(kRebuildMemory).run());
  CAMP_TRY(CAMP_TRY(database_.statement("fulltext_rebuild")).run());
  CAMP_TRY(CAMP_TRY(database_.statement("fulltext_memory")).bind(kUsualMemory).run());
  // Into one part now, else the next appends pay for merging the large ones.
  CAMP_TRY(CAMP_TRY(database_.statement("fulltext_optimize")).run());
  return database_.script(
      "DELETE FROM remembered;"
      "INSERT OR REPLACE INTO remembered (blob, verdict, key) SELECT blob, verdict, text FROM"
      " (SELECT blob, verdict, key AS k FROM object UNION ALL SELECT blob, verdict, key FROM "
      "tombstone)"
      " JOIN name ON number = k ORDER BY blob;");
}

Result<void> Writer::settle_everything() {
  if (directory_came_late_) {
    CAMP_TRY(judge_every_row());
  }
  return settle_edits_and_tombstones();
}

Result<void> Writer::judge_every_row() {
  for (std::int64_t last = -1;;) {
    std::vector<std::pair<std::int64_t, Signature>> changed;
    const std::int64_t before = last;
    {
      Statement row = CAMP_TRY(database_.statement("rows_from"));
      row.bind(last);
      while (CAMP_TRY(row.next())) {
        last = row.integer(0);
        const bool edited = !row.text(2).empty();
        const Signature now = CAMP_TRY(judge(static_cast<Verdict>(row.integer(3)), row.integer(6),
                                             row.integer(4), row.text(edited ? 2 : 1)));
        if (now != static_cast<Signature>(row.integer(5))) {
          changed.emplace_back(last, now);
          touch(row.text(1));
        }
      }
    }
    Statement sign = CAMP_TRY(database_.statement("object_sign"));
    for (const auto& [seq, signature] : changed) {
      CAMP_TRY(sign.bind(seq, signature).run());
    }
    CAMP_TRY(settle_touched());
    if (last == before) {
      break;
    }
  }
  std::vector<std::int64_t> authors;
  {
    Statement row = CAMP_TRY(database_.statement("tombstone_authors"));
    row.bind();
    while (CAMP_TRY(row.next())) {
      authors.push_back(row.integer(0));
    }
  }
  for (const std::int64_t author : authors) {
    CAMP_TRY(judge_tombstones(author));
  }
  return {};
}

Result<void> Writer::settle_edits_and_tombstones() {
  for (std::string last;;) {
    const std::string before = last;
    {
      Statement row = CAMP_TRY(database_.statement("edits_from"));
      row.bind(last);
      while (CAMP_TRY(row.next())) {
        last = row.string(0);
        touch(row.text(1));
      }
    }
    CAMP_TRY(settle_touched());
    if (last == before) {
      break;
    }
  }
  for (std::string last;;) {
    const std::string before = last;
    {
      Statement row = CAMP_TRY(database_.statement("tombstones_from"));
      row.bind(last);
      while (CAMP_TRY(row.next())) {
        last = row.string(0);
        touch(last);
      }
    }
    CAMP_TRY(settle_touched());
    if (last == before) {
      return {};
    }
  }
}

Result<void> Writer::tag_everything() {
  for (std::int64_t last = -1;;) {
    std::vector<std::pair<std::int64_t, std::int64_t>> rows;
    {
      Statement row = CAMP_TRY(database_.statement("tags_from"));
      row.bind(last);
      while (CAMP_TRY(row.next())) {
        rows.emplace_back(row.integer(0), row.integer(1));
      }
    }
    for (const auto& [seq, live] : rows) {
      CAMP_TRY(tag(seq, live));
    }
    if (rows.empty()) {
      return {};
    }
    last = rows.back().first;
  }
}

}  // namespace camp::index
