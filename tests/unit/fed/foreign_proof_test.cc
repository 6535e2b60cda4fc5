// SPDX-License-Identifier: MIT
#include "fed/foreign_proof.h"

#include <functional>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/time.h"
#include "crypto/did_key.h"
#include "crypto/proof.h"
#include "unit/unit_support.h"

namespace camp::fed {
namespace {

constexpr std::int64_t kNow = 1'795'514'400'000;
constexpr const char* kMethod = "https://friend.camp/u/ana#ed25519";

Json load(const std::string& path) { return parse_json(read_vector(path), path).value(); }

crypto::SecretKey key() { return crypto::SecretKey::from_seed(std::string(32, 'a')).value(); }

Json actor() {
  return {{"id", "https://friend.camp/u/ana"},
          {"type", "Person"},
          {"assertionMethod",
           {{{"id", kMethod},
             {"type", "Multikey"},
             {"controller", "https://friend.camp/u/ana"},
             {"publicKeyMultibase", crypto::to_multibase(key().public_key())}}}}};
}

Json signed_activity() {
  Json activity{{"@context", "https://www.w3.org/ns/activitystreams"},
                {"id", "https://friend.camp/o/1"},
                {"type", "Move"},
                {"actor", "https://friend.camp/u/ana"}};
  REQUIRE(add_activity_proof(activity, key(), kMethod, kNow));
  return activity;
}

TEST_CASE("the proof of the FEP's example counts for the actor that lists its key") {
  const Json owner = load("fep-8b32/actor.json");
  for (const char* path : {"fep-8b32/signed-di-v2.json", "fep-8b32/signed-di-v1.json"}) {
    INFO(path);
    const Json activity = load(path);
    CHECK(proof_method(activity).value() == "https://server.example/users/alice#ed25519-key");
    CHECK(verify_foreign_proof(activity, owner, kNow));
    Json changed = activity;
    changed["object"]["content"] = "Hello World";
    CHECK_FALSE(verify_foreign_proof(changed, owner, kNow));
  }
}

TEST_CASE("a proof whose options carry no context counts too, whatever was hashed with them") {
  Json bare = signed_activity();
  bare.erase("proof");
  Json options{{"type", "DataIntegrityProof"},
               {"cryptosuite", "eddsa-jcs-2022"},
               {"created", format_time(kNow)},
               {"verificationMethod", kMethod},
               {"proofPurpose", "assertionMethod"}};
  for (const bool hashed : {false, true}) {
    Json hashed_options = options;
    if (hashed) hashed_options["@context"] = bare["@context"];
    Json activity = bare;
    activity["proof"] = options;
    const std::string data = crypto::proof_hash_data(bare, hashed_options).value();
    activity["proof"]["proofValue"] = "z" + to_base58(key().sign(data));
    CHECK(verify_foreign_proof(activity, actor(), kNow));
    activity["id"] = "https://friend.camp/o/2";
    CHECK_FALSE(verify_foreign_proof(activity, actor(), kNow));
  }
}

TEST_CASE("what camp proves is over its whole document and names its key") {
  const Json activity = signed_activity();
  CHECK(activity["@context"] == Json({"https://www.w3.org/ns/activitystreams",
                                      "https://w3id.org/security/data-integrity/v2"}));
  CHECK(activity["proof"]["@context"] == activity["@context"]);
  CHECK(proof_method(activity).value() == kMethod);
  CHECK(verify_foreign_proof(activity, actor(), kNow));
  for (const char* member : {"id", "type", "actor", "@context"}) {
    Json changed = activity;
    changed[member] = "https://evil.example/";
    INFO(member);
    CHECK_FALSE(verify_foreign_proof(changed, actor(), kNow));
  }
  Json added = activity;
  added["target"] = "https://evil.example/";
  CHECK_FALSE(verify_foreign_proof(added, actor(), kNow));
}

TEST_CASE("a document that has a proof, or no context, gets none") {
  Json activity = signed_activity();
  CHECK_FALSE(add_activity_proof(activity, key(), kMethod, kNow));
  Json plain{{"id", "x"}};
  CHECK_FALSE(add_activity_proof(plain, key(), kMethod, kNow));
  Json older{{"@context", {"a", "https://w3id.org/security/data-integrity/v1"}}};
  REQUIRE(add_activity_proof(older, key(), kMethod, kNow));
  CHECK(older["@context"].size() == 2);
}

TEST_CASE("a key counts only as the actor's own Ed25519 Multikey") {
  using Change = std::function<void(Json&)>;
  const std::tuple<const char*, Kind, Change> changes[] = {
      {"no keys", Kind::not_found, [](Json& a) { a.erase("assertionMethod"); }},
      {"another key", Kind::not_found,
       [](Json& a) { a["assertionMethod"][0]["id"] = "https://friend.camp/u/ana#other"; }},
      {"a bare name", Kind::not_found, [](Json& a) { a["assertionMethod"] = kMethod; }},
      {"another's", Kind::refused,
       [](Json& a) { a["assertionMethod"][0]["controller"] = "https://evil.example/u/eve"; }},
      {"nobody's", Kind::refused, [](Json& a) { a["assertionMethod"][0].erase("controller"); }},
      {"of another actor", Kind::refused, [](Json& a) { a["id"] = "https://evil.example/u/eve"; }},
      {"of no actor", Kind::refused, [](Json& a) { a.erase("id"); }},
      {"another type", Kind::refused, [](Json& a) { a["assertionMethod"][0]["type"] = "Key"; }},
      {"an RSA key", Kind::refused,
       [](Json& a) {
         a["assertionMethod"][0]["publicKeyMultibase"] =
             crypto::encode_multikey({crypto::KeyType::rsa_public, std::string(270, 'r')});
       }},
      {"no key", Kind::refused,
       [](Json& a) { a["assertionMethod"][0].erase("publicKeyMultibase"); }},
      {"nonsense", Kind::refused,
       [](Json& a) { a["assertionMethod"][0]["publicKeyMultibase"] = "z0"; }},
      {"listed twice", Kind::refused,
       [](Json& a) { a["assertionMethod"].push_back(a["assertionMethod"][0]); }},
      {"the wrong key", Kind::refused,
       [](Json& a) {
         a["assertionMethod"][0]["publicKeyMultibase"] = crypto::to_multibase(
             crypto::SecretKey::from_seed(std::string(32, 'b')).value().public_key());
       }},
      {"no object", Kind::refused, [](Json& a) { a = Json::array({a}); }},
  };
  const Json activity = signed_activity();
  for (const auto& [name, kind, change] : changes) {
    INFO(name);
    Json owner = actor();
    change(owner);
    const auto verified = verify_foreign_proof(activity, owner, kNow);
    REQUIRE_FALSE(verified);
    CHECK(verified.error().kind == kind);
  }
  Json single = actor();
  single["assertionMethod"] = single["assertionMethod"][0];
  CHECK(verify_foreign_proof(activity, single, kNow));
}

TEST_CASE("a document without one plain proof is refused") {
  const Json activity = signed_activity();
  Json without = activity;
  without.erase("proof");
  CHECK(proof_method(without).error().kind == Kind::not_found);
  CHECK(verify_foreign_proof(without, actor(), kNow).error().kind == Kind::refused);
  Json set = activity;
  set["proof"] = Json::array({activity["proof"]});
  CHECK(proof_method(set).error().kind == Kind::refused);
  CHECK_FALSE(verify_foreign_proof(set, actor(), kNow));
  for (const Json& wrong : {Json(), Json("x"), Json::array()}) {
    CHECK_FALSE(proof_method(wrong));
    CHECK_FALSE(verify_foreign_proof(wrong, actor(), kNow));
  }
  Json expired = activity;
  expired.erase("proof");
  expired["proof"] = activity["proof"];
  expired["proof"]["expires"] = format_time(kNow - 1);
  CHECK_FALSE(verify_foreign_proof(expired, actor(), kNow));
}

}  // namespace
}  // namespace camp::fed
