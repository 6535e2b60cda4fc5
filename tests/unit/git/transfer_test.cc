// SPDX-License-Identifier: MIT
// Fetching from another repository, friendly or not.
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>

#include "git/quarantine.h"
#include "git/upload_pack.h"
#include "unit/git/support.h"

using namespace camp::git;
using namespace camp::git::test;
using camp::Kind;
using camp::ProcessSpec;
using camp::Result;
using namespace std::string_literals;

namespace {

const std::string kMonth = "e/2026-11";

/// Two repositories: theirs is fetched from, ours fetches.
struct Pair {
  TempDir place;
  Repository theirs = need(Repository::create(place.path("theirs.git")));
  Repository ours = need(Repository::create(place.path("ours.git")));

  Oid say(const std::string& path, const std::string& text) {
    return need(theirs.commit(kMonth, {.files = {{path, text}}, .message = "say", .time = 1}));
  }
  Oid tip() { return need(theirs.tip(kMonth)).value(); }

  Result<Quarantine> fetch(const std::vector<Oid>& wants, const std::vector<Oid>& haves = {},
                           const TransferLimits& limits = {}) {
    auto from = CAMP_TRY(UploadPack::start(local_upload_pack(theirs.path()), limits));
    auto quarantine = CAMP_TRY(Quarantine::create(place.path("quarantine.git"), ours));
    CAMP_TRY(quarantine.fetch(from, wants, haves, limits));
    return quarantine;
  }
  /// Everything of the month, taken over.
  void follow(const std::vector<Oid>& haves = {}) {
    Quarantine quarantine = need(fetch({tip()}, haves));
    need(quarantine.adopt(ours, {tip()}, Quarantine::Adopt::commits));
    git(ours, {"update-ref", "refs/heads/" + kMonth, tip()});
  }
  /// A tree, a commit of it, and the month at that commit, made past all checks.
  Oid plant(const std::string& tree_bytes) {
    const auto strip = [](std::string line) { return line.substr(0, 40); };
    const Oid tree = strip(
        git(theirs, {"hash-object", "-t", "tree", "-w", "--stdin", "--literally"}, tree_bytes));
    return plant_commit(tree);
  }
  Oid plant_commit(const Oid& tree) {
    const std::string commit =
        "tree " + tree + "\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 " + "+0000\n\nplanted\n";
    const Oid id =
        git(theirs, {"hash-object", "-t", "commit", "-w", "--stdin", "--literally"}, commit)
            .substr(0, 40);
    git(theirs, {"update-ref", "refs/heads/" + kMonth, id});
    return id;
  }
  Oid blob(const std::string& bytes) {
    return git(theirs, {"hash-object", "-w", "--stdin"}, bytes).substr(0, 40);
  }
};

std::string raw(const Oid& id) {
  std::string bytes;
  for (std::size_t i = 0; i < 40; i += 2) {
    bytes += static_cast<char>(std::stoi(id.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::string entry(const std::string& mode, const std::string& name, const Oid& id) {
  return mode + " " + name + "\0"s + raw(id);
}

/// A far side that says what it is told to.
ProcessSpec saying(const std::string& words, const TempDir& place) {
  write(place.path("words"), words);
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", "cat '" + place.path("words") + "'; cat >/dev/null"};
  spec.environment = {"PATH=/usr/bin:/bin"};
  return spec;
}

std::string line(const std::string& text) {
  char size[5];
  std::snprintf(size, sizeof size, "%04zx", text.size() + 4);
  return size + text;
}

const std::string kId(40, 'a');
const std::string kCapable = "\0side-band-64k ofs-delta\n"s;

}  // namespace

TEST_CASE("what another repository has is fetched, looked at and taken over") {
  Pair pair;
  pair.say("23/10/a.json", "one");
  pair.say("23/11/b.json", "two");
  Quarantine quarantine = need(pair.fetch({pair.tip()}));
  const auto came = need(quarantine.repository().difference("", pair.tip()));
  REQUIRE(came.added.size() == 2);
  CHECK(need(quarantine.repository().read_blob(came.added[0].blob)) == "one");
  CHECK_FALSE(need(pair.ours.has_object(pair.tip())));

  need(quarantine.adopt(pair.ours, {pair.tip()}, Quarantine::Adopt::commits));
  CHECK(need(pair.ours.has_object(pair.tip())));
  git(pair.ours, {"update-ref", "refs/heads/" + kMonth, pair.tip()});
  require_sound(pair.ours);
}

TEST_CASE("a quarantine goes with all that is in it") {
  Pair pair;
  pair.say("23/10/a.json", "one");
  need(pair.fetch({pair.tip()}));
  CHECK_FALSE(std::filesystem::exists(pair.place.path("quarantine.git")));
  CHECK(files_below(pair.ours.path() + "/objects").empty());
}

TEST_CASE("only what is new is sent") {
  Pair pair;
  for (int i = 0; i < 50; ++i) pair.say("23/10/" + std::to_string(i) + ".json", "x");
  pair.follow();
  const Oid before = pair.tip();
  pair.say("23/11/new.json", "new");
  const std::size_t had = need(pair.ours.loose_objects()).size();
  pair.follow({before});
  // A commit, three trees, a file, each a file of its own: so few are not worth a pack.
  CHECK(need(pair.ours.loose_objects()).size() == had + 5);
  require_sound(pair.ours);
}

TEST_CASE("haves that imply each other are acknowledged more than once, and that is read past") {
  Pair pair;
  const Oid first = pair.say("23/10/a.json", "one");
  const Oid second = pair.say("23/10/b.json", "two");
  pair.follow();
  pair.say("23/10/c.json", "three");
  pair.follow({second, first, second});
  CHECK(need(pair.ours.has_object(pair.tip())));
  require_sound(pair.ours);
}

TEST_CASE("many objects come as a pack, without the commits if only the files are wanted") {
  Pair pair;
  for (int i = 0; i < 150; ++i) pair.say("23/10/" + std::to_string(i) + ".json", std::to_string(i));
  Quarantine quarantine = need(pair.fetch({pair.tip()}));
  const Oid made = need(
      quarantine.graft(kMonth, "", need(quarantine.repository().difference("", pair.tip())).added));
  need(quarantine.adopt(pair.ours, {made}, Quarantine::Adopt::files));
  CHECK(need(pair.ours.loose_objects()).empty());
  CHECK_FALSE(need(pair.ours.has_object(made)));
  CHECK_FALSE(need(pair.ours.has_object(pair.tip())));
  need(pair.ours.squash(kMonth, {}, need(quarantine.repository().tree_of(made))));
  CHECK(need(pair.ours.tip(kMonth)) == made);
  CHECK(need(pair.ours.tree_of(made)) == need(pair.theirs.tree_of(pair.tip())));
  require_sound(pair.ours);
}

TEST_CASE("after a squash the commit that it made of the same files is in common") {
  Pair pair;
  for (int i = 0; i < 20; ++i) pair.say("23/10/" + std::to_string(i) + ".json", "x");
  pair.follow();
  const Oid files = need(pair.ours.tree_of(pair.tip()));
  need(pair.theirs.squash(kMonth));
  pair.say("23/11/new.json", "new");
  const Oid offered = need(pair.ours.squashed_commit(kMonth, files));
  Quarantine quarantine = need(pair.fetch({pair.tip()}, {offered}));
  const std::string all = git(quarantine.repository(), {"count-objects", "-v"});
  CHECK(all.find("in-pack: 5\n") != std::string::npos);
  need(quarantine.adopt(pair.ours, {pair.tip()}, Quarantine::Adopt::commits));
  git(pair.ours, {"update-ref", "refs/heads/" + kMonth, pair.tip()});
  require_sound(pair.ours);
}

TEST_CASE("a repository without branches has none, and nothing to send") {
  Pair pair;
  auto from = need(UploadPack::start(local_upload_pack(pair.theirs.path()), {}));
  CHECK(from.branches().empty());
  CHECK(from.leave());
}

TEST_CASE("what nobody asked for is not taken over with the rest") {
  Pair pair;
  pair.say("23/10/a.json", "one");
  const Oid wanted = pair.tip();
  git(pair.theirs,
      {"update-ref", "refs/heads/other", pair.plant(entry("100644", "x", pair.blob("junk")))});
  git(pair.theirs, {"update-ref", "refs/heads/" + kMonth, wanted});
  const Oid other = need(pair.theirs.tip("other")).value();
  Quarantine quarantine = need(pair.fetch({wanted, other}));
  need(quarantine.adopt(pair.ours, {wanted}, Quarantine::Adopt::commits));
  CHECK(need(pair.ours.has_object(wanted)));
  CHECK_FALSE(need(pair.ours.has_object(other)));
  CHECK(find_word(pair.ours, "junk") == 0);
}

TEST_CASE("a commit that is not advertised is not given") {
  Pair pair;
  pair.say("23/10/a.json", "one");
  const Oid hidden = pair.plant(entry("100644", "x", pair.blob("hidden")));
  git(pair.theirs, {"update-ref", "-d", "refs/heads/" + kMonth});
  const auto got = pair.fetch({hidden});
  REQUIRE_FALSE(got);
  CHECK(got.error().message.find("no") != std::string::npos);
}

TEST_CASE("E60 entries that no tree of ours may have are refused") {
  Pair pair;
  const Oid file = pair.blob("{}");
  const auto [what, tree] = GENERATE_COPY(table<std::string, std::string>({
      {"a symbolic link", entry("120000", "a.json", file)},
      {"a submodule", entry("160000", "a.json", std::string(40, '1'))},
      {"an executable", entry("100755", "a.json", file)},
      {"a name that leads out", entry("100644", "..", file)},
      {"a directory of git", entry("40000", ".git", "4b825dc642cb6eb9a060e54bf8d69288fbee4904")},
      {"its short name", entry("100644", "git~1", file)},
      {"a modules file", entry("100644", ".gitmodules", file)},
      {"a name twice", entry("100644", "a.json", file) + entry("100644", "a.json", file)},
      {"names out of order", entry("100644", "b.json", file) + entry("100644", "a.json", file)},
      {"a line break", entry("100644", "a\n.json", file)},
      {"an escape", entry("100644", "a\x1b[2J.json", file)},
      {"a backslash", entry("100644", "..\\evil", file)},
      {"a mode of no kind", entry("177777", "a.json", file)},
      {"half an entry", entry("100644", "a.json", file).substr(0, 20)},
  }));
  INFO(what);
  const Oid tip = pair.plant(tree);
  const auto quarantine = pair.fetch({tip});
  if (quarantine) {
    const auto walked = quarantine->repository().difference("", tip);
    REQUIRE_FALSE(walked);
    CHECK(walked.error().kind == Kind::damaged);
  } else {
    // Of some, the git over there makes no pack.
    CHECK((quarantine.error().kind == Kind::refused || quarantine.error().kind == Kind::network));
    CHECK(quarantine.error().message.find('\x1b') == std::string::npos);
  }
  CHECK(files_below(pair.ours.path() + "/objects").empty());
}

TEST_CASE("E60 a tree of ten thousand million paths ends the walk") {
  Pair pair;
  Oid below = pair.blob("x");
  std::string mode = "100644";
  for (int level = 0; level < 10; ++level) {
    std::string tree;
    for (char c = 'a'; c < 'k'; ++c) tree += entry(mode, std::string(1, c), below);
    below = git(pair.theirs, {"hash-object", "-t", "tree", "-w", "--stdin", "--literally"}, tree)
                .substr(0, 40);
    mode = "40000";
  }
  const Oid tip = pair.plant_commit(below);
  const Quarantine quarantine = need(pair.fetch({tip}));
  const auto walked = quarantine.repository().difference("", tip, {.max_depth = 4});
  REQUIRE_FALSE(walked);
  CHECK(walked.error().message.find("deeper") != std::string::npos);
}

TEST_CASE("E60 more bytes or objects than allowed end the fetch") {
  Pair pair;
  std::string noise;
  for (unsigned i = 0, state = 1; i < 400'000; ++i) {
    state = state * 1103515245u + 12345u;
    noise += static_cast<char>(state >> 16);
  }
  pair.say("23/10/a.json", noise);
  const auto large = pair.fetch({pair.tip()}, {}, {.pack_bytes = 100'000});
  REQUIRE_FALSE(large);
  CHECK(large.error().kind == Kind::refused);
  const auto many = pair.fetch({pair.tip()}, {}, {.objects = 4});
  REQUIRE_FALSE(many);
  CHECK(many.error().message.find("5 objects, more than the 4") != std::string::npos);
}

TEST_CASE("E62 what the other side says reaches no terminal as it is") {
  const TempDir place;
  const auto said = [&](const std::string& words) {
    const auto from =
        UploadPack::start(saying(words, place), {.timeout = std::chrono::seconds(20)});
    REQUIRE_FALSE(from);
    CHECK(from.error().message.find('\x1b') == std::string::npos);
    return from.error();
  };
  CHECK(said(line("ERR \x1b]0;owned\x07 go away\n")).kind == Kind::refused);
  CHECK(said("SSH-2.0-\x1b[2J").kind == Kind::network);
  CHECK(said(line(kId + " refs/heads/main" + "\0"s + "\x1b[31m\n") + "0000").kind == Kind::network);
  CHECK(said(line("\x1b[31m refs/heads/main" + kCapable) + "0000").kind == Kind::network);
}

TEST_CASE("a far side that does not speak as git does is left") {
  const TempDir place;
  const std::string words = GENERATE_COPY(
      ""s, "0"s, "0003"s, "ffff"s, "zzzz"s, "fff1"s + std::string(70'000, 'x'), line("short\n"),
      line(kId + " refs/heads/main" + kCapable), line(kId + "refs/heads/main" + kCapable) + "0000",
      line(std::string(40, 'A') + " refs/heads/main" + kCapable) + "0000",
      line("shallow " + kId + "\n") + "0000", line(kId + " refs/heads/main\n") + "0000");
  const auto from = UploadPack::start(saying(words, place), {.timeout = std::chrono::seconds(20)});
  REQUIRE_FALSE(from);
  CHECK(from.error().kind == Kind::network);
}

TEST_CASE("E60 a hundred thousand branches are not read") {
  const TempDir place;
  std::string words = line(kId + " refs/heads/main" + kCapable);
  for (int i = 0; i < 100'000; ++i) {
    words += line(kId + " refs/heads/b" + std::to_string(i) + "\n");
  }
  const auto from = UploadPack::start(saying(words + "0000", place), {});
  REQUIRE_FALSE(from);
  CHECK(from.error().kind == Kind::refused);
  CHECK(from.error().message.find("4000 branches") != std::string::npos);
}

TEST_CASE("a pack that is none, is cut short or lies about itself is refused") {
  Pair pair;
  pair.say("23/10/a.json", "one");
  const std::string head =
      line(pair.tip() + " refs/heads/" + kMonth + kCapable) + "0000" + line("NAK\n");
  const std::string answer = GENERATE_COPY(
      ""s, "0000"s, line("\1PACK") + "0000", line("\1NOPE\0\0\0\2\0\0\0\1"s) + "0000",
      line("\1PACK\0\0\0\2\0\0\0\5"s) + line("\1garbage and more of it") + "0000",
      line("\1PACK\0\0\0\2\xff\xff\xff\xff"s) + "0000", line("\3it failed \x1b[2J") + "0000",
      line("\7what is this") + "0000", line("") + "0000");
  auto from = need(
      UploadPack::start(saying(head + answer, pair.place), {.timeout = std::chrono::seconds(20)}));
  auto quarantine = need(Quarantine::create(pair.place.path("quarantine.git"), pair.ours));
  const auto fetched = quarantine.fetch(from, {pair.tip()}, {});
  REQUIRE_FALSE(fetched);
  CHECK((fetched.error().kind == Kind::network || fetched.error().kind == Kind::refused));
  CHECK(fetched.error().message.find('\x1b') == std::string::npos);
}

TEST_CASE("a far side that says nothing is left in time") {
  ProcessSpec spec;
  spec.argv = {"sleep", "600"};
  const auto from = UploadPack::start(spec, {.timeout = std::chrono::milliseconds(200)});
  REQUIRE_FALSE(from);
  CHECK(from.error().kind == Kind::network);
}

TEST_CASE("a far side that falls silent half-way is left long before its time is over") {
  const TempDir place;
  ProcessSpec spec = saying(line(kId + " refs/heads/main" + kCapable), place);
  const auto from = UploadPack::start(spec, {.silence = std::chrono::milliseconds(200)});
  REQUIRE_FALSE(from);
  CHECK(from.error().kind == Kind::network);
}

TEST_CASE("a camp at the far end that says no is told from one that is not there") {
  ProcessSpec spec;
  const auto [status, kind] =
      GENERATE(std::pair("4", Kind::refused), std::pair("3", Kind::not_found),
               std::pair("128", Kind::network));
  spec.argv = {"/bin/sh", "-c", std::string("echo 'camp: go away' >&2; exit ") + status};
  const auto from = UploadPack::start(spec, {});
  REQUIRE_FALSE(from);
  CHECK(from.error().kind == kind);
  CHECK(from.error().message.find("camp: go away") != std::string::npos);
}

TEST_CASE("E60 no more new files are believed than objects came") {
  Pair pair;
  std::string files, root;
  const Oid file = pair.blob("x");
  for (char c = 'a'; c <= 'z'; ++c) files += entry("100644", std::string(1, c), file);
  const Oid below =
      git(pair.theirs, {"hash-object", "-t", "tree", "-w", "--stdin", "--literally"}, files)
          .substr(0, 40);
  for (char c = 'a'; c <= 'z'; ++c) root += entry("40000", std::string(1, c), below);
  const Oid tip = pair.plant(root);
  const Quarantine quarantine = need(pair.fetch({tip}));
  CHECK(quarantine.received() == 4);
  CHECK(need(quarantine.repository().difference("", tip)).added.size() == 26 * 26);
  const auto walked = quarantine.repository().difference(
      "", tip, {.max_added = static_cast<std::size_t>(quarantine.received())});
  REQUIRE_FALSE(walked);
  CHECK(walked.error().kind == Kind::damaged);
  CHECK(walked.error().message.find("several places") != std::string::npos);
}

TEST_CASE("E60 a commit of many words is not read") {
  Pair pair;
  pair.say("23/10/a.json", "one");
  const Oid tip = need(pair.theirs.commit(
      kMonth,
      {.files = {{"23/10/b.json", "two"}}, .message = std::string(100'000, 'x'), .time = 2}));
  const auto got = pair.fetch({tip});
  REQUIRE_FALSE(got);
  CHECK(got.error().kind == Kind::refused);
  CHECK(got.error().message.find("too large") != std::string::npos);
}

TEST_CASE(
    "a graft holds the files of ours and those that came, and is what a squash makes of them") {
  Pair pair;
  pair.say("23/10/a.json", "one");
  pair.follow();
  const Oid ours = pair.tip();
  pair.say("23/10/b.json", "two");
  pair.say("t/c.json", "three");
  Quarantine quarantine = need(pair.fetch({pair.tip()}, {ours}));
  const auto came = need(quarantine.repository().difference(ours, pair.tip()));
  REQUIRE(came.added.size() == 2);
  const Oid part = need(quarantine.graft(kMonth, ours, {came.added[0]}));
  const auto shown = need(quarantine.repository().difference("", part));
  REQUIRE(shown.added.size() == 2);
  CHECK(shown.added[0].path == "23/10/a.json");
  CHECK(shown.added[1].path == "23/10/b.json");
  CHECK(need(quarantine.repository().is_squashed(kMonth, part)));
  CHECK(need(quarantine.graft(kMonth, ours, {})) ==
        need(pair.ours.squashed_commit(kMonth, need(pair.ours.tree_of(ours)))));
  CHECK(need(quarantine.graft(kMonth, "", came.added)) !=
        need(quarantine.graft(kMonth, ours, came.added)));
  const Oid whole = need(quarantine.graft(kMonth, ours, came.added));
  CHECK(need(quarantine.repository().tree_of(whole)) == need(pair.theirs.tree_of(pair.tip())));
  CHECK(need(pair.ours.tip(kMonth)) == ours);  // nothing of it counts
}

TEST_CASE("a graft of what did not come, or has no proper name, fails") {
  Pair pair;
  pair.say("23/10/a.json", "one");
  pair.follow();
  Quarantine quarantine = need(Quarantine::create(pair.place.path("quarantine.git"), pair.ours));
  CHECK_FALSE(quarantine.graft(kMonth, pair.tip(), {{"../x", pair.blob("x")}}));
  CHECK_FALSE(quarantine.graft(kMonth, pair.tip(), {{"23/x", "no id"}}));
  CHECK_FALSE(quarantine.graft(kMonth, std::string(40, '1'), {}));
}

TEST_CASE("a branch is advanced to a tree, with what it was as the parent") {
  Pair pair;
  const Oid first = need(
      pair.ours.commit(kMonth, {.files = {{"23/10/a.json", "one"}}, .message = "a", .time = 1}));
  const Oid other = need(
      pair.ours.commit("other", {.files = {{"23/10/b.json", "two"}}, .message = "b", .time = 1}));
  const Oid tree = need(pair.ours.tree_of(other));
  const Oid tip = need(pair.ours.advance(kMonth, first, tree, "sync", 7));
  CHECK(need(pair.ours.tip(kMonth)) == tip);
  CHECK(need(pair.ours.tree_of(tip)) == tree);
  CHECK(need(pair.ours.history_length(tip, 10)) == 2);
  CHECK(git(pair.ours, {"log", "-1", "--format=%s %P %at %ct", tip}) == "sync " + first + " 7 7\n");
  require_sound(pair.ours);
}

TEST_CASE("a branch that somebody else has moved is not advanced") {
  Pair pair;
  const Oid first = need(
      pair.ours.commit(kMonth, {.files = {{"23/10/a.json", "one"}}, .message = "a", .time = 1}));
  const Oid second = need(
      pair.ours.commit(kMonth, {.files = {{"23/10/b.json", "two"}}, .message = "b", .time = 1}));
  const Oid tree = need(pair.ours.tree_of(first));
  const auto late = pair.ours.advance(kMonth, first, tree, "sync", 7);
  REQUIRE_FALSE(late);
  CHECK(late.error().kind == Kind::busy);
  CHECK(need(pair.ours.tip(kMonth)) == second);
  CHECK_FALSE(pair.ours.advance("e/2020-01", first, tree, "sync", 7));
  CHECK_FALSE(need(pair.ours.tip("e/2020-01")));
}
