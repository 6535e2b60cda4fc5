// SPDX-License-Identifier: MIT
// What a message that comes to the inbox costs, beside the one RSA verification that nobody can do
// without.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <variant>
#include <vector>

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

constexpr std::size_t kMessages = 320;
constexpr std::size_t kTogether = 16;
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

  /// Each is read by itself, as it comes; then they have their effect together.
  Result<void> receive(const http::Request* first, std::size_t count) {
    fed::InboxContext context = federation_->inbox();
    std::vector<fed::Message> messages;
    for (const http::Request* request = first; request != first + count; ++request) {
      auto reading = fed::read_message(context, *request);
      if (const auto* refused = std::get_if<fed::Received>(&reading)) return wrong(*refused);
      messages.push_back(std::get<fed::Message>(std::move(reading)));
    }
    for (const fed::Received& received : fed::take_messages(context, messages)) {
      if (received.answer.status != 202 || !received.reason.empty()) return wrong(received);
    }
    return {};
  }

 private:
  Receiver(const Env& env, store::Community community, fed::Site site, std::string pem)
      : env_(env), community_(std::move(community)), site_(std::move(site)), pem_(std::move(pem)) {}

  static tl::unexpected<Error> wrong(const fed::Received& received) {
    return fail(Kind::failed,
                fmt::format("answered {}: {}", received.answer.status, received.reason));
  }

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
  double bare = 0;  // the fastest so far: others use the machine too
  for (const char* type : {"Like", "Create", "Follow"}) {
    for (const std::size_t together : {std::size_t{1}, kTogether}) {
      Fastest fastest;
      for (int round = 0; round < options.rounds; ++round) {
        const auto receiver = CAMP_TRY(Receiver::make(options, stage.env));
        const auto requests = CAMP_TRY(receiver->messages(type));
        const Stopwatch watch;
        for (std::size_t i = 0; i < requests.size(); i += together) {
          CAMP_TRY(receiver->receive(&requests[i], std::min(together, requests.size() - i)));
        }
        fastest.take(watch.us() / static_cast<double>(requests.size()));
        bare = std::max(bare, CAMP_TRY(bare_verifications()));
      }
      const double rate = 1e6 / fastest.us();
      report(fmt::format("inbox: a {}, {}", type, together == 1 ? "alone" : "16 together"), 1,
             fmt::format("{:.0f}/s", rate), fmt::format("{:.0f}/s RSA-2048", bare),
             {.value = rate / bare, .bound = 0.6, .at_least = true});
    }
  }
  std::filesystem::remove_all(options.scratch + "/inbox");
  return {};
}

}  // namespace camp::bench
