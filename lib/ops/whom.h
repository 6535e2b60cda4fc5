// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fed/people_list.h"
#include "index/server_db.h"
#include "ops/open.h"

namespace camp::ops {

/// Somebody whom a member names, or a whole server.
struct Whom {
  enum class What { member, elsewhere, host };
  What what = What::member;
  std::string uri;     ///< as lists name them: camp:<id>, acct:user@host, a URL, https://host/
  std::string handle;  ///< "@bo", "@a@host", "host"; the URL of whom nothing else is known
  std::string name;    ///< that they go by; may be empty
  std::string actor;   ///< of somebody elsewhere: the URL that is their id, if it is known

  bool is_member() const { return what == What::member; }
};

/// Finds out whom words and URIs mean: members by the index, people elsewhere as far as this server
/// has met them. Asks nobody.
class Acquaintances {
 public:
  /// `community` must outlive it.
  static Result<Acquaintances> open(const store::Community& community);

  /// `@bo`, `@a@host`, the address of a profile; with `hosts` also `host` and `https://host/`.
  /// Kind::not_found for a member who is not there, Kind::usage for what names nobody.
  Result<Whom> find(std::string_view who, bool hosts = false);
  /// Whom a URI in a list means; of one that nobody knows the URI stays.
  Result<Whom> of(const std::string& uri);
  /// Whether two spellings mean the same person.
  Result<bool> same(const std::string& uri, const Whom& whom);

  /// What is kept of other servers; null if there is nothing.
  index::ServerDb* db() { return db_ ? &*db_ : nullptr; }

 private:
  explicit Acquaintances(const store::Community& community) : community_(community) {}
  Result<Whom> member(std::string_view who) const;
  Result<Whom> at_address(const std::string& url);
  Result<Whom> at_host(std::string_view user, const std::string& host);
  Result<std::string> host_named(std::string_view text) const;
  Result<std::optional<model::RemoteActor>> known(const std::string& uri);

  const store::Community& community_;
  std::optional<index::ServerDb> db_;
};

/// Whom a member has blocked or muted, and whom the community blocks: for leaving out what they
/// write.
class HiddenPeople {
 public:
  void add(const std::string& uri);
  /// Somebody elsewhere, by themselves or with their whole server. `user` and `host` may be empty
  /// when only the actor's id is known.
  bool hides(std::string_view actor, std::string_view user, std::string_view host) const;
  bool hides(const model::RemoteActor& actor) const {
    return hides(actor.id, actor.user, actor.host);
  }
  /// A member of the community.
  bool hides_member(std::string_view member) const;

 private:
  std::set<std::string, std::less<>> members_;  ///< camp:<id>
  fed::PeopleList elsewhere_;
};
Result<HiddenPeople> hidden_people(const store::Community& community, const Actor& actor);

/// Of a member's own list of one type ("Follow", "Block", "Ignore"): what stands now, oldest first.
Result<std::vector<index::ObjectRow>> own_list(const store::Community& community,
                                               const Actor& actor, std::string_view type);

}  // namespace camp::ops
