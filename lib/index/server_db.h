// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "index/snapshot.h"
#include "model/remote.h"

namespace camp::index {

/// Where a member's wish to follow somebody elsewhere stands.
enum class FollowState { sent, accepted, refused };

/// A member follows, or wants to follow, somebody elsewhere.
struct Following {
  std::string member = {};    ///< member id
  std::string actor = {};     ///< URI
  std::string activity = {};  ///< URI of the Follow that we sent
  FollowState state = FollowState::sent;
  std::int64_t since_ms = 0;
};

/// Somebody elsewhere who wants to follow a member, and is not answered yet.
struct FollowRequest {
  std::string member = {};
  std::string actor = {};
  std::string activity = {};  ///< URI of their Follow
  std::int64_t since_ms = 0;
};

/// What one of us or a post here got from elsewhere.
enum class ReactionKind { like, boost };
struct Reaction {
  std::string activity = {};  ///< URI
  ReactionKind kind = ReactionKind::like;
  std::string actor = {};   ///< URI
  std::string object = {};  ///< URI of the post
  std::int64_t at_ms = 0;
};

enum class NoticeKind { mention, reply, like, boost, follow, follow_request, edit };
/// Something that a member wants to know.
struct Notice {
  std::int64_t number = 0;  ///< grows with each
  std::string member = {};
  NoticeKind kind = NoticeKind::mention;
  std::string actor = {};   ///< URI of whoever did it
  std::string object = {};  ///< URI of what it is about; empty for a follow
  std::int64_t at_ms = 0;
  bool read = false;
};
std::string_view notice_name(NoticeKind kind);
std::optional<NoticeKind> notice_kind(std::string_view name);

/// Somebody elsewhere complains about one of us, or a member about anybody.
struct Report {
  std::int64_t number = 0;
  std::string activity = {};  ///< URI; the same is kept once
  std::string actor = {};     ///< URI, mostly of the other server's own actor; camp:ID of a member
  std::string content = {};
  std::string objects = {};  ///< URIs, one a line: of ours, or of what a member means
  std::int64_t at_ms = 0;
};

/// Something to be fetched.
struct Errand {
  std::string uri = {};
  int depth = 0;  ///< how many posts below it have led here
  int attempts = 0;
};

/// One message on its way to one inbox.
struct Delivery {
  std::int64_t number = 0;
  std::string inbox = {};
  std::string host = {};      ///< of the inbox, with a port if it has one
  std::string signer = {};    ///< member id; empty: the community's own actor
  std::string activity = {};  ///< URI of the activity, for the log and against doubles
  std::string body = {};
  int attempts = 0;
  std::int64_t next_ms = 0;  ///< not before
  std::int64_t since_ms = 0;
  std::string problem = {};  ///< of the last attempt
};

/// What is known of another server.
struct RemoteHost {
  std::string host = {};
  int failures = 0;           ///< attempts that failed since the last that did not
  std::int64_t since_ms = 0;  ///< of the first of those
  std::int64_t rest_ms = 0;   ///< nothing is sent before (Retry-After)
  std::string software = {};
};

/// A post of somebody elsewhere as a member sees it.
struct SeenPost {
  model::RemotePost post;
  model::RemoteActor author;
  std::string boosted_by = {};  ///< handle of who boosted it into the timeline
  std::string booster = {};     ///< URI of the same
  std::int64_t boosted_ms = 0;
  std::int64_t likes = 0, boosts = 0, replies = 0;  ///< as far as this server knows
};

/// `state/server.db`: what is true of this server alone and cannot be made again from git. Posts
/// and people of elsewhere, the delivery queue, what members follow and were told. Every commit is
/// durable. One connection; not thread-safe. Several processes may use it at once: a lock that
/// nobody gives back within five seconds is Kind::busy.
class ServerDb {
 public:
  /// Opens or makes the file (0600). A file of a newer camp is Kind::refused; one of an older camp
  /// is brought up.
  static Result<ServerDb> open(const std::string& path);
  ServerDb(ServerDb&&) noexcept;
  ServerDb& operator=(ServerDb&&) noexcept;
  ~ServerDb();

  /// Everything that `act` does, or nothing of it. May be nested.
  Result<void> together(const std::function<Result<void>()>& act);
  /// For several questions at one moment.
  Result<Snapshot> look();

  // People.
  Result<void> put_actor(const model::RemoteActor& actor, std::int64_t now_ms);
  Result<std::optional<model::RemoteActor>> actor(std::string_view id);
  Result<std::optional<model::RemoteActor>> actor_by_handle(std::string_view user,
                                                            std::string_view host);
  Result<std::optional<model::RemoteActor>> actor_by_key(std::string_view key_id);
  /// When an actor was fetched last; 0 if never.
  Result<std::int64_t> actor_age(std::string_view id);
  /// Forgets a person and all that is theirs: posts, reactions, follows, notices.
  Result<void> forget_actor(std::string_view id);

  // Posts. A post that its author deleted, before it came or after, does not come back for 30
  // days.
  Result<bool> put_post(const model::RemotePost& post, std::int64_t now_ms);
  Result<std::optional<model::RemotePost>> post(std::string_view uri);
  Result<std::optional<model::RemotePost>> post_by_local_id(std::string_view id);
  /// Local ids whose digest part begins so.
  Result<std::vector<std::string>> complete_id(std::string_view prefix, std::size_t limit);
  /// Only its author can; whatever somebody else says is remembered as theirs and changes nothing.
  Result<void> remove_post(std::string_view uri, std::string_view author, std::int64_t now_ms);
  Result<bool> was_removed(std::string_view uri, std::string_view author);

  struct Page {
    std::string member = {};  ///< who reads
    bool home = true;         ///< what they follow and what is addressed to them; else all public
    std::string actor = {};   ///< URI; empty for all
    std::string tag = {};
    std::int64_t since_ms = 0;
    std::string before = {};  ///< local id
    std::string after = {};   ///< local id
    std::size_t limit = 20;
    bool oldest_first = false;
  };
  /// Posts that the member may read: public and unlisted ones, followers' ones of whom they follow,
  /// direct ones that name `address` (the member's actor URI). Newest first.
  Result<std::vector<SeenPost>> timeline(const Page& page, std::string_view address);
  /// Posts that answer a URI, oldest first, as far as the reader may read them. Nobody in
  /// particular: public and unlisted ones.
  Result<std::vector<SeenPost>> replies(std::string_view uri, std::string_view member,
                                        std::string_view address, std::size_t limit);
  Result<std::optional<SeenPost>> seen(std::string_view uri, std::string_view member,
                                       std::string_view address);
  Result<std::vector<SeenPost>> search(const std::vector<std::string>& folded_words,
                                       std::string_view member, std::string_view address,
                                       std::size_t limit);

  // Reactions. Each says whether something changed.
  Result<bool> put_reaction(const Reaction& reaction);
  Result<bool> remove_reaction(std::string_view activity, std::string_view actor);
  Result<bool> remove_reaction(ReactionKind kind, std::string_view actor, std::string_view object);
  Result<std::optional<Reaction>> reaction(std::string_view activity);
  Result<bool> has_reaction(ReactionKind kind, std::string_view actor, std::string_view object);
  /// The newest that an actor made of one kind.
  Result<std::optional<Reaction>> newest_reaction(ReactionKind kind, std::string_view actor,
                                                  std::string_view object);
  /// How many persons that are: one who says it twice counts once.
  Result<std::int64_t> count_reactions(ReactionKind kind, std::string_view object);

  // Who follows whom.
  Result<void> put_following(const Following& following);
  Result<std::optional<Following>> following(std::string_view member, std::string_view actor);
  Result<std::vector<Following>> following_of(std::string_view member);
  Result<std::vector<Following>> followers_here(std::string_view actor);
  Result<void> remove_following(std::string_view member, std::string_view actor);
  Result<void> put_request(const FollowRequest& request);
  Result<std::optional<FollowRequest>> request(std::string_view member, std::string_view actor);
  Result<std::vector<FollowRequest>> requests_of(std::string_view member);
  Result<void> remove_request(std::string_view member, std::string_view actor);

  // Notices.
  Result<void> put_notice(const Notice& notice);
  Result<std::vector<Notice>> notices(std::string_view member, bool unread_only, std::size_t limit);
  Result<void> mark_read(std::string_view member, std::int64_t up_to);
  /// Takes back what an undone act said; to one member, or to everybody.
  Result<void> remove_notice(NoticeKind kind, std::string_view actor, std::string_view object,
                             std::string_view member = {});

  // Reports of other servers and of members, for the moderators.
  Result<void> put_report(const Report& report);
  Result<std::vector<Report>> reports(std::size_t limit);

  // What is to be fetched when there is time. Each URI waits once.
  Result<void> put_errand(std::string_view uri, int depth, std::int64_t now_ms);
  Result<std::optional<Errand>> next_errand(std::int64_t now_ms);
  Result<void> end_errand(std::string_view uri);
  Result<void> postpone_errand(std::string_view uri, std::int64_t next_ms);

  // Messages that came. Each id has its effect once.
  Result<bool> is_known_message(std::string_view id);
  Result<bool> note_message(std::string_view id, std::int64_t now_ms);
  Result<void> forget_message(std::string_view id);
  /// Whether something may be tried now: at most once per `interval_ms` for each name.
  Result<bool> may_try(std::string_view name, std::int64_t now_ms, std::int64_t interval_ms);
  /// Whether that was so within the last `interval_ms`.
  Result<bool> was_tried(std::string_view name, std::int64_t now_ms, std::int64_t interval_ms);
  /// Takes one of a share that is `most` at once and comes again evenly within `period_ms`; false
  /// if none is left now.
  Result<bool> may_take(std::string_view name, std::int64_t now_ms, std::int64_t period_ms,
                        int most);

  // Messages that go. The same activity to the same inbox is queued once.
  Result<void> enqueue(const Delivery& delivery);
  /// What is due, at most one message a host, oldest first. Hosts that rest are left out.
  Result<std::vector<Delivery>> due(std::int64_t now_ms, std::size_t limit);
  Result<std::vector<Delivery>> queued(std::size_t limit);
  Result<std::int64_t> queue_length();
  /// When the next is due; nothing if none waits.
  Result<std::optional<std::int64_t>> next_due_ms();
  Result<void> delivered(const Delivery& delivery);
  Result<void> postpone(const Delivery& delivery, std::int64_t next_ms, std::string_view problem);
  Result<void> drop(std::int64_t number);
  /// Drops what waits for an inbox that wants nothing any more.
  Result<void> drop_inbox(std::string_view inbox);
  /// Drops what waits from one member for one inbox, or for a whole host, but for what ends
  /// something: Undo, Delete and Reject. Returns how many went.
  Result<std::size_t> drop_waiting(std::string_view signer, std::string_view inbox);
  Result<std::size_t> drop_waiting_for_host(std::string_view signer, std::string_view host);
  /// The activities that wait, each once, with their signers.
  struct Waiting {
    std::string activity, signer = {};
  };
  Result<std::vector<Waiting>> waiting_activities();
  /// Drops what waits with this activity, for whatever inbox. Returns how many went.
  Result<std::size_t> drop_activity(std::string_view activity);
  /// Gives what waits for an inbox other words; nothing if it does not wait.
  Result<void> reword(std::string_view inbox, std::string_view activity, std::string_view body);
  /// Drops what waits for an inbox and has an activity that begins so.
  Result<void> drop_beginning(std::string_view inbox, std::string_view activity);
  /// Lets everything that waits be due at once, and hosts that rest be tried again.
  Result<void> hurry(std::int64_t now_ms);
  /// Drops what waits for a host since before that time; returns how many that were.
  Result<std::size_t> drop_older(std::string_view host, std::int64_t before_ms);
  Result<RemoteHost> host(std::string_view host);
  Result<void> put_host(const RemoteHost& host);

  /// A small value under a name ("published": where the publisher stands).
  Result<std::string> value(std::string_view name);
  Result<void> set_value(std::string_view name, std::string_view value);
  struct Value {
    std::string name, value = {};
  };
  /// Those whose names begin so, by name.
  Result<std::vector<Value>> values(std::string_view prefix);
  Result<void> drop_value(std::string_view name);

  // A clone's copy of its member's home (fed/home_copy.h), whose parts come and go one by one.
  /// A notice under the number that it has at the origin, in the place of any other.
  Result<void> put_numbered_notice(const Notice& notice);
  Result<void> drop_notice(std::int64_t number);
  /// A post, without remembering it as deleted: it may come again.
  Result<void> drop_post(std::string_view uri);
  /// A person, and nothing of what is theirs.
  Result<void> drop_actor(std::string_view id);
  Result<void> drop_reaction(std::string_view activity);

  /// Forgets what is old: posts that came before `before_ms` and that nobody here answered, boosted
  /// or follows the author of; messages, attempts and deletions older than 30 days. Returns how
  /// many posts went.
  Result<std::size_t> forget_old(std::int64_t now_ms, std::int64_t before_ms,
                                 std::size_t most_posts);
  /// Removes deleted words from the file itself; false if a reader kept it busy.
  Result<bool> scrub();

 private:
  struct Handle;
  explicit ServerDb(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

}  // namespace camp::index
