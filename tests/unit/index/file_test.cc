// SPDX-License-Identifier: MIT
// The file itself: made, private, of another version, damaged, read-only.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "catch.h"
#include "index/sqlite.h"
#include "support.h"

using namespace camp;
using namespace camp::index;
using namespace camp::index::test;

namespace {

const Viewer kAna{"ana", {"local"}};

void put(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// Some posts, and everything in the one file.
void fill(const std::string& path) {
  Index index = get(Index::open(path));
  get(index.apply(know(directory({"ana"}))));
  std::vector<ObjectRow> rows;
  for (std::uint64_t i = 0; i < 300; ++i) {
    rows.push_back(note("local", "ana", object_id(kDay, i), "some words " + std::to_string(i)));
  }
  get(index.apply(bring(rows)));
  get(index.scrub());
}

/// Asks everything; only the kind of a failure matters, and that it ends.
std::vector<Kind> ask_all(Index& index) {
  std::vector<Kind> kinds;
  const auto note_kind = [&](const auto& result) {
    if (!result) {
      kinds.push_back(result.error().kind);
    }
  };
  Query query;
  query.limit = 1000;
  note_kind(index.timeline(kAna, query));
  note_kind(index.search(kAna, {"words"}, query));
  note_kind(index.search(kAna, {"wo"}, query));
  note_kind(index.thread(kAna, object_id(kDay, 5)));
  note_kind(index.dump([](std::string_view) {}));
  note_kind(index.check());
  note_kind(index.apply(bring({note("local", "ana", object_id(kDay, 999), "more")})));
  note_kind(index.scrub());
  return kinds;
}

}  // namespace

TEST_CASE("a new index is empty, private and in order") {
  const TempDir dir;
  const Index index = get(Index::open(dir.path("index.db")));
  struct stat info {};
  for (const std::string_view name : {"index.db", "index.db-wal"}) {
    REQUIRE(::stat(dir.path(name).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
  }
  CHECK_FALSE(index.read_only());
  CHECK(get(index.repositories()).empty());
  CHECK(get(index.newest_ms()) == 0);
  CHECK(get(index.count("local")) == 0);
  CHECK(get(index.community_name()).empty());
  CHECK(get(index.timeline(kAna, {})).empty());
  CHECK(get(index.check()).empty());
}

TEST_CASE("a directory that is not there is an error") {
  const TempDir dir;
  const auto index = Index::open(dir.path("nowhere/index.db"));
  REQUIRE_FALSE(index.has_value());
  CHECK(index.error().kind == Kind::failed);
}

TEST_CASE("the directory of people is read back, and marks and tips are kept beside it") {
  const TempDir dir;
  const std::string path = dir.path("index.db");
  Index index = get(Index::open(path));
  Directory people = directory({"bo", "ana"});
  people.keys.push_back({"ana", "did:key:z6Old", "server", "", true});
  Changes changes;
  changes.repository = "public";
  changes.tips = {{"main", "c1"}, {"e/2026-11", "c2"}};
  changes.directory = people;
  get(index.apply({changes}));
  get(index.set_mark("public", "stamp"));
  index = get(Index::open(path));
  CHECK(get(index.community_name()) == "Friend Camp");
  const auto members = get(index.members());
  REQUIRE(members.size() == 2);
  CHECK(members[0].handle == "@ana");
  CHECK(members[0].claimed);
  CHECK(dump(index).find("did:key:z6Old") != std::string::npos);
  CHECK(get(index.mark("public")) == "stamp");
  CHECK(get(index.mark("local")).empty());
  const auto tips = get(index.tips("public"));
  REQUIRE(tips.size() == 2);
  CHECK(tips[1].branch == "main");
  CHECK(tips[1].commit == "c1");
}

TEST_CASE("an index of another version is emptied") {
  const TempDir dir;
  const std::string path = dir.path("index.db");
  fill(path);
  {
    const auto database = get(Database::open(path, Database::Access::write));
    get(database->script(
        "PRAGMA user_version=77; CREATE TABLE \"od\"\"d\" (x); CREATE INDEX i ON member (name)"));
  }
  const Index index = get(Index::open(path));
  CHECK(get(index.timeline(kAna, {})).empty());
  CHECK(get(index.check()).empty());
  fill(path);
  CHECK(get(index.timeline(kAna, {})).size() == 20);
}

TEST_CASE("a file that is no database is damaged, and says what to do") {
  const TempDir dir;
  const std::string path = dir.path("index.db");
  put(path, GENERATE(as<std::string>(), "garbage", std::string(5000, 'x'),
                     "SQLite format 3" + std::string(3000, '\xff')));
  const auto index = Index::open(path);
  REQUIRE_FALSE(index.has_value());
  CHECK(index.error().kind == Kind::damaged);
  CHECK(index.error().hint == "run `camp reindex`");
  get(Index::discard(path));
  CHECK(Index::open(path).has_value());
}

TEST_CASE("a truncated file is damaged, however much is left") {
  const TempDir dir;
  const std::string path = dir.path("index.db");
  fill(path);
  const auto size = std::filesystem::file_size(path);
  for (const std::uintmax_t part : {1U, 2U, 5U, 9U}) {
    INFO(part << " tenths of " << size);
    const std::string copy = dir.path("copy.db");
    get(Index::discard(copy));
    std::filesystem::copy_file(path, copy);
    std::filesystem::resize_file(copy, size * part / 10);
    auto index = Index::open(copy);
    if (!index) {
      CHECK(index.error().kind == Kind::damaged);
      continue;
    }
    const std::vector<Kind> kinds = ask_all(*index);
    CHECK((!kinds.empty() || !get(index->check()).empty()));
  }
}

TEST_CASE("overwritten pages give errors, never a crash") {
  const TempDir dir;
  const std::string path = dir.path("index.db");
  fill(path);
  const auto pages = std::filesystem::file_size(path) / 4096;
  for (std::uintmax_t page = 0; page < pages; ++page) {
    INFO("page " << page);
    const std::string copy = dir.path("copy.db");
    get(Index::discard(copy));
    std::filesystem::copy_file(path, copy);
    {
      std::fstream file(copy, std::ios::binary | std::ios::in | std::ios::out);
      file.seekp(static_cast<std::streamoff>(page * 4096 + (page == 0 ? 100 : 0)));
      for (int i = 0; i < 1000; ++i) {
        file.put(static_cast<char>(i * 37));
      }
    }
    auto index = Index::open(copy);
    if (!index) {
      CHECK(index.error().kind == Kind::damaged);
      continue;
    }
    for (const Kind kind : ask_all(*index)) {
      CHECK((kind == Kind::damaged || kind == Kind::failed || kind == Kind::bug));
    }
  }
}

TEST_CASE("in a directory that cannot be written the index is read") {
  const TempDir dir;
  const std::string path = dir.path("index.db");
  fill(path);
  const bool log_left_behind = GENERATE(false, true);
  // While `writer` lives, its log and shared memory stand beside the file.
  auto writer = Index::open(path);
  if (!log_left_behind) {
    get(std::move(writer));
  }
  std::filesystem::permissions(dir.path(), std::filesystem::perms(0555));
  for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
    std::filesystem::permissions(entry.path(), std::filesystem::perms(0444));
  }
  const bool root = ::geteuid() == 0;
  if (root) {
    REQUIRE(::seteuid(65534) == 0);  // modes do not bind root
  }
  auto index = Index::open(path);
  std::size_t found = 0;
  bool read_only = false, refused = false;
  if (index) {
    read_only = index->read_only();
    const auto posts = index->search(kAna, {"words"}, {});
    found = posts ? posts->size() : 0;
    refused = !index->apply(bring({note("local", "ana", object_id(kDay, 999), "more")})) &&
              !index->set_mark("local", "x") && !index->rebuild([] { return Result<void>(); }) &&
              !index->scrub() && !index->forget_verdicts();
  }
  if (root) {
    REQUIRE(::seteuid(0) == 0);
  }
  REQUIRE(index.has_value());
  CHECK(read_only);
  CHECK(found == 20);
  CHECK(refused);
}

TEST_CASE("a rebuild that is killed leaves the old content") {
  const TempDir dir;
  const std::string path = dir.path("index.db");
  fill(path);
  const std::string before = dump(get(Index::open(path)));
  const ::pid_t child = ::fork();
  if (child == 0) {
    auto index = Index::open(path);
    const auto done = index->rebuild([&]() -> Result<void> {
      for (std::uint64_t i = 0; i < 20; ++i) {  // more than the page cache holds
        std::vector<ObjectRow> rows;
        for (std::uint64_t j = 0; j < 50; ++j) {
          rows.push_back(
              note("public", "zed", object_id(kDay, i * 50 + j), std::string(20000, 'x')));
        }
        CAMP_TRY(index->apply(bring(rows)));
      }
      ::_exit(9);
    });
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 9);
  CHECK(std::filesystem::file_size(path + "-wal") > (8U << 20));
  const Index index = get(Index::open(path));
  CHECK(dump(index) == before);
  CHECK(get(index.check()).empty());
}

TEST_CASE("two connections see each other's work") {
  const TempDir dir;
  const std::string path = dir.path("index.db");
  Index one = get(Index::open(path));
  const Index two = get(Index::open(path));
  get(one.apply(know(directory({"ana"}))));
  get(one.apply(bring({note("local", "ana", object_id(kDay, 1), "one")})));
  CHECK(get(two.timeline(kAna, {})).size() == 1);
  get(one.rebuild([&]() -> Result<void> {
    CHECK(get(two.timeline(kAna, {})).size() == 1);  // until it is done, the old content
    CAMP_TRY(one.apply(know(directory({"zed", "ana"}))));
    return one.apply(bring({note("public", "zed", object_id(kDay, 2), "two"),
                            note("local", "ana", object_id(kDay, 3), "three")}));
  }));
  const auto posts = get(two.timeline(kAna, {}));
  REQUIRE(posts.size() == 1);
  CHECK(posts[0].content == "three");
  CHECK(posts[0].author == "ana");
}

TEST_CASE("what another process writes is seen, however often this one has opened the file") {
  const TempDir dir;
  const Index first = get(Index::open(dir.path("index.db")));
  CHECK(get(first.mark("public")).empty());
  get(Index::open(dir.path("index.db")));  // opened and closed again
  for (const char* mark : {"one", "two"}) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      // The last connection of this process closes the file, as that of each command does.
      bool done = false;
      {
        auto opened = Index::open(dir.path("index.db"));
        done = opened && opened->set_mark("public", mark);
      }
      ::_exit(done ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    CHECK(get(first.mark("public")) == mark);
  }
}
