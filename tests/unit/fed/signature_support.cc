// SPDX-License-Identifier: MIT
#include "unit/fed/signature_support.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/json.h"
#include "fed/http_signature.h"
#include "fed/message_signature.h"
#include "unit/unit_support.h"

namespace camp::fed {
namespace {

std::string secret_pem(const char* name) {
  const Json keys = parse_json(read_vector("http-signatures/rsa-keys.json")).value();
  return keys.at(name).get<std::string>();
}

crypto::RsaPublicKey public_of(const std::string& pem) {
  return crypto::RsaPublicKey::from_pem(crypto::rsa_public_pem(pem).value()).value();
}

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) all.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

http::Request unsigned_request(const std::string& method, const std::string& target,
                               const std::string& body) {
  http::Request request;
  request.method = method;
  request.target = target;
  request.path = target.substr(0, target.find('?'));
  request.body = body;
  return request;
}

}  // namespace

const crypto::RsaSecretKey& peer_key() {
  static const auto key = crypto::RsaSecretKey::from_pem(secret_pem("secret")).value();
  return key;
}

const crypto::RsaPublicKey& peer_public() {
  static const auto key = public_of(secret_pem("secret"));
  return key;
}

const crypto::RsaPublicKey& other_public() {
  static const auto key = public_of(secret_pem("other_secret"));
  return key;
}

const std::string& peer_public_pem() {
  static const std::string pem = crypto::rsa_public_pem(secret_pem("secret")).value();
  return pem;
}

const std::string& other_public_pem() {
  static const std::string pem = crypto::rsa_public_pem(secret_pem("other_secret")).value();
  return pem;
}

const crypto::SecretKey& peer_ed25519() {
  static const auto key = crypto::SecretKey::from_seed(std::string(32, 'p')).value();
  return key;
}

http::Request send(const Plan& plan) {
  http::Request request = unsigned_request(plan.method, plan.target, plan.body);
  http::Headers& headers = request.headers;
  headers.add("Host", plan.host);
  headers.add("Date", http::format_http_date(plan.date_ms));
  if (plan.digest == "right") headers.add("Digest", digest_header(plan.body));
  if (plan.digest != "right" && !plan.digest.empty()) headers.add("Digest", plan.digest);
  headers.add("Content-Type", "application/activity+json");
  SignatureParameters parameters;
  parameters.algorithm = plan.algorithm;
  parameters.covered = words(plan.covered);
  parameters.created = plan.created;
  parameters.expires = plan.expires;
  const std::string text =
      signing_string(parameters, plan.method,
                     plan.signed_target.empty() ? plan.target : plan.signed_target, headers)
          .value();
  const std::string signature =
      plan.ed25519 ? peer_ed25519().sign(text) : peer_key().sign_sha256(text).value();
  std::string value = "keyId=\"" + plan.key_id + "\"";
  if (!plan.algorithm.empty()) value += ",algorithm=\"" + plan.algorithm + "\"";
  if (plan.created) value += ",created=" + std::to_string(*plan.created);
  if (plan.expires) value += ",expires=" + std::to_string(*plan.expires);
  value += ",headers=\"" + plan.covered + "\",signature=\"" + to_base64(signature) + "\"";
  headers.add("Signature", value);
  return request;
}

http::Request send(const MessagePlan& plan) {
  http::Request request = unsigned_request(plan.method, plan.target, plan.body);
  http::Headers& headers = request.headers;
  headers.add("Host", plan.host);
  headers.add("Date", http::format_http_date(plan.date_ms));
  if (plan.digest == "right") headers.add("Content-Digest", content_digest(plan.body));
  if (plan.digest != "right" && !plan.digest.empty()) {
    headers.add("Content-Digest", plan.digest);
  }
  MessageSignature signature;
  signature.covered = plan.covered;
  std::string list;
  for (const std::string& name : plan.covered) list += (list.empty() ? "\"" : " \"") + name + "\"";
  signature.parameters = "(" + list + ")" + plan.parameters;
  const std::string base =
      signature_base(signature, plan.method, plan.scheme, plan.uri_host, plan.target, headers)
          .value();
  const std::string bytes =
      plan.ed25519 ? peer_ed25519().sign(base) : peer_key().sign_sha256(base).value();
  headers.add("Signature-Input", "sig1=" + signature.parameters);
  headers.add("Signature", "sig1=:" + to_base64(bytes) + ":");
  return request;
}

Verification here(std::int64_t now_ms) {
  return {.own_host = "friend.camp", .scheme = "https", .now_ms = now_ms};
}

std::string refusal(const http::Request& request, const Verification& at) {
  const auto claim = read_signature(request, at);
  if (!claim) return claim.error().message;
  const auto verified = verify_signature(*claim, peer_public());
  return verified ? "" : verified.error().message;
}

std::string refusal(const http::Request& request, const SignatureKey& key) {
  const auto claim = read_signature(request, here());
  if (!claim) return claim.error().message;
  const auto verified = verify_signature(*claim, key);
  return verified ? "" : verified.error().message;
}

}  // namespace camp::fed
