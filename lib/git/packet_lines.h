// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "git/upload_pack.h"

namespace camp::git {

/// The other end of a conversation, which may say whatever it likes.
struct FarSide {
  std::function<Result<std::string>()> read;  ///< the next bytes; empty when there are no more
  std::function<Error()> broken_off;          ///< why there are no more where some were expected
};

/// The lines of the protocol (gitprotocol-common(5)): each begins with its length in four digits.
/// Kind::network for what is no line, Kind::refused when the other side says no.
class PacketLines {
 public:
  explicit PacketLines(FarSide from) : from_(std::move(from)) {}

  /// The next line without its length, valid until the next call; nothing for a flush.
  Result<std::optional<std::string_view>> next();

 private:
  Result<std::string_view> take(std::size_t size);

  FarSide from_;
  std::string buffer_;  ///< read and not yet used
  std::size_t used_ = 0;
};

/// What the other side says, for a message: one short line that is safe on a terminal.
std::string said(std::string_view text);

/// A line with its length, to be sent.
std::string packet(std::string_view line);

/// Which branches there are (refs/heads/ alone), sorted by name: what git-upload-pack says first.
Result<std::vector<Branch>> read_branches(PacketLines& lines, const TransferLimits& limits);

/// What it answers to wants and haves: whether there is something in common, then the pack, handed
/// on in pieces.
Result<void> read_pack(PacketLines& lines, const TransferLimits& limits,
                       const std::function<Result<void>(std::string_view piece)>& sink);

}  // namespace camp::git
