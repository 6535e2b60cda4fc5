// SPDX-License-Identifier: MIT
#include "cli/complete.h"

#include "catch.h"
#include "sample.h"

using camp::cli::Completion;
using Words = std::vector<std::string>;

namespace {

struct Answer {
  Completion::What what = Completion::What::none;
  Words words = {};
};

Answer complete(const Words& words, std::size_t index) {
  const auto camp = sample::make_camp();
  std::ostringstream sink;
  const camp::Env env = sample::env();
  const camp::cli::Globals globals;
  const camp::cli::Terminal terminal;
  camp::cli::Printer printer(sink, sink, {});
  const camp::cli::Context context{env, globals, terminal, printer, camp->root, {}, {}, {}};
  const Completion completion = camp::cli::complete(context, words, index);
  Answer answer{completion.what, {}};
  for (const auto& one : completion.candidates) answer.words.push_back(one.word);
  return answer;
}

}  // namespace

TEST_CASE("the first word completes to the visible commands") {
  CHECK(complete({}, 0).words == Words{"post", "timeline", "reply", "member", "version"});
  CHECK(complete({"p"}, 0).words == Words{"post"});
  CHECK(complete({"-C", "dir", "me"}, 2).words == Words{"member"});
}

TEST_CASE("a noun completes to its verbs") {
  CHECK(complete({"member", ""}, 1).words == Words{"add", "list"});
}

TEST_CASE("options complete with the global ones after the command's own") {
  const Words words = complete({"post", "--"}, 1).words;
  REQUIRE(words.size() > 4);
  CHECK(words[0] == "--to");
  CHECK(words[2] == "--summary");
  CHECK(complete({"post", "--su"}, 1).words == Words{"--summary"});
}

TEST_CASE("a value completes to the choices") {
  CHECK(complete({"post", "--to", ""}, 2).words == Words{"local", "neighborhood", "public"});
  CHECK(complete({"post", "-t", "l"}, 2).words == Words{"local"});
  CHECK(complete({"post", "--to=l"}, 1).words == Words{"--to=local"});
  CHECK(complete({"--color", "n"}, 1).words == Words{"never"});
}

TEST_CASE("a line broken at = and @ as bash does it completes the part after the break") {
  CHECK(complete({"post", "--to", "=", "l"}, 3).words == Words{"local"});
  CHECK(complete({"post", "--to", "="}, 2).words == Words{"local", "neighborhood", "public"});
  CHECK(complete({"post", "--only", "@", "b"}, 3).words == Words{"bo"});
}

TEST_CASE("callbacks see the directory that was typed") {
  const auto camp = sample::make_camp();
  std::ostringstream sink;
  const camp::Env env = sample::env();
  const camp::cli::Globals globals;
  const camp::cli::Terminal terminal;
  camp::cli::Printer printer(sink, sink, {});
  const camp::cli::Context context{env, globals, terminal, printer, camp->root, {}, {}, {}};
  const Words words{"-C", "here", "post", "--only", "@b"};
  const Completion completion = camp::cli::complete(context, words, 4);
  REQUIRE(completion.candidates.size() == 1);
  CHECK(completion.candidates[0].summary == "in here");
}

TEST_CASE("files complete where a path is expected") {
  CHECK(complete({"-C", "x"}, 1).what == Completion::What::files);
}

TEST_CASE("nothing completes where nothing is known") {
  CHECK(complete({"nonsense", "x"}, 1).what == Completion::What::none);
  CHECK(complete({"post", "x"}, 1).what == Completion::What::none);
  CHECK(complete({"timeline", "x"}, 1).what == Completion::What::none);
  CHECK(complete({"post", "--summary", "x"}, 2).what == Completion::What::none);
  CHECK(complete({"post", "--", "--t"}, 2).what == Completion::What::none);
}

TEST_CASE("options that stand before do not confuse the place") {
  CHECK(complete({"member", "-q", "--as", "x", "l"}, 4).words == Words{"list"});
  CHECK(complete({"post", "--summary", "--", "--to", ""}, 4).words ==
        Words{"local", "neighborhood", "public"});
}
