// SPDX-License-Identifier: MIT
#include "fed/message_signature.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/digest.h"
#include "unit/fed/signature_support.h"
#include "unit/unit_support.h"

namespace camp::fed {
namespace {

Json vector() { return parse_json(read_vector("http-signatures/rfc9421.json")).value(); }

http::Headers headers_of(const Json& example) {
  http::Headers headers;
  for (const Json& field : example["headers"]) {
    headers.add(field[0].get<std::string>(), field[1].get<std::string>());
  }
  return headers;
}

bool verifies(const Json& all, const Json& example, const std::string& text,
              const std::string& signature) {
  if (example["key"] == "rsa") {
    const auto key = crypto::RsaPublicKey::from_pem(all["rsa_public_key"].get<std::string>());
    return key.value().verify_sha256(text, signature);
  }
  const auto raw = from_base64url(all["ed25519_public_key"].get<std::string>()).value();
  return crypto::verify(crypto::PublicKey::from_bytes(raw).value(), text, signature);
}

http::Headers headers(const std::string& input, const std::string& signature) {
  return {{"Signature-Input", input}, {"Signature", signature}};
}

/// The reason of the only label, or of the whole.
std::string why_not(const std::string& input, const std::string& signature = "s=:c2ln:") {
  const auto all = parse_message_signatures(headers(input, signature));
  if (!all) return all.error().message;
  REQUIRE(all->size() == 1);
  return all->front() ? "" : all->front().error().message;
}

TEST_CASE("the RFC's examples with RSA and Ed25519 verify, and no other text does") {
  const Json all = vector();
  for (const Json& example : all["cases"]) {
    INFO(example["name"]);
    const http::Headers fields = headers_of(example);
    const auto signatures = parse_message_signatures(fields);
    REQUIRE(signatures);
    REQUIRE(signatures->size() == 1);
    REQUIRE(signatures->front());
    const MessageSignature& signature = *signatures->front();
    const auto text = [&](const std::string& target) {
      return signature_base(signature, example["method"].get<std::string>(),
                            example["scheme"].get<std::string>(),
                            example["authority"].get<std::string>(), target, fields)
          .value();
    };
    const std::string target = example["target"].get<std::string>();
    CHECK(text(target) == example["text"]);
    CHECK(verifies(all, example, text(target), signature.signature));
    CHECK_FALSE(verifies(all, example, text("/other"), signature.signature));
  }
}

TEST_CASE("a label is read with its parameters, unknown ones and tag passed over") {
  const auto all = parse_message_signatures(headers(
      R"(x=( "@method"  "date" );keyid="k";created=1;expires=9;alg="ed25519";tag="t";new=?0)",
      "x=:c2ln:"));
  REQUIRE(all);
  REQUIRE(all->size() == 1);
  REQUIRE(all->front());
  const MessageSignature& read = *all->front();
  CHECK(read.label == "x");
  CHECK(read.key_id == "k");
  CHECK(read.covered == std::vector<std::string>{"@method", "date"});
  CHECK(read.created == 1);
  CHECK(read.expires == 9);
  CHECK(read.algorithm == "ed25519");
  CHECK(read.signature == "sig");
  CHECK(read.parameters ==
        R"(("@method" "date");keyid="k";created=1;expires=9;alg="ed25519";tag="t";new=?0)");
}

TEST_CASE("a label that lacks something, or means something else, is refused") {
  CHECK(why_not(R"(s=("date");keyid="k";created=1)").empty());
  CHECK(contains(why_not(R"(s=("date");created=1)"), "keyid"));
  CHECK(contains(why_not(R"(s=("date");keyid="";created=1)"), "keyid"));
  CHECK(contains(why_not(R"(s=("date");keyid=k;created=1)"), "keyid"));
  CHECK(contains(why_not(R"(s=("date");keyid="a b";created=1)"), "keyid"));
  const auto of_size = [](std::size_t size) {
    return why_not(R"(s=("date");created=1;keyid=")" + std::string(size, 'k') + '"');
  };
  CHECK(of_size(2048).empty());
  CHECK(contains(of_size(2049), "keyid"));
  CHECK(contains(why_not(R"(s=("date");keyid="k")"), "created"));
  CHECK(contains(why_not(R"(s=("date");keyid="k";created="1")"), "created"));
  CHECK(contains(why_not(R"(s=("date");keyid="k";created=1;expires="2")"), "expires"));
  CHECK(contains(why_not(R"(s=("date");keyid="k";created=1;alg=ed25519)"), "alg"));
  CHECK(contains(why_not(R"(s=("date");keyid="k";created=1;alg="")"), "alg"));
  CHECK(contains(why_not(R"(s=("date" "date");keyid="k";created=1)"), "twice"));
  for (const char* form : {"sf", "bs", "req", "tr", "key=\"a\""}) {
    INFO(form);
    CHECK(contains(why_not(std::string(R"(s=("date";)") + form + R"();keyid="k";created=1)"),
                   "form"));
  }
  CHECK(contains(why_not(R"(s=(date);keyid="k";created=1)"), "without a name"));
  CHECK(contains(why_not(R"(s="date";keyid="k";created=1)"), "no list"));
  const std::string good = R"(s=("date");keyid="k";created=1)";
  CHECK(contains(why_not(good, "t=:c2ln:"), "not there"));
  CHECK(contains(why_not(good, R"(s="c2ln")"), "no bytes"));
  CHECK(contains(why_not(good, "s=::"), "no bytes"));
  CHECK(contains(why_not(good, "s=(:c2ln:)"), "no bytes"));
}

TEST_CASE("the two fields are there once, well-formed and of bounded size") {
  const std::string good = R"(s=("date");keyid="k";created=1)";
  CHECK_FALSE(parse_message_signatures({}));
  CHECK_FALSE(parse_message_signatures({{"Signature-Input", good}}));
  CHECK_FALSE(parse_message_signatures({{"Signature", "s=:c2ln:"}}));
  http::Headers twice = headers(good, "s=:c2ln:");
  REQUIRE(parse_message_signatures(twice));
  twice.add("SIGNATURE", "t=:c2ln:");
  CHECK_FALSE(parse_message_signatures(twice));
  twice = headers(good, "s=:c2ln:");
  twice.add("signature-input", "t=()");
  CHECK_FALSE(parse_message_signatures(twice));
  CHECK_FALSE(parse_message_signatures(headers(good + ", " + good, "s=:c2ln:")));
  CHECK_FALSE(parse_message_signatures(headers(good, R"(keyId="k",signature="c2ln")")));
  CHECK_FALSE(parse_message_signatures(
      headers(good + ";x=\"" + std::string(8192, 'x') + "\"", "s=:c2ln:")));
}

TEST_CASE("every component that camp knows has its line") {
  MessageSignature signature;
  signature.parameters = "()";
  const auto line = [&](const char* name, const char* target) {
    signature.covered = {name};
    const auto text =
        signature_base(signature, "POST", "https", "a.example", target, {{"X", " 1"}, {"x", "2"}});
    return text ? text->substr(0, text->find('\n')) : text.error().message;
  };
  CHECK(line("@method", "/p?q") == R"("@method": POST)");
  CHECK(line("@scheme", "/p?q") == R"("@scheme": https)");
  CHECK(line("@authority", "/p?q") == R"("@authority": a.example)");
  CHECK(line("@path", "/p?q") == R"("@path": /p)");
  CHECK(line("@query", "/p?q") == R"("@query": ?q)");
  CHECK(line("@query", "/p?") == R"("@query": ?)");
  CHECK(line("@query", "/p") == R"("@query": ?)");
  CHECK(line("@request-target", "/p?q") == R"("@request-target": /p?q)");
  CHECK(line("@target-uri", "/p?q") == R"("@target-uri": https://a.example/p?q)");
  CHECK(line("x", "/") == R"("x": 1, 2)");
  for (const char* unknown : {"@status", "@query-param", "@signature-params", "@", "@Method"}) {
    CHECK(contains(line(unknown, "/"), "does not know"));
  }
  CHECK(contains(line("y", "/"), "not there"));
  for (const char* wrong : {"X", "a b", "a\"b", "(created)"}) {
    CHECK(contains(line(wrong, "/"), "no field"));
  }
}

TEST_CASE("a Content-Digest must name the body's SHA-256; a malformed one is told apart") {
  const std::string right = to_base64(crypto::sha256("body"));
  const auto check = [&](const std::string& value) {
    const auto checked = check_content_digest({{"Content-Digest", value}}, "body");
    return checked ? std::string("right") : std::string(code_name(checked.error().kind));
  };
  CHECK(content_digest("body") == "sha-256=:" + right + ":");
  CHECK(check("sha-256=:" + right + ":") == "right");
  CHECK(check("sha-512=:eA==:, sha-256=:" + right + ":") == "right");
  CHECK(check("sha-512=:eA==:") == "refused");
  CHECK(check("sha-256=:eA==:") == "refused");
  CHECK(check("") == "refused");
  for (const std::string& malformed :
       {"SHA-256=" + right, "sha-256=" + right, std::string("sha-256=\"x\""),
        std::string("sha-256"), std::string("sha-256=:x:"), "sha-256=(:" + right + ":)",
        "sha-256=:" + right + ":, sha-256=:" + right + ":"}) {
    INFO(malformed);
    CHECK(check(malformed) == "usage");
  }
  CHECK(check_content_digest({}, "body").error().kind == Kind::refused);
}

TEST_CASE("what camp signs in the newer dialect is believed, posted or got") {
  OutgoingRequest post{.method = "POST",
                       .host = "Friend.Camp",
                       .target = "/inbox?x=1",
                       .content_type = "application/activity+json",
                       .body = "{}"};
  post.more.add("Collection-Synchronization", "digest=\"00\"");
  http::Request request;
  request.method = "POST";
  request.target = post.target;
  request.body = post.body;
  request.headers = sign_message(post, "https://a.example/#k", peer_key(), kNow).value();
  CHECK(request.headers.find("signature-input") ==
        R"(sig1=("@method" "@target-uri" "content-digest" "collection-synchronization"))"
        R"(;created=1795514400;keyid="https://a.example/#k";alg="rsa-v1_5-sha256")");
  CHECK(refusal(request).empty());
  request.headers.set("collection-synchronization", "digest=\"ff\"");
  CHECK(contains(refusal(request), "not this key's"));

  http::Request get;
  get.method = "GET";
  get.target = "/u/ana";
  get.headers = sign_message({.host = "friend.camp", .target = "/u/ana"}, "https://a.example/#k",
                             peer_key(), kNow)
                    .value();
  CHECK(refusal(get).empty());
  CHECK_FALSE(get.headers.find("content-digest"));
}

}  // namespace
}  // namespace camp::fed
