// SPDX-License-Identifier: MIT
#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace camp {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase32Digits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::string_view kBase58Digits =
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::string_view kBase64UrlDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t kNoDigit = 0xff;
using DigitTable = std::array<std::uint8_t, 256>;

constexpr DigitTable digit_table(std::string_view digits) {
  DigitTable table{};
  for (auto& value : table) value = kNoDigit;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    table[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}

constexpr DigitTable kHexValues = digit_table(kHexDigits);
constexpr DigitTable kBase32Values = digit_table(kBase32Digits);
constexpr DigitTable kBase58Values = digit_table(kBase58Digits);
constexpr DigitTable kBase64UrlValues = digit_table(kBase64UrlDigits);
constexpr DigitTable kBase64Values = digit_table(kBase64Digits);

std::uint8_t value_of(const DigitTable& table, char digit) {
  return table[static_cast<unsigned char>(digit)];
}

std::uint32_t byte_of(char c) { return static_cast<unsigned char>(c); }

// Base58 is a change of radix. Five digits at a time (58^5 < 2^32) keep the work on words of 32
// bits.
constexpr std::size_t kGroup = 5;
constexpr std::uint64_t kGroupRadix = 58ULL * 58 * 58 * 58 * 58;

// number := number * factor + addend; limbs of 32 bits, least significant first.
void multiply_add(std::vector<std::uint32_t>& limbs, std::uint64_t factor, std::uint64_t addend) {
  std::uint64_t carry = addend;
  for (auto& limb : limbs) {
    carry += limb * factor;
    limb = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  if (carry != 0) limbs.push_back(static_cast<std::uint32_t>(carry));
}

// number := number / kGroupRadix, and the remainder.
std::uint32_t divide_by_group(std::vector<std::uint32_t>& limbs) {
  std::uint64_t remainder = 0;
  for (auto limb = limbs.rbegin(); limb != limbs.rend(); ++limb) {
    const std::uint64_t value = (remainder << 32) | *limb;
    *limb = static_cast<std::uint32_t>(value / kGroupRadix);
    remainder = value % kGroupRadix;
  }
  while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
  return static_cast<std::uint32_t>(remainder);
}

std::size_t count_leading(std::string_view text, char c) {
  const std::size_t other = text.find_first_not_of(c);
  return other == std::string_view::npos ? text.size() : other;
}

// Both alphabets of base64, without padding.
std::string write_base64(std::string_view bytes, std::string_view alphabet) {
  std::string text;
  text.reserve(bytes.size() * 4 / 3 + 4);
  std::uint32_t window = 0;
  std::size_t bits = 0;
  for (const char c : bytes) {
    window = (window << 8) | byte_of(c);
    for (bits += 8; bits >= 6;) {
      bits -= 6;
      text += alphabet[(window >> bits) & 63];
    }
  }
  if (bits > 0) text += alphabet[(window << (6 - bits)) & 63];
  return text;
}

Result<std::string> read_base64(std::string_view text, const DigitTable& values,
                                std::string_view name) {
  const auto wrong = [&](std::string_view what) {
    return fail(Kind::failed, std::string(name) + std::string(what));
  };
  if (text.size() % 4 == 1) return wrong(" text of a wrong length");
  std::string bytes(text.size() * 3 / 4, '\0');
  std::size_t at = 0;
  std::uint32_t window = 0;
  std::size_t bits = 0;
  for (const char c : text) {
    const auto value = value_of(values, c);
    if (value == kNoDigit) return wrong(" text with a foreign character");
    window = (window << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = static_cast<char>((window >> bits) & 255);
    }
  }
  if ((window & ((1U << bits) - 1)) != 0) return wrong(" text with set padding bits");
  return bytes;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    text += kHexDigits[byte_of(c) >> 4];
    text += kHexDigits[byte_of(c) & 15];
  }
  return text;
}

Result<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(Kind::failed, "hexadecimal text of odd length");
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = value_of(kHexValues, text[i]);
    const auto low = value_of(kHexValues, text[i + 1]);
    if (high == kNoDigit || low == kNoDigit) {
      return fail(Kind::failed, "not a lower-case hexadecimal text");
    }
    bytes += static_cast<char>((high << 4) | low);
  }
  return bytes;
}

std::string to_base32(std::string_view bytes) {
  const std::size_t digits = (bytes.size() * 8 + 4) / 5;
  std::string text(digits, '0');
  std::uint32_t window = 0;
  std::size_t bits = 0;
  std::size_t at = digits;
  for (auto c = bytes.rbegin(); c != bytes.rend(); ++c) {
    window |= byte_of(*c) << bits;
    for (bits += 8; bits >= 5; bits -= 5) {
      text[--at] = kBase32Digits[window & 31];
      window >>= 5;
    }
  }
  if (bits > 0) text[--at] = kBase32Digits[window & 31];
  return text;
}

Result<std::string> from_base32(std::string_view text, std::size_t size) {
  if (text.size() != (size * 8 + 4) / 5) return fail(Kind::failed, "base32 text of a wrong length");
  std::string bytes(size, '\0');
  std::uint32_t window = 0;
  std::size_t bits = 0;
  std::size_t at = size;
  for (auto c = text.rbegin(); c != text.rend(); ++c) {
    const auto value = value_of(kBase32Values, *c);
    if (value == kNoDigit) {
      return fail(Kind::failed, "a character that is not a lower-case base32 digit");
    }
    window |= static_cast<std::uint32_t>(value) << bits;
    bits += 5;
    if (bits >= 8 && at > 0) {
      bytes[--at] = static_cast<char>(window & 255);
      window >>= 8;
      bits -= 8;
    }
  }
  if (window != 0) return fail(Kind::failed, "base32 text with set padding bits");
  return bytes;
}

std::string to_base58(std::string_view bytes) {
  const std::size_t zeros = count_leading(bytes, '\0');
  const std::string_view rest = bytes.substr(zeros);
  std::vector<std::uint32_t> limbs((rest.size() + 3) / 4, 0);
  for (std::size_t i = 0; i < rest.size(); ++i) {
    limbs[i / 4] |= byte_of(rest[rest.size() - 1 - i]) << (8 * (i % 4));
  }
  std::string reversed;
  while (!limbs.empty()) {
    std::uint32_t group = divide_by_group(limbs);
    for (std::size_t i = 0; i < kGroup && (group != 0 || !limbs.empty()); ++i) {
      reversed += kBase58Digits[group % 58];
      group /= 58;
    }
  }
  std::string text(zeros, '1');
  text.append(reversed.rbegin(), reversed.rend());
  return text;
}

Result<std::string> from_base58(std::string_view text, std::size_t max_size) {
  // log(256) / log(58) < 1.366: no longer text can stand for max_size bytes.
  if (text.size() > max_size + max_size * 366 / 1000 + 1) {
    return fail(Kind::failed, "base58 text that is too long");
  }
  const std::size_t zeros = count_leading(text, '1');
  std::vector<std::uint32_t> limbs;
  limbs.reserve(text.size() * 3 / 16 + 2);
  for (std::size_t i = zeros; i < text.size();) {
    std::uint64_t group = 0;
    std::uint64_t radix = 1;
    for (const std::size_t end = std::min(i + kGroup, text.size()); i < end; ++i) {
      const auto value = value_of(kBase58Values, text[i]);
      if (value == kNoDigit) return fail(Kind::failed, "a character that is not a base58 digit");
      group = group * 58 + value;
      radix *= 58;
    }
    multiply_add(limbs, radix, group);
  }
  std::string reversed;
  for (const std::uint32_t limb : limbs) {
    for (int shift = 0; shift < 32; shift += 8) {
      reversed += static_cast<char>((limb >> shift) & 255);
    }
  }
  while (!reversed.empty() && reversed.back() == '\0') reversed.pop_back();
  if (zeros + reversed.size() > max_size) {
    return fail(Kind::failed, "base58 text that is too long");
  }
  std::string bytes(zeros, '\0');
  bytes.append(reversed.rbegin(), reversed.rend());
  return bytes;
}

std::string to_base64url(std::string_view bytes) { return write_base64(bytes, kBase64UrlDigits); }

Result<std::string> from_base64url(std::string_view text) {
  return read_base64(text, kBase64UrlValues, "base64url");
}

std::string to_base64(std::string_view bytes) {
  std::string text = write_base64(bytes, kBase64Digits);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

Result<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail(Kind::failed, "base64 text of a wrong length");
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return read_base64(text, kBase64Values, "base64");
}

}  // namespace camp
