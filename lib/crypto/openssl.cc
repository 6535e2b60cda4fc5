// SPDX-License-Identifier: MIT
#include "crypto/openssl.h"

#include <openssl/crypto.h>

namespace camp::crypto {

void start_openssl() { OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr); }

}  // namespace camp::crypto
