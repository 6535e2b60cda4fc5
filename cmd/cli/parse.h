// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/spec.h"

namespace camp::cli {

/// What a command line asks for. Filled as far as parsing came, so that an error can be printed in
/// the format that was asked for.
struct Parsed {
  std::vector<const Command*> path = {};  ///< from the root to the command that was named
  const Command& command() const { return *path.back(); }
};

/// Reads `words` (without argv[0]) against the tree, writes the options' destinations and
/// `globals`. Global options may stand before and after the command's name; a letter that the
/// command uses itself is its own. Everything after `--` is an argument, unchanged. With `--help`
/// nothing is missing. Errors are Kind::usage and name the nearest thing that exists.
Result<void> parse(const Command& root, std::span<const std::string> words, Globals& globals,
                   Parsed& parsed);

/// The words of a path: "camp member add".
std::string path_name(std::span<const Command* const> path);

/// The candidate nearest to a mistyped word, or "" when none is near.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace camp::cli
