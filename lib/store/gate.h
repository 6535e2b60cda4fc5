// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "index/index.h"
#include "model/object.h"

namespace camp::store {

// The one way from the store to anything that talks to the world. Whoever hands out an object must
// have asked the gate for a reader of a certain kind, and what comes back carries that kind in its
// type: a page or a feed takes Released<Anyone> and nothing else, so forgetting to ask, or asking
// for a reader who may see more, does not compile.

/// A stranger: pages, feeds, anonymous fetches, everything that ActivityPub publishes.
struct Anyone {};
/// How a person elsewhere stands to an object's author, by the author's own lists.
enum class Tie { none, follower, mutual };
/// A person elsewhere to whom an object is addressed, by URI.
struct Addressed {
  std::string person;
  Tie tie = Tie::none;
};
/// A server of the neighborhood with this roster id.
struct Roster {
  std::string roster;
};
/// A member of this community.
struct Member {
  OwnerId id;
};

/// An object that the gate let through for a reader of one kind. Only the gate makes them.
template <class Reader>
class Released {
 public:
  const model::Object& object() const { return object_; }
  const Reader& reader() const { return reader_; }

 private:
  friend class Gate;
  Released(model::Object object, Reader reader)
      : object_(std::move(object)), reader_(std::move(reader)) {}

  model::Object object_;
  Reader reader_;
};

/// The right to fetch one repository whole. Only the gate makes them.
class RepositoryGrant {
 public:
  const std::string& repository() const { return repository_; }

 private:
  friend class Gate;
  explicit RepositoryGrant(std::string repository) : repository_(std::move(repository)) {}

  std::string repository_;
};

/// The decisions. Every refusal is the same Kind::not_found, as for an object that never was.
class Gate {
 public:
  /// Public reach and narrowed to nobody.
  static Result<Released<Anyone>> release(model::Object object, Anyone reader);
  /// What anyone may read, and letters of public reach that name the person or are for those with
  /// the person's tie. Never a local or a neighborhood object, whoever asks.
  static Result<Released<Addressed>> release(model::Object object, Addressed reader);
  /// Public objects, and neighborhood objects of that very roster.
  static Result<Released<Roster>> release(model::Object object, Roster reader);
  /// Everything but letters that the member neither wrote nor received. `repository` is where the
  /// object was read: their own private one proves that a letter came to them.
  static Result<Released<Member>> release(model::Object object, Member reader,
                                          std::string_view repository);

  static Result<RepositoryGrant> grant(std::string_view repository, Anyone reader);
  static Result<RepositoryGrant> grant(std::string_view repository, const Roster& reader);
  static Result<RepositoryGrant> grant(std::string_view repository, const Member& reader);

  /// What a stranger may read through the index.
  static index::Viewer viewer(Anyone reader);
  /// What a member may read through the index, of the repositories that exist.
  static index::Viewer viewer(const Member& reader, const std::vector<std::string>& repositories);
};

}  // namespace camp::store
