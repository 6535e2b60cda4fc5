// SPDX-License-Identifier: MIT
// Server and client with each other over TLS.
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "http/client.h"
#include "server_support.h"

namespace camp::http {
namespace {

const std::string kData = std::string(CAMP_TEST_DATA) + "/tls/";

ServerSettings secure() {
  ServerSettings settings;
  settings.certificate_file = kData + "localhost.pem";
  settings.key_file = kData + "localhost.key";
  return settings;
}

ClientSettings trusting() {
  return {.user_agent = "camp/0", .policy = {.loopback = true}, .ca_file = kData + "localhost.pem"};
}

Outgoing ask(const std::string& host, int port, const std::string& path = "/") {
  Outgoing request;
  const std::string text = "https://" + host + ":" + std::to_string(port) + path;
  request.url = parse_url(text, {.loopback = true}).value();
  return request;
}

TEST_CASE("pages go over TLS, large ones and streams too") {
  std::size_t pieces = 0;
  TestServer server(secure(), [&](const Request& request) {
    if (request.path == "/") return echo(request);
    Response response;
    if (request.path == "/large") response.body = std::string(900'000, 'x');
    if (request.path == "/stream") {
      response.more = [&]() -> Result<std::string> {
        return pieces++ < 50 ? std::string(16'000, 'y') : std::string();
      };
    }
    return response;
  });
  Client client(trusting());
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.exchange(ask("localhost", server.port()));
    REQUIRE(answer);
    CHECK(answer->body == "GET /  127.0.0.1 0");
  }
  CHECK(client.exchange(ask("127.0.0.1", server.port(), "/large"))->body ==
        std::string(900'000, 'x'));
  CHECK(client.exchange(ask("localhost", server.port(), "/stream"))->body ==
        std::string(800'000, 'y'));
  Outgoing post = ask("localhost", server.port());
  post.method = "POST";
  post.body = std::string(500'000, 'z');
  CHECK(client.exchange(post)->body == "POST /  127.0.0.1 500000");
  CHECK(server.stop());
}

TEST_CASE("the environment cannot ask for the keys of a connection") {
  char file[] = "/tmp/camp-http-keys-XXXXXX";
  const FileDescriptor fd(mkstemp(file));
  REQUIRE(fd.valid());
  setenv("SSLKEYLOGFILE", file, 1);  // counts when curl is started, in this process or another
  TestServer server(secure(), echo);
  Client client(trusting());
  CHECK(client.exchange(ask("localhost", server.port())));
  unsetenv("SSLKEYLOGFILE");
  CHECK(lseek(fd.get(), 0, SEEK_END) == 0);
  unlink(file);
}

TEST_CASE("a certificate that nobody vouches for, or of another host, is refused") {
  TestServer server(secure(), echo);
  const auto message_of = [](ClientSettings settings, const Outgoing& request) {
    const auto answer = Client(std::move(settings)).exchange(request);
    return answer ? "answered" : answer.error().message;
  };
  ClientSettings usual = trusting();
  usual.ca_file.clear();
  CHECK(message_of(usual, ask("localhost", server.port())) ==
        "localhost shows a certificate that is not valid");
  CHECK(message_of(trusting(), ask("127.0.0.2", server.port())) != "answered");
  TestServer all(
      [] {
        ServerSettings settings = secure();
        settings.listen = {"0.0.0.0:0"};
        return settings;
      }(),
      echo);
  CHECK(message_of(trusting(), ask("127.0.0.2", all.port())) ==
        "127.0.0.2 shows a certificate that is not valid");
}

TEST_CASE("what is no TLS keeps nobody waiting") {
  ServerSettings settings = secure();
  settings.limits.request = 500ms;
  TestServer server(std::move(settings), echo);
  RawClient plain(server.port()), silent(server.port());
  plain.say(get("/"));
  CHECK_FALSE(contains(plain.rest(), "HTTP/1.1 200"));
  CHECK(silent.rest().empty());
  TestServer unsafe({}, echo);
  const auto answer = Client(trusting()).exchange(ask("localhost", unsafe.port()));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == Kind::network);
}

TEST_CASE("a certificate is read anew; what cannot be used leaves the old one") {
  const std::string place = "/tmp/camp-http-tls-" + std::to_string(getpid());
  const auto install = [&](const std::string& file, const std::string& as) {
    std::filesystem::copy_file(kData + file, place + as,
                               std::filesystem::copy_options::overwrite_existing);
  };
  std::filesystem::create_directory(place);
  install("localhost.pem", "/certificate");
  install("localhost.key", "/key");
  ServerSettings settings;
  settings.certificate_file = place + "/certificate";
  settings.key_file = place + "/key";
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> heard;
  settings.certificate_read = [&](const Result<void>& read) {
    const std::lock_guard lock(mutex);
    heard.push_back(read ? "read" : read.error().message);
    changed.notify_all();
  };
  TestServer server(std::move(settings), echo);
  const auto reload = [&](std::size_t times) {
    (*server).reload_certificate();
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, kPatience, [&] { return heard.size() == times; }));
    return heard.back();
  };
  ClientSettings old_authority = trusting(), new_authority = trusting();
  new_authority.ca_file = kData + "renewed.pem";
  const auto answers = [&](const ClientSettings& trust) {
    return Client(trust).exchange(ask("localhost", server.port())).has_value();
  };
  Client kept(old_authority);
  CHECK(kept.exchange(ask("localhost", server.port())));
  install("other.key", "/key");
  CHECK(contains(reload(1), "cannot use the key in "));
  CHECK(answers(old_authority));
  install("renewed.pem", "/certificate");
  install("renewed.key", "/key");
  CHECK_FALSE(answers(new_authority));  // nobody has said so yet
  CHECK(reload(2) == "read");
  CHECK(answers(new_authority));
  CHECK_FALSE(answers(old_authority));
  CHECK(kept.exchange(ask("localhost", server.port())));  // over the connection that it has
  std::filesystem::remove_all(place);
}

TEST_CASE("a certificate needs its own key") {
  const auto problem = [](const std::string& certificate, const std::string& key) {
    ServerSettings settings;
    settings.listen = {"127.0.0.1:0"};
    settings.certificate_file = certificate.empty() ? "" : kData + certificate;
    settings.key_file = key.empty() ? "" : kData + key;
    const auto server = Server::open(std::move(settings));
    return server ? "none" : server.error().message;
  };
  CHECK(problem("localhost.pem", "localhost.key") == "none");
  CHECK(contains(problem("localhost.pem", "other.key"), "cannot use the key in "));
  CHECK(contains(problem("localhost.pem", "missing.key"), "cannot use the key in "));
  CHECK(contains(problem("missing.pem", "localhost.key"), "cannot use the certificate in "));
  CHECK(contains(problem("localhost.key", "localhost.key"), "cannot use the certificate in "));
  CHECK(contains(problem("localhost.pem", ""), "go together"));
  CHECK(contains(problem("", "localhost.key"), "go together"));
}

}  // namespace
}  // namespace camp::http
