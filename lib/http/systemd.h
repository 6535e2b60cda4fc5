// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "base/env.h"
#include "base/result.h"

namespace camp::http {

/// The listening sockets that systemd passed to this process (sd_listen_fds(3): LISTEN_PID,
/// LISTEN_FDS), closed on exec from now on; none if it passed none to us. Call it once. Kind::usage
/// if what was passed is no listening stream socket.
Result<std::vector<int>> passed_sockets(const Env& env);

/// Tells the service manager a state, as "READY=1" or "STOPPING=1" (sd_notify(3)). Without
/// NOTIFY_SOCKET, or when nobody listens there, nothing happens.
void notify_service_manager(const Env& env, std::string_view state);

}  // namespace camp::http
