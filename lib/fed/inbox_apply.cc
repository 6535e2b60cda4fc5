// SPDX-License-Identifier: MIT
#include "fed/inbox_apply.h"

#include <nlohmann/json.hpp>
#include <set>

#include "crypto/digest.h"
#include "fed/activities.h"
#include "fed/describe.h"
#include "fed/foreign.h"
#include "fed/people_list.h"
#include "fed/remote_thread.h"
#include "fed/share.h"
#include "model/audience.h"
#include "store/writer.h"

namespace camp::fed {
namespace {

/// Adds the files of followers that a decision changes.
Result<void> add_follower_files(const Decision& decision, std::vector<store::NewState>& files) {
  for (const Effect& effect : decision.effects) {
    if (const auto* add = std::get_if<AddFollower>(&effect)) {
      std::string bytes = CAMP_TRY(encode_follower(add->follower));
      files.push_back({model::private_repository(add->member.id), follower_file(add->follower.id),
                       std::move(bytes)});
    } else if (const auto* drop = std::get_if<DropFollower>(&effect)) {
      files.push_back({model::private_repository(drop->member.id), follower_file(drop->actor), ""});
    }
  }
  return {};
}

/// Leaves out what stands there already, so that a Follow that comes again costs no commit.
Result<void> write_followers(store::Community& community, std::vector<store::NewState> files) {
  std::vector<store::NewState> changed;
  for (store::NewState& file : files) {
    const std::string standing = CAMP_TRY(community.main_file(file.repository, file.path));
    if (standing != file.bytes) changed.push_back(std::move(file));
  }
  if (changed.empty()) return {};
  auto writer = CAMP_TRY(community.write());
  CAMP_TRY(writer.put_state(changed, "followers"));
  return writer.maintain();
}

}  // namespace

Result<void> forget_followers(store::Community& community, const OwnerId& member,
                              const std::vector<std::string>& actors) {
  std::vector<store::NewState> files;
  for (const std::string& actor : actors) {
    files.push_back({model::private_repository(member), follower_file(actor), ""});
  }
  return write_followers(community, std::move(files));
}

namespace {

class Applying {
 public:
  /// `body` is the message as it came.
  Applying(InboxContext& context, std::string_view body)
      : context_(context), db_(context.db), now_(context.community.env().now_ms()), body_(body) {}

  Result<void> operator()(const AddFollower&) const { return {}; }
  Result<void> operator()(const DropFollower&) const { return {}; }
  Result<void> operator()(const AskMember& effect) const { return db_.put_request(effect.request); }
  Result<void> operator()(const DropRequest& effect) const {
    return db_.remove_request(effect.member, effect.actor);
  }
  Result<void> operator()(const AnswerFollow& effect) const {
    const std::string& handle = effect.member.handle;
    const Json follow{{"id", effect.follow},
                      {"type", "Follow"},
                      {"actor", effect.actor},
                      {"object", context_.site.actor(handle)}};
    const Json answer = effect.accept ? accept_activity(context_.site, handle, follow)
                                      : reject_activity(context_.site, handle, follow);
    // A Follow that comes again is answered again.
    return send(effect.inbox, effect.member.id.text(),
                text_of(answer, "id") + "?" + std::to_string(now_), answer);
  }
  Result<void> operator()(const SetFollowing& effect) const {
    return db_.put_following(effect.following);
  }
  Result<void> operator()(const DropFollowing& effect) const {
    return db_.remove_following(effect.member, effect.actor);
  }
  Result<void> operator()(const KeepPost& effect) const {
    if (!CAMP_TRY(keep_post(db_, effect.post, now_))) not_kept_ = effect.post.id;
    return {};
  }
  Result<void> operator()(const DropPost& effect) const {
    return db_.remove_post(effect.uri, effect.actor, now_);
  }
  Result<void> operator()(const KeepReaction& effect) const {
    CAMP_TRY(db_.put_reaction(effect.reaction));
    return {};
  }
  Result<void> operator()(const DropReaction& effect) const {
    if (effect.activity.empty()) {
      CAMP_TRY(db_.remove_reaction(effect.kind, effect.actor, effect.object));
      return take_back(effect.kind, effect.actor, effect.object);
    }
    const auto known = CAMP_TRY(db_.reaction(effect.activity));
    if (!known || known->actor != effect.actor) return {};
    CAMP_TRY(db_.remove_reaction(effect.activity, effect.actor));
    return take_back(known->kind, known->actor, known->object);
  }
  Result<void> operator()(const Tell& effect) const {
    const bool of_nothing = !not_kept_.empty() && effect.notice.object == not_kept_;
    return of_nothing ? Result<void>() : db_.put_notice(effect.notice);
  }
  Result<void> operator()(const TakeBackNotice& effect) const {
    return db_.remove_notice(effect.kind, effect.actor, effect.object, effect.member);
  }
  Result<void> operator()(const KeepActor& effect) const {
    // The handle was found out through WebFinger; a document says only half of it.
    model::RemoteActor actor = effect.actor;
    if (const auto known = CAMP_TRY(db_.actor(actor.id))) {
      actor.user = known->user;
      actor.host = known->host;
      actor.software = known->software;
    }
    return db_.put_actor(actor, now_);
  }
  Result<void> operator()(const ForgetActor& effect) const {
    return db_.forget_actor(effect.actor);
  }
  Result<void> operator()(const FetchLater& effect) const {
    // Errands of our own have other names: nobody else can give us one.
    if (host_of(effect.uri, context_.site.policy()).empty()) return {};
    const std::string task = effect.conversation ? std::string(kThreadTask) : "";
    return db_.put_errand(task + effect.uri, 0, now_ + effect.after_ms);
  }
  Result<void> operator()(const PassOn& effect) const {
    if (body_.empty() || effect.post == not_kept_) return {};
    const Site& site = context_.site;
    const auto blocked = CAMP_TRY(places_blocked_by(context_.community, db_, effect.author.id));
    std::set<std::string> inboxes;
    for (const Follower& follower :
         CAMP_TRY(read_followers(context_.community, effect.author.id))) {
      const std::string host = host_of(follower.inbox, site.policy());
      // Whoever sent it tells their own server.
      const bool wanted = !same_host(follower.inbox, effect.actor, site.policy()) &&
                          !blocked.hold(follower.inbox, host);
      if (wanted) inboxes.insert(follower.common_inbox());
    }
    if (inboxes.empty() || !CAMP_TRY(may_pass_on(db_, effect.actor, now_))) return {};
    for (const std::string& inbox : inboxes) {
      CAMP_TRY(put(inbox, effect.author.id.text(), effect.activity, std::string(body_)));
    }
    return {};
  }
  Result<void> operator()(const KeepReport& effect) const {
    std::string objects;
    for (const std::string& uri : effect.objects) objects += uri + "\n";
    return db_.put_report({.activity = effect.activity,
                           .actor = effect.actor,
                           .content = effect.content,
                           .objects = objects,
                           .at_ms = now_});
  }
  Result<void> operator()(const MoveFollow& effect) const {
    const auto handle =
        CAMP_TRY(handle_of_member(context_.community, CAMP_TRY(OwnerId::parse(effect.old.member))));
    if (!handle || CAMP_TRY(db_.following(effect.old.member, effect.target.id))) return {};
    const Site& site = context_.site;
    const std::string id =
        site.actor(*handle) + "#follows/" + crypto::sha256_hex(effect.target.id).substr(0, 32);
    const auto follow = [&](const std::string& activity, const std::string& object) {
      return Json{{"@context", "https://www.w3.org/ns/activitystreams"},
                  {"id", activity},
                  {"type", "Follow"},
                  {"actor", site.actor(*handle)},
                  {"object", object},
                  {"to", Json::array({object})}};
    };
    CAMP_TRY(db_.put_following({.member = effect.old.member,
                                .actor = effect.target.id,
                                .activity = id,
                                .state = index::FollowState::sent,
                                .since_ms = now_}));
    CAMP_TRY(send(effect.target.inbox, effect.old.member, id, follow(id, effect.target.id)));
    // The old follow ends once the new one has arrived (deliver.cc).
    const Json undo = undo_activity(follow(effect.old.activity, effect.old.actor));
    const auto old = CAMP_TRY(db_.actor(effect.old.actor));
    if (!old) return {};
    return db_.set_value("after " + id, Json{{"inbox", old->inbox},
                                             {"member", effect.old.member},
                                             {"actor", effect.old.actor},
                                             {"activity", undo}}
                                            .dump());
  }
  Result<void> operator()(const Remember& effect) const {
    CAMP_TRY(db_.note_message(effect.name, now_));
    return {};
  }
  Result<void> operator()(const Unremember& effect) const {
    return db_.forget_message(effect.name);
  }
  Result<void> operator()(const NoteMove& effect) const {
    return db_.set_value("moved " + effect.actor, std::to_string(now_));
  }

 private:
  /// What was told of a like or a boost, once the last of this person's is gone.
  Result<void> take_back(index::ReactionKind kind, const std::string& actor,
                         const std::string& object) const {
    if (CAMP_TRY(db_.has_reaction(kind, actor, object))) return {};
    const bool like = kind == index::ReactionKind::like;
    return db_.remove_notice(like ? index::NoticeKind::like : index::NoticeKind::boost, actor,
                             object);
  }

  Result<void> send(const std::string& inbox, const std::string& member, const std::string& id,
                    const Json& activity) const {
    return put(inbox, member, id, activity.dump());
  }
  Result<void> put(const std::string& inbox, const std::string& member, const std::string& id,
                   std::string body) const {
    return db_.enqueue({.inbox = inbox,
                        .host = host_of(inbox, context_.site.policy()),
                        .signer = member,
                        .activity = id,
                        .body = std::move(body),
                        .next_ms = now_,
                        .since_ms = now_});
  }

  InboxContext& context_;
  index::ServerDb& db_;
  std::int64_t now_;
  std::string_view body_;
  mutable std::string not_kept_;  ///< a post of which there was enough
};

}  // namespace

namespace {

Result<void> apply_effects(InboxContext& context, const std::vector<Effect>& effects,
                           std::string_view body = {}) {
  const Applying applying(context, body);
  for (const Effect& effect : effects) CAMP_TRY(std::visit(applying, effect));
  return {};
}

}  // namespace

Result<void> apply_decisions(InboxContext& context, const std::vector<Decided>& all) {
  std::vector<store::NewState> files;
  for (const Decided& each : all) CAMP_TRY(add_follower_files(each.decision, files));
  CAMP_TRY(write_followers(context.community, std::move(files)));
  const std::int64_t now = context.community.env().now_ms();
  return context.db.together([&]() -> Result<void> {
    for (const Decided& each : all) {
      // A name that is there already: another process was faster.
      bool first = true;
      for (const std::string& name : each.names) {
        first = CAMP_TRY(context.db.note_message(name, now)) && first;
      }
      if (first) CAMP_TRY(apply_effects(context, each.decision.effects, each.body));
    }
    return {};
  });
}

Result<void> answer_request(InboxContext& context, const ConcernedMember& member,
                            const index::FollowRequest& request, bool accept) {
  const model::RemoteActor actor = CAMP_TRY(context.remote.actor(request.actor));
  Decision decision{.effects = {DropRequest{request.member, request.actor}}};
  if (accept) {
    decision.effects.emplace_back(AddFollower{member,
                                              {.id = actor.id,
                                               .inbox = actor.inbox,
                                               .shared_inbox = actor.shared_inbox,
                                               .software = actor.software,
                                               .follow = request.activity,
                                               .since_ms = context.community.env().now_ms()}});
  }
  decision.effects.emplace_back(
      AnswerFollow{member, accept, actor.inbox, request.activity, request.actor});
  std::vector<store::NewState> files;
  CAMP_TRY(add_follower_files(decision, files));
  CAMP_TRY(write_followers(context.community, std::move(files)));
  return context.db.together([&] { return apply_effects(context, decision.effects); });
}

}  // namespace camp::fed
