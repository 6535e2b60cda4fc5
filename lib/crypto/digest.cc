// SPDX-License-Identifier: MIT
#include "crypto/digest.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <atomic>
#include <new>
#include <utility>

#include "base/encoding.h"
#include "crypto/openssl.h"

namespace camp::crypto {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// OpenSSL looks an algorithm up by name at each use unless it is fetched once; for our short inputs
// the look-up would cost more than the hash.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = [] {
    start_openssl();
    return EVP_MD_fetch(nullptr, "SHA256", nullptr);
  }();
  return fetched;
}

// These calls fail only for want of memory; a program that cannot hash must not go on.
void require(bool ok) {
  if (!ok) throw std::bad_alloc();
}

Context start() {
  Context context(EVP_MD_CTX_new());
  require(context != nullptr && EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) == 1);
  return context;
}

void add(EVP_MD_CTX* context, std::string_view bytes) {
  require(EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1);
}

std::string result_of(EVP_MD_CTX* context) {
  std::string digest(32, '\0');
  require(EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(digest.data()), nullptr) ==
          1);
  return digest;
}

// Starting OpenSSL takes as long as some hundred short hashes. A command that makes a few, as most
// do, leaves them to libsodium, which needs no start but hashes at a fifth of the speed.
bool worth_no_start(std::size_t size) {
  constexpr std::size_t kShort = 16 << 10;
  constexpr int kFew = 100;
  static std::atomic<int> made{0};
  return size <= kShort && made.load(std::memory_order_relaxed) < kFew &&
         made.fetch_add(1, std::memory_order_relaxed) < kFew;
}

std::string sodium_sha256(std::string_view bytes) {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return digest;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  if (worth_no_start(bytes.size())) return sodium_sha256(bytes);
  const Context context = start();
  add(context.get(), bytes);
  return result_of(context.get());
}

std::string sha256_hex(std::string_view bytes) { return to_hex(sha256(bytes)); }

struct Sha256::State {
  Context context = start();
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) { add(state_->context.get(), bytes); }

std::string Sha256::finish() {
  std::string digest = result_of(state_->context.get());
  state_->context = start();
  return digest;
}

std::string Sha256::finish_hex() { return to_hex(finish()); }

}  // namespace camp::crypto
