// SPDX-License-Identifier: MIT
#include "crypto/paper_key.h"

#include <algorithm>

#include "base/encoding.h"
#include "catch.h"
#include "crypto/digest.h"
#include "unit/unit_support.h"

namespace camp::crypto {
namespace {

std::string repeated(std::string_view word, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += std::string(word) + " ";
  return text;
}

TEST_CASE("the word list is the published one") {
  std::string file;
  for (const auto word : kEnglishWords) file += std::string(word) + "\n";
  CHECK(sha256_hex(file) == "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
  CHECK(std::is_sorted(kEnglishWords.begin(), kEnglishWords.end()));
}

TEST_CASE("the BIP-0039 vectors for 256 bits come out") {
  // github.com/trezor/python-mnemonic, vectors.json (named by BIP-0039); MIT.
  const std::pair<std::string, std::string> vectors[] = {
      {"0000000000000000000000000000000000000000000000000000000000000000",
       repeated("abandon", 23) + "art"},
      {"7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
       repeated("legal winner thank year wave sausage worth useful", 2) +
           "legal winner thank year wave sausage worth title"},
      {"8080808080808080808080808080808080808080808080808080808080808080",
       repeated("letter advice cage absurd amount doctor acoustic avoid", 2) +
           "letter advice cage absurd amount doctor acoustic bless"},
      {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
       repeated("zoo", 23) + "vote"},
  };
  for (const auto& [hex, words] : vectors) {
    const std::string bytes = from_hex(hex).value();
    CHECK(words_of(bytes).value() == words);
    CHECK(bytes_of(words).value() == bytes);
  }
}

TEST_CASE("case and white space do not matter") {
  const std::string bytes(32, '\xff');
  CHECK(bytes_of("  ZOO\n\tzoo " + repeated("Zoo\r\n", 21) + " VOTE \n").value() == bytes);
}

TEST_CASE("a mistake in the words is named") {
  const auto message = [](const std::string& words) {
    const auto bytes = bytes_of(words);
    REQUIRE_FALSE(bytes);
    CHECK_FALSE(bytes.error().hint.empty());
    return bytes.error().message;
  };
  CHECK(contains(message(repeated("zoo", 5) + "zooo " + repeated("zoo", 17) + "vote"),
                 "word 6 (\"zooo\")"));
  CHECK(contains(message(repeated("zoo", 24)), "checksum"));
  CHECK(contains(message(repeated("zoo", 22) + "vote zoo"), "checksum"));
  CHECK(contains(message(repeated("zoo", 23)), "24 words, not 23"));
  CHECK(contains(message(repeated("zoo", 25)), "24 words, not 25"));
  CHECK(contains(message(""), "24 words, not 0"));
  const std::string hostile = message("\x1b]0;x\x07 " + repeated("zoo", 23));
  CHECK(contains(hostile, "word 1 is"));
  CHECK_FALSE(contains(hostile, "\x1b"));
  CHECK_FALSE(bytes_of(std::string(1 << 20, 'a')));
  CHECK_FALSE(words_of(std::string(31, 'x')));
}

}  // namespace
}  // namespace camp::crypto
