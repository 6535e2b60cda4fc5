// SPDX-License-Identifier: MIT
#include <bit>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "catch.h"
#include "crypto/digest.h"
#include "unit/unit_support.h"

namespace camp {
namespace {

// The number sequence of the json-canonicalization project (tests/data/vectors/README.md): fixed
// values, then 2,000 neighbours, then a chain of SHA-256 read as little-endian doubles.
class NumberSequence {
 public:
  NumberSequence() {
    std::istringstream lines(read_vector("rfc8785/es6-edge-numbers.txt"));
    for (std::string line; std::getline(lines, line);) {
      start_.push_back(std::stoull(line, nullptr, 16));
    }
    for (std::uint64_t i = 0; i < 2000; ++i) start_.push_back(0x0010000000000000 + i);
  }

  std::uint64_t next() {
    if (at_ < start_.size()) return start_[at_++];
    while (true) {
      if (offset_ == block_.size()) {
        block_ = crypto::sha256(block_);
        offset_ = 0;
      }
      std::uint64_t bits = 0;
      for (std::size_t i = 0; i < 8; ++i) {
        bits |= std::uint64_t{static_cast<unsigned char>(block_[offset_ + i])} << (8 * i);
      }
      offset_ += 8;
      const double value = std::bit_cast<double>(bits);
      if (value != 0 && std::isfinite(value)) return bits;
    }
  }

 private:
  std::vector<std::uint64_t> start_;
  std::size_t at_ = 0;
  std::string block_ = std::string(32, '\0');
  std::size_t offset_ = 32;
};

TEST_CASE("the published number sequence has the published checksum") {
  const std::size_t count = full_depth() ? 1'000'000 : 10'000;
  NumberSequence numbers;
  crypto::Sha256 digest;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t bits = numbers.next();
    digest.update(fmt::format("{:x},{}\n", bits, ecmascript_number(std::bit_cast<double>(bits))));
  }
  CHECK(digest.finish_hex() ==
        (full_depth() ? "49415fee2c56c77864931bd3624faad425c3c577d6d74e89a83bc725506dad16"
                      : "b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892"));
}

}  // namespace
}  // namespace camp
