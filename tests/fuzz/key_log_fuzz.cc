// SPDX-License-Identifier: MIT
// Key logs: any bytes are judged without a crash; a member's log that was altered or extended at
// random never verifies to another state of the same owner, because nobody here has the keys.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "model/key_log.h"

namespace {

using camp::crypto::SecretKey;

std::string make_log() {
  const auto paper = SecretKey::from_seed(std::string(32, 'p')).value();
  const auto spare = SecretKey::from_seed(std::string(32, 'n')).value();
  const auto device = SecretKey::from_seed(std::string(32, 'a')).value();
  camp::model::Genesis genesis;
  genesis.rotation = {paper.public_key()};
  genesis.next = {camp::model::commitment(spare.public_key())};
  genesis.signing = {{device.public_key(), camp::model::KeyRole::device, "laptop"}};
  genesis.salt = std::string(16, 's');
  const std::array signers{&paper};
  return camp::model::make_key_log(genesis, signers, 0).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string log = make_log();
  static const camp::model::KeyState state = camp::model::verify_key_log(log).value();
  const std::string_view input(reinterpret_cast<const char*>(data), size);

  // The input as a log, as a second operation, and as a patch at the place its first bytes name.
  const auto alone = camp::model::verify_key_log(input);
  if (alone && alone->owner == state.owner && !(*alone == state)) std::abort();
  const auto extended = camp::model::extend_key_log(log, log + std::string(input));
  if (extended && !(extended->state == state)) std::abort();
  if (size > 2) {
    std::string patched = log;
    const std::size_t at = (data[0] * 256U + data[1]) % patched.size();
    patched.replace(at, size - 2, input.substr(2));
    const auto result = camp::model::verify_key_log(patched);
    if (result && result->owner == state.owner && !(*result == state)) std::abort();
  }
  return 0;
}
