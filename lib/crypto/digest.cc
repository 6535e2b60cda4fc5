// SPDX-License-Identifier: MIT
#include "crypto/digest.h"

#include <openssl/evp.h>

#include <new>
#include <utility>

#include "base/encoding.h"

namespace camp::crypto {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// OpenSSL looks an algorithm up by name at each use unless it is fetched once; for our short inputs
// the look-up would cost more than the hash.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
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

}  // namespace

std::string sha256(std::string_view bytes) {
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
