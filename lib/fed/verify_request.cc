// SPDX-License-Identifier: MIT
#include "fed/verify_request.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "fed/http_signature.h"
#include "fed/message_signature.h"

namespace camp::fed {
namespace {

constexpr std::int64_t kMaxSkew = 12 * 3'600'000;

tl::unexpected<Error> refused(std::string what) { return fail(Kind::refused, std::move(what)); }

/// A host as it is compared: in lower case, without the port that the scheme has anyway.
std::string normal_host(std::string_view host, std::string_view scheme) {
  std::string normal(host);
  for (char& c : normal) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  const std::string_view port = scheme == "https" ? ":443" : ":80";
  if (normal.ends_with(port)) normal.resize(normal.size() - port.size());
  return normal;
}

Result<void> check_host(const http::Request& request, const Verification& here) {
  if (request.headers.all("host").size() != 1) {
    return refused("a request without exactly one Host");
  }
  const auto host = CAMP_TRY(field_value(request.headers, "host"));
  if (normal_host(*host, here.scheme) != normal_host(here.own_host, here.scheme)) {
    return refused("a request for another host");
  }
  return {};
}

bool covers(const std::vector<std::string>& covered, std::string_view name) {
  return std::find(covered.begin(), covered.end(), name) != covered.end();
}

Result<void> require(const std::vector<std::string>& covered, std::string_view name) {
  if (covers(covered, name)) return {};
  return refused("a signature that does not cover " + std::string(name));
}

bool needs_digest(const http::Request& request) {
  return (request.method != "GET" && request.method != "HEAD") || !request.body.empty();
}

/// The times that a signature states, narrowing the one interval in which it counts.
class Window {
 public:
  explicit Window(const Verification& here)
      : now_(here.now_ms), skew_(std::clamp<std::int64_t>(here.skew_ms, 0, kMaxSkew)) {}

  /// When the request was made, to be believed within the skew.
  Result<void> made(std::int64_t ms, std::string_view what) {
    if (ms < now_ - skew_) return refused("a signature whose " + std::string(what) + " is too old");
    if (ms > now_ + skew_) return refused("a signature whose " + std::string(what) + " is ahead");
    until_ = std::min(until_, ms + skew_ + 1);
    return {};
  }

  /// When the signer lets it end.
  Result<void> ends(std::optional<std::int64_t> seconds) {
    if (!seconds) return {};
    if (*seconds <= now_ / 1000) return refused("a signature that has expired");
    until_ = std::min(until_, *seconds * 1000);
    return {};
  }

  std::int64_t until() const { return until_; }

 private:
  std::int64_t now_, skew_;
  std::int64_t until_ = INT64_MAX;
};

Result<void> check_date(const http::Headers& headers, Window& window) {
  if (headers.all("date").size() != 1) return refused("a request without exactly one Date");
  const auto value = CAMP_TRY(field_value(headers, "date"));
  const auto date = http::parse_http_date(*value);
  if (!date) return refused("a Date that nobody can read");
  return window.made(*date, "Date");
}

Result<SignatureAlgorithm> old_algorithm(std::string_view name) {
  if (name.empty() || name == "hs2019") return SignatureAlgorithm::of_the_key;
  if (name == "rsa-sha256") return SignatureAlgorithm::rsa_sha256;
  return refused("a signature of another algorithm than RSA-SHA256");
}

Result<SignatureAlgorithm> new_algorithm(std::string_view name) {
  if (name.empty()) return SignatureAlgorithm::of_the_key;
  if (name == "rsa-v1_5-sha256") return SignatureAlgorithm::rsa_sha256;
  if (name == "ed25519") return SignatureAlgorithm::ed25519;
  return refused("a signature of another algorithm than rsa-v1_5-sha256 and ed25519");
}

std::string replay_key(std::string_view signature) { return crypto::sha256_hex(signature); }

/// With the query and without it: peers do either (activitypub.md 2.1).
Result<std::vector<std::string>> both_texts(const SignatureParameters& parameters,
                                            const http::Request& request) {
  const std::string_view target = request.target;
  std::vector<std::string> texts{
      CAMP_TRY(signing_string(parameters, request.method, target, request.headers))};
  const std::size_t question = target.find('?');
  if (question != std::string_view::npos) {
    texts.push_back(CAMP_TRY(
        signing_string(parameters, request.method, target.substr(0, question), request.headers)));
  }
  return texts;
}

Result<SignatureClaim> read_cavage(const http::Request& request, const Verification& here) {
  const auto values = request.headers.all("signature");
  if (values.empty()) return refused("a request without a signature");
  if (values.size() > 1) return refused("a request with several Signature headers");
  const SignatureParameters parameters = CAMP_TRY(parse_signature_header(values.front()));
  const auto& covered = parameters.covered;
  SignatureClaim claim;
  claim.algorithm = CAMP_TRY(old_algorithm(parameters.algorithm));
  CAMP_TRY(require(covered, "(request-target)"));
  CAMP_TRY(require(covered, "host"));
  if (needs_digest(request)) CAMP_TRY(require(covered, "digest"));
  Window window(here);
  const bool dated = covers(covered, "date"), created = covers(covered, "(created)");
  if (!dated && !created) return refused("a signature that covers neither date nor (created)");
  claim.texts = CAMP_TRY(both_texts(parameters, request));
  if (dated) CAMP_TRY(check_date(request.headers, window));
  if (created) CAMP_TRY(window.made(*parameters.created * 1000, "(created)"));
  CAMP_TRY(window.ends(parameters.expires));
  if (covers(covered, "digest")) CAMP_TRY(check_digest(request.headers, request.body));
  claim.dialect = SignatureDialect::cavage;
  claim.key_id = parameters.key_id;
  claim.covered = covered;
  claim.signature = parameters.signature;
  claim.valid_until_ms = window.until();
  claim.replay_key = replay_key(claim.signature);
  return claim;
}

Result<SignatureClaim> read_message(const MessageSignature& signature, const http::Request& request,
                                    const Verification& here) {
  const auto& covered = signature.covered;
  SignatureClaim claim;
  claim.algorithm = CAMP_TRY(new_algorithm(signature.algorithm));
  CAMP_TRY(require(covered, "@method"));
  CAMP_TRY(require(covered, "@target-uri"));
  if (needs_digest(request)) CAMP_TRY(require(covered, "content-digest"));
  Window window(here);
  CAMP_TRY(window.made(signature.created * 1000, "created"));
  CAMP_TRY(window.ends(signature.expires));
  if (covers(covered, "date")) CAMP_TRY(check_date(request.headers, window));
  if (covers(covered, "content-digest")) {
    CAMP_TRY(check_content_digest(request.headers, request.body));
  }
  claim.texts = {CAMP_TRY(signature_base(signature, request.method, here.scheme,
                                         normal_host(here.own_host, here.scheme), request.target,
                                         request.headers))};
  claim.dialect = SignatureDialect::rfc9421;
  claim.key_id = signature.key_id;
  claim.covered = covered;
  claim.signature = signature.signature;
  claim.valid_until_ms = window.until();
  claim.replay_key = replay_key(claim.signature);
  return claim;
}

Result<SignatureClaim> read_first_acceptable(const http::Request& request,
                                             const Verification& here) {
  std::optional<Error> first;
  for (const auto& signature : CAMP_TRY(parse_message_signatures(request.headers))) {
    auto claim = signature ? read_message(*signature, request, here)
                           : Result<SignatureClaim>(tl::unexpected<Error>(signature.error()));
    if (claim) return claim;
    if (!first) first = claim.error();
  }
  if (first) return tl::unexpected<Error>(*first);
  return refused("a request without a signature");
}

struct Check {
  const SignatureClaim& claim;

  template <class Test>
  bool any(Test test) const {
    return std::any_of(claim.texts.begin(), claim.texts.end(), test);
  }
  bool operator()(const crypto::RsaPublicKey& key) const {
    return claim.algorithm != SignatureAlgorithm::ed25519 &&
           any([&](const std::string& text) { return key.verify_sha256(text, claim.signature); });
  }
  bool operator()(const crypto::PublicKey& key) const {
    return claim.algorithm != SignatureAlgorithm::rsa_sha256 &&
           any([&](const std::string& text) { return crypto::verify(key, text, claim.signature); });
  }
};

}  // namespace

Result<SignatureClaim> read_signature(const http::Request& request, const Verification& here) {
  CAMP_TRY(check_host(request, here));
  if (!request.target.starts_with('/')) return refused("a request whose target is no path");
  if (!request.headers.all("signature-input").empty()) return read_first_acceptable(request, here);
  return read_cavage(request, here);
}

Result<void> verify_signature(const SignatureClaim& claim, const SignatureKey& key) {
  if (std::visit(Check{claim}, key)) return {};
  return refused("a signature that is not this key's");
}

std::string key_owner_guess(std::string_view key_id) {
  const std::size_t fragment = key_id.find('#');
  if (fragment != std::string_view::npos) return std::string(key_id.substr(0, fragment));
  for (const std::string_view suffix : {"/main-key", "/publickey"}) {
    const std::size_t owner = key_id.size() - std::min(key_id.size(), suffix.size());
    if (http::same_name(key_id.substr(owner), suffix)) return std::string(key_id.substr(0, owner));
  }
  return std::string(key_id);
}

}  // namespace camp::fed
