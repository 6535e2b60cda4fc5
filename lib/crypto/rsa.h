// SPDX-License-Identifier: MIT
#pragma once

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

}  // namespace camp::crypto
