// SPDX-License-Identifier: MIT
#include "git/repository.h"

#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "support.h"

using namespace camp::git;
using namespace camp::git::test;
using camp::Kind;

TEST_CASE("a new repository is bare, private and has nothing but what camp needs") {
  const TempDir dir;
  const Repository repository = need(Repository::create(dir.path("a/b/public.git")));
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(repository.path())) {
    names.insert(entry.path().filename());
  }
  CHECK(names == std::set<std::string>{"HEAD", "config", "objects", "refs"});
  struct stat status {};
  REQUIRE(stat(repository.path().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
  CHECK(git(repository, {"config", "core.bare"}) == "true\n");
  CHECK(git(repository, {"config", "--file", repository.path() + "/config", "gc.auto"}) == "0\n");
  CHECK(git(repository, {"config", "http.getanyfile"}) == "false\n");
  CHECK(git(repository, {"symbolic-ref", "HEAD"}) == "refs/heads/main\n");
  CHECK(git(repository, {"rev-parse", "--show-object-format"}) == "sha1\n");
  CHECK(need(repository.branches()).empty());
  require_sound(repository);
}

TEST_CASE("a repository is not made over something else") {
  const TempDir dir;
  write(dir.path("x.git/file"), "mine");
  CHECK_FALSE(Repository::create(dir.path("x.git")).has_value());
  CHECK(read(dir.path("x.git/file")) == "mine");
  need(Repository::create(dir.path("y.git")));
  CHECK_FALSE(Repository::create(dir.path("y.git")).has_value());
}

TEST_CASE("opening what is no repository fails with a kind to act on") {
  const TempDir dir;
  const auto missing = Repository::open(dir.path("none.git"));
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().kind == Kind::not_found);
  std::filesystem::create_directory(dir.path("empty.git"));
  CHECK_FALSE(Repository::open(dir.path("empty.git")).has_value());
}

TEST_CASE("a repository of another user is refused with the way out") {
  const TempDir dir;
  need(Repository::create(dir.path("theirs.git")));
  if (chown(dir.path("theirs.git").c_str(), 65534, 65534) != 0) {
    WARN("skipped: only root can give a directory away");
    return;
  }
  const auto opened = Repository::open(dir.path("theirs.git"));
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().kind == Kind::refused);
  CHECK(opened.error().hint.find("run camp as") == 0);
}

TEST_CASE("the configuration of the machine and the user is not read") {
  const TempDir dir;
  write(dir.path("home/.gitconfig"),
        "[user]\n\tname = Somebody\n[core]\n\tlogAllRefUpdates = always\n");
  setenv("HOME", dir.path("home").c_str(), 1);
  setenv("XDG_CONFIG_HOME", dir.path("home").c_str(), 1);
  Repository repository = need(Repository::create(dir.path("r.git")));
  need(repository.commit("main", one_post(1)));
  CHECK_FALSE(std::filesystem::exists(dir.path("r.git/logs")));
  CHECK(git(repository, {"log", "-1", "--format=%an <%ae> %cn <%ce>", "main"}) ==
        "camp <camp@localhost> camp <camp@localhost>\n");
}

TEST_CASE("branches are listed by name, each with its tip") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  const Oid b = need(repository.commit("e/2026-11", one_post(1)));
  const Oid a = need(repository.commit("e/2026-10", one_post(2)));
  const Oid m = need(repository.commit("main", one_post(3)));
  const std::vector<Branch> branches = need(repository.branches());
  REQUIRE(branches.size() == 3);
  CHECK(branches[0].name == "e/2026-10");
  CHECK(branches[0].tip == a);
  CHECK(branches[1].name == "e/2026-11");
  CHECK(branches[1].tip == b);
  CHECK(branches[2].name == "main");
  CHECK(branches[2].tip == m);
  CHECK(need(repository.tip("main")) == m);
  CHECK(need(repository.tip("e/2020-01")) == std::nullopt);
  CHECK(a != b);
}

TEST_CASE("a bad branch name is an error and touches no file") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  for (const char* name : {"", "..", "../../x", "a..b", "/x", "x/", "e//x", "x.lock", "a b\n",
                           "x~1", "@{1}", ".git", "\xc3\xa9"}) {
    INFO(name);
    CHECK_FALSE(repository.tip(name).has_value());
    CHECK_FALSE(repository.commit(name, one_post(1)).has_value());
  }
  CHECK(need(repository.branches()).empty());
}

TEST_CASE("a branch is removed only where it is expected to stand") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  const Oid first = need(repository.commit("e/2026-11", one_post(1)));
  const Oid second = need(repository.commit("e/2026-11", one_post(2)));
  const auto refused = repository.remove_branch("e/2026-11", first);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == Kind::busy);
  need(repository.remove_branch("e/2026-11", second));
  need(repository.remove_branch("e/2026-11", second));
  CHECK(need(repository.branches()).empty());
}

TEST_CASE("the signature of the references changes with every move, whoever moves them") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  std::set<std::string> seen;
  std::size_t moves = 0;
  const auto look = [&] {
    ++moves;
    const RefsState state = need(repository.refs_signature());
    CHECK(state.recent);
    seen.insert(state.signature);
    usleep(
        20'000);  // past the tick of the kernel's file times: nearer ones are what `recent` is for
  };
  look();
  const Oid first = need(repository.commit("main", one_post(1)));
  look();
  need(repository.commit("main", one_post(2)));
  look();
  need(repository.commit("e/2026-11", one_post(3)));
  look();
  need(repository.commit("e/2026-11", one_post(4)));
  look();
  need(repository.squash("e/2026-11"));
  look();
  git(repository, {"update-ref", "refs/heads/main", first});
  look();
  git(repository, {"pack-refs", "--all"});
  look();
  need(repository.commit("main", one_post(5)));
  look();
  CHECK(seen.size() == moves);

  const std::string before = need(repository.refs_signature()).signature;
  need(repository.read_file("main", post(1).path));
  usleep(150'000);
  const RefsState quiet = need(repository.refs_signature());
  CHECK(quiet.signature == before);
  CHECK_FALSE(quiet.recent);
}

TEST_CASE("branches in packed-refs are read and moved like others") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  need(repository.commit("e/2026-11", one_post(1)));
  git(repository, {"pack-refs", "--all", "--prune"});
  const Oid next = need(repository.commit("e/2026-11", one_post(2)));
  CHECK(need(repository.tip("e/2026-11")) == next);
  CHECK(git(repository, {"rev-list", "--count", "e/2026-11"}) == "2\n");
  need(repository.remove_branch("e/2026-11", next));
  CHECK(need(repository.branches()).empty());
}
