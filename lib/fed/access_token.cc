// SPDX-License-Identifier: MIT
#include "fed/access_token.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/did_key.h"
#include "crypto/digest.h"

namespace camp::fed {
namespace {

/// Before what is signed, so that no other signature of the same key can be taken for this one.
constexpr std::string_view kPurpose = "camp access token 1\n";
constexpr std::string_view kClaimPurpose = "camp claim proof 1\n";
constexpr std::size_t kMostWord = 253;
constexpr JsonLimits kLimits{
    .bytes = kMaxToken, .depth = 2, .nodes = 16, .string_bytes = kMostWord};
constexpr std::int64_t kMostTime = (std::int64_t{1} << 53) - 1;

tl::unexpected<Error> no_token(std::string reason) {
  return fail(Kind::refused, std::move(reason));
}

Json json_of(const AccessToken& token) {
  Json record{{"member", token.member},
              {"key", crypto::to_did_key(token.key)},
              {"host", token.host},
              {"scope", token.scope},
              {"expires", token.expires_ms}};
  if (!token.body.empty()) record["body"] = token.body;
  if (!token.claim.empty()) record["claim"] = token.claim;
  return record;
}

Result<std::string> word(const Json& record, const char* name) {
  const auto found = record.find(name);
  if (found == record.end() || !found->is_string()) {
    return no_token("a token without '" + std::string(name) + "'");
  }
  return found->get<std::string>();
}

Result<AccessToken> token_from(const Json& record) {
  if (!record.is_object()) return no_token("a token that is no record");
  AccessToken token;
  token.member = CAMP_TRY(word(record, "member"));
  token.key = CAMP_TRY(crypto::from_did_key(CAMP_TRY(word(record, "key"))));
  token.host = CAMP_TRY(word(record, "host"));
  token.scope = CAMP_TRY(word(record, "scope"));
  const auto expires = record.find("expires");
  if (expires == record.end() || !expires->is_number_integer() || *expires < 0 ||
      *expires > kMostTime) {
    return no_token("a token without 'expires'");
  }
  token.expires_ms = expires->get<std::int64_t>();
  if (record.contains("body")) token.body = CAMP_TRY(word(record, "body"));
  if (record.contains("claim")) token.claim = CAMP_TRY(word(record, "claim"));
  return token;
}

std::string signed_text(std::string_view json) { return std::string(kPurpose).append(json); }

}  // namespace

std::string fetch_scope(std::string_view repository) { return std::string(repository); }
std::string submit_scope() { return "submit"; }
std::string media_scope(std::string_view repository) { return "media " + std::string(repository); }

std::string claim_proof(std::string_view code_digest, const crypto::PublicKey& key,
                        std::string_view host) {
  std::string text(kClaimPurpose);
  text.append(code_digest).append("\n").append(crypto::to_did_key(key)).append("\n").append(host);
  return crypto::sha256_hex(text);
}

Result<std::string> sign_access_token(AccessToken token, const crypto::SecretKey& signer) {
  token.key = signer.public_key();
  const std::string json = CAMP_TRY(canonical_json(json_of(token)));
  return to_base64url(json) + "." + to_base64url(signer.sign(signed_text(json)));
}

Result<AccessToken> read_access_token(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (text.size() > kMaxToken || dot == std::string_view::npos) return no_token("no token");
  const std::string json = CAMP_TRY(from_base64url(text.substr(0, dot)));
  const std::string signature = CAMP_TRY(from_base64url(text.substr(dot + 1)));
  const Json record = CAMP_TRY(parse_json(json, "a token", kLimits));
  AccessToken token = CAMP_TRY(token_from(record));
  // Also: nothing stands in it that we do not know.
  if (CAMP_TRY(canonical_json(json_of(token))) != json) return no_token("a token in another form");
  if (!crypto::verify(token.key, signed_text(json), signature)) {
    return no_token("a token that its key did not sign");
  }
  return token;
}

Result<Bearer> judge_access_token(const AccessToken& token, const TokenUse& use,
                                  const model::KeyState& keys, std::string_view code_digest) {
  if (use.host.empty() || token.host != use.host) {
    return no_token("a token for another host: " + token.host);
  }
  if (token.scope != use.scope) return no_token("a token for something else: " + token.scope);
  if (token.body != use.body) return no_token("a token for another body");
  if (token.expires_ms <= use.now_ms - kTokenSkewMs) return no_token("a token that has expired");
  if (token.expires_ms > use.now_ms + kTokenLifeMs + kTokenSkewMs) {
    return no_token("a token that lives too long");
  }
  if (!token.claim.empty()) {
    const bool open = keys.unclaimed && !code_digest.empty();
    if (open && token.claim == claim_proof(code_digest, token.key, use.host)) {
      return Bearer::claimant;
    }
    return no_token("a token with another claim code");
  }
  if (keys.speaks(token.key) || keys.decides(token.key)) return Bearer::member;
  return no_token("a token of a key that does not speak for the member");
}

}  // namespace camp::fed
