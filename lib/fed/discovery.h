// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/json.h"
#include "fed/actor_document.h"
#include "fed/names.h"
#include "fed/note_document.h"
#include "fed/site.h"
#include "http/message.h"
#include "store/community.h"

namespace camp::fed {

/// What the handlers need. All but the first two may stay as they are.
struct DiscoveryContext {
  const store::Community& community;
  const Site& site;
  std::string version = "0";  ///< of camp
  bool publish_usage =
      false;  ///< whether NodeInfo tells how many members and public posts there are
  Quotes quotes = Quotes::nobody;
  Elsewhere elsewhere = {};

  /// Adds to a profile what the member said about themselves.
  std::function<Result<void>(const OwnerId& member, ActorProfile& profile)> describe = {};
  /// Puts a proof into a document of a member's.
  std::function<Result<void>(const OwnerId& member, Json& document)> prove = {};

  /// Whether objects and collections are for signed requests only. Actors, WebFinger and NodeInfo
  /// are always open: without them nobody could check a signature.
  bool authorized_fetch = false;
  /// The actor whose signature on a request was verified; an error if there is none.
  std::function<Result<std::string>(const http::Request&)> signer = {};
  /// Whether a member shuts an actor out, who then sees what a stranger sees of what is not there.
  /// Asked where requests must be signed: elsewhere nobody says who they are.
  std::function<Result<bool>(const OwnerId& member, const std::string& actor)> is_blocked = {};
};

/// Answers GET and HEAD (alike: the server leaves a HEAD's body out) of what a community shows as
/// data: WebFinger, host-meta, NodeInfo, actors, objects and collections. Nothing if the address is
/// another handler's or a page is wanted. What is not public is answered exactly as what never was.
std::optional<http::Response> serve_discovery(const DiscoveryContext& context,
                                              const http::Request& request);

/// A member's profile as the community's papers give it; `describe` adds to it.
Result<ActorProfile> profile_of(const store::Community& community, const index::MemberRow& member);

}  // namespace camp::fed
