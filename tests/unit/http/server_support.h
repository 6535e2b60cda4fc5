// SPDX-License-Identifier: MIT
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/file.h"
#include "catch.h"
#include "http/server.h"
#include "unit/unit_support.h"

namespace camp::http {

using namespace std::chrono_literals;

/// How long a test waits for what must come. Only a failing test waits so long.
constexpr std::chrono::milliseconds kPatience = 20s;

/// What stands in an answer.
struct RawAnswer {
  int status = 0;  ///< 0: there was no answer
  std::string head, body;
};

/// A socket of a client that says exactly what a test wants.
class RawClient {
 public:
  explicit RawClient(int port, int receive_buffer = 0) {
    fd_ = FileDescriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (receive_buffer > 0) {
      setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  explicit RawClient(const std::string& path) {
    fd_ = FileDescriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    connected_ =
        connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  /// The server's end of a connection that was accepted.
  explicit RawClient(FileDescriptor fd) : fd_(std::move(fd)), connected_(true) {}

  bool connected() const { return connected_; }
  /// Writes all, or as much as is taken before the other side closes or stops reading; the count.
  std::size_t say(std::string_view bytes, std::chrono::milliseconds patience = kPatience) {
    std::size_t said = 0;
    while (said < bytes.size()) {
      pollfd waiting{fd_.get(), POLLOUT, 0};
      if (poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) break;
      const ssize_t count =
          send(fd_.get(), bytes.data() + said, bytes.size() - said, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count <= 0) break;
      said += static_cast<std::size_t>(count);
    }
    return said;
  }
  void say_end() { shutdown(fd_.get(), SHUT_WR); }
  void hang_up() { shutdown(fd_.get(), SHUT_RDWR); }
  /// Reads once into the buffer; false at the end or when nothing comes.
  bool hear(std::chrono::milliseconds patience = kPatience, std::size_t most = 65536) {
    pollfd waiting{fd_.get(), POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) return false;
    std::string bytes(most, '\0');
    const ssize_t count = recv(fd_.get(), bytes.data(), bytes.size(), 0);
    reset_ = count < 0;
    if (count <= 0) return false;
    heard_.append(bytes, 0, static_cast<std::size_t>(count));
    return true;
  }
  /// Everything until the other side closes.
  std::string rest(std::chrono::milliseconds patience = kPatience) {
    while (hear(patience)) {
    }
    return std::exchange(heard_, {});
  }
  /// Whether the other side closes, saying nothing more.
  bool ends(std::chrono::milliseconds patience = kPatience) {
    pollfd waiting{fd_.get(), POLLIN, 0};
    char byte = 0;
    return poll(&waiting, 1, static_cast<int>(patience.count())) > 0 &&
           recv(fd_.get(), &byte, 1, MSG_PEEK) <= 0;
  }
  /// The next answer, whole; of a request by HEAD only its head.
  RawAnswer answer(bool head_only = false) {
    RawAnswer result;
    std::size_t end = std::string::npos;
    while ((end = heard_.find("\r\n\r\n")) == std::string::npos && hear()) {
    }
    if (end == std::string::npos) return result;
    result.head = heard_.substr(0, end + 4);
    heard_.erase(0, end + 4);
    result.status = std::atoi(result.head.c_str() + 9);
    if (head_only) return result;
    const std::size_t at = result.head.find("Content-Length: ");
    if (at != std::string::npos) {
      const auto size = static_cast<std::size_t>(std::atoll(result.head.c_str() + at + 16));
      while (heard_.size() < size && hear()) {
      }
      result.body = heard_.substr(0, size);
      heard_.erase(0, std::min(size, heard_.size()));
    }
    return result;
  }
  RawAnswer ask(std::string_view request) {
    say(request);
    return answer(request.starts_with("HEAD"));
  }

  /// The next request as a server hears it, without its body; empty when there is none.
  std::string request() {
    std::size_t end = std::string::npos;
    while ((end = heard_.find("\r\n\r\n")) == std::string::npos && hear()) {
    }
    if (end == std::string::npos) return {};
    const std::string head = heard_.substr(0, end + 4);
    heard_.erase(0, end + 4);
    return head;
  }

  bool reset() const { return reset_; }
  std::string& heard() { return heard_; }

 private:
  FileDescriptor fd_;
  bool connected_ = false, reset_ = false;
  std::string heard_;
};

inline std::string get(std::string_view path, std::string_view fields = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a.example\r\n" + std::string(fields) +
         "\r\n";
}

/// The body of an answer in chunks, whole; nothing if its end is missing.
inline std::optional<std::string> unchunked(std::string_view bytes) {
  std::string body;
  while (true) {
    const std::size_t line = bytes.find("\r\n");
    if (line == std::string_view::npos) return std::nullopt;
    const auto size = static_cast<std::size_t>(
        std::strtoull(std::string(bytes.substr(0, line)).c_str(), nullptr, 16));
    bytes.remove_prefix(line + 2);
    if (bytes.size() < size + 2) return std::nullopt;
    if (size == 0) return bytes == "\r\n" ? std::optional(body) : std::nullopt;
    body.append(bytes.substr(0, size));
    bytes.remove_prefix(size + 2);
  }
}

/// A gate that a handler waits at until the test opens it.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  /// In a handler; gives up after a while so that a failing test ends.
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait_for(lock, kPatience, [this] { return open_; });
  }
  /// Until so many have come to the gate.
  bool reached(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return waiting_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

/// A server of a test, in a thread of its own, with what it logged.
class TestServer {
 public:
  explicit TestServer(ServerSettings settings, Handler handler = {}) {
    if (settings.listen.empty() && settings.sockets.empty()) settings.listen = {"127.0.0.1:0"};
    if (handler) settings.make_handler = [handler] { return handler; };
    settings.log = [this](const Access& access) {
      const std::lock_guard lock(mutex_);
      log_.push_back(access);
      changed_.notify_all();
    };
    auto opened = Server::open(std::move(settings));
    INFO((opened ? std::string() : opened.error().message));
    REQUIRE(opened);
    server_ = std::move(*opened);
    thread_ = std::thread([this] { ran_ = server_->run().has_value(); });
  }
  ~TestServer() { stop(); }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  Server& operator*() { return *server_; }
  int port() const {
    const std::string& address = server_->addresses().front();
    return std::atoi(address.c_str() + address.rfind(':') + 1);
  }
  bool stop() {
    server_->stop();
    if (thread_.joinable()) thread_.join();
    return ran_;
  }
  /// The log when it has so many lines, or what there is of it after a while.
  std::vector<Access> log(std::size_t lines) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return log_.size() >= lines; });
    return log_;
  }

 private:
  std::unique_ptr<Server> server_;
  std::thread thread_;
  std::atomic<bool> ran_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Access> log_;
};

/// A server that says exactly what a test wants, in a thread for each connection.
class ScriptedServer {
 public:
  using Script = std::function<void(RawClient& peer)>;

  explicit ScriptedServer(Script script) {
    fd_ = FileDescriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(fd_.get(), any, size) == 0);
    REQUIRE(listen(fd_.get(), 64) == 0);
    REQUIRE(getsockname(fd_.get(), any, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, script] {
      while (true) {
        FileDescriptor peer(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!peer.valid() || stopping_) return;
        ++connections_;
        sockets_.push_back(std::make_shared<RawClient>(std::move(peer)));
        peers_.emplace_back([script, mine = sockets_.back()] {
          script(*mine);
          mine->hang_up();
        });
      }
    });
  }
  ~ScriptedServer() {
    stopping_ = true;
    { const RawClient wakes(port_); }
    thread_.join();
    for (const auto& mine : sockets_) mine->hang_up();
    for (std::thread& peer : peers_) peer.join();
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  int port() const { return port_; }
  int connections() const { return connections_; }

 private:
  FileDescriptor fd_;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::thread thread_;
  std::vector<std::shared_ptr<RawClient>> sockets_;
  std::vector<std::thread> peers_;
};

/// Says what it was asked.
inline Response echo(const Request& request) {
  Response response;
  response.headers = {{"Content-Type", "text/plain"}};
  response.body = request.method + " " + request.path + " " + request.query + " " + request.peer +
                  " " + std::to_string(request.body.size());
  return response;
}

}  // namespace camp::http
