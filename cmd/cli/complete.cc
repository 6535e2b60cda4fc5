// SPDX-License-Identifier: MIT
#include "cli/complete.h"

#include <algorithm>

#include "cli/parse.h"

namespace camp::cli {
namespace {

using Words = std::vector<std::string>;

/// The typed line in the form that a shell without word breaks would give.
struct Line {
  Words before;       ///< the complete words left of the cursor
  std::string word;   ///< the one to complete
  std::string strip;  ///< what the shell keeps in front of the answer
};

Line joined(std::span<const std::string> words, std::size_t index) {
  Line line;
  for (std::size_t i = 0; i <= index; ++i) {
    const std::string word = i < words.size() ? words[i] : "";
    const bool last = i == index;
    const std::string previous = line.before.empty() ? "" : line.before.back();
    if (word == "=" && previous.starts_with("--") && !last) continue;
    if (previous == "@") {
      line.before.pop_back();
      if (last) line.strip = "@";
      (last ? line.word : line.before.emplace_back()) = "@" + word;
    } else if (!last) {
      line.before.push_back(word);
    } else if (word != "=") {
      line.word = word;
    }
  }
  return line;
}

/// Where the cursor stands in the tree.
struct Place {
  const Command* command = nullptr;
  const Option* value_of = nullptr;  ///< the option whose value comes next
  std::size_t arguments = 0;
  bool marked = false;  ///< after `--`
  bool lost = false;    ///< after a word that names nothing
};

class Walk {
 public:
  Walk(const Command& root, Globals& globals) : globals_(global_options(globals)) {
    place_.command = &root;
  }

  void step(const std::string& word) {
    if (place_.value_of != nullptr) return take_value(word);
    if (!place_.marked && word == "--") {
      place_.marked = true;
    } else if (!place_.marked && word.size() > 1 && word[0] == '-') {
      take_option(word);
    } else if (!place_.command->subcommands.empty()) {
      const Command* next = find(place_.command->subcommands, word);
      if (next != nullptr) place_.command = next;
      place_.lost = place_.lost || next == nullptr;
    } else {
      ++place_.arguments;
    }
  }

  const Place& place() const { return place_; }

  /// The command's own options, then the global ones that it does not hide.
  std::vector<const Option*> options() const {
    std::vector<const Option*> all;
    for (const Option& option : place_.command->options) all.push_back(&option);
    for (const Option& option : globals_) all.push_back(&option);
    return all;
  }

  const Option* by_name(std::string_view name) const {
    for (const Option* option : options()) {
      if (!option->name.empty() && option->name == name) return option;
    }
    return nullptr;
  }

 private:
  const Option* by_letter(char letter) const {
    for (const Option* option : options()) {
      if (option->letter == letter) return option;
    }
    return nullptr;
  }

  void take_value(const std::string& value) {
    if (auto* const* text = std::get_if<std::string*>(&place_.value_of->to))
      remember(**text, value);
    place_.value_of = nullptr;
  }

  /// Only the global options' values matter (-C, --as); the commands' own are left alone.
  void remember(std::string& target, const std::string& value) {
    for (const Option& option : globals_) {
      if (&option == place_.value_of) target = value;
    }
  }

  void take_option(const std::string& word) {
    const std::size_t equals = word.find('=');
    if (word.starts_with("--")) {
      const Option* option = by_name(std::string_view(word).substr(2, equals - 2));
      place_.value_of = option != nullptr && !is_flag(*option) ? option : nullptr;
      if (place_.value_of != nullptr && equals != std::string::npos) {
        take_value(word.substr(equals + 1));
      }
      return;
    }
    for (std::size_t i = 1; i < word.size(); ++i) {
      const Option* option = by_letter(word[i]);
      if (option == nullptr || is_flag(*option)) continue;
      place_.value_of = option;
      if (i + 1 < word.size()) take_value(word.substr(i + 1));
      return;
    }
  }

  std::vector<Option> globals_;
  Place place_;
};

using What = Completion::What;

Completion values(Context& context, const std::vector<std::string>& choices,
                  const Completer& completer) {
  Completion answer;
  for (const std::string& choice : choices) answer.candidates.push_back({choice, ""});
  if (completer.words) answer.candidates = completer.words(context);
  if (!choices.empty() || completer.words) answer.what = What::words;
  if (completer.files) answer.what = What::files;
  return answer;
}

Completion option_names(const Walk& walk) {
  Completion answer{.what = What::words};
  for (const Option* option : walk.options()) {
    if (!option->hidden) answer.candidates.push_back({spelling(*option), option->help});
  }
  return answer;
}

Completion arguments(Context& context, const Place& place) {
  const Command& command = *place.command;
  Completion answer{.what = What::words};
  if (!command.subcommands.empty()) {
    for (const Command& one : command.subcommands) {
      if (!one.hidden) answer.candidates.push_back({one.name, one.summary});
    }
    return answer;
  }
  if (command.positionals.empty()) return {};
  const bool more = place.arguments < command.positionals.size();
  const Positional& last = command.positionals.back();
  if (!more && !takes_many(last.to)) return {};
  const Positional& here = more ? command.positionals[place.arguments] : last;
  return values(context, here.choices, here.complete);
}

Completion all_candidates(Context& context, const Walk& walk, const std::string& word) {
  const Place& place = walk.place();
  if (place.lost) return {};
  if (place.value_of != nullptr) {
    return values(context, place.value_of->choices, place.value_of->complete);
  }
  const std::size_t equals = word.find('=');
  if (!place.marked && word.starts_with("--") && equals != std::string::npos) {
    const Option* option = walk.by_name(word.substr(2, equals - 2));
    if (option == nullptr || is_flag(*option)) return {};
    Completion answer = values(context, option->choices, option->complete);
    for (Candidate& one : answer.candidates) one.word.insert(0, word.substr(0, equals + 1));
    return answer;
  }
  if (!place.marked && word.starts_with("-")) return option_names(walk);
  return arguments(context, place);
}

struct Options {
  std::int64_t index = 0;
  std::vector<std::string> words;
};

Result<void> run(Context& context, const Options& options) {
  if (options.index < 0 || options.index > 1000) return fail(Kind::usage, "no such word");
  const Completion answer =
      complete(context, options.words, static_cast<std::size_t>(options.index));
  switch (answer.what) {
    case What::none:
      context.out.line({"none"});
      return {};
    case What::files:
      context.out.line({"files"});
      return {};
    case What::words:
      context.out.line({"words"});
      break;
  }
  for (const Candidate& one : answer.candidates) {
    context.out.line({Foreign{one.word}, "\t", Foreign{one.summary}});
  }
  return {};
}

}  // namespace

Completion complete(const Context& context, std::span<const std::string> words, std::size_t index) {
  const Line line = joined(words, index);
  Globals globals;
  Walk walk(context.root, globals);
  for (const std::string& word : line.before) walk.step(word);
  Context inner{
      context.env,        globals,           context.terminal,   context.out, context.root,
      context.read_input, context.read_some, context.interrupted};
  Completion answer = all_candidates(inner, walk, line.word);
  std::erase_if(answer.candidates,
                [&](const Candidate& one) { return !one.word.starts_with(line.word); });
  for (Candidate& one : answer.candidates) one.word.erase(0, line.strip.size());
  return answer;
}

Command complete_command() {
  auto options = std::make_shared<Options>();
  return {.name = "__complete",
          .summary = "Answer a shell that completes a command line",
          .group = Group::plumbing,
          .hidden = true,
          .positionals = {{.name = "INDEX", .to = &options->index},
                          {.name = "WORD", .required = false, .to = &options->words}},
          .run = [options](Context& context) { return run(context, *options); }};
}

}  // namespace camp::cli
