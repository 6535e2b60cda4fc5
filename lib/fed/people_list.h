// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "index/server_db.h"
#include "model/remote.h"
#include "store/community.h"

namespace camp::fed {

/// The host in `https://host/`; empty for any other URI.
std::string whole_host(std::string_view about);

/// Every name under which a list may mean a host, alone or with those above it.
std::vector<std::string> names_of_host(std::string_view host);
/// The same of somebody; `known` may be null when nothing but the id is known.
std::vector<std::string> names_of(const std::string& actor, const model::RemoteActor* known);

/// People elsewhere and whole hosts, as the lists of members and of the community name them: by the
/// actor's id, by `acct:user@host`, or by `https://host/`, which means what stands below that name
/// as well (`a.host`).
class PeopleList {
 public:
  void add(std::string about) { names_.insert(std::move(about)); }
  bool empty() const { return names_.empty(); }

  /// `known` as for names_of.
  bool holds(std::string_view actor, const model::RemoteActor* known) const;
  bool holds(const model::RemoteActor& actor) const { return holds(actor.id, &actor); }
  bool holds_host(std::string_view host) const;

 private:
  bool holds_any(const std::vector<std::string>& names) const;

  std::set<std::string, std::less<>> names_;
};

/// With whom the community as a whole has nothing to do: nothing is taken from them, shown of them,
/// asked of them or sent to them.
Result<PeopleList> blocked_by_community(const store::Community& community);
/// The same question about one, without reading the list.
Result<bool> is_blocked_by_community(const store::Community& community, const std::string& actor,
                                     const model::RemoteActor* known);
Result<bool> is_blocked_by_community(const store::Community& community,
                                     const model::RemoteActor& actor);

/// Where nothing goes, because whoever is there is blocked: personal inboxes, as far as they are
/// known, and whole hosts. Others of a shared inbox still get what is for them.
class BlockedPlaces {
 public:
  bool hold(const std::string& inbox, std::string_view host) const {
    return inboxes_.contains(inbox) || hosts_.holds_host(host);
  }
  Result<void> add(index::ServerDb& db, const std::string& about);

 private:
  std::set<std::string> inboxes_;
  PeopleList hosts_;
};
Result<BlockedPlaces> places_blocked_by(const store::Community& community, index::ServerDb& db,
                                        const OwnerId& member);
Result<BlockedPlaces> places_blocked_by_community(const store::Community& community,
                                                  index::ServerDb& db);

/// Whom a list names by themselves, as far as they are known.
Result<std::optional<model::RemoteActor>> person_named(index::ServerDb& db,
                                                       const std::string& about);

}  // namespace camp::fed
