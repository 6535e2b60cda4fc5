// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/env.h"
#include "base/result.h"
#include "cli/print.h"
#include "cli/spec.h"

namespace camp::cli {

/// Which of the three streams lead to a person, and how wide the terminal is.
struct Terminal {
  bool in = false;
  bool out = false;
  bool err = false;
  int width = 80;
};

/// Everything that a command gets. It lives as long as the command runs.
struct Context {
  const Env& env;
  const Globals& globals;
  const Terminal& terminal;
  Printer& out;
  const Command& root;  ///< all commands, for help and completion

  /// The whole of standard input. Refuses more than `limit` bytes (Kind::usage); Kind::interrupted
  /// when a person pressed Ctrl-C meanwhile.
  std::function<Result<std::string>(std::size_t limit)> read_input;
  /// The next bytes of standard input as they come, none at its end: for a conversation.
  std::function<Result<std::string>()> read_some;
  /// Whether a person asked to stop. Commands that write or talk to peers ask between two units of
  /// work and return Kind::interrupted; others are ended at once and need not ask.
  std::function<bool()> interrupted;
};

}  // namespace camp::cli
