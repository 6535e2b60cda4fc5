// SPDX-License-Identifier: MIT
#include <algorithm>

#include "support.h"

using namespace camp::git;
using namespace camp::git::test;
using camp::Kind;
using camp::Result;

TEST_CASE("loose objects are listed and estimated") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  CHECK(need(repository.loose_objects()).empty());
  CHECK(need(repository.count_loose_estimate()) == 0);
  need(repository.commit("e/2026-11", posts(0, 2000)));
  const std::vector<Oid> loose = need(repository.loose_objects());
  CHECK(loose == all_objects(repository));
  const std::size_t estimate = need(repository.count_loose_estimate());
  CHECK(estimate > loose.size() / 2);
  CHECK(estimate < loose.size() * 2);
}

TEST_CASE("packing takes exactly the listed objects and leaves everything readable") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  const Repository reader = need(Repository::open(repository.path()));
  for (int i = 0; i < 30; ++i) need(repository.commit("e/2026-11", one_post(i)));
  const std::vector<Oid> listed = need(repository.loose_objects());
  for (int i = 30; i < 35; ++i) need(repository.commit("e/2026-11", one_post(i)));
  const std::vector<Oid> before = all_objects(repository);
  need(repository.pack(listed));
  CHECK(count_packs(repository) == 1);
  CHECK(count_packs(repository, ".keep") == 0);
  const std::vector<Oid> left = need(repository.loose_objects());
  CHECK(left.size() == before.size() - listed.size());
  for (const Oid& id : left) CHECK_FALSE(std::binary_search(listed.begin(), listed.end(), id));
  CHECK(all_objects(repository) == before);
  for (int i = 0; i < 35; ++i) {
    CHECK(need(repository.read_file("e/2026-11", post(i).path)) == post(i).bytes);
    CHECK(need(reader.read_file("e/2026-11", post(i).path)) == post(i).bytes);
  }
  need(repository.commit("e/2026-11", one_post(36)));
  require_sound(repository);

  // Doing it again, or with objects that are gone, changes nothing.
  need(repository.pack({}));
  need(repository.pack({std::string(40, '1')}));
  CHECK(count_packs(repository) == 1);
  CHECK_FALSE(repository.pack({"nonsense"}).has_value());
}

TEST_CASE("an object that cannot be read is not lost by packing") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  need(repository.commit("main", posts(0, 10)));
  const std::vector<Oid> loose = need(repository.loose_objects());
  const std::string path =
      repository.path() + "/objects/" + loose[0].substr(0, 2) + "/" + loose[0].substr(2);
  std::filesystem::remove(path);
  write(path, "");
  const auto result = repository.pack(loose);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().kind == Kind::damaged);
  CHECK(need(repository.loose_objects()) == loose);
  CHECK(count_packs(repository) == 0);
}

TEST_CASE("a month becomes one kept pack and leaves every other") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  // Three packs, each a mixture of two months and main, as daily packing leaves them.
  for (int day = 0; day < 3; ++day) {
    for (int i = 0; i < 5; ++i) {
      need(repository.commit("e/2026-10", one_post(day * 10 + i)));
      need(repository.commit("e/2026-11", one_post(100 + day * 10 + i)));
    }
    need(repository.commit("main", {{{"profile", std::to_string(day)}}, {}, "m", day}));
    need(repository.pack(need(repository.loose_objects())));
  }
  const auto refused = repository.pack_months({"e/2026-10"});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().hint == "squash it first");

  const Oid old_tip = *need(repository.tip("e/2026-10"));
  const Oid new_tip = need(repository.squash("e/2026-10"));
  need(repository.erase_objects(need(repository.garbage_after({old_tip}, {new_tip}))));
  const std::vector<Oid> everything = all_objects(repository);
  need(repository.pack_months({"e/2026-10"}));
  CHECK(all_objects(repository) == everything);
  require_sound(repository);

  CHECK(count_packs(repository, ".keep") == 1);
  CHECK(count_packs(repository) == 2);
  std::size_t stored = 0;
  for (const std::string& path : files_below(repository.path() + "/objects/pack")) {
    if (!path.ends_with(".idx")) continue;
    const std::string listing = git(repository, {"show-index"}, read(path));
    stored += static_cast<std::size_t>(std::count(listing.begin(), listing.end(), '\n'));
  }
  CHECK(stored + need(repository.loose_objects()).size() == everything.size());

  const std::vector<std::string> files = files_below(repository.path());
  need(repository.pack_months({"e/2026-10"}));  // nothing to do
  CHECK(files_below(repository.path()) == files);

  // A late post: squashed and packed again, the old pack of the month goes.
  const Oid late = need(repository.commit("e/2026-10", one_post(77)));
  need(repository.squash("e/2026-10"));
  need(repository.erase_objects(need(repository.garbage_after({late}, {}))));
  need(repository.pack_months({"e/2026-10"}));
  CHECK(count_packs(repository, ".keep") == 1);
  CHECK(count_packs(repository) == 2);
  CHECK(need(repository.unreachable_objects()).empty());
  require_sound(repository);
}

TEST_CASE("a kept pack survives git's own gc") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  need(repository.commit("e/2026-10", posts(0, 20)));
  need(repository.squash("e/2026-10"));
  need(repository.pack_months({"e/2026-10"}));
  need(repository.commit("e/2026-11", posts(20, 40)));
  git(repository, {"gc", "--prune=now", "--quiet"});
  CHECK(count_packs(repository, ".keep") == 1);
  const Repository again = need(Repository::open(repository.path()));
  CHECK(need(again.read_file("e/2026-10", post(3).path)) == post(3).bytes);
  // What gc left behind (bitmaps, graphs, indexes of packs) does not get in the way of an erasure.
  git(repository, {"commit-graph", "write", "--reachable"});
  git(repository, {"multi-pack-index", "write"});
  const Oid old_tip = *need(repository.tip("e/2026-11"));
  need(repository.squash("e/2026-11", {post(25).path}));
  need(repository.erase_objects(need(repository.garbage_after({old_tip}, {}))));
  CHECK(find_word(repository, "post number 25 ") == 0);
  require_sound(repository);
}

TEST_CASE("loose blobs that nobody wants are swept, the others stay") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  need(repository.commit("e/2026-11", posts(0, 5)));
  const std::string orphan =
      git(repository, {"hash-object", "-w", "--stdin"}, "words of the dead").substr(0, 40);
  git(repository, {"hash-object", "-w", "--stdin"}, std::string(5000, 'l'));
  std::size_t shown = 0;
  const auto sweep = [&](const Oid&, const std::string& bytes) -> Result<Sweep> {
    ++shown;
    return bytes == "words of the dead" ? Sweep::remove : Sweep::keep;
  };
  need(repository.for_each_loose_blob(sweep, 1000));
  CHECK(shown == 6);
  CHECK_FALSE(need(repository.has_object(orphan)));
  CHECK(find_word(repository, "words of the dead") == 0);
  CHECK(need(repository.loose_objects()).size() == all_objects(repository).size());
  shown = 0;
  need(repository.for_each_loose_blob(sweep));
  CHECK(shown == 6);
  const auto failed =
      repository.for_each_loose_blob([](const Oid&, const std::string&) -> Result<Sweep> {
        return camp::fail(Kind::conflict, "x");
      });
  CHECK_FALSE(failed.has_value());
  require_sound(repository);
}
