// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace camp::http {

/// Answers one request. It runs in a worker's thread; what it throws becomes a 500.
using Handler = std::function<Response(const Request&)>;

/// Who works on a request: the pool that answers pages, or the one thread for what takes long (a
/// clone), so that it never keeps a page waiting.
enum class Lane { fast, slow };

/// One line of a log, written when the last byte of the answer was given to the kernel or the
/// connection was lost.
struct Access {
  std::string method = {};  ///< empty if the request could not be read that far
  std::string path = {};    ///< without the query, which may hold secrets
  std::string peer = {};    ///< as Request::peer
  int status = 0;           ///< as answered
  std::uint64_t bytes = 0;  ///< of the answer's body
  std::int64_t ms = 0;      ///< from the request's first byte
  bool complete = true;     ///< the answer went out whole
};

/// What a stranger may cost. The defaults are for a Raspberry Pi.
struct ServerLimits {
  std::size_t header_bytes = 16u << 10;   ///< first line and fields: beyond, 431
  std::size_t body_bytes = 1u << 20;      ///< where `body_limit` is not set: beyond, 413
  std::size_t all_bodies = 32u << 20;     ///< bodies in memory together: beyond, 503
  std::size_t connections = 512;          ///< beyond, the one longest idle is closed
  std::size_t requests = 64;              ///< waiting or being worked on: beyond, 503
  std::size_t slow_requests = 8;          ///< of the slow lane, streams included: beyond, 503
  std::size_t stream_buffer = 64u << 10;  ///< a stream's next piece is made below this
  /// The whole request must be here so long after its first byte (after the connection's start,
  /// for the first): else 408. A body that was announced as longer than `body_bytes` has another
  /// second for each 32 KiB beyond.
  std::chrono::milliseconds request{10'000};
  std::chrono::milliseconds idle{60'000};  ///< between two requests of one connection
  /// A reader must take 16 KiB, or all that waits, within each such time.
  std::chrono::milliseconds write{30'000};
  std::chrono::milliseconds stop{10'000};  ///< what is being answered may still end
};

struct ServerSettings {
  /// "127.0.0.1:8080", "[::1]:8080", "unix:/path"; port 0 takes a free one.
  std::vector<std::string> listen = {};
  std::vector<int> sockets = {};      ///< listening already, from passed_sockets(); now ours
  bool loopback_only = false;         ///< refuse every address beyond loopback and Unix sockets
  std::string certificate_file = {};  ///< PEM, with its chain; with `key_file`: TLS 1.2 or later
  std::string key_file = {};          ///< on all but Unix sockets
  /// Addresses whose X-Forwarded-For is believed ("10.0.0.2"); Unix sockets always are.
  std::vector<std::string> trusted_proxies = {};
  std::size_t workers = 2;
  ServerLimits limits = {};
  /// Called once in each worker's thread, the slow lane's too, which then uses what it returns
  /// alone: so each opens its own store. Streams are read by the worker that began them.
  std::function<Handler()> make_handler = {};
  /// Which lane takes a request; unset: all are fast. Called in the loop: must not wait.
  std::function<Lane(const Request&)> lane = {};
  /// How many bytes a body may have, asked before the body is read; unset: limits.body_bytes. With
  /// 0 a body is refused. Called in the loop: must not wait.
  std::function<std::size_t(std::string_view method, std::string_view path)> body_limit = {};
  /// Asked when a body is announced, before any of it is kept: an answer is given at once, and what
  /// still comes is thrown away. Called in the loop: must not wait.
  std::function<std::optional<Response>(const Request& head)> before_body = {};
  std::function<void(const Access&)> log = {};  ///< called in the loop
  /// Hears what became of each reload_certificate(); called in the loop.
  std::function<void(const Result<void>&)> certificate_read = {};
  std::function<std::int64_t()> now_ms = {};  ///< for the Date field; unset: none is sent
};

/// An HTTP/1.1 server: one thread turns, a few work. It reads strictly: what RFC 9112 lets a server
/// refuse is refused (400), so that nobody in front of it can see other requests than it does.
/// GET, HEAD, POST and OPTIONS only; HEAD is answered like GET, without the body. Requests of one
/// connection are answered one after the other. Its own refusals are short plain text.
class Server {
 public:
  /// Binds and listens; nothing is accepted before run(). Fails with a hint if an address cannot
  /// be had (Kind::failed), may not (Kind::refused) or is none (Kind::usage).
  static Result<std::unique_ptr<Server>> open(ServerSettings settings);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Where it listens, as in `listen`, with the ports that were given.
  const std::vector<std::string>& addresses() const;

  /// Serves in the calling thread until stop(), then accepts no more, lets what is being answered
  /// end (limits.stop), and joins its workers. Once only.
  Result<void> run();
  /// Ends run(). From any thread and from a signal handler; more than once is fine.
  void stop();

  /// Reads the certificate and its key anew, for connections that come from then on; those that
  /// stand keep what they began with. Files that cannot be used change nothing. What came of it is
  /// told to `certificate_read`. From any thread and from a signal handler; without TLS nothing
  /// happens.
  void reload_certificate();

  /// Runs a function in the loop's thread, after this call. From any thread; never waits.
  void post(std::function<void()> task);
  /// Runs a function in the loop's thread again and again, first after `interval`. It must not
  /// wait: a long task wakes a thread of its own. From any thread, before or during run().
  void every(std::chrono::milliseconds interval, std::function<void()> task);

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace camp::http
