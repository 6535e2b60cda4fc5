// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "base/env.h"
#include "base/result.h"
#include "fed/origin.h"
#include "http/url.h"

namespace camp::fed {

/// Reads the address of an origin: https://host, in whose place a test on one machine may put
/// http://127.0.0.1:port if CAMP_INSECURE_LOOPBACK is 1. The host is all that it says: a path, a
/// user or another port is Kind::usage.
Result<http::Url> parse_https(const Env& env, const std::string& address);

/// Opens it (git_http.h is the other end). Without a proof it is nobody in particular, who reads
/// what is public; a member without one is Kind::refused.
Result<std::unique_ptr<Origin>> open_https(const Env& env, const std::string& address,
                                           const std::string& member, const Proof& proof);

}  // namespace camp::fed
