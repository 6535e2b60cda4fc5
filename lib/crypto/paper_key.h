// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.h"

namespace camp::crypto {

/// The 32 bytes of a paper key as 24 English words, separated by single spaces (BIP-0039: 256 bits
/// and the first 8 bits of their SHA-256, 11 bits a word). Refuses other sizes than 32.
Result<std::string> words_of(std::string_view bytes);

/// The 32 bytes of such words. Case and white space do not matter. Says which word is not in the
/// list, or that the checksum is wrong.
Result<std::string> bytes_of(std::string_view words);

/// The English word list of BIP-0039, in alphabetical order.
extern const std::array<std::string_view, 2048> kEnglishWords;

}  // namespace camp::crypto
