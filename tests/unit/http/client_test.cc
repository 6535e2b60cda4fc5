// SPDX-License-Identifier: MIT
// The client against servers that are slow, greedy, or point elsewhere.
#include "http/client.h"

#include <zlib.h>

#include <algorithm>
#include <atomic>

#include "server_support.h"

namespace camp::http {
namespace {

constexpr Policy kLoopback{.loopback = true};

Outgoing get_from(int port, const std::string& path = "/") {
  Outgoing request;
  request.url = parse_url("http://127.0.0.1:" + std::to_string(port) + path, kLoopback).value();
  return request;
}

std::string answer_of(std::string_view body, std::string_view fields = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

/// A scripted server that answers every request of a connection in one way.
ScriptedServer::Script always(const std::string& bytes) {
  return [bytes](RawClient& peer) {
    while (!peer.request().empty()) peer.say(bytes);
  };
}

TEST_CASE("a request goes out as it was given, and its answer comes back") {
  std::string heard;
  TestServer server({}, [&](const Request& request) {
    heard = request.method + " " + request.target + "\n";
    for (const Field& field : request.headers.fields()) {
      heard += field.name + ": " + field.value + "\n";
    }
    heard += request.body;
    return Response{201, {{"X-One", "1"}, {"x-one", "2"}}, "made", {}};
  });
  Client client({.user_agent = "camp/0 (+test)", .policy = kLoopback});
  Outgoing request = get_from(server.port(), "/inbox?a=b#c");
  const std::string host = "Host: 127.0.0.1:" + std::to_string(server.port()) + "\n";
  request.method = "POST";
  request.body = std::string("x\0y", 3);
  request.headers = {{"Content-Type", "application/json"}, {"Digest", "z"}, {"X-Empty", ""}};
  const auto answer = client.exchange(request);
  REQUIRE(answer);
  CHECK(answer->status == 201);
  CHECK(answer->body == "made");
  CHECK(answer->headers.all("X-ONE") == std::vector<std::string_view>{"1", "2"});
  CHECK(answer->url == request.url);
  CHECK(heard == "POST /inbox?a=b\n" + host +
                     "User-Agent: camp/0 (+test)\nAccept: */*\nAccept-Encoding: gzip, deflate\n"
                     "Content-Type: application/json\nDigest: z\nX-Empty: \nContent-Length: 3\n" +
                     request.body);
  request = get_from(server.port());
  request.headers = {{"Accept", "application/activity+json"}, {"User-Agent", "other"}};
  REQUIRE(client.exchange(request));
  CHECK(contains(heard, "\nUser-Agent: other\n"));
  CHECK(contains(heard, "\nAccept: application/activity+json\n"));
  CHECK_FALSE(contains(heard, "*/*"));
  request.method = "HEAD";
  CHECK(client.exchange(request)->body.empty());
}

TEST_CASE("what must not be sent is refused") {
  Client client({.user_agent = "camp/0", .policy = kLoopback});
  for (const Field& field : {Field{"X", "a\r\nY: b"}, Field{"X: y\r\nZ", "a"}, Field{"", "a"},
                             Field{"X", std::string("a\0b", 3)}}) {
    Outgoing request = get_from(1);
    request.headers.add(field.name, field.value);
    const auto refused = client.exchange(request);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == Kind::refused);
  }
  Outgoing request = get_from(1);
  request.method = "DELETE";
  CHECK(client.exchange(request).error().kind == Kind::refused);
  request = get_from(1);
  request.url.host = "10.0.0.1";
  CHECK(client.exchange(request).error().kind == Kind::refused);
  request.url.host = "127.0.0.1 evil";
  CHECK(client.exchange(request).error().kind == Kind::refused);
}

TEST_CASE("addresses that are not public are refused before anything is sent") {
  TestServer server({}, echo);
  const std::string port = std::to_string(server.port());
  // Names whose DNS answer leads here or into a network of somebody's.
  for (const char* address :
       {"127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "[::1]",
        "[::ffff:127.0.0.1]", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]"}) {
    INFO(address);
    Client client(
        {.user_agent = "camp/0", .resolve = {"peer.example:443:" + std::string(address)}});
    Outgoing request;
    request.url = parse_url("https://peer.example/").value();
    const auto refused = client.exchange(request);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == Kind::network);
    CHECK(refused.error().message == "peer.example stands at an address that is not public");
  }
  // Literal addresses never get so far, whatever their spelling.
  Client client({.user_agent = "camp/0"});
  for (const char* host :
       {"127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "[::1]"}) {
    INFO(host);
    Outgoing request;
    request.url = {.scheme = "https", .host = host, .path = "/"};
    const auto refused = client.exchange(request);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == Kind::refused);
  }
  Outgoing request = get_from(server.port());
  CHECK(client.exchange(request).error().kind == Kind::refused);
  // The policy for tests opens loopback and nothing else.
  Client here({.user_agent = "camp/0",
               .policy = kLoopback,
               .resolve = {"peer.example:443:10.0.0.1", "near.example:443:127.0.0.1"}});
  request.url = parse_url("https://peer.example/").value();
  CHECK(here.exchange(request).error().message ==
        "peer.example stands at an address that is not public");
  CHECK(here.exchange(get_from(server.port())));
  CHECK(server.log(1).size() == 1);
}

TEST_CASE("the environment leads nowhere") {
  TestServer server({}, echo);
  ScriptedServer proxy(always(answer_of("proxied")));
  const std::string url = "http://127.0.0.1:" + std::to_string(proxy.port());
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    setenv(name, url.c_str(), 1);
  }
  Client client({.user_agent = "camp/0", .policy = kLoopback});
  const auto answer = client.exchange(get_from(server.port()));
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    unsetenv(name);
  }
  REQUIRE(answer);
  CHECK(answer->body == "GET /  127.0.0.1 0");
  CHECK(proxy.connections() == 0);
}

TEST_CASE("cookies are not kept and connections are") {
  std::atomic<int> with_cookie{0};
  ScriptedServer server([&](RawClient& peer) {
    for (std::string request = peer.request(); !request.empty(); request = peer.request()) {
      if (contains(request, "Cookie")) ++with_cookie;
      peer.say(answer_of("x", "Set-Cookie: a=b; Path=/\r\n"));
    }
  });
  {
    Client client({.user_agent = "camp/0", .policy = kLoopback});
    for (int i = 0; i < 3; ++i) CHECK(client.exchange(get_from(server.port())));
  }
  CHECK(with_cookie == 0);
  CHECK(server.connections() == 1);
}

// --- what a server may cost

TEST_CASE("a server that says nothing, or a byte now and then, is given up") {
  ScriptedServer silent([](RawClient& peer) {
    while (peer.hear()) {
    }
  });
  ScriptedServer drip([](RawClient& peer) {
    peer.request();
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (peer.say("x") == 1) std::this_thread::sleep_for(100ms);
  });
  Client client({.user_agent = "camp/0", .policy = kLoopback});
  Outgoing request = get_from(silent.port());
  request.limits.total = 700ms;
  auto answer = client.exchange(request);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == Kind::network);
  CHECK(answer.error().message == "127.0.0.1 did not answer in time");
  request = get_from(drip.port());
  request.limits.total = 1500ms;  // the drip never pauses for long, and is cut all the same
  CHECK_FALSE(client.exchange(request));
  request.limits.total = 60s;
  request.limits.slow = 2s;
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(client.exchange(request));
  CHECK(std::chrono::steady_clock::now() - begin < 30s);
}

/// What zlib makes of so many zeros, in the form of gzip.
std::string gzip_of_zeros(std::size_t size) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string in(size, '\0'), out(size / 500 + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_CASE("what is packed is unpacked, up to the limit") {
  Client client({.user_agent = "camp/0", .policy = kLoopback});
  const std::string packed = "Content-Encoding: gzip\r\n";
  ScriptedServer small(always(answer_of(gzip_of_zeros(1u << 20), packed)));
  const auto answer = client.exchange(get_from(small.port()));
  REQUIRE(answer);
  CHECK(answer->body == std::string(1u << 20, '\0'));
  ScriptedServer bomb(always(answer_of(gzip_of_zeros(64u << 20), packed)));
  const auto refused = client.exchange(get_from(bomb.port()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "127.0.0.1 sent more than 1048576 bytes");
  ScriptedServer broken(always(answer_of("no gzip", packed)));
  CHECK(client.exchange(get_from(broken.port())).error().message ==
        "127.0.0.1 sent what cannot be unpacked");
}

TEST_CASE("an answer beyond its limits is an error, not a shorter answer") {
  Client client({.user_agent = "camp/0", .policy = kLoopback});
  const auto error_of = [&](const std::string& bytes, std::size_t limit) {
    ScriptedServer server([&](RawClient& peer) {
      peer.request();
      peer.say(bytes);
    });
    Outgoing request = get_from(server.port());
    request.limits.body_bytes = limit;
    const auto answer = client.exchange(request);
    return answer ? "status " + std::to_string(answer->status) : answer.error().message;
  };
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(error_of(answer_of("12345"), 5) == "status 200");
  CHECK(error_of(answer_of("123456"), 5) == "127.0.0.1 sent more than 5 bytes");
  CHECK(error_of(chunked + "6\r\n123456\r\n0\r\n\r\n", 5) == "127.0.0.1 sent more than 5 bytes");
  CHECK(error_of("HTTP/1.1 200 OK\r\n\r\n123456", 5) == "127.0.0.1 sent more than 5 bytes");
  CHECK(error_of(chunked + "6\r\n1234", 100) == "127.0.0.1 broke the connection off");
  CHECK(error_of("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234", 100) ==
        "127.0.0.1 broke the connection off");
  CHECK(error_of("", 100) == "127.0.0.1 broke the connection off");
  std::string fields = "HTTP/1.1 200 OK\r\n";
  while (fields.size() < 40'000) fields += "X-Field: " + std::string(1000, 'x') + "\r\n";
  CHECK(error_of(fields + "\r\n", 100) == "127.0.0.1 sent a header that is too long");
}

TEST_CASE("interim answers and trailers are not taken for the answer's own fields") {
  Client client({.user_agent = "camp/0", .policy = kLoopback});
  ScriptedServer server(
      always("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Real: 1\r\n"
             "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Late: 1\r\n\r\n"));
  const auto answer = client.exchange(get_from(server.port()));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->headers.find("X-Real"));
  CHECK_FALSE(answer->headers.find("X-Early"));
  CHECK_FALSE(answer->headers.find("X-Late"));
}

TEST_CASE("a body can go to a sink, which may end it") {
  TestServer server({}, [](const Request& request) {
    if (request.path == "/none") return Response{404, {}, std::string(5'000, 'x'), {}};
    const int status = request.path == "/long-none" ? 404 : 200;
    return Response{status, {}, std::string(500'000, 'x'), {}};
  });
  Client client({.user_agent = "camp/0", .policy = kLoopback});
  std::size_t taken = 0;
  Outgoing request = get_from(server.port());
  request.sink = [&](std::string_view bytes) -> Result<void> {
    taken += bytes.size();
    return {};
  };
  auto answer = client.exchange(request);
  REQUIRE(answer);
  CHECK(taken == 500'000);
  CHECK(answer->body.empty());
  request = get_from(server.port(), "/none");
  request.sink = [&](std::string_view) -> Result<void> { return fail(Kind::bug, "not asked"); };
  answer = client.exchange(request);
  REQUIRE(answer);
  CHECK(answer->body.size() == 5'000);
  request.url.path = "/long-none";
  CHECK_FALSE(client.exchange(request));  // an error that is kept is short
  request = get_from(server.port());
  request.sink = [&](std::string_view) -> Result<void> { return fail(Kind::damaged, "enough"); };
  answer = client.exchange(request);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == Kind::damaged);
  CHECK(answer.error().message == "enough");
}

// --- redirects

TEST_CASE("redirects are followed three times, each signed anew, and never elsewhere") {
  std::vector<std::string> signatures;
  TestServer server({}, [&](const Request& request) {
    signatures.push_back(std::string(request.headers.find("Signature").value_or("")));
    const auto to = [](std::string_view location) {
      return Response{302, {{"Location", std::string(location)}}, "moved", {}};
    };
    if (request.path.starts_with("/hop")) {
      const int left = std::atoi(request.path.c_str() + 4);
      return left > 0 ? to("/hop" + std::to_string(left - 1) + "?x=y") : echo(request);
    }
    return request.path == "/to" ? to(percent_decode(request.query).value_or("")) : echo(request);
  });
  Client client({.user_agent = "camp/0", .policy = kLoopback});
  const FetchOptions options{.prepare = [](Outgoing& request) -> Result<void> {
    request.headers.add("Signature", request.url.target());
    return {};
  }};
  const auto answer = client.fetch(get_from(server.port(), "/hop3"), options);
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->url.path == "/hop0");
  CHECK(answer->url.query == "x=y");
  CHECK(signatures == std::vector<std::string>{"/hop3", "/hop2?x=y", "/hop1?x=y", "/hop0?x=y"});
  const auto often = client.fetch(get_from(server.port(), "/hop4"), options);
  REQUIRE_FALSE(often);
  CHECK(often.error().kind == Kind::network);
  CHECK(often.error().message == "127.0.0.1 redirects too often");
  for (const char* location : {"file:///etc/passwd", "gopher://127.0.0.1/", "http://10.0.0.1/",
                               "https://127.0.0.1:1/", "http://169.254.169.254/latest",
                               "//user@localhost/", "http://2130706433/", "ftp://a.example/"}) {
    INFO(location);
    const auto refused =
        client.fetch(get_from(server.port(), "/to?" + percent_encode(location)), options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == Kind::network);
    CHECK(refused.error().message == "127.0.0.1 redirects to where nobody may follow");
  }
  const std::string other = "http://localhost:" + std::to_string(server.port()) + "/hop0";
  const auto elsewhere = get_from(server.port(), "/to?" + percent_encode(other));
  CHECK(client.fetch(elsewhere, options)->url.text() == other);
  CHECK(client.fetch(elsewhere, {.same_host = true}).error().message ==
        "127.0.0.1 redirects to another host");
  // An exchange and a POST follow nothing.
  CHECK(client.exchange(get_from(server.port(), "/hop1"))->status == 302);
  Outgoing post = get_from(server.port(), "/hop1");
  post.method = "POST";
  CHECK(client.fetch(post)->status == 302);
}

TEST_CASE("a secret is not carried along to another host") {
  std::vector<std::string> heard;
  TestServer server({}, [&](const Request& request) {
    heard.push_back(std::string(request.headers.find("Authorization").value_or("none")));
    if (request.path == "/stay") return Response{301, {{"Location", "/end"}}, "", {}};
    if (request.path == "/go") {
      const std::string port(request.headers.find("Host").value_or("").substr(9));
      return Response{301, {{"Location", "http://localhost" + port + "/end"}}, "", {}};
    }
    return echo(request);
  });
  Client client({.user_agent = "camp/0", .policy = kLoopback});
  for (const char* path : {"/stay", "/go"}) {
    Outgoing request = get_from(server.port(), path);
    request.headers = {{"Authorization", "secret"}};
    CHECK(client.fetch(request)->status == 200);
  }
  CHECK(heard == std::vector<std::string>{"secret", "secret", "secret", "none"});
}

TEST_CASE("all hops together have one deadline") {
  std::atomic<int> asked{0};
  ScriptedServer server([&](RawClient& peer) {
    while (!peer.request().empty()) {
      ++asked;
      std::this_thread::sleep_for(600ms);
      peer.say("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n");
    }
  });
  Client client({.user_agent = "camp/0", .policy = kLoopback});
  Outgoing request = get_from(server.port());
  request.limits.total = 1000ms;
  CHECK(client.fetch(request).error().message == "127.0.0.1 did not answer in time");
  CHECK(asked == 2);
}

// --- politeness

TEST_CASE("one connection to a host at once, four in all, and waiting has an end") {
  std::atomic<int> now{0}, most{0};
  Gate gate;
  const ScriptedServer::Script script = [&](RawClient& peer) {
    while (!peer.request().empty()) {
      const int here = ++now;
      int seen = most;
      while (here > seen && !most.compare_exchange_weak(seen, here)) {
      }
      gate.pass();
      --now;
      peer.say(answer_of("x"));
    }
  };
  std::vector<std::unique_ptr<ScriptedServer>> servers;
  for (int i = 0; i < 6; ++i) servers.push_back(std::make_unique<ScriptedServer>(script));
  std::atomic<int> done{0};
  {
    Client client({.user_agent = "camp/0", .policy = kLoopback});
    std::vector<std::thread> threads;
    for (int i = 0; i < 18; ++i) {
      threads.emplace_back([&, i] {
        Outgoing request = get_from(servers[static_cast<std::size_t>(i % 6)]->port());
        request.limits.total = 20s;
        done += client.exchange(request).has_value() ? 1 : 0;
      });
    }
    CHECK(gate.reached(4));
    // All places are taken: whoever can wait for a moment only goes away with that as the reason.
    Outgoing impatient = get_from(servers[0]->port());
    impatient.limits.total = 200ms;
    const auto late = client.exchange(impatient);
    CHECK(late.error().kind == Kind::network);
    CHECK(contains(late.error().message, "could not be asked in time"));
    CHECK(now == 4);
    gate.open();
    for (std::thread& thread : threads) thread.join();
  }
  CHECK(done == 18);
  CHECK(most == 4);
}

TEST_CASE("a host is asked by one exchange at a time") {
  std::atomic<int> now{0};
  std::atomic<bool> together{false};
  TestServer server({}, [&](const Request& request) {
    if (++now > 1) together = true;
    std::this_thread::sleep_for(20ms);
    --now;
    return echo(request);
  });
  Client client({.user_agent = "camp/0", .policy = kLoopback});
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back(
        [&] { done += client.exchange(get_from(server.port())).has_value() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(done == 8);
  CHECK_FALSE(together);
}

TEST_CASE("a client that is cancelled ends what it does and begins nothing") {
  Gate gate;
  ScriptedServer silent([&](RawClient& peer) {
    peer.request();
    gate.open();
    while (peer.hear()) {
    }
  });
  Client client({.user_agent = "camp/0", .policy = kLoopback});
  Outgoing request = get_from(silent.port());
  request.limits.total = 60s;
  std::string message;
  std::thread thread([&] { message = client.exchange(request).error().message; });
  gate.pass();
  client.cancel();
  thread.join();
  CHECK(message == "the exchange with 127.0.0.1 was cancelled");
  CHECK(contains(client.exchange(request).error().message, "was cancelled"));
}

TEST_CASE("a host that is not there is named") {
  Client client({.user_agent = "camp/0", .policy = kLoopback});
  int port = 0;
  {
    port = ScriptedServer([](RawClient&) {}).port();
  }
  const auto nobody = client.exchange(get_from(port));
  CHECK(nobody.error().kind == Kind::network);
  CHECK(nobody.error().message == "127.0.0.1 cannot be reached");
}

}  // namespace
}  // namespace camp::http
