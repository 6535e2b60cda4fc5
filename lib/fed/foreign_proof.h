// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "crypto/ed25519.h"

namespace camp::fed {

// Object integrity proofs (FEP-8b32, eddsa-jcs-2022) on activities and objects of ActivityPub. The
// key is one of the actor's `assertionMethod` (FEP-521a), so a proof counts no matter who delivers.
//
// A proof is over the JSON as its maker wrote it: give these functions what parse_json made of the
// bytes received, never a changed or rebuilt document.

/// The URI of the key that made the document's one proof. Kind::not_found without a proof,
/// Kind::refused for a set of proofs or one that names no key. Verifies nothing.
Result<std::string> proof_method(const Json& document);

/// The actor's Ed25519 key of that URI: the one entry of `assertionMethod` with this `id`, of type
/// Multikey, whose `controller` is the actor's id. Kind::not_found if there is none, Kind::refused
/// if it is malformed or of another kind.
Result<crypto::PublicKey> assertion_key(const Json& actor, std::string_view method);

/// Whether the document's proof is by the actor whose document is given, and by a key that it
/// lists. Kind::not_found if it does not list the key (a newer actor document might), Kind::refused
/// for everything else. Whether that actor may say what the document says is the caller's question.
Result<void> verify_foreign_proof(const Json& document, const Json& actor, std::int64_t now_ms);

/// Gives a document of ours, with its `@context`, a proof by a key that our actor lists under the
/// URI `method`. Adds the context of data integrity where it lacks. Kind::refused if there is a
/// proof already.
Result<void> add_activity_proof(Json& document, const crypto::SecretKey& key,
                                std::string_view method, std::int64_t now_ms);

}  // namespace camp::fed
