// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace camp {

using Json = nlohmann::json;

/// What a JSON text may cost us. The defaults are those for one object of a community.
struct JsonLimits {
  std::size_t bytes = 1 << 20;
  std::size_t depth = 32;
  std::size_t nodes = 10'000;
  std::size_t string_bytes = 256 << 10;  ///< of one string or name
};

/// The one door for JSON from outside. Accepts I-JSON (RFC 7493) within the limits and refuses,
/// with the reason and the byte position: broken syntax or UTF-8, a byte-order mark, duplicate
/// names, lone surrogates, U+0000, numbers that overflow a double, trailing text. `what` names the
/// text in the message. Runs in linear time, never deeper on the stack than `limits.depth`.
Result<Json> parse_json(std::string_view text, std::string_view what = "JSON",
                        const JsonLimits& limits = {});

/// The RFC 8785 canonical form. Refuses NaN, infinities and invalid UTF-8 (which only a value built
/// in code can hold).
Result<std::string> canonical_json(const Json& value);

/// The same for an object as if it had none of the members `omitted`, without copying it: what ids
/// and proofs are computed over.
Result<std::string> canonical_json_without(const Json& object,
                                           std::initializer_list<std::string_view> omitted);

/// A finite double as ECMAScript's Number::toString writes it (RFC 8785 section 3.2.2.3).
std::string ecmascript_number(double value);

/// Refuses what no object of ours may hold, though JSON allows it: a number that is not an integer
/// within +-(2^53-1).
Result<void> require_safe_numbers(const Json& value);

}  // namespace camp
