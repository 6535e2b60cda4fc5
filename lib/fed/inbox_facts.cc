// SPDX-License-Identifier: MIT
#include "fed/inbox_facts.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>

#include "fed/foreign.h"
#include "fed/people_list.h"
#include "model/audience.h"
#include "store/gate.h"
#include "store/profile.h"

namespace camp::fed {
namespace {

constexpr std::int64_t kMovePauseMs = 7LL * 86'400'000;

/// Whether a member's private list of a kind holds somebody, or their whole host.
Result<bool> lists(const store::Community& community, const OwnerId& member, std::string_view type,
                   const model::RemoteActor& actor) {
  return community.recall().lists(member, type, [&] { return names_of(actor.id, &actor); });
}

Result<bool> moved_lately(InboxContext& context, const std::string& actor) {
  const std::string last = CAMP_TRY(context.db.value("moved " + actor));
  return !last.empty() && std::stoll(last) + kMovePauseMs > context.community.env().now_ms();
}

class Gathering {
 public:
  Gathering(InboxContext& context, const Activity& activity, const model::RemoteActor& actor,
            const std::optional<model::RemoteActor>& target)
      : context_(context), activity_(activity), actor_(actor), target_(target) {
    facts_.now_ms = context.community.env().now_ms();
    facts_.policy = context.site.policy();
    facts_.actor = actor;
  }

  Result<Facts> run() {
    facts_.barred = CAMP_TRY(is_blocked_by_community(context_.community, actor_));
    kept_ = CAMP_TRY(context_.community.recall().members());
    members_ = *kept_;
    facts_.followers_here = CAMP_TRY(context_.db.followers_here(actor_.id));
    facts_.followed_here =
        std::any_of(facts_.followers_here.begin(), facts_.followers_here.end(),
                    [](const auto& each) { return each.state == index::FollowState::accepted; });
    const std::string& type = activity_.type;
    if (type == "Follow" || type == "Block") CAMP_TRY(concern(activity_.object));
    if (type == "Accept" || type == "Reject") CAMP_TRY(answered_follow());
    if (type == "Create" || type == "Update") CAMP_TRY(post());
    if (type == "Delete") CAMP_TRY(deleted());
    if (type == "Follow") facts_.undone = CAMP_TRY(was_undone());
    if (type == "Like" || type == "EmojiReact" || type == "Announce") {
      CAMP_TRY(reaction(activity_.object));
    }
    if (type == "Undo") CAMP_TRY(undone());
    if (type == "Move") CAMP_TRY(move());
    return facts_;
  }

 private:
  const index::MemberRow* member_at(const std::string& uri) const {
    const auto handle = context_.site.handle_in(uri);
    if (!handle) return nullptr;
    for (const index::MemberRow& member : members_) {
      if (member.handle == *handle && member.state != "removed") return &member;
    }
    return nullptr;
  }

  Result<void> set_member(const index::MemberRow& member) {
    facts_.member = CAMP_TRY(concerned(context_.community, member, actor_));
    // Nothing else asks for it, and a profile is dear to find: its author's keys are looked up.
    if (activity_.type == "Follow") CAMP_TRY(read_profile(*facts_.member));
    facts_.following = CAMP_TRY(context_.db.following(member.id, actor_.id));
    facts_.request = CAMP_TRY(context_.db.request(member.id, actor_.id));
    facts_.follower = CAMP_TRY(find_follower(context_.community, facts_.member->id, actor_.id));
    return {};
  }

  /// What a member says of who may follow them.
  Result<void> read_profile(ConcernedMember& member) const {
    const auto found = CAMP_TRY(store::standing_profile(context_.community, member.id));
    if (!found || !found->profile) return {};
    member.locked = found->profile->locked;
    member.moved = !found->profile->moved_to.empty();
    return {};
  }

  Result<void> concern(const std::string& uri) {
    if (const index::MemberRow* member = member_at(uri)) return set_member(*member);
    return {};
  }

  Result<void> answered_follow() {
    // By the follow's own id, or by who follows whom: some invent another id for it.
    std::string follower;
    if (activity_.embedded != nullptr) follower = uri_of(*activity_.embedded, "actor");
    for (const index::Following& following : facts_.followers_here) {
      const bool by_id = following.activity == activity_.object;
      const index::MemberRow* named = member_at(follower);
      const bool by_persons = named != nullptr && named->id == following.member &&
                              activity_.embedded != nullptr &&
                              uri_of(*activity_.embedded, "object") == actor_.id;
      if (by_id || by_persons) facts_.following = following;
    }
    return {};
  }

  Result<void> post() {
    facts_.post = CAMP_TRY(context_.db.post(activity_.object));
    facts_.removed = CAMP_TRY(context_.db.was_removed(activity_.object, actor_.id));
    if (activity_.embedded == nullptr) return {};
    const Json& note = *activity_.embedded;
    const std::string parent = uri_of(note, "inReplyTo");
    if (!parent.empty()) {
      CAMP_TRY(answers(parent));
      facts_.answers_known = CAMP_TRY(context_.db.post(parent)).has_value();
    }
    std::vector<std::string> named = uris_of(note, "to", kMaxRecipients);
    for (const std::string& uri : uris_of(note, "cc", kMaxRecipients)) named.push_back(uri);
    for (const std::string& uri : named) {
      const index::MemberRow* member = member_at(uri);
      if (member == nullptr) continue;
      auto person = CAMP_TRY(concerned(context_.community, *member, actor_));
      const bool known = std::any_of(facts_.addressed.begin(), facts_.addressed.end(),
                                     [&](const auto& each) { return each.id == person.id; });
      if (!known && !person.blocks) facts_.addressed.push_back(std::move(person));
    }
    return {};
  }

  /// What a post answers, if it is one of ours that the actor may read.
  Result<void> answers(const std::string& parent) {
    CAMP_TRY(ours(parent));
    facts_.answers_ours = std::exchange(facts_.ours, false);
    if (!facts_.answers_ours) return {};
    const auto id = context_.site.object_in(parent);
    facts_.answers_open =
        id && CAMP_TRY(context_.community.recall().author_of_open(*id)).has_value();
    return {};
  }

  /// Sets `ours` and the author, if the URI is that of a post of ours that the actor may read.
  Result<void> ours(const std::string& uri) {
    const auto id = context_.site.object_in(uri);
    if (!id) return {};
    const auto author =
        CAMP_TRY(author_readable_by(context_.community, context_.db, *id, actor_.id));
    if (!author) return {};
    for (const index::MemberRow& member : members_) {
      if (member.id != author->text()) continue;
      facts_.member = CAMP_TRY(concerned(context_.community, member, actor_));
      facts_.ours = !facts_.member->blocks;
    }
    return {};
  }

  Result<bool> was_undone() {
    return context_.db.is_known_message(undone_name(actor_.id, activity_.id));
  }

  /// Of an actor also whom they follow, which ends.
  Result<void> deleted() {
    facts_.post = CAMP_TRY(context_.db.post(activity_.object));
    if (facts_.post && facts_.post->actor == actor_.id) {
      CAMP_TRY(answers(facts_.post->in_reply_to));
    }
    if (activity_.object != actor_.id) return {};
    for (const index::MemberRow& member : members_) {
      if (member.state == "removed") continue;
      const OwnerId id = CAMP_TRY(OwnerId::parse(member.id));
      if (!CAMP_TRY(find_follower(context_.community, id, actor_.id))) continue;
      facts_.followed.push_back({.id = id, .handle = member.handle});
    }
    return {};
  }

  Result<void> reaction(const std::string& uri) {
    facts_.undone = CAMP_TRY(was_undone());
    CAMP_TRY(ours(uri));
    if (!facts_.ours) facts_.post = CAMP_TRY(context_.db.post(uri));
    return {};
  }

  Result<void> undone() {
    facts_.seen = CAMP_TRY(context_.db.is_known_message(seen_name(actor_.id, activity_.object)));
    if (activity_.embedded != nullptr) {
      if (activity_.object_type != "Follow") return {};
      CAMP_TRY(concern(uri_of(*activity_.embedded, "object")));
      if (facts_.member) return {};
    }
    if (activity_.object.empty()) return {};
    for (const index::MemberRow& member : members_) {
      if (member.state == "removed") continue;
      const OwnerId id = CAMP_TRY(OwnerId::parse(member.id));
      const auto follower = CAMP_TRY(find_follower(context_.community, id, actor_.id));
      const auto request = CAMP_TRY(context_.db.request(member.id, actor_.id));
      const bool this_one = (follower && follower->follow == activity_.object) ||
                            (request && request->activity == activity_.object);
      if (this_one) return set_member(member);
    }
    return {};
  }

  Result<void> move() {
    facts_.moved_lately = CAMP_TRY(moved_lately(context_, actor_.id));
    if (!target_ || CAMP_TRY(is_blocked_by_community(context_.community, *target_))) return {};
    facts_.target = target_;
    return leave_out_who_blocks(*facts_.target);
  }

  /// Nobody is made to follow an account that they block.
  Result<void> leave_out_who_blocks(const model::RemoteActor& target) {
    std::vector<index::Following> kept;
    for (const index::Following& follow : facts_.followers_here) {
      const OwnerId member = CAMP_TRY(OwnerId::parse(follow.member));
      if (!CAMP_TRY(lists(context_.community, member, "Block", target))) kept.push_back(follow);
    }
    facts_.followers_here = std::move(kept);
    return {};
  }

  InboxContext& context_;
  const Activity& activity_;
  const model::RemoteActor& actor_;
  const std::optional<model::RemoteActor>& target_;
  std::shared_ptr<const std::vector<index::MemberRow>> kept_;
  std::span<const index::MemberRow> members_;
  Facts facts_;
};

}  // namespace

Result<ConcernedMember> concerned(const store::Community& community, const index::MemberRow& member,
                                  const model::RemoteActor& actor) {
  ConcernedMember person;
  person.id = CAMP_TRY(OwnerId::parse(member.id));
  person.handle = member.handle;
  person.blocks = CAMP_TRY(lists(community, person.id, "Block", actor));
  person.mutes = CAMP_TRY(lists(community, person.id, "Ignore", actor));
  return person;
}

Result<bool> is_blocked_by(const store::Community& community, index::ServerDb& db,
                           const OwnerId& member, const std::string& actor) {
  const auto known = CAMP_TRY(db.actor(actor));
  const auto names = [&] { return names_of(actor, known ? &*known : nullptr); };
  return CAMP_TRY(community.recall().lists(member, "Block", names)) ||
         CAMP_TRY(community.recall().blocks(names));
}

Result<std::optional<Follower>> find_follower(const store::Community& community,
                                              const OwnerId& member, const std::string& actor) {
  const auto bytes = community.main_file(model::private_repository(member), follower_file(actor));
  if (!bytes && bytes.error().kind == Kind::not_found) return std::optional<Follower>();
  if (CAMP_TRY(bytes).empty()) return std::optional<Follower>();
  return std::optional(CAMP_TRY(decode_follower(*bytes)));
}

Result<store::Tie> tie_of(const store::Community& community, index::ServerDb& db,
                          const OwnerId& member, const std::string& actor) {
  if (!CAMP_TRY(find_follower(community, member, actor))) return store::Tie::none;
  const auto back = CAMP_TRY(db.following(member.text(), actor));
  const bool mutual = back && back->state == index::FollowState::accepted;
  return mutual ? store::Tie::mutual : store::Tie::follower;
}

Result<std::optional<OwnerId>> author_readable_by(const store::Community& community,
                                                  index::ServerDb& db, const ObjectId& id,
                                                  const std::string& actor) {
  const index::Snapshot snapshot = CAMP_TRY(community.index().look());
  if (const auto author = CAMP_TRY(community.recall().author_of_open(id))) return author;
  bool first = true;  // nothing before it depends on who asks
  for (const std::string& repository : CAMP_TRY(community.index().whereabouts(id.text()))) {
    if (repository != store::kPublic && !repository.starts_with("private/")) continue;
    for (const index::ObjectRow& row :
         CAMP_TRY(community.index().versions(repository, id.text()))) {
      if (row.type != "Note") continue;
      const auto object = community.read(repository, row.blob);
      if (!object) continue;
      const OwnerId author = object->author();
      if (CAMP_TRY(community.index().is_removed(id.text(), author.text()))) continue;
      if (first && store::Gate::release(*object, store::Anyone{})) {
        CAMP_TRY(community.recall().note_open(id, author));
        return std::optional(author);
      }
      first = false;
      // Few are for some people; what ties the two together stands in a repository of the author's.
      const auto readable = [&](store::Tie tie) {
        return store::Gate::release(*object, store::Addressed{actor, tie}).has_value();
      };
      if (readable(store::Tie::none)) return std::optional(author);
      if (readable(CAMP_TRY(tie_of(community, db, author, actor)))) return std::optional(author);
    }
  }
  return std::optional<OwnerId>();
}

Result<std::optional<model::RemoteActor>> target_of_move(InboxContext& context,
                                                         const Activity& activity) {
  const bool sound = activity.type == "Move" && activity.object == activity.actor &&
                     activity.target != activity.actor;
  if (!sound || CAMP_TRY(context.db.followers_here(activity.actor)).empty() ||
      CAMP_TRY(moved_lately(context, activity.actor))) {
    return std::optional<model::RemoteActor>();
  }
  auto target = context.remote.fetch_actor(activity.target);
  if (target) return std::optional(*std::move(target));
  const Kind kind = target.error().kind;
  if (kind == Kind::network || kind == Kind::busy) return tl::unexpected<Error>(target.error());
  return std::optional<model::RemoteActor>();
}

Result<Facts> gather_facts(InboxContext& context, const Activity& activity,
                           const model::RemoteActor& actor,
                           const std::optional<model::RemoteActor>& target) {
  return Gathering(context, activity, actor, target).run();
}

}  // namespace camp::fed
