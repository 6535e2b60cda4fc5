// SPDX-License-Identifier: MIT
#include "http/server.h"

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/file.h"
#include "http/address.h"
#include "http/connection.h"
#include "http/forwarded.h"
#include "http/listen.h"
#include "http/sigpipe.h"
#include "http/tls.h"

namespace camp::http {
namespace {

using namespace std::chrono_literals;
using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds kSweep = 200ms;  // how exactly deadlines are kept
constexpr Milliseconds kPause = 1s;     // without accepting, when descriptors have run out

timeval timeval_of(Milliseconds time) {
  timeval result{};
  result.tv_sec = static_cast<decltype(result.tv_sec)>(time.count() / 1000);
  result.tv_usec = static_cast<decltype(result.tv_usec)>(time.count() % 1000 * 1000);
  return result;
}

/// An event of the loop that calls a function.
class Event {
 public:
  Event(event_base* base, int fd, short what, std::function<void()> task)
      : task_(std::move(task)), event_(event_new(base, fd, what, call, this)) {}
  ~Event() { event_free(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void add() { event_add(event_, nullptr); }
  void add(Milliseconds time) {
    const timeval interval = timeval_of(time);
    event_add(event_, &interval);
  }

 private:
  static void call(evutil_socket_t, short, void* self) { static_cast<Event*>(self)->task_(); }

  std::function<void()> task_;
  event* event_;
};

struct FreeBase {
  void operator()(event_base* base) const { event_base_free(base); }
};
struct FreeListener {
  void operator()(evconnlistener* listener) const { evconnlistener_free(listener); }
};

}  // namespace

struct Server::State {
  std::unique_ptr<event_base, FreeBase> base;
  FileDescriptor wake;  ///< an eventfd: written to by any thread and by signal handlers
  std::atomic<bool> stop_asked{false}, reload_asked{false};
  std::mutex mutex;
  std::deque<std::function<void()>> tasks;  ///< guarded by `mutex`

  // The loop's own.
  Hub hub;
  std::optional<ServerTls> tls;
  std::vector<ListeningSocket> sockets;
  std::vector<std::string> addresses;
  struct Listener {
    State* state;
    bool is_unix;
    std::unique_ptr<evconnlistener, FreeListener> handle = {};
  };
  std::vector<std::unique_ptr<Listener>> listeners;
  std::vector<std::unique_ptr<Event>> timers;
  std::unique_ptr<Event> woken, sweep, resume;
  bool sweeping = false;
  SteadyTime stop_deadline = {};

  ~State() {
    if (hub.workers) hub.workers->stop();
    remove_socket_names();
    hub.connections.clear();
  }

  void post(std::function<void()> task) {
    {
      const std::lock_guard lock(mutex);
      tasks.push_back(std::move(task));
    }
    wake_up();
  }
  /// May be called in a signal handler, whose thread keeps its errno.
  void wake_up() const {
    const int error = errno;
    const std::uint64_t one = 1;
    // It fails only when the counter is full, and then the loop is being woken anyway.
    const ssize_t written = write(wake.get(), &one, sizeof one);
    (void)written;
    errno = error;
  }

  void run_tasks();
  void read_certificate();
  void listen();
  static void on_accept(evconnlistener*, evutil_socket_t fd, sockaddr* address, int, void* self);
  static void on_accept_error(evconnlistener*, void* self);
  void accepted(evutil_socket_t fd, const sockaddr& address, bool is_unix);
  bool make_room();
  void pause();
  void check_deadlines();
  void begin_stop();
  void remove_socket_names();
};

void Server::State::run_tasks() {
  std::uint64_t count = 0;
  const ssize_t got = ::read(wake.get(), &count, sizeof count);
  (void)got;
  std::deque<std::function<void()>> now;
  {
    const std::lock_guard lock(mutex);
    now.swap(tasks);
  }
  for (const auto& task : now) task();
  if (reload_asked.exchange(false)) read_certificate();
  if (stop_asked && !hub.stopping) begin_stop();
  if (hub.stopping && hub.connections.empty()) event_base_loopbreak(base.get());
}

/// A connection holds on to the certificate that it began with.
void Server::State::read_certificate() {
  if (!tls) return;
  auto read = ServerTls::load(hub.settings.certificate_file, hub.settings.key_file);
  if (read) tls = *std::move(read);
  if (!hub.settings.certificate_read) return;
  hub.settings.certificate_read(read ? Result<void>() : tl::unexpected<Error>(read.error()));
}

void Server::State::listen() {
  for (ListeningSocket& socket : sockets) {
    auto listener = std::make_unique<Listener>(Listener{this, socket.is_unix});
    listener->handle.reset(evconnlistener_new(base.get(), on_accept, listener.get(),
                                              LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0,
                                              socket.fd.release()));
    if (!listener->handle) continue;
    evconnlistener_set_error_cb(listener->handle.get(), on_accept_error);
    listeners.push_back(std::move(listener));
  }
}

void Server::State::on_accept(evconnlistener*, evutil_socket_t fd, sockaddr* address, int,
                              void* self) {
  const auto* listener = static_cast<const Listener*>(self);
  listener->state->accepted(fd, *address, listener->is_unix);
}

void Server::State::on_accept_error(evconnlistener*, void* self) {
  const int error = errno;
  State* const state = static_cast<const Listener*>(self)->state;
  if (error != EMFILE && error != ENFILE && error != ENOBUFS && error != ENOMEM) return;
  state->make_room();
  state->pause();
}

void Server::State::pause() {
  for (const auto& listener : listeners) evconnlistener_disable(listener->handle.get());
  resume->add(kPause);
}

/// Closes the connection that is idle the longest, or of those that have not sent a whole request
/// the one that began first. False if all the others are being answered.
bool Server::State::make_room() {
  const auto oldest = [this](auto wanted) {
    std::shared_ptr<Connection> found;
    for (const auto& [key, connection] : hub.connections) {
      if (wanted(*connection) && (!found || connection->since() < found->since())) {
        found = connection;
      }
    }
    return found;
  };
  auto victim = oldest([](const Connection& connection) { return connection.idle(); });
  if (!victim) victim = oldest([](const Connection& c) { return c.reading(); });
  if (!victim) return false;
  victim->close();
  return true;
}

void Server::State::accepted(evutil_socket_t fd, const sockaddr& address, bool is_unix) {
  if (hub.connections.size() >= hub.settings.limits.connections && !make_room()) {
    ::close(fd);
    return;
  }
  if (!is_unix) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  const bool secure = tls && !is_unix;
  bufferevent* const stream = secure
                                  ? tls->accept(base.get(), fd)
                                  : bufferevent_socket_new(base.get(), fd, BEV_OPT_CLOSE_ON_FREE);
  if (stream == nullptr) {
    ::close(fd);
    return;
  }
  const std::string peer = is_unix ? "unix" : address_text(address);
  const auto& proxies = hub.settings.trusted_proxies;
  const bool trusted =
      is_unix || std::any_of(proxies.begin(), proxies.end(), [&](const std::string& proxy) {
        return normal_address(proxy) == peer;
      });
  const auto connection = std::make_shared<Connection>(hub, stream, peer, trusted, secure);
  hub.connections.emplace(connection.get(), connection);
  connection->start();
  if (!sweeping) {
    sweeping = true;
    sweep->add(kSweep);
  }
}

void Server::State::check_deadlines() {
  const SteadyTime now = std::chrono::steady_clock::now();
  std::vector<std::shared_ptr<Connection>> all;
  for (const auto& [key, connection] : hub.connections) all.push_back(connection);
  const bool out_of_time = hub.stopping && now >= stop_deadline;
  for (const auto& connection : all) {
    if (out_of_time) {
      connection->close();
    } else {
      connection->check_deadlines(now);
    }
  }
  sweeping = !hub.connections.empty();
  if (sweeping) {
    sweep->add(kSweep);
  } else if (hub.stopping) {
    event_base_loopbreak(base.get());
  }
}

void Server::State::begin_stop() {
  hub.stopping = true;
  stop_deadline = std::chrono::steady_clock::now() + hub.settings.limits.stop;
  listeners.clear();
  remove_socket_names();
  std::vector<std::shared_ptr<Connection>> all;
  for (const auto& [key, connection] : hub.connections) all.push_back(connection);
  for (const auto& connection : all) connection->stop();
}

void Server::State::remove_socket_names() {
  for (ListeningSocket& socket : sockets) {
    if (!socket.remove_path.empty()) unlink(socket.remove_path.c_str());
    socket.remove_path.clear();
  }
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(ServerSettings settings) {
  auto state = std::make_unique<State>();
  std::vector<FileDescriptor> passed;
  for (const int fd : settings.sockets) passed.emplace_back(fd);
  if (settings.certificate_file.empty() != settings.key_file.empty()) {
    return fail(Kind::usage, "a certificate and its key go together");
  }
  if (!settings.certificate_file.empty()) {
    state->tls = CAMP_TRY(ServerTls::load(settings.certificate_file, settings.key_file));
  }
  for (const std::string& proxy : settings.trusted_proxies) {
    if (normal_address(proxy).empty()) {
      return fail(Kind::usage, "\"" + proxy + "\" is no address of a proxy");
    }
  }
  for (FileDescriptor& fd : passed) {
    state->sockets.push_back(CAMP_TRY(take_listening(fd.release(), settings.loopback_only)));
  }
  for (const std::string& address : settings.listen) {
    state->sockets.push_back(CAMP_TRY(listen_on(address, settings.loopback_only)));
  }
  if (state->sockets.empty()) return fail(Kind::usage, "there is no address to listen on");
  for (const ListeningSocket& socket : state->sockets) state->addresses.push_back(socket.address);
  state->base.reset(event_base_new());
  state->wake = FileDescriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!state->base || !state->wake.valid()) return fail(Kind::failed, "cannot make an event loop");
  state->hub.settings = std::move(settings);
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

const std::vector<std::string>& Server::addresses() const { return state_->addresses; }

Result<void> Server::run() {
  State& state = *state_;
  const WithoutSigpipe without_sigpipe;
  event_base* const base = state.base.get();
  state.hub.post = [&state](std::function<void()> task) { state.post(std::move(task)); };
  state.woken = std::make_unique<Event>(base, state.wake.get(), EV_READ | EV_PERSIST,
                                        [&state] { state.run_tasks(); });
  state.sweep = std::make_unique<Event>(base, -1, 0, [&state] { state.check_deadlines(); });
  state.resume = std::make_unique<Event>(base, -1, 0, [&state] {
    for (const auto& listener : state.listeners) evconnlistener_enable(listener->handle.get());
  });
  state.woken->add();
  state.hub.workers =
      std::make_unique<Workers>(state.hub.settings.workers, state.hub.settings.make_handler);
  state.listen();
  state.wake_up();
  const int ended = event_base_dispatch(base);
  state.hub.workers->stop();
  state.timers.clear();
  if (ended < 0) return fail(Kind::failed, "the event loop has failed");
  return {};
}

void Server::stop() {
  state_->stop_asked = true;
  state_->wake_up();
}

void Server::reload_certificate() {
  state_->reload_asked = true;
  state_->wake_up();
}

void Server::post(std::function<void()> task) { state_->post(std::move(task)); }

void Server::every(std::chrono::milliseconds interval, std::function<void()> task) {
  State* const state = state_.get();
  state->post([state, interval, task = std::move(task)]() mutable {
    state->timers.push_back(
        std::make_unique<Event>(state->base.get(), -1, EV_PERSIST, std::move(task)));
    state->timers.back()->add(interval);
  });
}

}  // namespace camp::http
