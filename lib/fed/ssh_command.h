// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/community.h"

namespace camp::fed {

/// What a member's ssh client asks for, of exactly four things.
struct SshCommand {
  enum class What { upload_pack, submit, media_get, media_put };
  What what = What::upload_pack;
  std::string repository;
  std::string sha256;
};

/// Reads SSH_ORIGINAL_COMMAND as data: `git-upload-pack '<repository>'`, `camp-submit`,
/// `camp-media get|put <repository> <sha256>`, to the letter. Kind::refused for anything else.
Result<SshCommand> parse_ssh_command(std::string_view command);

/// Whether a text may be the name of a repository (public, local, private/<id>,
/// neighborhood/<id>), and a picture's SHA-256. Names that are none never reach the gate.
bool is_repository(std::string_view name);
bool is_digest(std::string_view text);

/// The connection's two streams. `read` gives the next bytes, none at their end.
struct Streams {
  std::function<Result<std::string>()> read;
  std::function<Result<void>(std::string_view)> write;
};

/// Does what a member asks for. upload_pack becomes git, and returns only if that fails. Whatever
/// the member may not have is Kind::not_found, as if it were not there.
Result<void> serve_ssh(store::Community& community, const OwnerId& member,
                       const SshCommand& command, const Streams& streams);

}  // namespace camp::fed
