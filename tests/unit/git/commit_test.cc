// SPDX-License-Identifier: MIT
#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "support.h"

using namespace camp::git;
using namespace camp::git::test;
using camp::Kind;

TEST_CASE("a commit says who, when and what, in the same words everywhere") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  Change change = one_post(1);
  change.message = "post @bo k7f2q1a";
  change.time = 1'795'000'000;
  const Oid tip = need(repository.commit("e/2026-11", change));
  const std::string tree = need(repository.tree_of(tip));
  CHECK(git(repository, {"cat-file", "commit", tip}) ==
        "tree " + tree +
            "\nauthor camp <camp@localhost> 1795000000 +0000\n"
            "committer camp <camp@localhost> 1795000000 +0000\n\npost @bo k7f2q1a\n");
  require_sound(repository);
}

TEST_CASE("a squashed month is known by its commit alone") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  const Oid first = need(repository.commit("e/2026-10", {{{"01/00/a", "1"}}, {}, "one", 5}));
  CHECK_FALSE(need(repository.is_squashed("e/2026-10", first)));
  const Oid squashed = need(repository.squash("e/2026-10"));
  CHECK(need(repository.is_squashed("e/2026-10", squashed)));
  CHECK_FALSE(need(repository.is_squashed("e/2026-11", squashed)));
  const Oid late = need(repository.commit("e/2026-10", {{{"01/00/b", "2"}}, {}, "two", 6}));
  CHECK_FALSE(need(repository.is_squashed("e/2026-10", late)));
}

TEST_CASE("the id of a blob is known before it is written") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  const Oid tip = need(repository.commit("main", {{{"a", "some words"}}, {}, "m", 1}));
  const Oid blob = need(blob_id("some words"));
  CHECK(need(repository.read_blob(blob)) == "some words");
  CHECK(git(repository, {"rev-parse", tip + ":a"}, "") == blob + "\n");
}

TEST_CASE("libgit2 does not get to read the machine's certificates") {
  const TempDir dir;
  need(Repository::create(dir.path("r.git")));
  void* const reader = ::dlsym(RTLD_DEFAULT, "mbedtls_x509_crt_parse_file");
  Dl_info where{};
  if (reader == nullptr || ::dladdr(reader, &where) == 0) return;  // another TLS library
  CHECK(std::string_view(where.dli_fname).find("mbed") == std::string_view::npos);
}

TEST_CASE("a month starts with a commit without a parent and grows by one a commit") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  const Oid first = need(repository.commit("e/2026-11", one_post(1)));
  CHECK(git(repository, {"rev-list", "--parents", "-1", first}) == first + "\n");
  const Oid second = need(repository.commit("e/2026-11", one_post(2)));
  CHECK(git(repository, {"rev-list", "--parents", "-1", second}) == second + " " + first + "\n");
  CHECK(need(repository.history_length(second, 100)) == 2);
  CHECK(need(repository.history_length(second, 1)) == 1);
}

TEST_CASE("files are added, replaced and removed, and empty directories go") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  need(repository.commit("main", {{{"a", "1"}, {"d/e/f/g/h", "2"}, {"d/x", "3"}}, {}, "m", 0}));
  CHECK(need(repository.read_file("main", "d/e/f/g/h")) == "2");
  need(repository.commit("main", {{{"a", "new"}, {"z", ""}}, {"d/e/f/g/h"}, "m", 0}));
  CHECK(need(repository.read_file("main", "a")) == "new");
  CHECK(need(repository.read_file("main", "z")) == "");
  CHECK(need(repository.read_file("main", "d/e/f/g/h")) == std::nullopt);
  CHECK(git(repository, {"ls-tree", "-rt", "--name-only", "main"}) == "a\nd\nd/x\nz\n");
  need(repository.commit("main", {{}, {"d/x", "a", "z"}, "m", 0}));
  CHECK(git(repository, {"ls-tree", "-rt", "main"}).empty());
  need(repository.commit("main", {{{"again", "x"}}, {}, "m", 0}));
  CHECK(need(repository.read_file("main", "again")) == "x");
  require_sound(repository);
}

TEST_CASE("a change that changes nothing makes no commit") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  const auto nothing = repository.commit("main", {{}, {"x"}, "m", 0});
  REQUIRE_FALSE(nothing.has_value());
  const Oid tip = need(repository.commit("main", one_post(1)));
  CHECK(need(repository.commit("main", one_post(1))) == tip);
  CHECK(need(repository.commit("main", {{}, {"not/there", "t"}, "m", 0})) == tip);
  CHECK(need(repository.commit("main", {{}, {}, "m", 0})) == tip);
  // A directory is not a file: it is not removed by its name.
  CHECK(need(repository.commit("main", {{}, {"01"}, "m", 0})) == tip);
}

TEST_CASE("of two files at one path the last counts, and a file beats a removal") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  need(repository.commit("main", {{{"p", "first"}, {"p", "last"}}, {"p"}, "m", 0}));
  CHECK(need(repository.read_file("main", "p")) == "last");
}

TEST_CASE("a subject stays on one line") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  need(repository.commit("main", {{{"p", "x"}}, {}, std::string("a\nb\0c\x1b[1m", 9), 0}));
  CHECK(git(repository, {"log", "--format=%B", "main"}) == "a b c [1m\n\n");
}

TEST_CASE("paths that reading would refuse are not written") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  for (const std::string path : {"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", ".git",
                                 "a/.GIT/x", "git~1", ".gitmodules", "a\\b", "a\nb", "\x1b",
                                 "caf\xc3\xa9", "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"}) {
    INFO(path);
    CHECK_FALSE(valid_path(path));
    const auto result = repository.commit("main", {{{path, "x"}}, {}, "m", 0});
    REQUIRE_FALSE(result.has_value());
    CHECK_FALSE(repository.commit("main", {{}, {path}, "m", 0}).has_value());
  }
  CHECK_FALSE(valid_path(std::string("a\0b", 3)));
  CHECK_FALSE(valid_path(std::string(256, 'a')));
  CHECK(valid_path("01/23/0123456789abcdefghjkmnpqrstvwxyz0123.json"));
  CHECK(valid_path(std::string(255, 'a')));
}

TEST_CASE("a file cannot stand where a directory stands") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  CHECK_FALSE(repository.commit("main", {{{"a", "x"}, {"a/b", "y"}}, {}, "m", 0}).has_value());
  const Oid tip = need(repository.commit("main", {{{"d/b", "y"}}, {}, "m", 0}));
  const auto over = repository.commit("main", {{{"d", "x"}}, {}, "m", 0});
  const auto below = repository.commit("main", {{{"d/b/c", "x"}}, {}, "m", 0});
  CHECK_FALSE(over.has_value());
  CHECK_FALSE(below.has_value());
  CHECK(need(repository.tip("main")) == tip);
  require_sound(repository);
}

TEST_CASE("any order and any batches of the same files give the same tree") {
  const unsigned seed = 20261123;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const TempDir dir;
  const int count = full_depth() ? 300 : 80;
  Repository one = need(Repository::create(dir.path("one.git")));
  need(one.commit("e/2026-11", posts(0, count)));
  const std::string expected = need(one.tree_of(*need(one.tip("e/2026-11"))));
  require_sound(one);
  for (int round = 0; round < 2; ++round) {
    Repository other = need(Repository::create(dir.path("o" + std::to_string(round) + ".git")));
    std::vector<int> order(count);
    for (int i = 0; i < count; ++i) order[static_cast<std::size_t>(i)] = i;
    std::shuffle(order.begin(), order.end(), random);
    for (std::size_t at = 0; at < order.size();) {
      Change change{{}, {}, "m", 5};
      for (std::size_t n = 1 + random() % 20; n > 0 && at < order.size(); --n) {
        change.files.push_back(post(order[at++]));
      }
      // Files that do not stay leave no trace in the tree.
      change.files.push_back({"x/" + std::to_string(at) + "/gone", "x"});
      need(other.commit("e/2026-11", change));
      need(other.commit("e/2026-11", {{}, {change.files.back().path}, "m", 5}));
    }
    CHECK(need(other.tree_of(*need(other.tip("e/2026-11")))) == expected);
    require_sound(other);
    // Two replicas that agree on the files agree on the squashed commit.
    CHECK(need(other.squash("e/2026-11")) == need(one.squashed_commit("e/2026-11", expected)));
  }
}

TEST_CASE("squashing leaves one commit that is a function of name and tree") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  for (int i = 0; i < 5; ++i) need(repository.commit("e/2026-11", one_post(i)));
  const std::string tree = need(repository.tree_of(*need(repository.tip("e/2026-11"))));
  const Oid squashed = need(repository.squash("e/2026-11"));
  CHECK(git(repository, {"cat-file", "commit", squashed}) ==
        "tree " + tree +
            "\nauthor camp <camp@localhost> 1793491200 +0000\n"
            "committer camp <camp@localhost> 1793491200 +0000\n\ne/2026-11\n");
  CHECK(need(repository.squash("e/2026-11")) == squashed);
  CHECK(need(repository.squashed_commit("e/2026-11", tree)) == squashed);
  CHECK(need(repository.squashed_commit("e/2026-10", tree)) != squashed);
  require_sound(repository);
  // A late object is a commit on top, and the next squash takes it in.
  const Oid late = need(repository.commit("e/2026-11", one_post(9)));
  CHECK(need(repository.history_length(late, 10)) == 2);
  CHECK(need(repository.history_length(need(repository.squash("e/2026-11")), 10)) == 1);
}

TEST_CASE("the id of a squashed commit is part of the format") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  need(repository.commit("e/2026-11", {{{"23/21/x.json", "{}"}}, {}, "m", 7}));
  CHECK(need(repository.squash("e/2026-11")) == "3cbda7c77dff5c0556269296fcb0b6ab77d662e4");
}

TEST_CASE("a squash takes files out and can take another tree") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  need(repository.commit("e/2026-11", posts(0, 3)));
  const std::string three = need(repository.tree_of(*need(repository.tip("e/2026-11"))));
  need(repository.squash("e/2026-11", {post(1).path, "not/there"}));
  CHECK(need(repository.read_file("e/2026-11", post(1).path)) == std::nullopt);
  CHECK(need(repository.read_file("e/2026-11", post(2).path)) == post(2).bytes);
  const Oid back = need(repository.squash("e/2026-11", {}, three));
  CHECK(need(repository.tree_of(back)) == three);
  const Oid new_branch = need(repository.squash("e/2026-12", {post(0).path}, three));
  CHECK(need(repository.tip("e/2026-12")) == new_branch);
  const auto none = repository.squash("e/2020-01");
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().kind == Kind::not_found);
  need(repository.squash("e/2026-12", {post(1).path, post(2).path}));
  CHECK(git(repository, {"ls-tree", "-r", "e/2026-12"}).empty());
  require_sound(repository);
}

TEST_CASE("a month's squash is dated at its first second") {
  CHECK(squash_time("e/2026-11") == 1'793'491'200);
  CHECK(squash_time("e/2024-02") == 1'706'745'600);
  CHECK(squash_time("e/1970-01") == 0);
  CHECK(squash_time("e/1950-01") == 0);
  CHECK(squash_time("e/2026-13") == 0);
  CHECK(squash_time("e/2026-1x") == 0);
  CHECK(squash_time("main") == 0);
  CHECK(squash_time("e/2026-111") == 0);
}

TEST_CASE("a writer that died at the reference is healed by the next") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  need(repository.commit("e/2026-11", one_post(1)));
  for (const char* name :
       {"refs/heads/e/2026-11.lock", "refs/heads/main.lock", "HEAD.lock", "packed-refs.lock",
        "packed-refs.new", "config.lock", "objects/tmp_object_git2_0123456789abcdef",
        "objects/tmp_obj_abcdef", "objects/tmp_objdir-incoming-x/y/z",
        "objects/pack/pack_git2_0123456789abcdef", "objects/pack/pack_git2_012345idx.lock",
        "objects/pack/tmp_pack_XXXXXX", "objects/pack/tmp_idx_XXXXXX",
        "objects/pack/.tmp-12-pack-1.pack",
        "objects/pack/pack-6140507d922e770c321ac6db26d0749c7d64fccb.idx",
        "objects/pack/pack-6140507d922e770c321ac6db26d0749c7d64fccb.keep"}) {
    write(repository.path() + "/" + name, "left by the dead");
  }
  const auto stuck = repository.commit("e/2026-11", one_post(2));
  REQUIRE_FALSE(stuck.has_value());
  CHECK(stuck.error().kind == Kind::busy);

  need(repository.remove_leftovers());
  need(repository.commit("e/2026-11", one_post(2)));
  need(repository.commit("main", one_post(3)));
  for (const std::string& path : files_below(repository.path())) {
    INFO(path);
    CHECK(read(path).find("left by the dead") == std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(repository.path() + "/objects/tmp_objdir-incoming-x"));
  require_sound(repository);
}

TEST_CASE("healing leaves alone what is no leftover") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  need(repository.commit("e/2026-11", posts(0, 20)));
  need(repository.pack(need(repository.loose_objects()), true));
  need(repository.commit("e/2026-11", one_post(21)));
  const std::vector<std::string> before = files_below(repository.path());
  need(repository.remove_leftovers());
  CHECK(files_below(repository.path()) == before);
}

namespace {

/// One process that appends; its exit status says whether all went well.
int append_many(const std::string& path, const std::string& lock, int from, int to) {
  auto repository = Repository::open(path);
  if (!repository) return 2;
  for (int i = from; i < to; ++i) {
    const int fd = lock.empty() ? -1 : ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) flock(fd, LOCK_EX);
    const bool done = repository->commit("e/2026-11", one_post(i)).has_value();
    if (fd >= 0) ::close(fd);
    if (!done) return 1;
  }
  return 0;
}

void append_from_processes(const std::string& path, const std::string& lock, int processes,
                           int each) {
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(append_many(path, lock, i * each, (i + 1) * each));
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
}

}  // namespace

TEST_CASE("four processes that append at once lose nothing, with the lock and without it") {
  const bool locked = GENERATE(true, false);
  const int each = full_depth() ? 250 : 50;
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  append_from_processes(repository.path(), locked ? dir.path("lock") : "", 4, each);
  std::size_t found = 0;
  need(repository.for_each_file(*need(repository.tip("e/2026-11")), "",
                                [&](const Entry&) -> camp::Result<bool> {
                                  ++found;
                                  return true;
                                }));
  CHECK(found == static_cast<std::size_t>(4 * each));
  CHECK(git(repository, {"rev-list", "--count", "e/2026-11"}) == std::to_string(4 * each) + "\n");
  if (locked) {
    CHECK(need(repository.unreachable_objects()).empty());
  }
  require_sound(repository);
}

TEST_CASE("a commit made by git itself is kept and built upon") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  need(repository.commit("main", one_post(1)));
  const std::string blob =
      git(repository, {"hash-object", "-w", "--stdin"}, "by hand").substr(0, 40);
  const std::string tree =
      git(repository, {"mktree"}, "100644 blob " + blob + "\tfile\n").substr(0, 40);
  GitCall call;
  call.repository = repository.path();
  call.arguments = {"commit-tree", tree, "-m", "by hand"};
  call.environment = {"GIT_AUTHOR_NAME=x", "GIT_AUTHOR_EMAIL=x", "GIT_COMMITTER_NAME=x",
                      "GIT_COMMITTER_EMAIL=x"};
  const std::string commit = need(run_git(call)).output.substr(0, 40);
  git(repository, {"update-ref", "refs/heads/main", commit});
  need(repository.commit("main", one_post(2)));
  CHECK(need(repository.read_file("main", "file")) == "by hand");
  CHECK(need(repository.read_file("main", post(2).path)) == post(2).bytes);
}

TEST_CASE("a full disk fails in words and leaves everything readable") {
  const TempDir dir;
  const std::string mount_point = dir.path("disk");
  std::filesystem::create_directory(mount_point);
  const pid_t child = fork();
  if (child == 0) {
    const bool mounted = unshare(CLONE_NEWNS) == 0 &&
                         mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         mount("camp", mount_point.c_str(), "tmpfs", 0, "size=1M") == 0;
    if (!mounted) _exit(99);
    auto repository = Repository::create(mount_point + "/r.git");
    if (!repository) _exit(2);
    int written = 0;
    camp::Result<Oid> last = repository->commit("e/2026-11", one_post(0));
    while (last && written < 3000) last = repository->commit("e/2026-11", one_post(++written));
    if (last) _exit(3);
    if (last.error().message.find("no space left on the disk") == std::string::npos) _exit(4);
    if (last.error().hint.empty()) _exit(5);
    auto again = Repository::open(mount_point + "/r.git");
    if (!again) _exit(6);
    const auto length = again->history_length(**again->tip("e/2026-11"), 5000);
    if (!length || *length != static_cast<std::size_t>(written)) _exit(7);
    const auto problems = again->check();
    _exit(problems && problems->empty() ? 0 : 8);
  }
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 99) {
    WARN("skipped: no private file systems here");
    return;
  }
  CHECK(WEXITSTATUS(status) == 0);
}
