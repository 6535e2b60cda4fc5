// SPDX-License-Identifier: MIT
#include "ops/remote_profile.h"

#include "fed/inbox_facts.h"
#include "model/foreign_text.h"
#include "ops/ask.h"

namespace camp::ops {
namespace {

Result<model::RemoteActor> ask(store::Community& community, const std::string& who) {
  model::RemoteActor person;
  CAMP_TRY(ask_elsewhere(community, [&](fed::Federation& elsewhere) -> Result<void> {
    person = CAMP_TRY(person_at(elsewhere.remote(), who));
    return {};
  }));
  return person;
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
  return tl::unexpected<Error>(asked.error());
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
  return CAMP_TRY(ask(community, who)).id;
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
