// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "http/request_head.h"
#include "http/server.h"
#include "http/workers.h"

struct bufferevent;
struct evbuffer;
struct evbuffer_cb_info;

namespace camp::http {

class Connection;
using SteadyTime = std::chrono::steady_clock::time_point;

/// What the connections of a server share. Only the loop's thread touches it, but for `post`.
struct Hub {
  ServerSettings settings;
  std::function<void(std::function<void()>)> post;  ///< runs a function in the loop; any thread
  std::unique_ptr<Workers> workers;
  std::map<const Connection*, std::shared_ptr<Connection>> connections;
  std::size_t requests = 0;       ///< waiting or being worked on
  std::size_t slow_requests = 0;  ///< of the slow lane, until their last byte was made
  std::size_t all_bodies = 0;     ///< bytes
  bool stopping = false;
};

/// One request being answered; the loop and a worker hand it to each other.
struct ServerExchange {
  Request request = {};
  Response response = {};
  Lane lane = Lane::fast;
  std::size_t worker = 0;
};

/// One connection: it reads a request, has it worked on, sends the answer, and begins again. All
/// its functions run in the loop's thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// `peer` is the address at the other end; a trusted one may name another in its requests.
  Connection(Hub& hub, bufferevent* stream, std::string peer, bool trusted, bool tls);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Begins to read.
  void start();
  /// Ends what has taken too long.
  void check_deadlines(SteadyTime now);
  /// Ends the connection at once, or after the answer that is on its way.
  void stop();
  void close();

  /// Whether it waits for a request of which nothing has come yet.
  bool idle() const { return state_ == State::waiting; }
  /// Whether a request is on its way, but not whole.
  bool reading() const { return state_ == State::head || state_ == State::body; }
  SteadyTime since() const { return since_; }

 private:
  enum class State { waiting, head, body, working, streaming, sending, lingering, closed };

  static void on_read(bufferevent*, void* self);
  static void on_write(bufferevent*, void* self);
  static void on_event(bufferevent*, short what, void* self);
  static void on_output(evbuffer*, const evbuffer_cb_info* info, void* self);

  void read();
  bool read_head_bytes();
  bool begin_body();
  bool read_body_bytes();
  bool body_fits(std::size_t bytes);
  void release_body();

  void dispatch();
  static void end_exchange(Hub& hub, const std::shared_ptr<ServerExchange>& exchange,
                           const std::weak_ptr<Connection>& weak);
  void answered(const std::shared_ptr<ServerExchange>& exchange);
  void ask_for_more();
  void got_more(Result<std::string> piece);
  void end_stream();

  void refuse(const Refusal& refusal);
  void turn_away(const Response& response);
  void respond(const Response& response);
  void send_head(const Response& response, std::string_view framing);
  std::string framing_of(const Response& response, bool has_body);
  void send(std::string_view bytes);
  void send_piece(std::string_view bytes);
  void finish_when_sent();
  void sent();
  void linger();
  void discard();
  void next_request();
  void log(bool complete);
  void enter(State state);
  std::string named_peer() const;

  Hub& hub_;
  bufferevent* stream_;
  const std::string peer_;
  const bool trusted_, tls_;
  State state_ = State::waiting;
  SteadyTime since_;     ///< when the state began
  SteadyTime began_;     ///< when the request's first byte came
  SteadyTime deadline_;  ///< of waiting, reading and lingering
  bool first_request_ = true;

  // Reading.
  std::size_t scanned_ = 0;
  RequestHead head_;
  ChunkReader chunks_;
  std::size_t body_limit_ = 0;
  std::size_t reserved_ = 0;

  // Answering.
  std::shared_ptr<ServerExchange> exchange_;
  Access access_;
  bool keep_alive_ = true;
  bool heard_all_ = false;  ///< the client has ended its side
  bool refused_ = false;    ///< what still comes is thrown away
  bool chunked_ = false;    ///< the answer goes in chunks
  bool counted_ = false;    ///< the answer's length was announced
  std::uint64_t announced_ = 0;
  bool making_ = false;  ///< a worker makes the next piece
  std::size_t discarded_ = 0;
  SteadyTime window_;      ///< when the present time for taking 16 KiB began
  std::size_t taken_ = 0;  ///< of it
};

}  // namespace camp::http
