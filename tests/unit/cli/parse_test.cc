// SPDX-License-Identifier: MIT
#include "cli/parse.h"

#include <string>
#include <vector>

#include "catch.h"
#include "sample.h"

using camp::Kind;
using camp::Result;
using camp::cli::Globals;
using camp::cli::Parsed;
using Words = std::vector<std::string>;

namespace {

struct Tried {
  std::unique_ptr<sample::Camp> camp = sample::make_camp();
  Globals globals = {};
  Parsed parsed = {};
  Result<void> result = {};

  explicit Tried(const Words& words) {
    result = camp::cli::parse(camp->root, words, globals, parsed);
  }
  const sample::Options& options() const { return *camp->options; }
  std::string name() const { return camp::cli::path_name(parsed.path); }
  std::string message() const { return result ? "no error" : result.error().message; }
  std::string hint() const { return result ? "no error" : result.error().hint; }
};

}  // namespace

TEST_CASE("options and arguments reach their destinations") {
  const Tried tried(
      {"post", "--to", "public", "--only", "@a", "--only=@b", "--summary", "x y", "hi"});
  REQUIRE(tried.result);
  CHECK(tried.name() == "camp post");
  CHECK(tried.options().to == "public");
  CHECK(tried.options().only == Words{"@a", "@b"});
  CHECK(tried.options().summary == "x y");
  CHECK(tried.options().text == Words{"hi"});
}

TEST_CASE("a subcommand is found below its noun") {
  const Tried tried({"member", "add", "bo", "--name", "Bo"});
  REQUIRE(tried.result);
  CHECK(tried.name() == "camp member add");
  CHECK(tried.options().handle == "bo");
  CHECK(tried.options().summary == "Bo");
}

TEST_CASE("global options count before and after the command") {
  const Words words = GENERATE(Words{"-C", "d", "--as", "bo", "--json", "-vv", "post"},
                               Words{"post", "-C", "d", "--as=bo", "--json", "-v", "-v"},
                               Words{"-Cd", "-v", "post", "--as", "bo", "-v", "--json"});
  const Tried tried(words);
  REQUIRE(tried.result);
  CHECK(tried.globals.directory == "d");
  CHECK(tried.globals.as == "bo");
  CHECK(tried.globals.json);
  CHECK(tried.globals.verbose == 2);
}

TEST_CASE("a command's own letter hides the global one after the command, not before") {
  const Tried after({"timeline", "-n", "5"});
  REQUIRE(after.result);
  CHECK(after.options().number == 5);
  CHECK_FALSE(after.globals.dry_run);
  const Tried before({"-n", "timeline"});
  REQUIRE(before.result);
  CHECK(before.globals.dry_run);
  const Tried spelt({"timeline", "--dry-run"});
  REQUIRE(spelt.result);
  CHECK(spelt.globals.dry_run);
}

TEST_CASE("what stands after -- arrives unchanged") {
  const std::string text = GENERATE("[a,b]", "-hello", "--to", "--", "[]", "-h", "");
  const Tried tried({"post", "--to", "public", "--", text});
  REQUIRE(tried.result);
  CHECK(tried.options().text == Words{text});
  CHECK(tried.options().to == "public");
  CHECK_FALSE(tried.globals.help);
}

TEST_CASE("brackets and commas are never split") {
  const Tried tried(
      {"post", "--only", "[a,b]", "--only", "c,d", "--summary", "[x,y]", "[p,q]", "-"});
  REQUIRE(tried.result);
  CHECK(tried.options().only == Words{"[a,b]", "c,d"});
  CHECK(tried.options().summary == "[x,y]");
  CHECK(tried.options().text == Words{"[p,q]", "-"});
}

TEST_CASE("an empty value stays empty and takes no other word") {
  const Words words =
      GENERATE(Words{"post", "--summary=", "hi"}, Words{"post", "--summary", "", "hi"});
  const Tried tried(words);
  REQUIRE(tried.result);
  CHECK(tried.options().summary == "");
  CHECK(tried.options().text == Words{"hi"});
}

TEST_CASE("of a single value given twice the last counts") {
  const Tried tried({"post", "--to", "local", "--to", "public"});
  REQUIRE(tried.result);
  CHECK(tried.options().to == "public");
}

TEST_CASE("negative numbers are values and arguments") {
  const Tried tried({"timeline", "-n", "-5"});
  REQUIRE(tried.result);
  CHECK(tried.options().number == -5);
  const Tried text({"post", "-5 degrees"});
  REQUIRE(text.result);
  CHECK(text.options().text == Words{"-5 degrees"});
}

TEST_CASE("an unknown command names the nearest") {
  const Tried tried({"tmeline"});
  REQUIRE_FALSE(tried.result);
  CHECK(tried.result.error().kind == Kind::usage);
  CHECK(tried.message() == "'tmeline' is not a camp command");
  CHECK(tried.hint() == "did you mean 'timeline'?");
}

TEST_CASE("an unknown command names the noun that has it") {
  CHECK(Tried({"add"}).hint() == "did you mean 'camp member add'?");
}

TEST_CASE("an unknown subcommand names the nearest") {
  const Tried tried({"member", "ad"});
  CHECK(tried.message() == "'ad' is not a camp member command");
  CHECK(tried.hint() == "did you mean 'add'?");
}

TEST_CASE("a wholly strange command points to the help") {
  CHECK(Tried({"xyzzyxyzzy"}).hint() == "see `camp --help`");
  CHECK(Tried({std::string(100'000, 'x')}).hint() == "see `camp --help`");
}

TEST_CASE("hidden commands are found but never suggested") {
  CHECK(Tried({"fail"}).result);
  CHECK(Tried({"fai"}).hint() != "did you mean 'fail'?");
}

TEST_CASE("a noun alone lists its verbs") {
  const Tried tried({"member"});
  CHECK(tried.message() == "camp member requires one of add, list");
  CHECK(tried.hint() == "see `camp member --help`");
}

TEST_CASE("a bad choice lists the good ones") {
  const Tried tried({"post", "--to", "publik"});
  CHECK(tried.message() == "--to requires one of local, neighborhood, public, not 'publik'");
  CHECK(tried.hint() == "did you mean 'public'?");
}

TEST_CASE("a missing value says what is missing") {
  CHECK(Tried({"post", "--to"}).message() == "--to requires one of local, neighborhood, public");
  CHECK(Tried({"post", "--only"}).message() == "--only requires a value: PEOPLE");
  CHECK(Tried({"post", "-C"}).message() == "-C requires a value: DIR");
  CHECK(Tried({"timeline", "-n"}).message() == "-n requires a value: N");
  CHECK(Tried({"--as"}).message() == "--as requires a value: HANDLE");
}

TEST_CASE("a flag takes no value") {
  CHECK(Tried({"timeline", "--all=yes"}).message() == "--all takes no value");
  CHECK(Tried({"--json=yes"}).message() == "--json takes no value");
  CHECK(Tried({"--jsonl=yes"}).message() == "--jsonl takes no value");
}

TEST_CASE("a number must be one") {
  const std::string bad = GENERATE("x", "5x", "", "99999999999999999999", "1.5");
  CHECK(Tried({"timeline", "-n", bad}).message() ==
        "-n requires a whole number, not '" + bad + "'");
}

TEST_CASE("a missing argument shows the usage") {
  const Tried tried({"reply"});
  CHECK(tried.message() == "camp reply requires ID");
  CHECK(tried.hint() == "usage: camp reply ID [TEXT...]");
}

TEST_CASE("a missing required option shows the usage") {
  const Tried tried({"member", "add", "bo"});
  CHECK(tried.message() == "camp member add requires --name");
  CHECK(tried.hint() == "usage: camp member add --name NAME HANDLE");
}

TEST_CASE("too many arguments are refused") {
  CHECK(Tried({"timeline", "now"}).message() == "unexpected argument 'now'");
  const Tried tried({"member", "add", "bo", "zu", "--name", "x"});
  CHECK(tried.message() == "unexpected argument 'zu'");
}

TEST_CASE("an unknown option names the nearest") {
  const Tried tried({"post", "--sumary", "x"});
  CHECK(tried.message() == "camp post has no option --sumary");
  CHECK(tried.hint() == "did you mean '--summary'?");
  CHECK(Tried({"--jason", "post"}).hint() == "did you mean '--json'?");
  CHECK(Tried({"post", "--to=local", "--xyzzy=3"}).message() == "camp post has no option --xyzzy");
}

TEST_CASE("text that begins with a dash is told where to stand") {
  const Tried tried({"post", "-zebra"});
  CHECK(tried.message() == "camp post has no option -zebra");
  CHECK(tried.hint() == "text that starts with '-' goes after '--'; see `camp post --help`");
}

TEST_CASE("options of another command are not accepted") {
  CHECK_FALSE(Tried({"timeline", "--to", "local"}).result);
  CHECK_FALSE(Tried({"--to", "local", "post"}).result);
}

TEST_CASE("with --help nothing is missing") {
  const Words words =
      GENERATE(Words{"--help", "reply"}, Words{"reply", "-h"}, Words{"reply", "--help", "x"});
  const Tried tried(words);
  REQUIRE(tried.result);
  CHECK(tried.globals.help);
  CHECK(tried.name() == "camp reply");
}

TEST_CASE("output formats exclude each other") {
  CHECK_FALSE(Tried({"post", "--json", "--jsonl"}).result);
  CHECK_FALSE(Tried({"post", "--json", "--plain"}).result);
}

TEST_CASE("the mark belongs after the command") {
  CHECK(Tried({"--", "post"}).message() == "'--' goes after the command");
  CHECK(Tried({}).result);
}

TEST_CASE("arbitrary words never crash the parser") {
  const Words alphabet{"",      "-",      "--",     "---", "-=",  "--=", "--=x", "[",      "[]",
                       "[a]",   "post",   "member", "add", "-n",  "-C",  "--to", "--to=",  "\xff",
                       "-\xff", "--\xff", "++",     "/h",  "-h-", "@x",  "{}",   "--only", "\n"};
  std::uint64_t state = 20261123;
  for (int round = 0; round < 3000; ++round) {
    Words words;
    for (int i = 0; i < 5; ++i) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      words.push_back(alphabet[(state >> 33U) % alphabet.size()]);
    }
    const Tried tried(words);
    if (!tried.result) CHECK_FALSE(tried.message().empty());
  }
}
