// SPDX-License-Identifier: MIT
#include "fed/http_signature.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/digest.h"
#include "fed/verify_request.h"
#include "unit/fed/signature_support.h"
#include "unit/unit_support.h"

namespace camp::fed {
namespace {

const std::string kWhole =
    R"(keyId="https://a.example/u#main-key",algorithm="rsa-sha256",headers="(request-target) host)"
    R"( date",signature="c2ln")";

std::string why_not(const std::string& header) {
  const auto parsed = parse_signature_header(header);
  return parsed ? "" : parsed.error().message;
}

TEST_CASE("the texts of the draft's examples come out") {
  const Json vector = parse_json(read_vector("http-signatures/cavage-12.json")).value();
  http::Headers headers;
  for (const Json& field : vector["headers"]) {
    headers.add(field[0].get<std::string>(), field[1].get<std::string>());
  }
  for (const Json& example : vector["cases"]) {
    INFO(example["name"]);
    const std::string header = R"(keyId="Test",algorithm="rsa-sha256",headers=")" +
                               example["covered"].get<std::string>() + R"(",signature=")" +
                               example["signature"].get<std::string>() + '"';
    const auto parameters = parse_signature_header(header);
    REQUIRE(parameters);
    CHECK(parameters->key_id == "Test");
    CHECK(to_base64(parameters->signature) == example["signature"]);
    CHECK(signing_string(*parameters, "POST", "/foo?param=value&pet=dog", headers).value() ==
          example["text"]);
  }
  CHECK(check_digest(headers, vector["body"].get<std::string>()));
}

TEST_CASE("a Signature header is read whatever its spaces, order and case of names") {
  for (const std::string& header :
       {kWhole,
        std::string(R"(Signature="c2ln" ,	Headers="(Request-Target)  HOST Date", )"
                    R"(ALGORITHM=rsa-sha256,KEYID="https://a.example/u#main-key")"),
        std::string("keyId=\"https://a.example/u#main-key\",\r\n algorithm=\"rsa-sha256\",\r\n"
                    "\theaders=\"(request-target) host\r\n date\",signature=\"c2ln\"")}) {
    INFO(header);
    const auto parameters = parse_signature_header(header);
    REQUIRE(parameters);
    CHECK(parameters->key_id == "https://a.example/u#main-key");
    CHECK(parameters->algorithm == "rsa-sha256");
    CHECK(parameters->covered == std::vector<std::string>{"(request-target)", "host", "date"});
    CHECK(parameters->signature == "sig");
    CHECK_FALSE(parameters->created);
  }
}

TEST_CASE("times of a signature are whole seconds, quoted or not") {
  const auto parameters = parse_signature_header(kWhole + R"(,created=1402170695,expires="7")");
  REQUIRE(parameters);
  CHECK(parameters->created == 1402170695);
  CHECK(parameters->expires == 7);
  for (const char* wrong : {R"(,created="")", ",created=1.5", ",created=-1", ",expires=1e3",
                            ",expires=123456789012", ",created=now"}) {
    INFO(wrong);
    CHECK(contains(why_not(kWhole + wrong), "no whole number of seconds"));
  }
}

TEST_CASE("parameters that the draft does not know are passed over") {
  CHECK(parse_signature_header(kWhole + R"(,nonce="x",nonce=y)"));
}

TEST_CASE("a known parameter that occurs twice is refused, in whatever case") {
  for (const char* twice :
       {R"(,keyId="https://a.example/u#main-key")", R"(,keyid="x")", R"(,SIGNATURE="c2ln")",
        R"(,headers="date")", R"(,algorithm="hs2019")"}) {
    INFO(twice);
    CHECK(contains(why_not(kWhole + twice), "twice"));
  }
  CHECK(contains(why_not(kWhole + ",created=1,created=1"), "twice"));
  CHECK(contains(why_not(kWhole + ",expires=1,expires=1"), "twice"));
}

TEST_CASE("malformed Signature headers are refused") {
  for (const char* wrong : {"",
                            "keyId",
                            "keyId=",
                            R"(keyId="x)",
                            R"(keyId="x",signature="c2ln\)",
                            R"(keyId="x",signature="c2ln",headers="date)",
                            R"(keyId="x",signature="c2ln",new=)",
                            R"(new=,keyId="x",signature="c2ln")",
                            R"(keyId="x"signature="c2ln")",
                            R"(="x")",
                            R"(keyId="x" signature="c2ln")",
                            R"(keyId="x";signature="c2ln")",
                            "keyId=\"x\",signature=\"c2ln\",new=\"\xc3\xa9\"",
                            R"(keyId="x",)",
                            R"(,keyId="x")",
                            R"(keyId = "x")",
                            R"(keyId="x",signature="c2ln",)",
                            R"(Signature keyId="x",signature="c2ln")",
                            R"(signature="c2ln")",
                            R"(keyId="x")",
                            R"(keyId="",signature="c2ln")",
                            R"(keyId="x y",signature="c2ln")",
                            R"(keyId="x",signature="")",
                            R"(keyId="x",signature="c2l")",
                            R"(keyId="x",signature="c2ln\")",
                            R"(keyId="x",signature="c2ln",headers="")",
                            R"(keyId="x",signature="c2ln",headers=" ")",
                            R"(keyId="x",signature="c2ln",headers="date date")",
                            R"(keyId="x",signature="c2ln",headers="date Date")",
                            R"-(keyId="x",signature="c2ln",headers="(magic)")-",
                            R"(keyId="x",signature="c2ln",headers="da:te")",
                            R"(keyId="x",signature="c2ln",algorithm="")",
                            "keyId=\"x\r\nHost: evil\",signature=\"c2ln\"",
                            "keyId=\"x\ty\",signature=\"c2ln\"",
                            "keyId=\"\xc3\xa9\",signature=\"c2ln\""}) {
    INFO(wrong);
    CHECK_FALSE(parse_signature_header(wrong));
  }
  CHECK_FALSE(parse_signature_header(kWhole + ",x=\"" + std::string(8192, 'x') + '"'));
  CHECK_FALSE(
      parse_signature_header("keyId=\"" + std::string(2049, 'x') + R"(",signature="c2ln")"));
  CHECK(parse_signature_header("keyId=\"" + std::string(2048, 'x') + R"(",signature="c2ln")"));
  std::string many;
  for (int i = 0; i < 33; ++i) many += " x" + std::to_string(i);
  CHECK_FALSE(parse_signature_header(R"(keyId="x",signature="c2ln",headers=")" + many + '"'));
}

TEST_CASE("without a list of headers (created) is signed") {
  const auto parameters = parse_signature_header(R"(keyId="x",signature="c2ln")");
  REQUIRE(parameters);
  CHECK(parameters->covered == std::vector<std::string>{"(created)"});
}

TEST_CASE("repeated fields are joined in their order, spaces around them cut off") {
  SignatureParameters parameters;
  parameters.covered = {"via", "x-empty", "(request-target)"};
  const http::Headers headers{{"Via", " 1 "}, {"X-Empty", " \t "}, {"other", "x"}, {"VIA", "2\t"}};
  CHECK(signing_string(parameters, "GeT", "/A?b=C", headers).value() ==
        "via: 1, 2\nx-empty: \n(request-target): get /A?b=C");
}

TEST_CASE("a folded field is one line, and no field can add a line of its own") {
  SignatureParameters parameters;
  parameters.covered = {"x"};
  const auto text = [&](const char* value) {
    return signing_string(parameters, "GET", "/", http::Headers{{"X", value}});
  };
  CHECK(text("a\r\n  b").value() == "x: a b");
  CHECK(text("a\n\tb").value() == "x: a b");
  CHECK(text("\r\n a").value() == "x: a");
  CHECK_FALSE(text("a\nhost: other"));
  CHECK_FALSE(text("a\r\nhost: other"));
  CHECK_FALSE(text("a\rb"));
  CHECK_FALSE(signing_string(parameters, "GET", "/", http::Headers{}));
}

TEST_CASE("(created) and (expires) need their parameter and an algorithm that knows them") {
  SignatureParameters parameters;
  parameters.covered = {"(created)", "(expires)"};
  CHECK_FALSE(signing_string(parameters, "GET", "/", {}));
  parameters.created = 5;
  CHECK_FALSE(signing_string(parameters, "GET", "/", {}));
  parameters.expires = 6;
  CHECK(signing_string(parameters, "GET", "/", {}).value() == "(created): 5\n(expires): 6");
  parameters.algorithm = "hs2019";
  CHECK(signing_string(parameters, "GET", "/", {}));
  for (const char* old : {"rsa-sha256", "hmac-sha256", "ecdsa-sha256"}) {
    parameters.algorithm = old;
    CHECK_FALSE(signing_string(parameters, "GET", "/", {}));
  }
}

TEST_CASE("a Digest must name the body's SHA-256, among others and in any case") {
  const std::string right = to_base64(crypto::sha256("body"));
  const std::string wrong = to_base64(crypto::sha256("other"));
  const auto check = [&](const std::string& value) {
    const auto checked = check_digest(http::Headers{{"Digest", value}}, "body");
    return checked ? std::string() : checked.error().message;
  };
  CHECK(digest_header("body") == "SHA-256=" + right);
  CHECK(check("SHA-256=" + right).empty());
  CHECK(check("sha-256=" + right).empty());
  CHECK(check("SHA-512=eA==,SHA-256=" + right).empty());
  CHECK(check(" Sha-256 = " + right + " , unixsum=30637").empty());
  CHECK(contains(check("SHA-256=" + wrong), "another body"));
  CHECK(contains(check("SHA-256=" + right + ",sha-256=" + wrong), "another body"));
  CHECK(contains(check("SHA-256=" + wrong + ",SHA-256=" + right), "another body"));
  CHECK(contains(check("SHA-256=" + right.substr(0, 40)), "another body"));
  CHECK(contains(check("SHA-256="), "another body"));
  CHECK(contains(check("SHA-512=eA=="), "without SHA-256"));
  CHECK(contains(check("MD5=eA=="), "without SHA-256"));
  CHECK(contains(check("SHA-2567=" + right), "without SHA-256"));
  CHECK(contains(check(right.substr(0, right.size() - 1)), "malformed"));
  CHECK(contains(check(""), "malformed"));
  CHECK(contains(check("SHA-256=" + right + ","), "malformed"));
  CHECK_FALSE(check_digest({}, "body"));
  const http::Headers two{{"Digest", "SHA-256=" + right}, {"digest", "SHA-256=" + wrong}};
  CHECK_FALSE(check_digest(two, "body"));
}

TEST_CASE("what camp posts signs exactly its five fields, and what it gets three") {
  OutgoingRequest post{.method = "POST",
                       .host = "peer.example",
                       .target = "/inbox?x=1",
                       .content_type = "application/activity+json",
                       .body = "{}"};
  const auto sent = sign_request(post, "https://friend.camp/u/ana#main-key", peer_key(), kNow);
  REQUIRE(sent);
  std::vector<std::string> names;
  for (const auto& field : sent->fields()) names.push_back(field.name);
  CHECK(names == std::vector<std::string>{"Host", "Date", "Digest", "Content-Type", "Signature"});
  CHECK(sent->find("date") == "Tue, 24 Nov 2026 10:00:00 GMT");
  CHECK(contains(*sent->find("signature"),
                 R"(keyId="https://friend.camp/u/ana#main-key",algorithm="rsa-sha256",)"
                 R"(headers="(request-target) host date digest content-type",signature=")"));
  const auto got = sign_request({.host = "peer.example"}, "k", peer_key(), kNow);
  REQUIRE(got);
  CHECK(contains(*got->find("signature"), R"(headers="(request-target) host date",)"));
  CHECK_FALSE(got->find("digest"));
  CHECK_FALSE(got->find("content-type"));
}

TEST_CASE("further fields are sent and signed too") {
  OutgoingRequest post{.method = "POST",
                       .host = "friend.camp",
                       .target = "/inbox",
                       .content_type = "application/activity+json",
                       .body = "{}"};
  post.more.add("Collection-Synchronization", "digest=\"00\"");
  http::Request request;
  request.method = "POST";
  request.target = "/inbox";
  request.body = "{}";
  request.headers = sign_request(post, "https://a.example/#k", peer_key(), kNow).value();
  CHECK(refusal(request).empty());
  request.headers.set("collection-synchronization", "digest=\"ff\"");
  CHECK(contains(refusal(request), "not this key's"));
}

TEST_CASE("a query is signed or left out as asked, and either is believed") {
  for (const bool sign_query : {true, false}) {
    http::Request request;
    request.method = "GET";
    request.target = "/u/ana/outbox?page=1";
    request.headers =
        sign_request({.host = "friend.camp", .target = request.target, .sign_query = sign_query},
                     "https://a.example/#k", peer_key(), kNow)
            .value();
    CHECK(refusal(request).empty());
    request.target = "/u/ana/outbox?page=2";
    CHECK(refusal(request).empty() != sign_query);
    request.target = "/u/ana/inbox?page=1";
    CHECK(contains(refusal(request), "not this key's"));
  }
}

}  // namespace
}  // namespace camp::fed
