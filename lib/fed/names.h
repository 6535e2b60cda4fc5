// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "fed/site.h"
#include "store/community.h"
#include "store/gate.h"

namespace camp::fed {

// Objects name people and each other by URIs that no host is part of (`camp:…`, `acct:…`) or that
// another host gave out. What is shown to other servers needs addresses instead.

/// A person as other software knows them.
struct Person {
  std::string id;       ///< of the actor
  std::string address;  ///< "bo@friend.camp"
  std::string page;     ///< for people; may be empty
};

/// A post that another names.
struct Reference {
  std::string url;           ///< its id
  std::string author;        ///< the actor's id; may be empty
  std::string context;       ///< the conversation's collection; may be empty
  std::string conversation;  ///< the older word for it; may be empty
};

/// What is known of other servers. Each may be empty, and each may know nothing.
struct Elsewhere {
  /// Of `acct:user@host` or of an actor's id.
  std::function<Result<std::optional<Person>>(const std::string& uri)> person = {};
  /// Of a post's id.
  std::function<Result<std::optional<Reference>>(const std::string& url)> object = {};
  /// The ids of public posts elsewhere that answer a post of ours.
  std::function<Result<std::vector<std::string>>(const std::string& url)> replies = {};
};

/// What URIs in an object mean to whoever reads it.
struct Names {
  std::function<Result<std::optional<Person>>(const std::string& uri)> person;
  /// Nothing for an object that this reader may not know of.
  std::function<Result<std::optional<Reference>>(const std::string& uri)> object;
};

/// The names for a reader: members and posts by the community's index, the rest by `elsewhere`.
/// The arguments must outlive the result.
Result<Names> names_for(const store::Community& community, const Site& site,
                        const Elsewhere& elsewhere, const store::Anyone& reader);
Result<Names> names_for(const store::Community& community, const Site& site,
                        const Elsewhere& elsewhere, const store::Addressed& reader);

}  // namespace camp::fed
