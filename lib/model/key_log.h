// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"
#include "crypto/ed25519.h"

namespace camp::model {

// A member, and a community likewise, is a key log: a text of lines, each the canonical JSON
// (RFC 8785) of one signed operation and a newline. An operation states the whole resulting state
// and names the hash of the line before it. The owner's id is the hash of the first line.
//
// Rotation keys decide: they sign operations. Signing keys speak: they sign objects. What a reader
// needs to know about an owner is the KeyState that verify_key_log() gives.
//
// Not here yet: a window in which a higher rank may replace what a lower one did, and recovery by
// friends. Both would add a kind of operation, judged where two successors meet (extend_key_log).

constexpr std::size_t kMaxOperationBytes = 4 << 10;
constexpr std::size_t kMaxOperations = 64;
constexpr std::size_t kMaxKeyLogBytes = 256 << 10;
constexpr std::size_t kMaxMemberRotationKeys = 4;
constexpr std::size_t kMaxCommunityRotationKeys = 16;
constexpr std::size_t kMaxSigningKeys = 16;
constexpr std::size_t kMaxNextKeys = 4;

enum class Subject { member, community };
enum class OperationKind { genesis, add, rotate, revoke, claim };
enum class KeyRole { device, server };

/// A key that speaks for the owner, visible as what it is.
struct SigningKey {
  crypto::PublicKey key;
  KeyRole role = KeyRole::device;
  std::string name;  ///< what people call the device; may be empty

  bool operator==(const SigningKey&) const = default;
};

/// A set of objects by its digest. The list itself travels beside the log.
struct Vouched {
  std::string digest;  ///< lower-case hex SHA-256 of the sorted entries, one a line
  std::uint64_t count = 0;

  bool operator==(const Vouched&) const = default;
};

/// A key whose word ended, and the set of what it said that the owner still stands by.
struct RevokedKey {
  crypto::PublicKey key;
  Vouched vouched;

  bool operator==(const RevokedKey&) const = default;
};

/// What a key's signature below an object of this owner is worth.
enum class Standing {
  counts,   ///< the key speaks, or has spoken and was never revoked
  revoked,  ///< counts only for objects in the vouched set
  unknown,  ///< never a signing key of this owner
};

/// What a log says after its last operation.
struct KeyState {
  OwnerId owner;
  Subject subject = Subject::member;
  std::uint64_t seq = 0;
  std::string head;                         ///< lower-case hex SHA-256 of the last line
  std::vector<crypto::PublicKey> rotation;  ///< a member's in falling rank
  std::vector<std::string> next;            ///< commitments to the next rank-0 key
  unsigned threshold = 1;                   ///< rotation keys that an operation needs
  std::vector<SigningKey> signing;          ///< now
  std::vector<crypto::PublicKey> retired;   ///< signing keys of the past that were not revoked
  std::vector<RevokedKey> revoked;
  bool unclaimed = false;  ///< the host holds the one rotation key

  /// Whether the key may speak now.
  bool speaks(const crypto::PublicKey& key) const;
  /// Whether the key is one of the rotation keys.
  bool decides(const crypto::PublicKey& key) const;
  Standing standing(const crypto::PublicKey& key) const;
  /// The revocation of a key, or null.
  const RevokedKey* revocation(const crypto::PublicKey& key) const;

  bool operator==(const KeyState&) const = default;
};

/// Checks a whole log: its chain, its rules and its proofs. An error names the operation (counted
/// from 0) and the reason; too long a log is refused before any signature is looked at.
Result<KeyState> verify_key_log(std::string_view log);

/// What an offered log does to the one that we hold.
struct Extension {
  enum class Outcome {
    unchanged,  ///< nothing new, or nothing new that is valid (then `problem` says why)
    extended,   ///< `log` is longer than what we held
    stale,      ///< the offered log is a part of ours
    forked,     ///< both logs go on from the last common operation, each in its own way
  };
  Outcome outcome = Outcome::unchanged;
  std::string log;      ///< to be held from now on; of a fork, frozen at the last common operation
  KeyState state;       ///< of `log`
  std::string problem;  ///< why the offered log was not taken to its end; empty if it was
  std::string held_successor, offered_successor;  ///< the two lines of a fork
};

/// Takes the longest valid extension of `held` (empty: nothing yet) that `offered` has. Fails when
/// `held` itself is broken, when the logs have different owners, or when nothing was held and the
/// offered one has no valid first operation.
Result<Extension> extend_key_log(std::string_view held, std::string_view offered);

/// What `next` holds for a key: lower-case hex SHA-256 of its did:key text.
std::string commitment(const crypto::PublicKey& key);

/// What the list of a vouched set holds for an object id: its SHA-256 in lower-case hex. Everybody
/// who reads one of the owner's posts may read the list, and an id would tell them the time of a
/// letter.
std::string vouched_entry(std::string_view id);
/// The digest of a set of such entries, in any order; doubles count once.
Vouched vouch_for(std::vector<std::string> entries);

/// The first operation of a new owner. A claimed member's has its spare keys' commitments in
/// `next`; an unclaimed member's (made by the host) has one rotation key and none.
struct Genesis {
  Subject subject = Subject::member;
  bool unclaimed = false;
  unsigned threshold = 1;
  std::vector<crypto::PublicKey> rotation;
  std::vector<std::string> next;
  std::vector<SigningKey> signing;
  std::string salt;  ///< 16 random bytes
};

/// A later operation: the whole state that shall be. Begin with change_of() and alter it.
struct KeyChange {
  OperationKind kind = OperationKind::rotate;
  unsigned threshold = 1;
  std::vector<crypto::PublicKey> rotation;
  std::vector<std::string> next;
  std::vector<SigningKey> signing;
  std::vector<RevokedKey> revoked;
};

/// A change of the given kind that changes nothing yet.
KeyChange change_of(const KeyState& state, OperationKind kind);
/// The change that adds a signing key.
KeyChange adding(const KeyState& state, SigningKey key);
/// The change that ends a signing key's word, but for the objects with the given entries.
KeyChange revoking(const KeyState& state, const crypto::PublicKey& key,
                   std::vector<std::string> vouched);

using Signers = std::span<const crypto::SecretKey* const>;

/// A log of one operation, signed by rotation keys, exactly `threshold` of them. `time_ms` is
/// informative. The result has passed verify_key_log().
Result<std::string> make_key_log(const Genesis& genesis, Signers signers, std::int64_t time_ms);

/// `log` with one more operation, signed by exactly `threshold` rotation keys of its last state.
/// The result has passed verify_key_log().
Result<std::string> append_operation(std::string_view log, const KeyChange& change, Signers signers,
                                     std::int64_t time_ms);

/// The same in two steps, for rotation keys on several machines: each holder makes a proof of the
/// draft with crypto::make_proof(), its `created` the draft's `time`.
Result<Json> draft_operation(std::string_view log, const KeyChange& change, std::int64_t time_ms);
Result<std::string> seal_operation(std::string_view log, Json draft, std::vector<Json> proofs);

}  // namespace camp::model
