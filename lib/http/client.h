// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "http/url.h"

namespace camp::http {

/// What one exchange may cost. Passing any of them is an error, never a shortened answer.
struct ExchangeLimits {
  std::chrono::milliseconds total{10'000};   ///< from the call to the last byte, waiting included
  std::chrono::milliseconds connect{5'000};  ///< of that, until the connection stands
  std::size_t body_bytes = 1u << 20;         ///< of the answer, after decompression
  std::size_t header_bytes = 32u << 10;      ///< of the answer
  /// Fewer than this many bytes a second for `slow` end the exchange.
  std::size_t bytes_per_second = 100;
  std::chrono::seconds slow{10};
};

/// A request to be made.
struct Outgoing {
  std::string method = "GET";
  Url url = {};
  Headers headers = {};  ///< Host, Content-Length and User-Agent are added; the caller's own win
  std::string body = {};
  /// If set, the body of an answer of 200 to 299 goes here in pieces instead of into Answer::body;
  /// an error of it ends the exchange and is returned.
  std::function<Result<void>(std::string_view)> sink = {};
  ExchangeLimits limits = {};
};

/// An answer that arrived whole and within the limits, whatever its status.
struct Answer {
  int status = 0;
  Headers headers = {};
  std::string body = {};  ///< decompressed
  Url url = {};           ///< where it came from: after redirects the last one
};

struct ClientSettings {
  std::string user_agent = {};  ///< "camp/0.1.0 (+https://friend.camp)"
  Policy policy = {};           ///< with `loopback`, loopback addresses may be connected to
  std::string ca_file = {};     ///< PEM of the authorities to trust; empty: the system's
  std::size_t connections = 4;
  std::size_t connections_per_host = 1;
  /// Names that are not asked of DNS, as curl writes them: "peer.example:443:127.0.0.1". The
  /// address is judged like any other.
  std::vector<std::string> resolve = {};
};

/// How fetch() behaves beyond a single exchange.
struct FetchOptions {
  int redirects = 3;       ///< at most so many are followed, of GET and HEAD only
  bool same_host = false;  ///< a redirect to another host is an error
  /// Called before each hop with what will be sent (its `url` is the hop's), to sign it: a
  /// signature covers the host. What it adds to the headers of one hop is gone at the next.
  std::function<Result<void>(Outgoing&)> prepare = {};
};

/// Speaks HTTPS with other servers and nothing else with nobody: certificates are verified, TLS is
/// 1.2 or later, only public addresses are connected to (the address that was checked is the one
/// that is connected), no proxy, no cookies, nothing from the environment. At most `connections`
/// exchanges run at once and `connections_per_host` with one host; others wait within their own
/// limits. Any thread may call it; connections are kept and used again.
///
/// Errors are Kind::network with a sentence that names the host; Kind::refused for a request that
/// must not be made (a bad URL, a header with a line break).
class Client {
 public:
  explicit Client(ClientSettings settings);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// One request and its answer. A redirect is an answer like any other.
  Result<Answer> exchange(const Outgoing& request);
  /// The same, following redirects: each goes through parse_url() under the client's policy. The
  /// total time limit is for all hops together. The answer's `url` says where it ended.
  Result<Answer> fetch(const Outgoing& request, const FetchOptions& options = {});

  /// Ends all exchanges within about a second and refuses new ones. From any thread.
  void cancel();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace camp::http
