// SPDX-License-Identifier: MIT
// A page of the home timeline, against the simplest query that could give one.
#include <fmt/core.h>
#include <sqlite3.h>

#include <filesystem>
#include <memory>

#include "base/ids.h"
#include "bench.h"
#include "notes.h"
#include "ops/open.h"
#include "ops/read.h"

namespace camp::bench {
namespace {

constexpr int kPages = 50;
constexpr std::size_t kPageSize = 20;

/// A table of id, author and text, and nothing else.
class BareTable {
 public:
  static Result<BareTable> create(const std::string& path, std::size_t posts) {
    std::filesystem::remove(path);
    BareTable table;
    sqlite3* database = nullptr;
    sqlite3_open(path.c_str(), &database);
    table.database_.reset(database);
    CAMP_TRY(table.fill(posts));
    sqlite3_stmt* query = nullptr;
    sqlite3_prepare_v2(database,
                       "SELECT id, author, content FROM post WHERE id < ? ORDER BY id DESC LIMIT ?",
                       -1, &query, nullptr);
    table.query_.reset(query);
    return table;
  }

  /// Bytes read, so that nothing is left out.
  std::size_t page(std::int64_t before) {
    std::size_t bytes = 0;
    sqlite3_bind_int64(query_.get(), 1, before);
    sqlite3_bind_int64(query_.get(), 2, kPageSize);
    while (sqlite3_step(query_.get()) == SQLITE_ROW) {
      for (const int column : {1, 2}) {
        const auto* const text = sqlite3_column_text(query_.get(), column);
        bytes += std::string(reinterpret_cast<const char*>(text)).size();
      }
    }
    sqlite3_reset(query_.get());
    return bytes;
  }

 private:
  Result<void> fill(std::size_t posts) {
    sqlite3* const database = database_.get();
    sqlite3_exec(database,
                 "PRAGMA synchronous=OFF; BEGIN;"
                 "CREATE TABLE post (id INTEGER PRIMARY KEY, author TEXT, content TEXT)",
                 nullptr, nullptr, nullptr);
    sqlite3_stmt* insert = nullptr;
    sqlite3_prepare_v2(database, "INSERT INTO post VALUES (?, ?, ?)", -1, &insert, nullptr);
    for (std::size_t i = 0; i < posts; ++i) {
      const std::string text = note_text(i), author(32, static_cast<char>('a' + i % 26));
      sqlite3_bind_int64(insert, 1, static_cast<std::int64_t>(i));
      sqlite3_bind_text(insert, 2, author.data(), 32, SQLITE_TRANSIENT);
      sqlite3_bind_text(insert, 3, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
      sqlite3_step(insert);
      sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    if (sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK) return {};
    return fail(Kind::failed, std::string("the bare table: ") + sqlite3_errmsg(database));
  }

  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3, Close> database_;
  std::unique_ptr<sqlite3_stmt, Close> query_;
};

/// Pages at moments spread over the whole time, in no order.
std::uint64_t spread(int page) { return static_cast<std::uint64_t>(page) * 7919 % 1000; }

class TimelineBench {
 public:
  static Result<TimelineBench> open(const Options& options, std::size_t posts) {
    TimelineBench bench(posts, CAMP_TRY(open_store(options, posts)),
                        CAMP_TRY(BareTable::create(options.scratch + "/bare.db", posts)));
    bench.actor_ = CAMP_TRY(ops::acting_member(bench.community_, ""));
    bench.viewer_ = CAMP_TRY(ops::viewer_of(bench.community_, bench.actor_));
    // Older pages reach back over nine tenths of what there is.
    bench.span_ms_ = static_cast<std::int64_t>(posts) * interval_ms(posts) / 10 * 9;
    return bench;
  }

  Result<void> round() {
    Stopwatch watch;
    for (int i = 0; i < kPages; ++i) {
      const auto posts = CAMP_TRY(ops::timeline(community_, actor_, {}));
      if (posts.size() != kPageSize) return fail(Kind::bug, "a page is not full");
    }
    newest_.take(watch.us() / kPages);
    watch = Stopwatch();
    for (int i = 0; i < kPages; ++i) CAMP_TRY(older_page(i));
    older_.take(watch.us() / kPages);
    watch = Stopwatch();
    for (int i = 0; i < kPages; ++i) {
      bytes_ += table_.page(static_cast<std::int64_t>(posts_ - posts_ * 9 / 10 * spread(i) / 1000));
    }
    bare_.take(watch.us() / kPages);
    return {};
  }

  void report_rows() const {
    const std::string bare = duration(bare_.us()) + " bare SQLite";
    report("home timeline, the newest page", posts_, duration(newest_.us()), bare,
           {newest_.us() / 1000, " ms", 2.0});
    report("home timeline, older pages", posts_, duration(older_.us()), bare,
           {older_.us() / 1000, " ms", 2.0});
    report("home timeline, older pages: times bare SQLite", posts_, duration(older_.us()), bare,
           {older_.us() / bare_.us(), "x"});
  }

 private:
  TimelineBench(std::size_t posts, store::Community community, BareTable table)
      : posts_(posts), community_(std::move(community)), table_(std::move(table)) {}

  Result<void> older_page(int page) {
    const auto back = span_ms_ / 1000 * static_cast<std::int64_t>(spread(page));
    index::Query query;
    query.before = ObjectId::floor_at(kNowMs - back);
    const auto posts = CAMP_TRY(community_.index().timeline(viewer_, query));
    if (posts.size() == kPageSize) return {};
    return fail(Kind::bug, "a page is not full");
  }

  std::size_t posts_;
  store::Community community_;
  BareTable table_;
  ops::Actor actor_;
  index::Viewer viewer_;
  std::int64_t span_ms_ = 0;
  std::size_t bytes_ = 0;
  Fastest newest_, older_, bare_;
};

}  // namespace

Result<void> bench_timeline(const Options& options) {
  for (std::size_t i = 1; i < options.sizes.size(); ++i) {
    auto bench = CAMP_TRY(TimelineBench::open(options, options.sizes[i]));
    for (int round = 0; round < 2 * options.rounds; ++round) CAMP_TRY(bench.round());
    bench.report_rows();
  }
  std::filesystem::remove(options.scratch + "/bare.db");
  return {};
}

}  // namespace camp::bench
