// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace camp {

/// Makes text of foreign origin inert for a terminal: what it shows is all that it does. Control
/// characters except newline and tab go, escape sequences go whole, so do bidirectional controls,
/// tag characters and everything of no width that could hide or fake; a character keeps at most
/// four combining marks. What is not UTF-8 becomes U+FFFD. Linear in time; doing it twice changes
/// nothing more.
std::string for_terminal(std::string_view foreign);

/// The same for a place in a line (names, summaries, file names): line breaks and tabs become one
/// space as well.
std::string for_terminal_line(std::string_view foreign);

}  // namespace camp
