// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace camp {

/// The one spelling of a host name: lower case, international labels as A-labels (IDNA 2008 with
/// the mapping of UTS #46, not transitional). Letters, digits and hyphens, labels of up to 63 and a
/// name of up to 253 characters; no dot at the end, and a last label that begins with a letter, so
/// that no spelling of an address passes. Kind::refused for anything else, also for names with
/// characters that the mapping would silently drop.
Result<std::string> normal_host(std::string_view name);

}  // namespace camp
