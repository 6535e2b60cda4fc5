// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/ed25519.h"

namespace camp::crypto {

/// What a Multikey (W3C Controlled Identifiers, FEP-521a) may hold.
enum class KeyType {
  ed25519_public,
  ed25519_secret,
  rsa_public,  ///< PKCS#1 DER
  secp256k1_public,
  p256_public,
  x25519_public,
};

/// A key as a Multikey names it: its type and its raw bytes.
struct Multikey {
  KeyType type = KeyType::ed25519_public;
  std::string bytes;
};

/// Reads base58btc multibase ("z…") with a known multicodec prefix; refuses other bases, unknown
/// prefixes, Ed25519 keys that are not 32 bytes, and anything beyond 4 KiB.
Result<Multikey> decode_multikey(std::string_view multibase);
/// The reverse.
std::string encode_multikey(const Multikey& key);

/// "z6Mk…", the publicKeyMultibase of FEP-521a.
std::string to_multibase(const PublicKey& key);
/// The reverse; refuses keys of other types and every other spelling.
Result<PublicKey> from_multibase(std::string_view text);

/// "did:key:z6Mk…", 56 characters.
std::string to_did_key(const PublicKey& key);
/// The reverse; refuses fragments and every other spelling, so texts can be compared as keys.
Result<PublicKey> from_did_key(std::string_view text);

/// "did:key:X#X", as proofs of the W3C habit name the key.
std::string verification_method(const PublicKey& key);
/// The key of "did:key:X#X" or of the bare "did:key:X" (FEP-c390); refuses a fragment that names
/// another key.
Result<PublicKey> from_verification_method(std::string_view text);

}  // namespace camp::crypto
