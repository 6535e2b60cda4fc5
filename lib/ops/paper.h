// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/env.h"
#include "base/ids.h"
#include "base/result.h"
#include "crypto/ed25519.h"

namespace camp::ops {

/// The keys that a member keeps on paper: the one that decides, and its promised successor, which
/// is only ever used to replace it and can do that alone.
struct PaperKeys {
  crypto::SecretKey key;
  crypto::SecretKey spare;
};

PaperKeys new_paper_keys(const Env& env);

/// The sheet as it is printed or saved: whose it is, what it is for, and both keys as 24 words
/// each.
Result<std::string> paper_sheet(const PaperKeys& keys, const std::string& handle,
                                const OwnerId& member, const std::string& community_name);
/// What a sheet, or one part of it, holds.
struct PaperSheet {
  std::string member;  ///< whose it says it is; may be empty
  std::optional<crypto::SecretKey> key;
  std::optional<crypto::SecretKey> spare;
};
/// Reads a sheet back, or the half that its owner still has; `name` is the file's, for messages.
Result<PaperSheet> read_paper_sheet(std::string_view text, std::string_view name);

/// Takes a finished sheet to its owner: to a terminal or into a file, and nowhere else. If it
/// fails, nothing that the sheet is for comes into being.
using HandOver = std::function<Result<void>(const std::string& sheet)>;

}  // namespace camp::ops
