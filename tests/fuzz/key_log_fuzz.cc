// SPDX-License-Identifier: MIT
// Key logs: any bytes are judged without a crash; a member's log that was altered or extended at
// random never verifies to another state of the same owner, because nobody here has the keys.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/json.h"
#include "model/key_log.h"

namespace {

using camp::crypto::SecretKey;
using camp::model::KeyState;

SecretKey key(char c) { return SecretKey::from_seed(std::string(32, c)).value(); }

std::string make_log() {
  const auto paper = key('p');
  camp::model::Genesis genesis;
  genesis.rotation = {paper.public_key()};
  genesis.next = {camp::model::commitment(key('n').public_key())};
  genesis.signing = {{key('a').public_key(), camp::model::KeyRole::device, "laptop"}};
  genesis.salt = std::string(16, 's');
  const std::array signers{&paper};
  return camp::model::make_key_log(genesis, signers, 0).value();
}

std::string with_second(const std::string& log) {
  const auto paper = key('p');
  const std::array signers{&paper};
  const KeyState state = camp::model::verify_key_log(log).value();
  const auto change = camp::model::adding(
      state, {key('b').public_key(), camp::model::KeyRole::device, "telephone"});
  return camp::model::append_operation(log, change, signers, 1).value();
}

// To verify the known operation costs a hundred times as much as to refuse a random line, so it is
// not done in front of a line that parse_json refuses, which other inputs show as well.
bool may_be_operation(std::string_view lines) {
  if (!lines.ends_with('\n')) return false;
  const auto json = camp::parse_json(lines.substr(0, lines.find('\n')));
  return json && json->is_object();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string log = make_log();
  static const KeyState state = camp::model::verify_key_log(log).value();
  static const std::string longer = with_second(log);
  static const KeyState later = camp::model::verify_key_log(longer).value();
  const std::string_view input(reinterpret_cast<const char*>(data), size);

  // The input as a log, as a second operation, and as a patch at the place its first bytes name.
  const auto alone = camp::model::verify_key_log(input);
  if (alone && alone->owner == state.owner && !(*alone == state || *alone == later)) std::abort();
  if (may_be_operation(input)) {
    const auto extended = camp::model::extend_key_log(log, log + std::string(input));
    if (!extended || !(extended->state == state || extended->state == later)) std::abort();
  }
  if (size > 2) {
    std::string patched = longer;
    const std::size_t at = (data[0] * 256U + data[1]) % patched.size();
    patched.replace(at, size - 2, input.substr(2));
    if (at < log.size() || may_be_operation(std::string_view(patched).substr(log.size()))) {
      const auto result = camp::model::verify_key_log(patched);
      if (result && result->owner == state.owner && !(*result == later)) std::abort();
    }
  }
  return 0;
}
