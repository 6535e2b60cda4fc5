// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include "cli/spec.h"

namespace camp::cli {

/// The usage line of the last command of a path, for one subcommand or none:
/// "camp reply [--to REACH] ID [TEXT]".
std::string usage(std::span<const Command* const> path);

/// What `camp X --help` prints, wrapped to `width` columns.
std::string help_text(std::span<const Command* const> path, int width);

/// What `camp` alone prints: the everyday commands.
std::string short_help(const Command& root, int width);

/// What `camp --help` and `camp help -a` print: all commands and the global options.
std::string full_help(const Command& root, int width);

}  // namespace camp::cli
