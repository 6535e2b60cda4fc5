// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace camp {

/// Lower-case hexadecimal.
std::string to_hex(std::string_view bytes);
/// Bytes of a string of lower-case hexadecimal digits; refuses upper case and odd lengths.
Result<std::string> from_hex(std::string_view text);

/// Crockford base32 in lower case (no i, l, o, u) of the number that the bytes write big-endian,
/// padded on the left with zero bits to a whole number of digits: 16 bytes give 26 digits.
std::string to_base32(std::string_view bytes);
/// The reverse, for `size` bytes; refuses other lengths, foreign characters, upper case and set
/// padding bits, so that each value has one spelling.
Result<std::string> from_base32(std::string_view text, std::size_t size);

/// Base58 in Bitcoin's alphabet, as multibase `z` uses it (without the `z`).
std::string to_base58(std::string_view bytes);
/// Bytes of at most `max_size`; refuses foreign characters and longer texts before doing the
/// quadratic work.
Result<std::string> from_base58(std::string_view text, std::size_t max_size = 4096);

/// URL-safe base64 without padding (RFC 4648 section 5).
std::string to_base64url(std::string_view bytes);
/// The reverse; refuses padding, foreign characters and set trailing bits.
Result<std::string> from_base64url(std::string_view text);

/// Base64 with padding (RFC 4648 section 4).
std::string to_base64(std::string_view bytes);
/// The reverse; refuses missing padding, foreign characters, line breaks and set trailing bits, so
/// that each value has one spelling.
Result<std::string> from_base64(std::string_view text);

}  // namespace camp
