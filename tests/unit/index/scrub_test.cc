// SPDX-License-Identifier: MIT
// Deleted words are gone from the bytes of the file, not only from its tables.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "catch.h"
#include "index/sqlite.h"
#include "support.h"

using namespace camp;
using namespace camp::index;
using namespace camp::index::test;

namespace {

// Of letters that no id and no other word holds: what is found can only be this, and the full text,
// which leaves out what a term shares with the one before it, holds each three-letter part whole.
constexpr std::string_view kMarker = "QXJKVWZ";
constexpr std::string_view kPart = "JKV";
const Viewer kAna{"ana", {"local"}};

bool bytes_hold(const std::string& path, std::string_view text) {
  for (const std::string_view suffix : {"", "-wal", "-shm"}) {
    std::ifstream file(path + std::string(suffix), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (bytes.find(text) != std::string::npos) {
      return true;
    }
  }
  return false;
}

std::string filler(std::uint64_t number) {
  std::string text;
  for (int i = 0; i < 30; ++i, number = number * 6364136223846793005U + 1442695040888963407U) {
    constexpr const char* kWords[] = {"bread", "river", "candle", "summer", "letters", "harbour"};
    text += std::string(kWords[(number >> 33) % 6]) + std::to_string((number >> 40) % 97) + " ";
  }
  return text;
}

struct Fixture {
  TempDir dir;
  std::string path = dir.path("index.db");
  Index index = get(Index::open(path));
  ObjectRow secret = note("local", "ana", object_id(kDay + 500, 9500), "");

  Fixture() {
    get(index.apply(know(directory({"ana"}))));
    secret.content = secret.search_text = "before " + std::string(kMarker) + " after";
    secret.tags = {std::string(kMarker)};
  }
  void fill(std::uint64_t from, std::uint64_t to) {
    std::vector<ObjectRow> rows;
    for (std::uint64_t i = from; i < to; ++i) {
      rows.push_back(
          note("local", "ana", object_id(kDay + static_cast<std::int64_t>(i), i), filler(i)));
    }
    get(index.apply(bring(rows)));
  }
  std::size_t found() const { return get(index.search(kAna, {std::string(kPart)}, {})).size(); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "after scrub a purged post's words stand nowhere in the files") {
  const bool long_text = GENERATE(false, true);
  if (long_text) {
    secret.content += filler(1) + std::string(20000, 'x') + std::string(kMarker);
    secret.search_text = secret.content;
  }
  const int way = GENERATE(0, 1, 2, 3);
  if (way == 1) {
    get(index.rebuild([&]() -> Result<void> {
      CAMP_TRY(index.apply(know(directory({"ana"}))));
      return index.apply(bring({secret}));
    }));
  }
  fill(0, 700);
  REQUIRE(bytes_hold(path, kPart) == (way == 1));
  if (way == 0) {
    get(index.apply(bring({secret})));
  } else if (way == 2) {
    get(index.apply(bring({secret})));
    get(index.scrub());
  } else if (way == 3) {
    // Comes and is superseded in one transaction.
    get(index.apply(
        bring({secret, edit(secret, object_id(kDay + 600, 600), std::string(kMarker))})));
  }
  fill(700, 1400);
  REQUIRE(found() == 1);
  REQUIRE(bytes_hold(path, kMarker));
  REQUIRE(bytes_hold(path, kPart));

  get(index.apply(bring({}, {tombstone("local", "ana", object_id(kDay + 2000, 2000), secret.id)})));
  CHECK(found() == 0);
  std::vector<Changes> purge;
  for (const Overtaken& file : get(index.overtaken(INT64_MAX))) {
    const auto more = take(file.repository, file.branch, file.path);
    purge.insert(purge.end(), more.begin(), more.end());
  }
  REQUIRE(purge.size() == (way == 3 ? 2 : 1));
  get(index.apply(purge));
  REQUIRE(get(index.scrub()));
  CHECK_FALSE(bytes_hold(path, kMarker));
  CHECK_FALSE(bytes_hold(path, kPart));
  CHECK(get(index.check()).empty());
  CHECK(get(index.scrub()));
}

TEST_CASE_METHOD(Fixture, "scrub says when a reader keeps the log, and succeeds afterwards") {
  fill(0, 50);
  get(index.apply(bring({secret})));
  const auto reader = get(Database::open(path, Database::Access::read));
  get(reader->begin(false));
  get(reader->number("SELECT count(*) FROM object"));
  get(index.apply(take("local", secret.branch, secret.path)));
  CHECK_FALSE(get(index.scrub()));
  get(reader->commit());
  CHECK(get(index.scrub()));
  CHECK_FALSE(bytes_hold(path, kMarker));
  CHECK_FALSE(bytes_hold(path, kPart));
}

TEST_CASE_METHOD(Fixture, "a rebuild without a post leaves nothing of its words") {
  fill(0, 300);
  get(index.apply(bring({secret})));
  REQUIRE(bytes_hold(path, kMarker));
  get(index.rebuild([&] { return index.apply(know(directory({"ana"}))); }));
  fill(0, 10);
  REQUIRE(get(index.scrub()));
  CHECK_FALSE(bytes_hold(path, kMarker));
  CHECK_FALSE(bytes_hold(path, kPart));
}
