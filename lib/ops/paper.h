// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/env.h"
#include "base/ids.h"
#include "base/result.h"
#include "crypto/ed25519.h"

namespace camp::ops {

/// The keys that a member keeps on paper: the one that decides, and its successor, which is only
/// ever used to replace it.
struct PaperKeys {
  crypto::SecretKey key;
  crypto::SecretKey spare;
};

PaperKeys new_paper_keys(const Env& env);

/// The sheet as it is printed or saved: whose it is, what it is for, and both keys as 24 words
/// each.
Result<std::string> paper_sheet(const PaperKeys& keys, const std::string& handle,
                                const OwnerId& member, const std::string& community_name);
/// Reads such a sheet back; `name` is the file's, for messages.
Result<PaperKeys> read_paper_sheet(std::string_view sheet, std::string_view name);

/// Takes a finished sheet to its owner: to a terminal or into a file, and nowhere else. If it
/// fails, nothing that the sheet is for comes into being.
using HandOver = std::function<Result<void>(const std::string& sheet)>;

}  // namespace camp::ops
