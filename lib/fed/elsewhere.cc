// SPDX-License-Identifier: MIT
#include "fed/elsewhere.h"

#include "fed/people_list.h"

namespace camp::fed {
namespace {

std::optional<Person> person_of(const model::RemoteActor& actor) {
  if (actor.gone) return std::nullopt;
  return Person{actor.id, actor.user + "@" + actor.host, actor.url};
}

Result<std::optional<model::RemoteActor>> known(index::ServerDb& db, const std::string& uri) {
  if (!uri.starts_with("acct:")) return db.actor(uri);
  const auto account = parse_account(uri);
  if (!account) return std::optional<model::RemoteActor>();
  return db.actor_by_handle(account->user, account->host);
}

Result<std::optional<Reference>> reference(index::ServerDb& db, const std::string& url) {
  const auto post = CAMP_TRY(db.post(url));
  if (!post) return std::optional<Reference>();
  return std::optional(Reference{post->id, post->actor, post->context, post->context});
}

Result<std::vector<std::string>> replies_to(const store::Community& community, index::ServerDb& db,
                                            const std::string& url) {
  constexpr std::size_t kMost = 100;
  const PeopleList blocked = CAMP_TRY(blocked_by_community(community));
  std::vector<std::string> uris;
  for (const index::SeenPost& seen : CAMP_TRY(db.replies(url, "", "", kMost))) {
    if (!blocked.holds(seen.author)) uris.push_back(seen.post.id);
  }
  return uris;
}

}  // namespace

Elsewhere elsewhere_known(const store::Community& community, index::ServerDb& db) {
  return {.person = [&db](const std::string& uri) -> Result<std::optional<Person>> {
            const auto actor = CAMP_TRY(known(db, uri));
            return actor ? person_of(*actor) : std::optional<Person>();
          },
          .object = [&db](const std::string& url) { return reference(db, url); },
          .replies = [&community,
                      &db](const std::string& url) { return replies_to(community, db, url); }};
}

Elsewhere elsewhere_of(const store::Community& community, index::ServerDb& db, Remote& remote,
                       bool patient) {
  Elsewhere elsewhere = elsewhere_known(community, db);
  elsewhere.person = [&db, &remote,
                      patient](const std::string& uri) -> Result<std::optional<Person>> {
    if (const auto actor = CAMP_TRY(known(db, uri))) return person_of(*actor);
    const auto account = uri.starts_with("acct:") ? parse_account(uri) : std::nullopt;
    if (uri.starts_with("acct:") && !account) return std::optional<Person>();
    const auto asked = account ? remote.resolve(account->user, account->host) : remote.actor(uri);
    if (asked) return person_of(*asked);
    if (patient && asked.error().kind == Kind::network) {
      return tl::unexpected<Error>(asked.error());
    }
    return std::optional<Person>();
  };
  return elsewhere;
}

}  // namespace camp::fed
