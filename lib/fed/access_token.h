// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "model/key_log.h"

namespace camp::fed {

// How a clone proves over https who it is (camp-store(5), OVER HTTPS): each request carries
// `Authorization: Bearer <token>`. A token is made for one request: canonical JSON in base64url, a
// dot, and the Ed25519 signature of it by a key of the member. Whoever saw one can do with it, for
// a few minutes, what its owner did with it, at the same host, and nothing else.

/// The longest life that a server takes.
inline constexpr std::int64_t kTokenLifeMs = 5 * 60'000;
/// The life that a clone gives its tokens.
inline constexpr std::int64_t kTokenLifeAskedMs = 2 * 60'000;
/// How far the two clocks may be apart.
inline constexpr std::int64_t kTokenSkewMs = 3 * 60'000;
inline constexpr std::size_t kMaxToken = 2 << 10;

/// What a token says.
struct AccessToken {
  std::string member = {};      ///< whom it is for: a handle or a member's id
  crypto::PublicKey key = {};   ///< that signed it
  std::string host = {};        ///< where it is good, with a port if the address has one
  std::string scope = {};       ///< what for: scope_of_…
  std::int64_t expires_ms = 0;  ///< since 1970
  std::string body = {};        ///< SHA-256 of the request's body in hexadecimal; of a GET empty
  std::string claim = {};       ///< claim_proof() for a key that nobody knows yet; else empty

  bool operator==(const AccessToken&) const = default;
};

/// Fetching a repository: its name.
std::string fetch_scope(std::string_view repository);
std::string submit_scope();
std::string media_scope(std::string_view repository);

/// That the maker of a token knows the claim code, and means this key and this host: a token that a
/// stranger catches is of no use with another key, and does not tell the code. `code_digest` is
/// store::claim_digest() of it.
std::string claim_proof(std::string_view code_digest, const crypto::PublicKey& key,
                        std::string_view host);

/// The token's text; its `key` is that of `signer`.
Result<std::string> sign_access_token(AccessToken token, const crypto::SecretKey& signer);

/// Reads a token and checks that the key that it names has signed it. Nothing is said about whose
/// key that is. Kind::refused for everything else, and for a second spelling of the same token.
Result<AccessToken> read_access_token(std::string_view text);

/// The request that a token came with.
struct TokenUse {
  std::string host = {};    ///< ours, by our own settings: never what the request says
  std::string scope = {};   ///< what the request needs
  std::string body = {};    ///< SHA-256 of its body, if it changes something; else empty
  std::int64_t now_ms = 0;  ///< by our clock
};

/// What a token's bearer may do.
enum class Bearer {
  member,    ///< all that the member may
  claimant,  ///< read the community's papers and claim: a key with the code, not yet the member's
};

/// Whether a token is good for a request, by the keys of the member that it is for. A key that
/// speaks counts, and one that decides: the paper key, with which a new device asks to be let in.
/// `code_digest` is that of the member's open claim code, or empty. Kind::refused, with the reason
/// for a log, for everything else.
Result<Bearer> judge_access_token(const AccessToken& token, const TokenUse& use,
                                  const model::KeyState& keys, std::string_view code_digest);

}  // namespace camp::fed
