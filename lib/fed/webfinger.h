// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "fed/site.h"

namespace camp::fed {

/// Whom a WebFinger request (RFC 7033) is about.
struct Resource {
  enum class Kind { malformed, elsewhere, member, instance };
  Kind kind = Kind::elsewhere;
  std::string handle = {};  ///< lower case, of a member
};

/// Reads `resource`, decoded: acct:handle@host in any case, or an actor's id as it stands.
Resource parse_resource(const Site& site, std::string_view resource);

/// The JRD of a member.
Json webfinger_document(const Site& site, std::string_view handle);
/// The JRD of the instance actor, whose user name is the host.
Json instance_webfinger_document(const Site& site);

/// The XRD that tells older software where WebFinger is (RFC 6415).
std::string host_meta_document(const Site& site);

}  // namespace camp::fed
