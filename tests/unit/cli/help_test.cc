// SPDX-License-Identifier: MIT
#include "cli/help.h"

#include <sstream>

#include "base/text.h"
#include "catch.h"
#include "sample.h"

using camp::cli::Command;

namespace {

std::string help_of(const std::vector<std::string>& names, int width = 80) {
  const auto camp = sample::make_camp();
  std::vector<const Command*> path{&camp->root};
  for (const std::string& name : names) {
    path.push_back(camp::cli::find(path.back()->subcommands, name));
    REQUIRE(path.back() != nullptr);
  }
  return camp::cli::help_text(path, width);
}

}  // namespace

TEST_CASE("the help of a command shows all that was declared") {
  CHECK(help_of({"post"}) == R"(camp post - Write a post

Usage: camp post [--to REACH] [--only PEOPLE]... [--summary TEXT] [TEXT...]

Takes the text from the command line or from standard input.

The reader is the community unless --to says otherwise.

Arguments:
  TEXT  what to say

Options:
  -t, --to REACH      who can read it: local, neighborhood, public
      --only PEOPLE   narrow it to these people (may be repeated)
      --summary TEXT  show this line first

Options of every command: see `camp --help`

Examples:
  camp post "hello"
      to your community

Exit status: 0 done, 1 failed, 2 usage, 4 refused; see camp(1)
)");
}

TEST_CASE("the help of a noun lists its verbs") {
  const std::string text = help_of({"member"});
  CHECK(text.find("Usage: camp member COMMAND ...\n") != std::string::npos);
  CHECK(text.find("Commands:\n  add   Add a member\n  list  List the members\n") !=
        std::string::npos);
}

TEST_CASE("help keeps to the width") {
  const int width = GENERATE(50, 80, 200);
  for (const auto& path : {std::vector<std::string>{"post"}, {"member", "add"}, {}}) {
    std::istringstream lines(help_of(path, width));
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(camp::display_width(line) <= static_cast<std::size_t>(width));
    }
  }
}

TEST_CASE("the full help has all groups and the global options, the short one the everyday") {
  const auto camp = sample::make_camp();
  const std::string full = camp::cli::full_help(camp->root, 80);
  CHECK(full.find("\nEveryday\n  post ") != std::string::npos);
  CHECK(full.find("\nCommunity\n  member ") != std::string::npos);
  CHECK(full.find("--dry-run") != std::string::npos);
  CHECK(full.find("throw") == std::string::npos);
  const std::string brief = camp::cli::short_help(camp->root, 80);
  CHECK(brief.find("Community") == std::string::npos);
  CHECK(brief.find("camp help -a") != std::string::npos);
}
