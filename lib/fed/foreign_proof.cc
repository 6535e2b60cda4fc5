// SPDX-License-Identifier: MIT
#include "fed/foreign_proof.h"

#include <nlohmann/json.hpp>

#include "base/time.h"
#include "crypto/did_key.h"
#include "crypto/proof.h"

namespace camp::fed {
namespace {

constexpr std::string_view kIntegrityContext = "https://w3id.org/security/data-integrity/v2";
constexpr std::string_view kOlderContext = "https://w3id.org/security/data-integrity/v1";

std::optional<std::string> text_of(const Json& object, const char* name) {
  if (!object.is_object()) return std::nullopt;
  const auto member = object.find(name);
  if (member == object.end() || !member->is_string()) return std::nullopt;
  return member->get<std::string>();
}

tl::unexpected<Error> refused(std::string what) { return fail(Kind::refused, std::move(what)); }

/// A value or the values of a list: `assertionMethod` is written either way.
std::vector<Json> values_of(const Json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end()) return {};
  if (!member->is_array()) return {*member};
  return member->get<std::vector<Json>>();
}

Result<crypto::PublicKey> read_multikey(const Json& entry, std::string_view controller) {
  if (text_of(entry, "type") != "Multikey") return refused("a key of a proof that is no Multikey");
  if (text_of(entry, "controller") != controller) {
    return refused("a key of a proof that somebody else controls");
  }
  const auto multibase = text_of(entry, "publicKeyMultibase");
  if (!multibase) return refused("a Multikey without a key");
  auto key = crypto::from_multibase(*multibase);
  if (!key) return refused(key.error().message);
  return key;
}

/// Says what `proof` means to readers that process contexts (FEP-8b32); the text decides nothing
/// for us.
Result<void> require_context(Json& document) {
  Json& context = document["@context"];
  if (context.is_null()) return refused("a document without a context cannot carry a proof");
  if (!context.is_array()) context = Json::array({context});
  for (const Json& value : context) {
    if (value == kIntegrityContext || value == kOlderContext) return {};
  }
  context.push_back(kIntegrityContext);
  return {};
}

}  // namespace

Result<std::string> proof_method(const Json& document) {
  const auto proof = document.is_object() ? document.find("proof") : document.end();
  if (proof == document.end()) return fail(Kind::not_found, "a document without a proof");
  if (!proof->is_object()) return refused("a proof that is not a single object");
  auto method = text_of(*proof, "verificationMethod");
  if (!method) return refused("a proof that names no key");
  return std::move(*method);
}

Result<crypto::PublicKey> assertion_key(const Json& actor, std::string_view method) {
  const auto id = text_of(actor, "id");
  if (!id) return refused("an actor without an id");
  std::optional<Json> found;
  for (const Json& entry : values_of(actor, "assertionMethod")) {
    if (text_of(entry, "id") != method) continue;
    if (found) return refused("an actor that lists a key twice");
    found = entry;
  }
  if (!found) return fail(Kind::not_found, "a proof by a key that the actor does not list");
  return read_multikey(*found, *id);
}

Result<void> verify_foreign_proof(const Json& document, const Json& actor, std::int64_t now_ms) {
  const auto method = proof_method(document);
  if (!method) return refused(method.error().message);
  const crypto::PublicKey key = CAMP_TRY(assertion_key(actor, *method));
  return crypto::verify_proof(document, key, now_ms);
}

Result<void> add_activity_proof(Json& document, const crypto::SecretKey& key,
                                std::string_view method, std::int64_t now_ms) {
  if (!document.is_object()) return fail(Kind::bug, "only a JSON object can carry a proof");
  if (document.contains("proof")) return refused("the document has a proof already");
  CAMP_TRY(require_context(document));
  return crypto::add_proof(document, key, format_time(now_ms), method);
}

}  // namespace camp::fed
