// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>

#include "base/file_system.h"
#include "commands.h"
#include "common.h"
#include "fed/describe.h"
#include "fed/discovery.h"
#include "fed/elsewhere.h"
#include "fed/federation.h"
#include "fed/git_http.h"
#include "fed/inbox_queue.h"
#include "fed/receive.h"
#include "http/server.h"
#include "http/systemd.h"
#include "web/serve.h"

namespace camp::cmd {
namespace {

constexpr auto kLook = std::chrono::milliseconds(200);  ///< for what the shell wrote
constexpr auto kTryAgain = std::chrono::milliseconds(5'000);
constexpr auto kCertificateLook = std::chrono::seconds(60);
constexpr auto kCare = std::chrono::hours(1);
constexpr std::int64_t kLongRun = 600'000;  ///< of deliveries, before the store is looked after

struct Options {
  std::vector<std::string> listen;
  std::vector<std::string> proxies;
  std::string certificate, key;
  bool insecure_http = false;
  bool authorized_fetch = false;
};

/// What all threads of one server share.
struct Shared {
  cli::Context& context;
  std::string directory;
  const fed::Site& site;
  http::Client& client;
  const Options& options;
  http::Server* server = nullptr;
  fed::InboxQueue inbox = {};

  std::mutex mutex = {};
  std::condition_variable wake = {};
  bool stopping = false;
  bool something_came = false;

  /// A line of the log, from any thread.
  void log(std::string line) {
    if (server == nullptr) return;
    server->post([this, line = std::move(line)] { context.out.note("{}", cli::Foreign{line}); });
  }

  void wake_postman() {
    const std::lock_guard lock(mutex);
    something_came = true;
    wake.notify_all();
  }
};

/// One worker's own store, and what it answers.
class Worker {
 public:
  static Result<std::unique_ptr<Worker>> open(Shared& shared) {
    auto community = std::make_unique<store::Community>(
        CAMP_TRY(store::Community::open(shared.directory, shared.context.env)));
    auto federation = CAMP_TRY(fed::Federation::open(*community, shared.site, shared.client));
    return std::unique_ptr<Worker>(new Worker(shared, std::move(community), std::move(federation)));
  }

  http::Response answer(const http::Request& request) {
    if (auto served = fed::serve_git(*community_, shared_.site.host(), request)) {
      return *std::move(served);
    }
    if (request.method == "POST" && fed::is_inbox(request.path)) return receive(request);
    if (auto follow = told_follow(request)) return *std::move(follow);
    if (auto found = fed::serve_discovery(discovery(), request)) return *std::move(found);
    const web::PageContext context = pages();
    if (auto page = web::serve_page(context, request)) return *std::move(page);
    return web::page_not_found(context);
  }

  fed::Federation& federation() { return *federation_; }
  store::Community& community() { return *community_; }

 private:
  Worker(Shared& shared, std::unique_ptr<store::Community> community,
         std::unique_ptr<fed::Federation> federation)
      : shared_(shared), community_(std::move(community)), federation_(std::move(federation)) {}

  http::Response receive(const http::Request& request) {
    fed::InboxContext inbox = federation_->inbox();
    auto reading = fed::read_message(inbox, request);
    if (auto* received = std::get_if<fed::Received>(&reading)) {
      return told(shared_, std::move(*received), request.peer);
    }
    http::Response response;
    response.later = [this, peer = request.peer,
                      message = std::get<fed::Message>(std::move(reading))](
                         const http::Respond& respond) mutable {
      fed::InboxContext context = federation_->inbox();
      // Another worker may take it: nothing of this one is used then.
      const auto answer = [&shared = shared_, peer, respond](fed::Received received) {
        respond(told(shared, std::move(received), peer));
      };
      shared_.inbox.bring(context, std::move(message), answer);
    };
    return response;
  }

  /// Logs what became of a message.
  static http::Response told(Shared& shared, fed::Received received, const std::string& peer) {
    if (!received.reason.empty()) {
      shared.log(fmt::format("inbox: {} of {}: {}", received.type.empty() ? "?" : received.type,
                             received.actor.empty() ? peer : received.actor, received.reason));
    }
    if (received.answer.status == 202) shared.wake_postman();
    return std::move(received.answer);
  }

  /// A Follow is nobody's to read, but whoever was sent it may look it up by its id.
  std::optional<http::Response> told_follow(const http::Request& request) {
    const auto id = shared_.site.object_in(shared_.site.origin() + request.path);
    if (!id || (request.method != "GET" && request.method != "HEAD")) return std::nullopt;
    const auto told = fed::told_follow(federation_->db(), *id);
    if (!told || told->empty()) return std::nullopt;
    http::Response found;
    found.headers.set("Content-Type", "application/activity+json");
    found.headers.set("Cache-Control", "private, no-store");
    found.body = *told;
    return found;
  }

  fed::DiscoveryContext discovery() {
    fed::DiscoveryContext context{.community = *community_,
                                  .site = shared_.site,
                                  .version = CAMP_VERSION,
                                  .elsewhere = fed::elsewhere_known(*community_, federation_->db()),
                                  .authorized_fetch = shared_.options.authorized_fetch};
    context.describe = [this](const OwnerId& member, fed::ActorProfile& profile) {
      return fed::describe_member(*community_, shared_.site, member, profile);
    };
    context.signer = [this](const http::Request& request) {
      fed::InboxContext inbox = federation_->inbox();
      return fed::signer_of(inbox, request);
    };
    context.is_blocked = [this](const OwnerId& member, const std::string& actor) {
      return fed::is_blocked_by(*community_, federation_->db(), member, actor);
    };
    return context;
  }

  web::PageContext pages() {
    return {.community = *community_,
            .site = shared_.site,
            .server = &federation_->db(),
            .memory = &page_memory_,
            .report = [this](const Error& error) { shared_.log("a page: " + error.message); }};
  }

  Shared& shared_;
  std::unique_ptr<store::Community> community_;
  std::unique_ptr<fed::Federation> federation_;
  web::PageMemory page_memory_;
};

http::Response busy() {
  http::Response sorry{.status = 503};
  sorry.headers.set("Retry-After", "10");
  return sorry;
}

/// A worker that could not begin, because somebody else was at the files, tries with every request.
http::Handler make_handler(Shared& shared) {
  auto owned = std::make_shared<std::unique_ptr<Worker>>();
  const auto begin = [&shared, owned] {
    auto worker = Worker::open(shared);
    if (!worker) {
      shared.log("a worker could not begin: " + worker.error().message);
      return false;
    }
    *owned = *std::move(worker);
    return true;
  };
  begin();
  return [owned, begin](const http::Request& request) {
    return *owned || begin() ? (*owned)->answer(request) : busy();
  };
}

/// Tells other servers what is new, as soon as it is; looks after the store once an hour. Another
/// thread fetches what waits to be fetched.
class Postman {
 public:
  explicit Postman(Shared& shared)
      : shared_(shared), mail_([this] { carry_mail(); }), errands_([this] { run_errands(); }) {}
  ~Postman() {
    {
      const std::lock_guard lock(shared_.mutex);
      shared_.stopping = true;
      shared_.wake.notify_all();
    }
    mail_.join();
    errands_.join();
  }

 private:
  bool wait(std::chrono::milliseconds how_long) {
    std::unique_lock lock(shared_.mutex);
    shared_.wake.wait_for(lock, how_long,
                          [&] { return shared_.stopping || shared_.something_came; });
    shared_.something_came = false;
    return !shared_.stopping;
  }

  bool stopping() {
    const std::lock_guard lock(shared_.mutex);
    return shared_.stopping;
  }

  /// A store of this thread's own; nothing when the server ends before it can be had.
  std::unique_ptr<Worker> open_worker() {
    while (true) {
      auto worker = Worker::open(shared_);
      if (worker) return *std::move(worker);
      shared_.log("nothing can be sent yet: " + worker.error().message);
      if (!wait(kTryAgain)) return nullptr;
    }
  }

  void run_errands() {
    const auto worker = open_worker();
    auto pause = std::chrono::milliseconds(kLook);
    while (worker && wait(pause)) {
      pause = kLook;
      const auto done = look_for_errands(*worker);
      if (done) continue;
      shared_.log("fetching: " + done.error().message);
      pause = kTryAgain;
    }
  }

  Result<void> look_for_errands(Worker& worker) {
    if (!CAMP_TRY(worker.federation().has_errands())) return {};
    CAMP_TRY(worker.federation().run_errands({.stop = [&] { return stopping(); }}));
    return {};
  }

  void carry_mail() {
    const auto worker = open_worker();
    auto next_care = std::chrono::steady_clock::now();
    auto pause = std::chrono::milliseconds(kLook);
    std::optional<FileLock> alone;
    while (worker && wait(pause)) {
      pause = kLook;
      // A sync that is at it ends soon; another server goes on.
      if (!alone) alone = begin(worker->community());
      if (!alone) continue;
      if (const auto done = look(*worker); !done) {
        shared_.log("sending: " + done.error().message);
        pause = kTryAgain;
      }
      if (std::chrono::steady_clock::now() < next_care) continue;
      next_care = std::chrono::steady_clock::now() + kCare;
      if (const auto done = care(*worker); !done) shared_.log("care: " + done.error().message);
    }
  }

  /// The right to send, unless somebody else has it.
  std::optional<FileLock> begin(const store::Community& community) {
    auto lock = fed::lock_sending(community);
    if (lock) return *std::move(lock);
    if (lock.error().kind != Kind::busy) shared_.log("sending: " + lock.error().message);
    return std::nullopt;
  }

  Result<void> look(Worker& worker) {
    if (!CAMP_TRY(worker.federation().has_work())) return {};
    const auto tell = [&](const index::Delivery& delivery, std::string_view problem) {
      shared_.log(fmt::format("to {}: {}", delivery.host, problem.empty() ? "delivered" : problem));
    };
    const fed::DeliveryRun run{
        .parallel = 16, .budget_ms = kLongRun, .stop = [&] { return stopping(); }, .log = tell};
    CAMP_TRY(worker.federation().send(run));
    return {};
  }

  Result<void> care(Worker& worker) {
    CAMP_TRY(worker.federation().tidy());
    auto writer = CAMP_TRY(worker.community().write());
    return writer.maintain();
  }

  Shared& shared_;
  std::thread mail_, errands_;
};

std::atomic<http::Server*> running = nullptr;

void stop_running(int) {
  if (http::Server* server = running.load()) server->stop();
}

void reload_running(int) {
  if (http::Server* server = running.load()) server->reload_certificate();
}

/// Ends the server in peace on SIGTERM and Ctrl-C, and when its terminal is closed. Without a
/// terminal a hang-up says that there is a new certificate, as service managers use it.
class Signals {
 public:
  explicit Signals(http::Server* server) {
    running = server;
    handle(SIGTERM, stop_running, term_);
    handle(SIGINT, stop_running, interrupt_);
    handle(SIGHUP, ::isatty(STDERR_FILENO) != 0 ? stop_running : reload_running, hang_up_);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() {
    ::sigaction(SIGTERM, &term_, nullptr);
    ::sigaction(SIGINT, &interrupt_, nullptr);
    ::sigaction(SIGHUP, &hang_up_, nullptr);
    running = nullptr;
  }

 private:
  static void handle(int signal, void (*handler)(int), struct sigaction& before) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    ::sigaction(signal, &action, &before);
  }

  struct sigaction term_ {
  }, interrupt_{}, hang_up_{};
};

/// Notices that somebody renewed the certificate: other times of its two files than at the last
/// look. Files that cannot be used are tried once; then the next change is waited for.
class CertificateWatch {
 public:
  explicit CertificateWatch(const Options& options) : options_(options), seen_(stamp()) {}

  bool has_changed() {
    const Stamp before = std::exchange(seen_, stamp());
    return seen_ != before;
  }

 private:
  using Stamp = std::array<std::filesystem::file_time_type, 2>;
  Stamp stamp() const {
    std::error_code ignored;  // a file that is gone has a time too: the lowest
    return {std::filesystem::last_write_time(options_.certificate, ignored),
            std::filesystem::last_write_time(options_.key, ignored)};
  }

  const Options& options_;
  Stamp seen_;
};

Result<void> require_servable(const store::Community& community) {
  const store::Settings& settings = community.settings();
  if (settings.is_clone()) {
    return fail(Kind::refused, "a clone is not served: its origin is",
                "run 'camp serve' in " + settings.origin);
  }
  if (settings.host.empty()) {
    return fail(Kind::refused, "this community has no host",
                "write host = \"your.domain\" into camp.toml: it can never change afterwards");
  }
  const auto root = CAMP_TRY(Directory::open(community.directory().path()));
  const auto file = CAMP_TRY(root.open_file("camp.toml"));
  if (is_network_file_system(file.get())) {
    return fail(Kind::refused, "a network file system has no locks that can be trusted",
                "put the community on a disk of this machine");
  }
  return {};
}

/// Plain http is for tests on one machine, and a community of such a test for nothing else.
Result<void> require_matching_scheme(const std::string& host, const Options& options) {
  const bool loopback = fed::is_loopback_host(host);
  if (options.insecure_http && !loopback) {
    return fail(Kind::refused, "--insecure-http is for hosts on this machine, not for " + host,
                "put a proxy with TLS in front, see camp-serve(1)");
  }
  if (loopback && !options.insecure_http) {
    return fail(Kind::refused, "no other server can reach " + host,
                "give the community a domain, or add --insecure-http to try it on this machine");
  }
  return {};
}

Result<void> require_real_clock(const cli::Context& context, bool loopback_only) {
  for (const char* name : {"CAMP_NOW", "CAMP_SEED"}) {
    if (!loopback_only && context.env.variable(name)) {
      return fail(Kind::refused, std::string(name) + " is for tests on this machine", "unset it");
    }
  }
  return {};
}

bool is_loopback_address(const std::string& address) {
  return address.starts_with("127.") || address.starts_with("[::1]:") ||
         address.starts_with("localhost:") || address.starts_with("unix:");
}

std::string access_line(const http::Access& access) {
  return fmt::format("{} {} {} {} {} B {} ms{}", access.peer,
                     access.method.empty() ? "-" : access.method,
                     access.path.empty() ? "-" : access.path, access.status, access.bytes,
                     access.ms, access.complete ? "" : ", broken off");
}

http::ServerSettings settings_for(Shared& shared, std::vector<int> sockets) {
  const Options& options = shared.options;
  http::ServerSettings settings;
  settings.listen = options.listen;
  if (settings.listen.empty() && sockets.empty()) settings.listen = {"127.0.0.1:8080"};
  settings.sockets = std::move(sockets);
  settings.loopback_only = options.insecure_http;
  settings.certificate_file = options.certificate;
  settings.key_file = options.key;
  settings.trusted_proxies = options.proxies;
  settings.body_limit = [most = settings.limits.body_bytes](std::string_view method,
                                                            std::string_view path) {
    return fed::git_body_limit(method, path).value_or(most);
  };
  settings.before_body = fed::refuse_unsigned;
  settings.lane = fed::git_lane;
  settings.certificate_read = [&shared](const Result<void>& read) {
    shared.context.out.note(
        "{}", cli::Foreign{read ? "the certificate was read anew"
                                : "the old certificate stays: " + read.error().message});
  };
  settings.make_handler = [&shared] { return make_handler(shared); };
  settings.log = [&shared](const http::Access& access) {
    shared.context.out.note("{}", cli::Foreign{access_line(access)});
  };
  settings.now_ms = shared.context.env.now_ms;
  return settings;
}

Result<void> run(cli::Context& context, const Options& options) {
  auto community = CAMP_TRY(ops::open_community(context.env, context.globals.directory));
  CAMP_TRY(require_servable(community));
  const std::string host = community.settings().host;
  CAMP_TRY(require_matching_scheme(host, options));
  const bool all_loopback =
      std::all_of(options.listen.begin(), options.listen.end(), is_loopback_address);
  CAMP_TRY(require_real_clock(context, all_loopback));
  const fed::Site site = CAMP_TRY(fed::Site::make(host, options.insecure_http));
  http::ClientSettings client_settings;
  client_settings.user_agent = fed::user_agent(site, CAMP_VERSION);
  client_settings.policy = site.policy();
  client_settings.connections = 24;
  client_settings.connections_per_host = 2;
  http::Client client(client_settings);

  Shared shared{context, community.directory().path(), site, client, options};
  auto server = CAMP_TRY(
      http::Server::open(settings_for(shared, CAMP_TRY(http::passed_sockets(context.env)))));
  shared.server = server.get();
  for (const std::string& address : server->addresses()) {
    context.out.note("{} on {}", cli::Own{site.origin()}, cli::Own{address});
  }
  const Signals signals(server.get());
  CertificateWatch watch(options);
  if (!options.certificate.empty()) {
    server->every(kCertificateLook, [&] {
      if (watch.has_changed()) server->reload_certificate();
    });
  }
  Result<void> served = {};
  {
    const Postman postman(shared);
    http::notify_service_manager(context.env, "READY=1");
    served = server->run();
    http::notify_service_manager(context.env, "STOPPING=1");
    client.cancel();
  }
  return served;
}

}  // namespace

cli::Command serve_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "serve",
      .summary = "Serve the community to the web and to other servers",
      .details =
          "Answers what other servers of the fediverse ask and send, shows public posts as pages, "
          "and delivers what members write as soon as they write it. It stands behind a proxy "
          "that speaks TLS (camp-serve(1) has examples), or speaks TLS itself with "
          "--certificate and --key. Shell, cron and this may work in the same directory at the "
          "same time. What is local goes to members' own clones, and to nobody else.",
      .group = cli::Group::care,
      .options = {{.name = "listen",
                   .value = "ADDR:PORT",
                   .help = "where to listen, or unix:PATH; may be given again (127.0.0.1:8080)",
                   .to = &options->listen},
                  {.name = "proxy",
                   .value = "ADDR",
                   .help = "a proxy whose X-Forwarded-For is believed",
                   .to = &options->proxies},
                  {.name = "certificate",
                   .value = "FILE",
                   .help = "a certificate with its chain, to speak TLS without a proxy",
                   .complete = cli::complete_files(),
                   .to = &options->certificate},
                  {.name = "key",
                   .value = "FILE",
                   .help = "the certificate's key",
                   .complete = cli::complete_files(),
                   .to = &options->key},
                  {.name = "authorized-fetch",
                   .help = "show posts as data only to servers that sign their requests",
                   .to = &options->authorized_fetch},
                  {.name = "insecure-http",
                   .help = "plain http, for tests on this machine alone",
                   .to = &options->insecure_http}},
      .examples = {{"camp serve", "behind a proxy on the same machine"},
                   {"camp serve --listen unix:/run/camp/http", ""}},
      .exits = {Kind::refused, Kind::damaged, Kind::busy},
      .needs = cli::Needs::read,
      .run = [options](cli::Context& context) { return run(context, *options); },
  };
}

}  // namespace camp::cmd
