// SPDX-License-Identifier: MIT
#include <algorithm>
#include <nlohmann/json.hpp>

#include "fed/foreign.h"
#include "fed/inbox.h"
#include "fed/remote_thread.h"

namespace camp::fed {
namespace {

constexpr std::int64_t kNewsMs = 86'400'000;

/// A vote is a Note with a name and no words; polls are nothing that camp has.
bool is_vote(const Json& note) {
  return !text_of(note, "name").empty() && text_of(note, "content").empty() &&
         !note.contains("attachment");
}

/// The post that an activity carries, if it is the actor's own.
Result<model::RemotePost> carried(const Activity& activity, const Facts& facts) {
  if (activity.embedded == nullptr) return fail(Kind::not_found, "it carries no object");
  auto post = CAMP_TRY(read_post(*activity.embedded, facts.policy, facts.now_ms));
  if (post.actor != activity.actor) return fail(Kind::refused, "its object is by somebody else");
  if (is_vote(*activity.embedded)) return fail(Kind::refused, "camp has no polls");
  return post;
}

bool concerns_us(const Facts& facts) {
  return facts.followed_here || facts.answers_ours || facts.answers_known ||
         !facts.addressed.empty();
}

void tell(const Facts& facts, const model::RemotePost& post, Decision& decision) {
  if (facts.now_ms - post.published_ms > kNewsMs) return;
  const auto add = [&](const ConcernedMember& member, index::NoticeKind kind) {
    if (member.mutes || member.blocks) return;
    decision.effects.emplace_back(Tell{{.member = member.id.text(),
                                        .kind = kind,
                                        .actor = post.actor,
                                        .object = post.id,
                                        .at_ms = facts.now_ms}});
  };
  if (facts.answers_ours && facts.member) add(*facts.member, index::NoticeKind::reply);
  for (const ConcernedMember& member : facts.addressed) {
    const bool told = facts.answers_ours && facts.member && facts.member->id == member.id;
    if (!told) add(member, index::NoticeKind::mention);
  }
}

bool is_open(const model::RemotePost& post) {
  return post.visibility == model::Visibility::public_ ||
         post.visibility == model::Visibility::unlisted;
}

/// What answers a post of ours that is for everybody, and is so itself, goes on to those who follow
/// its author, if they can check whose word it is.
void pass_on(const Activity& activity, const Facts& facts, const model::RemotePost& post,
             Decision& decision) {
  if (!facts.answers_open || !facts.member || !is_open(post) || !has_own_word(activity)) return;
  decision.effects.emplace_back(PassOn{*facts.member, activity.id, activity.actor, post.id});
}

Decision keep(const Activity& activity, const Facts& facts, bool news) {
  const auto post = carried(activity, facts);
  if (!post && post.error().kind == Kind::not_found && !activity.object.empty() &&
      concerns_us(facts)) {
    return {.effects = {FetchLater{activity.object}}};
  }
  if (!post) return {.ignored = post.error().message};
  if (facts.removed) return {.ignored = "its author deleted it"};
  if (!concerns_us(facts)) return {.ignored = "it concerns nobody here"};
  Decision decision{.effects = {KeepPost{*post}}};
  if (news) tell(facts, *post, decision);
  const bool parent_is_missing =
      !post->in_reply_to.empty() && !facts.answers_ours && !facts.answers_known;
  if (parent_is_missing) decision.effects.emplace_back(FetchLater{post->in_reply_to});
  pass_on(activity, facts, *post, decision);
  // What others say to it is sent to its author, not to us.
  if (facts.answers_ours && is_open(*post)) {
    decision.effects.emplace_back(FetchLater{post->id, true, kRepliesLaterMs});
  }
  return decision;
}

}  // namespace

Decision decide_create(const Activity& activity, const Facts& facts) {
  if (!facts.post) return keep(activity, facts, true);
  // An Update overtook it, or it was fetched. What is here stays; only whom it names must hear.
  if (facts.post->actor != activity.actor) return {.ignored = "it is somebody else's post"};
  const auto post = carried(activity, facts);
  if (!post) return {.ignored = post.error().message};
  Decision decision{.ignored = "it is here already"};
  tell(facts, *post, decision);
  return decision;
}

Decision decide_update(const Activity& activity, const Facts& facts) {
  if (is_actor_type(activity.object_type)) {
    if (activity.object != activity.actor) return {.ignored = "it changes somebody else"};
    auto actor = read_actor(*activity.embedded, facts.policy);
    if (!actor) return {.ignored = actor.error().message};
    return {.effects = {KeepActor{*std::move(actor)}}};
  }
  // An Update that overtook its Create is as good as that, but it is no news.
  if (!facts.post) return keep(activity, facts, false);
  if (facts.post->actor != activity.actor) return {.ignored = "it changes somebody else's post"};
  auto post = carried(activity, facts);
  if (!post) return {.ignored = post.error().message};
  const bool stale = std::max(post->edited_ms, post->published_ms) <
                     std::max(facts.post->edited_ms, facts.post->published_ms);
  if (stale) return {.ignored = "a newer version is here"};
  post->published_ms = facts.post->published_ms;
  Decision decision{.effects = {KeepPost{*post}}};
  pass_on(activity, facts, *post, decision);
  return decision;
}

Decision decide_delete(const Activity& activity, const Facts& facts) {
  if (activity.object == activity.actor) {
    Decision decision{.effects = {ForgetActor{activity.actor}}};
    for (const ConcernedMember& member : facts.followed) {
      decision.effects.emplace_back(DropFollower{member, activity.actor});
    }
    return decision;
  }
  if (!same_host(activity.object, activity.actor, facts.policy)) {
    return {.ignored = "it deletes something on another host"};
  }
  if (facts.post && facts.post->actor != activity.actor) {
    return {.ignored = "it deletes somebody else's post"};
  }
  Decision decision{.effects = {DropPost{activity.object, activity.actor}}};
  if (facts.post) pass_on(activity, facts, *facts.post, decision);
  return decision;
}

}  // namespace camp::fed
