// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "cli/context.h"

namespace camp::cli {

/// What fits at one place of an unfinished command line.
struct Completion {
  enum class What { none, files, words };
  What what = What::none;
  std::vector<Candidate> candidates = {};  ///< of `words`, those that begin with the typed part
};

/// Completes words[index] (the end of the line when there is no such word) of a line without its
/// "camp". Accepts the words as bash breaks them, with "=" and "@" on their own; then only the part
/// after the break is answered. `context` is what callbacks get, with -C and --as as typed so far.
Completion complete(const Context& context, std::span<const std::string> words, std::size_t index);

/// The hidden command `camp __complete INDEX -- WORD...`: words, files or none, then a line
/// `candidate<TAB>summary` for each candidate.
Command complete_command();

}  // namespace camp::cli
