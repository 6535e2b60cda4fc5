// SPDX-License-Identifier: MIT
#include "fed/people_list.h"

#include "fed/foreign.h"
#include "fed/remote.h"
#include "model/audience.h"

namespace camp::fed {
namespace {

Result<std::vector<index::ObjectRow>> rows_of(const store::Community& community,
                                              const OwnerId& member, std::string_view type) {
  const index::Viewer own{member.text(), {model::private_repository(member)}};
  return community.index().live(own, type, member.text(), "");
}

}  // namespace

std::string whole_host(std::string_view about) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!about.starts_with(scheme)) continue;
    const std::string_view rest = about.substr(scheme.size());
    if (rest.size() > 1 && rest.find('/') == rest.size() - 1) {
      return std::string(rest.substr(0, rest.size() - 1));
    }
  }
  return {};
}

void PeopleList::add(const std::string& about) {
  std::string host = whole_host(about);
  if (host.empty()) {
    names_.insert(about);
  } else {
    hosts_.insert(std::move(host));
  }
}

bool PeopleList::holds_host(std::string_view host) const {
  if (hosts_.empty()) return false;
  while (!hosts_.contains(host)) {
    const std::size_t dot = host.find('.');
    if (dot == std::string_view::npos) return false;
    host.remove_prefix(dot + 1);
  }
  return true;
}

bool PeopleList::holds(std::string_view actor, const model::RemoteActor* known) const {
  if (empty()) return false;
  if (names_.contains(actor) || holds_host(host_of(std::string(actor), {.loopback = true}))) {
    return true;
  }
  // The handle's host may be another than the id's.
  return known != nullptr &&
         (names_.contains("acct:" + known->user + "@" + known->host) || holds_host(known->host));
}

Result<PeopleList> list_of(const store::Community& community, const OwnerId& member,
                           std::string_view type) {
  PeopleList list;
  for (const auto& row : CAMP_TRY(rows_of(community, member, type))) list.add(row.about);
  return list;
}

Result<PeopleList> blocked_by_community(const store::Community& community) {
  PeopleList list;
  for (const auto& row : CAMP_TRY(community.index().blocked())) list.add(row.about);
  return list;
}

Result<std::optional<model::RemoteActor>> person_named(index::ServerDb& db,
                                                       const std::string& about) {
  const auto account = about.starts_with("acct:") ? parse_account(about) : std::nullopt;
  return account ? db.actor_by_handle(account->user, account->host) : db.actor(about);
}

Result<void> BlockedPlaces::add(index::ServerDb& db, const std::string& about) {
  if (!whole_host(about).empty()) {
    hosts_.add(about);
  } else if (const auto actor = CAMP_TRY(person_named(db, about))) {
    inboxes_.insert(actor->inbox);
  }
  return {};
}

Result<BlockedPlaces> places_blocked_by(const store::Community& community, index::ServerDb& db,
                                        const OwnerId& member) {
  BlockedPlaces places;
  for (const auto& row : CAMP_TRY(rows_of(community, member, "Block"))) {
    CAMP_TRY(places.add(db, row.about));
  }
  return places;
}

Result<BlockedPlaces> places_blocked_by_community(const store::Community& community,
                                                  index::ServerDb& db) {
  BlockedPlaces places;
  for (const auto& row : CAMP_TRY(community.index().blocked())) {
    CAMP_TRY(places.add(db, row.about));
  }
  return places;
}

}  // namespace camp::fed
