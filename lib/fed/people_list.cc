// SPDX-License-Identifier: MIT
#include "fed/people_list.h"

#include <algorithm>

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

std::vector<std::string> names_of_host(std::string_view host) {
  std::vector<std::string> names;
  while (!host.empty()) {
    for (const char* scheme : {"https://", "http://"}) {
      names.push_back(scheme + std::string(host) + "/");
    }
    const std::size_t dot = host.find('.');
    host.remove_prefix(dot == std::string_view::npos ? host.size() : dot + 1);
  }
  return names;
}

std::vector<std::string> names_of(const std::string& actor, const model::RemoteActor* known) {
  const std::string host = host_of(actor, {.loopback = true});
  std::vector<std::string> names = names_of_host(host);
  names.push_back(actor);
  if (known == nullptr) return names;
  names.push_back("acct:" + known->user + "@" + known->host);
  // The handle's host may be another than the id's.
  if (known->host == host) return names;
  for (std::string& name : names_of_host(known->host)) names.push_back(std::move(name));
  return names;
}

bool PeopleList::holds_any(const std::vector<std::string>& names) const {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return names_.contains(name); });
}

bool PeopleList::holds_host(std::string_view host) const {
  return !empty() && holds_any(names_of_host(host));
}

bool PeopleList::holds(std::string_view actor, const model::RemoteActor* known) const {
  return !empty() && holds_any(names_of(std::string(actor), known));
}

Result<bool> is_blocked_by_community(const store::Community& community, const std::string& actor,
                                     const model::RemoteActor* known) {
  return community.recall().blocks([&] { return names_of(actor, known); });
}

Result<bool> is_blocked_by_community(const store::Community& community,
                                     const model::RemoteActor& actor) {
  return is_blocked_by_community(community, actor.id, &actor);
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
