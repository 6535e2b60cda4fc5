// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "crypto/ed25519.h"

namespace camp::crypto {

// Object integrity proofs: FEP-8b32 with the W3C cryptosuite eddsa-jcs-2022 (vc-di-eddsa). The
// signature covers SHA-256(canonical proof options) || SHA-256(canonical document), where the
// document is taken without its members `proof` and `signature` (the legacy kind).

/// A proof of `document` by `key`: {type, cryptosuite, created, verificationMethod, proofPurpose,
/// proofValue}, and `@context` when the document has one. `created` is RFC 3339.
/// `method` names the key; empty stands for "did:key:X#X".
Result<Json> make_proof(const Json& document, const SecretKey& key, std::string_view created,
                        std::string_view method = {});

/// Puts such a proof into the document; refuses one that has a proof already.
Result<void> add_proof(Json& document, const SecretKey& key, std::string_view created,
                       std::string_view method = {});

/// The key that a proof names by a did:key, bare or with its fragment. Does not verify anything.
/// Refuses proofs that name their key by a URL: that one must be looked up at its owner.
Result<PublicKey> proof_key(const Json& proof);

/// Checks the document's one proof against `key`. Whether that key may speak for the document's
/// owner is the caller's question. Refuses a missing proof, several proofs (a set or a chain),
/// another type, cryptosuite or purpose, `previousProof`, and, when `now_ms` is given, a proof
/// whose `expires` has passed. Accepts both habits about `@context`: a proof that carries the
/// document's, and one that carries none.
Result<void> verify_proof(const Json& document, const PublicKey& key,
                          std::optional<std::int64_t> now_ms = std::nullopt);

/// Checks one proof of several, for documents that carry an array of independent proofs; as
/// verify_proof otherwise.
Result<void> verify_one(const Json& document, const Json& proof, const PublicKey& key,
                        std::optional<std::int64_t> now_ms = std::nullopt);

/// The 64 bytes that a signature covers: the hash of `options` (a proof without `proofValue`) as
/// they stand, then the hash of the document.
Result<std::string> proof_hash_data(const Json& document, const Json& options);

}  // namespace camp::crypto
