// SPDX-License-Identifier: MIT
// Documents of other servers: an actor, a post, an activity. Whatever is read is sound, can be kept
// and read back, and whatever is decided touches nothing but the actor's own.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/text.h"
#include "fed/activity.h"
#include "fed/foreign.h"
#include "fed/inbox.h"

namespace {

using namespace camp;
using namespace camp::fed;

constexpr std::int64_t kNow = 1'795'514'400'000;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string host(const std::string& url) { return host_of(url, {}); }

void judge(const model::RemoteActor& actor) {
  require(!host(actor.id).empty() && host(actor.inbox) == host(actor.id));
  require(host(actor.url) == host(actor.id) && is_user_name(actor.user));
  require(actor.shared_inbox.empty() || host(actor.shared_inbox) == host(actor.id));
  for (const auto* keys : {&actor.keys, &actor.multikeys}) {
    for (const auto& key : *keys) require(host(key.id) == host(actor.id));
  }
  const auto again = model::remote_actor_from(model::to_json(actor).dump());
  require(again && *again == actor);
}

void judge(const model::RemotePost& post) {
  require(!host(post.id).empty() && host(post.actor) == host(post.id));
  require(host(post.url) == host(post.id));
  require(post.recipients.size() <= 2 * kMaxRecipients && post.mentions.size() <= kMaxMentions);
  require(post.tags.size() <= kMaxTags && post.attachments.size() <= kMaxAttachments);
  require(post.content.find("<script") == std::string::npos);
  require(!model::local_id(post).text().empty());
  const auto again = model::remote_post_from(model::to_json(post).dump());
  require(again && *again == post);
}

void judge(const Decision& decision, const std::string& actor) {
  require(!decision.effects.empty() || !decision.ignored.empty());
  for (const Effect& effect : decision.effects) {
    if (const auto* keep = std::get_if<KeepPost>(&effect)) {
      require(keep->post.actor == actor);
      judge(keep->post);
    }
    if (const auto* keep = std::get_if<KeepActor>(&effect)) require(keep->actor.id == actor);
    if (const auto* keep = std::get_if<KeepReaction>(&effect)) {
      require(keep->reaction.actor == actor);
    }
    if (const auto* forget = std::get_if<ForgetActor>(&effect)) require(forget->actor == actor);
    if (const auto* drop = std::get_if<DropPost>(&effect)) {
      require(drop->actor == actor && host(drop->uri) == host(actor));
    }
    if (const auto* drop = std::get_if<DropReaction>(&effect)) require(drop->actor == actor);
    if (const auto* add = std::get_if<AddFollower>(&effect)) {
      require(add->follower.id == actor && encode_follower(add->follower).has_value());
    }
    if (const auto* keep = std::get_if<KeepReport>(&effect)) {
      require(valid_utf8(keep->content) == keep->content);
    }
  }
}

/// What is known when somebody does something that concerns a member in every way.
Facts facts_of(const Activity& activity, bool much) {
  Facts facts;
  facts.now_ms = kNow;
  facts.actor = {.id = activity.actor,
                 .user = "ada",
                 .host = host(activity.actor),
                 .inbox = "https://m.example/inbox"};
  if (!much) return facts;
  facts.member = ConcernedMember{.id = *OwnerId::parse(std::string(32, 'a')), .handle = "ana"};
  facts.followed_here = facts.ours = facts.answers_ours = true;
  facts.addressed = {*facts.member};
  facts.following = index::Following{.member = "m", .actor = activity.actor};
  facts.followers_here = {*facts.following};
  facts.target = model::RemoteActor{.id = activity.target, .aliases = {activity.actor}};
  return facts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Site site = *Site::make("friend.camp");
  const auto document = parse_foreign({reinterpret_cast<const char*>(data), size});
  if (!document) return 0;
  if (const auto actor = read_actor(*document, {})) judge(*actor);
  if (const auto post = read_post(*document, {}, kNow)) judge(*post);
  const auto activity = read_activity(*document, {});
  if (!activity) return 0;
  require(host(activity->id) == host(activity->actor) && !host(activity->id).empty());
  for (const bool much : {false, true}) {
    judge(decide(*activity, facts_of(*activity, much), site), activity->actor);
  }
  return 0;
}
