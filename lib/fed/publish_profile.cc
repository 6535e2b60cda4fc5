// SPDX-License-Identifier: MIT
#include "fed/publish_profile.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "crypto/digest.h"
#include "fed/activities.h"
#include "fed/actor_document.h"
#include "fed/describe.h"
#include "fed/discovery.h"
#include "fed/followers.h"
#include "fed/foreign.h"

namespace camp::fed {
namespace {

constexpr const char* kProfiles = "profiles";

using Newest = std::map<std::string, std::string>;

/// Each member's newest profile that the origin has: member id -> object id.
Result<Newest> newest_profiles(const store::Community& community) {
  Newest newest;
  for (const index::ProfileRow& row : CAMP_TRY(community.index().profiles())) {
    if (row.branch == index::kOutboxBranch) continue;
    std::string& id = newest[row.author];
    id = std::max(id, row.id);
  }
  return newest;
}

/// What tells one state of all profiles from another.
std::string stamp_of(const Newest& profiles) {
  std::string all;
  for (const auto& [member, id] : profiles) all += member + id;
  return crypto::sha256_hex(all);
}

/// The member's actor as it is now, in an Update of theirs.
Result<Json> update_of(PublishContext& context, const index::MemberRow& row,
                       const OwnerId& member) {
  const store::Community& community = context.community;
  ActorProfile profile = CAMP_TRY(profile_of(community, row));
  CAMP_TRY(describe_member(community, context.site, member, profile));
  const Json actor = actor_document(context.site, profile);
  Json activity = actor_update_activity(context.site, row.handle, actor, community.env().now_ms());
  CAMP_TRY(prove_for(community, context.site, member, row.handle, activity));
  return activity;
}

/// Tells the followers of one member; returns how many messages that makes.
Result<std::size_t> publish_profile(PublishContext& context, const index::MemberRow& row,
                                    const std::string& id) {
  const OwnerId member = CAMP_TRY(OwnerId::parse(row.id));
  const Json activity = CAMP_TRY(update_of(context, row, member));
  std::set<std::string> inboxes;
  for (const Follower& follower : CAMP_TRY(read_followers(context.community, member))) {
    inboxes.insert(follower.common_inbox());
  }
  const std::int64_t now = context.community.env().now_ms();
  const std::string body = activity.dump();
  CAMP_TRY(context.db.together([&]() -> Result<void> {
    for (const std::string& inbox : inboxes) {
      CAMP_TRY(context.db.enqueue({.inbox = inbox,
                                   .host = host_of(inbox, context.site.policy()),
                                   .signer = row.id,
                                   .activity = text_of(activity, "id"),
                                   .body = body,
                                   .next_ms = now,
                                   .since_ms = now}));
    }
    return context.db.set_value("profile " + row.id, id);
  }));
  return inboxes.size();
}

}  // namespace

Result<bool> profiles_changed(const store::Community& community, index::ServerDb& db) {
  return CAMP_TRY(db.value(kProfiles)) != stamp_of(CAMP_TRY(newest_profiles(community)));
}

Result<std::size_t> publish_profiles(PublishContext& context, bool remember) {
  const Newest profiles = CAMP_TRY(newest_profiles(context.community));
  const std::string stamp = stamp_of(profiles);
  std::size_t messages = 0;
  if (CAMP_TRY(context.db.value(kProfiles)) == stamp) return messages;
  for (const index::MemberRow& row : CAMP_TRY(context.community.index().members())) {
    const auto found = profiles.find(row.id);
    if (found == profiles.end()) continue;
    if (remember) {
      CAMP_TRY(context.db.set_value("profile " + row.id, found->second));
    } else if (row.state == "active" &&
               CAMP_TRY(context.db.value("profile " + row.id)) != found->second) {
      messages += CAMP_TRY(publish_profile(context, row, found->second));
    }
  }
  CAMP_TRY(context.db.set_value(kProfiles, stamp));
  return messages;
}

}  // namespace camp::fed
