// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace camp::git {

/// What a gzip file of one member holds (RFC 1952). Kind::refused if that is more than `most`
/// bytes, which is noticed before it is unpacked, or if the file is broken or goes on.
Result<std::string> gunzip(std::string_view bytes, std::size_t most);

}  // namespace camp::git
