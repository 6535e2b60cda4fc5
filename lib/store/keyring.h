// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/ids.h"
#include "base/result.h"
#include "crypto/ed25519.h"

namespace camp::store {

/// What is kept of a claim code: the SHA-256 of its digits, however they were typed.
std::string claim_digest(std::string_view code);

/// The secret keys in a community directory: `keys/<owner-id>/<multibase>.key` (one Ed25519 seed in
/// hexadecimal, 0600) and `keys/<owner-id>/transport.pem` (RSA, for other fediverse software).
/// Never in git. The paper key is never here.
class Keyring {
 public:
  explicit Keyring(const Directory& root) : root_(root) {}

  Result<void> put(const OwnerId& owner, const crypto::SecretKey& key) const;
  /// The secret half, if this directory holds it. Refuses key files that others may read.
  Result<std::optional<crypto::SecretKey>> find(const OwnerId& owner,
                                                const crypto::PublicKey& key) const;
  Result<void> remove(const OwnerId& owner, const crypto::PublicKey& key) const;

  Result<void> put_transport_key(const OwnerId& owner, std::string_view pem) const;
  /// The owner's RSA secret key in PEM, if this directory holds it. Refuses one that others may
  /// read.
  Result<std::optional<std::string>> transport_key(const OwnerId& owner) const;
  /// The community's own, with which it signs requests that no member makes. The first call makes
  /// it; of two at once both get the same.
  Result<std::string> instance_key(const OwnerId& community) const;

  /// The public half of an RSA secret key, in PEM. Those asked for last are remembered, by the
  /// digest of the secret's bytes: OpenSSL takes a millisecond to read one.
  Result<std::string> public_half(std::string_view private_pem) const;

  /// The SHA-256 of the code with which an unclaimed member may be claimed, once.
  Result<void> put_claim(const OwnerId& member, std::string_view code_sha256) const;
  Result<std::optional<std::string>> claim(const OwnerId& member) const;
  Result<void> remove_claim(const OwnerId& member) const;

 private:
  const Directory& root_;
  mutable std::map<std::string, std::string, std::less<>> public_halves_;
};

}  // namespace camp::store
