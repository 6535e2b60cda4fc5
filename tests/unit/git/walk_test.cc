// SPDX-License-Identifier: MIT
#include <git2.h>
#include <zlib.h>

#include <map>
#include <set>

#include "git/raw_tree.h"
#include "support.h"

using namespace camp::git;
using namespace camp::git::test;
using camp::Kind;
using camp::Result;

namespace {

std::vector<std::string> paths(const Repository& repository, const Oid& commit,
                               const std::string& under = {}, const WalkLimits& limits = {}) {
  std::vector<std::string> found;
  need(repository.for_each_file(
      commit, under,
      [&](const Entry& entry) -> Result<bool> {
        found.push_back(entry.path);
        return true;
      },
      limits));
  return found;
}

camp::Error walk_error(const Repository& repository, const Oid& commit,
                       const WalkLimits& limits = {}) {
  const auto result = repository.for_each_file(
      commit, "", [](const Entry&) -> Result<bool> { return true; }, limits);
  REQUIRE_FALSE(result.has_value());
  const auto difference = repository.difference("", commit, limits);
  REQUIRE_FALSE(difference.has_value());
  CHECK(difference.error().kind == result.error().kind);
  return result.error();
}

/// Objects that no honest writer makes, put into a repository as they are.
class Forge {
 public:
  explicit Forge(const Repository& repository) {
    REQUIRE(git_repository_open_bare(&repository_, repository.path().c_str()) == 0);
    REQUIRE(git_repository_odb(&odb_, repository_) == 0);
  }
  ~Forge() {
    git_odb_free(odb_);
    git_repository_free(repository_);
  }
  Forge(const Forge&) = delete;
  Forge& operator=(const Forge&) = delete;

  git_oid write(const std::string& bytes, git_object_t type) {
    git_oid id{};
    REQUIRE(git_odb_write(&id, odb_, bytes.data(), bytes.size(), type) == 0);
    return id;
  }
  git_oid blob(const std::string& bytes) { return write(bytes, GIT_OBJECT_BLOB); }
  git_oid tree(const std::string& bytes) { return write(bytes, GIT_OBJECT_TREE); }
  Oid commit(const git_oid& tree) {
    const git_oid id =
        write("tree " + text(tree) + "\nauthor x <x> 1 +0000\ncommitter x <x> 1 +0000\n\nx\n",
              GIT_OBJECT_COMMIT);
    return text(id);
  }
  static std::string text(const git_oid& id) {
    std::string hex(40, '0');
    git_oid_fmt(hex.data(), &id);
    return hex;
  }
  static std::string entry(const std::string& mode, const std::string& name, const git_oid& id) {
    return mode + " " + name + std::string(1, '\0') +
           std::string(reinterpret_cast<const char*>(id.id), 20);
  }

 private:
  git_repository* repository_ = nullptr;
  git_odb* odb_ = nullptr;
};

}  // namespace

TEST_CASE("files are visited in path order, all or below a directory") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  const Oid tip = need(repository.commit(
      "main", {{{"b", "1"}, {"a/x", "2"}, {"a.x", "3"}, {"a0", "4"}, {"a/b/c", "5"}, {"z/z", "6"}},
               {},
               "m",
               0}));
  CHECK(paths(repository, tip) ==
        std::vector<std::string>{"a.x", "a/b/c", "a/x", "a0", "b", "z/z"});
  CHECK(paths(repository, tip, "a") == std::vector<std::string>{"a/b/c", "a/x"});
  CHECK(paths(repository, tip, "a/b") == std::vector<std::string>{"a/b/c"});
  CHECK(paths(repository, tip, "b") == std::vector<std::string>{"b"});
  CHECK(paths(repository, tip, "nowhere").empty());
  CHECK(paths(repository, tip, "b/c").empty());
  CHECK(paths(repository, tip, "../..").empty());
}

TEST_CASE("a visitor ends the walk by saying so or by failing") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  const Oid tip = need(repository.commit("main", posts(0, 10)));
  int seen = 0;
  need(repository.for_each_file(tip, "", [&](const Entry&) -> Result<bool> { return ++seen < 3; }));
  CHECK(seen == 3);
  const auto failed = repository.for_each_file(
      tip, "", [](const Entry&) -> Result<bool> { return camp::fail(Kind::conflict, "enough"); });
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().kind == Kind::conflict);
}

TEST_CASE("a difference names what came, what went and what changed") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  const Oid first = need(repository.commit(
      "main", {{{"same/a", "1"}, {"d/old", "2"}, {"d/changed", "3"}, {"file", "4"}, {"dir/x", "5"}},
               {},
               "m",
               0}));
  const Oid second = need(repository.commit(
      "main", {{{"d/new", "6"}, {"d/changed", "7"}}, {"d/old", "file", "dir/x"}, "m", 0}));
  const Oid third = need(repository.commit("main", {{{"file/y", "8"}, {"dir", "9"}}, {}, "m", 0}));

  const auto names = [](const std::vector<Entry>& entries) {
    std::vector<std::string> list;
    for (const Entry& entry : entries) list.push_back(entry.path);
    return list;
  };
  Difference difference = need(repository.difference(first, second));
  CHECK(names(difference.added) == std::vector<std::string>{"d/changed", "d/new"});
  CHECK(names(difference.removed) ==
        std::vector<std::string>{"d/changed", "d/old", "dir/x", "file"});
  CHECK(need(repository.read_blob(difference.added[0].blob)) == "7");
  CHECK(need(repository.read_blob(difference.removed[0].blob)) == "3");

  difference = need(repository.difference(first, third));
  CHECK(names(difference.added) == std::vector<std::string>{"d/changed", "d/new", "dir", "file/y"});
  CHECK(names(difference.removed) ==
        std::vector<std::string>{"d/changed", "d/old", "dir/x", "file"});

  difference = need(repository.difference("", first));
  CHECK(names(difference.added) == paths(repository, first));
  CHECK(difference.removed.empty());
  difference = need(repository.difference(first, ""));
  CHECK(difference.added.empty());
  CHECK(names(difference.removed) == paths(repository, first));
  difference = need(repository.difference(third, third));
  CHECK((difference.added.empty() && difference.removed.empty()));
  difference = need(repository.difference("", ""));
  CHECK((difference.added.empty() && difference.removed.empty()));
}

TEST_CASE("directories that did not change are not read by a difference") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  Forge forge(repository);
  git_oid absent{};
  git_oid_fromstr(&absent, "1234567890123456789012345678901234567890");
  const git_oid blob = forge.blob("x");
  const Oid before = forge.commit(forge.tree(Forge::entry("40000", "gone", absent)));
  const Oid after = forge.commit(
      forge.tree(Forge::entry("100644", "a", blob) + Forge::entry("40000", "gone", absent)));
  CHECK(need(repository.difference(before, after)).added.size() == 1);
  CHECK(walk_error(repository, after).kind == Kind::damaged);
}

TEST_CASE("a blob over the cap is refused before it is read") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  const std::string big(100'000, 'x');
  const Oid tip = need(repository.commit("main", {{{"big", big}}, {}, "m", 0}));
  Oid blob;
  need(repository.for_each_file(tip, "", [&](const Entry& entry) -> Result<bool> {
    blob = entry.blob;
    return true;
  }));
  CHECK(need(repository.read_blob(blob, big.size())) == big);
  const auto refused = repository.read_blob(blob, big.size() - 1);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == Kind::refused);
  CHECK(need(repository.read_file("main", "big")) == big);
}

TEST_CASE("reading what is not there or not a blob says which") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  const Oid tip = need(repository.commit("main", one_post(1)));
  CHECK(repository.read_blob(std::string(40, '1')).error().kind == Kind::not_found);
  CHECK(repository.read_blob(tip).error().kind == Kind::damaged);
  for (const std::string bad : {"", "xyz", "../../../../etc/passwd"}) {
    CHECK_FALSE(repository.read_blob(bad).has_value());
    CHECK_FALSE(repository.has_object(bad).has_value());
  }
  CHECK_FALSE(repository.read_blob(std::string(40, 'A')).has_value());
  CHECK(need(repository.has_object(tip)));
  CHECK_FALSE(need(repository.has_object(std::string(40, '1'))));
  CHECK(need(repository.read_file("main", "not/there")) == std::nullopt);
  CHECK(need(repository.read_file("main", "01")) == std::nullopt);
  CHECK(need(repository.read_file("main", "../x")) == std::nullopt);
  CHECK(need(repository.read_file("none", "x")) == std::nullopt);
}

TEST_CASE("trees with anything but plain, well-named files are refused and the path is named") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  Forge forge(repository);
  const git_oid blob = forge.blob("x");
  const git_oid inner = forge.tree(Forge::entry("100644", "f", blob));
  const std::map<std::string, std::string> hostile = {
      {"symbolic link", Forge::entry("120000", "link", blob)},
      {"executable", Forge::entry("100755", "run", blob)},
      {"submodule", Forge::entry("160000", "sub", inner)},
      {"group-writable", Forge::entry("100664", "old", blob)},
      {"odd mode", Forge::entry("177777", "odd", blob)},
      {"zero-padded mode", Forge::entry("0100644", "zero", blob)},
      {"zero-padded directory", Forge::entry("040000", "zero", inner)},
      {"parent", Forge::entry("100644", "..", blob)},
      {"parent directory", Forge::entry("40000", "..", inner)},
      {"self", Forge::entry("40000", ".", inner)},
      {"git directory", Forge::entry("40000", ".git", inner)},
      {"git directory in capitals", Forge::entry("40000", ".GIT", inner)},
      {"git directory, short name", Forge::entry("40000", "GIT~1", inner)},
      {"git modules", Forge::entry("100644", ".gitmodules", blob)},
      {"slash", Forge::entry("100644", "a/b", blob)},
      {"backslash", Forge::entry("100644", "a\\b", blob)},
      {"escape", Forge::entry("100644", "\x1b[31m", blob)},
      {"newline", Forge::entry("100644", "a\nb", blob)},
      {"delete", Forge::entry("100644", "a\x7f", blob)},
      {"not ASCII", Forge::entry("100644", "caf\xc3\xa9", blob)},
      {"invisible", Forge::entry("40000", ".g\xe2\x80\x8cit", inner)},
      {"long name", Forge::entry("100644", std::string(300, 'a'), blob)},
      {"twice", Forge::entry("100644", "a", blob) + Forge::entry("100644", "a", blob)},
      {"twice, file and directory",
       Forge::entry("100644", "a", blob) + Forge::entry("40000", "a", inner)},
      {"twice, apart", Forge::entry("100644", "a", blob) + Forge::entry("100644", "a-b", blob) +
                           Forge::entry("40000", "a", inner)},
      {"out of order", Forge::entry("100644", "b", blob) + Forge::entry("100644", "a", blob)},
      {"out of order, directory",
       Forge::entry("40000", "a", inner) + Forge::entry("100644", "a.b", blob)},
  };
  for (const auto& [name, bytes] : hostile) {
    INFO(name);
    const Oid flat = forge.commit(forge.tree(bytes));
    CHECK(walk_error(repository, flat).kind == Kind::damaged);
    const Oid nested = forge.commit(forge.tree(Forge::entry("40000", "01", forge.tree(bytes))));
    const camp::Error error = walk_error(repository, nested);
    CHECK(error.message.find("01/") != std::string::npos);
    for (const char c : error.message) CHECK((c >= ' ' && c < '\x7f'));
  }
  // The rules are no stricter than what honest writers need.
  const Oid honest = forge.commit(forge.tree(Forge::entry("100644", "a-b", blob) +
                                             Forge::entry("40000", "a", inner) +
                                             Forge::entry("100644", "a0", blob)));
  CHECK(paths(repository, honest) == std::vector<std::string>{"a-b", "a/f", "a0"});
}

TEST_CASE("bytes that are no tree are refused") {
  git_oid id{};
  const std::string good = Forge::entry("100644", "a", id) + Forge::entry("40000", "b", id);
  CHECK(need(parse_tree(good, "", 10, TreeRules::strict)).size() == 2);
  CHECK(need(parse_tree("", "", 10, TreeRules::strict)).empty());
  CHECK(need(parse_tree(good, "", 2, TreeRules::strict)).size() == 2);
  CHECK_FALSE(parse_tree(good, "", 1, TreeRules::strict).has_value());
  for (std::size_t cut = 1; cut < good.size(); ++cut) {
    if (cut == 29) continue;  // exactly one entry
    CHECK_FALSE(parse_tree(good.substr(0, cut), "", 10, TreeRules::strict).has_value());
    CHECK_FALSE(parse_tree(good.substr(0, cut), "", 10, TreeRules::any).has_value());
  }
  CHECK_FALSE(parse_tree(std::string(100, '\0'), "", 10, TreeRules::any).has_value());
  CHECK_FALSE(parse_tree(std::string(100, '1'), "", 10, TreeRules::any).has_value());
}

TEST_CASE("trees beyond the limits are refused, however they are built") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  Forge forge(repository);
  const git_oid blob = forge.blob("x");

  SECTION("too deep") {
    // git ls-tree -r and libgit2's own walk overflow their stacks at 100,000 levels.
    const int levels = full_depth() ? 100'000 : 3'000;
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 0);
    git_oid id = forge.tree(Forge::entry("100644", "f", blob));
    for (int i = 0; i < levels; ++i) id = forge.tree(Forge::entry("40000", "d", id));
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    const Oid deep = forge.commit(id);
    const camp::Error error = walk_error(repository, deep);
    CHECK(error.kind == Kind::damaged);
    CHECK(error.message.find("deeper than 6") != std::string::npos);
    // Finding garbage must get to the bottom of it.
    CHECK(need(repository.garbage_after({deep}, {})).size() ==
          static_cast<std::size_t>(levels) + 3);
  }
  SECTION("exactly deep enough") {
    git_oid id = forge.tree(Forge::entry("100644", "f", blob));
    for (int i = 0; i < 5; ++i) id = forge.tree(Forge::entry("40000", "d", id));
    CHECK(paths(repository, forge.commit(id)) == std::vector<std::string>{"d/d/d/d/d/f"});
    id = forge.tree(Forge::entry("40000", "d", id));
    CHECK(walk_error(repository, forge.commit(id)).kind == Kind::damaged);
  }
  SECTION("few objects, many paths") {
    git_oid id = forge.tree(Forge::entry("100644", "f", blob));
    for (int level = 0; level < 5; ++level) {
      std::string bytes;
      for (char c = 'a'; c <= 'z'; ++c) bytes += Forge::entry("40000", std::string(1, c), id);
      id = forge.tree(bytes);
    }
    WalkLimits limits;
    limits.max_entries = 20'000;
    CHECK(walk_error(repository, forge.commit(id), limits).kind == Kind::damaged);
  }
  SECTION("a wide directory") {
    std::string bytes;
    for (int i = 0; i < 101; ++i) bytes += Forge::entry("100644", std::to_string(1000 + i), blob);
    const Oid wide = forge.commit(forge.tree(bytes));
    WalkLimits limits;
    limits.max_tree_entries = 101;
    CHECK(paths(repository, wide, "", limits).size() == 101);
    limits.max_tree_entries = 100;
    CHECK(walk_error(repository, wide, limits).kind == Kind::damaged);
  }
}

TEST_CASE("an object that changed on the disk is damaged, not believed") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  need(repository.commit("main", {{{"a", "the first text"}, {"b", "another text"}}, {}, "m", 0}));
  const std::string a = git(repository, {"rev-parse", "main:a"}).substr(0, 40);
  const std::string b = git(repository, {"rev-parse", "main:b"}).substr(0, 40);
  const auto file = [&](const std::string& id) {
    return repository.path() + "/objects/" + id.substr(0, 2) + "/" + id.substr(2);
  };
  SECTION("another object in its place") {
    std::filesystem::remove(file(a));
    std::filesystem::copy_file(file(b), file(a));
  }
  SECTION("empty") {
    std::filesystem::remove(file(a));
    write(file(a), "");
  }
  SECTION("cut short") {
    const std::string bytes = read(file(a));
    std::filesystem::remove(file(a));
    write(file(a), bytes.substr(0, bytes.size() / 2));
  }
  SECTION("missing") { std::filesystem::remove(file(a)); }
  const Repository again = need(Repository::open(repository.path()));
  const auto result = again.read_file("main", "a");
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().kind == Kind::damaged);
  CHECK(need(again.read_file("main", "b")) == "another text");

  const std::vector<Problem> problems = need(again.check());
  REQUIRE_FALSE(problems.empty());
  CHECK(std::any_of(problems.begin(), problems.end(),
                    [&](const Problem& problem) { return problem.object == a; }));
}

TEST_CASE("no loose file, whatever stands in it, stops or breaks a reader") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  const std::string id = "bf3d798a12d2bd09a73b1bbdec6fe6f9836f9ac0";
  const auto deflated = [](const std::string& text) {
    std::string bytes(compressBound(text.size()), '\0');
    uLongf size = bytes.size();
    REQUIRE(compress(reinterpret_cast<Bytef*>(bytes.data()), &size,
                     reinterpret_cast<const Bytef*>(text.data()), text.size()) == Z_OK);
    return bytes.substr(0, size);
  };
  const auto damaged = [&](const std::string& bytes) {
    const std::string path = repository.path() + "/objects/bf/" + id.substr(2);
    std::filesystem::remove(path);
    write(path, bytes);
    const auto result = repository.read_blob(id);
    CHECK_FALSE(result.has_value());
    CHECK_FALSE(repository.tree_of(id).has_value());
    CHECK_FALSE(repository.for_each_file(id, "", [](const Entry&) -> Result<bool> { return true; })
                    .has_value());
    return !result && result.error().kind == Kind::damaged;
  };
  const std::string nul(1, '\0');
  const std::string whole =
      deflated("blob 300" + nul + post(1).bytes.substr(0, 200) + post(2).bytes.substr(0, 100));
  for (std::size_t cut = 0; cut < whole.size(); ++cut) CHECK(damaged(whole.substr(0, cut)));
  CHECK(damaged(whole));  // a sound object, but not the one of this name
  CHECK(damaged(whole + "x"));
  for (const std::string& text :
       {"blob 5" + nul + "longer than it says, by far, and more than any buffer for it",
        "blob 500" + nul + "shorter than it says", "blob 99999999999999999999" + nul + "x",
        "blob 18446744073709551615" + nul + "x", "blob -1" + nul + "x", "blob 0x10" + nul + "x",
        "blob" + nul + "x", "blob " + nul + "x", "blob 1 " + nul + "x", std::string("blob 5"),
        std::string(), "what 1" + nul + "x", "ofs_delta 1" + nul + "x", nul, std::string(100, ' '),
        std::string(100, 'b')}) {
    INFO(text);
    CHECK(damaged(deflated(text)));
  }
  CHECK(damaged(std::string(1000, '\xff')));
  std::filesystem::remove(repository.path() + "/objects/bf/" + id.substr(2));
  std::filesystem::create_directory(repository.path() + "/objects/bf/" + id.substr(2));
  CHECK_FALSE(repository.read_blob(id).has_value());
}

TEST_CASE("a check names what is wrong and stays silent about what is not") {
  const TempDir dir;
  Repository repository = need(Repository::create(dir.path("r.git")));
  CHECK(need(repository.check()).empty());
  need(repository.commit("e/2026-11", posts(0, 5)));
  need(repository.squash("e/2026-11", {post(1).path}));
  CHECK(need(repository.check()).empty());  // what nothing names any more is no fault

  SECTION("a reference to nothing") {
    write(repository.path() + "/refs/heads/e/2026-12", std::string(40, '7') + "\n");
    const std::vector<Problem> problems = need(repository.check());
    REQUIRE_FALSE(problems.empty());
    CHECK(problems[0].kind == "bad reference");
  }
  SECTION("a forbidden name") {
    Forge forge(repository);
    const Oid bad = forge.commit(forge.tree(Forge::entry("100644", "..", forge.blob("x"))));
    git(repository, {"update-ref", "refs/heads/main", bad});
    const std::vector<Problem> problems = need(repository.check());
    REQUIRE_FALSE(problems.empty());
    CHECK(std::any_of(problems.begin(), problems.end(),
                      [](const Problem& problem) { return problem.kind == "hasDotdot"; }));
  }
  SECTION("a borrowed object store") {
    write(repository.path() + "/objects/info/alternates", dir.path("other") + "\n");
    const std::vector<Problem> problems = need(repository.check());
    REQUIRE_FALSE(problems.empty());
    CHECK(problems.back().kind == "alternates");
  }
}
