// SPDX-License-Identifier: MIT
#pragma once

namespace camp::crypto {

/// Starts OpenSSL without the machine's openssl.cnf: reading it takes longer than the hashes of a
/// post, and it could replace the algorithms that ids are made with. Whatever asks OpenSSL for
/// something for the first time calls this before.
void start_openssl();

}  // namespace camp::crypto
