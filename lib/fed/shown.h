// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "fed/collections.h"
#include "fed/discovery.h"
#include "store/gate.h"

// For discovery.cc alone: what a stranger finds.
namespace camp::fed {

/// Who has a handle now, or had it last.
Result<std::optional<index::MemberRow>> member_called(const store::Community& community,
                                                      std::string_view handle);

/// A community's objects as strangers may see them: what is public, properly signed, not hidden by
/// moderation and by somebody who is still here. Everything that leaves it came through the gate.
class Shown {
 public:
  explicit Shown(const DiscoveryContext& context) : context_(context) {}

  using Object = std::optional<store::Released<store::Anyone>>;

  /// The newest version of a post.
  Result<Object> post(const ObjectId& id) const;
  /// A like or a boost.
  Result<Object> reaction(const ObjectId& id) const;
  /// The tombstone of what was public.
  Result<Object> removal(const ObjectId& id) const;
  /// Whether a removed member made what stands there, so that it went with them.
  Result<bool> went_with_author(const ObjectId& id) const;

  /// The documents of the first two, with proofs.
  Result<Json> note(const store::Released<store::Anyone>& post) const;
  Result<Json> act(const store::Released<store::Anyone>& reaction) const;

  /// Posts and boosts by a member, newest first, as activities. `before` is an object's id.
  Result<Page> outbox_page(const index::MemberRow& member, const std::string& before) const;
  Result<std::size_t> outbox_total(const index::MemberRow& member) const;

  /// Ids of public posts that answer one, of the whole conversation around it.
  Result<std::vector<std::string>> replies(const FullId& post) const;
  Result<std::vector<std::string>> conversation(const FullId& post) const;

  /// Actors who follow a member, the latest first.
  Result<std::vector<std::string>> followers(const index::MemberRow& member) const;
  /// Actors elsewhere whom a member follows; of those whose address nobody knows only `total`
  /// tells.
  struct Following {
    std::vector<std::string> actors;
    std::size_t total = 0;
  };
  Result<Following> following(const index::MemberRow& member) const;

 private:
  Result<Object> released(const std::string& blob) const;
  Result<bool> is_here(const std::string& member) const;
  Result<Json> proved(const OwnerId& author, Json document) const;

  const DiscoveryContext& context_;
};

}  // namespace camp::fed
