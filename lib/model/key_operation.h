// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/key_log.h"

namespace camp::model {

/// One line of a key log, decoded. Its proofs stand in `document`.
struct KeyOperation {
  Subject subject = Subject::member;
  OperationKind kind = OperationKind::genesis;
  std::uint64_t seq = 0;
  std::string prev;  ///< empty at genesis
  bool unclaimed = false;
  unsigned threshold = 1;
  std::vector<crypto::PublicKey> rotation;
  std::vector<std::string> next;
  std::vector<SigningKey> signing;
  std::vector<RevokedKey> revoked;
};

/// Checks what a single operation can be checked for without those before it: the form of each
/// member, and that the stated state is possible.
Result<KeyOperation> decode_operation(const Json& document);

/// The JSON of an operation without its proof. `salt` (16 bytes) is written at genesis only.
Json encode_operation(const KeyOperation& operation, std::int64_t time_ms, std::string_view salt);

}  // namespace camp::model
