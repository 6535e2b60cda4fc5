// SPDX-License-Identifier: MIT
#include "ops/people.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "fed/cut_off.h"
#include "fed/federation.h"
#include "model/object.h"
#include "ops/wishes.h"
#include "ops/write.h"

namespace camp::ops {
namespace {

using index::ObjectRow;

model::Type type_of(HideList list) {
  return list == HideList::block ? model::Type::block : model::Type::ignore;
}

std::int64_t time_of(const ObjectRow& row) {
  const auto id = ObjectId::parse(row.id);
  return id ? id->time_ms() : 0;
}

bool waits(const ObjectRow& row) { return row.branch == index::kOutboxBranch; }

/// Whether a Follow is to be told to whom it is about.
Result<bool> asks(const store::Community& community, const ObjectRow& row) {
  const auto object = CAMP_TRY(community.read(row.repository, row.blob));
  return object.json->value("camp:ask", false);
}

/// The objects of one of the actor's lists that mean somebody.
Result<std::vector<ObjectRow>> rows_about(const store::Community& community, const Actor& actor,
                                          std::string_view type, Acquaintances& people,
                                          const Whom& whom) {
  std::vector<ObjectRow> rows;
  for (ObjectRow& row : CAMP_TRY(own_list(community, actor, type))) {
    if (CAMP_TRY(people.same(row.about, whom))) rows.push_back(std::move(row));
  }
  return rows;
}

/// Writes the actor's new objects and the end of old ones, all in one step.
class Change {
 public:
  Change(store::Community& community, const Actor& actor) : community_(community), actor_(actor) {}

  Result<void> end(const std::vector<ObjectRow>& rows) {
    for (const ObjectRow& row : rows) {
      const model::Maker maker = maker_for(community_, actor_);
      const auto old = CAMP_TRY(community_.read(row.repository, row.blob));
      CAMP_TRY(add(maker, model::make_tombstone(maker, old)));
    }
    return {};
  }

  Result<void> relate(model::Type type, const std::string& about, bool ask = false) {
    const model::Maker maker = maker_for(community_, actor_);
    Json json = model::make_relation(maker, type, about);
    if (ask) json["camp:ask"] = true;
    return add(maker, std::move(json));
  }

  Result<void> write(std::string_view act) {
    auto writer = CAMP_TRY(community_.write());
    CAMP_TRY(writer.introduce(made_.front().repositories.front(), actor_.id));
    CAMP_TRY(writer.append(made_, {}, subject_of(act, actor_, made_.back().object.id.object)));
    return writer.maintain();
  }

 private:
  Result<void> add(const model::Maker& maker, Json json) {
    made_.push_back(CAMP_TRY(finish_object(community_, actor_, maker, std::move(json))));
    return {};
  }

  store::Community& community_;
  const Actor& actor_;
  std::vector<store::NewObject> made_;
};

/// The state of a follow, by its object and by what this server was told.
Result<FollowState> state_of(const store::Community& community, const Actor& actor,
                             Acquaintances& people, const Whom& whom, const ObjectRow& row) {
  if (whom.is_member()) return FollowState::accepted;
  if (!CAMP_TRY(asks(community, row))) return FollowState::unasked;
  if (waits(row)) return FollowState::pending;
  const store::Settings& settings = community.settings();
  if (settings.is_clone() && settings.host.empty()) return FollowState::unknown;
  if (people.db() == nullptr || whom.actor.empty()) return FollowState::pending;
  const auto known = CAMP_TRY(people.db()->following(actor.id.text(), whom.actor));
  if (!known) return FollowState::pending;
  switch (known->state) {
    case index::FollowState::accepted:
      return FollowState::accepted;
    case index::FollowState::refused:
      return FollowState::refused;
    case index::FollowState::sent:
      break;
  }
  return FollowState::pending;
}

bool hides(const HiddenPeople& list, const Whom& whom) {
  if (whom.is_member()) return list.hides_member(whom.uri.substr(5));
  const auto account = fed::parse_account(whom.uri);
  return list.hides(whom.actor.empty() ? whom.uri : whom.actor, account ? account->user : "",
                    account ? account->host : "");
}

Result<void> require_followable(const store::Community& community, const Actor& actor,
                                const Whom& whom) {
  if (whom.uri == actor.id.uri()) {
    return fail(Kind::refused, "you cannot follow yourself",
                "your own posts are in your timeline anyway");
  }
  const store::Settings& settings = community.settings();
  if (!whom.is_member() && settings.host.empty() && !settings.is_clone()) {
    return fail(Kind::refused, "this community has no host, so nobody elsewhere could answer",
                "write host = \"your.domain\" into camp.toml: it can never change afterwards");
  }
  HiddenPeople by_all, blocked;
  for (const auto& row : CAMP_TRY(community.index().blocked())) by_all.add(row.about);
  for (const auto& row : CAMP_TRY(own_list(community, actor, "Block"))) blocked.add(row.about);
  if (hides(by_all, whom)) {
    return fail(Kind::refused, "this community blocks " + whom.handle,
                "see why with 'camp mod blocks'");
  }
  if (!hides(blocked, whom)) return {};
  return fail(Kind::refused, "you block " + whom.handle,
              "take that back first: see 'camp block' and 'camp block --undo'");
}

/// A follow that moved with whom it is about (Move): no object of the member's names the new
/// account, so the origin alone can end it; a clone asks it to.
Result<bool> end_moved_follow(store::Community& community, const Actor& actor,
                              Acquaintances& people, const Whom& whom, bool dry_run) {
  if (people.db() == nullptr || whom.actor.empty()) return false;
  const auto known = CAMP_TRY(people.db()->following(actor.id.text(), whom.actor));
  if (!known || (community.settings().is_clone() && !fed::is_moved_follow(*known))) return false;
  if (dry_run) return true;
  if (community.settings().is_clone()) {
    CAMP_TRY(put_wish(*people.db(), {.what = fed::Wish::What::unfollow, .actor = whom.actor}));
  } else {
    CAMP_TRY(fed::end_following(community, *people.db(), actor.handle, *known));
  }
  return true;
}

}  // namespace

std::string_view follow_state_name(FollowState state) {
  switch (state) {
    case FollowState::accepted:
      return "accepted";
    case FollowState::pending:
      return "pending";
    case FollowState::refused:
      return "refused";
    case FollowState::unasked:
      return "unasked";
    case FollowState::unknown:
      break;
  }
  return "unknown";
}

Result<FollowChange> follow(store::Community& community, const Actor& actor, const std::string& who,
                            bool dry_run) {
  auto people = CAMP_TRY(Acquaintances::open(community));
  const Whom whom = CAMP_TRY(people.find(who));
  CAMP_TRY(require_followable(community, actor, whom));
  const auto old = CAMP_TRY(rows_about(community, actor, "Follow", people, whom));
  FollowChange change{{whom, whom.is_member() ? FollowState::accepted : FollowState::pending, 0}};
  for (const ObjectRow& row : old) {
    const FollowState state = CAMP_TRY(state_of(community, actor, people, whom, row));
    if (state == FollowState::refused || state == FollowState::unasked) continue;
    return FollowChange{{whom, state, time_of(row), waits(row)}, false};
  }
  change.followed.waits = community.settings().is_clone();
  change.followed.since_ms = community.env().now_ms();
  CAMP_TRY(require_clock(community));
  Change writing(community, actor);
  CAMP_TRY(writing.end(old));
  CAMP_TRY(writing.relate(model::Type::follow, whom.uri, !whom.is_member()));
  if (!dry_run) CAMP_TRY(writing.write("follow"));
  return change;
}

Result<FollowChange> unfollow(store::Community& community, const Actor& actor,
                              const std::string& who, bool dry_run) {
  auto people = CAMP_TRY(Acquaintances::open(community));
  const Whom whom = CAMP_TRY(people.find(who));
  const auto rows = CAMP_TRY(rows_about(community, actor, "Follow", people, whom));
  if (rows.empty()) {
    if (CAMP_TRY(end_moved_follow(community, actor, people, whom, dry_run))) {
      return FollowChange{{whom, FollowState::accepted, 0, community.settings().is_clone()}};
    }
    return fail(Kind::not_found, "you do not follow " + whom.handle,
                "see whom you follow with 'camp following'");
  }
  const FollowState state = CAMP_TRY(state_of(community, actor, people, whom, rows.back()));
  FollowChange change{{whom, state, time_of(rows.back())}};
  change.followed.waits = community.settings().is_clone();
  CAMP_TRY(require_clock(community));
  Change writing(community, actor);
  CAMP_TRY(writing.end(rows));
  if (!dry_run) CAMP_TRY(writing.write("unfollow"));
  return change;
}

Result<std::vector<Followed>> following(const store::Community& community, const Actor& actor) {
  auto people = CAMP_TRY(Acquaintances::open(community));
  std::vector<Followed> list;
  std::set<std::string> seen, actors;
  auto rows = CAMP_TRY(own_list(community, actor, "Follow"));
  // Of two that mean the same person the newer one counts.
  std::reverse(rows.begin(), rows.end());
  for (const ObjectRow& row : rows) {
    Whom whom = CAMP_TRY(people.of(row.about));
    if (!seen.insert(whom.uri).second) continue;
    actors.insert(whom.actor);
    const FollowState state = CAMP_TRY(state_of(community, actor, people, whom, row));
    list.push_back({std::move(whom), state, time_of(row), waits(row)});
  }
  std::reverse(list.begin(), list.end());
  if (people.db() == nullptr) return list;
  for (const auto& known : CAMP_TRY(people.db()->following_of(actor.id.text()))) {
    // Whoever moved is followed at the new place, where no object of the member's leads.
    if (actors.contains(known.actor) || !fed::is_moved_follow(known)) continue;
    const bool accepted = known.state == index::FollowState::accepted;
    Whom whom = CAMP_TRY(people.of(known.actor));
    const bool ends = CAMP_TRY(wish_about(*people.db(), known.actor)) == "unfollow";
    list.push_back({std::move(whom), accepted ? FollowState::accepted : FollowState::pending,
                    known.since_ms, ends});
  }
  return list;
}

Result<HideChange> hide(store::Community& community, const Actor& actor, HideList list,
                        const std::string& who, bool dry_run) {
  auto people = CAMP_TRY(Acquaintances::open(community));
  const Whom whom = CAMP_TRY(people.find(who, true));
  if (whom.uri == actor.id.uri() ||
      (whom.what == Whom::What::host && whom.handle == community.settings().host)) {
    return fail(Kind::refused, "that would be yourself", "name somebody else");
  }
  const model::Type type = type_of(list);
  const bool blocks = list == HideList::block;
  const auto old = CAMP_TRY(rows_about(community, actor, model::type_name(type), people, whom));
  HideChange change{{whom, old.empty() ? community.env().now_ms() : time_of(old.front())}};
  change.changed = old.empty();
  change.hidden.waits = old.empty() ? community.settings().is_clone() : waits(old.front());
  std::vector<ObjectRow> follows;
  if (blocks) {
    for (ObjectRow& row : CAMP_TRY(own_list(community, actor, "Follow"))) {
      const Whom followed = CAMP_TRY(people.of(row.about));
      HiddenPeople only;
      only.add(whom.uri);
      if (!whom.actor.empty()) only.add(whom.actor);
      if (followed.uri == whom.uri || hides(only, followed)) follows.push_back(std::move(row));
    }
  }
  change.unfollowed = !follows.empty();
  const bool write = old.empty() || !follows.empty();
  if (write) {
    CAMP_TRY(require_clock(community));
    Change writing(community, actor);
    CAMP_TRY(writing.end(follows));
    if (old.empty()) CAMP_TRY(writing.relate(type, whom.uri));
    if (!dry_run) CAMP_TRY(writing.write(blocks ? "block" : "mute"));
  }
  if (blocks && !dry_run && !whom.is_member()) {
    change.followers = CAMP_TRY(fed::cut_off(community, actor.id, whom.uri)).followers;
  }
  return change;
}

Result<HideChange> unhide(store::Community& community, const Actor& actor, HideList list,
                          const std::string& who, bool dry_run) {
  auto people = CAMP_TRY(Acquaintances::open(community));
  const Whom whom = CAMP_TRY(people.find(who, true));
  const auto type = model::type_name(type_of(list));
  const auto rows = CAMP_TRY(rows_about(community, actor, type, people, whom));
  const std::string verb = list == HideList::block ? "block" : "mute";
  if (rows.empty()) {
    return fail(Kind::not_found, "you do not " + verb + " " + whom.handle,
                "see whom you do with 'camp " + verb + "'");
  }
  HideChange change{{whom, time_of(rows.front()), community.settings().is_clone()}};
  CAMP_TRY(require_clock(community));
  Change writing(community, actor);
  CAMP_TRY(writing.end(rows));
  if (!dry_run) CAMP_TRY(writing.write("undo " + verb));
  return change;
}

Result<std::vector<Hidden>> hidden_by(const store::Community& community, const Actor& actor,
                                      HideList list) {
  auto people = CAMP_TRY(Acquaintances::open(community));
  std::vector<Hidden> hidden;
  std::set<std::string> seen;
  for (const auto& row : CAMP_TRY(own_list(community, actor, model::type_name(type_of(list))))) {
    Whom whom = CAMP_TRY(people.of(row.about));
    if (!seen.insert(whom.uri).second) continue;
    hidden.push_back({std::move(whom), time_of(row), waits(row)});
  }
  return hidden;
}

}  // namespace camp::ops
