// SPDX-License-Identifier: MIT
#include "crypto/proof.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "base/encoding.h"
#include "base/time.h"
#include "crypto/did_key.h"
#include "crypto/digest.h"

namespace camp::crypto {
namespace {

constexpr const char* kContext = "@context";
constexpr std::string_view kType = "DataIntegrityProof";
constexpr std::string_view kCryptosuite = "eddsa-jcs-2022";
constexpr std::string_view kPurpose = "assertionMethod";

// The text of a member, or nothing if it is missing or no string.
std::optional<std::string_view> text_member(const Json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_string()) return std::nullopt;
  return std::string_view(member->get_ref<const std::string&>());
}

std::vector<Json> context_values(const Json& context) {
  if (!context.is_array()) return {context};
  return context.get<std::vector<Json>>();
}

// vc-di-eddsa, "Verify Proof (eddsa-jcs-2022)": the document's contexts must begin with the
// proof's.
bool begins_with(const Json& document_context, const Json& proof_context) {
  const auto all = context_values(document_context);
  const auto first = context_values(proof_context);
  return first.size() <= all.size() && std::equal(first.begin(), first.end(), all.begin());
}

Result<void> check_expiry(const Json& proof, std::optional<std::int64_t> now_ms) {
  if (!proof.contains("expires")) return {};
  const auto text = text_member(proof, "expires");
  const auto expires = text ? parse_time(*text) : fail(Kind::refused, "");
  if (!expires) return fail(Kind::refused, "a proof with an unreadable expiry");
  if (now_ms && *now_ms >= *expires) return fail(Kind::refused, "a proof that has expired");
  return {};
}

Result<void> check_shape(const Json& proof) {
  if (!proof.is_object()) return fail(Kind::refused, "a proof that is not a single object");
  if (text_member(proof, "type") != kType) {
    return fail(Kind::refused, "a proof of another type than DataIntegrityProof");
  }
  if (text_member(proof, "cryptosuite") != kCryptosuite) {
    return fail(Kind::refused, "a proof of another cryptosuite than eddsa-jcs-2022");
  }
  if (text_member(proof, "proofPurpose") != kPurpose) {
    return fail(Kind::refused, "a proof for another purpose than assertionMethod");
  }
  if (!text_member(proof, "verificationMethod")) {
    return fail(Kind::refused, "a proof that names no key");
  }
  if (proof.contains("previousProof")) {
    return fail(Kind::refused, "a proof that belongs to a chain of proofs");
  }
  return {};
}

Result<std::string> signature_of(const Json& proof) {
  const auto value = text_member(proof, "proofValue");
  if (!value || value->empty() || value->front() != 'z') {
    return fail(Kind::refused, "a proof without a base58btc value");
  }
  std::string signature = CAMP_TRY(from_base58(value->substr(1), 64));
  if (signature.size() != 64) return fail(Kind::refused, "a proof value that has not 64 bytes");
  return signature;
}

// The hash of the document as this proof sees it: with the proof's own contexts where it has some.
Result<std::string> document_hash(const Json& document, const Json& proof) {
  const auto proof_context = proof.find(kContext);
  const auto context = document.find(kContext);
  if (proof_context == proof.end() || (context != document.end() && *context == *proof_context)) {
    return sha256(CAMP_TRY(canonical_json_without(document, {"proof", "signature"})));
  }
  if (context == document.end() || !begins_with(*context, *proof_context)) {
    return fail(Kind::refused, "a proof made in another context than the document's");
  }
  Json seen = document;
  seen[kContext] = *proof_context;
  return sha256(CAMP_TRY(canonical_json_without(seen, {"proof", "signature"})));
}

bool matches(const PublicKey& key, std::string_view options, const std::string& hash,
             std::string_view signature) {
  return verify(key, sha256(options) + hash, signature);
}

}  // namespace

Result<std::string> proof_hash_data(const Json& document, const Json& options) {
  const std::string canonical = CAMP_TRY(canonical_json_without(options, {"proofValue"}));
  return sha256(canonical) + CAMP_TRY(document_hash(document, options));
}

Result<Json> make_proof(const Json& document, const SecretKey& key, std::string_view created,
                        std::string_view method) {
  if (!document.is_object()) return fail(Kind::bug, "only a JSON object can carry a proof");
  Json proof{{"type", kType},
             {"cryptosuite", kCryptosuite},
             {"created", created},
             {"verificationMethod",
              method.empty() ? verification_method(key.public_key()) : std::string(method)},
             {"proofPurpose", kPurpose}};
  if (document.contains(kContext)) proof[kContext] = document[kContext];
  const std::string signed_bytes = CAMP_TRY(proof_hash_data(document, proof));
  proof["proofValue"] = "z" + to_base58(key.sign(signed_bytes));
  return proof;
}

Result<void> add_proof(Json& document, const SecretKey& key, std::string_view created,
                       std::string_view method) {
  if (document.is_object() && document.contains("proof")) {
    return fail(Kind::refused, "the document has a proof already");
  }
  document["proof"] = CAMP_TRY(make_proof(document, key, created, method));
  return {};
}

Result<PublicKey> proof_key(const Json& proof) {
  if (!proof.is_object()) return fail(Kind::refused, "a proof that is not a single object");
  const auto method = text_member(proof, "verificationMethod");
  if (!method) return fail(Kind::refused, "a proof that names no key");
  return from_verification_method(*method);
}

Result<void> verify_one(const Json& document, const Json& proof, const PublicKey& key,
                        std::optional<std::int64_t> now_ms) {
  if (!document.is_object()) return fail(Kind::refused, "a document that is not a JSON object");
  CAMP_TRY(check_shape(proof));
  CAMP_TRY(check_expiry(proof, now_ms));
  const std::string signature = CAMP_TRY(signature_of(proof));
  const std::string hash = CAMP_TRY(document_hash(document, proof));
  const std::string options = CAMP_TRY(canonical_json_without(proof, {"proofValue"}));
  if (matches(key, options, hash, signature)) return {};
  // Some signers hash the document's context with the options but leave it out of the proof.
  if (!proof.contains(kContext) && document.contains(kContext)) {
    Json injected = proof;
    injected[kContext] = document[kContext];
    const std::string others = CAMP_TRY(canonical_json_without(injected, {"proofValue"}));
    if (matches(key, others, hash, signature)) return {};
  }
  return fail(Kind::refused, "the signature does not match");
}

Result<void> verify_proof(const Json& document, const PublicKey& key,
                          std::optional<std::int64_t> now_ms) {
  if (!document.is_object()) return fail(Kind::refused, "a document that is not a JSON object");
  const auto proof = document.find("proof");
  if (proof == document.end()) return fail(Kind::refused, "a document without a proof");
  if (proof->is_array()) return fail(Kind::refused, "a document with a set of proofs");
  return verify_one(document, *proof, key, now_ms);
}

}  // namespace camp::crypto
