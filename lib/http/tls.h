// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

struct bufferevent;
struct event_base;
struct ssl_ctx_st;

namespace camp::http {

/// A certificate with its key, for connections that come in: TLS 1.2 or later, no renegotiation.
class ServerTls {
 public:
  /// Kind::usage if the files cannot be read or do not belong together.
  static Result<ServerTls> load(const std::string& certificate_file, const std::string& key_file);

  /// The connection on an accepted socket, which it owns; null if there is no memory.
  bufferevent* accept(event_base* base, int fd) const;
  /// Says that no more will come, so that nobody takes the end of a connection for a cut.
  static void say_end(bufferevent* connection);

 private:
  explicit ServerTls(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}
  std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace camp::http
