// SPDX-License-Identifier: MIT
#include "fed/cut_off.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include "fed/activities.h"
#include "fed/federation.h"
#include "fed/followers.h"
#include "fed/foreign.h"
#include "fed/inbox_apply.h"
#include "fed/people_list.h"
#include "model/audience.h"

namespace camp::fed {
namespace {

class Cutting {
 public:
  Cutting(store::Community& community, const OwnerId& member)
      : community_(community), member_(member) {}

  Result<void> open() {
    db_ = CAMP_TRY(find_server_db(community_));
    if (community_.settings().host.empty()) return {};
    site_ = CAMP_TRY(site_of(community_));
    for (const index::MemberRow& row : CAMP_TRY(community_.index().members())) {
      if (row.id == member_.text()) handle_ = row.handle;
    }
    return {};
  }

  Result<bool> concerns(const std::string& about, const std::string& actor) {
    const auto known = db_ ? CAMP_TRY(db_->actor(actor)) : std::optional<model::RemoteActor>();
    PeopleList list;
    list.add(about);
    return list.holds(actor, known ? &*known : nullptr);
  }

  Result<std::vector<Follower>> followers(const std::string& about) {
    std::vector<Follower> meant;
    for (Follower& follower : CAMP_TRY(read_followers(community_, member_))) {
      if (CAMP_TRY(concerns(about, follower.id))) meant.push_back(std::move(follower));
    }
    return meant;
  }

  Result<std::vector<index::FollowRequest>> requests(const std::string& about) {
    std::vector<index::FollowRequest> meant;
    if (!db_) return meant;
    for (index::FollowRequest& request : CAMP_TRY(db_->requests_of(member_.text()))) {
      if (CAMP_TRY(concerns(about, request.actor))) meant.push_back(std::move(request));
    }
    return meant;
  }

  /// What waits for them, but for the end of something.
  Result<std::size_t> drop_waiting(const std::string& about, const std::set<std::string>& inboxes) {
    if (!db_) return std::size_t{0};
    std::size_t dropped = 0;
    const std::string host = whole_host(about);
    if (!host.empty()) {
      dropped += CAMP_TRY(db_->drop_waiting_for_host(member_.text(), host));
    }
    for (const std::string& inbox : inboxes) {
      dropped += CAMP_TRY(db_->drop_waiting(member_.text(), inbox));
    }
    return dropped;
  }

  /// The inboxes of whom a list names, as far as they are known.
  Result<std::set<std::string>> inboxes(const std::string& about,
                                        const std::vector<Follower>& followers) {
    std::set<std::string> all;
    for (const Follower& follower : followers) all.insert(follower.inbox);
    if (!db_) return all;
    if (const auto actor = CAMP_TRY(person_named(*db_, about))) all.insert(actor->inbox);
    return all;
  }

  /// Says no to a Follow that stands or is asked for.
  Result<void> reject(const std::string& actor, const std::string& inbox,
                      const std::string& follow) {
    if (!db_ || !site_ || handle_.empty() || follow.empty() || inbox.empty()) return {};
    const std::int64_t now = community_.env().now_ms();
    const Json answer = reject_activity(
        *site_, handle_,
        {{"id", follow}, {"type", "Follow"}, {"actor", actor}, {"object", site_->actor(handle_)}});
    return db_->enqueue({.inbox = inbox,
                         .host = host_of(inbox, site_->policy()),
                         .signer = member_.text(),
                         .activity = text_of(answer, "id") + "?" + std::to_string(now),
                         .body = answer.dump(),
                         .next_ms = now,
                         .since_ms = now});
  }

  Result<void> refuse(const index::FollowRequest& request) {
    const auto actor = CAMP_TRY(db_->actor(request.actor));
    CAMP_TRY(db_->remove_request(request.member, request.actor));
    return actor ? reject(request.actor, actor->inbox, request.activity) : Result<void>();
  }

  /// Everything of it that server.db keeps, or nothing.
  Result<void> together(const std::function<Result<void>()>& act) {
    return db_ ? db_->together(act) : act();
  }

 private:
  store::Community& community_;
  const OwnerId& member_;
  std::optional<index::ServerDb> db_;
  std::optional<Site> site_;
  std::string handle_;
};

Result<void> forget(store::Community& community, const OwnerId& member,
                    const std::vector<Follower>& followers) {
  std::vector<std::string> actors;
  for (const Follower& follower : followers) actors.push_back(follower.id);
  return forget_followers(community, member, actors);
}

}  // namespace

Result<CutOff> cut_off(store::Community& community, const OwnerId& member,
                       const std::string& about) {
  CutOff cut;
  if (community.settings().is_clone()) return cut;
  Cutting cutting(community, member);
  CAMP_TRY(cutting.open());
  const auto followers = CAMP_TRY(cutting.followers(about));
  const auto requests = CAMP_TRY(cutting.requests(about));
  const auto inboxes = CAMP_TRY(cutting.inboxes(about, followers));
  cut.followers = followers.size();
  cut.requests = requests.size();
  // If this is killed here, they are told nothing and follow no more all the same.
  CAMP_TRY(forget(community, member, followers));
  CAMP_TRY(cutting.together([&]() -> Result<void> {
    cut.messages = CAMP_TRY(cutting.drop_waiting(about, inboxes));
    for (const Follower& follower : followers) {
      CAMP_TRY(cutting.reject(follower.id, follower.inbox, follower.follow));
    }
    for (const index::FollowRequest& request : requests) CAMP_TRY(cutting.refuse(request));
    return {};
  }));
  return cut;
}

Result<bool> remove_follower(store::Community& community, const OwnerId& member,
                             const std::string& actor) {
  const auto follower = CAMP_TRY(find_follower(community, member, actor));
  if (!follower) return false;
  Cutting cutting(community, member);
  CAMP_TRY(cutting.open());
  CAMP_TRY(forget_followers(community, member, {actor}));
  CAMP_TRY(cutting.reject(actor, follower->inbox, follower->follow));
  return true;
}

Result<void> end_following(const store::Community& community, index::ServerDb& db,
                           const std::string& handle, const index::Following& following) {
  const Site site = CAMP_TRY(site_of(community));
  const std::int64_t now = community.env().now_ms();
  const Json undo = undo_activity({{"@context", "https://www.w3.org/ns/activitystreams"},
                                   {"id", following.activity},
                                   {"type", "Follow"},
                                   {"actor", site.actor(handle)},
                                   {"object", following.actor},
                                   {"to", Json::array({following.actor})}});
  const auto actor = CAMP_TRY(db.actor(following.actor));
  return db.together([&]() -> Result<void> {
    if (actor) {
      CAMP_TRY(db.enqueue({.inbox = actor->inbox,
                           .host = host_of(actor->inbox, site.policy()),
                           .signer = following.member,
                           .activity = text_of(undo, "id"),
                           .body = undo.dump(),
                           .next_ms = now,
                           .since_ms = now}));
    }
    return db.remove_following(following.member, following.actor);
  });
}

bool is_moved_follow(const index::Following& following) {
  return following.activity.find("#follows/") != std::string::npos;
}

std::string cut_task(const OwnerId& member, std::string_view about) {
  return std::string(kCutTask) + member.text() + " " + std::string(about);
}

Result<void> run_cut_task(store::Community& community, std::string_view task) {
  if (!task.starts_with(kCutTask)) return {};
  const std::string_view rest = task.substr(kCutTask.size());
  const std::size_t space = rest.find(' ');
  if (space == std::string_view::npos) return {};
  const OwnerId member = CAMP_TRY(OwnerId::parse(rest.substr(0, space)));
  CAMP_TRY(cut_off(community, member, std::string(rest.substr(space + 1))));
  return {};
}

}  // namespace camp::fed
