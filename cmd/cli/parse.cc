// SPDX-License-Identifier: MIT
#include "cli/parse.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>

#include "base/text.h"
#include "cli/help.h"

// CLI11 reads the options of one level at a time; the walk from noun to verb, the arguments and all
// messages are ours. It gets no destinations and no positionals, because for targets that take many
// values it splits a word such as "[a,b]", and a post may be just that.

namespace camp::cli {
namespace {

using Words = std::vector<std::string>;

/// What of a command line is not read yet: what may hold options, and what came after `--`.
struct Rest {
  Words open;
  Words closed;
  bool marked = false;
};

struct Bound {
  Option option;
  CLI::Option* handle = nullptr;
};

bool looks_like_option(std::string_view word) {
  if (word.size() < 2 || word[0] != '-') return false;
  return std::isdigit(static_cast<unsigned char>(word[1])) == 0;
}

Rest split_at_mark(std::span<const std::string> words) {
  const auto mark = std::find(words.begin(), words.end(), "--");
  Rest rest;
  for (auto word = words.begin(); word != mark; ++word) {
    // CLI11 takes the next word as the value of "--name=".
    if (word->size() > 3 && word->starts_with("--") && word->find('=') == word->size() - 1) {
      rest.open.push_back(word->substr(0, word->size() - 1));
      rest.open.emplace_back();
    } else {
      rest.open.push_back(*word);
    }
  }
  rest.marked = mark != words.end();
  if (rest.marked) rest.closed.assign(mark + 1, words.end());
  return rest;
}

/// The options that count at this level: the command's own, and the global ones as far as the
/// command does not use their names itself.
std::vector<Option> options_of(const Command& command, Globals& globals) {
  std::vector<Option> all = command.options;
  for (Option& global : global_options(globals)) {
    for (const Option& own : command.options) {
      if (own.letter == global.letter) global.letter = '\0';
      if (own.name == global.name) global.name.clear();
    }
    if (global.letter != '\0' || !global.name.empty()) all.push_back(std::move(global));
  }
  return all;
}

std::vector<Bound> declare(CLI::App& app, std::vector<Option> options) {
  std::vector<Bound> bound;
  for (Option& option : options) {
    std::string names = option.letter == '\0' ? "" : std::string("-") + option.letter;
    if (!option.name.empty()) names += (names.empty() ? "--" : ",--") + option.name;
    CLI::Option* handle = is_flag(option) ? app.add_flag(names) : app.add_option(names);
    handle->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    if (is_flag(option)) {
      handle->disable_flag_override();
    } else {
      handle->expected(1)->allow_extra_args(false);
    }
    bound.push_back({std::move(option), handle});
  }
  return bound;
}

std::string listed(std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// Our words for CLI11's complaint about a value that is missing or too much. It begins with the
/// option's name: "--to", "-C", or "json" for a flag.
std::string missing_value_message(std::span<const Bound> bound, const CLI::Error& error) {
  const std::string text = error.what();
  const Option* best = nullptr;
  for (const Bound& one : bound) {
    const bool named = text.starts_with(one.handle->get_name()) ||
                       (!one.option.name.empty() && text.starts_with(one.option.name));
    if (named && (best == nullptr || spelling(one.option).size() > spelling(*best).size())) {
      best = &one.option;
    }
  }
  if (best == nullptr) return text;
  if (is_flag(*best)) return spelling(*best) + " takes no value";
  if (!best->choices.empty()) return spelling(*best) + " requires one of " + listed(best->choices);
  return spelling(*best) + " requires a value: " + best->value;
}

Result<void> check_choice(const std::string& what, const std::vector<std::string>& choices,
                          std::span<const std::string> values) {
  for (const std::string& value : values) {
    if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) {
      continue;
    }
    const std::string near = nearest(value, choices);
    return fail(Kind::usage, what + " requires one of " + listed(choices) + ", not '" + value + "'",
                near.empty() ? "choose one of them" : "did you mean '" + near + "'?");
  }
  return {};
}

Result<std::int64_t> whole_number(const std::string& what, const std::string& text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) {
    return fail(Kind::usage, what + " requires a whole number, not '" + text + "'",
                "write it in digits");
  }
  return number;
}

/// Writes the values, at least one, to where they belong. Of several for one place the last counts.
Result<void> store(const std::string& what, const Target& target,
                   std::span<const std::string> values) {
  if (auto* const* text = std::get_if<std::string*>(&target)) {
    **text = values.back();
  } else if (auto* const* maybe = std::get_if<std::optional<std::string>*>(&target)) {
    **maybe = values.back();
  } else if (auto* const* many = std::get_if<std::vector<std::string>*>(&target)) {
    (*many)->insert((*many)->end(), values.begin(), values.end());
  } else if (auto* const* number = std::get_if<std::int64_t*>(&target)) {
    **number = CAMP_TRY(whole_number(what, values.back()));
  } else if (auto* const* maybe_number = std::get_if<std::optional<std::int64_t>*>(&target)) {
    **maybe_number = CAMP_TRY(whole_number(what, values.back()));
  }
  return {};
}

Result<void> bind(const Bound& bound) {
  const std::size_t count = bound.handle->count();
  if (count == 0) return {};
  if (is_flag(bound.option)) {
    if (auto* const* flag = std::get_if<bool*>(&bound.option.to)) **flag = true;
    if (auto* const* counter = std::get_if<std::int64_t*>(&bound.option.to)) {
      **counter += static_cast<std::int64_t>(count);
    }
    return {};
  }
  const std::string what = spelling(bound.option);
  const std::vector<std::string>& values = bound.handle->results();
  CAMP_TRY(check_choice(what, bound.option.choices, values));
  return store(what, bound.option.to, values);
}

std::string help_hint(const Parsed& parsed) {
  return "see `" + path_name(parsed.path) + " --help`";
}

tl::unexpected<Error> unknown_option(const Parsed& parsed, std::span<const Bound> bound,
                                     const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  Words known;
  for (const Bound& one : bound) {
    if (!one.option.hidden && !one.option.name.empty()) known.push_back("--" + one.option.name);
  }
  const std::string near = name.starts_with("--") ? nearest(name, known) : "";
  std::string hint = near.empty() ? help_hint(parsed) : "did you mean '" + near + "'?";
  if (near.empty() && !parsed.command().positionals.empty()) {
    hint = "text that starts with '-' goes after '--'; " + hint;
  }
  return fail(Kind::usage, path_name(parsed.path) + " has no option " + name, hint);
}

/// Reads the options of one level out of `rest.open`. With `prefix` it stops at the first word that
/// is no option, since that names the next level.
Result<void> read_options(const Parsed& parsed, Globals& globals, Rest& rest, bool prefix) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  app.prefix_command(prefix);
  const std::vector<Bound> bound = declare(app, options_of(parsed.command(), globals));
  try {
    Words reversed(rest.open.rbegin(), rest.open.rend());
    app.parse(std::move(reversed));
    rest.open = app.remaining();
  } catch (const CLI::Error& error) {
    return fail(Kind::usage, missing_value_message(bound, error), help_hint(parsed));
  }
  for (const Bound& one : bound) CAMP_TRY(bind(one));
  if (globals.help || globals.version) return {};
  const auto stop = prefix && !rest.open.empty() ? rest.open.begin() + 1 : rest.open.end();
  const auto unknown = std::find_if(rest.open.begin(), stop, looks_like_option);
  if (unknown != stop) return unknown_option(parsed, bound, *unknown);
  for (const Bound& one : bound) {
    if (!prefix && one.option.required && one.handle->count() == 0) {
      return fail(Kind::usage, path_name(parsed.path) + " requires " + spelling(one.option),
                  "usage: " + usage(parsed.path));
    }
  }
  return {};
}

Result<void> read_arguments(const Parsed& parsed, const Rest& rest) {
  Words words = rest.open;
  words.insert(words.end(), rest.closed.begin(), rest.closed.end());
  std::span<const std::string> left = words;
  for (const Positional& place : parsed.command().positionals) {
    if (left.empty()) {
      if (!place.required) continue;
      return fail(Kind::usage, path_name(parsed.path) + " requires " + place.name,
                  "usage: " + usage(parsed.path));
    }
    const auto mine = left.first(takes_many(place.to) ? left.size() : 1);
    CAMP_TRY(check_choice(place.name, place.choices, mine));
    CAMP_TRY(store(place.name, place.to, mine));
    left = left.subspan(mine.size());
  }
  if (left.empty()) return {};
  return fail(Kind::usage, "unexpected argument '" + left.front() + "'",
              parsed.command().positionals.empty()
                  ? "usage: " + usage(parsed.path)
                  : "put quotes around words that belong together; usage: " + usage(parsed.path));
}

/// `camp approve` for `camp neighbor approve`: the path of a subcommand that has the name.
std::string elsewhere(const Parsed& parsed, std::string_view word) {
  for (const Command& command : parsed.command().subcommands) {
    if (!command.hidden && find(command.subcommands, word) != nullptr) {
      return path_name(parsed.path) + " " + command.name + " " + std::string(word);
    }
  }
  return "";
}

tl::unexpected<Error> unknown_command(const Parsed& parsed, const std::string& word) {
  Words known;
  for (const Command& command : parsed.command().subcommands) {
    if (!command.hidden) known.push_back(command.name);
  }
  std::string near = nearest(word, known);
  if (near.empty()) near = elsewhere(parsed, word);
  return fail(Kind::usage, "'" + word + "' is not a " + path_name(parsed.path) + " command",
              near.empty() ? help_hint(parsed) : "did you mean '" + near + "'?");
}

Result<void> check_globals(const Globals& globals) {
  if (globals.json && globals.jsonl) {
    return fail(Kind::usage, "--json and --jsonl exclude each other");
  }
  if (globals.plain && (globals.json || globals.jsonl)) {
    return fail(Kind::usage, "--plain and --json exclude each other");
  }
  return {};
}

/// The last level: a command, or a noun alone.
Result<void> read_leaf(const Parsed& parsed, const Globals& globals, const Rest& rest) {
  if (globals.help || globals.version) return {};
  CAMP_TRY(check_globals(globals));
  const Command& command = parsed.command();
  if (!command.subcommands.empty()) {
    if (rest.marked) return fail(Kind::usage, "'--' goes after the command", help_hint(parsed));
    if (command.run || parsed.path.size() == 1) return {};
    Words names;
    for (const Command& one : command.subcommands) {
      if (!one.hidden) names.push_back(one.name);
    }
    return fail(Kind::usage, path_name(parsed.path) + " requires one of " + listed(names),
                help_hint(parsed));
  }
  return read_arguments(parsed, rest);
}

}  // namespace

Result<void> parse(const Command& root, std::span<const std::string> words, Globals& globals,
                   Parsed& parsed) {
  Rest rest = split_at_mark(words);
  parsed.path = {&root};
  while (true) {
    const Command& command = parsed.command();
    const bool noun = !command.subcommands.empty();
    CAMP_TRY(read_options(parsed, globals, rest, noun));
    if (!noun || rest.open.empty()) return read_leaf(parsed, globals, rest);
    const std::string word = rest.open.front();
    const Command* next = find(command.subcommands, word);
    if (next == nullptr) return unknown_command(parsed, word);
    parsed.path.push_back(next);
    rest.open.erase(rest.open.begin());
  }
}

std::string path_name(std::span<const Command* const> path) {
  std::string name;
  for (const Command* command : path) name += (name.empty() ? "" : " ") + command->name;
  return name;
}

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  std::string best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  if (word.size() > 64) return best;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace camp::cli
