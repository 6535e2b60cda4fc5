// SPDX-License-Identifier: MIT
// What looks at the file as a whole: the dump, SQLite's checks, and the removal of deleted words.
#include "index/handle.h"
#include "index/index.h"

namespace camp::index {

namespace {

/// One line of the dump: fields between tabs, with tabs, line ends and backslashes escaped.
class Line {
 public:
  explicit Line(std::string_view table) : text_(table) {}
  Line& add(std::string_view field) {
    text_ += '\t';
    for (const char c : field) {
      switch (c) {
        case '\t':
          text_ += "\\t";
          break;
        case '\n':
          text_ += "\\n";
          break;
        case '\r':
          text_ += "\\r";
          break;
        case '\\':
          text_ += "\\\\";
          break;
        default:
          text_ += c;
      }
    }
    return *this;
  }
  std::string_view text() const { return text_; }

 private:
  std::string text_;
};

using Sink = std::function<void(std::string_view)>;

/// A table whose query gives the columns as they are to be printed; `blob` is stored as bytes.
Result<void> dump_plain(Database& database, std::string_view query, std::string_view table,
                        int columns, int blob, const Sink& sink) {
  Statement row = CAMP_TRY(database.statement(query));
  row.bind();
  while (CAMP_TRY(row.next())) {
    Line line(table);
    for (int i = 0; i < columns; ++i) {
      line.add(i == blob ? blob_text(row, i) : row.text(i));
    }
    sink(line.text());
  }
  return {};
}

Result<void> dump_object(Database& database, Reader& reader, std::int64_t seq, const Sink& sink) {
  const ObjectRow object = CAMP_TRY(reader.object(seq));
  Statement derived = CAMP_TRY(database.statement("dump_derived"));
  CAMP_TRY(derived.bind(seq).next());
  Line line("object");
  line.add(object.repository).add(object.branch).add(object.path).add(object.blob).add(object.id);
  line.add(object.target).add(object.type).add(object.author).add(object.community);
  line.add(object.audience).add(object.listed ? "listed" : "unlisted").add(object.about);
  line.add(object.collection).add(object.in_reply_to).add(object.media_type).add(object.language);
  line.add(pack(object.attachments)).add(pack(object.tags)).add(pack(object.mentions));
  line.add(std::to_string(static_cast<int>(object.verdict))).add(object.key);
  line.add(derived.text(0)).add(derived.text(1)).add(derived.text(2));
  line.add(object.summary).add(object.content).add(object.search_text);
  sink(line.text());
  return {};
}

}  // namespace

Result<void> Index::dump(const std::function<void(std::string_view line)>& line) const {
  Database& database = *handle_->database;
  const Transaction snapshot = CAMP_TRY(Transaction::read(database));
  line(Line("community").add(CAMP_TRY(community_name())).text());
  CAMP_TRY(dump_plain(database, "dump_files", "file", 3, -1, line));
  CAMP_TRY(dump_plain(database, "dump_members", "member", 8, -1, line));
  CAMP_TRY(dump_plain(database, "dump_keys", "key", 5, -1, line));
  CAMP_TRY(dump_plain(database, "dump_vouched", "vouched", 3, -1, line));
  CAMP_TRY(dump_plain(database, "dump_hidden", "hidden", 2, -1, line));
  CAMP_TRY(dump_plain(database, "blocked", "blocked", 2, -1, line));
  CAMP_TRY(dump_plain(database, "dump_profiles", "profile", 5, -1, line));
  {
    Statement row = CAMP_TRY(database.statement("dump_objects"));
    row.bind();
    while (CAMP_TRY(row.next())) {
      CAMP_TRY(dump_object(database, handle_->reader, row.integer(0), line));
    }
  }
  CAMP_TRY(dump_plain(database, "dump_tombstones", "tombstone", 12, 3, line));
  return dump_plain(database, "dump_tagged", "tagged", 4, -1, line);
}

Result<bool> Index::scrub() {
  CAMP_TRY(handle_->require_writable());
  Database& database = *handle_->database;
  Transaction transaction = CAMP_TRY(Transaction::write(database));
  bool unclean = false;
  {
    Statement note = CAMP_TRY(database.statement("note"));
    unclean = CAMP_TRY(note.bind("unclean").next()) && note.text(0) == "1";
  }
  if (unclean) {
    // Deleted terms stay in the full text until its parts are merged.
    CAMP_TRY(CAMP_TRY(database.statement("fulltext_optimize")).run());
    CAMP_TRY(CAMP_TRY(database.statement("note_set")).bind("unclean", "0").run());
  }
  CAMP_TRY(transaction.commit());
  return database.truncate_log();
}

Result<std::vector<std::string>> Index::check() const {
  Database& database = *handle_->database;
  std::vector<std::string> problems;
  {
    Statement row = CAMP_TRY(database.prepare("PRAGMA integrity_check(100)"));
    while (true) {
      const Result<bool> more = row.next();
      if (!more) {
        problems.push_back(more.error().message);
        return problems;
      }
      if (!*more) {
        break;
      }
      if (row.text(0) != "ok") {
        problems.push_back(row.string(0));
      }
    }
  }
  if (!database.read_only()) {
    Statement words = CAMP_TRY(database.statement("fulltext_check"));
    if (const Result<void> sound = words.run(); !sound) {
      problems.push_back("the full text does not match the posts: " + sound.error().message);
    }
  }
  return problems;
}

}  // namespace camp::index
