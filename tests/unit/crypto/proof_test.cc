// SPDX-License-Identifier: MIT
#include "crypto/proof.h"

#include <functional>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/time.h"
#include "catch.h"
#include "crypto/did_key.h"
#include "crypto/digest.h"
#include "unit/unit_support.h"

namespace camp::crypto {
namespace {

// Published in the texts of W3C and the FEPs: a test key.
constexpr const char* kSecret = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq";
constexpr const char* kPublic = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
constexpr const char* kCreated = "2023-02-24T23:36:38Z";

Json load(const std::string& path) { return parse_json(read_vector(path), path).value(); }

SecretKey test_key() {
  return SecretKey::from_seed(decode_multikey(kSecret).value().bytes).value();
}

PublicKey test_public() { return from_multibase(kPublic).value(); }

Json without_proof(Json document) {
  document.erase("proof");
  return document;
}

std::string refusal(const Result<void>& result) {
  REQUIRE_FALSE(result);
  return result.error().message;
}

std::string trimmed(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  return text;
}

TEST_CASE("every intermediate value of the W3C's eddsa-jcs-2022 example comes out") {
  const std::string dir = "vc-di-eddsa/eddsa-jcs-2022/";
  const Json document = load("vc-di-eddsa/unsigned.json");
  const Json options = load(dir + "proofConfigJCS.json");
  const std::string canonical = canonical_json(document).value();
  const std::string canonical_options = canonical_json(options).value();
  CHECK(canonical == trimmed(read_vector(dir + "canonDocJCS.txt")));
  CHECK(canonical_options == trimmed(read_vector(dir + "proofCanonJCS.txt")));
  CHECK(sha256_hex(canonical) == trimmed(read_vector(dir + "docHashJCS.txt")));
  CHECK(sha256_hex(canonical_options) == trimmed(read_vector(dir + "proofHashJCS.txt")));
  const std::string hash_data = proof_hash_data(document, options).value();
  CHECK(to_hex(hash_data) == trimmed(read_vector(dir + "combinedHashJCS.txt")));
  CHECK(to_hex(test_key().sign(hash_data)) == trimmed(read_vector(dir + "sigHexJCS.txt")));
  CHECK(make_proof(document, test_key(), kCreated).value()["proofValue"] ==
        trimmed(read_vector(dir + "sigBTC58JCS.txt")));
  Json ours = document;
  REQUIRE(add_proof(ours, test_key(), kCreated));
  CHECK(ours == load(dir + "signedJCS.json"));
  CHECK(verify_proof(load(dir + "signedJCS.json"), test_public()));
}

TEST_CASE("both published FEP-8b32 documents verify and are signed again byte for byte") {
  for (const std::string path : {"fep-8b32/signed-di-v2.json", "fep-8b32/signed-di-v1.json"}) {
    INFO(path);
    const Json document = load(path);
    const Json actor = load("fep-8b32/actor.json");
    const auto key =
        from_multibase(actor["assertionMethod"][0]["publicKeyMultibase"].get<std::string>());
    CHECK(verify_proof(document, key.value()));
    CHECK_FALSE(proof_key(document["proof"]));  // named by a URL: the actor has to be asked
    Json again = without_proof(document);
    REQUIRE(
        add_proof(again, test_key(), kCreated, "https://server.example/users/alice#ed25519-key"));
    CHECK(canonical_json(again).value() == canonical_json(document).value());
  }
  CHECK(without_proof(load("fep-8b32/signed-di-v2.json")) == load("fep-8b32/unsigned-di-v2.json"));
}

TEST_CASE("the FEP-c390 identity proof verifies, its key named by a bare did:key") {
  const Json statement = load("fep-c390/identity-proof.json");
  const PublicKey key = proof_key(statement["proof"]).value();
  CHECK(key == test_public());
  CHECK(verify_proof(statement, key));
  CHECK(verify_proof(load("fep-c390/actor-with-proof.json")["attachment"][0], key));
  Json again = without_proof(statement);
  REQUIRE(add_proof(again, test_key(), kCreated, "did:key:" + std::string(kPublic)));
  CHECK(again == statement);
}

TEST_CASE("proof sets and chains are refused") {
  const std::string dir = "vc-di-eddsa/proof-set-chain/";
  for (const std::string name :
       {"signedProofSet1", "signedProofSet2", "signedProofChain1", "signedProofChain2"}) {
    INFO(name);
    const Json document = load(dir + name + ".json");
    CHECK_FALSE(verify_proof(document, test_public()));
    const Json proofs = document["proof"].is_array() ? document["proof"] : Json{document["proof"]};
    for (const Json& proof : proofs) {
      CHECK_FALSE(verify_one(document, proof, proof_key(proof).value()));
    }
  }
  for (const std::string name : {"proofSetConfigSigned1", "proofSetConfigSigned2",
                                 "proofChainConfigSigned1", "proofChainConfigSigned2"}) {
    Json document = load(dir + "unsigned.json");
    document["proof"] = load(dir + name + ".json");
    CHECK_FALSE(verify_proof(document, test_public()));
  }
  // A chain of the right cryptosuite is refused for being a chain.
  Json chained = Json{{"type", "Note"}};
  Json options = make_proof(chained, test_key(), kCreated).value();
  options.erase("proofValue");
  options["previousProof"] = "urn:uuid:1";
  options["proofValue"] =
      "z" + to_base58(test_key().sign(proof_hash_data(chained, options).value()));
  chained["proof"] = options;
  CHECK(contains(refusal(verify_proof(chained, test_public())), "chain"));
  chained["proof"] = Json::array();
  CHECK(contains(refusal(verify_proof(chained, test_public())), "set"));
}

// A document with contexts, signed with what `change` makes of the proof's options.
template <class Change>
Json signed_with(const Json& document, Change change) {
  Json options{{"type", "DataIntegrityProof"},
               {"cryptosuite", "eddsa-jcs-2022"},
               {"created", kCreated},
               {"proofPurpose", "assertionMethod"},
               {"verificationMethod", verification_method(test_public())}};
  Json hashed = document;
  change(options, hashed);
  const std::string data =
      sha256(canonical_json(options).value()) + sha256(canonical_json(hashed).value());
  options["proofValue"] = "z" + to_base58(test_key().sign(data));
  Json signed_document = document;
  signed_document["proof"] = options;
  return signed_document;
}

const Json kDocument{{"@context", Json::array({"https://www.w3.org/ns/activitystreams", "urn:b"})},
                     {"type", "Note"},
                     {"content", "hello"}};

TEST_CASE("both habits about contexts are accepted") {
  SECTION("the proof carries the document's") {
    CHECK(verify_proof(
        signed_with(kDocument,
                    [](Json& options, Json&) { options["@context"] = kDocument["@context"]; }),
        test_public()));
  }
  SECTION("the proof carries none and none was hashed") {
    CHECK(verify_proof(signed_with(kDocument, [](Json&, Json&) {}), test_public()));
  }
  SECTION("the proof carries none, but the document's was hashed with its options") {
    Json document = signed_with(
        kDocument, [](Json& options, Json&) { options["@context"] = kDocument["@context"]; });
    document["proof"].erase("@context");
    CHECK(verify_proof(document, test_public()));
    document["content"] = "hullo";
    CHECK_FALSE(verify_proof(document, test_public()));
  }
  SECTION("the document's begins with the proof's, which was hashed in its place") {
    const auto shorter = [](Json& options, Json& hashed) {
      options["@context"] = hashed["@context"] = "https://www.w3.org/ns/activitystreams";
    };
    CHECK(verify_proof(signed_with(kDocument, shorter), test_public()));
    const auto as_list = [](Json& options, Json& hashed) {
      options["@context"] = hashed["@context"] =
          Json::array({"https://www.w3.org/ns/activitystreams"});
    };
    CHECK(verify_proof(signed_with(kDocument, as_list), test_public()));
  }
  SECTION("a proof in another context, in another order, or in a longer one is refused") {
    for (const Json& context :
         {Json("urn:other"), Json::array({"urn:b"}),
          Json::array({"urn:b", "https://www.w3.org/ns/activitystreams"}),
          Json::array({"https://www.w3.org/ns/activitystreams", "urn:b", 1})}) {
      const Json document = signed_with(kDocument, [&](Json& options, Json& hashed) {
        options["@context"] = hashed["@context"] = context;
      });
      CHECK(contains(refusal(verify_proof(document, test_public())), "context"));
    }
    Json bare = without_proof(kDocument);
    bare.erase("@context");
    CHECK_FALSE(verify_proof(
        signed_with(bare, [](Json& options,
                             Json& hashed) { options["@context"] = hashed["@context"] = "urn:b"; }),
        test_public()));
  }
}

TEST_CASE("a legacy signature member is not part of what is signed") {
  Json document = kDocument;
  REQUIRE(add_proof(document, test_key(), kCreated));
  document["signature"] = Json{{"type", "RsaSignature2017"}, {"signatureValue", "x"}};
  CHECK(verify_proof(document, test_public()));
  document["signatures"] = 1;
  CHECK_FALSE(verify_proof(document, test_public()));
}

TEST_CASE("unknown members of a proof are covered by it") {
  Json document = signed_with(kDocument, [](Json& options, Json&) {
    options["domain"] = "friend.camp";
    options["x"] = Json{{"y", 1}};
  });
  CHECK(verify_proof(document, test_public()));
  document["proof"]["x"]["y"] = 2;
  CHECK_FALSE(verify_proof(document, test_public()));
}

TEST_CASE("a rightly signed proof of another kind or purpose is refused") {
  const auto reason = [](const char* member, const Json& value) {
    return refusal(
        verify_proof(signed_with(kDocument, [&](Json& options, Json&) { options[member] = value; }),
                     test_public()));
  };
  CHECK(contains(reason("type", "Ed25519Signature2020"), "another type"));
  CHECK(contains(reason("type", Json::array({"DataIntegrityProof"})), "another type"));
  CHECK(contains(reason("cryptosuite", "eddsa-rdfc-2022"), "another cryptosuite"));
  CHECK(contains(reason("cryptosuite", nullptr), "another cryptosuite"));
  CHECK(contains(reason("proofPurpose", "authentication"), "another purpose"));
  CHECK(contains(reason("verificationMethod", 7), "names no key"));
}

TEST_CASE("every changed member breaks a proof") {
  Json good = kDocument;
  REQUIRE(add_proof(good, test_key(), kCreated));
  REQUIRE(verify_proof(good, test_public()));
  const auto other = SecretKey::from_seed(std::string(32, 'o')).value();
  CHECK(contains(refusal(verify_proof(good, other.public_key())), "does not match"));

  const auto broken = [&](const std::function<void(Json&)>& change) {
    Json document = good;
    change(document);
    CHECK_FALSE(verify_proof(document, test_public()));
  };
  broken([](Json& d) { d["content"] = "Hello"; });
  broken([](Json& d) { d["extra"] = nullptr; });
  broken([](Json& d) { d.erase("type"); });
  broken(
      [](Json& d) { d["@context"].push_back("urn:c"), d["proof"]["@context"].push_back("urn:c"); });
  broken([](Json& d) { d.erase("proof"); });
  broken([](Json& d) { d["proof"] = "z"; });
  broken([](Json& d) { d["proof"] = nullptr; });
  broken([](Json& d) { d["proof"]["created"] = "2024-02-24T23:36:38Z"; });
  broken([](Json& d) { d["proof"]["type"] = "Ed25519Signature2020"; });
  broken([](Json& d) { d["proof"]["type"] = Json::array({"DataIntegrityProof"}); });
  broken([](Json& d) { d["proof"]["cryptosuite"] = "eddsa-rdfc-2022"; });
  broken([](Json& d) { d["proof"]["proofPurpose"] = "authentication"; });
  broken([](Json& d) { d["proof"].erase("proofPurpose"); });
  broken([](Json& d) { d["proof"]["verificationMethod"] = "did:key:" + std::string(kPublic); });
  broken([](Json& d) { d["proof"].erase("verificationMethod"); });
  broken([](Json& d) { d["proof"].erase("proofValue"); });
  broken([](Json& d) { d["proof"]["proofValue"] = 7; });
  broken([](Json& d) { d["proof"]["proofValue"] = "z"; });
  broken([](Json& d) { d["proof"]["proofValue"] = ""; });
  broken([](Json& d) {
    std::string value = d["proof"]["proofValue"];
    d["proof"]["proofValue"] = "u" + value.substr(1);
  });
  broken([](Json& d) {
    std::string value = d["proof"]["proofValue"];
    d["proof"]["proofValue"] = "z1" + value.substr(1);
  });
  broken([](Json& d) { d = Json::array({d}); });
}

TEST_CASE("an expiry is honoured when the caller has a clock") {
  const auto with_expiry = [](const Json& expires) {
    return signed_with(kDocument, [&](Json& options, Json&) { options["expires"] = expires; });
  };
  const std::int64_t end = parse_time("2026-11-01T12:00:00Z").value();
  const Json document = with_expiry("2026-11-01T12:00:00Z");
  CHECK(verify_proof(document, test_public()));
  CHECK(verify_proof(document, test_public(), end - 1));
  CHECK(contains(refusal(verify_proof(document, test_public(), end)), "expired"));
  CHECK_FALSE(verify_proof(with_expiry("soon"), test_public()));
  CHECK_FALSE(verify_proof(with_expiry(7), test_public()));
}

TEST_CASE("only a JSON object without a proof can be given one") {
  Json list = Json::array({1});
  CHECK_FALSE(add_proof(list, test_key(), kCreated));
  Json signed_already = kDocument;
  REQUIRE(add_proof(signed_already, test_key(), kCreated));
  CHECK_FALSE(add_proof(signed_already, test_key(), kCreated));
}

}  // namespace
}  // namespace camp::crypto
