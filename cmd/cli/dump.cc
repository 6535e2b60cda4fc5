// SPDX-License-Identifier: MIT
#include "cli/dump.h"

#include <nlohmann/json.hpp>

#include "cli/context.h"

namespace camp::cli {
namespace {

Json dump_option(const Option& option) {
  return {{"name", option.name},
          {"letter", option.letter == '\0' ? "" : std::string(1, option.letter)},
          {"value", option.value},
          {"help", option.help},
          {"choices", option.choices},
          {"required", option.required},
          {"repeatable", takes_many(option.to)},
          {"hidden", option.hidden}};
}

Json dump_positional(const Positional& place) {
  return {{"name", place.name},
          {"help", place.help},
          {"choices", place.choices},
          {"required", place.required},
          {"repeatable", takes_many(place.to)}};
}

std::string_view name_of(Needs needs) {
  switch (needs) {
    case Needs::nothing:
      return "nothing";
    case Needs::read:
      return "read";
    case Needs::write:
      return "write";
  }
  return "";
}

Json exit_codes(const std::vector<Kind>& exits) {
  Json codes = Json::array({0, exit_code(Kind::failed), exit_code(Kind::usage)});
  for (const Kind kind : exits) codes.push_back(exit_code(kind));
  return codes;
}

Json dump_one(const Command& command) {
  Json json{{"name", command.name},
            {"summary", command.summary},
            {"details", command.details},
            {"group", title(command.group)},
            {"hidden", command.hidden},
            {"runs", static_cast<bool>(command.run)},
            {"needs", name_of(command.needs)},
            {"environment", command.environment},
            {"exits", exit_codes(command.exits)}};
  Json options = Json::array();
  for (const Option& option : command.options) options.push_back(dump_option(option));
  Json positionals = Json::array();
  for (const Positional& place : command.positionals) positionals.push_back(dump_positional(place));
  Json examples = Json::array();
  for (const Example& example : command.examples) {
    examples.push_back({{"command", example.command}, {"text", example.text}});
  }
  Json subcommands = Json::array();
  for (const Command& one : command.subcommands) subcommands.push_back(dump_one(one));
  json["options"] = std::move(options);
  json["positionals"] = std::move(positionals);
  json["examples"] = std::move(examples);
  json["subcommands"] = std::move(subcommands);
  return json;
}

Result<void> run(Context& context) {
  // Machines read this; it needs no --json.
  context.out.line({Own{dump(context.root).dump(1, ' ', true)}});
  context.out.document(dump(context.root));
  return {};
}

}  // namespace

Json dump(const Command& root) {
  Json json = dump_one(root);
  Globals unused;
  Json globals = Json::array();
  for (const Option& option : global_options(unused)) globals.push_back(dump_option(option));
  json["options"] = std::move(globals);
  return json;
}

Command dump_command() {
  return {.name = "__commands",
          .summary = "Print the tree of commands as JSON",
          .group = Group::plumbing,
          .hidden = true,
          .run = run};
}

}  // namespace camp::cli
