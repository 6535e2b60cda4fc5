// SPDX-License-Identifier: MIT
#include "model/handle.h"

#include <algorithm>
#include <array>

#include "base/terminal.h"
#include "base/text.h"

namespace camp::model {
namespace {

constexpr std::size_t kMaxNameBytes = 100;

constexpr std::size_t kLongest = 30;

bool is_allowed(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

bool is_well_formed(std::string_view handle) {
  return !handle.empty() && handle.size() <= kLongest &&
         std::all_of(handle.begin(), handle.end(), is_allowed);
}

// Words of audiences and of whole groups, which `--to` and `--only` would confuse with a person,
// and the device names that Windows finds in every directory.
bool is_reserved(std::string_view handle) {
  constexpr std::array<std::string_view, 17> kReserved = {
      "all",      "aux",       "camp", "community", "con",     "direct",
      "everyone", "followers", "here", "local",     "mutuals", "neighborhood",
      "nobody",   "nul",       "prn",  "public",    "unlisted"};
  const bool numbered = handle.size() == 4 && handle[3] >= '0' && handle[3] <= '9' &&
                        (handle.starts_with("com") || handle.starts_with("lpt"));
  return numbered || std::find(kReserved.begin(), kReserved.end(), handle) != kReserved.end();
}

// What the text comes to without the characters that a handle cannot hold; may be empty.
std::string suggestion_for(std::string_view text) {
  std::string suggestion;
  for (const char c : fold(text.substr(0, 256))) {
    if (is_allowed(c) && suggestion.size() < kLongest) suggestion += c;
  }
  return is_reserved(suggestion) ? std::string() : suggestion;
}

}  // namespace

Result<std::string> parse_handle(std::string_view text) {
  std::string_view handle = text;
  if (handle.starts_with('@')) handle.remove_prefix(1);
  const bool reserved = is_reserved(handle);
  if (is_well_formed(handle) && !reserved) return std::string(handle);

  const std::string shown = truncate_to_width(for_terminal_line(handle.substr(0, 256)), 40);
  if (reserved) {
    return fail(Kind::usage, "'" + shown + "' is a word of camp's own and cannot be a handle",
                "choose another handle");
  }
  std::string hint = "a handle is 1 to 30 of a-z, 0-9 and _";
  if (const std::string suggestion = suggestion_for(handle); !suggestion.empty()) {
    hint += ", for example " + suggestion;
  }
  return fail(Kind::usage, "'" + shown + "' cannot be a handle", std::move(hint));
}

Result<void> require_display_name(std::string_view name, std::string_view whose) {
  const bool blank = name.find_first_not_of(" \t") == std::string_view::npos;
  const auto control = [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; };
  const bool printable = is_utf8(name) && std::none_of(name.begin(), name.end(), control);
  if (!blank && printable && name.size() <= kMaxNameBytes) return {};
  return fail(Kind::usage, std::string(whose) + " is one line of at most 100 bytes",
              "give it with --name, in quotation marks");
}

}  // namespace camp::model
