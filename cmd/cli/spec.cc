// SPDX-License-Identifier: MIT
#include "cli/spec.h"

#include <algorithm>

namespace camp::cli {

std::string_view title(Group group) {
  switch (group) {
    case Group::everyday:
      return "Everyday";
    case Group::people:
      return "People";
    case Group::community:
      return "Community";
    case Group::account:
      return "Your account";
    case Group::care:
      return "Server and care";
    case Group::plumbing:
      return "Plumbing";
  }
  return "";
}

std::vector<Option> global_options(Globals& globals) {
  return {
      {.letter = 'C',
       .value = "DIR",
       .help = "use the community in DIR",
       .complete = complete_files(),
       .to = &globals.directory},
      {.name = "as", .value = "HANDLE", .help = "act as this member", .to = &globals.as},
      {.name = "json", .help = "print one JSON document", .to = &globals.json},
      {.name = "jsonl", .help = "print one JSON record a line", .to = &globals.jsonl},
      {.name = "plain", .help = "print tab-separated lines, as into a pipe", .to = &globals.plain},
      {.name = "color",
       .value = "WHEN",
       .help = "colour the output",
       .choices = {"auto", "always", "never"},
       .to = &globals.color},
      {.name = "quiet", .letter = 'q', .help = "print errors only", .to = &globals.quiet},
      {.name = "verbose",
       .letter = 'v',
       .help = "say more; twice for still more",
       .to = &globals.verbose},
      {.name = "dry-run",
       .letter = 'n',
       .help = "say what would be done, do nothing",
       .to = &globals.dry_run},
      {.name = "help", .letter = 'h', .help = "show this help", .to = &globals.help},
      {.name = "version", .help = "show the version", .to = &globals.version},
  };
}

const Command* find(const std::vector<Command>& commands, std::string_view name) {
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const Command& command) { return command.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

std::string spelling(const Option& option) {
  return option.name.empty() ? std::string("-") + option.letter : "--" + option.name;
}

bool is_flag(const Option& option) { return option.value.empty(); }

bool takes_many(const Target& target) {
  return std::holds_alternative<std::vector<std::string>*>(target);
}

}  // namespace camp::cli
