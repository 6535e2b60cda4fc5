// SPDX-License-Identifier: MIT
#include "fed/origin_https.h"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/terminal.h"
#include "crypto/digest.h"
#include "fed/access_token.h"
#include "http/client.h"
#include "store/keyring.h"

namespace camp::fed {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kInsecure = "CAMP_INSECURE_LOOPBACK";
constexpr std::size_t kMaxMedia = 16u << 20;
constexpr std::size_t kMaxAdvertisement = 4u << 20;
/// A body that a slow line carries within the ten seconds that a server gives it.
constexpr std::size_t kBodyAtOnce = 256u << 10;
constexpr std::size_t kMaxAnswers = 4u << 20;
constexpr std::size_t kMostWaiting = 1u << 20;  // of a pack, until git takes it
constexpr auto kPatience = 10min;
constexpr std::string_view kGreeting = "001e# service=git-upload-pack\n0000";

http::Policy policy_of(const Env& env) {
  return {.loopback = env.variable(kInsecure).value_or("") == "1"};
}

/// Requests to one origin, each with a token of its own.
class Wire {
 public:
  Wire(const Env& env, http::Url base, const std::string& member, const Proof& proof)
      : env_(env),
        base_(std::move(base)),
        member_(member.substr(member.starts_with('@') ? 1 : 0)),
        key_(proof.key),
        client_({.user_agent = "camp", .policy = policy_of(env)}) {
    if (key_ && !proof.code.empty()) {
      claim_ = claim_proof(store::claim_digest(proof.code), key_->public_key(), base_.authority());
    }
  }

  const std::string& host() const { return base_.host; }
  bool in_particular() const { return key_ != nullptr; }

  /// A request to a path of the origin, with limits for something large or slow.
  http::Outgoing request(std::string method, std::string path, std::size_t most) const {
    http::Outgoing request;
    request.method = std::move(method);
    request.url = base_;
    request.url.path = std::move(path);
    request.limits.total = kPatience;
    request.limits.connect = 20s;
    request.limits.body_bytes = most;
    // git says something every five seconds while it thinks; a server that writes says nothing.
    request.limits.bytes_per_second = 1;
    request.limits.slow = 60s;
    return request;
  }

  enum class Body { not_named, named };
  /// Sends it. An answer of 200 comes back, everything else is an error: Kind::not_found where
  /// nothing is for us, Kind::refused with what the origin says, else Kind::network.
  Result<http::Answer> send(const http::Outgoing& request, const std::string& scope, Body body) {
    auto answer = CAMP_TRY(send_once(request, scope, body));
    if (answer.status == 404 && heed_clock(answer)) {
      answer = CAMP_TRY(send_once(request, scope, body));
    }
    if (answer.status == 200) return answer;
    return no(answer);
  }

  /// The same where every member finds something.
  Result<http::Answer> enter(const http::Outgoing& request, const std::string& scope, Body body) {
    auto answer = send(request, scope, body);
    if (answer || answer.error().kind != Kind::not_found || !key_) return answer;
    if (!claim_.empty()) {
      return fail(Kind::refused, host() + " lets nobody in with this code",
                  "look at the code, the handle and the address; a code is good once");
    }
    return fail(Kind::refused, host() + " does not let this key in",
                "at home, look whether it still stands in 'camp key show', and at the address");
  }

 private:
  Result<http::Answer> send_once(http::Outgoing request, const std::string& scope, Body body) {
    if (key_) {
      const std::string digest =
          body == Body::named ? crypto::sha256_hex(request.body) : std::string();
      const std::string token =
          CAMP_TRY(sign_access_token({.member = member_,
                                      .key = {},
                                      .host = base_.authority(),
                                      .scope = scope,
                                      .expires_ms = env_.now_ms() + behind_ms_ + kTokenLifeAskedMs,
                                      .body = digest,
                                      .claim = claim_},
                                     *key_));
      request.headers.set("Authorization", "Bearer " + token);
    }
    auto answer = client_.exchange(request);
    if (!answer && answer.error().kind == Kind::network && answer.error().hint.empty()) {
      return fail(Kind::network, answer.error().message, "try again later");
    }
    return answer;
  }

  /// A token by a wrong clock is worth nothing. The answer says what time it is there; tokens are
  /// good for that one host, so it may say what it likes. Whether it is worth asking again.
  bool heed_clock(const http::Answer& answer) {
    const auto date = answer.headers.find("Date");
    const auto theirs =
        date && key_ ? http::parse_http_date(*date) : Result<std::int64_t>(fail(Kind::refused, ""));
    if (!theirs) return false;
    const std::int64_t apart = *theirs - (env_.now_ms() + behind_ms_);
    if (std::abs(apart) < kTokenLifeAskedMs) return false;
    behind_ms_ += apart;
    return true;
  }

  tl::unexpected<Error> no(const http::Answer& answer) const {
    const std::string first =
        for_terminal_line(std::string_view(answer.body)
                              .substr(0, std::min(answer.body.find('\n'), std::size_t{300})));
    switch (answer.status) {
      case 404:
        return key_ ? fail(Kind::not_found, host() + " has no such thing for this key")
                    : fail(Kind::not_found, "there is no community at " + base_.origin(),
                           "look at the address");
      case 403:
        return fail(Kind::refused, host() + " says no: " + first, "ask its admin");
      case 503:
        return fail(Kind::network, host() + " is busy", "try again later");
      default:
        if (answer.status >= 300 && answer.status < 400) {
          return fail(Kind::network, host() + " sends us elsewhere, where no token goes",
                      "look at the address: it is the one in the community's camp.toml");
        }
        return fail(Kind::network,
                    host() + " answers with " + std::to_string(answer.status) +
                        (first.empty() ? "" : ": " + first),
                    "try again later");
    }
  }

  Env env_;
  http::Url base_;
  std::string member_;
  std::shared_ptr<const crypto::SecretKey> key_;
  std::string claim_;
  std::int64_t behind_ms_ = 0;  ///< how far our clock is behind theirs, if that matters
  http::Client client_;
};

std::string git_path(const std::string& repository) { return "/git/" + repository + ".git"; }
std::string media_path(std::string_view repository, std::string_view sha256) {
  return "/clone/media/" + std::string(repository) + "/" + std::string(sha256);
}

/// An answer that is taken piece by piece: the exchange runs in a thread of its own, which waits
/// while nobody takes.
class PulledAnswer {
 public:
  using Sink = std::function<Result<void>(std::string_view)>;
  /// `exchange` hands what comes to the sink it is given.
  using Exchange = std::function<Result<void>(const Sink&)>;

  explicit PulledAnswer(Exchange exchange)
      : thread_([this, exchange = std::move(exchange)] { run(exchange); }) {}
  ~PulledAnswer() {
    {
      const std::lock_guard lock(mutex_);
      abandoned_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }
  PulledAnswer(const PulledAnswer&) = delete;
  PulledAnswer& operator=(const PulledAnswer&) = delete;

  /// The next bytes; empty when there are no more.
  Result<std::string> read() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !waiting_.empty() || ended_; });
    if (waiting_.empty() && !*ended_) return tl::unexpected<Error>(ended_->error());
    changed_.notify_all();
    return std::exchange(waiting_, {});
  }

 private:
  void run(const Exchange& exchange) {
    auto ended = exchange([this](std::string_view piece) { return put(piece); });
    const std::lock_guard lock(mutex_);
    ended_ = std::move(ended);
    changed_.notify_all();
  }

  Result<void> put(std::string_view piece) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() < kMostWaiting || abandoned_; });
    if (abandoned_) return fail(Kind::network, "nobody waits for the answer any more");
    waiting_ += piece;
    changed_.notify_all();
    return {};
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by `mutex_`:
  std::string waiting_;
  bool abandoned_ = false;
  std::optional<Result<void>> ended_;

  std::thread thread_;  // last: it uses all of the above
};

/// upload-pack behind two requests, which know nothing of each other.
class HttpCarrier : public git::Carrier {
 public:
  HttpCarrier(std::shared_ptr<Wire> wire, std::string repository, const git::TransferLimits& limits)
      : wire_(std::move(wire)), repository_(std::move(repository)), limits_(limits) {}

  Result<std::string> read() override {
    if (answer_) return answer_->read();
    return std::exchange(greeted_, true) ? std::string() : greeting();
  }

  Error broken_off() override {
    return {Kind::network, wire_->host() + " broke off", "try again later"};
  }

  Result<void> ask(const std::string& body) override {
    const std::uint64_t most = limits_.pack_bytes + limits_.pack_bytes / 64 + (1u << 20);
    auto request =
        wire_->request("POST", git_path(repository_) + "/git-upload-pack", std::size_t{most});
    request.limits.total = limits_.timeout;
    request.headers.set("Content-Type", "application/x-git-upload-pack-request");
    request.body = body;
    answer_ = std::make_unique<PulledAnswer>(
        [wire = wire_, scope = fetch_scope(repository_),
         request = std::move(request)](const PulledAnswer::Sink& sink) mutable -> Result<void> {
          request.sink = sink;
          CAMP_TRY(wire->enter(request, scope, Wire::Body::not_named));
          return {};
        });
    return {};
  }

  Result<void> finish() override {
    const std::string more = CAMP_TRY(answer_->read());
    if (more.empty()) return {};
    return fail(Kind::network, wire_->host() + " says more than there can be");
  }

  Result<void> leave() override { return {}; }

 private:
  /// What there is. The first line says only what was asked for.
  Result<std::string> greeting() {
    auto request = wire_->request("GET", git_path(repository_) + "/info/refs", kMaxAdvertisement);
    request.url.query = "service=git-upload-pack";
    auto answer = CAMP_TRY(wire_->enter(request, fetch_scope(repository_), Wire::Body::not_named));
    if (answer.headers.find("Content-Type") == "application/x-git-upload-pack-advertisement" &&
        answer.body.starts_with(kGreeting)) {
      return answer.body.substr(kGreeting.size());
    }
    return fail(Kind::network, wire_->host() + " does not speak as git does",
                "look whether the address is that of a community");
  }

  std::shared_ptr<Wire> wire_;
  std::string repository_;
  git::TransferLimits limits_;
  bool greeted_ = false;
  std::unique_ptr<PulledAnswer> answer_;
};

class HttpsOrigin : public Origin {
 public:
  explicit HttpsOrigin(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}

  Result<git::UploadPack> upload_pack(std::string_view repository,
                                      const git::TransferLimits& limits) override {
    return git::UploadPack::start(
        std::make_unique<HttpCarrier>(wire_, std::string(repository), limits), limits);
  }

  Result<std::vector<Answer>> submit(const std::vector<std::string>& lines) override {
    CAMP_TRY(require_somebody());
    std::vector<Answer> answers;
    for (std::size_t from = 0; from < lines.size();) {
      auto request = wire_->request("POST", "/clone/submit", kMaxAnswers);
      std::size_t end = from;
      do {
        request.body += lines[end++];
      } while (end < lines.size() && request.body.size() + lines[end].size() <= kBodyAtOnce);
      CAMP_TRY(submit(std::move(request), end - from, answers));
      // Whoever submits sees which lines were answered, and asks again for the rest.
      if (answers.size() < end) break;
      from = end;
    }
    return answers;
  }

  Result<std::string> get_media(std::string_view repository, std::string_view sha256) override {
    const auto request = wire_->request("GET", media_path(repository, sha256), kMaxMedia);
    auto answer = CAMP_TRY(wire_->send(request, media_scope(repository), Wire::Body::not_named));
    if (crypto::sha256_hex(answer.body) == sha256) return std::move(answer.body);
    return fail(Kind::refused, "the origin sent another picture than the one that was asked for",
                "nothing was taken from it");
  }

  Result<void> put_media(std::string_view repository, std::string_view sha256,
                         std::string_view bytes) override {
    CAMP_TRY(require_somebody());
    auto request = wire_->request("POST", media_path(repository, sha256), kMaxAnswers);
    request.headers.set("Content-Type", "application/octet-stream");
    request.body = bytes;
    CAMP_TRY(wire_->send(request, media_scope(repository), Wire::Body::named));
    return {};
  }

 private:
  Result<void> require_somebody() const {
    if (wire_->in_particular()) return {};
    return fail(Kind::refused, "nobody in particular cannot submit anything");
  }

  Result<void> submit(http::Outgoing request, std::size_t count, std::vector<Answer>& answers) {
    request.headers.set("Content-Type", "application/jsonl");
    const auto answer = CAMP_TRY(wire_->enter(request, submit_scope(), Wire::Body::named));
    const std::string_view said = answer.body;
    for (std::size_t at = 0; at < said.size();) {
      const std::size_t end = std::min(said.find('\n', at), said.size());
      if (count-- == 0) return fail(Kind::network, "the origin answers too much");
      answers.push_back(CAMP_TRY(parse_answer(said.substr(at, end - at))));
      at = end + 1;
    }
    return {};
  }

  std::shared_ptr<Wire> wire_;
};

}  // namespace

Result<http::Url> parse_https(const Env& env, const std::string& address) {
  const http::Policy policy = policy_of(env);
  const auto url = http::parse_url(address, policy);
  if (url && url->path == "/" && url->query.empty() && url->fragment.empty()) return *url;
  const bool plain = address.starts_with("http://");
  return fail(
      Kind::usage, "'" + for_terminal_line(address.substr(0, 200)) + "' is no address",
      plain ? "write https://host: nothing goes without TLS" : "write https://host, and no more");
}

Result<std::unique_ptr<Origin>> open_https(const Env& env, const std::string& address,
                                           const std::string& member, const Proof& proof) {
  auto url = CAMP_TRY(parse_https(env, address));
  if (!member.empty() && !proof.key) {
    return fail(Kind::refused, "there is no key here that says who you are",
                "give the code of your invitation, or your paper key with --paper-key-file FILE");
  }
  return std::unique_ptr<Origin>(
      std::make_unique<HttpsOrigin>(std::make_shared<Wire>(env, std::move(url), member, proof)));
}

}  // namespace camp::fed
