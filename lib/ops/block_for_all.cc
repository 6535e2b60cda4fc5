// SPDX-License-Identifier: MIT
#include "ops/block_for_all.h"

#include <algorithm>

#include "fed/followers.h"
#include "model/community_log.h"
#include "ops/decision.h"
#include "ops/write.h"
#include "store/writer.h"

namespace camp::ops {
namespace {

using Entries = std::vector<std::pair<std::string, BlockForAll>>;  // by what the log names them by

/// The blocks that stand, in the order of their making. The index has judged the log; here it is
/// only read.
Result<Entries> entries_of(const store::Community& community, Acquaintances& people) {
  Entries entries;
  const std::string log = CAMP_TRY(community.state_file(store::kCommunityLog));
  for (const model::PastEntry& past : CAMP_TRY(model::read_entries(log))) {
    const model::LogEntry& entry = past.entry;
    if (entry.kind != "block" && entry.kind != "unblock") continue;
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const auto& each) { return each.first == entry.about; });
    if (entry.kind == "unblock") {
      if (found != entries.end()) entries.erase(found);
    } else if (found != entries.end()) {
      found->second.reason = entry.reason;
    } else {
      BlockForAll block{CAMP_TRY(people.of(entry.about)), entry.reason, past.time_ms};
      entries.emplace_back(entry.about, std::move(block));
    }
  }
  return entries;
}

Result<Entries> entries_about(const store::Community& community, Acquaintances& people,
                              const Whom& whom) {
  Entries about;
  for (auto& entry : CAMP_TRY(entries_of(community, people))) {
    if (CAMP_TRY(people.same(entry.first, whom))) about.push_back(std::move(entry));
  }
  return about;
}

Result<Whom> stranger_named(const store::Community& community, Acquaintances& people,
                            const std::string& who) {
  Whom whom = CAMP_TRY(people.find(who, true));
  if (whom.is_member()) {
    return fail(Kind::refused, whom.handle + " is a member of this community",
                "an admin can suspend a member: camp member suspend " + whom.handle);
  }
  if (whom.what == Whom::What::host && whom.handle == community.settings().host) {
    return fail(Kind::refused, "that would be this community itself", "name another host");
  }
  return whom;
}

/// Whom it concerns here.
Result<void> count_ties(const store::Community& community, Acquaintances& people,
                        BlockForAllChange& change) {
  if (people.db() == nullptr) return {};
  fed::PeopleList list;
  list.add(change.block.whom.uri);
  if (!change.block.whom.actor.empty()) list.add(change.block.whom.actor);
  const auto meant = [&](const std::string& actor) -> Result<bool> {
    const auto known = CAMP_TRY(people.db()->actor(actor));
    return list.holds(actor, known ? &*known : nullptr);
  };
  for (const index::MemberRow& row : CAMP_TRY(community.index().members())) {
    if (row.state == "removed") continue;
    for (const auto& following : CAMP_TRY(people.db()->following_of(row.id))) {
      if (CAMP_TRY(meant(following.actor))) ++change.follows;
    }
    const OwnerId id = CAMP_TRY(OwnerId::parse(row.id));
    for (const auto& follower : CAMP_TRY(fed::read_followers(community, id))) {
      if (CAMP_TRY(meant(follower.id))) ++change.followers;
    }
  }
  return {};
}

/// Somebody about whom a person who may do so decides, and what it takes to decide.
struct Case {
  crypto::SecretKey key;
  store::Writer writer;
  BlockForAllChange change;
  Entries before;  ///< the blocks that stand already
};

Result<Case> take_up(store::Community& community, const Actor& actor, const std::string& who,
                     const std::string& reason) {
  CAMP_TRY(require_office(community, actor, Office::moderator));
  CAMP_TRY(require_reason(reason));
  crypto::SecretKey key = CAMP_TRY(community_key(community));
  auto people = CAMP_TRY(Acquaintances::open(community));
  BlockForAllChange change;
  change.block = {CAMP_TRY(stranger_named(community, people, who)), reason,
                  community.env().now_ms()};
  CAMP_TRY(count_ties(community, people, change));
  store::Writer writer = CAMP_TRY(community.write());
  Entries before = CAMP_TRY(entries_about(community, people, change.block.whom));
  return Case{std::move(key), std::move(writer), std::move(change), std::move(before)};
}

}  // namespace

Result<BlockForAllChange> block_for_all(store::Community& community, const Actor& actor,
                                        const std::string& who, const std::string& reason,
                                        bool dry_run) {
  Case taken = CAMP_TRY(take_up(community, actor, who, reason));
  BlockForAllChange& change = taken.change;
  change.changed =
      taken.before.empty() || (!reason.empty() && taken.before.front().second.reason != reason);
  if (!change.changed) change.block = taken.before.front().second;
  if (!change.changed || dry_run) return std::move(change);
  // Another reason goes to the name under which they are blocked already.
  const std::string& about =
      taken.before.empty() ? change.block.whom.uri : taken.before.front().first;
  CAMP_TRY(record(taken.writer, taken.key, {.kind = "block", .reason = reason, .about = about},
                  "block " + change.block.whom.handle));
  CAMP_TRY(taken.writer.maintain());
  return std::move(change);
}

Result<BlockForAllChange> unblock_for_all(store::Community& community, const Actor& actor,
                                          const std::string& who, const std::string& reason,
                                          bool dry_run) {
  Case taken = CAMP_TRY(take_up(community, actor, who, reason));
  BlockForAllChange& change = taken.change;
  if (taken.before.empty()) {
    return fail(Kind::not_found, "this community does not block " + change.block.whom.handle,
                "see whom it blocks with 'camp mod blocks'");
  }
  if (dry_run) return std::move(change);
  for (const auto& [about, block] : taken.before) {
    CAMP_TRY(record(taken.writer, taken.key, {.kind = "unblock", .reason = reason, .about = about},
                    "unblock " + change.block.whom.handle));
  }
  CAMP_TRY(taken.writer.maintain());
  return std::move(change);
}

Result<std::vector<BlockForAll>> blocked_for_all(const store::Community& community) {
  auto people = CAMP_TRY(Acquaintances::open(community));
  std::vector<BlockForAll> blocks;
  for (auto& [about, block] : CAMP_TRY(entries_of(community, people))) {
    blocks.push_back(std::move(block));
  }
  return blocks;
}

}  // namespace camp::ops
