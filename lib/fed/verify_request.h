// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "crypto/rsa.h"
#include "http/message.h"

namespace camp::fed {

// The one place that decides whether a request was signed by the key that it names. It fails closed
// and has two steps, so that the key can be looked up between them. Whether the key's owner may say
// what the request says is the caller's question.
//
// Errors are for the log: all but one (see read_signature) are answered alike, with 401.

/// The two ways to sign a request.
enum class SignatureDialect { cavage, rfc9421 };

/// Which keys may make a signature. `of_the_key`: the request leaves it to the key, as `hs2019`
/// does.
enum class SignatureAlgorithm { of_the_key, rsa_sha256, ed25519 };

/// What is known about this server and this moment.
struct Verification {
  std::string own_host;          ///< as peers write it in Host
  std::string scheme = "https";  ///< of the URLs that peers post to
  std::int64_t now_ms = 0;
  std::int64_t skew_ms = 3'600'000;  ///< how old, and how far ahead; at most 12 hours count
};

/// What a request says about its signature, after all checks that need no key.
struct SignatureClaim {
  SignatureDialect dialect = SignatureDialect::cavage;
  std::string key_id;
  SignatureAlgorithm algorithm = SignatureAlgorithm::of_the_key;
  std::vector<std::string> covered;  ///< what is signed, in the dialect's words
  std::vector<std::string> texts;    ///< the signature is good if it is that of one of them
  std::string signature;             ///< its bytes
  std::int64_t valid_until_ms = 0;   ///< from then on read_signature refuses the same request
  /// For a cache of what was seen, to be kept until then: the digest of the signature's bytes. It
  /// leaves out the key's name, which the older dialect does not sign, so that one signature under
  /// another spelling of the name is still the same.
  std::string replay_key;
};

using SignatureKey = std::variant<crypto::RsaPublicKey, crypto::PublicKey>;

/// Reads the signature of a request and checks everything that needs no key. Kind::refused if
/// - there is not exactly one Host field, or it is not ours;
/// - there is not exactly one Signature header (with RFC 9421 also one Signature-Input), or it is
///   malformed, or names another algorithm than RSA-SHA256, hs2019, RSA-v1_5-SHA256 or Ed25519;
/// - it does not cover what it must: `(request-target)`, `host`, `date` or `(created)`, and with a
///   body or another method than GET and HEAD `digest`; in RFC 9421 `@method`, `@target-uri`,
///   `created`, and `content-digest`;
/// - a signed digest is not the body's, or names no SHA-256;
/// - a signed date or `created` is further from now than the skew, or `expires` has passed.
/// Kind::usage, the one that may be answered with 400, if Content-Digest is malformed.
///
/// If there is a Signature-Input the request is read as RFC 9421 says, never as the older dialect.
/// Of several labels the first in the order of Signature-Input that passes these checks is the
/// claim; if its signature turns out to be wrong, no other label is tried.
Result<SignatureClaim> read_signature(const http::Request& request, const Verification& here);

/// Whether the claim's signature is the key's. The query may or may not have been signed in the
/// older dialect; both are tried. Kind::refused if not, or if the key is of another kind than the
/// algorithm that was named.
Result<void> verify_signature(const SignatureClaim& claim, const SignatureKey& key);

/// The actor that a key most likely belongs to, for looking it up: the URL without its fragment, or
/// else without a last `/main-key` or `/publickey`. Only the actor's document says whether it is
/// so.
std::string key_owner_guess(std::string_view key_id);

}  // namespace camp::fed
