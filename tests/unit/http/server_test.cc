// SPDX-License-Identifier: MIT
// How the server answers, streams, listens and stops.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <stdexcept>

#include "http/systemd.h"
#include "server_support.h"

namespace camp::http {
namespace {

TEST_CASE("requests of one connection are answered in their order") {
  TestServer server({}, echo);
  RawClient client(server.port());
  std::string all;
  for (int i = 0; i < 50; ++i) all += get("/" + std::to_string(i));
  client.say(all + get("/last", "Connection: close\r\n") + get("/never"));
  for (int i = 0; i < 50; ++i) {
    CHECK(client.answer().body == "GET /" + std::to_string(i) + "  127.0.0.1 0");
  }
  const RawAnswer last = client.answer();
  CHECK(contains(last.head, "\r\nConnection: close\r\n"));
  CHECK(client.rest().empty());
}

TEST_CASE("an answer is what the handler says and what framing needs, no more") {
  ServerSettings settings;
  settings.now_ms = [] { return std::int64_t{1795514400000}; };
  TestServer server(std::move(settings), [](const Request& request) {
    Response response;
    if (request.path == "/none") response.status = 204;
    if (request.path == "/same") response = {304, {{"ETag", "\"a\""}}, "not sent", {}};
    if (request.path == "/odd") {
      response = {203,
                  {{"Connection", "x"}, {"Content-Length", "7"}, {"Transfer-Encoding", "x"}},
                  "abc",
                  {}};
    }
    return response;
  });
  RawClient client(server.port());
  const std::string date = "Date: Tue, 24 Nov 2026 10:00:00 GMT\r\n";
  CHECK(client.ask(get("/")).head == "HTTP/1.1 200 OK\r\n" + date + "Content-Length: 0\r\n\r\n");
  CHECK(client.ask(get("/none")).head == "HTTP/1.1 204 No Content\r\n" + date + "\r\n");
  CHECK(client.ask(get("/same")).head ==
        "HTTP/1.1 304 Not Modified\r\n" + date + "ETag: \"a\"\r\n\r\n");
  const RawAnswer odd = client.ask(get("/odd"));
  CHECK(odd.head == "HTTP/1.1 203 Status\r\n" + date + "Content-Length: 3\r\n\r\n");
  CHECK(odd.body == "abc");
}

TEST_CASE("a HEAD is answered like a GET without its body") {
  std::atomic<int> made{0};
  TestServer server({}, [&](const Request& request) {
    Response response = echo(request);
    if (request.path == "/size") response = {200, {{"Content-Length", "123456"}}, "", {}};
    if (request.path == "/stream") {
      response.more = [&]() -> Result<std::string> {
        ++made;
        return std::string("x");
      };
    }
    return response;
  });
  RawClient client(server.port());
  CHECK(contains(client.ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").head, "Content-Length: 19\r\n"));
  CHECK(contains(client.ask("HEAD /size HTTP/1.1\r\nHost: a\r\n\r\n").head,
                 "Content-Length: 123456\r\n"));
  CHECK(contains(client.ask("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n").head, "chunked\r\n"));
  CHECK(client.ask(get("/after")).body == "GET /after  127.0.0.1 0");
  CHECK(made == 0);
}

TEST_CASE("a handler's mistake is a 500, and nothing of it is told") {
  TestServer server({}, [](const Request& request) -> Response {
    if (request.path == "/throw") throw std::runtime_error("secret");
    Response response;
    if (request.path == "/field") response.headers = {{"X", "a\r\nSet-Cookie: b"}};
    if (request.path == "/name") response.headers = {{"X: y\r\nZ", "a"}};
    if (request.path == "/status") response.status = 99;
    return response;
  });
  RawClient client(server.port());
  for (const char* path : {"/throw", "/field", "/name", "/status"}) {
    INFO(path);
    const RawAnswer answer = client.ask(get(path));
    CHECK(answer.status == 500);
    CHECK_FALSE(contains(answer.head + answer.body, "secret"));
    CHECK_FALSE(contains(answer.head, "Cookie"));
  }
  CHECK(client.ask(get("/")).status == 200);
}

TEST_CASE("an answer may come later and from another thread, and keeps no worker waiting") {
  std::mutex mutex;
  std::vector<Respond> waiting;
  Gate gate;
  TestServer server({.workers = 1}, [&](const Request& request) {
    Response response = echo(request);
    if (request.path != "/later") return response;
    response.later = [&](Respond respond) {
      const std::lock_guard lock(mutex);
      waiting.push_back(std::move(respond));
      gate.pass();
    };
    return response;
  });
  gate.open();
  RawClient first(server.port()), second(server.port()), third(server.port());
  first.say(get("/later"));
  second.say(get("/later"));
  REQUIRE(gate.reached(2));
  CHECK(third.ask(get("/now")).status == 200);
  {
    const std::lock_guard lock(mutex);
    waiting[0]({.status = 202, .body = "late"});
    waiting[0]({.status = 500});  // only the first counts
    waiting.clear();
  }
  // Which of the two connections was first is the kernel's choice.
  const RawAnswer one = first.answer(), other = second.answer();
  CHECK(std::set<int>{one.status, other.status} == std::set<int>{202, 500});
  CHECK((one.status == 202 ? one : other).body == "late");
  CHECK(first.ask(get("/now")).status == 200);
}

TEST_CASE("an answer that comes later than its reader left is nobody's") {
  std::mutex mutex;
  Respond waiting;
  Gate gate;
  TestServer server({.workers = 1}, [&](const Request& request) {
    Response response = echo(request);
    if (request.path == "/throw") response.later = [](const Respond&) { throw 1; };
    if (request.path == "/later") {
      response.later = [&](Respond respond) {
        const std::lock_guard lock(mutex);
        waiting = std::move(respond);
        gate.pass();
      };
    }
    return response;
  });
  gate.open();
  {
    RawClient gone(server.port());
    gone.say(get("/later"));
    REQUIRE(gate.reached(1));
  }
  CHECK(RawClient(server.port()).ask(get("/throw")).status == 500);
  {
    const std::lock_guard lock(mutex);
    waiting({.status = 202});
    waiting = nullptr;
  }
  CHECK(RawClient(server.port()).ask(get("/now")).status == 200);
}

TEST_CASE("a method that is not used here is told which are") {
  TestServer server({}, echo);
  const RawAnswer answer =
      RawClient(server.port()).ask("PATCH / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  CHECK(answer.status == 405);
  CHECK(contains(answer.head, "\r\nAllow: GET, HEAD, POST, OPTIONS\r\n"));
}

TEST_CASE("who ends their side after a request is answered") {
  Gate gate;
  TestServer server({}, [&](const Request& request) {
    gate.pass();
    return echo(request);
  });
  RawClient client(server.port());
  client.say(get("/"));
  client.say_end();
  REQUIRE(gate.reached(1));
  gate.open();
  CHECK(client.answer().body == "GET /  127.0.0.1 0");
  CHECK(client.ends());
}

TEST_CASE("an idle connection is closed, silently") {
  ServerSettings settings;
  settings.limits.idle = 400ms;
  TestServer server(std::move(settings), echo);
  RawClient client(server.port());
  CHECK(client.ask(get("/")).status == 200);
  CHECK(client.rest().empty());
}

TEST_CASE("each request is logged once, without its query") {
  TestServer server({}, echo);
  RawClient client(server.port());
  client.ask(get("/a?token=secret"));
  client.say("nonsense\r\n\r\n");
  client.rest();
  const auto log = server.log(2);
  REQUIRE(log.size() == 2);
  CHECK(log[0].method == "GET");
  CHECK(log[0].path == "/a");
  CHECK(log[0].status == 200);
  CHECK(log[0].peer == "127.0.0.1");
  CHECK(log[0].bytes == std::string("GET /a token=secret 127.0.0.1 0").size());
  CHECK(log[0].complete);
  CHECK(log[1].status == 400);
  CHECK(log[1].method.empty());
}

// --- streams

/// Pieces of a stream that can be told apart, and what became of it.
struct Stream {
  std::size_t pieces = 0, piece_bytes = 0;
  std::optional<std::size_t> fails_at = {};
  std::atomic<std::size_t> made{0};
  std::atomic<bool> ended{false};
  std::atomic<bool> same_thread{true};

  std::string piece(std::size_t number) const {
    return std::string(piece_bytes, static_cast<char>('a' + number % 26));
  }
  Response response() {
    const auto thread = std::this_thread::get_id();
    const auto held = std::shared_ptr<void>(nullptr, [this, thread](void*) {
      if (std::this_thread::get_id() != thread) same_thread = false;
      ended = true;
    });
    Response response;
    response.more = [this, held, thread]() -> Result<std::string> {
      if (std::this_thread::get_id() != thread) same_thread = false;
      if (fails_at && made == *fails_at) return fail(Kind::failed, "no more");
      if (made == pieces) return std::string();
      return piece(made++);
    };
    return response;
  }
  bool waits_for_end() const {
    for (int i = 0; i < 1000 && !ended; ++i) std::this_thread::sleep_for(20ms);
    return ended;
  }
};

TEST_CASE("a stream arrives whole, at a slow reader too, and is made as it is taken") {
  Stream stream{.pieces = 4000, .piece_bytes = 16'000};  // 64 MB
  TestServer server({}, [&](const Request& request) {
    return request.path == "/stream" ? stream.response() : echo(request);
  });
  RawClient client(server.port(), 32'768);
  client.say(get("/stream", "Connection: close\r\n"));
  // As long as nothing is read, what is made stays within what the kernel buffers and one piece.
  std::size_t before = 0;
  for (int still = 0; still < 5;) {
    std::this_thread::sleep_for(100ms);
    const std::size_t made = stream.made;
    still = made > 0 && made == before ? still + 1 : 0;
    before = made;
  }
  CHECK(before * stream.piece_bytes < 24u << 20);
  CHECK(RawClient(server.port()).ask(get("/")).status == 200);
  const std::string all = client.rest();
  const std::size_t head = all.find("\r\n\r\n");
  CHECK(contains(all.substr(0, head), "\r\nTransfer-Encoding: chunked"));
  const auto body = unchunked(std::string_view(all).substr(head + 4));
  REQUIRE(body);
  std::string expected;
  for (std::size_t i = 0; i < stream.pieces; ++i) expected += stream.piece(i);
  CHECK(*body == expected);
  CHECK(stream.waits_for_end());
  CHECK(stream.same_thread);
  CHECK(server.log(2).back().bytes == expected.size());
}

TEST_CASE("a stream that fails is cut, so that nobody takes a part for the whole") {
  Stream stream{.pieces = 100, .piece_bytes = 1000, .fails_at = 3};
  TestServer server({}, [&](const Request&) { return stream.response(); });
  RawClient client(server.port());
  client.say(get("/"));
  const std::string all = client.rest();
  CHECK_FALSE(unchunked(all.substr(std::min(all.find("\r\n\r\n"), all.size() - 4) + 4)));
  CHECK(stream.waits_for_end());
  CHECK(stream.same_thread);
  const auto log = server.log(1);
  REQUIRE(log.size() == 1);
  CHECK_FALSE(log[0].complete);
}

TEST_CASE("a stream of an announced length goes without chunks and keeps the connection") {
  Stream right{.pieces = 3, .piece_bytes = 10}, wrong{.pieces = 2, .piece_bytes = 10};
  TestServer server({}, [&](const Request& request) {
    Response response = request.path == "/right"   ? right.response()
                        : request.path == "/wrong" ? wrong.response()
                                                   : echo(request);
    if (response.more) response.headers = {{"Content-Length", "30"}};
    return response;
  });
  RawClient client(server.port());
  CHECK(client.ask(get("/right")).body == right.piece(0) + right.piece(1) + right.piece(2));
  CHECK(client.ask(get("/")).status == 200);
  client.say(get("/wrong"));
  CHECK(client.answer().body.size() < 30);
  CHECK(client.ends());
}

TEST_CASE("for HTTP/1.0 the end of a stream is the end of the connection, and a cut is a reset") {
  Stream right{.pieces = 3, .piece_bytes = 10};
  Stream wrong{.pieces = 3, .piece_bytes = 10, .fails_at = 2};
  TestServer server({}, [&](const Request& request) {
    return request.path == "/right" ? right.response() : wrong.response();
  });
  RawClient client(server.port());
  client.say("GET /right HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
  const std::string all = client.rest();
  CHECK(all.substr(all.find("\r\n\r\n") + 4).size() == 30);
  CHECK_FALSE(client.reset());
  RawClient other(server.port());
  other.say("GET /wrong HTTP/1.0\r\nHost: a\r\n\r\n");
  other.rest();
  CHECK(other.reset());
}

TEST_CASE("a stream ends when its reader goes") {
  Stream stream{.pieces = 1u << 30, .piece_bytes = 16'000};
  ServerSettings settings;
  settings.lane = [](const Request&) { return Lane::slow; };
  settings.limits.slow_requests = 1;
  TestServer server(std::move(settings), [&](const Request& request) {
    return request.path == "/stream" ? stream.response() : echo(request);
  });
  {
    RawClient client(server.port());
    client.say(get("/stream"));
    REQUIRE(client.hear());
  }
  CHECK(stream.waits_for_end());
  CHECK(stream.same_thread);
  CHECK(RawClient(server.port()).ask(get("/")).status == 200);  // its place is free again
}

TEST_CASE("a reader who takes nothing is cut") {
  ServerSettings settings;
  settings.limits.write = 500ms;
  Stream stream{.pieces = 1u << 30, .piece_bytes = 16'000};
  TestServer server(std::move(settings), [&](const Request& request) {
    if (request.path == "/stream") return stream.response();
    Response response;
    response.body = std::string(64u << 20, 'x');
    return response;
  });
  RawClient first(server.port(), 4096), second(server.port(), 4096);
  first.say(get("/"));
  second.say(get("/stream"));
  const auto log = server.log(2);
  REQUIRE(log.size() == 2);
  CHECK_FALSE(log[0].complete);
  CHECK_FALSE(log[1].complete);
  CHECK(stream.waits_for_end());
}

TEST_CASE("streams of one worker take turns with new requests") {
  Stream stream{.pieces = 1u << 30, .piece_bytes = 4'000};
  ServerSettings settings;
  settings.workers = 1;
  TestServer server(std::move(settings), [&](const Request& request) {
    if (request.path != "/stream") return echo(request);
    Response response;
    response.more = [&]() -> Result<std::string> {
      std::this_thread::sleep_for(2ms);  // several together keep the worker busy all the time
      return stream.piece(stream.made++);
    };
    return response;
  });
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 8; ++i) {
    readers.emplace_back([&] {
      RawClient client(server.port());
      client.say(get("/stream"));
      while (!done && client.hear()) client.heard().clear();
    });
  }
  int answered = 0;
  for (int i = 0; i < 20; ++i) {
    answered += RawClient(server.port()).ask(get("/")).status == 200 ? 1 : 0;
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(answered == 20);
}

// --- workers and lanes

TEST_CASE("each worker has a handler of its own, made and used in its thread") {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::atomic<bool> own_thread{true};
  std::atomic<int> made{0};
  Gate gate;
  ServerSettings settings;
  settings.workers = 3;
  settings.make_handler = [&] {
    ++made;
    const auto thread = std::this_thread::get_id();
    return [&, thread](const Request& request) {
      if (std::this_thread::get_id() != thread) own_thread = false;
      {
        const std::lock_guard lock(mutex);
        threads.insert(thread);
      }
      gate.pass();
      return echo(request);
    };
  };
  TestServer server(std::move(settings));
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->say(get("/"));
  }
  REQUIRE(gate.reached(3));
  gate.open();
  for (const auto& client : clients) CHECK(client->answer().status == 200);
  server.stop();
  CHECK(threads.size() == 3);
  CHECK(own_thread);
  CHECK(made == 4);  // the slow lane's as well
}

TEST_CASE("slow requests keep no page waiting, and have a limit of their own") {
  Gate gate;
  ServerSettings settings;
  settings.workers = 1;
  settings.limits.slow_requests = 2;
  settings.lane = [](const Request& request) {
    return request.path == "/slow" ? Lane::slow : Lane::fast;
  };
  TestServer server(std::move(settings), [&](const Request& request) {
    if (request.path == "/slow") gate.pass();
    return echo(request);
  });
  RawClient first(server.port()), second(server.port()), third(server.port());
  first.say(get("/slow"));
  REQUIRE(gate.reached(1));
  second.say(get("/slow"));
  RawAnswer refused;
  // The second waits in line; when it does, the next is refused. Until then that one is the second.
  for (int i = 0; i < 200 && refused.status == 0; ++i) {
    CHECK(RawClient(server.port()).ask(get("/page")).status == 200);
    if (i == 5) third.say(get("/slow"));
    if (i >= 5 && third.hear(50ms)) refused = third.answer();
  }
  CHECK(refused.status == 503);
  gate.open();
  CHECK(first.answer().status == 200);
  CHECK(second.answer().status == 200);
}

// --- the loop

TEST_CASE("tasks run in the loop, once or again and again") {
  TestServer server({}, echo);
  std::atomic<int> ticks{0};
  std::thread::id loop, ticker;
  Gate once, thrice;
  (*server).post([&] {
    loop = std::this_thread::get_id();
    once.pass();
  });
  once.open();
  (*server).every(20ms, [&] {
    ticker = std::this_thread::get_id();
    if (++ticks == 3) thrice.pass();
  });
  thrice.open();
  REQUIRE(once.reached(1));
  REQUIRE(thrice.reached(1));
  server.stop();
  CHECK(loop == ticker);
  CHECK(loop != std::this_thread::get_id());
}

TEST_CASE("a stop lets what is being answered end, and takes no more") {
  Gate gate;
  TestServer server({}, [&](const Request& request) {
    if (request.path == "/wait") gate.pass();
    return echo(request);
  });
  RawClient idle(server.port()), busy(server.port());
  REQUIRE(idle.ask(get("/")).status == 200);
  busy.say(get("/wait"));
  REQUIRE(gate.reached(1));
  (*server).stop();
  CHECK(idle.ends());
  CHECK_FALSE(RawClient(server.port()).connected());
  gate.open();
  const RawAnswer answer = busy.answer();
  CHECK(answer.status == 200);
  CHECK(contains(answer.head, "\r\nConnection: close\r\n"));
  CHECK(server.stop());
}

TEST_CASE("a stop does not wait for ever for a reader") {
  ServerSettings settings;
  settings.limits.stop = 300ms;
  Stream stream{.pieces = 1u << 30, .piece_bytes = 16'000};
  TestServer server(std::move(settings), [&](const Request&) { return stream.response(); });
  RawClient client(server.port());
  client.say(get("/"));
  REQUIRE(client.hear());
  CHECK(server.stop());
  CHECK(stream.ended);
}

// --- where it listens

TEST_CASE("a Unix socket is served, taken over when its server died, and removed at the end") {
  char directory[] = "/tmp/camp-http-XXXXXX";
  REQUIRE(mkdtemp(directory) != nullptr);
  const std::string path = std::string(directory) + "/camp.sock";
  for (int round = 0; round < 2; ++round) {
    ServerSettings settings;
    settings.listen = {"unix:" + path};
    TestServer server(std::move(settings), echo);
    CHECK((*server).addresses() == std::vector<std::string>{"unix:" + path});
    struct stat status {};
    REQUIRE(lstat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0660);
    CHECK(RawClient(path).ask(get("/")).body == "GET /  unix 0");
    CHECK(RawClient(path).ask(get("/", "X-Forwarded-For: 192.0.2.1\r\n")).body ==
          "GET /  192.0.2.1 0");
    // A second server does not take it away from the first.
    const auto other = Server::open({.listen = {"unix:" + path}});
    REQUIRE_FALSE(other);
    CHECK(contains(other.error().message, "cannot listen on unix:"));
    CHECK(server.stop());
    CHECK(lstat(path.c_str(), &status) != 0);
    // What a killed server leaves behind.
    const FileDescriptor dead(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  unlink(path.c_str());
  CHECK(rmdir(directory) == 0);
}

TEST_CASE("IPv6 and several addresses are served at once") {
  ServerSettings settings;
  settings.listen = {"127.0.0.1:0", "[::1]:0"};
  settings.loopback_only = true;
  TestServer server(std::move(settings), echo);
  REQUIRE((*server).addresses().size() == 2);
  CHECK((*server).addresses()[1].starts_with("[::1]:"));
  CHECK(RawClient(server.port()).ask(get("/")).status == 200);
  const FileDescriptor fd(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const std::string& text = (*server).addresses()[1];
  address.sin6_port = htons(static_cast<std::uint16_t>(std::atoi(text.c_str() + 6)));
  CHECK(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

TEST_CASE("an address that cannot be had is told with what to do") {
  TestServer server({}, echo);
  const auto taken = Server::open({.listen = {"127.0.0.1:" + std::to_string(server.port())}});
  REQUIRE_FALSE(taken);
  CHECK(taken.error().kind == Kind::failed);
  CHECK(contains(taken.error().message, "cannot listen on 127.0.0.1:"));
  CHECK(contains(taken.error().hint, "another port"));
  const auto elsewhere = Server::open({.listen = {"192.0.2.7:0"}});
  REQUIRE_FALSE(elsewhere);
  CHECK(contains(elsewhere.error().hint, "no such address"));
  for (const char* text : {"", "8080", "localhost:80", "127.0.0.1:x", "127.0.0.1:99999", "::1:80",
                           "unix:", "unix:relative", "[::1]", "127.0.0.1:"}) {
    INFO(text);
    const auto wrong = Server::open({.listen = {text}});
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().kind == Kind::usage);
  }
  CHECK_FALSE(Server::open({}));
  CHECK_FALSE(Server::open({.listen = {"127.0.0.1:0"}, .trusted_proxies = {"proxy"}}));
}

TEST_CASE("beyond loopback is refused when the caller says so") {
  for (const char* text : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0"}) {
    INFO(text);
    const auto refused = Server::open({.listen = {text}, .loopback_only = true});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == Kind::refused);
    CHECK_FALSE(refused.error().hint.empty());
  }
  CHECK(Server::open({.listen = {"127.0.0.9:0", "[::1]:0"}, .loopback_only = true}));
}

/// A socket that listens on a free port of a loopback address or of all.
FileDescriptor listening(in_addr_t ip) {
  FileDescriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(ip);
  REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(fd.get(), 16) == 0);
  return fd;
}

TEST_CASE("passed sockets are served, and refused beyond loopback like others") {
  ServerSettings settings;
  settings.sockets = {listening(INADDR_LOOPBACK).release()};
  settings.loopback_only = true;
  TestServer server(std::move(settings), echo);
  CHECK(RawClient(server.port()).ask(get("/")).status == 200);
  const auto refused =
      Server::open({.sockets = {listening(INADDR_ANY).release()}, .loopback_only = true});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Kind::refused);
}

Env env_with(std::vector<std::pair<std::string, std::string>> variables) {
  Env env;
  env.variable = [variables](std::string_view name) -> std::optional<std::string> {
    for (const auto& [key, value] : variables) {
      if (key == name) return value;
    }
    return std::nullopt;
  };
  return env;
}

TEST_CASE("sockets are taken only of a service manager that means this process") {
  const std::string me = std::to_string(getpid()), other = std::to_string(getpid() + 1);
  for (const auto& env : {env_with({}), env_with({{"LISTEN_PID", other}, {"LISTEN_FDS", "1"}}),
                          env_with({{"LISTEN_PID", me}}), env_with({{"LISTEN_FDS", "1"}}),
                          env_with({{"LISTEN_PID", me}, {"LISTEN_FDS", "x"}})}) {
    const auto sockets = passed_sockets(env);
    REQUIRE(sockets);
    CHECK(sockets->empty());
  }
  const int saved = fcntl(3, F_DUPFD_CLOEXEC, 10);
  {
    const FileDescriptor file = listening(INADDR_LOOPBACK);
    if (file.get() != 3) REQUIRE(dup2(file.get(), 3) == 3);
    const Env env = env_with({{"LISTEN_PID", me}, {"LISTEN_FDS", "1"}});
    const auto sockets = passed_sockets(env);
    REQUIRE(sockets);
    CHECK(*sockets == std::vector<int>{3});
    CHECK((fcntl(3, F_GETFD) & FD_CLOEXEC) != 0);
    const FileDescriptor idle(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(dup2(idle.get(), 3) == 3);
    CHECK_FALSE(passed_sockets(env));
    if (file.get() != 3) close(3);
  }
  if (saved >= 0) {
    dup2(saved, 3);
    close(saved);
  }
  CHECK_FALSE(passed_sockets(env_with({{"LISTEN_PID", me}, {"LISTEN_FDS", "1000"}})));
}

TEST_CASE("the service manager is told what it listens for") {
  const FileDescriptor fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = "camp-test-" + std::to_string(getpid());
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  notify_service_manager(env_with({{"NOTIFY_SOCKET", "@" + name}}), "READY=1");
  char text[64] = {};
  CHECK(recv(fd.get(), text, sizeof text - 1, MSG_DONTWAIT) == 7);
  CHECK(std::string(text) == "READY=1");
  notify_service_manager(env_with({}), "READY=1");
  notify_service_manager(env_with({{"NOTIFY_SOCKET", "relative"}}), "READY=1");
  notify_service_manager(env_with({{"NOTIFY_SOCKET", "/nobody/there"}}), "READY=1");
  CHECK(recv(fd.get(), text, sizeof text, MSG_DONTWAIT) < 0);
}

TEST_CASE("whom a request comes from is believed of trusted proxies alone") {
  const auto peer_of = [](std::vector<std::string> proxies, std::string_view fields) {
    ServerSettings settings;
    settings.trusted_proxies = std::move(proxies);
    TestServer server(std::move(settings), [](const Request& request) {
      Response response;
      response.body = request.peer;
      return response;
    });
    return RawClient(server.port()).ask(get("/", fields)).body;
  };
  const std::string one = "X-Forwarded-For: 192.0.2.1\r\n";
  CHECK(peer_of({}, one) == "127.0.0.1");
  CHECK(peer_of({"10.0.0.1"}, one) == "127.0.0.1");
  CHECK(peer_of({"127.0.0.1"}, one) == "192.0.2.1");
  CHECK(peer_of({"127.0.0.1"}, "") == "127.0.0.1");
  // What the client itself wrote stands to the left and does not count.
  CHECK(peer_of({"127.0.0.1"}, "X-Forwarded-For: 198.51.100.9, 192.0.2.1\r\n") == "192.0.2.1");
  CHECK(peer_of({"127.0.0.1"}, "X-Forwarded-For: 198.51.100.9\r\n" + one) == "192.0.2.1");
  CHECK(peer_of({"127.0.0.1", "10.0.0.1"}, "X-Forwarded-For: 192.0.2.1, 10.0.0.1\r\n") ==
        "192.0.2.1");
  CHECK(peer_of({"127.0.0.1"}, "X-Forwarded-For: unknown\r\n") == "127.0.0.1");
  CHECK(peer_of({"127.0.0.1"}, "X-Forwarded-For: 192.0.2.1:555\r\n") == "192.0.2.1");
  CHECK(peer_of({"127.0.0.1"}, "X-Forwarded-For: [2001:DB8:0::1]:555\r\n") == "2001:db8::1");
  CHECK(peer_of({"127.0.0.1"}, "X-Forwarded-For: ::ffff:192.0.2.1\r\n") == "192.0.2.1");
}

}  // namespace
}  // namespace camp::http
