// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>

#include "base/file_system.h"
#include "commands.h"
#include "common.h"
#include "fed/git_http.h"
#include "http/systemd.h"
#include "serve_postman.h"
#include "serve_worker.h"

namespace camp::cmd {
namespace {

constexpr auto kCertificateLook = std::chrono::seconds(60);

struct Options {
  std::vector<std::string> listen;
  std::vector<std::string> proxies;
  std::string certificate, key;
  bool insecure_http = false;
  bool authorized_fetch = false;
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

http::ServerSettings settings_for(Serving& serving, const Options& options,
                                  std::vector<int> sockets) {
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
  settings.certificate_read = [&serving](const Result<void>& read) {
    serving.context.out.note(
        "{}", cli::Foreign{read ? "the certificate was read anew"
                                : "the old certificate stays: " + read.error().message});
  };
  settings.make_handler = [&serving] { return make_handler(serving); };
  settings.log = [&serving](const http::Access& access) {
    serving.context.out.note("{}", cli::Foreign{access_line(access)});
  };
  settings.now_ms = serving.context.env.now_ms;
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

  Serving serving{context, community.directory().path(), site, client, options.authorized_fetch};
  auto server = CAMP_TRY(http::Server::open(
      settings_for(serving, options, CAMP_TRY(http::passed_sockets(context.env)))));
  serving.server = server.get();
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
    const Postman postman(serving);
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
