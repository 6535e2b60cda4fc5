// SPDX-License-Identifier: MIT
#include "crypto/paper_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "crypto/digest.h"
#include "crypto/ed25519.h"

namespace camp::crypto {
namespace {

constexpr std::size_t kBytes = 32;
constexpr std::size_t kWords = 24;
constexpr std::size_t kBitsPerWord = 11;
constexpr std::size_t kMaxText = 4096;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char c : text) {
    if (!is_space(c)) {
      if (!inside) words.emplace_back();
      words.back() += lower(c);
    }
    inside = !is_space(c);
  }
  return words;
}

// Only letters are shown again: a message must not carry somebody's terminal sequences.
std::string quoted(std::string_view word) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  if (word.size() > 20 || !std::all_of(word.begin(), word.end(), is_letter)) return "";
  return fmt::format(" (\"{}\")", word);
}

Result<std::size_t> index_of(const std::string& word, std::size_t position) {
  const auto found = std::lower_bound(kEnglishWords.begin(), kEnglishWords.end(), word);
  if (found == kEnglishWords.end() || *found != word) {
    return fail(
        Kind::refused,
        fmt::format("word {}{} is not in the list of paper key words", position, quoted(word)),
        "look for a misspelt word");
  }
  return static_cast<std::size_t>(found - kEnglishWords.begin());
}

}  // namespace

Result<std::string> words_of(std::string_view bytes) {
  if (bytes.size() != kBytes) return fail(Kind::refused, "a paper key has 32 bytes");
  std::string with_checksum = std::string(bytes) + sha256(bytes)[0];
  std::string text;
  for (std::size_t word = 0; word < kWords; ++word) {
    std::size_t index = 0;
    for (std::size_t bit = word * kBitsPerWord; bit < (word + 1) * kBitsPerWord; ++bit) {
      const auto byte = static_cast<unsigned char>(with_checksum[bit / 8]);
      index = index << 1 | ((byte >> (7 - bit % 8)) & 1U);
    }
    if (word > 0) text += ' ';
    text += kEnglishWords[index];
  }
  wipe(with_checksum);
  return text;
}

Result<std::string> bytes_of(std::string_view words) {
  if (words.size() > kMaxText) return fail(Kind::refused, "a paper key has 24 words");
  const auto list = split(words);
  if (list.size() != kWords) {
    return fail(Kind::refused, fmt::format("a paper key has 24 words, not {}", list.size()),
                "write all the words in their order, separated by spaces");
  }
  std::string bytes(kBytes + 1, '\0');
  for (std::size_t word = 0; word < kWords; ++word) {
    const std::size_t index = CAMP_TRY(index_of(list[word], word + 1));
    for (std::size_t i = 0; i < kBitsPerWord; ++i) {
      const std::size_t bit = word * kBitsPerWord + i;
      const auto value = (index >> (kBitsPerWord - 1 - i)) & 1U;
      bytes[bit / 8] =
          static_cast<char>(bytes[bit / 8] | static_cast<char>(value << (7 - bit % 8)));
    }
  }
  const char checksum = bytes.back();
  bytes.pop_back();
  if (sha256(bytes)[0] != checksum) {
    wipe(bytes);
    return fail(Kind::refused, "the checksum of the paper key is wrong",
                "every word is in the list: check their order, and each word once more");
  }
  return bytes;
}

}  // namespace camp::crypto
