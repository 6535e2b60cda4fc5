// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

/// Commands as plain data. One value per command feeds the parser, the help texts, completion, the
/// dump that the lint tests read and the check of the manual pages, so that they cannot disagree.
/// Every member has a default initialiser: a declaration names only what differs.
namespace camp::cli {

struct Context;

/// The headings of `camp --help`, in their order.
enum class Group { everyday, people, community, account, care, plumbing };
std::string_view title(Group group);

/// What a command needs around it. `write` also means that a first Ctrl-C lets the command finish.
enum class Needs { nothing, read, write };

/// A word that completion offers and what it stands for.
struct Candidate {
  std::string word = {};
  std::string summary = {};
};

/// How a value is completed: `files`, or the words that a callback finds (it may open the
/// community; when it fails it returns nothing). Choices are completed without a Completer.
struct Completer {
  bool files = false;
  std::function<std::vector<Candidate>(Context&)> words = {};
};
inline Completer complete_files() { return {.files = true}; }

/// Where a value goes. A bool is a flag; an int64 without a value name counts its occurrences; a
/// vector takes as many as are given.
using Target = std::variant<std::monostate, bool*, std::string*, std::optional<std::string>*,
                            std::vector<std::string>*, std::int64_t*, std::optional<std::int64_t>*>;

/// `--name`, `-letter` or both. With an empty `value` it is a flag.
struct Option {
  std::string name = {};                  ///< the long name without its dashes; may be empty
  char letter = '\0';                     ///< the short name
  std::string value = {};                 ///< what stands for the value in help: FILE, HANDLE
  std::string help = {};                  ///< one line, lower case, no full stop
  std::vector<std::string> choices = {};  ///< the only values accepted; empty: any
  Completer complete = {};
  bool required = false;
  bool hidden = false;
  Target to = {};
};

/// An argument by position. Only the last may take many (a vector target).
struct Positional {
  std::string name = {};  ///< in capitals: ID, TEXT
  std::string help = {};
  std::vector<std::string> choices = {};
  Completer complete = {};
  bool required = true;
  Target to = {};
};

struct Example {
  std::string command = {};  ///< as typed, without the prompt
  std::string text = {};     ///< what it does; may be empty
};

/// What a command does. Made of any callable that takes a Context& and returns Result<void> (exit
/// code 0) or Result<int> (that exit code).
class Run {
 public:
  Run() = default;

  template <class Act, class = std::enable_if_t<std::is_invocable_v<Act&, Context&>>>
  Run(Act act)  // NOLINT: implicit, so that a declaration can name a lambda
      : act_([act = std::move(act)](Context& context) mutable -> Result<int> {
          if constexpr (std::is_same_v<std::invoke_result_t<Act&, Context&>, Result<void>>) {
            CAMP_TRY(act(context));
            return 0;
          } else {
            return act(context);
          }
        }) {}

  explicit operator bool() const { return static_cast<bool>(act_); }
  Result<int> operator()(Context& context) const { return act_(context); }

 private:
  std::function<Result<int>(Context&)> act_ = {};
};

/// One command, or a noun with subcommands (`camp member add`). A noun may have a `run` for being
/// called alone. The destinations of its options live in a struct that `run` keeps alive (a
/// shared_ptr in its capture).
struct Command {
  std::string name = {};
  std::string summary = {};  ///< imperative, one line, no full stop; also .Nd of its manual page
  std::string details = {};  ///< paragraphs separated by an empty line; lines are wrapped anew
  Group group = Group::everyday;
  bool common = false;  ///< `camp` alone shows it; those of Group::everyday always
  bool hidden = false;  ///< not in help, without a manual page
  std::vector<Positional> positionals = {};
  std::vector<Option> options = {};
  std::vector<Command> subcommands = {};
  std::vector<Example> examples = {};
  std::vector<Kind> exits = {};               ///< besides done, failed and usage
  std::vector<std::string> environment = {};  ///< variables that it reads itself
  Needs needs = Needs::nothing;
  Run run = {};
};

/// What the options before any command say.
struct Globals {
  std::string directory = {};  ///< -C
  std::string as = {};         ///< --as
  bool json = false;
  bool jsonl = false;
  bool plain = false;
  std::string color = "auto";  ///< auto, always or never
  bool quiet = false;
  std::int64_t verbose = 0;
  bool dry_run = false;
  bool help = false;
  bool version = false;
};

/// The global options, bound to `globals`.
std::vector<Option> global_options(Globals& globals);

/// The command of this name, or none. The pointer is into `commands`.
const Command* find(const std::vector<Command>& commands, std::string_view name);

/// "--to" or, without a long name, "-C".
std::string spelling(const Option& option);
bool is_flag(const Option& option);
/// Whether its target takes several values.
bool takes_many(const Target& target);

}  // namespace camp::cli
