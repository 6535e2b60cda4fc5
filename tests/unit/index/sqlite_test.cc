// SPDX-License-Identifier: MIT
#include "index/sqlite.h"

#include "catch.h"
#include "index/sql.h"
#include "support.h"

using namespace camp;
using namespace camp::index;
using namespace camp::index::test;

namespace {

std::string plan_of(Database& database, std::string_view query) {
  Statement row =
      get(database.prepare("EXPLAIN QUERY PLAN " + std::string(named_query(query).second)));
  row.bind();
  std::string plan;
  while (get(row.next())) {
    plan += row.string(3) + "\n";
  }
  return plan;
}

}  // namespace

TEST_CASE("every query of the index can be prepared") {
  const TempDir dir;
  get(Index::open(dir.path("index.db")));
  const auto database = get(Database::open(dir.path("index.db"), Database::Access::write));
  REQUIRE(query_names(queries_sql()).size() > 50);
  for (const std::string_view name : query_names(queries_sql())) {
    INFO(name);
    CHECK(database->statement(name).has_value());
  }
  const auto unknown = database->statement("no_such_query");
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().kind == Kind::bug);
}

TEST_CASE("pages are read from an index, in order, without sorting") {
  const TempDir dir;
  get(Index::open(dir.path("index.db")));
  const auto database = get(Database::open(dir.path("index.db"), Database::Access::write));
  for (const std::string_view name :
       {"page_down", "page_up", "page_author_down", "page_author_up", "page_tag_down",
        "page_tag_up", "posts_at", "posts_by_digest", "replies", "reactions", "object_versions",
        "found_down", "found_up", "scanned_down", "overtaken", "count"}) {
    INFO(name << "\n" << plan_of(*database, name));
    const std::string plan = plan_of(*database, name);
    CHECK(plan.find("TEMP B-TREE") == std::string::npos);
    CHECK(plan.find("SCAN o") == std::string::npos);
  }
  for (const std::string_view name : {"page_down", "page_author_down"}) {
    CHECK(plan_of(*database, name).find("COVERING INDEX") != std::string::npos);
  }
}

TEST_CASE("a connection is set up to distrust the file and to wipe what it deletes") {
  const TempDir dir;
  get(Index::open(dir.path("index.db")));
  const auto database = get(Database::open(dir.path("index.db"), Database::Access::write));
  CHECK(get(database->number("PRAGMA secure_delete")) == 1);
  CHECK(get(database->number("PRAGMA foreign_keys")) == 1);
  CHECK(get(database->number("PRAGMA synchronous")) == 1);
  CHECK(get(database->number("PRAGMA mmap_size")) == 0);
  CHECK(get(database->number("PRAGMA trusted_schema")) == 0);
  CHECK(get(database->number("PRAGMA busy_timeout")) == 5000);
  const auto refused = database->script("DELETE FROM fulltext_data");  // DEFENSIVE
  CHECK_FALSE(refused.has_value());
  Statement mode = get(database->prepare("PRAGMA journal_mode"));
  REQUIRE(get(mode.next()));
  CHECK(mode.text(0) == "wal");
}

TEST_CASE("a transaction that is left without commit leaves nothing") {
  const TempDir dir;
  get(Index::open(dir.path("index.db")));
  const auto database = get(Database::open(dir.path("index.db"), Database::Access::write));
  {
    const Transaction transaction = get(Transaction::write(*database));
    get(get(database->statement("note_set")).bind("a", "1").run());
    {
      Transaction inner = get(Transaction::write(*database));
      get(get(database->statement("note_set")).bind("b", "1").run());
      get(inner.commit());
    }
    CHECK(database->in_transaction());
  }
  CHECK_FALSE(database->in_transaction());
  CHECK(get(database->number("SELECT count(*) FROM note WHERE name IN ('a', 'b')")) == 0);
}

TEST_CASE("the same query can be open twice, and text with any bytes comes back whole") {
  const TempDir dir;
  get(Index::open(dir.path("index.db")));
  const auto database = get(Database::open(dir.path("index.db"), Database::Access::write));
  const std::string odd("a\0b\"';--\n%_", 11);
  get(get(database->statement("note_set")).bind("one", odd).run());
  get(get(database->statement("note_set")).bind("two", "").run());
  Statement first = get(database->statement("note"));
  REQUIRE(get(first.bind("one").next()));
  Statement second = get(database->statement("note"));
  REQUIRE(get(second.bind("two").next()));
  CHECK(first.string(0) == odd);
  CHECK(second.string(0).empty());
}

TEST_CASE("a snapshot is of one moment until its own connection writes") {
  const TempDir dir;
  get(Index::open(dir.path("index.db")));
  const auto own = get(Database::open(dir.path("index.db"), Database::Access::write));
  const auto other = get(Database::open(dir.path("index.db"), Database::Access::write));
  const auto put = [](Database& database, const char* value) {
    return get(database.statement("note_set")).bind("a", value).run();
  };
  const auto value = [&] {
    Statement row = get(own->statement("note"));
    return get(row.bind("a").next()) ? row.string(0) : std::string();
  };
  {
    const Snapshot snapshot = get(own->look());
    {
      const Snapshot inner = get(own->look());  // is the same one, and its end changes nothing
    }
    get(put(*other, "1"));
    CHECK(value().empty());
    CHECK(own->in_transaction());
    get(put(*own, "2"));  // SQLite alone would refuse it, for the other was faster
    CHECK_FALSE(own->in_transaction());
    get(put(*other, "3"));
    CHECK(value() == "3");
  }
  {
    const Snapshot snapshot = get(own->look());
    get(put(*other, "4"));
    Transaction transaction = get(Transaction::write(*own));
    CHECK(value() == "4");
    get(put(*own, "5"));
    get(transaction.commit());
  }
  {
    const Snapshot snapshot = get(own->look());
    Statement row = get(own->statement("note"));
    REQUIRE(get(row.bind("a").next()));
    get(put(*own, "6"));
    CHECK(row.string(0) == "5");  // a question that is being answered goes on
    CHECK_FALSE(get(row.next()));
  }
  CHECK_FALSE(own->in_transaction());
  get(put(*other, "7"));
  CHECK(value() == "7");
}

TEST_CASE("the version of a snapshot tells whether anybody has written") {
  const TempDir dir;
  get(Index::open(dir.path("index.db")));
  const auto own = get(Database::open(dir.path("index.db"), Database::Access::write));
  const auto other = get(Database::open(dir.path("index.db"), Database::Access::write));
  const auto version = [&] {
    const Snapshot snapshot = get(own->look());
    return own->version();
  };
  const std::int64_t first = version();
  CHECK(first != 0);
  CHECK(version() == first);
  get(get(other->statement("note_set")).bind("a", "1").run());
  const std::int64_t second = version();
  CHECK(second != first);
  get(get(own->statement("note_set")).bind("a", "2").run());
  const std::int64_t third = version();
  CHECK(third != second);
  CHECK(version() == third);
  {
    const Transaction left = get(Transaction::write(*own));
    get(get(own->statement("note_set")).bind("a", "3").run());
    CHECK(version() == 0);
  }
  get(get(other->statement("note_set")).bind("a", "4").run());
  CHECK(version() != third);
}
