// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace camp::crypto {

// RSA serves one purpose: signing HTTP requests for other fediverse software.

/// A new RSA-2048 secret key, unencrypted PKCS#8 in PEM. Chance comes from OpenSSL, not from an
/// Env.
Result<std::string> generate_rsa_2048_pem();

/// The public half of a PEM secret key as SubjectPublicKeyInfo in PEM (ActivityPub's publicKeyPem).
Result<std::string> rsa_public_pem(std::string_view private_pem);

/// An RSA secret key, parsed once; any number of threads may sign with it. Moves only.
class RsaSecretKey {
 public:
  /// From PEM (PKCS#8 or PKCS#1), unencrypted, of 2048 to 8192 bits; anything else is
  /// Kind::refused.
  static Result<RsaSecretKey> from_pem(std::string_view pem);

  RsaSecretKey(RsaSecretKey&&) noexcept;
  RsaSecretKey& operator=(RsaSecretKey&&) noexcept;
  ~RsaSecretKey();

  /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 8.2): as many bytes as the modulus has. The same
  /// message always gives the same signature.
  Result<std::string> sign_sha256(std::string_view message) const;

 private:
  struct State;
  explicit RsaSecretKey(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

/// An RSA public key, parsed once; copies share it, and any number of threads may use it.
class RsaPublicKey {
 public:
  /// From PEM, "BEGIN PUBLIC KEY" (SubjectPublicKeyInfo) or "BEGIN RSA PUBLIC KEY" (PKCS#1).
  /// Refuses everything else: other keys, moduli that have not 2048 to 8192 bits, exponents that
  /// are even, below 3 or of more than 64 bits.
  static Result<RsaPublicKey> from_pem(std::string_view pem);

  int bits() const;
  /// Whether `signature` is this key's signature of `message`, as sign_sha256 makes it.
  bool verify_sha256(std::string_view message, std::string_view signature) const;

 private:
  struct State;
  explicit RsaPublicKey(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
};

}  // namespace camp::crypto
