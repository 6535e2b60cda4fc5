// SPDX-License-Identifier: MIT
#pragma once

#include "base/json.h"
#include "cli/spec.h"

namespace camp::cli {

/// The whole tree as JSON: names, summaries, options, arguments, choices, exit codes, environment.
/// The checks of manual pages, help and completion read it.
Json dump(const Command& root);

/// The hidden command `camp __commands` that prints the dump.
Command dump_command();

}  // namespace camp::cli
