// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace camp::http {

/// What may be spoken with.
struct Policy {
  /// Also http:// and any port at `localhost`, 127.0.0.0/8 and [::1]: for tests on one machine.
  /// Nothing else beyond loopback is allowed by it.
  bool loopback = false;
};

/// A URL in the one form that camp uses. Parts stand as they are sent: nothing is decoded.
struct Url {
  std::string scheme = {};    ///< "https", or "http" under the loopback policy
  std::string host = {};      ///< lower case, A-labels; an IPv6 address (loopback only) in brackets
  std::uint16_t port = 0;     ///< 0: the scheme's own
  std::string path = {};      ///< begins with "/"
  std::string query = {};     ///< after "?"; empty: there is none
  std::string fragment = {};  ///< after "#", never sent; empty: there is none

  /// The whole, fragment too. parse_url() of it gives an equal Url.
  std::string text() const;
  /// Scheme, host and port: "https://friend.camp".
  std::string origin() const;
  /// What stands in a request's first line and what its signature covers: path and query.
  std::string target() const;
  /// What the Host field says: the host, with the port if it is not the scheme's own.
  std::string authority() const;

  bool operator==(const Url&) const = default;
};

/// Reads a URL of at most 2048 bytes. Kind::refused for everything but https to a DNS name with a
/// dot in it (no address, no trailing dot, no user, no port but 443), for a path with "." or ".."
/// parts, and for characters that RFC 3986 does not allow. The host comes out in lower-case
/// A-labels, ":443" and a missing path as the short forms; all else stays as it is.
Result<Url> parse_url(std::string_view text, Policy policy = {});

/// The URL that a Location field means when it stands in an answer from `base` (RFC 3986 5).
Result<Url> resolve_url(const Url& base, std::string_view reference, Policy policy = {});

}  // namespace camp::http
