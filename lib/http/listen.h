// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/file.h"
#include "base/result.h"

namespace camp::http {

/// A socket that listens, and where.
struct ListeningSocket {
  FileDescriptor fd = {};
  std::string address = {};  ///< as in ServerSettings::listen, with the port that was given
  bool is_unix = false;
  std::string remove_path = {};  ///< a Unix socket's name that we made and remove at the end
};

/// Binds one address of ServerSettings::listen and listens. A Unix socket's name that nobody
/// answers at any more is taken over; group members may connect (mode 0660).
Result<ListeningSocket> listen_on(const std::string& address, bool loopback_only);

/// Takes over a socket that listens already.
Result<ListeningSocket> take_listening(int fd, bool loopback_only);

}  // namespace camp::http
