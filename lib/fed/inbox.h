// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "fed/activity.h"
#include "fed/followers.h"
#include "fed/site.h"
#include "index/server_db.h"
#include "model/remote.h"

namespace camp::fed {

// What becomes of an activity whose sender was proved. Pure: facts are looked up before
// (inbox_facts.cc), effects take place afterwards (inbox_apply.cc). Whatever comes twice has its
// effect once, and whatever may come in another order ends in the same state.

/// One of our members, as far as an activity concerns them.
struct ConcernedMember {
  OwnerId id;
  std::string handle;
  bool locked = false;  ///< approves followers by hand
  bool blocks = false;  ///< the actor or their host
  bool mutes = false;   ///< the actor: nothing of theirs is news
  bool moved = false;   ///< lives somewhere else now
};

/// What is known when an activity is decided on.
struct Facts {
  std::int64_t now_ms = 0;
  http::Policy policy = {};
  model::RemoteActor actor = {};  ///< who did it
  bool barred = false;            ///< the community as a whole blocks them
  /// The member whom the activity is about: of a Follow the followed, of a Like the author.
  std::optional<ConcernedMember> member = {};
  std::optional<index::Following> following = {};    ///< member follows actor
  std::optional<Follower> follower = {};             ///< actor follows member
  std::optional<index::FollowRequest> request = {};  ///< actor wants to
  std::optional<model::RemotePost> post = {};        ///< what `object` names, if it is kept
  bool ours = false;           ///< `object` names a post of ours that the actor may read
  bool followed_here = false;  ///< somebody here follows the actor
  /// Members whom a post names or answers, and who do not block its author.
  std::vector<ConcernedMember> addressed = {};
  bool answers_ours = false;   ///< an embedded post answers one of ours, which its author may read
  bool answers_open = false;   ///< a post that is carried or goes answers one of ours for everybody
  bool answers_known = false;  ///< it answers a kept one
  std::optional<model::RemoteActor> target =
      {};  ///< of a Move, fetched just now; not a blocked one
  std::vector<index::Following> followers_here = {};  ///< members who follow the actor
  bool moved_lately = false;  ///< a Move of this actor was obeyed in the last seven days
  bool removed = false;       ///< its author deleted the post that is embedded
  bool seen = false;          ///< of an Undo: what it takes back, a Follow, has come
  bool undone = false;        ///< what this does was taken back before it came
  std::vector<ConcernedMember> followed = {};  ///< of the Delete of an actor: whom they follow
};

/// Whether others can check who said this, whoever passes it on: it has a proof, or a signature as
/// Mastodon makes it.
bool has_own_word(const Activity& activity);

// The effects, each one act.
struct AddFollower {
  ConcernedMember member;
  Follower follower;
};
struct DropFollower {
  ConcernedMember member;
  std::string actor;
};
struct AskMember {
  index::FollowRequest request;
};
struct DropRequest {
  std::string member, actor;
};
/// Accepts or rejects a Follow, at once.
struct AnswerFollow {
  ConcernedMember member;
  bool accept = true;
  std::string inbox;   ///< of who follows
  std::string follow;  ///< URI of the Follow
  std::string actor;   ///< who follows
};
struct SetFollowing {
  index::Following following;
};
struct DropFollowing {
  std::string member, actor;
};
struct KeepPost {
  model::RemotePost post;
};
struct DropPost {
  std::string uri, actor;
};
struct KeepReaction {
  index::Reaction reaction;
};
/// With what was told of it, if it was the last of this actor's.
struct DropReaction {
  std::string activity;  ///< empty: by the other three
  index::ReactionKind kind = index::ReactionKind::like;
  std::string actor, object;
};
struct Tell {
  index::Notice notice;
};
struct TakeBackNotice {
  index::NoticeKind kind = index::NoticeKind::like;
  std::string actor, object;
  std::string member = {};  ///< empty: everybody's
};
struct KeepActor {
  model::RemoteActor actor;
};
struct ForgetActor {
  std::string actor;
};
/// To be fetched when there is time: a boosted post, a parent, what answers a post.
struct FetchLater {
  std::string uri;
  bool conversation = false;  ///< what answers it
  std::int64_t after_ms = 0;  ///< not before so much later
};
/// The message goes, as it came, to the followers of the member whose post it is about: its sender
/// does not know them (ActivityPub 7.1.2).
struct PassOn {
  ConcernedMember author;
  std::string activity, actor;
  std::string post;  ///< nothing goes on of one that is not kept
};
/// For the moderators.
struct KeepReport {
  std::string activity, actor, content;
  std::vector<std::string> objects;
};
/// A member's follow goes over to somebody's new account; the old one is undone once the new one
/// was delivered.
struct MoveFollow {
  index::Following old;
  model::RemoteActor target;
};
/// Remembers that a Move was obeyed.
struct NoteMove {
  std::string actor;
};
/// Remembers what came, or what was taken back before it came; or does so no more.
struct Remember {
  std::string name;
};
struct Unremember {
  std::string name;
};

using Effect = std::variant<AddFollower, DropFollower, AskMember, DropRequest, AnswerFollow,
                            SetFollowing, DropFollowing, KeepPost, DropPost, KeepReaction,
                            DropReaction, Tell, TakeBackNotice, KeepActor, ForgetActor, FetchLater,
                            PassOn, KeepReport, MoveFollow, NoteMove, Remember, Unremember>;

/// What an activity does, or why it does nothing (for the log; the sender is told nothing).
struct Decision {
  std::vector<Effect> effects = {};
  std::string ignored = {};
};

/// Under which an activity of an actor is remembered as having come (a Follow), or as undone.
std::string seen_name(const std::string& actor, const std::string& activity);
std::string undone_name(const std::string& actor, const std::string& activity);

/// Whether an activity only ends something: that is taken even of whom the community blocks.
bool is_an_end(const Activity& activity);

/// Decides on an activity of `facts.actor`, who was proved to be `activity.actor`.
Decision decide(const Activity& activity, const Facts& facts, const Site& site);

// By type; each has a file of its own (inbox_follow.cc, …).
Decision decide_follow(const Activity& activity, const Facts& facts);
Decision decide_accept(const Activity& activity, const Facts& facts);
Decision decide_reject(const Activity& activity, const Facts& facts);
Decision decide_block(const Activity& activity, const Facts& facts);
Decision decide_create(const Activity& activity, const Facts& facts);
Decision decide_update(const Activity& activity, const Facts& facts);
Decision decide_delete(const Activity& activity, const Facts& facts);
Decision decide_reaction(const Activity& activity, const Facts& facts);
Decision decide_undo(const Activity& activity, const Facts& facts);
Decision decide_move(const Activity& activity, const Facts& facts);
Decision decide_flag(const Activity& activity, const Facts& facts, const Site& site);

}  // namespace camp::fed
