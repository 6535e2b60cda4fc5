// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <compare>
#include <string>
#include <string_view>

#include "base/env.h"
#include "base/result.h"

namespace camp::crypto {

/// An Ed25519 public key (RFC 8032). Holds any 32 bytes: whether they are a point is decided when a
/// signature is checked.
struct PublicKey {
  std::array<unsigned char, 32> bytes{};

  /// Refuses any other length than 32.
  static Result<PublicKey> from_bytes(std::string_view raw);
  std::string_view view() const;

  auto operator<=>(const PublicKey&) const = default;
};

/// An Ed25519 secret key. Moves only; its memory is wiped when it goes.
class SecretKey {
 public:
  /// From the 32 byte seed of RFC 8032; refuses other lengths.
  static Result<SecretKey> from_seed(std::string_view seed);
  /// A new key from the environment's randomness.
  static SecretKey generate(const Env& env);

  SecretKey(SecretKey&& other) noexcept;
  SecretKey& operator=(SecretKey&& other) noexcept;
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;
  ~SecretKey();

  PublicKey public_key() const;
  /// The 64 byte signature of `message`; the same message always gives the same signature.
  std::string sign(std::string_view message) const;
  /// The 32 byte seed, for writing a key file or a paper key; wipe() it after use.
  std::string seed() const;

 private:
  SecretKey() = default;
  std::array<unsigned char, 64> seed_and_public_{};
};

/// Whether `signature` is the key's signature of `message`. Strict: refuses small-order keys and
/// points, encodings that are not canonical and S beyond the group order, so a signature has one
/// spelling.
bool verify(const PublicKey& key, std::string_view message, std::string_view signature);

/// Overwrites secret bytes with zeros in a way that the compiler cannot leave out.
void wipe(std::string& secret);

}  // namespace camp::crypto
