// SPDX-License-Identifier: MIT
#include "cli/help.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/context.h"
#include "cli/parse.h"
#include "cli/system.h"
#include "commands.h"

namespace camp::cmd {
namespace {

struct Options {
  bool all = false;
  std::vector<std::string> words;
};

/// The path that the words name, as far as they name commands.
std::vector<const cli::Command*> follow(const cli::Command& root,
                                        std::span<const std::string> words) {
  std::vector<const cli::Command*> path{&root};
  for (const std::string& word : words) {
    const cli::Command* next = cli::find(path.back()->subcommands, word);
    if (next == nullptr) break;
    path.push_back(next);
  }
  return path;
}

bool is_page_name(std::string_view word) {
  return !word.empty() && word.front() != '-' && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

/// Shows a page of camp's with man(1); false when there is no man or no such page.
bool open_page(const std::string& topic) {
  return cli::run_program({"man", topic == "camp" ? topic : "camp-" + topic}, true) == 0;
}

tl::unexpected<Error> no_topic(const cli::Context& context, const std::string& word) {
  std::vector<std::string> known;
  for (const cli::Command& command : context.root.subcommands) {
    if (!command.hidden) known.push_back(command.name);
  }
  const std::string near = cli::nearest(word, known);
  return fail(Kind::usage, "there is no help on '" + word + "'",
              near.empty() ? "`camp help -a` lists all commands" : "did you mean '" + near + "'?");
}

void print(cli::Context& context, const std::string& text) {
  context.out.text(text);
  context.out.document({{"text", text}});
}

Result<void> run(cli::Context& context, const Options& options) {
  const int width = context.terminal.width;
  if (options.words.empty()) {
    print(context,
          options.all ? cli::full_help(context.root, width) : cli::short_help(context.root, width));
    return {};
  }
  const std::string& topic = options.words.front();
  if (!context.out.machine() && is_page_name(topic) && open_page(topic)) return {};
  const auto path = follow(context.root, options.words);
  if (path.size() == 1 && topic != "camp") return no_topic(context, topic);
  print(context, cli::help_text(path, width));
  return {};
}

std::vector<cli::Candidate> command_names(cli::Context& context) {
  std::vector<cli::Candidate> names;
  for (const cli::Command& command : context.root.subcommands) {
    if (!command.hidden) names.push_back({command.name, command.summary});
  }
  return names;
}

}  // namespace

cli::Command help_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "help",
      .summary = "Explain a command or a topic",
      .details =
          "Opens the manual page of a command (post) or a topic (store, identity). Without "
          "the page it prints what `camp COMMAND --help` prints. Alone it lists the "
          "everyday commands.",
      .group = cli::Group::care,
      .common = true,
      .positionals = {{.name = "TOPIC",
                       .help = "a command, with its subcommand, or a topic",
                       .complete = {.words = command_names},
                       .required = false,
                       .to = &options->words}},
      .options = {{.name = "all", .letter = 'a', .help = "list all commands", .to = &options->all}},
      .examples = {{"camp help -a", "all commands"}, {"camp help version", "one command's page"}},
      .environment = {"MANPAGER", "MANPATH"},
      .run = [options](cli::Context& context) { return run(context, *options); },
  };
}

}  // namespace camp::cmd
