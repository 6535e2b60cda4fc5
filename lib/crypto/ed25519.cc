// SPDX-License-Identifier: MIT
#include "crypto/ed25519.h"

#include <sodium.h>

#include <algorithm>
#include <cstdlib>

namespace camp::crypto {
namespace {

static_assert(crypto_sign_PUBLICKEYBYTES == 32 && crypto_sign_SECRETKEYBYTES == 64 &&
              crypto_sign_BYTES == 64 && crypto_sign_SEEDBYTES == 32);

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// Chooses the implementation for this processor, once; threads may race here safely.
void start_sodium() {
  static const bool started = sodium_init() >= 0;
  if (!started) std::abort();
}

}  // namespace

Result<PublicKey> PublicKey::from_bytes(std::string_view raw_bytes) {
  PublicKey key;
  if (raw_bytes.size() != key.bytes.size()) {
    return fail(Kind::refused, "an Ed25519 public key has 32 bytes");
  }
  std::copy_n(raw(raw_bytes), key.bytes.size(), key.bytes.begin());
  return key;
}

std::string_view PublicKey::view() const {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<SecretKey> SecretKey::from_seed(std::string_view seed) {
  if (seed.size() != crypto_sign_SEEDBYTES) {
    return fail(Kind::refused, "an Ed25519 secret key has 32 bytes");
  }
  start_sodium();
  SecretKey key;
  PublicKey ignored;
  crypto_sign_seed_keypair(ignored.bytes.data(), key.seed_and_public_.data(), raw(seed));
  return key;
}

SecretKey SecretKey::generate(const Env& env) {
  std::string seed = env.random_bytes(crypto_sign_SEEDBYTES);
  auto key = from_seed(seed);
  wipe(seed);
  if (!key) std::abort();  // an Env that does not give the bytes it was asked for
  return std::move(*key);
}

SecretKey::SecretKey(SecretKey&& other) noexcept : seed_and_public_(other.seed_and_public_) {
  sodium_memzero(other.seed_and_public_.data(), other.seed_and_public_.size());
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  if (this != &other) {
    seed_and_public_ = other.seed_and_public_;
    sodium_memzero(other.seed_and_public_.data(), other.seed_and_public_.size());
  }
  return *this;
}

SecretKey::~SecretKey() { sodium_memzero(seed_and_public_.data(), seed_and_public_.size()); }

PublicKey SecretKey::public_key() const {
  PublicKey key;
  std::copy_n(seed_and_public_.begin() + crypto_sign_SEEDBYTES, key.bytes.size(),
              key.bytes.begin());
  return key;
}

std::string SecretKey::sign(std::string_view message) const {
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr, raw(message),
                       message.size(), seed_and_public_.data());
  return signature;
}

std::string SecretKey::seed() const {
  return {reinterpret_cast<const char*>(seed_and_public_.data()), crypto_sign_SEEDBYTES};
}

bool verify(const PublicKey& key, std::string_view message, std::string_view signature) {
  if (signature.size() != crypto_sign_BYTES) return false;
  start_sodium();
  return crypto_sign_verify_detached(raw(signature), raw(message), message.size(),
                                     key.bytes.data()) == 0;
}

void wipe(std::string& secret) {
  sodium_memzero(secret.data(), secret.size());
  secret.clear();
}

}  // namespace camp::crypto
