// SPDX-License-Identifier: MIT
#include "crypto/rsa.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "crypto/digest.h"
#include "crypto/openssl.h"

namespace camp::crypto {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
struct FreeDecoder {
  void operator()(OSSL_DECODER_CTX* decoder) const { OSSL_DECODER_CTX_free(decoder); }
};
struct FreeContext {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
struct FreeNumber {
  void operator()(BIGNUM* number) const { BN_free(number); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Bio = std::unique_ptr<BIO, FreeBio>;
using Decoder = std::unique_ptr<OSSL_DECODER_CTX, FreeDecoder>;
using Context = std::unique_ptr<EVP_PKEY_CTX, FreeContext>;
using Number = std::unique_ptr<BIGNUM, FreeNumber>;

constexpr std::size_t kMaxPemSize = 16 << 10;

std::string text_of(BIO* bio) {
  char* start = nullptr;
  const long size = BIO_get_mem_data(bio, &start);
  return size > 0 ? std::string(start, static_cast<std::size_t>(size)) : std::string();
}

// Without this, OpenSSL would ask for a password on the terminal.
int no_password(char*, int, int, void*) { return -1; }

Result<Key> read_private(std::string_view pem) {
  start_openssl();
  if (pem.size() > kMaxPemSize) return fail(Kind::refused, "an RSA key file that is too long");
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr) : nullptr);
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    return fail(Kind::refused, "not an unencrypted RSA secret key in PEM");
  }
  return key;
}

// Any structure that a PEM file may hold of a public key: SubjectPublicKeyInfo and PKCS#1.
Result<Key> read_public(std::string_view pem) {
  start_openssl();
  if (pem.size() > kMaxPemSize) return fail(Kind::refused, "an RSA key that is too long");
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  EVP_PKEY* read = nullptr;
  const Decoder decoder(OSSL_DECODER_CTX_new_for_pkey(&read, "PEM", nullptr, "RSA",
                                                      EVP_PKEY_PUBLIC_KEY, nullptr, nullptr));
  const bool decoded = bio && decoder && OSSL_DECODER_from_bio(decoder.get(), bio.get()) == 1;
  Key key(read);
  if (!decoded || !key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    return fail(Kind::refused, "not an RSA public key in PEM");
  }
  return key;
}

Result<void> require_size(const EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < 2048 || bits > 8192) {
    return fail(Kind::refused, "an RSA key of " + std::to_string(bits) + " bits");
  }
  return {};
}

Result<void> require_exponent(const EVP_PKEY* key) {
  BIGNUM* raw = nullptr;
  EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &raw);
  const Number exponent(raw);
  if (!exponent || BN_is_odd(exponent.get()) != 1 || BN_is_one(exponent.get()) == 1 ||
      BN_num_bits(exponent.get()) > 64) {
    return fail(Kind::refused, "an RSA key with an exponent that nobody uses");
  }
  return {};
}

// A context prepared for the padding and the digest. It belongs to one thread at a time, and making
// one costs more than anything else beside the arithmetic, so the one that was used last is kept
// for the next use; whoever finds it taken copies the pattern.
class Contexts {
 public:
  Contexts(EVP_PKEY* key, int (*start)(EVP_PKEY_CTX*))
      : pattern_(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)) {
    const bool ready = pattern_ && start(pattern_.get()) == 1 &&
                       EVP_PKEY_CTX_set_rsa_padding(pattern_.get(), RSA_PKCS1_PADDING) == 1 &&
                       EVP_PKEY_CTX_set_signature_md(pattern_.get(), EVP_sha256()) == 1;
    if (!ready) pattern_.reset();
  }
  Contexts(const Contexts&) = delete;
  Contexts& operator=(const Contexts&) = delete;
  ~Contexts() { EVP_PKEY_CTX_free(spare_.load()); }

  bool ready() const { return pattern_ != nullptr; }

  Context take() const {
    Context spare(spare_.exchange(nullptr));
    return spare ? std::move(spare) : Context(EVP_PKEY_CTX_dup(pattern_.get()));
  }
  void give_back(Context used) const { Context(spare_.exchange(used.release())).reset(); }

 private:
  Context pattern_;
  mutable std::atomic<EVP_PKEY_CTX*> spare_{nullptr};
};

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

struct RsaSecretKey::State {
  explicit State(Key own) : key(std::move(own)), contexts(key.get(), EVP_PKEY_sign_init) {}
  Key key;
  Contexts contexts;
};

RsaSecretKey::RsaSecretKey(std::unique_ptr<const State> state) : state_(std::move(state)) {}
RsaSecretKey::RsaSecretKey(RsaSecretKey&&) noexcept = default;
RsaSecretKey& RsaSecretKey::operator=(RsaSecretKey&&) noexcept = default;
RsaSecretKey::~RsaSecretKey() = default;

Result<RsaSecretKey> RsaSecretKey::from_pem(std::string_view pem) {
  Key key = CAMP_TRY(read_private(pem));
  CAMP_TRY(require_size(key.get()));
  auto state = std::make_unique<const State>(std::move(key));
  if (!state->contexts.ready()) return fail(Kind::failed, "OpenSSL cannot sign with an RSA key");
  return RsaSecretKey(std::move(state));
}

Result<std::string> RsaSecretKey::sign_sha256(std::string_view message) const {
  const std::string digest = sha256(message);
  Context context = state_->contexts.take();
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(state_->key.get())), '\0');
  std::size_t size = signature.size();
  if (!context || EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                                &size, raw(digest), digest.size()) != 1) {
    return fail(Kind::failed, "OpenSSL cannot sign with an RSA key");
  }
  state_->contexts.give_back(std::move(context));
  signature.resize(size);
  return signature;
}

struct RsaPublicKey::State {
  explicit State(Key own) : key(std::move(own)), contexts(key.get(), EVP_PKEY_verify_init) {}
  Key key;
  Contexts contexts;
};

RsaPublicKey::RsaPublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}

Result<RsaPublicKey> RsaPublicKey::from_pem(std::string_view pem) {
  Key key = CAMP_TRY(read_public(pem));
  CAMP_TRY(require_size(key.get()));
  CAMP_TRY(require_exponent(key.get()));
  auto state = std::make_shared<const State>(std::move(key));
  if (!state->contexts.ready()) return fail(Kind::failed, "OpenSSL cannot verify with an RSA key");
  return RsaPublicKey(std::move(state));
}

int RsaPublicKey::bits() const { return EVP_PKEY_get_bits(state_->key.get()); }

bool RsaPublicKey::verify_sha256(std::string_view message, std::string_view signature) const {
  const std::string digest = sha256(message);
  Context context = state_->contexts.take();
  if (!context) return false;
  const bool good = EVP_PKEY_verify(context.get(), raw(signature), signature.size(), raw(digest),
                                    digest.size()) == 1;
  state_->contexts.give_back(std::move(context));
  return good;
}

Result<std::string> generate_rsa_2048_pem() {
  start_openssl();
  const Key key(EVP_RSA_gen(2048));
  const Bio bio(BIO_new(BIO_s_secmem()));
  if (!key || !bio ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return fail(Kind::failed, "OpenSSL cannot make an RSA key");
  }
  return text_of(bio.get());
}

Result<std::string> rsa_public_pem(std::string_view private_pem) {
  const Key key = CAMP_TRY(read_private(private_pem));
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_PUBKEY(bio.get(), key.get()) != 1) {
    return fail(Kind::failed, "OpenSSL cannot write the RSA public key");
  }
  return text_of(bio.get());
}

}  // namespace camp::crypto
