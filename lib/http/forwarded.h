// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "http/message.h"

namespace camp::http {

/// Who made a request that a trusted proxy passed on: the last address of X-Forwarded-For that is
/// not a trusted proxy's. The proxy's own (`peer`) if it names none.
std::string forwarded_peer(const Headers& headers, const std::string& peer,
                           const std::vector<std::string>& trusted_proxies);

/// An address in the spelling of address_text(); empty if it is none. A port is dropped.
std::string normal_address(std::string_view text);

}  // namespace camp::http
