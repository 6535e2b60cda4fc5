// SPDX-License-Identifier: MIT
#include "ops/remote_profile.h"

#include "fed/federation.h"
#include "fed/inbox_facts.h"
#include "model/foreign_text.h"

namespace camp::ops {
namespace {

Result<model::RemoteActor> ask(store::Community& community, const std::string& who) {
  model::RemoteActor person;
  CAMP_TRY(fed::with_federation(community, [&](fed::Federation& elsewhere) -> Result<void> {
    const auto account = who.starts_with('@') ? fed::parse_account(who) : std::nullopt;
    person = account ? CAMP_TRY(elsewhere.remote().resolve(account->user, account->host))
                     : CAMP_TRY(elsewhere.remote().fetch_actor(who));
    return {};
  }));
  return person;
}

Error with_hint(Error error) {
  if (!error.hint.empty()) return error;
  error.hint = error.kind == Kind::network
                   ? "try again later, and check how the server's name is written"
                   : "check how it is written";
  return error;
}

Result<std::optional<model::RemoteActor>> known(const store::Community& community,
                                                const std::string& who) {
  auto people = CAMP_TRY(Acquaintances::open(community));
  const auto whom = people.find(who);
  if (!whom || whom->actor.empty() || people.db() == nullptr) {
    return std::optional<model::RemoteActor>();
  }
  return people.db()->actor(whom->actor);
}

Result<RemoteProfile> find(store::Community& community, const std::string& who) {
  auto kept = CAMP_TRY(known(community, who));
  if (community.settings().is_clone()) {
    if (kept) return RemoteProfile{.actor = *std::move(kept), .kept = true};
    return fail(Kind::not_found, "nothing is known here of " + who,
                "look in the directory that this clone came from: it can ask their server");
  }
  auto asked = ask(community, who);
  if (asked) return RemoteProfile{.actor = *std::move(asked)};
  if (kept && asked.error().kind == Kind::network) {
    return RemoteProfile{.actor = *std::move(kept), .kept = true};
  }
  return tl::unexpected<Error>(with_hint(std::move(asked.error())));
}

}  // namespace

Result<std::string> address_of(store::Community& community, const std::string& who) {
  if (model::is_web_address(who)) return who;
  const auto account = who.starts_with('@') ? fed::parse_account(who) : std::nullopt;
  if (!account || account->host == community.settings().host) {
    return fail(Kind::usage, model::in_quotes(who) + " is nobody elsewhere",
                "write @user@host, or the address of their account");
  }
  if (const auto kept = CAMP_TRY(known(community, who))) return kept->id;
  if (community.settings().is_clone()) {
    return fail(Kind::refused, "nothing is known here of " + who + ", and a clone asks nobody",
                "give their address instead, or do it in " + community.settings().origin);
  }
  auto asked = ask(community, who);
  if (!asked) return tl::unexpected<Error>(with_hint(std::move(asked.error())));
  return asked->id;
}

Result<RemoteProfile> show_remote_profile(store::Community& community, const Actor& actor,
                                          const std::string& who) {
  RemoteProfile shown = CAMP_TRY(find(community, who));
  auto people = CAMP_TRY(Acquaintances::open(community));
  const Whom whom = CAMP_TRY(people.find(shown.actor.handle()));
  for (const Followed& each : CAMP_TRY(following(community, actor))) {
    if (CAMP_TRY(people.same(each.whom.uri, whom))) shown.followed = each.state;
  }
  shown.follows = CAMP_TRY(fed::find_follower(community, actor.id, shown.actor.id)).has_value();
  return shown;
}

}  // namespace camp::ops
