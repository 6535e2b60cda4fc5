// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "base/env.h"
#include "base/ids.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "model/key_log.h"
#include "ops/paper.h"
#include "store/keyring.h"

namespace camp::ops {

/// A new member or community: its key log, and the secret keys that stay in the directory.
struct NewOwner {
  OwnerId id;
  std::string log;
  std::vector<crypto::SecretKey> kept;
};

/// A member with a paper key of their own: it decides, this machine's device key comes second.
struct NewMember {
  NewOwner owner;
  PaperKeys paper;
  crypto::PublicKey device_rotation;  ///< the second rotation key, kept
};
Result<NewMember> new_claimed_member(const Env& env);

/// A member whom the host makes: it keeps the only rotation key until they claim themselves.
Result<NewOwner> new_unclaimed_member(const Env& env);

/// A community decided by its admin's rotation key; `admin_key` signs its first operation.
Result<NewOwner> new_community(const Env& env, const crypto::SecretKey& admin_key);

/// Puts an owner's kept keys into the keyring.
Result<void> keep_keys(const store::Keyring& keyring, const NewOwner& owner);
/// Makes a member's RSA transport key and puts it into the keyring. The result, in PEM, is for the
/// member's private repository too: with it they can leave even a server that is gone.
Result<std::string> make_transport_key(const store::Keyring& keyring, const OwnerId& member);

/// A rotation key of the owner that this directory holds, the highest in rank.
Result<crypto::SecretKey> held_rotation_key(const store::Keyring& keyring,
                                            const model::KeyState& state);

/// One-time words: sixteen base32 digits in groups of four.
std::string new_claim_code(const Env& env);

}  // namespace camp::ops
