// SPDX-License-Identifier: MIT
#include "crypto/rsa.h"

#include "catch.h"

namespace camp::crypto {
namespace {

using Catch::Matchers::StartsWith;

TEST_CASE("an RSA key pair comes as PKCS#8 and SubjectPublicKeyInfo in PEM") {
  const std::string secret = generate_rsa_2048_pem().value();
  CHECK_THAT(secret, StartsWith("-----BEGIN PRIVATE KEY-----\n"));
  const std::string open = rsa_public_pem(secret).value();
  CHECK_THAT(open, StartsWith("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"));
  CHECK(rsa_public_pem(secret).value() == open);
  CHECK(generate_rsa_2048_pem().value() != secret);
}

TEST_CASE("what is no RSA secret key is refused, without asking for a password") {
  const std::string secret = generate_rsa_2048_pem().value();
  CHECK_FALSE(rsa_public_pem(""));
  CHECK_FALSE(rsa_public_pem(rsa_public_pem(secret).value()));
  CHECK_FALSE(rsa_public_pem(secret.substr(0, secret.size() / 2)));
  CHECK_FALSE(rsa_public_pem(std::string(1 << 20, 'x')));
  // RFC 8410 section 10.3: an Ed25519 secret key.
  CHECK_FALSE(
      rsa_public_pem("-----BEGIN PRIVATE KEY-----\n"
                     "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                     "-----END PRIVATE KEY-----\n"));
  CHECK_FALSE(
      rsa_public_pem("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                     "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                     "-----END ENCRYPTED PRIVATE KEY-----\n"));
}

}  // namespace
}  // namespace camp::crypto
