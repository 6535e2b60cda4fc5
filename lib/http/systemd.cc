// SPDX-License-Identifier: MIT
#include "http/systemd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>

#include "base/file.h"

namespace camp::http {
namespace {

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START
constexpr int kMost = 64;

std::optional<int> number_of(const std::optional<std::string>& text) {
  int number = 0;
  if (!text) return std::nullopt;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

bool has_option(int fd, int option, int wanted) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 && value == wanted;
}

}  // namespace

Result<std::vector<int>> passed_sockets(const Env& env) {
  const auto pid = number_of(env.variable("LISTEN_PID"));
  const auto count = number_of(env.variable("LISTEN_FDS"));
  std::vector<int> sockets;
  if (!pid || !count || *pid != getpid()) return sockets;
  if (*count < 0 || *count > kMost) return fail(Kind::usage, "LISTEN_FDS is not a sensible number");
  for (int fd = kFirst; fd < kFirst + *count; ++fd) {
    if (!has_option(fd, SO_TYPE, SOCK_STREAM) || !has_option(fd, SO_ACCEPTCONN, 1)) {
      return fail(Kind::usage, fmt::format("descriptor {} is not a listening stream socket", fd),
                  "the .socket unit needs ListenStream= and Accept=no");
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    sockets.push_back(fd);
  }
  return sockets;
}

void notify_service_manager(const Env& env, std::string_view state) {
  const auto path = env.variable("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (!path || path->size() >= sizeof address.sun_path) return;
  if (path->front() != '/' && path->front() != '@') return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path->data(), path->size());
  if (path->front() == '@') address.sun_path[0] = '\0';  // Linux's abstract names
  const FileDescriptor fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path->size());
  (void)sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace camp::http
