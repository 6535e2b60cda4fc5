// SPDX-License-Identifier: MIT
#include "sample.h"

#include <stdexcept>
#include <utility>

namespace sample {

using camp::Error;
using camp::Kind;
using camp::Result;
using camp::cli::Candidate;
using camp::cli::Command;
using camp::cli::Context;
using camp::cli::Group;
using camp::cli::Needs;

namespace {

Command post_command(Camp& camp) {
  auto options = camp.options;
  return {
      .name = "post",
      .summary = "Write a post",
      .details =
          "Takes the text from the command line\nor from standard input.\n\nThe reader is the "
          "community unless --to says otherwise.",
      .positionals =
          {{.name = "TEXT", .help = "what to say", .required = false, .to = &options->text}},
      .options = {{.name = "to",
                   .letter = 't',
                   .value = "REACH",
                   .help = "who can read it",
                   .choices = {"local", "neighborhood", "public"},
                   .to = &options->to},
                  {.name = "only",
                   .value = "PEOPLE",
                   .help = "narrow it to these people",
                   .complete = {.words =
                                    [](Context& context) {
                                      return std::vector<Candidate>{
                                          {"@ana", "Ana"},
                                          {"@bo", "in " + context.globals.directory}};
                                    }},
                   .to = &options->only},
                  {.name = "summary",
                   .value = "TEXT",
                   .help = "show this line first",
                   .to = &options->summary}},
      .examples = {{"camp post \"hello\"", "to your community"}},
      .exits = {Kind::refused},
      .environment = {"EDITOR"},
      .needs = Needs::write,
      .run = [&camp](Context&) -> Result<void> {
        camp.ran.emplace_back("post");
        return {};
      },
  };
}

Command timeline_command(Camp& camp) {
  auto options = camp.options;
  return {
      .name = "timeline",
      .summary = "Show the newest posts",
      .options = {{.letter = 'n', .value = "N", .help = "this many posts", .to = &options->number},
                  {.name = "all", .help = "all posts", .to = &options->all}},
      .needs = Needs::read,
      .run = [&camp](Context& context) -> Result<int> {
        camp.ran.emplace_back("timeline");
        return context.globals.dry_run ? 9 : 3;
      },
  };
}

Command reply_command(Camp& camp) {
  auto options = camp.options;
  return {
      .name = "reply",
      .summary = "Answer a post",
      .positionals = {{.name = "ID", .help = "the post", .to = &options->id},
                      {.name = "TEXT", .required = false, .to = &options->text}},
      .needs = Needs::write,
      .run = [&camp](Context&) -> Result<void> {
        camp.ran.emplace_back("reply");
        return {};
      },
  };
}

Command member_command(Camp& camp) {
  auto options = camp.options;
  const auto ran = [&camp](Context&) -> Result<void> {
    camp.ran.emplace_back("member add");
    return {};
  };
  return {.name = "member",
          .summary = "Manage members",
          .group = Group::community,
          .subcommands = {{.name = "add",
                           .summary = "Add a member",
                           .positionals = {{.name = "HANDLE", .to = &options->handle}},
                           .options = {{.name = "name",
                                        .value = "NAME",
                                        .help = "the name to show",
                                        .required = true,
                                        .to = &options->summary}},
                           .run = ran},
                          {.name = "list", .summary = "List the members", .run = ran}}};
}

Result<void> refuse(Context&) {
  return camp::fail(Kind::refused, "the post \x1b[31mis not yours", "ask @bo");
}

Result<void> blow_up(Context&) { throw std::runtime_error("boom"); }

}  // namespace

std::unique_ptr<Camp> make_camp() {
  auto camp = std::make_unique<Camp>();
  camp->root = {.name = "camp", .summary = "a test"};
  camp->root.subcommands = {post_command(*camp), timeline_command(*camp), reply_command(*camp),
                            member_command(*camp)};
  camp->root.subcommands.push_back(
      {.name = "fail", .summary = "Fail", .hidden = true, .run = refuse});
  camp->root.subcommands.push_back(
      {.name = "throw", .summary = "Throw", .hidden = true, .run = blow_up});
  camp->root.subcommands.push_back({.name = "version",
                                    .summary = "Print the version",
                                    .group = Group::care,
                                    .run = [](Context& context) -> Result<void> {
                                      context.out.line({"camp 1"});
                                      return {};
                                    }});
  return camp;
}

camp::Env env(std::vector<std::pair<std::string, std::string>> variables) {
  camp::Env made;
  made.now_ms = [] { return std::int64_t{1'795'428'000'000}; };
  made.random_bytes = [](std::size_t size) { return std::string(size, 'x'); };
  made.variable = [variables =
                       std::move(variables)](std::string_view name) -> std::optional<std::string> {
    for (const auto& [key, value] : variables) {
      if (key == name) return value;
    }
    return std::nullopt;
  };
  return made;
}

Outcome run(const Command& root, std::vector<std::string> words, const camp::Env& env,
            camp::cli::Terminal terminal) {
  std::ostringstream out;
  std::ostringstream err;
  camp::cli::Session session{.out = out, .err = err, .terminal = terminal};
  session.interrupted = [] { return false; };
  const int code = camp::cli::run(root, words, env, session);
  return {code, out.str(), err.str()};
}

}  // namespace sample
