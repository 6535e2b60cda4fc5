// SPDX-License-Identifier: MIT
// A server as a child, a client that asks it much, and servers that it delivers to: all of it on
// loopback, and as cheap as can be beside what is measured.
#include "loopback.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include "bench.h"

namespace camp::bench {
namespace {

constexpr int kPeerTurnMs = 200;

sockaddr_in address_of(std::uint32_t host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(host);
  address.sin_port = htons(port);
  return address;
}

Error socket_error(const char* act) {
  return Error{Kind::failed, fmt::format("{}: {}", act, std::strerror(errno)), {}};
}

/// A listening socket at a free port of an address, which it tells.
Result<FileDescriptor> listen_at(std::uint32_t host, std::uint16_t& port) {
  FileDescriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = address_of(host, 0);
  socklen_t size = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  if (!fd.valid() || ::bind(fd.get(), plain, size) != 0 || ::listen(fd.get(), 16) != 0 ||
      ::getsockname(fd.get(), plain, &size) != 0) {
    return tl::unexpected<Error>(socket_error("listening on loopback"));
  }
  port = ntohs(address.sin_port);
  return fd;
}

/// The length of a head with its blank line, 0 while it is not whole, and of the body behind it.
struct Framing {
  std::size_t head = 0, body = 0;
};
Framing framing_of(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return {};
  Framing framing{end + 4, 0};
  for (std::size_t at = 0; at < end; at = bytes.find("\r\n", at) + 2) {
    constexpr std::string_view kName = "content-length:";
    if (strncasecmp(bytes.data() + at, kName.data(), kName.size()) != 0) continue;
    at += kName.size();
    while (bytes[at] == ' ') ++at;
    std::from_chars(bytes.data() + at, bytes.data() + end, framing.body);
  }
  return framing;
}

/// One kept connection of the client.
class Asker {
 public:
  explicit Asker(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in address = address_of(INADDR_LOOPBACK, port);
    const timeval most{30, 0};
    const int on = 1;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connected_ =
        ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  bool connected() const { return connected_; }

  /// The length of the answer's body.
  Result<std::size_t> ask(const std::string& request) {
    if (::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
      return tl::unexpected<Error>(socket_error("asking"));
    }
    answer_.clear();
    Framing framing;
    while (framing.head == 0 || answer_.size() < framing.head + framing.body) {
      const ssize_t got = ::recv(socket_.get(), buffer_, sizeof buffer_, 0);
      if (got <= 0) return tl::unexpected<Error>(socket_error("waiting for an answer"));
      answer_.append(buffer_, static_cast<std::size_t>(got));
      if (framing.head == 0) framing = framing_of(answer_);
    }
    if (answer_.starts_with("HTTP/1.1 200 ")) return framing.body;
    return fail(Kind::failed, request.substr(0, request.find('\r')) + " was answered with " +
                                  answer_.substr(0, answer_.find('\r')));
  }

 private:
  FileDescriptor socket_;
  bool connected_ = false;
  std::string answer_;
  char buffer_[64 << 10];
};

}  // namespace

Result<Running> Running::start(const std::vector<std::string>& argv,
                               const std::vector<std::string>& environment) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int code = posix_spawnp(&child, argv[0].c_str(), &files, nullptr, pointers(argv).data(),
                                pointers(environment).data());
  posix_spawn_file_actions_destroy(&files);
  if (code != 0) return fail(Kind::failed, "cannot start " + argv[0]);
  return Running(child);
}

double Running::memory(const std::string& name) const {
  std::ifstream status(fmt::format("/proc/{}/status", child_));
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == name + ":" && status >> kib) return kib * 1024;
  }
  return 0;
}

Result<void> Running::stop() {
  const pid_t child = std::exchange(child_, 0);
  if (child == 0) return {};
  ::kill(child, SIGTERM);
  int status = 0;
  for (int turn = 0; turn < 100; ++turn) {
    if (::waitpid(child, &status, WNOHANG) == child) {
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
      return fail(Kind::failed, fmt::format("the server ended with status {}", status));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return fail(Kind::failed, "the server did not end");
}

Result<std::uint16_t> free_port() {
  std::uint16_t port = 0;
  CAMP_TRY(listen_at(INADDR_LOOPBACK, port));
  return port;
}

Result<Load> get_all(std::uint16_t port, const std::vector<std::string>& paths,
                     const std::string& accept, double seconds, const std::atomic<bool>* stop,
                     std::size_t connections) {
  struct Part {
    std::size_t answers = 0, bytes = 0;
    std::optional<Error> error = {};
  };
  std::vector<Part> parts(connections);
  const Stopwatch watch;
  const auto ask = [&](std::size_t number) {
    Asker asker(port);
    Part& part = parts[number];
    if (!asker.connected()) part.error = Error{Kind::failed, "nobody answers", {}};
    for (std::size_t at = number; !part.error && watch.us() < seconds * 1e6; ++at) {
      if (stop != nullptr && *stop) break;
      const auto body =
          asker.ask(fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAccept: {}\r\n\r\n",
                                paths[at % paths.size()], port, accept));
      if (!body) {
        part.error = body.error();
        break;
      }
      ++part.answers;
      part.bytes += *body;
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < connections; ++i) threads.emplace_back(ask, i);
  for (std::thread& thread : threads) thread.join();
  Load load{.us = watch.us()};
  for (const Part& part : parts) {
    if (part.error) return tl::unexpected<Error>(*part.error);
    load.answers += part.answers;
    load.bytes += static_cast<double>(part.bytes);
  }
  return load;
}

Result<std::unique_ptr<Peers>> Peers::start(const std::vector<Manner>& manners) {
  auto peers = std::unique_ptr<Peers>(new Peers);
  peers->manners_ = manners;
  for (std::size_t i = 0; i < manners.size(); ++i) {
    std::uint16_t port = 0;
    FileDescriptor fd =
        CAMP_TRY(listen_at((127u << 24) + 256 + static_cast<std::uint32_t>(i) + 1, port));
    if (manners[i] == Manner::refuses) fd = FileDescriptor();
    peers->listening_.push_back(std::move(fd));
    peers->hosts_.push_back(fmt::format("127.0.{}.{}:{}", (i + 257) / 256, (i + 257) % 256, port));
  }
  peers->thread_ = std::thread([self = peers.get()] { self->serve(); });
  return peers;
}

Peers::~Peers() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void Peers::serve() {
  while (!stopping_) {
    std::vector<pollfd> waiting;
    for (const FileDescriptor& fd : listening_) waiting.push_back({fd.get(), POLLIN, 0});
    for (const auto& [fd, connection] : connections_) waiting.push_back({fd, POLLIN, 0});
    if (::poll(waiting.data(), waiting.size(), kPeerTurnMs) <= 0) continue;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].revents == 0) continue;
      if (i < listening_.size()) {
        accept_from(i);
      } else if (!read_from(connections_.at(waiting[i].fd))) {
        connections_.erase(waiting[i].fd);
      }
    }
  }
}

void Peers::accept_from(std::size_t number) {
  FileDescriptor socket(::accept4(listening_[number].get(), nullptr, nullptr, SOCK_CLOEXEC));
  const int fd = socket.get();
  if (fd >= 0) connections_[fd] = Connection{std::move(socket), manners_[number]};
}

/// Reads what is there and answers whole requests; false at the end of the connection.
bool Peers::read_from(Connection& connection) {
  char buffer[16 << 10];
  const ssize_t got = ::recv(connection.socket.get(), buffer, sizeof buffer, 0);
  if (got <= 0) return false;
  if (connection.manner == Manner::silent) return true;
  connection.read.append(buffer, static_cast<std::size_t>(got));
  const Framing framing = framing_of(connection.read);
  if (framing.head == 0 || connection.read.size() < framing.head + framing.body) return true;
  connection.read.erase(0, framing.head + framing.body);
  const bool takes = connection.manner == Manner::takes;
  const std::string answer = fmt::format("HTTP/1.1 {}\r\nContent-Length: 0\r\n\r\n",
                                         takes ? "202 Accepted" : "500 Internal Server Error");
  if (takes) ++taken_;
  return ::send(connection.socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL) > 0;
}

}  // namespace camp::bench
