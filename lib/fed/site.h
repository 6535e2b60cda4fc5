// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "http/url.h"

namespace camp::fed {

/// Where a community stands on the web: the one place that knows its addresses. What was given out
/// is an id at other servers, so none of these may ever change.
class Site {
 public:
  /// `host` is the one of camp.toml, a name and perhaps a port. Plain http is for loopback alone.
  /// Kind::failed without a host, Kind::refused for one that no address may hold.
  static Result<Site> make(std::string_view host, bool plain_http = false);

  /// What may be spoken with: in loopback tests plain http.
  http::Policy policy() const;

  /// "friend.camp", in tests with the port.
  const std::string& host() const { return host_; }
  /// "https://friend.camp", without a slash at its end.
  const std::string& origin() const { return origin_; }

  // --- persons

  std::string actor(std::string_view handle) const;
  std::string key_id(std::string_view handle) const;  ///< of the RSA key, for HTTP signatures
  /// Of a key with which a member signs objects (FEP-521a).
  std::string multikey_id(std::string_view handle, const crypto::PublicKey& key) const;
  std::string inbox(std::string_view handle) const;
  std::string outbox(std::string_view handle) const;
  std::string followers(std::string_view handle) const;
  std::string following(std::string_view handle) const;
  std::string profile_page(std::string_view handle) const;
  std::string shared_inbox() const;

  /// The community itself, which signs requests that no member makes.
  std::string instance_actor() const;
  std::string instance_key_id() const;
  std::string instance_outbox() const;

  /// "bo@friend.camp", as people write it behind an @.
  std::string address(std::string_view handle) const;

  // --- objects

  std::string object(const ObjectId& id) const;
  std::string post_page(const ObjectId& id) const;
  std::string replies(const ObjectId& id) const;
  /// The conversation that began with this post (FEP-7888).
  std::string context(const ObjectId& id) const;
  /// `extension` as extension_of() gives it.
  std::string media(std::string_view sha256, std::string_view extension) const;
  std::string tag(std::string_view folded) const;

  // --- activities; likes, boosts and follows are objects and have their addresses

  std::string create(const ObjectId& id) const;
  /// With what the ids of all its updates begin.
  std::string updates(const ObjectId& id) const;
  std::string update(const ObjectId& id, const ObjectId& version) const;
  std::string removal(const ObjectId& id) const;
  std::string actor_update(std::string_view handle, std::int64_t ms) const;
  std::string actor_removal(std::string_view handle) const;
  /// The answer to a follow: one for each id of a Follow.
  std::string accept(std::string_view handle, std::string_view follow) const;
  std::string reject(std::string_view handle, std::string_view follow) const;
  /// A complaint, by a digest of what it says.
  std::string flag(std::string_view digest) const;

  // --- back again: nothing for any other spelling

  /// The handle in the address of a member's actor.
  std::optional<std::string> handle_in(std::string_view url) const;
  /// The object in the address of one.
  std::optional<ObjectId> object_in(std::string_view url) const;

 private:
  Site(std::string host, std::string origin) : host_(std::move(host)), origin_(std::move(origin)) {}

  std::string host_, origin_;
};

/// Whether a host, with its port, is this machine itself: for tests.
bool is_loopback_host(std::string_view host);

/// What a media file's name ends with: "jpg", "png", "webp"; empty for a type that no post has.
std::string_view extension_of(std::string_view media_type);

}  // namespace camp::fed
