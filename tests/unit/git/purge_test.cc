// SPDX-License-Identifier: MIT
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <set>

#include "support.h"

using namespace camp::git;
using namespace camp::git::test;
using camp::Kind;
using camp::Result;

namespace {

constexpr const char* kMarker = "Quittengelee-7319";

NewFile marked() {
  NewFile file = post(7);
  file.bytes = std::string("{\"content\":\"a secret about ") + kMarker + "\"}";
  return file;
}

/// Takes a path out of a branch and erases all that only its past held.
void purge(Repository& repository, const std::string& branch, const std::string& path) {
  const Oid old_tip = *need(repository.tip(branch));
  const Oid new_tip = need(repository.squash(branch, {path}));
  need(repository.erase_objects(need(repository.garbage_after({old_tip}, {new_tip}))));
}

Repository with_secret(const std::string& path) {
  Repository repository = need(Repository::create(path));
  need(repository.commit("main", {{{"members/ana", "{}"}}, {}, "m", 1}));
  need(repository.commit("e/2026-10", posts(200, 210)));
  for (int i = 0; i < 7; ++i) need(repository.commit("e/2026-11", one_post(i)));
  need(repository.commit("e/2026-11", {{marked()}, {}, "post", 1'790'000'007}));
  for (int i = 8; i < 15; ++i) need(repository.commit("e/2026-11", one_post(i)));
  return repository;
}

void require_others(const Repository& repository) {
  for (int i = 0; i < 15; ++i) {
    if (i == 7) continue;
    CHECK(need(repository.read_file("e/2026-11", post(i).path)) == post(i).bytes);
  }
  for (int i = 200; i < 210; ++i) {
    CHECK(need(repository.read_file("e/2026-10", post(i).path)) == post(i).bytes);
  }
  CHECK(need(repository.read_file("main", "members/ana")) == "{}");
}

void require_gone(const Repository& repository) {
  CHECK(find_word(repository, kMarker) == 0);
  require_sound(repository);
  require_others(repository);
}

}  // namespace

TEST_CASE("garbage is what only the past of a branch reaches") {
  const TempDir dir;
  Repository repository = with_secret(dir.path("r.git"));
  const Oid old_tip = *need(repository.tip("e/2026-11"));
  CHECK(need(repository.garbage_after({old_tip}, {})).empty());  // the branch still stands there
  const std::vector<Oid> before = all_objects(repository);
  const Oid new_tip = need(repository.squash("e/2026-11", {marked().path}));
  const std::vector<Oid> garbage = need(repository.garbage_after({old_tip}, {new_tip}));
  CHECK_FALSE(garbage.empty());
  CHECK(std::is_sorted(garbage.begin(), garbage.end()));
  CHECK(garbage == need(repository.unreachable_objects()));

  std::set<Oid> reachable;
  const std::string listing =
      git(repository, {"rev-list", "--objects", "--no-object-names", "--all"});
  for (std::size_t at = 0; at < listing.size(); at += 41) reachable.insert(listing.substr(at, 40));
  std::set<Oid> expected;
  for (const Oid& id : before) {
    if (reachable.count(id) == 0) expected.insert(id);
  }
  expected.erase("4b825dc642cb6eb9a060e54bf8d69288fbee4904");
  CHECK(std::set<Oid>(garbage.begin(), garbage.end()) == expected);
}

TEST_CASE("what another branch still holds is never garbage") {
  const TempDir dir;
  Repository repository = with_secret(dir.path("r.git"));
  SECTION("main, in its past") {
    need(repository.commit("main", {{marked()}, {}, "m", 2}));
    need(repository.commit("main", {{}, {marked().path}, "m", 3}));
  }
  SECTION("another month") { need(repository.commit("e/2026-10", {{marked()}, {}, "m", 2})); }
  purge(repository, "e/2026-11", marked().path);
  CHECK(find_word(repository, kMarker) > 0);
  require_sound(repository);
  require_others(repository);
}

TEST_CASE("an erased post leaves no trace, wherever its bytes were") {
  const TempDir dir;
  Repository repository = with_secret(dir.path("r.git"));
  const auto where = GENERATE("loose", "packed", "kept", "both", "two packs", "by git");
  INFO(where);
  const std::string place = where;
  if (place == "packed") need(repository.pack(need(repository.loose_objects())));
  if (place == "kept") need(repository.pack(need(repository.loose_objects()), true));
  if (place == "both") {
    need(repository.pack(need(repository.loose_objects())));
    // The same object once more, loose: as a writer with an old view of the packs would leave it.
    const std::string copy = dir.path("copy.git");
    Repository other = with_secret(copy);
    for (const Oid& id : need(other.loose_objects())) {
      const std::string name = "/objects/" + id.substr(0, 2) + "/" + id.substr(2);
      std::filesystem::create_directories(repository.path() + "/objects/" + id.substr(0, 2));
      std::filesystem::copy_file(copy + name, repository.path() + name);
    }
  }
  if (place == "two packs") {
    const std::vector<Oid> loose = need(repository.loose_objects());
    need(repository.pack(loose));
    const std::string copy = dir.path("copy.git");
    Repository other = with_secret(copy);
    need(other.pack({loose.begin(), loose.end() - 3}, true));
    for (const std::string& path : files_below(copy + "/objects/pack")) {
      std::filesystem::copy_file(path, repository.path() + "/objects/pack/" +
                                           std::filesystem::path(path).filename().string());
    }
    CHECK(count_packs(repository) == 2);
    repository = need(Repository::open(repository.path()));
  }
  if (place == "by git") git(repository, {"gc", "--quiet", "--aggressive"});
  write(repository.path() + "/objects/tmp_object_git2_x", std::string("half of ") + kMarker);
  write(repository.path() + "/objects/ab/tmp_obj_x", std::string("half of ") + kMarker);

  REQUIRE(find_word(repository, kMarker) > 0);  // else the search proves nothing
  const Oid old_tip = *need(repository.tip("e/2026-11"));
  purge(repository, "e/2026-11", marked().path);
  require_gone(repository);
  CHECK_FALSE(need(repository.has_object(old_tip)));
  CHECK(need(repository.unreachable_objects()).empty());
  if (place == "kept") CHECK(count_packs(repository, ".keep") == 1);
}

TEST_CASE("erasing is idempotent and forgives what is not there") {
  const TempDir dir;
  Repository repository = with_secret(dir.path("r.git"));
  need(repository.pack(need(repository.loose_objects())));
  const Oid old_tip = *need(repository.tip("e/2026-11"));
  need(repository.squash("e/2026-11", {marked().path}));
  std::vector<Oid> garbage = need(repository.garbage_after({old_tip}, {}));
  garbage.push_back(std::string(40, '1'));
  need(repository.erase_objects(garbage));
  const std::vector<std::string> files = files_below(repository.path());
  need(repository.erase_objects(garbage));
  need(repository.erase_objects({}));
  CHECK(files_below(repository.path()) == files);
  CHECK_FALSE(repository.erase_objects({"nonsense"}).has_value());
  // The past is gone: nothing is found a second time.
  CHECK(need(repository.garbage_after({old_tip}, {})).empty());
  require_gone(repository);
}

TEST_CASE("a pack that held nothing else goes altogether") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  const Oid tip = need(repository.commit("e/2026-11", posts(0, 10)));
  need(repository.pack(need(repository.loose_objects()), true));
  need(repository.remove_branch("e/2026-11", tip));
  need(repository.erase_objects(need(repository.garbage_after({tip}, {}))));
  // The empty tree stays: git takes it for given.
  CHECK(all_objects(repository).size() <= 1);
  CHECK(find_word(repository, "post number") == 0);
  require_sound(repository);
}

TEST_CASE("a live post whose delta base was erased is stored anew") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  std::string text;
  for (int i = 0; i < 40; ++i) text += post(i).bytes;
  std::vector<NewFile> versions;
  for (int i = 0; i < 6; ++i) {
    const std::string mark = "<version " + std::to_string(i) + ">";
    versions.push_back({"01/01/" + std::to_string(i) + ".json", text.substr(i * 100u) + mark});
  }
  need(repository.commit("e/2026-11", {versions, {}, "m", 1}));
  if (GENERATE(true, false)) {
    need(repository.pack(need(repository.loose_objects())));
  } else {
    git(repository, {"repack", "-adfq"});
    repository = need(Repository::open(repository.path()));
  }
  std::string names;
  for (const NewFile& file : versions) names += "e/2026-11:" + file.path + "\n";
  const std::string ids = git(repository, {"cat-file", "--batch-check=%(objectname)"}, names);
  const std::string bases = git(repository, {"cat-file", "--batch-check=%(deltabase)"}, names);
  std::size_t base = 0;  // a version that another one is stored as a difference to
  while (base < 6 && bases.find(ids.substr(base * 41, 40)) == std::string::npos) ++base;
  REQUIRE(base < 6);

  const std::string mark = "<version " + std::to_string(base) + ">";
  CHECK(find_word(repository, mark) > 0);
  purge(repository, "e/2026-11", versions[base].path);
  CHECK(find_word(repository, mark) == 0);
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (i == base) continue;
    CHECK(need(repository.read_file("e/2026-11", versions[i].path)) == versions[i].bytes);
  }
  require_sound(repository);
}

TEST_CASE("an erased post can be written again at once") {
  const TempDir dir;
  Repository repository = with_secret(dir.path("r.git"));
  Repository server = need(Repository::open(repository.path()));  // another process's open view
  if (GENERATE(true, false)) need(repository.pack(need(repository.loose_objects())));
  CHECK(need(server.read_file("e/2026-11", marked().path)) == marked().bytes);
  // Writing what is there makes libgit2 remember for two seconds that its pack is fresh.
  need(server.commit("e/2026-11", {{marked()}, {}, "nothing new", 5}));
  purge(repository, "e/2026-11", marked().path);
  // A view that still maps the old pack would take the object for present and not write it.
  Repository& writer = GENERATE(true, false) ? server : repository;
  need(writer.commit("e/2026-11", {{marked()}, {}, "again", 5}));
  require_sound(repository);
  const Repository fresh = need(Repository::open(repository.path()));
  CHECK(need(fresh.read_file("e/2026-11", marked().path)) == marked().bytes);
}

TEST_CASE("a reader goes on while packs are rewritten under it") {
  const TempDir dir;
  Repository repository = with_secret(dir.path("r.git"));
  need(repository.pack(need(repository.loose_objects())));
  const Repository untouched = need(Repository::open(repository.path()));  // has mapped nothing yet
  const Repository reader = need(Repository::open(repository.path()));
  CHECK(need(reader.read_file("e/2026-11", post(1).path)) == post(1).bytes);
  std::vector<Oid> blobs;
  const auto collect = [&](const Entry& entry) -> Result<bool> {
    blobs.push_back(entry.blob);
    return true;
  };
  need(reader.for_each_file(*need(reader.tip("e/2026-10")), "", collect));
  for (int round = 0; round < 5; ++round) {
    if (round == 0) purge(repository, "e/2026-11", marked().path);
    if (round == 1) need(repository.pack(need(repository.loose_objects())));
    if (round == 2) need(repository.pack_months({"e/2026-11"}));
    if (round == 3) {
      need(repository.squash("e/2026-10"));
      need(repository.erase_objects(need(repository.unreachable_objects())));
    }
    if (round == 4) need(repository.pack_months({"e/2026-10"}));
    for (const Oid& blob : blobs) CHECK_FALSE(need(reader.read_blob(blob)).empty());
    require_others(reader);
  }
  require_others(untouched);
}

TEST_CASE("a reader in another process sees whole posts while one writer purges and packs") {
  const TempDir dir;
  Repository repository = with_secret(dir.path("r.git"));
  const pid_t child = fork();
  if (child == 0) {
    auto reader = Repository::open(repository.path());
    if (!reader) _exit(2);
    while (true) {
      for (const int i : {0, 3, 14}) {
        const auto text = reader->read_file("e/2026-11", post(i).path);
        if (!text || !*text || **text != post(i).bytes) _exit(1);
      }
    }
  }
  for (int i = 0; i < (full_depth() ? 100 : 10); ++i) {
    need(repository.commit("e/2026-11", {{{"secret", std::to_string(i)}}, {}, "m", i}));
    need(repository.pack(need(repository.loose_objects())));
    purge(repository, "e/2026-11", "secret");
  }
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));  // else it ended by itself, because it missed something
  CHECK((WIFEXITED(status) ? WEXITSTATUS(status) : 0) == 0);
}

TEST_CASE("an erasure that is killed anywhere is finished by the next") {
  // The states that a kill can leave, made by hand: a replacement beside the old pack, a pack that
  // is half removed, loose files partly gone.
  const TempDir dir;
  Repository repository = with_secret(dir.path("r.git"));
  need(repository.pack(need(repository.loose_objects())));
  for (int i = 15; i < 20; ++i) need(repository.commit("e/2026-11", one_post(i)));
  const Oid old_tip = *need(repository.tip("e/2026-11"));
  need(repository.squash("e/2026-11", {marked().path}));
  const std::vector<Oid> garbage = need(repository.garbage_after({old_tip}, {}));
  const std::string before = dir.path("before.git");
  std::filesystem::copy(repository.path(), before, std::filesystem::copy_options::recursive);
  need(repository.erase_objects(garbage));
  require_gone(repository);

  const auto packs = [](const std::string& path) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path + "/objects/pack")) {
      names.insert(entry.path().filename());
    }
    return names;
  };
  const std::set<std::string> old_packs = packs(before);
  for (const std::string stage : {"index only", "both packs", "old pack gone", "some loose gone"}) {
    INFO(stage);
    const std::string killed = dir.path("killed.git");
    std::filesystem::remove_all(killed);
    std::filesystem::copy(before, killed, std::filesystem::copy_options::recursive);
    for (const std::string& name : packs(repository.path())) {
      if (old_packs.count(name) != 0 || (stage == "index only" && name.ends_with(".pack")))
        continue;
      std::filesystem::copy_file(repository.path() + "/objects/pack/" + name,
                                 killed + "/objects/pack/" + name);
    }
    if (stage == "old pack gone" || stage == "some loose gone") {
      for (const std::string& name : old_packs) {
        if (name.ends_with(".pack")) std::filesystem::remove(killed + "/objects/pack/" + name);
      }
    }
    if (stage == "some loose gone") {
      for (std::size_t i = 0; i < garbage.size(); i += 2) {
        std::filesystem::remove(killed + "/objects/" + garbage[i].substr(0, 2) + "/" +
                                garbage[i].substr(2));
      }
    }
    Repository next = need(Repository::open(killed));
    require_others(next);
    need(next.erase_objects(need(next.unreachable_objects())));
    require_gone(next);
    CHECK(count_packs(next) == 1);
    CHECK(all_objects(next) == all_objects(repository));
  }
}

TEST_CASE("an erasure that is killed at a random moment loses nothing and is finished later") {
  const unsigned seed = 4711;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const TempDir dir;
  Repository original = with_secret(dir.path("r.git"));
  need(original.pack(need(original.loose_objects())));
  for (int i = 15; i < 25; ++i) need(original.commit("e/2026-11", one_post(i)));
  for (int round = 0; round < (full_depth() ? 200 : 8); ++round) {
    const std::string copy = dir.path("copy.git");
    std::filesystem::remove_all(copy);
    std::filesystem::copy(original.path(), copy, std::filesystem::copy_options::recursive);
    const pid_t child = fork();
    if (child == 0) {
      auto repository = Repository::open(copy);
      if (!repository) _exit(2);
      const auto tip = repository->tip("e/2026-11");
      if (!repository->squash("e/2026-11", {marked().path})) _exit(3);
      const auto garbage = repository->garbage_after({**tip}, {});
      if (!garbage || !repository->erase_objects(*garbage)) _exit(4);
      _exit(0);
    }
    usleep(static_cast<useconds_t>(random() % 40'000));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) CHECK(WEXITSTATUS(status) == 0);

    Repository next = need(Repository::open(copy));
    need(next.remove_leftovers());
    require_others(next);
    need(next.squash("e/2026-11", {marked().path}));
    need(next.erase_objects(need(next.unreachable_objects())));
    require_gone(next);
  }
}

TEST_CASE("a store with a hole in it is not purged on a guess") {
  const TempDir dir;
  Repository repository = with_secret(dir.path("r.git"));
  const Oid old_tip = *need(repository.tip("e/2026-11"));
  need(repository.squash("e/2026-11", {marked().path}));
  const std::string tree = need(repository.tree_of(*need(repository.tip("e/2026-10"))));
  std::filesystem::remove(repository.path() + "/objects/" + tree.substr(0, 2) + "/" +
                          tree.substr(2));
  repository = need(Repository::open(repository.path()));
  const auto garbage = repository.garbage_after({old_tip}, {});
  REQUIRE_FALSE(garbage.has_value());
  CHECK(garbage.error().kind == Kind::damaged);
  CHECK_FALSE(repository.unreachable_objects().has_value());
}

TEST_CASE("what a branch's history holds and its tree does not is found before a squash") {
  const TempDir place;
  Repository repository = need(Repository::create(place.path("r.git")));
  CHECK(need(repository.overtaken_files("main")).empty());
  need(repository.commit("main", {{{"a", "one"}, {"b", "kept"}}, {}, "m", 1}));
  CHECK(need(repository.overtaken_files("main")).empty());
  need(repository.commit("main", {{{"a", "two"}}, {}, "m", 2}));
  need(repository.commit("main", {{{"a", "three"}, {"c", "one"}}, {}, "m", 3}));
  need(repository.commit("other", {{{"a", "elsewhere"}}, {}, "m", 4}));
  // "one" stands again, under another name.
  CHECK(need(repository.overtaken_files("main")) == std::vector<Oid>{need(blob_id("two"))});
  need(repository.squash("main"));
  CHECK(need(repository.overtaken_files("main")).empty());
}
