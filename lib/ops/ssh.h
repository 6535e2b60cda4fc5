// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/env.h"
#include "fed/ssh_command.h"
#include "ops/open.h"

namespace camp::ops {

/// What stands in ~/.ssh/authorized_keys of the origin's account for a member's key: the key can do
/// this one thing and nothing else. `key` is a public key as ssh-keygen writes it; Kind::usage if
/// it is none, Kind::refused for a directory whose name has two lines.
Result<std::string> authorized_keys_line(const std::string& directory, std::string_view handle,
                                         std::string_view key);
/// The same with the public key of whoever runs this, if one of the usual names holds one, else
/// with the words PUBLIC-KEY.
Result<std::string> authorized_keys_line(const Env& env, const std::string& directory,
                                         std::string_view handle);

/// Serves one command of a member who came in by ssh: `command` is what SSH_ORIGINAL_COMMAND says.
Result<void> serve_ssh_command(store::Community& community, const std::string& handle,
                               std::string_view command, const fed::Streams& streams);

}  // namespace camp::ops
