// SPDX-License-Identifier: MIT
#include "cli/run.h"

#include <nlohmann/json.hpp>

#include "catch.h"
#include "cli/complete.h"
#include "cli/dump.h"
#include "sample.h"

using camp::Json;
using sample::Outcome;

TEST_CASE("a command that succeeds ends with 0") {
  const auto camp = sample::make_camp();
  CHECK(sample::run(camp->root, {"post", "hi"}).code == 0);
  CHECK(camp->ran == std::vector<std::string>{"post"});
}

TEST_CASE("a command may choose its exit code without an error") {
  const auto camp = sample::make_camp();
  const Outcome outcome = sample::run(camp->root, {"timeline"});
  CHECK(outcome.code == 3);
  CHECK(outcome.err.empty());
}

TEST_CASE("an error's kind is the exit code, its words are two safe lines") {
  const auto camp = sample::make_camp();
  const Outcome outcome = sample::run(camp->root, {"fail"});
  CHECK(outcome.code == 4);
  CHECK(outcome.out.empty());
  CHECK(outcome.err == "camp: the post is not yours\nhint: ask @bo\n");
}

TEST_CASE("an exception is a bug and says so") {
  const auto camp = sample::make_camp();
  const Outcome outcome = sample::run(camp->root, {"throw"});
  CHECK(outcome.code == 70);
  CHECK(outcome.err.find("camp: this is a bug in camp: boom\n") == 0);
}

TEST_CASE("a usage error runs nothing and ends with 2") {
  const auto camp = sample::make_camp();
  const Outcome outcome = sample::run(camp->root, {"post", "--to", "moon"});
  CHECK(outcome.code == 2);
  CHECK(camp->ran.empty());
}

TEST_CASE("an error before --json was read is JSON all the same") {
  const auto camp = sample::make_camp();
  const Outcome outcome = sample::run(camp->root, {"tmeline", "--json"});
  CHECK(outcome.code == 2);
  CHECK(Json::parse(outcome.err)["error"]["code"] == "usage");
  const Outcome marked = sample::run(camp->root, {"timeline", "--bad", "--", "--json"});
  CHECK(marked.err.starts_with("camp: "));
}

TEST_CASE("camp alone shows the everyday commands") {
  const auto camp = sample::make_camp();
  const Outcome outcome = sample::run(camp->root, {});
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("timeline  Show the newest posts") != std::string::npos);
  CHECK(outcome.out.find("member") == std::string::npos);
}

TEST_CASE("help goes to standard output and runs nothing") {
  const auto camp = sample::make_camp();
  const Outcome outcome = sample::run(camp->root, {"reply", "--help"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out.starts_with("camp reply - Answer a post\n"));
  CHECK(camp->ran.empty());
}

TEST_CASE("the option --version works everywhere") {
  const auto camp = sample::make_camp();
  CHECK(sample::run(camp->root, {"--version"}).out == "camp 1\n");
  CHECK(sample::run(camp->root, {"reply", "--version"}).out == "camp 1\n");
}

TEST_CASE("the need of a command is told before it runs") {
  const auto camp = sample::make_camp();
  std::ostringstream out;
  std::vector<camp::cli::Needs> told;
  camp::cli::Session session{.out = out, .err = out};
  session.before_run = [&](camp::cli::Needs needs) { told.push_back(needs); };
  const std::vector<std::string> words{"post"};
  CHECK(camp::cli::run(camp->root, words, sample::env(), session) == 0);
  REQUIRE(told.size() == 1);
  CHECK(told[0] == camp::cli::Needs::write);
}

TEST_CASE("the dump holds what the lint tests read") {
  const auto camp = sample::make_camp();
  const Json dump = camp::cli::dump(camp->root);
  const Json& post = dump["subcommands"][0];
  CHECK(post["name"] == "post");
  CHECK(post["options"][0]["choices"] == Json({"local", "neighborhood", "public"}));
  CHECK(post["exits"] == Json({0, 1, 2, 4}));
  CHECK(post["environment"] == Json({"EDITOR"}));
  CHECK(post["positionals"][0]["repeatable"] == true);
  CHECK(dump["subcommands"][3]["subcommands"][0]["name"] == "add");
  CHECK(dump["options"][0]["letter"] == "C");
}

TEST_CASE("the completion command answers a kind and then candidates") {
  const auto camp = sample::make_camp();
  camp->root.subcommands.push_back(camp::cli::complete_command());
  const Outcome outcome = sample::run(camp->root, {"__complete", "2", "--", "post", "--to", "n"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "words\nneighborhood\t\n");
}

TEST_CASE("the completion command refuses a place that cannot be, and knows files") {
  camp::cli::Command root{.name = "camp", .subcommands = {camp::cli::complete_command()}};
  CHECK(sample::run(root, {"__complete", "-1", "--"}).code == 2);
  CHECK(sample::run(root, {"__complete", "1", "--", "-C"}).out == "files\n");
}
