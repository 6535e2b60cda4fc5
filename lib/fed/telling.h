// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "fed/elsewhere.h"
#include "fed/followers.h"
#include "fed/names.h"
#include "fed/note_document.h"
#include "fed/people_list.h"
#include "fed/publish.h"
#include "index/server_db.h"
#include "model/object.h"
#include "store/gate.h"

namespace camp::fed {

/// An object of ours with who wrote it, as other servers know them.
struct Ours {
  model::Object object;
  std::string repository;
  std::string handle;
};

/// One object of ours while it is being told: which messages it makes, and what has to be
/// remembered of that. Nothing is written before commit(), and then all of it or nothing.
class Telling {
 public:
  /// `elsewhere` says who others are. All must outlive it.
  Telling(PublishContext& publishing, const Elsewhere& elsewhere, Ours object_of_ours)
      : context(publishing),
        ours(std::move(object_of_ours)),
        now(publishing.community.env().now_ms()),
        elsewhere_(elsewhere) {}

  /// Looks up whom the author blocks; before anything else.
  Result<void> begin();
  /// Puts the messages into the queue and remembers under `name` that the object was told, if it
  /// was not told meanwhile. Returns how many there are.
  Result<std::size_t> commit(const std::string& name);

  /// Somebody who is known, and not blocked by the author.
  bool may_hear(const std::optional<model::RemoteActor>& actor) const;
  /// Nobody is told anything so far.
  bool empty() const { return messages_.empty(); }
  bool was_told(const std::string& inbox) const { return told_.contains(inbox); }
  /// Whom the author blocks is told of ends, and of nothing else.
  void enqueue(const std::string& inbox, const Json& activity);
  /// To those of these inboxes that were not told yet.
  void enqueue_to(const std::set<std::string>& inboxes, const Json& activity);
  /// Once for each server that has a shared inbox, else for each follower.
  Result<void> enqueue_to_followers(const Json& activity);

  /// The author's followers.
  Result<std::vector<Follower>> followers();
  /// The persons elsewhere whom the object's audience names.
  std::vector<std::string> persons_elsewhere() const;
  /// What URIs mean to a reader, who must outlive the result.
  Result<Names> names(const store::Anyone& reader) const;
  Result<Names> names(const store::Addressed& reader) const;
  Rendering rendering(const Names& names) const;
  /// A proof by the member, if this server holds a key that speaks for them; of what is
  /// everybody's.
  Result<void> prove(Json& activity) const;

  PublishContext& context;
  const Ours ours;
  const std::int64_t now;
  std::string creation = {};  ///< for an edit: how the post would be told of for the first time now
  std::string record = {};    ///< JSON: what the end of it will need
  std::string forgotten = {};  ///< object whose record is not needed any more
  std::string errand = {};     ///< what is to be done afterwards

 private:
  struct Message {
    index::Delivery delivery;
    std::string creation;
  };
  Result<void> take_back_words(const Message& message) const;

  const Elsewhere& elsewhere_;
  BlockedPlaces blocked_;
  std::vector<Message> messages_;
  std::set<std::string> told_;  ///< inboxes
  std::optional<std::vector<Follower>> followers_;
};

/// Where a record of what was sent says that it went.
Result<std::set<std::string>> inboxes_in(const std::string& record);
/// Whether a message is addressed to somebody, or to a collection.
bool addresses(const Json& activity, const std::string& uri);
/// Everybody whom a message is addressed to, but for the public.
std::set<std::string> recipients_in(const Json& activity);

// What is told of each kind; each has a file of its own (publish_post.cc, …).

/// A post, or an edit of one that somebody was told of.
Result<void> tell_post(Telling& telling);
/// A like or a boost.
Result<void> tell_reaction(Telling& telling);
/// A follow that a person asked for; one that came with an archive waits for them.
Result<void> tell_follow(Telling& telling);
/// The end of one of these, if somebody was told of it.
Result<void> tell_end(Telling& telling);

}  // namespace camp::fed
