// SPDX-License-Identifier: MIT
// What a message that comes to the inbox costs, beside the one RSA verification that nobody can do
// without.
#include <fmt/core.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/time.h"
#include "bench.h"
#include "crypto/rsa.h"
#include "fed/federation.h"
#include "fed/http_signature.h"
#include "fed/receive.h"
#include "ops/init.h"
#include "ops/write.h"

namespace camp::bench {
namespace {

constexpr std::size_t kMessages = 300;
constexpr const char* kHost = "friend.camp";

/// A community of one with a post, and people elsewhere who have one key.
class Receiver {
 public:
  static Result<std::unique_ptr<Receiver>> make(const Options& options, const Env& env) {
    const std::string directory = options.scratch + "/inbox";
    std::filesystem::remove_all(directory);
    CAMP_TRY(ops::init(env, {directory, "Friend Camp", "ana", kHost,
                             [](const std::string&) { return Result<void>(); }}));
    auto receiver = std::unique_ptr<Receiver>(
        new Receiver(env, CAMP_TRY(store::Community::open(directory, env)),
                     CAMP_TRY(fed::Site::make(kHost)), CAMP_TRY(crypto::generate_rsa_2048_pem())));
    CAMP_TRY(receiver->begin());
    return receiver;
  }

  /// Signed messages of one type, each of somebody else.
  Result<std::vector<http::Request>> messages(const std::string& type) {
    std::vector<http::Request> all;
    for (std::size_t i = 0; i < kMessages; ++i) {
      all.push_back(CAMP_TRY(signed_request(activity(type, sender(i)).dump(), sender(i))));
    }
    return all;
  }

  Result<void> receive(const http::Request& request) {
    fed::InboxContext context = federation_->inbox();
    const fed::Received received = fed::receive(context, request);
    if (received.answer.status == 202 && received.reason.empty()) return {};
    return fail(Kind::failed,
                fmt::format("answered {}: {}", received.answer.status, received.reason));
  }

 private:
  Receiver(const Env& env, store::Community community, fed::Site site, std::string pem)
      : env_(env), community_(std::move(community)), site_(std::move(site)), pem_(std::move(pem)) {}

  Result<void> begin() {
    key_ = std::make_unique<crypto::RsaSecretKey>(CAMP_TRY(crypto::RsaSecretKey::from_pem(pem_)));
    federation_ = CAMP_TRY(fed::Federation::open(community_, site_, client_));
    const std::string public_pem = CAMP_TRY(crypto::rsa_public_pem(pem_));
    for (std::size_t i = 0; i < kMessages; ++i) {
      const std::string id = sender(i);
      CAMP_TRY(federation_->db().put_actor({.id = id,
                                            .user = "p" + std::to_string(i),
                                            .host = "peer.example",
                                            .inbox = id + "/inbox",
                                            .shared_inbox = "https://peer.example/inbox",
                                            .keys = {{id + "#main-key", public_pem}}},
                                           env_.now_ms()));
    }
    ops::Draft draft;
    draft.text = "hello";
    draft.to = "public";
    const auto who = CAMP_TRY(ops::acting_member(community_, "ana"));
    const std::string id = CAMP_TRY(ops::post(community_, who, draft)).post.id;
    const auto full = FullId::parse(id);
    post_ = site_.object(full ? full->object : CAMP_TRY(ObjectId::parse(id)));
    return {};
  }

  static std::string sender(std::size_t number) {
    return "https://peer.example/users/p" + std::to_string(number);
  }

  Json activity(const std::string& type, const std::string& actor) {
    const std::string id = actor + "/acts/" + std::to_string(++serial_);
    Json object = type == "Follow" ? site_.actor("ana") : post_;
    if (type == "Create") {
      object = {{"id", id + "/note"},
                {"type", "Note"},
                {"attributedTo", actor},
                {"to", Json::array({"https://www.w3.org/ns/activitystreams#Public"})},
                {"cc", Json::array({site_.actor("ana")})},
                {"content", "<p>Some words of the length that people write, @ana.</p>"},
                {"published", format_time(env_.now_ms())},
                {"tag", Json::array({{{"type", "Mention"}, {"href", site_.actor("ana")}}})}};
    }
    return {{"id", id}, {"type", type}, {"actor", actor}, {"object", std::move(object)}};
  }

  Result<http::Request> signed_request(std::string body, const std::string& actor) {
    fed::OutgoingRequest what;
    what.method = "POST";
    what.scheme = "https";
    what.host = kHost;
    what.target = "/inbox";
    what.content_type = "application/activity+json";
    what.body = body;
    http::Request request;
    request.method = "POST";
    request.target = request.path = "/inbox";
    request.headers = CAMP_TRY(fed::sign_request(what, actor + "#main-key", *key_, env_.now_ms()));
    request.headers.set("Host", kHost);
    request.body = std::move(body);
    return request;
  }

  Env env_;
  store::Community community_;
  fed::Site site_;
  std::string pem_;
  http::Client client_{{}};
  std::unique_ptr<crypto::RsaSecretKey> key_;
  std::unique_ptr<fed::Federation> federation_;
  std::string post_;
  std::size_t serial_ = 0;
};

/// Verifications a second of one RSA-2048 key, over as many bytes as a signing string has.
Result<double> bare_verifications() {
  const std::string pem = CAMP_TRY(crypto::generate_rsa_2048_pem());
  const auto secret = CAMP_TRY(crypto::RsaSecretKey::from_pem(pem));
  const auto key = CAMP_TRY(crypto::RsaPublicKey::from_pem(CAMP_TRY(crypto::rsa_public_pem(pem))));
  const std::string text(250, 'x');
  const std::string signature = CAMP_TRY(secret.sign_sha256(text));
  Fastest fastest;
  for (int round = 0; round < 5; ++round) {
    const Stopwatch watch;
    for (int i = 0; i < 1000; ++i) {
      if (!key.verify_sha256(text, signature)) return fail(Kind::bug, "it does not verify");
    }
    fastest.take(watch.us() / 1000);
  }
  return 1e6 / fastest.us();
}

}  // namespace

Result<void> bench_inbox(const Options& options) {
  const Stage stage = CAMP_TRY(Stage::at(kNowMs));
  const double bare = CAMP_TRY(bare_verifications());
  for (const char* type : {"Like", "Create", "Follow"}) {
    Fastest fastest;
    for (int round = 0; round < options.rounds; ++round) {
      const auto receiver = CAMP_TRY(Receiver::make(options, stage.env));
      const auto requests = CAMP_TRY(receiver->messages(type));
      const Stopwatch watch;
      for (const http::Request& request : requests) CAMP_TRY(receiver->receive(request));
      fastest.take(watch.us() / static_cast<double>(requests.size()));
    }
    const double rate = 1e6 / fastest.us();
    report(fmt::format("inbox: a {}", type), 1, fmt::format("{:.0f}/s", rate),
           fmt::format("{:.0f}/s RSA-2048", bare), {.value = rate / bare});
  }
  std::filesystem::remove_all(options.scratch + "/inbox");
  return {};
}

}  // namespace camp::bench
