// SPDX-License-Identifier: MIT
#include "fed/verify_request.h"

#include <functional>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "fed/http_signature.h"
#include "unit/fed/signature_support.h"
#include "unit/unit_support.h"

namespace camp::fed {
namespace {

/// The list of components without one of them.
template <class List>
List without(List list, const std::string& name);

template <>
std::string without(std::string list, const std::string& name) {
  const std::size_t at = (" " + list + " ").find(" " + name + " ");
  REQUIRE(at != std::string::npos);
  list.erase(at, name.size() + 1);
  return list;
}

template <>
std::vector<std::string> without(std::vector<std::string> list, const std::string& name) {
  REQUIRE(std::erase(list, name) == 1);
  return list;
}

std::int64_t valid_until(const http::Request& request) {
  return read_signature(request, here()).value().valid_until_ms;
}

TEST_CASE("a request signed as the fediverse does is believed") {
  const http::Request request = send(Plan());
  const auto claim = read_signature(request, here());
  REQUIRE(claim);
  CHECK(claim->dialect == SignatureDialect::cavage);
  CHECK(claim->key_id == "https://peer.example/users/bo#main-key");
  CHECK(claim->algorithm == SignatureAlgorithm::rsa_sha256);
  CHECK(claim->covered ==
        std::vector<std::string>{"(request-target)", "host", "date", "digest", "content-type"});
  CHECK(verify_signature(*claim, peer_public()));
  CHECK(contains(refusal(request, SignatureKey(other_public())), "not this key's"));
}

TEST_CASE("hs2019, rsa-sha256 and no algorithm at all are RSA-SHA256 for an RSA key") {
  for (const char* algorithm : {"hs2019", "rsa-sha256", ""}) {
    INFO(algorithm);
    CHECK(refusal(send(Plan{.algorithm = algorithm})).empty());
  }
}

TEST_CASE("hs2019 leaves it to the key, so an Ed25519 key may sign, but not as rsa-sha256") {
  const SignatureKey key = peer_ed25519().public_key();
  CHECK(refusal(send(Plan{.algorithm = "hs2019", .ed25519 = true}), key).empty());
  CHECK(contains(refusal(send(Plan{.ed25519 = true}), key), "not this key's"));
  CHECK(contains(refusal(send(Plan{.algorithm = "hs2019"}), key), "not this key's"));
}

TEST_CASE("a request without a signature is refused") {
  http::Request request = send(Plan());
  request.headers.remove("signature");
  CHECK(contains(refusal(request), "without a signature"));
  request.headers.add("Signature", "");
  CHECK_FALSE(refusal(request).empty());
}

TEST_CASE("a signature that does not cover what it must is refused, though it is right") {
  for (const char* part : {"(request-target)", "host", "digest"}) {
    const std::string reason = refusal(send(Plan{.covered = without(Plan().covered, part)}));
    CHECK(reason == std::string("a signature that does not cover ") + part);
  }
  CHECK(contains(refusal(send(Plan{.covered = without(Plan().covered, "date")})), "neither date"));
  CHECK(refusal(send(Plan{.covered = without(Plan().covered, "content-type")})).empty());
}

TEST_CASE("a change of anything that is signed is noticed") {
  using Change = std::function<void(http::Request&)>;
  const std::pair<const char*, Change> changes[] = {
      {"method", [](auto& r) { r.method = "PUT"; }},
      {"path", [](auto& r) { r.target = "/u/bo/inbox"; }},
      {"case of the path", [](auto& r) { r.target = "/u/Ana/inbox"; }},
      {"query", [](auto& r) { r.target = "/u/ana/inbox?a"; }},
      {"host", [](auto& r) { r.headers.set("host", "other.camp"); }},
      {"date", [](auto& r) { r.headers.set("date", http::format_http_date(kNow + 1000)); }},
      {"digest", [](auto& r) { r.headers.set("digest", digest_header("x")); }},
      {"body", [](auto& r) { r.body += " "; }},
      {"body and digest",
       [](auto& r) {
         r.body = "{}";
         r.headers.set("digest", digest_header("{}"));
       }},
      {"content type", [](auto& r) { r.headers.set("content-type", "text/html"); }},
      {"a second content type", [](auto& r) { r.headers.add("content-type", "text/html"); }},
      {"a field taken away", [](auto& r) { r.headers.remove("content-type"); }},
      {"no digest", [](auto& r) { r.headers.remove("digest"); }},
      {"no date", [](auto& r) { r.headers.remove("date"); }},
      {"no host", [](auto& r) { r.headers.remove("host"); }},
  };
  for (const auto& [name, change] : changes) {
    INFO(name);
    http::Request request = send(Plan());
    change(request);
    // A query that was not signed is the one exception: peers leave it out.
    CHECK(refusal(request).empty() == (std::string(name) == "query"));
  }
}

TEST_CASE("a query may be left out of what is signed, but not be another") {
  Plan plan{
      .method = "GET", .target = "/o?page=1", .body = "", .covered = "(request-target) host date"};
  CHECK(refusal(send(plan)).empty());
  plan.signed_target = "/o";
  CHECK(refusal(send(plan)).empty());
  plan.signed_target = "/o?page=2";
  CHECK(contains(refusal(send(plan)), "not this key's"));
  plan.signed_target = "/o?";
  CHECK(contains(refusal(send(plan)), "not this key's"));
}

TEST_CASE("a request that was signed for another host is refused here") {
  CHECK(contains(refusal(send(Plan{.host = "other.camp"})), "another host"));
  CHECK(contains(refusal(send(Plan{.host = "friend.camp.evil.example"})), "another host"));
  CHECK(contains(refusal(send(Plan{.host = "friend.camp:8443"})), "another host"));
  CHECK(contains(refusal(send(Plan{.host = "friend.camp:80"})), "another host"));
  CHECK(contains(refusal(send(Plan{.host = ""})), "another host"));
  CHECK(refusal(send(Plan{.host = "Friend.Camp"})).empty());
  CHECK(refusal(send(Plan{.host = "friend.camp:443"})).empty());
  http::Request two = send(Plan());
  two.headers.add("Host", "friend.camp");
  CHECK(contains(refusal(two), "exactly one Host"));
}

TEST_CASE("30 minutes either way are accepted, 2 hours are not") {
  for (const std::int64_t off : {-30 * kMinute, 30 * kMinute, -kHour, kHour}) {
    INFO(off);
    CHECK(refusal(send(Plan{.date_ms = kNow + off})).empty());
  }
  CHECK(contains(refusal(send(Plan{.date_ms = kNow - 2 * kHour})), "too old"));
  CHECK(contains(refusal(send(Plan{.date_ms = kNow + 2 * kHour})), "ahead"));
  CHECK(contains(refusal(send(Plan{.date_ms = kNow - kHour - 1000})), "too old"));
  CHECK(contains(refusal(send(Plan{.date_ms = kNow + kHour + 1000})), "ahead"));
}

TEST_CASE("a skew may be set, but never beyond 12 hours") {
  Verification patient = here();
  patient.skew_ms = 100 * kHour;
  CHECK(refusal(send(Plan{.date_ms = kNow - 12 * kHour}), patient).empty());
  CHECK(contains(refusal(send(Plan{.date_ms = kNow - 13 * kHour}), patient), "too old"));
  patient.skew_ms = -1;
  CHECK(refusal(send(Plan()), patient).empty());
  CHECK(contains(refusal(send(Plan{.date_ms = kNow - 1000}), patient), "too old"));
}

TEST_CASE("a signature over (created) needs no date, and holds it to the same window") {
  Plan plan{.algorithm = "hs2019", .covered = "(request-target) (created) host digest"};
  const auto at = [&](std::int64_t off) {
    plan.created = (kNow + off) / 1000;
    return refusal(send(plan));
  };
  CHECK(at(0).empty());
  CHECK(at(-30 * kMinute).empty());
  CHECK(at(30 * kMinute).empty());
  CHECK(contains(at(-2 * kHour), "too old"));
  CHECK(contains(at(2 * kHour), "ahead"));
  // A Date beside it that is not signed says nothing.
  plan.date_ms = kNow - 24 * kHour;
  CHECK(at(0).empty());
  // One that is signed too must be right as well.
  plan.covered += " date";
  CHECK(contains(at(0), "too old"));
}

TEST_CASE("`created` in the header that is not signed replaces no date") {
  Plan plan{.algorithm = "hs2019", .covered = "(request-target) host digest"};
  plan.created = kNow / 1000;
  CHECK(contains(refusal(send(plan)), "neither date"));
  plan.algorithm = "rsa-sha256";
  CHECK(contains(refusal(send(plan)), "neither date"));
}

TEST_CASE("a signature that has expired is refused, whether or not (expires) is signed") {
  Plan plan{.algorithm = "hs2019",
            .covered = "(request-target) (created) (expires) host digest",
            .created = kNow / 1000 - 10};
  plan.expires = kNow / 1000 + 1;
  CHECK(refusal(send(plan)).empty());
  CHECK(valid_until(send(plan)) == kNow + 1000);
  plan.expires = kNow / 1000;
  CHECK(contains(refusal(send(plan)), "expired"));
  plan.covered = "(request-target) (created) host digest";
  CHECK(contains(refusal(send(plan)), "expired"));
  plan.expires = kNow / 1000 + 100'000;
  CHECK(refusal(send(plan)).empty());
}

TEST_CASE(
    "a post without a digest, or with one that is not SHA-256 or not the body's, is refused") {
  CHECK(contains(refusal(send(Plan{.covered = "(request-target) host date", .digest = ""})),
                 "does not cover digest"));
  CHECK(contains(refusal(send(Plan{.digest = "SHA-512=eA=="})), "without SHA-256"));
  CHECK(contains(refusal(send(Plan{.digest = "MD5=eA=="})), "without SHA-256"));
  CHECK(contains(refusal(send(Plan{.digest = digest_header("other")})), "another body"));
  CHECK(contains(refusal(send(Plan{.digest = "nonsense"})), "malformed"));
  const std::string right = digest_header(Plan().body);
  CHECK(refusal(send(Plan{.digest = "SHA-512=eA==," + right})).empty());
  CHECK(refusal(send(Plan{.digest = "sha-256" + right.substr(7)})).empty());
}

TEST_CASE("a body needs a digest with any method, and a digest of no body may be signed") {
  const std::string plain = "(request-target) host date";
  CHECK(contains(refusal(send(Plan{.method = "GET", .covered = plain})), "does not cover digest"));
  CHECK(contains(refusal(send(Plan{.method = "DELETE", .body = "", .covered = plain})),
                 "does not cover digest"));
  CHECK(refusal(send(Plan{.method = "GET", .body = "", .covered = plain})).empty());
  CHECK(refusal(send(Plan{.method = "HEAD", .body = "", .covered = plain})).empty());
  CHECK(refusal(send(Plan{.method = "GET", .body = "", .covered = plain + " digest"})).empty());
  CHECK(contains(refusal(send(Plan{.method = "GET",
                                   .body = "",
                                   .covered = plain + " digest",
                                   .digest = digest_header("x")})),
                 "another body"));
}

TEST_CASE("a date that nobody can read, or two dates, are refused") {
  for (const char* date :
       {"", "yesterday", "2026-11-24T10:00:00Z", "Mon, 24 Nov 2026 10:00:00 GMT"}) {
    http::Request request = send(Plan());
    request.headers.set("date", date);
    CHECK(contains(refusal(request), "nobody can read"));
  }
  http::Request two = send(Plan());
  two.headers.add("Date", *send(Plan()).headers.find("date"));
  CHECK(contains(refusal(two), "exactly one Date"));
}

TEST_CASE("two Signature headers, or a keyId that occurs twice, are refused") {
  http::Request request = send(Plan());
  const std::string value(*request.headers.find("signature"));
  request.headers.add("signature", value);
  CHECK(contains(refusal(request), "several Signature"));
  request.headers.set("Signature", value + R"(,keyId="https://evil.example/u#main-key")");
  CHECK(contains(refusal(request), "twice"));
  request.headers.set("Signature", value + R"(,KEYID="https://evil.example/u#main-key")");
  CHECK(contains(refusal(request), "twice"));
}

TEST_CASE("no other algorithm is known, least of all one keyed with the public key") {
  for (const char* other : {"hmac-sha256", "hmac-sha512", "rsa-sha512", "rsa-sha1", "ecdsa-sha256",
                            "ed25519", "none", "RSA-SHA256", "rsa-v1_5-sha256"}) {
    INFO(other);
    CHECK(contains(refusal(send(Plan{.algorithm = other})), "another algorithm"));
  }
  // HMAC-SHA256 (RFC 2104) over the signing string, with the PEM that everybody can fetch as
  // secret.
  const auto hmac = [](const std::string& secret, const std::string& text) {
    std::string inner = crypto::sha256(secret), outer;
    inner.resize(64, '\0');
    outer = inner;
    for (char& c : inner) c = static_cast<char>(c ^ 0x36);
    for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
    return crypto::sha256(outer + crypto::sha256(inner + text));
  };
  for (const char* algorithm : {"hmac-sha256", "hs2019", "rsa-sha256"}) {
    http::Request request = send(Plan{.algorithm = algorithm});
    auto parameters = parse_signature_header(*request.headers.find("signature")).value();
    const std::string text =
        signing_string(parameters, request.method, request.target, request.headers).value();
    const std::string forged = to_base64(hmac(peer_public_pem(), text));
    std::string value(*request.headers.find("signature"));
    value.replace(value.find("signature=\""), std::string::npos, "signature=\"" + forged + '"');
    request.headers.set("Signature", value);
    CHECK_FALSE(refusal(request).empty());
  }
}

TEST_CASE("every signature that differs in a bit or a byte is refused") {
  const http::Request request = send(Plan());
  const auto claim = read_signature(request, here()).value();
  REQUIRE(verify_signature(claim, peer_public()));
  for (std::size_t i = 0; i < claim.signature.size(); i += 5) {
    SignatureClaim changed = claim;
    changed.signature[i] = static_cast<char>(changed.signature[i] ^ 1);
    CHECK_FALSE(verify_signature(changed, peer_public()));
  }
  for (const std::string& wrong : {std::string(), claim.signature.substr(1), claim.signature + '\0',
                                   '\0' + claim.signature, std::string(256, '\0')}) {
    SignatureClaim changed = claim;
    changed.signature = wrong;
    CHECK_FALSE(verify_signature(changed, peer_public()));
  }
}

TEST_CASE("names of fields may be written in any case, and lines be folded") {
  http::Request request = send(Plan());
  http::Headers shouted;
  for (const http::Field& field : request.headers.fields()) {
    std::string name = field.name;
    for (std::size_t i = 0; i < name.size(); i += 2) {
      name[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[i])));
    }
    shouted.add(name, "  " + field.value + "\t");
  }
  request.headers = shouted;
  std::string value(*shouted.find("signature"));
  for (std::size_t at = value.find(','); at != std::string::npos; at = value.find(',', at + 4)) {
    value.insert(at + 1, "\r\n\t ");
  }
  request.headers.set("Signature", value);
  request.headers.set("content-type", "application/activity+json\r\n ");
  CHECK(refusal(request).empty());
}

TEST_CASE("a target that is no path is refused") {
  for (const char* target : {"https://friend.camp/u/ana/inbox", "*", "", "friend.camp:443"}) {
    http::Request request = send(Plan());
    request.target = target;
    CHECK(contains(refusal(request), "no path"));
  }
}

TEST_CASE("the same signature has the same mark for the cache, under whatever name of its key") {
  const auto mark = [](const http::Request& request) {
    return read_signature(request, here()).value().replay_key;
  };
  const std::string first = mark(send(Plan()));
  CHECK(first.size() == 64);
  CHECK(mark(send(Plan())) == first);
  CHECK(mark(send(Plan{.key_id = "https://PEER.example/users/bo#main-key"})) == first);
  CHECK(mark(send(Plan{.date_ms = kNow + 1000})) != first);
}

TEST_CASE("a mark need not be kept longer than the request would be believed") {
  const http::Request request = send(Plan{.date_ms = kNow - 20 * kMinute});
  const std::int64_t until = valid_until(request);
  CHECK(refusal(request, here(until - 1)).empty());
  CHECK(contains(refusal(request, here(until)), "too old"));
}

TEST_CASE("a request signed as RFC 9421 says is believed, with RSA and with Ed25519") {
  const auto claim = read_signature(send(MessagePlan()), here());
  REQUIRE(claim);
  CHECK(claim->dialect == SignatureDialect::rfc9421);
  CHECK(claim->key_id == "https://peer.example/users/bo#main-key");
  CHECK(claim->algorithm == SignatureAlgorithm::rsa_sha256);
  CHECK(verify_signature(*claim, peer_public()));
  const SignatureKey ed25519 = peer_ed25519().public_key();
  const std::string named = ";created=1795514400;keyid=\"k\"";
  MessagePlan plan{.parameters = named + ";alg=\"ed25519\"", .ed25519 = true};
  CHECK(refusal(send(plan), ed25519).empty());
  plan.parameters = named;
  CHECK(refusal(send(plan), ed25519).empty());
  plan.parameters = named + ";alg=\"rsa-v1_5-sha256\"";
  CHECK(contains(refusal(send(plan), ed25519), "not this key's"));
  CHECK(refusal(send(MessagePlan{.parameters = named})).empty());
  CHECK(contains(refusal(send(MessagePlan{.parameters = named + ";alg=\"ed25519\""})),
                 "not this key's"));
}

TEST_CASE("what Fedify signs beside the least is believed") {
  CHECK(refusal(send(MessagePlan{.covered = {"@method", "@target-uri", "@authority", "host", "date",
                                             "content-digest"}}))
            .empty());
}

TEST_CASE("a message signature that does not cover what it must is refused, though it is right") {
  for (const char* part : {"@method", "@target-uri", "content-digest"}) {
    const std::string reason =
        refusal(send(MessagePlan{.covered = without(MessagePlan().covered, part)}));
    CHECK(reason == std::string("a signature that does not cover ") + part);
  }
  // Path and authority together are not the whole URI.
  CHECK(contains(refusal(send(MessagePlan{
                     .covered = {"@method", "@authority", "@path", "@query", "content-digest"}})),
                 "@target-uri"));
  MessagePlan get{.method = "GET", .body = "", .covered = {"@method", "@target-uri"}, .digest = ""};
  CHECK(refusal(send(get)).empty());
  get.covered.push_back("content-digest");
  get.digest = "right";
  CHECK(refusal(send(get)).empty());
  get.digest = "sha-256=:eA==:";
  CHECK(contains(refusal(send(get)), "another body"));
}

TEST_CASE("a change of anything that a message signature covers is noticed") {
  using Change = std::function<void(http::Request&)>;
  const std::pair<const char*, Change> changes[] = {
      {"method", [](auto& r) { r.method = "PUT"; }},
      {"path", [](auto& r) { r.target = "/u/bo/inbox"; }},
      {"query", [](auto& r) { r.target += "?a"; }},
      {"digest", [](auto& r) { r.headers.set("content-digest", "sha-256=:eA==:"); }},
      {"body", [](auto& r) { r.body += " "; }},
      {"no digest", [](auto& r) { r.headers.remove("content-digest"); }},
      {"parameters",
       [](auto& r) {
         r.headers.set("signature-input", std::string(*r.headers.find("signature-input")) + ";x");
       }},
      {"label",
       [](auto& r) {
         r.headers.set("signature", "sig2" + std::string(*r.headers.find("signature")).substr(4));
       }},
      {"host", [](auto& r) { r.headers.set("host", "other.camp"); }},
      {"no signature", [](auto& r) { r.headers.remove("signature"); }},
  };
  REQUIRE(refusal(send(MessagePlan())).empty());
  for (const auto& [name, change] : changes) {
    INFO(name);
    http::Request request = send(MessagePlan());
    change(request);
    CHECK_FALSE(refusal(request).empty());
  }
  CHECK(contains(refusal(send(MessagePlan{.uri_host = "other.camp"})), "not this key's"));
}

TEST_CASE("the scheme of the URI is the one that peers post to") {
  Verification plain = here();
  plain.scheme = "http";
  CHECK(contains(refusal(send(MessagePlan()), plain), "not this key's"));
}

TEST_CASE("`created` of a message signature has the window of a date, `expires` ends it") {
  const auto at = [](std::int64_t off, const std::string& more = "") {
    return refusal(send(MessagePlan{
        .parameters = ";created=" + std::to_string((kNow + off) / 1000) + ";keyid=\"k\"" + more}));
  };
  CHECK(at(-30 * kMinute).empty());
  CHECK(at(30 * kMinute).empty());
  CHECK(contains(at(-2 * kHour), "too old"));
  CHECK(contains(at(2 * kHour), "ahead"));
  CHECK(at(0, ";expires=1795514401").empty());
  CHECK(contains(at(0, ";expires=1795514400"), "expired"));
  CHECK(contains(at(0, ";expires=-5"), "expired"));
  CHECK(contains(at(-999'999'999'999'000 - kNow), "too old"));
  CHECK_FALSE(refusal(send(MessagePlan{.parameters = ";keyid=\"k\""})).empty());
  // A date that is signed too must be right as well.
  MessagePlan dated{.date_ms = kNow - 2 * kHour};
  CHECK(refusal(send(dated)).empty());
  dated.covered.push_back("date");
  CHECK(contains(refusal(send(dated)), "too old"));
}

TEST_CASE("no other algorithm of RFC 9421 is known") {
  for (const char* other :
       {"hmac-sha256", "rsa-pss-sha512", "ecdsa-p256-sha256", "rsa-sha256", "x"}) {
    INFO(other);
    CHECK(contains(refusal(send(MessagePlan{.parameters = ";created=1795514400;keyid=\"k\";alg=\"" +
                                                          std::string(other) + '"'})),
                   "another algorithm"));
  }
}

TEST_CASE("a post with a SHA-512 alone is refused, a malformed Content-Digest told apart") {
  const auto kind = [](const std::string& digest) {
    return read_signature(send(MessagePlan{.digest = digest}), here()).error().kind;
  };
  CHECK(kind("sha-512=:eA==:") == Kind::refused);
  CHECK(kind("sha-256=:eA==:") == Kind::refused);
  CHECK(kind("SHA-256=eA==") == Kind::usage);
  http::Request without_field = send(MessagePlan());
  without_field.headers.remove("content-digest");
  CHECK(contains(refusal(without_field), "without a Content-Digest"));
}

TEST_CASE("of several labels the first that is acceptable is the claim, and no other is tried") {
  http::Request request = send(MessagePlan());
  const std::string input(*request.headers.find("signature-input"));
  const std::string signature(*request.headers.find("signature"));
  const auto both = [&](const std::string& other, const std::string& bytes, bool first) {
    request.headers.set("Signature-Input", first ? other + ", " + input : input + ", " + other);
    request.headers.set("Signature", bytes + ", " + signature);
    return refusal(request);
  };
  // A proxy's label, of an algorithm that nobody here knows, or without what it must cover.
  const std::string foreign = R"(p=("@method");created=1795514400;keyid="p";alg="hmac-sha256")";
  CHECK(both(foreign, "p=:AA==:", true).empty());
  CHECK(both(foreign, "p=:AA==:", false).empty());
  CHECK(both(R"(p=("@method");created=1795514400;keyid="p")", "p=:AA==:", true).empty());
  CHECK(both(R"(p=("@status";req);created=1795514400;keyid="p")", "p=:AA==:", true).empty());
  // One that could be it and is not.
  const std::string wrong =
      R"(p=("@method" "@target-uri" "content-digest");created=1795514400;keyid="p")";
  CHECK(contains(both(wrong, "p=:AA==:", true), "not this key's"));
  CHECK(both(wrong, "p=:AA==:", false).empty());
  // The reason of the first is what the log says if there is none.
  request.headers.set("Signature-Input", foreign + R"(, q=("@method");created=1;keyid="q")");
  request.headers.set("Signature", "p=:AA==:, q=:AA==:");
  CHECK(contains(refusal(request), "another algorithm"));
  request.headers.set("Signature-Input", "");
  CHECK(contains(refusal(request), "without a signature"));
}

TEST_CASE("with a Signature-Input the older dialect is never fallen back to") {
  http::Request request = send(Plan());
  request.headers.add("Signature-Input", R"(sig1=("@method");created=1795514400;keyid="k")");
  CHECK_FALSE(refusal(request).empty());
}

TEST_CASE("the owner of a key is guessed from its name") {
  const std::pair<const char*, const char*> guesses[] = {
      {"https://a.example/users/bo#main-key", "https://a.example/users/bo"},
      {"https://a.example/users/bo/main-key", "https://a.example/users/bo"},
      {"https://a.example/users/bo/publickey", "https://a.example/users/bo"},
      {"https://a.example/users/bo/publicKey", "https://a.example/users/bo"},
      {"https://a.example/users/main-key#main-key", "https://a.example/users/main-key"},
      {"https://a.example/keys/7", "https://a.example/keys/7"},
      {"https://a.example/domain-key", "https://a.example/domain-key"},
      {"main-key", "main-key"},
      {"/main-key", ""},
      {"#", ""},
      {"", ""},
  };
  for (const auto& [key, owner] : guesses) CHECK(key_owner_guess(key) == owner);
}

}  // namespace
}  // namespace camp::fed
