// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <ostream>
#include <span>
#include <string>

#include "base/env.h"
#include "cli/context.h"

namespace camp::cli {

/// The world around one run: what `main` finds and tests make up.
struct Session {
  std::ostream& out;
  std::ostream& err;
  Terminal terminal = {};
  std::function<Result<std::string>(std::size_t limit)> read_input = {};
  std::function<Result<std::string>()> read_some = {};
  std::function<bool()> interrupted = {};
  std::function<void(const std::string& command)> start_pager = {};  ///< a shell command
  std::function<void(Needs)> before_run = {};  ///< told what the command needs, just before it runs
};

/// Parses the words (without argv[0]), runs the command, prints its error; returns the exit code.
int run(const Command& root, std::span<const std::string> words, const Env& env,
        const Session& session);

/// The format, colour and pager that follow from wishes (options), habits (NO_COLOR,
/// CLICOLOR_FORCE, TERM=dumb, CAMP_PAGER, PAGER) and facts (a terminal or not).
PrintSettings print_settings(const Globals& globals, const Env& env, const Session& session);

}  // namespace camp::cli
