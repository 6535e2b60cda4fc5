// SPDX-License-Identifier: MIT
#include "cli/help.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/parse.h"

namespace camp::cli {
namespace {

using Path = std::span<const Command* const>;

constexpr std::array kGroups{Group::everyday, Group::people, Group::community,
                             Group::account,  Group::care,   Group::plumbing};

std::string spaces(std::size_t count) { return std::string(count, ' '); }

/// Lines of `text`, each no wider than `width`, the first after `first`, the others after `margin`.
std::string wrapped(std::string_view text, std::size_t width, const std::string& first,
                    std::size_t margin) {
  const std::size_t room = std::max<std::size_t>(width > margin ? width - margin : 0, 20);
  std::string out;
  for (const std::string& part : wrap(text, room)) {
    out += (out.empty() ? first : spaces(margin)) + part + "\n";
  }
  return out.empty() ? first + "\n" : out;
}

/// Two columns: a term and what it means; long terms get a line of their own.
using Entry = std::pair<std::string, std::string>;
std::string entries(std::span<const Entry> all, std::size_t width, std::size_t limit = 24) {
  std::size_t column = 0;
  for (const Entry& entry : all) {
    if (entry.first.size() <= limit) column = std::max(column, entry.first.size());
  }
  std::string out;
  for (const auto& [term, meaning] : all) {
    const std::string start = "  " + term;
    if (term.size() > column) {
      out += start + "\n" + wrapped(meaning, width, spaces(column + 4), column + 4);
    } else {
      out += wrapped(meaning, width, start + spaces(column + 2 - term.size()), column + 4);
    }
  }
  return out;
}

std::string join(std::span<const std::string> words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(between)) + word;
  return text;
}

std::string term(const Option& option) {
  std::string text = option.letter == '\0' ? "    " : std::string("-") + option.letter;
  if (!option.name.empty()) text += (option.letter == '\0' ? "--" : ", --") + option.name;
  if (!is_flag(option)) text += " " + option.value;
  return text;
}

std::string meaning(const std::string& help, const std::vector<std::string>& choices) {
  return choices.empty() ? help : help + ": " + join(choices, ", ");
}

std::vector<Entry> option_entries(std::span<const Option> options) {
  std::vector<Entry> all;
  for (const Option& option : options) {
    if (option.hidden) continue;
    std::string text = meaning(option.help, option.choices);
    if (takes_many(option.to)) text += " (may be repeated)";
    all.emplace_back(term(option), std::move(text));
  }
  return all;
}

std::string usage_of(const Option& option) {
  const std::string core = spelling(option) + (is_flag(option) ? "" : " " + option.value);
  const std::string many = takes_many(option.to) ? "..." : "";
  return " " + (option.required ? core : "[" + core + "]") + many;
}

std::string usage_of(const Positional& place) {
  const std::string core = place.name + (takes_many(place.to) ? "..." : "");
  return " " + (place.required ? core : "[" + core + "]");
}

std::string paragraphs(const std::string& text, std::size_t width) {
  std::string out;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find("\n\n", start), text.size());
    std::string paragraph = text.substr(start, end - start);
    std::replace(paragraph.begin(), paragraph.end(), '\n', ' ');
    if (!paragraph.empty()) out += "\n" + wrapped(paragraph, width, "", 0);
    start = end + 2;
  }
  return out;
}

std::string exit_status(const Command& command) {
  static const std::map<Kind, std::string_view> kMeanings{
      {Kind::not_found, "nothing found or nothing new"},
      {Kind::refused, "refused"},
      {Kind::conflict, "needs a person"},
      {Kind::network, "a peer or the network, try again later"},
      {Kind::damaged, "the store is damaged"},
      {Kind::busy, "busy, try again"},
      {Kind::interrupted, "interrupted"},
  };
  std::string text = "Exit status: 0 done, 1 failed, 2 usage";
  for (const auto& [kind, says] : kMeanings) {
    if (std::find(command.exits.begin(), command.exits.end(), kind) == command.exits.end())
      continue;
    text += ", " + std::to_string(exit_code(kind)) + " " + std::string(says);
  }
  return text + "; see camp(1)";
}

std::string subcommand_section(const Command& command, std::size_t width) {
  std::vector<Entry> rows;
  for (const Command& one : command.subcommands) {
    if (!one.hidden) rows.emplace_back(one.name, one.summary);
  }
  return rows.empty() ? "" : "\nCommands:\n" + entries(rows, width);
}

std::string argument_section(const Command& command, std::size_t width) {
  std::vector<Entry> rows;
  for (const Positional& place : command.positionals) {
    if (!place.help.empty()) rows.emplace_back(place.name, meaning(place.help, place.choices));
  }
  return rows.empty() ? "" : "\nArguments:\n" + entries(rows, width);
}

std::string option_section(const Command& command, std::size_t width) {
  const std::vector<Entry> rows = option_entries(command.options);
  return rows.empty() ? "" : "\nOptions:\n" + entries(rows, width);
}

std::string example_section(const Command& command) {
  std::string out;
  for (const Example& example : command.examples) {
    out += "  " + example.command + "\n";
    if (!example.text.empty()) out += "      " + example.text + "\n";
  }
  return out.empty() ? "" : "\nExamples:\n" + out;
}

std::string command_list(const Command& root, std::size_t width, bool all) {
  std::size_t column = 0;
  for (const Command& command : root.subcommands) {
    if (!command.hidden) column = std::max(column, command.name.size());
  }
  std::string out;
  for (const Group group : kGroups) {
    std::string rows;
    for (const Command& command : root.subcommands) {
      const bool common = command.common || command.group == Group::everyday;
      if (command.group != group || command.hidden || !(all || common)) continue;
      const std::string start = "  " + command.name + spaces(column + 2 - command.name.size());
      rows += wrapped(command.summary, width, start, column + 4);
    }
    if (!rows.empty()) out += "\n" + std::string(title(group)) + "\n" + rows;
  }
  return out;
}

}  // namespace

std::string usage(Path path) {
  const Command& command = *path.back();
  std::string text = path_name(path);
  for (const Option& option : command.options) {
    if (!option.hidden) text += usage_of(option);
  }
  if (!command.subcommands.empty()) return text + (command.run ? " [COMMAND]" : " COMMAND ...");
  for (const Positional& place : command.positionals) text += usage_of(place);
  return text;
}

std::string help_text(Path path, int columns) {
  const Command& command = *path.back();
  if (path.size() == 1) return full_help(command, columns);
  const auto width = static_cast<std::size_t>(columns);
  const std::string name = path_name(path);
  const std::string line = usage(path).substr(name.size());
  std::string out = name + " - " + command.summary + "\n\n";
  const std::string start = "Usage: " + name;
  out +=
      line.empty() ? start + "\n" : wrapped(line.substr(1), width, start + " ", start.size() + 1);
  out += paragraphs(command.details, width);
  out += subcommand_section(command, width);
  out += argument_section(command, width);
  out += option_section(command, width);
  out += "\n" + wrapped("Options of every command: see `camp --help`", width, "", 0);
  out += example_section(command);
  return out + "\n" + wrapped(exit_status(command), width, "", 0);
}

std::string short_help(const Command& root, int columns) {
  const auto width = static_cast<std::size_t>(columns);
  std::string out = root.name + " - " + root.summary + "\n";
  out += command_list(root, width, false);
  out += "\n" + wrapped("`camp help -a` lists all commands, `camp help COMMAND` explains one.",
                        width, "", 0);
  return out;
}

std::string full_help(const Command& root, int columns) {
  const auto width = static_cast<std::size_t>(columns);
  Globals unused;
  std::string out = root.name + " - " + root.summary + "\n\n";
  out += wrapped("[OPTION]... COMMAND [ARGUMENT]...", width, "Usage: camp ", 12);
  out += command_list(root, width, true);
  out += "\n" + wrapped("Options of every command, before or after its name:", width, "", 0);
  out += entries(option_entries(global_options(unused)), width);
  out += "\n" + wrapped(
                    "`camp COMMAND --help` explains one command, `camp help COMMAND` opens its "
                    "manual page.",
                    width, "", 0);
  return out;
}

}  // namespace camp::cli
