// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace camp::fed {

// Structured Field Values for HTTP (RFC 8941), as far as signatures need them: dictionaries of
// items and inner lists. Decimals and dates are not read.

struct Token {
  std::string text;
  bool operator==(const Token&) const = default;
};
struct Bytes {
  std::string bytes;
  bool operator==(const Bytes&) const = default;
};
/// A boolean, an integer, a string, a token or a byte sequence.
using BareItem = std::variant<bool, std::int64_t, std::string, Token, Bytes>;

/// Parameters in their order; no name occurs twice.
using Parameters = std::vector<std::pair<std::string, BareItem>>;

struct Item {
  BareItem value;
  Parameters parameters;
};

/// A member of a dictionary: one item, or an inner list of items.
struct Member {
  std::string name;
  bool is_list = false;
  std::vector<Item> items;  ///< exactly one if it is no list
  Parameters parameters;    ///< of the list, or of the item
};

/// Reads a dictionary. Stricter than the RFC: a name that occurs twice, among the members or among
/// one's parameters, is refused instead of replaced, and so are more than 16 members, 64 items of a
/// list and 16 parameters.
Result<std::vector<Member>> parse_dictionary(std::string_view text);

/// The value of a parameter, or null.
const BareItem* find_parameter(const Parameters& parameters, std::string_view name);

/// A string in its quotes (RFC 8941 4.1.6), for printable ASCII.
std::string serialize_string(std::string_view text);
/// An inner list with its parameters (RFC 8941 4.1.1.1).
std::string serialize_list(const Member& list);

}  // namespace camp::fed
