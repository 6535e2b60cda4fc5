// SPDX-License-Identifier: MIT
// What a stranger may send, byte by byte.
#include <sys/resource.h>

#include <atomic>
#include <set>

#include "server_support.h"

namespace camp::http {
namespace {

struct Row {
  const char* what;
  std::string bytes;
  int status;
};

std::string post(std::string_view fields, std::string_view body = "") {
  return "POST /inbox HTTP/1.1\r\nHost: a.example\r\n" + std::string(fields) + "\r\n" +
         std::string(body);
}

std::vector<Row> refused_rows() {
  using namespace std::string_literals;
  const std::string host = "Host: a.example\r\n";
  return {
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"no Host, 1.0", "GET / HTTP/1.0\r\n\r\n", 400},
      {"two Hosts", "GET / HTTP/1.1\r\n" + host + host + "\r\n", 400},
      {"two Hosts, one with a space", "GET / HTTP/1.1\r\n" + host + "Host : b\r\n\r\n", 400},
      {"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"a strange Host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), 400},
      {"the same length twice", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400},
      {"two lengths in a line", post("Content-Length: 5, 5\r\n", "hello"), 400},
      {"a length with a sign", post("Content-Length: +5\r\n", "hello"), 400},
      {"a negative length", post("Content-Length: -1\r\n", "hello"), 400},
      {"a length in hexadecimal", post("Content-Length: 0x5\r\n", "hello"), 400},
      {"an empty length", post("Content-Length: \r\n"), 400},
      {"a length that overflows", post("Content-Length: 18446744073709551621\r\n", "hello"), 400},
      {"length and chunks",
       post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"chunks twice",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"another coding", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400},
      {"a coding that nearly is one", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400},
      {"chunks in 1.0", "POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n", 400},
      {"a GET with a body", "GET / HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nabc", 400},
      {"a HEAD with a body", "HEAD / HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nabc", 400},
      {"bare line feeds", "GET / HTTP/1.1\nHost: a.example\n\n", 400},
      {"a bare line feed between fields", "GET / HTTP/1.1\r\n" + host + "A: 1\nB: 2\r\n\r\n", 400},
      {"a bare carriage return", "GET / HTTP/1.1\r\n" + host + "A: 1\rB: 2\r\n\r\n", 400},
      {"a folded line", "GET / HTTP/1.1\r\n" + host + "A: 1\r\n B: 2\r\n\r\n", 400},
      {"a line without a colon", "GET / HTTP/1.1\r\n" + host + "what\r\n\r\n", 400},
      {"a nameless field", "GET / HTTP/1.1\r\n" + host + ": x\r\n\r\n", 400},
      {"NUL in a field", "GET / HTTP/1.1\r\n" + host + "A: 1\0002\r\n\r\n"s, 400},
      {"two spaces", "GET  / HTTP/1.1\r\n" + host + "\r\n", 400},
      {"three words too many", "GET / x HTTP/1.1\r\n" + host + "\r\n", 400},
      {"no version", "GET /\r\n" + host + "\r\n", 400},
      {"version 2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"version 0.9 by name", "GET / HTTP/0.9\r\n" + host + "\r\n", 505},
      {"a small method", "get / HTTP/1.1\r\n" + host + "\r\n", 405},
      {"PUT", "PUT /x HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nabc", 405},
      {"DELETE", "DELETE /x HTTP/1.1\r\n" + host + "\r\n", 405},
      {"CONNECT", "CONNECT b.example:443 HTTP/1.1\r\n" + host + "\r\n", 405},
      {"TRACE", "TRACE / HTTP/1.1\r\n" + host + "\r\n", 405},
      {"a method with a bracket", "G(T / HTTP/1.1\r\n" + host + "\r\n", 400},
      {"a whole URL", "GET http://b.example/ HTTP/1.1\r\n" + host + "\r\n", 400},
      {"a star", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", 400},
      {"a fragment", get("/a#b"), 400},
      {"upwards", get("/a/../b"), 400},
      {"upwards, encoded", get("/a/%2e%2E/b"), 400},
      {"upwards at the end", get("/a/.."), 400},
      {"a dot", get("/./a"), 400},
      {"two slashes", get("//a"), 400},
      {"two slashes inside", get("/a//b"), 400},
      {"an encoded slash", get("/a%2Fb"), 400},
      {"an encoded backslash", get("/a%5cb"), 400},
      {"an encoded NUL", get("/a%00b"), 400},
      {"an encoded line end", get("/a%0d%0aX: y"), 400},
      {"half an escape", get("/a%2"), 400},
      {"no escape", get("/a%zz"), 400},
      {"raw bytes", get("/caf\xC3\xA9"), 400},
      {"what is not UTF-8", get("/caf%E9"), 400},
      {"a long address", get("/" + std::string(9000, 'a')), 414},
      {"a long header", get("/", "A: " + std::string(17'000, 'a') + "\r\n"), 431},
      {"many fields",
       [] {
         std::string fields;
         for (int i = 0; i < 101; ++i) fields += "A: 1\r\n";
         return get("/", fields);
       }(),
       431},
      {"an expectation", post("Expect: tea\r\nContent-Length: 1\r\n", "x"), 417},
      {"a chunk without a size", post("Transfer-Encoding: chunked\r\n", "\r\nhello"), 400},
      {"a chunk of no number", post("Transfer-Encoding: chunked\r\n", "x\r\nhello"), 400},
      {"a chunk of a negative size", post("Transfer-Encoding: chunked\r\n", "-1\r\nhello"), 400},
      {"a chunk of too large a size",
       post("Transfer-Encoding: chunked\r\n", "100000000000000005\r\nhello"), 400},
      {"a chunk that ends elsewhere", post("Transfer-Encoding: chunked\r\n", "3\r\nhello"), 400},
      {"a chunk with bare line feeds", post("Transfer-Encoding: chunked\r\n", "5\nhello\n0\n\n"),
       400},
      {"a trailer", post("Transfer-Encoding: chunked\r\n", "0\r\nHost: b.example\r\n\r\n"), 400},
      {"an endless chunk extension",
       post("Transfer-Encoding: chunked\r\n", "5;" + std::string(1000, 'x')), 400},
      {"a body beyond the limit", post("Content-Length: 1048577\r\n"), 413},
  };
}

TEST_CASE("what two readers could take for different requests is refused, and nothing after it") {
  std::atomic<int> handled{0};
  TestServer server({}, [&](const Request& request) {
    ++handled;
    return echo(request);
  });
  for (const Row& row : refused_rows()) {
    INFO(row.what);
    RawClient client(server.port());
    client.say(row.bytes + get("/smuggled"));
    const std::string all = client.rest();
    CHECK(all.substr(0, 12) == "HTTP/1.1 " + std::to_string(row.status));
    CHECK(contains(all, "\r\nConnection: close\r\n"));
    CHECK(all.find("HTTP/1.1 ", 9) == std::string::npos);
    CHECK_FALSE(contains(all, "<html"));
    CHECK_FALSE(contains(all, "Server:"));
    CHECK_FALSE(client.reset());
  }
  CHECK(handled == 0);
}

TEST_CASE("what is unusual but clear is taken") {
  TestServer server({}, echo);
  const std::vector<std::pair<std::string, std::string>> rows{
      {"GET / HTTP/1.0\r\nHost: a\r\n\r\n", "GET /  127.0.0.1 0"},
      {"GET /a%20b/%C3%A9/ HTTP/1.1\r\nhOST:\ta.example:80 \r\n\r\n",
       "GET /a b/\xC3\xA9/  127.0.0.1 0"},
      {get("/a?b=c%2Fd&types[]=x|y//.."), "GET /a b=c%2Fd&types[]=x|y//.. 127.0.0.1 0"},
      {get("/%252e%252e/a"), "GET /%2e%2e/a  127.0.0.1 0"},
      {get("/@ana/~x;y=1,2!'()*+&$:"), "GET /@ana/~x;y=1,2!'()*+&$:  127.0.0.1 0"},
      {get("/", "Content-Length: 0\r\n"), "GET /  127.0.0.1 0"},
      {get("/", "X-Empty:\r\nX-Long: " + std::string(12'000, 'x') + "\r\n"), "GET /  127.0.0.1 0"},
      {"OPTIONS /api HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "OPTIONS /api  127.0.0.1 0"},
      {post(""), "POST /inbox  127.0.0.1 0"},
      {post("Content-Length: 5\r\n", "hello"), "POST /inbox  127.0.0.1 5"},
      {post("Transfer-Encoding: Chunked\r\n", "5;x=\"y\"\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n"),
       "POST /inbox  127.0.0.1 15"},
  };
  for (const auto& [request, body] : rows) {
    INFO(request);
    RawClient client(server.port());
    const RawAnswer answer = client.ask(request);
    CHECK(answer.status == 200);
    CHECK(answer.body == body);
  }
}

TEST_CASE("requests in small pieces are the same requests") {
  TestServer server({}, echo);
  RawClient client(server.port());
  const std::string request = post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n") +
                              post("Content-Length: 3\r\n", "abc") + get("/last");
  for (const char c : request) {
    REQUIRE(client.say(std::string(1, c)) == 1);
  }
  CHECK(client.answer().body == "POST /inbox  127.0.0.1 5");
  CHECK(client.answer().body == "POST /inbox  127.0.0.1 3");
  CHECK(client.answer().body == "GET /last  127.0.0.1 0");
}

/// How much of an endless request is taken before the server ends it.
std::size_t taken_of(TestServer& server, const std::string& beginning, const std::string& piece,
                     std::string& answer) {
  RawClient client(server.port());
  std::size_t said = client.say(beginning);
  for (int i = 0; i < 4000; ++i) {
    const std::size_t count = client.say(piece);
    said += count;
    if (count < piece.size()) break;
  }
  answer = client.rest();
  return said;
}

TEST_CASE("a request without end is cut early") {
  TestServer server({}, echo);
  const std::string piece(50'000, 'a');
  std::string answer;
  // What the kernel buffers on both sides counts as taken; 200 MB are offered.
  CHECK(taken_of(server, "GET / HTTP/1.1\r\nHost: a\r\nA: ", piece, answer) < 20u << 20);
  CHECK(taken_of(server, "GET /", piece, answer) < 20u << 20);
  std::string fields;
  while (fields.size() < 50'000) fields += "Abc: def\r\n";
  CHECK(taken_of(server, "GET / HTTP/1.1\r\nHost: a\r\n", fields, answer) < 20u << 20);
  CHECK(taken_of(server, post("Transfer-Encoding: chunked\r\n"), "c350\r\n" + piece + "\r\n",
                 answer) < 20u << 20);
  CHECK(RawClient(server.port()).ask(get("/after")).status == 200);
}

TEST_CASE("a body that will be refused is not read") {
  std::atomic<int> handled{0};
  ServerSettings settings;
  settings.body_limit = [](std::string_view method, std::string_view path) -> std::size_t {
    if (method != "POST") return 0;
    if (path == "/nothing") return 0;
    return path == "/large" ? 3u << 20 : 10;
  };
  TestServer server(std::move(settings), [&](const Request& request) {
    ++handled;
    return echo(request);
  });
  const auto ask = [&](std::string_view path, std::string_view fields, std::string_view body) {
    RawClient client(server.port());
    return client.ask("POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" +
                      std::string(fields) + "\r\n" + std::string(body));
  };
  // Nothing of the body is sent, and the answer comes nevertheless.
  CHECK(ask("/small", "Content-Length: 11\r\n", "").status == 413);
  CHECK(ask("/small", "Content-Length: 11\r\nExpect: 100-continue\r\n", "").status == 413);
  CHECK(ask("/nothing", "Content-Length: 1\r\n", "").status == 413);
  CHECK(ask("/nothing", "Transfer-Encoding: chunked\r\n", "").status == 413);
  CHECK(ask("/small", "Transfer-Encoding: chunked\r\n", "b\r\nhello world").status == 413);
  CHECK(handled == 0);
  CHECK(ask("/small", "Content-Length: 10\r\n", "0123456789").status == 200);
  CHECK(ask("/large", "Content-Length: 3145728\r\n", std::string(3u << 20, 'x')).body ==
        "POST /large  127.0.0.1 3145728");
}

TEST_CASE("who is turned away by the head alone is answered before the body, which is not kept") {
  std::atomic<int> handled{0}, asked{0};
  ServerSettings settings;
  settings.limits.request = 60s;
  settings.limits.all_bodies = 1000;
  settings.before_body = [&](const Request& head) -> std::optional<Response> {
    ++asked;
    if (!head.body.empty() || head.headers.find("Signature")) return std::nullopt;
    return Response{401, {{"X-Why", "unsigned"}}, "no\n", {}};
  };
  TestServer server(std::move(settings), [&](const Request& request) {
    ++handled;
    return echo(request);
  });
  for (const char* framing : {"Content-Length: 900000\r\n", "Transfer-Encoding: chunked\r\n",
                              "Content-Length: 900000\r\nExpect: 100-continue\r\n"}) {
    INFO(framing);
    RawClient client(server.port());
    const RawAnswer answer = client.ask(post(framing));  // and nothing of the body
    CHECK(answer.status == 401);
    CHECK(answer.body == "no\n");
    CHECK(contains(answer.head, "\r\nX-Why: unsigned\r\n"));
    CHECK(contains(answer.head, "\r\nConnection: close\r\n"));
    client.say(std::string(20'000, 'x') + get("/smuggled"));
    CHECK(client.ends());
  }
  CHECK(handled == 0);
  // What has no body, and what is let through, is answered as ever.
  CHECK(RawClient(server.port()).ask(get("/")).status == 200);
  CHECK(RawClient(server.port()).ask(post("")).status == 200);
  CHECK(asked == 3);
  const RawAnswer signed_one =
      RawClient(server.port()).ask(post("Signature: x\r\nContent-Length: 5\r\n", "hello"));
  CHECK(signed_one.body == "POST /inbox  127.0.0.1 5");
}

TEST_CASE("who asks before sending a body is told to go on") {
  TestServer server({}, echo);
  RawClient client(server.port());
  const RawAnswer first = client.ask(post("Content-Length: 5\r\nExpect: 100-continue\r\n"));
  CHECK(first.status == 100);
  CHECK(client.ask("hello").body == "POST /inbox  127.0.0.1 5");
}

TEST_CASE("bodies of all connections together have a limit") {
  ServerSettings settings;
  settings.limits.all_bodies = 1000;
  TestServer server(std::move(settings), echo);
  RawClient first(server.port());
  first.say(post("Content-Length: 900\r\n", "begun"));
  // The second is refused while the first is being read, and taken when it is done.
  RawAnswer answer;
  for (int i = 0; i < 200 && answer.status != 503; ++i) {
    answer = RawClient(server.port()).ask(post("Content-Length: 200\r\n", std::string(200, 'x')));
    if (answer.status != 503) std::this_thread::sleep_for(20ms);
  }
  CHECK(answer.status == 503);
  CHECK(contains(answer.head, "\r\nRetry-After: "));
  CHECK(first.ask(std::string(895, 'x')).status == 200);
  CHECK(
      RawClient(server.port()).ask(post("Content-Length: 200\r\n", std::string(200, 'x'))).status ==
      200);
}

void allow_descriptors(rlim_t count) {
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  if (limit.rlim_cur >= count) return;
  limit.rlim_cur = std::min(count, limit.rlim_max);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  REQUIRE(limit.rlim_cur >= count);
}

TEST_CASE(
    "five hundred slow and idle connections keep nobody waiting and are gone at the deadline") {
  allow_descriptors(1400);
  ServerSettings settings;
  settings.limits.request = 3s;
  TestServer server(std::move(settings), echo);
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 500; ++i) {
    slow.push_back(std::make_unique<RawClient>(server.port()));
    REQUIRE(slow.back()->connected());
    if (i % 3 == 1) slow.back()->say("GET / HTTP/1.1\r\nHost: a");
    if (i % 3 == 2) slow.back()->say(post("Content-Length: 100000\r\n", "begun"));
  }
  // Others are answered, whatever the slow ones do; they go on byte by byte for twice the deadline.
  const auto begin = std::chrono::steady_clock::now();
  int answered = 0;
  while (std::chrono::steady_clock::now() < begin + 6s) {
    if (RawClient(server.port()).ask(get("/")).status != 200) break;
    ++answered;
    for (std::size_t i = 0; i < slow.size(); ++i) {
      if (i % 3 != 0) slow[i]->say("x", 0ms);
    }
    std::this_thread::sleep_for(100ms);
  }
  CHECK(std::chrono::steady_clock::now() >= begin + 6s);
  CHECK(answered > 3);
  std::size_t idle_ended = 0, told = 0;
  for (std::size_t i = 0; i < slow.size(); ++i) {
    if (i % 3 == 0) {
      idle_ended += slow[i]->ends() ? 1u : 0u;
    } else {
      // The answer may be lost to the reset that the last bytes brought; the end may not.
      told += contains(slow[i]->rest(), "HTTP/1.1 408 ") ? 1u : 0u;
      CHECK(slow[i]->ends());
    }
  }
  CHECK(idle_ended == 167);
  CHECK(told > 0);
}

TEST_CASE("at the cap the connection that is idle the longest makes room") {
  ServerSettings settings;
  settings.limits.connections = 4;
  TestServer server(std::move(settings), echo);
  RawClient first(server.port()), second(server.port()), third(server.port()),
      fourth(server.port());
  for (RawClient* client : {&second, &third, &fourth, &first}) {
    REQUIRE(client->ask(get("/")).status == 200);
  }
  RawClient fifth(server.port());
  CHECK(fifth.ask(get("/")).status == 200);
  CHECK(second.ends());
  for (RawClient* client : {&third, &fourth, &first, &fifth}) {
    CHECK(client->ask(get("/")).status == 200);
  }
}

TEST_CASE("when all connections are busy a new one is closed, and begun requests give way first") {
  Gate gate;
  ServerSettings settings;
  settings.limits.connections = 2;
  TestServer server(std::move(settings), [&](const Request& request) {
    if (request.path == "/wait") gate.pass();
    return echo(request);
  });
  RawClient busy(server.port()), slow(server.port());
  busy.say(get("/wait"));
  REQUIRE(gate.reached(1));
  slow.say("GET / HT");
  RawClient third(server.port());
  third.say(get("/wait"));
  REQUIRE(gate.reached(2));
  CHECK(slow.ends());
  RawClient fourth(server.port());
  CHECK(fourth.ends());
  gate.open();
  CHECK(busy.answer().status == 200);
  CHECK(third.answer().status == 200);
}

TEST_CASE("requests beyond what is worked on are told to come again") {
  Gate gate;
  ServerSettings settings;
  settings.limits.requests = 3;
  TestServer server(std::move(settings), [&](const Request& request) {
    gate.pass();
    return echo(request);
  });
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->say(get("/"));
    if (i < 2) REQUIRE(gate.reached(i + 1));
  }
  RawAnswer refused;
  RawClient late(server.port());
  refused = late.ask(get("/"));  // the third may not have been read yet: then that one is refused
  if (refused.status == 0) refused = clients.back()->answer();
  CHECK(refused.status == 503);
  CHECK(contains(refused.head, "\r\nRetry-After: 5\r\n"));
  gate.open();
  CHECK(clients.front()->answer().status == 200);
}

TEST_CASE("a fuzz of bytes never brings the server down") {
  TestServer server({}, echo);
  std::uint32_t seed = 12345;
  const auto next = [&] { return seed = seed * 1664525u + 1013904223u; };
  const std::vector<Row> rows = refused_rows();
  for (int round = 0; round < 300; ++round) {
    std::string bytes = rows[next() % rows.size()].bytes + post("Content-Length: 3\r\n", "abc");
    for (int i = 0; i < 3; ++i) bytes[next() % bytes.size()] = static_cast<char>(next() >> 24);
    RawClient client(server.port());
    client.say(bytes);
    client.say_end();
    client.rest();
  }
  CHECK(RawClient(server.port()).ask(get("/after")).status == 200);
}

}  // namespace
}  // namespace camp::http
