// SPDX-License-Identifier: MIT
#include "crypto/did_key.h"

#include <array>

#include "base/encoding.h"

namespace camp::crypto {
namespace {

constexpr std::string_view kDidKey = "did:key:";

struct Prefix {
  KeyType type;
  std::string_view bytes;
};

// The multicodec registry's numbers as unsigned varints.
constexpr std::array<Prefix, 6> kPrefixes{{
    {KeyType::ed25519_public, "\xed\x01"},
    {KeyType::ed25519_secret, "\x80\x26"},
    {KeyType::rsa_public, "\x85\x24"},
    {KeyType::secp256k1_public, "\xe7\x01"},
    {KeyType::p256_public, "\x80\x24"},
    {KeyType::x25519_public, "\xec\x01"},
}};

bool has_fixed_size(KeyType type) {
  return type == KeyType::ed25519_public || type == KeyType::ed25519_secret;
}

}  // namespace

Result<Multikey> decode_multikey(std::string_view multibase) {
  if (multibase.empty() || multibase.front() != 'z') {
    return fail(Kind::refused, "a key that is not written in base58btc multibase");
  }
  const std::string bytes = CAMP_TRY(from_base58(multibase.substr(1)));
  for (const Prefix& prefix : kPrefixes) {
    if (std::string_view(bytes).substr(0, 2) != prefix.bytes) continue;
    Multikey key{prefix.type, bytes.substr(2)};
    if (has_fixed_size(key.type) && key.bytes.size() != 32) {
      return fail(Kind::refused, "an Ed25519 key that has not 32 bytes");
    }
    return key;
  }
  return fail(Kind::refused, "a key of an unknown type");
}

std::string encode_multikey(const Multikey& key) {
  for (const Prefix& prefix : kPrefixes) {
    if (prefix.type == key.type) return "z" + to_base58(std::string(prefix.bytes) + key.bytes);
  }
  return {};
}

std::string to_multibase(const PublicKey& key) {
  return encode_multikey({KeyType::ed25519_public, std::string(key.view())});
}

Result<PublicKey> from_multibase(std::string_view text) {
  const Multikey key = CAMP_TRY(decode_multikey(text));
  if (key.type != KeyType::ed25519_public) {
    return fail(Kind::refused, "a key that is not an Ed25519 public key");
  }
  return PublicKey::from_bytes(key.bytes);
}

std::string to_did_key(const PublicKey& key) { return std::string(kDidKey) + to_multibase(key); }

Result<PublicKey> from_did_key(std::string_view text) {
  if (text.substr(0, kDidKey.size()) != kDidKey) {
    return fail(Kind::refused, "a key that is not a did:key");
  }
  return from_multibase(text.substr(kDidKey.size()));
}

std::string verification_method(const PublicKey& key) {
  const std::string multibase = to_multibase(key);
  return std::string(kDidKey) + multibase + "#" + multibase;
}

Result<PublicKey> from_verification_method(std::string_view text) {
  const std::string_view did = text.substr(0, text.find('#'));
  const PublicKey key = CAMP_TRY(from_did_key(did));
  if (did.size() < text.size() && text.substr(did.size() + 1) != did.substr(kDidKey.size())) {
    return fail(Kind::refused, "a verification method whose fragment names another key");
  }
  return key;
}

}  // namespace camp::crypto
