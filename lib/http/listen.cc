// SPDX-License-Identifier: MIT
#include "http/listen.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "http/address.h"

namespace camp::http {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr int kBacklog = 128;

/// An address of any family, as the kernel takes it.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr& any() { return reinterpret_cast<sockaddr&>(storage); }
};

tl::unexpected<Error> no_address(const std::string& text) {
  return fail(Kind::usage, fmt::format("\"{}\" is no address to listen on", text),
              "write 127.0.0.1:8080, [::1]:8080 or unix:/path");
}

Result<Address> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.front() != '/' || path.size() >= sizeof address.sun_path) {
    return fail(
        Kind::usage, fmt::format("\"{}\" cannot be the path of a socket", path),
        fmt::format("it begins with / and is shorter than {} bytes", sizeof address.sun_path));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  Address result;
  std::memcpy(&result.storage, &address, sizeof address);
  result.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return result;
}

Result<Address> ip_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return no_address(text);
  std::string host = text.substr(0, colon);
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc() || stop != end) return no_address(text);
  Address result;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    sockaddr_in6 ip{};
    ip.sin6_family = AF_INET6;
    ip.sin6_port = htons(port);
    host = host.substr(1, host.size() - 2);
    if (inet_pton(AF_INET6, host.c_str(), &ip.sin6_addr) != 1) return no_address(text);
    std::memcpy(&result.storage, &ip, sizeof ip);
    result.size = sizeof ip;
  } else {
    sockaddr_in ip{};
    ip.sin_family = AF_INET;
    ip.sin_port = htons(port);
    if (inet_pton(AF_INET, host.c_str(), &ip.sin_addr) != 1) return no_address(text);
    std::memcpy(&result.storage, &ip, sizeof ip);
    result.size = sizeof ip;
  }
  return result;
}

std::string text_of(Address address) {
  if (address.any().sa_family == AF_UNIX) {
    sockaddr_un name{};
    std::memcpy(&name, &address.storage, sizeof name);
    return std::string(kUnix) + name.sun_path;
  }
  const bool six = address.any().sa_family == AF_INET6;
  sockaddr_in port4{};
  sockaddr_in6 port6{};
  std::memcpy(&port4, &address.storage, sizeof port4);
  std::memcpy(&port6, &address.storage, sizeof port6);
  const int port = ntohs(six ? port6.sin6_port : port4.sin_port);
  const std::string ip = address_text(address.any());
  return six ? fmt::format("[{}]:{}", ip, port) : fmt::format("{}:{}", ip, port);
}

Result<Address> address_of(int fd) {
  Address address;
  address.size = sizeof address.storage;
  if (getsockname(fd, &address.any(), &address.size) != 0) {
    return fail(Kind::usage, fmt::format("descriptor {} is no socket", fd));
  }
  return address;
}

Result<void> check_allowed(Address address, bool loopback_only) {
  const bool local = address.any().sa_family == AF_UNIX || is_loopback(address.any());
  if (!loopback_only || local) return {};
  return fail(Kind::refused, fmt::format("{} can be reached from other machines", text_of(address)),
              "listen on 127.0.0.1, [::1] or a Unix socket here");
}

std::string hint_for(int error) {
  switch (error) {
    case EADDRINUSE:
      return "another program listens there; stop it or take another port";
    case EADDRNOTAVAIL:
      return "this machine has no such address";
    case EACCES:
      return "ports below 1024 need a service manager that passes the socket, or a proxy in front";
    case ENOENT:
      return "make the directory of the socket first";
    default:
      return {};
  }
}

/// Removes the name of a Unix socket whose server has died; one that answers is left alone.
void remove_stale(Address& address, const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  const FileDescriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe.valid()) return;
  const bool dead =
      connect(probe.get(), &address.any(), address.size) != 0 && errno == ECONNREFUSED;
  if (dead) unlink(path.c_str());
}

}  // namespace

Result<ListeningSocket> listen_on(const std::string& text, bool loopback_only) {
  ListeningSocket result;
  result.is_unix = text.starts_with(kUnix);
  const std::string path = result.is_unix ? text.substr(kUnix.size()) : "";
  Address address = CAMP_TRY(result.is_unix ? unix_address(path) : ip_address(text));
  CAMP_TRY(check_allowed(address, loopback_only));
  const int family = address.any().sa_family;
  result.fd = FileDescriptor(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (result.is_unix) {
    remove_stale(address, path);
  } else {
    setsockopt(result.fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6) {
      setsockopt(result.fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
  }
  const bool bound = result.fd.valid() && bind(result.fd.get(), &address.any(), address.size) == 0;
  if (bound && result.is_unix) {
    result.remove_path = path;
    (void)chmod(path.c_str(), 0660);
  }
  if (!bound || listen(result.fd.get(), kBacklog) != 0) {
    const int error = errno;
    return fail(Kind::failed, fmt::format("cannot listen on {}: {}", text, std::strerror(error)),
                hint_for(error));
  }
  result.address = text_of(CAMP_TRY(address_of(result.fd.get())));
  return result;
}

Result<ListeningSocket> take_listening(int fd, bool loopback_only) {
  ListeningSocket result;
  result.fd = FileDescriptor(fd);
  const Address address = CAMP_TRY(address_of(fd));
  CAMP_TRY(check_allowed(address, loopback_only));
  result.is_unix = address.storage.ss_family == AF_UNIX;
  result.address = text_of(address);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return result;
}

}  // namespace camp::http
