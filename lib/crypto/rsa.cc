// SPDX-License-Identifier: MIT
#include "crypto/rsa.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>

#include "crypto/openssl.h"

namespace camp::crypto {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Bio = std::unique_ptr<BIO, FreeBio>;

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

}  // namespace

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
