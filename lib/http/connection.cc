// SPDX-License-Identifier: MIT
#include "http/connection.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <utility>
#include <variant>

#include "http/forwarded.h"
#include "http/tls.h"

namespace camp::http {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kTakenInWindow = 16u << 10;  // bytes that a reader takes in each window
constexpr std::size_t kSlowBodyBytes = 32u << 10;  // bytes of a long body that come in a second
constexpr std::size_t kDiscard = 1u << 20;         // bytes read after a refusal, to be heard
constexpr std::chrono::milliseconds kLinger = 2s;
constexpr int kRetryAfter = 5;  // seconds

SteadyTime now() { return std::chrono::steady_clock::now(); }

Response plain(int status, std::string_view reason) {
  Response response;
  response.status = status;
  response.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
  if (status == 405) response.headers.add("Allow", "GET, HEAD, POST, OPTIONS");
  if (status == 503) response.headers.add("Retry-After", std::to_string(kRetryAfter));
  response.body = fmt::format("{}\n", reason);
  return response;
}

/// Whether a field can be sent as it is: nobody can begin another one in it.
bool sendable(const Field& field) {
  const auto bad = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  };
  return !field.name.empty() && field.name.find_first_of(": \t") == std::string::npos &&
         std::none_of(field.name.begin(), field.name.end(), bad) &&
         std::none_of(field.value.begin(), field.value.end(), bad);
}

bool sendable(const Response& response) {
  const auto& fields = response.headers.fields();
  return response.status >= 200 && response.status <= 599 &&
         std::all_of(fields.begin(), fields.end(),
                     [](const Field& field) { return sendable(field); });
}

/// Fields that this server writes itself.
bool is_ours(std::string_view name) {
  return same_name(name, "Connection") || same_name(name, "Transfer-Encoding") ||
         same_name(name, "Content-Length") || same_name(name, "Keep-Alive");
}

Response our_fault() { return plain(500, "this server has made a mistake"); }

/// An answer on its way from whatever thread. If nobody gives it the client learns that it is our
/// fault.
class Answering {
 public:
  explicit Answering(std::function<void(Response)> send) : send_(std::move(send)) {}
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;
  ~Answering() { give(our_fault()); }

  void give(Response response) {
    if (given_.exchange(true)) return;
    send_(sendable(response) ? std::move(response) : our_fault());
  }

 private:
  std::function<void(Response)> send_;
  std::atomic<bool> given_ = false;
};

/// Has a request answered, at once or later.
void answer(const Handler& handler, const Request& request, std::function<void(Response)> send) {
  const auto answering = std::make_shared<Answering>(std::move(send));
  try {
    Response response = handler ? handler(request) : our_fault();
    if (!response.later) return answering->give(std::move(response));
    response.later([answering](Response late) { answering->give(std::move(late)); });
  } catch (...) {
    // Whatever it was, the client learns no more than that it is our fault.
  }
}

/// A worker is done with an exchange whose connection needs it no more. What its stream holds ends
/// in the thread of the worker that began it.
void finish_exchange(Hub& hub, const std::shared_ptr<ServerExchange>& exchange) {
  if (exchange->lane == Lane::slow) --hub.slow_requests;
  if (!exchange->response.more) return;
  hub.workers->submit_to(exchange->worker, [exchange](const Handler&, std::size_t) {
    exchange->response.more = nullptr;
  });
}

}  // namespace

Connection::Connection(Hub& hub, bufferevent* stream, std::string peer, bool trusted, bool tls)
    : hub_(hub), stream_(stream), peer_(std::move(peer)), trusted_(trusted), tls_(tls) {
  began_ = now();
  enter(State::waiting);
  deadline_ = began_ + hub_.settings.limits.request;
}

Connection::~Connection() {
  if (stream_ != nullptr) bufferevent_free(stream_);
}

void Connection::start() {
  bufferevent_setcb(stream_, on_read, on_write, on_event, this);
  evbuffer_add_cb(bufferevent_get_output(stream_), on_output, this);
  const std::size_t ahead = std::max<std::size_t>(64u << 10, 2 * hub_.settings.limits.header_bytes);
  bufferevent_setwatermark(stream_, EV_READ, 0, ahead);
  bufferevent_enable(stream_, EV_READ | EV_WRITE);
}

void Connection::enter(State state) {
  state_ = state;
  since_ = now();
}

// --- what libevent calls; each keeps the connection alive until it returns

void Connection::on_read(bufferevent*, void* self) {
  const auto connection = static_cast<Connection*>(self)->shared_from_this();
  connection->read();
}

void Connection::on_write(bufferevent*, void* self) {
  const auto connection = static_cast<Connection*>(self)->shared_from_this();
  if (connection->state_ == State::streaming) connection->ask_for_more();
  if (connection->state_ == State::sending) connection->finish_when_sent();
}

void Connection::on_event(bufferevent*, short what, void* self) {
  const auto connection = static_cast<Connection*>(self)->shared_from_this();
  if ((what & BEV_EVENT_CONNECTED) != 0) return;  // TLS stands
  const bool answering = connection->state_ == State::working ||
                         connection->state_ == State::streaming ||
                         connection->state_ == State::sending;
  if ((what & BEV_EVENT_EOF) != 0 && answering) {
    connection->keep_alive_ = false;  // it says no more, but still listens
    connection->heard_all_ = true;
    return;
  }
  connection->close();
}

void Connection::on_output(evbuffer*, const evbuffer_cb_info* info, void* self) {
  static_cast<Connection*>(self)->taken_ += info->n_deleted;
}

// --- reading a request

void Connection::read() {
  if (refused_ || state_ == State::lingering) return discard();
  evbuffer* const input = bufferevent_get_input(stream_);
  if (state_ == State::waiting && evbuffer_get_length(input) > 0) {
    enter(State::head);
    began_ = now();
    if (!first_request_) deadline_ = began_ + hub_.settings.limits.request;
  }
  if (state_ == State::head && !(read_head_bytes() && begin_body())) return;
  if (state_ == State::body && read_body_bytes()) dispatch();
}

/// Takes the head from the input when it is there whole; true if it was good.
bool Connection::read_head_bytes() {
  evbuffer* const input = bufferevent_get_input(stream_);
  const std::size_t length = evbuffer_get_length(input), most = hub_.settings.limits.header_bytes;
  evbuffer_ptr from{};
  evbuffer_ptr_set(input, &from, scanned_, EVBUFFER_PTR_SET);
  const evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, &from);
  if (end.pos < 0) {
    // Line ends of another kind would be waited for in vain; the first line tells.
    std::size_t size = 0;
    const evbuffer_ptr line = evbuffer_search_eol(input, nullptr, &size, EVBUFFER_EOL_LF);
    const auto* first = line.pos > 0 ? evbuffer_pullup(input, line.pos) : nullptr;
    if (line.pos == 0 || (first != nullptr && first[line.pos - 1] != '\r')) {
      refuse({400, "a line does not end in CRLF"});
    } else if (length > most) {
      refuse({431, "the header is too long"});
    }
    scanned_ = length > 3 ? length - 3 : 0;
    return false;
  }
  const std::size_t size = static_cast<std::size_t>(end.pos) + 4;
  if (size > most) {
    refuse({431, "the header is too long"});
    return false;
  }
  const auto* bytes = reinterpret_cast<const char*>(evbuffer_pullup(input, end.pos + 4));
  auto head = read_head({bytes, size});
  evbuffer_drain(input, size);
  if (const auto* refusal = std::get_if<Refusal>(&head)) {
    refuse(*refusal);
    return false;
  }
  head_ = std::get<RequestHead>(std::move(head));
  return true;
}

/// Asks whether the body may come, before it is read.
bool Connection::begin_body() {
  const ServerSettings& settings = hub_.settings;
  Request& request = head_.request;
  request.peer = named_peer();
  access_.method = request.method;
  access_.path = request.path;
  keep_alive_ = head_.keep_alive;
  enter(State::body);
  if (!head_.has_body()) return true;
  if (auto answer = settings.before_body ? settings.before_body(request) : std::nullopt) {
    turn_away(*answer);
    return false;
  }
  body_limit_ = settings.body_limit ? settings.body_limit(request.method, request.path)
                                    : settings.limits.body_bytes;
  const std::uint64_t length = head_.length.value_or(0);
  if (length > body_limit_ || body_limit_ == 0) {
    refuse({413, "the body is too long"});
    return false;
  }
  if (!body_fits(static_cast<std::size_t>(length))) return false;
  if (length > settings.limits.body_bytes) {
    const auto beyond = (length - settings.limits.body_bytes) / kSlowBodyBytes;
    deadline_ += std::chrono::seconds(beyond);
  }
  if (head_.expects_continue && evbuffer_get_length(bufferevent_get_input(stream_)) == 0) {
    send("HTTP/1.1 100 Continue\r\n\r\n");
  }
  return true;
}

/// Takes memory for so many more bytes of a body; refuses the request if all bodies together would
/// be too much.
bool Connection::body_fits(std::size_t bytes) {
  if (hub_.all_bodies + bytes > hub_.settings.limits.all_bodies) {
    refuse({503, "this server is busy"});
    return false;
  }
  hub_.all_bodies += bytes;
  reserved_ += bytes;
  return true;
}

void Connection::release_body() {
  hub_.all_bodies -= reserved_;
  reserved_ = 0;
}

/// Takes what has come of the body; true when it is whole.
bool Connection::read_body_bytes() {
  if (!head_.has_body()) return true;
  evbuffer* const input = bufferevent_get_input(stream_);
  const std::size_t length = evbuffer_get_length(input);
  std::string& body = head_.request.body;
  if (!head_.chunked) {
    const std::size_t missing = static_cast<std::size_t>(*head_.length) - body.size();
    const std::size_t size = std::min(missing, length), before = body.size();
    body.resize(before + size);
    evbuffer_remove(input, body.data() + before, size);
    return size == missing;
  }
  if (length == 0) return false;
  const auto* bytes = reinterpret_cast<const char*>(evbuffer_pullup(input, -1));
  std::string_view rest(bytes, length);
  const std::size_t before = body.size();
  const auto state = chunks_.read(rest, body);
  evbuffer_drain(input, length - rest.size());
  if (body.size() > body_limit_) {
    refuse({413, "the body is too long"});
    return false;
  }
  if (state == ChunkReader::State::malformed) {
    refuse({400, "the body's chunks are malformed"});
    return false;
  }
  return body_fits(body.size() - before) && state == ChunkReader::State::done;
}

std::string Connection::named_peer() const {
  return trusted_ ? forwarded_peer(head_.request.headers, peer_, hub_.settings.trusted_proxies)
                  : peer_;
}

// --- having it answered

void Connection::dispatch() {
  const ServerLimits& limits = hub_.settings.limits;
  const Lane lane = hub_.settings.lane ? hub_.settings.lane(head_.request) : Lane::fast;
  const bool slow = lane == Lane::slow;
  if (hub_.requests >= limits.requests || (slow && hub_.slow_requests >= limits.slow_requests)) {
    release_body();
    return respond(plain(503, "this server is busy"));
  }
  enter(State::working);
  ++hub_.requests;
  if (slow) ++hub_.slow_requests;
  const auto exchange = std::make_shared<ServerExchange>();
  exchange->request = std::move(head_.request);
  exchange->lane = lane;
  head_.request.method = exchange->request.method;
  Hub* const hub = &hub_;
  hub_.workers->submit(
      lane, [hub, exchange, weak = weak_from_this()](const Handler& handler, std::size_t worker) {
        exchange->worker = worker;
        answer(handler, exchange->request, [hub, exchange, weak](Response response) {
          exchange->response = std::move(response);
          exchange->request = {};
          hub->post([hub, exchange, weak] { end_exchange(*hub, exchange, weak); });
        });
      });
}

void Connection::end_exchange(Hub& hub, const std::shared_ptr<ServerExchange>& exchange,
                              const std::weak_ptr<Connection>& weak) {
  --hub.requests;
  const auto connection = weak.lock();
  if (connection && connection->state_ == State::working) {
    connection->answered(exchange);
  } else {
    finish_exchange(hub, exchange);
  }
}

void Connection::answered(const std::shared_ptr<ServerExchange>& exchange) {
  release_body();
  if (!exchange->response.more) {
    finish_exchange(hub_, exchange);
    return respond(exchange->response);
  }
  exchange_ = exchange;
  respond(exchange->response);
}

/// Has the worker make the next piece of a stream, if the client has taken enough of the last.
void Connection::ask_for_more() {
  const std::size_t waiting = evbuffer_get_length(bufferevent_get_output(stream_));
  if (making_ || waiting >= hub_.settings.limits.stream_buffer) return;
  making_ = true;
  Hub* const hub = &hub_;
  const auto exchange = exchange_;
  hub_.workers->submit_to(exchange->worker,
                          [hub, exchange, weak = weak_from_this()](const Handler&, std::size_t) {
                            const auto make = [&]() -> Result<std::string> {
                              try {
                                return exchange->response.more();
                              } catch (...) {
                                return fail(Kind::bug, "a stream has thrown");
                              }
                            };
                            hub->post([hub, exchange, weak, piece = make()]() mutable {
                              const auto connection = weak.lock();
                              if (connection && connection->state_ == State::streaming) {
                                connection->got_more(std::move(piece));
                              } else {
                                finish_exchange(*hub, exchange);
                              }
                            });
                          });
}

void Connection::got_more(Result<std::string> piece) {
  making_ = false;
  const std::uint64_t sent_bytes = access_.bytes + (piece ? piece->size() : 0);
  const bool ends = piece && piece->empty();
  if (!piece || (counted_ && (ends ? sent_bytes != announced_ : sent_bytes > announced_))) {
    return close();  // cut, so that nobody takes a part for the whole
  }
  if (ends) return end_stream();
  send_piece(*piece);
  ask_for_more();
}

void Connection::end_stream() {
  if (chunked_) send("0\r\n\r\n");
  finish_exchange(hub_, std::exchange(exchange_, nullptr));
  enter(State::sending);
  bufferevent_setwatermark(stream_, EV_WRITE, 0, 0);
  finish_when_sent();
}

// --- sending the answer

void Connection::refuse(const Refusal& refusal) {
  turn_away(plain(refusal.status, refusal.reason));
}

/// Answers and then listens no more: what still comes belongs to the same request.
void Connection::turn_away(const Response& response) {
  release_body();
  keep_alive_ = false;
  refused_ = true;
  respond(response);
  if (state_ != State::closed) discard();
}

/// The fields that say how long the body is.
std::string Connection::framing_of(const Response& response, bool has_body) {
  const auto given = response.headers.find("Content-Length");
  if (!has_body) return {};
  if (!response.more) {
    const bool head_only = head_.request.method == "HEAD" && response.body.empty() && given;
    return head_only ? fmt::format("Content-Length: {}\r\n", *given)
                     : fmt::format("Content-Length: {}\r\n", response.body.size());
  }
  announced_ = 0;
  const auto parsed =
      given ? std::from_chars(given->data(), given->data() + given->size(), announced_)
            : std::from_chars_result{nullptr, std::errc::invalid_argument};
  counted_ = given && parsed.ec == std::errc() && parsed.ptr == given->data() + given->size();
  if (counted_) return fmt::format("Content-Length: {}\r\n", announced_);
  chunked_ = !head_.http_1_0;
  if (chunked_) return "Transfer-Encoding: chunked\r\n";
  keep_alive_ = false;  // its end is the connection's
  return {};
}

void Connection::respond(const Response& response) {
  if (hub_.stopping) keep_alive_ = false;
  counted_ = chunked_ = false;
  const bool has_body = response.status != 204 && response.status != 304;
  send_head(response, framing_of(response, has_body));
  const bool body_goes_out = has_body && head_.request.method != "HEAD";
  if (exchange_ && body_goes_out) {
    enter(State::streaming);
    bufferevent_setwatermark(stream_, EV_WRITE, hub_.settings.limits.stream_buffer / 2, 0);
    return ask_for_more();
  }
  if (exchange_) finish_exchange(hub_, std::exchange(exchange_, nullptr));
  if (body_goes_out) {
    access_.bytes = response.body.size();
    send(response.body);
  }
  enter(State::sending);
}

void Connection::send_head(const Response& response, std::string_view framing) {
  access_.status = response.status;
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\n", response.status, status_words(response.status));
  if (hub_.settings.now_ms && !response.headers.find("Date")) {
    head += fmt::format("Date: {}\r\n", format_http_date(hub_.settings.now_ms()));
  }
  for (const Field& field : response.headers.fields()) {
    if (!is_ours(field.name)) head += fmt::format("{}: {}\r\n", field.name, field.value);
  }
  head += framing;
  if (!keep_alive_) {
    head += "Connection: close\r\n";
  } else if (head_.http_1_0) {
    head += "Connection: keep-alive\r\n";
  }
  send(head + "\r\n");
}

void Connection::send(std::string_view bytes) {
  if (evbuffer_get_length(bufferevent_get_output(stream_)) == 0) {
    window_ = now();
    taken_ = 0;
  }
  bufferevent_write(stream_, bytes.data(), bytes.size());
}

void Connection::send_piece(std::string_view bytes) {
  access_.bytes += bytes.size();
  if (chunked_) send(fmt::format("{:x}\r\n", bytes.size()));
  send(bytes);
  if (chunked_) send("\r\n");
}

void Connection::finish_when_sent() {
  if (evbuffer_get_length(bufferevent_get_output(stream_)) == 0) sent();
}

void Connection::sent() {
  log(true);
  if (!keep_alive_ || hub_.stopping) return linger();
  next_request();
}

void Connection::next_request() {
  head_ = {};
  chunks_ = {};
  scanned_ = 0;
  first_request_ = false;
  access_ = {};
  enter(State::waiting);
  deadline_ = since_ + hub_.settings.limits.idle;
  read();
}

/// Says that we are done and waits a moment for the other side to notice: closing with bytes unread
/// would take the answer away from it (RFC 9112 9.6).
void Connection::linger() {
  if (heard_all_) return close();
  enter(State::lingering);
  deadline_ = since_ + kLinger;
  if (tls_) ServerTls::say_end(stream_);
  shutdown(bufferevent_getfd(stream_), SHUT_WR);
  discard();
}

void Connection::discard() {
  evbuffer* const input = bufferevent_get_input(stream_);
  discarded_ += evbuffer_get_length(input);
  evbuffer_drain(input, evbuffer_get_length(input));
  if (discarded_ > kDiscard) close();
}

// --- ending

void Connection::check_deadlines(SteadyTime time) {
  const auto self = shared_from_this();
  if (idle() || state_ == State::lingering) {
    if (time >= deadline_) close();
  } else if (reading()) {
    if (time >= deadline_) refuse({408, "the request did not arrive in time"});
  } else if (evbuffer_get_length(bufferevent_get_output(stream_)) > 0 &&
             time >= window_ + hub_.settings.limits.write) {
    if (taken_ < kTakenInWindow) return close();
    window_ = time;
    taken_ = 0;
  }
}

void Connection::stop() {
  const auto self = shared_from_this();
  keep_alive_ = false;
  if (idle()) close();
}

void Connection::close() {
  if (state_ == State::closed) return;
  const auto self = shared_from_this();
  const bool answering = state_ == State::streaming || state_ == State::sending;
  if (answering) log(false);
  if (state_ == State::streaming && access_.bytes > 0) {
    // A reset, not an end: without chunks the end of the connection would be the end of the body.
    const struct ::linger reset { 1, 0 };
    setsockopt(bufferevent_getfd(stream_), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  enter(State::closed);
  release_body();
  if (exchange_ && !making_) finish_exchange(hub_, exchange_);
  exchange_ = nullptr;
  evbuffer_remove_cb(bufferevent_get_output(stream_), on_output, this);
  bufferevent_free(stream_);
  stream_ = nullptr;
  hub_.connections.erase(this);
}

void Connection::log(bool complete) {
  if (!hub_.settings.log) return;
  access_.peer = head_.request.peer.empty() ? peer_ : head_.request.peer;
  access_.ms = std::chrono::duration_cast<std::chrono::milliseconds>(now() - began_).count();
  access_.complete = complete;
  hub_.settings.log(access_);
}

}  // namespace camp::http
