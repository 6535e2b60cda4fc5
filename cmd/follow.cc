// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "commands.h"
#include "common.h"
#include "ops/people.h"
#include "person.h"

namespace camp::cmd {
namespace {

Json followed_json(const ops::Followed& followed) {
  Json json = person_json(followed.whom);
  json["state"] = ops::follow_state_name(followed.state);
  if (followed.since_ms > 0) json["since"] = format_time(followed.since_ms);
  if (followed.waits) json["pending"] = true;
  return json;
}

std::string standing(const ops::Followed& followed) {
  std::string text(ops::follow_state_name(followed.state));
  if (followed.waits) text += ", not sent yet";
  return text;
}

void say_followed(cli::Context& context, const Here& here, const ops::FollowChange& change) {
  using ops::FollowState;
  const cli::Foreign who = handle_of(change.followed.whom);
  cli::Printer& out = context.out;
  if (!change.changed && change.followed.state == FollowState::pending) {
    out.say("{} was asked already and has not answered yet", who);
  } else if (!change.changed) {
    out.say("you follow {} already", who);
  } else if (context.globals.dry_run) {
    out.say("would follow {}", who);
  } else if (change.followed.whom.is_member()) {
    out.say("you follow {}{}", who, cli::Own{change.followed.waits ? unsent_mark(here) : ""});
  } else if (change.followed.waits) {
    out.say("{} will be asked{}", who, cli::Own{unsent_mark(here)});
  } else {
    out.say("asked {}; they answer when they like", who);
  }
}

Result<void> follow(cli::Context& context, const std::string& who) {
  auto here = CAMP_TRY(open_here(context));
  const auto change =
      CAMP_TRY(ops::follow(here.community, here.actor, who, context.globals.dry_run));
  context.out.document(followed_json(change.followed));
  say_followed(context, here, change);
  return {};
}

Result<void> unfollow(cli::Context& context, const std::string& who) {
  auto here = CAMP_TRY(open_here(context));
  const auto change =
      CAMP_TRY(ops::unfollow(here.community, here.actor, who, context.globals.dry_run));
  context.out.document(person_json(change.followed.whom));
  if (context.globals.dry_run) {
    context.out.say("would follow {} no more", handle_of(change.followed.whom));
  } else {
    context.out.say("you follow {} no more{}", handle_of(change.followed.whom),
                    cli::Own{change.followed.waits ? unsent_mark(here) : ""});
  }
  return {};
}

Result<void> following(cli::Context& context) {
  auto here = CAMP_TRY(open_here(context));
  const auto list = CAMP_TRY(ops::following(here.community, here.actor));
  if (list.empty()) context.out.note("you follow nobody: camp follow WHO");
  context.out.begin_list({"WHO", "STATE", "SINCE", "NAME"});
  bool unasked = false;
  for (const ops::Followed& followed : list) {
    unasked = unasked || followed.state == ops::FollowState::unasked;
    context.out.record([&] { return followed_json(followed); },
                       [&]() -> cli::Row {
                         return {handle_of(followed.whom), cli::Own{standing(followed)},
                                 cli::Time{followed.since_ms}, cli::Foreign{followed.whom.name}};
                       });
  }
  if (unasked) context.out.note("who is unasked came with an archive: 'camp follow' asks them");
  return {};
}

cli::Positional who_argument(std::string* to, cli::Completer complete) {
  return {.name = "WHO",
          .help = "@bo, @a@host, or the address of a profile",
          .complete = std::move(complete),
          .to = to};
}

}  // namespace

cli::Command follow_command() {
  auto who = std::make_shared<std::string>();
  return {
      .name = "follow",
      .summary = "Follow a member, or somebody elsewhere",
      .details =
          "A member's posts are in your timeline anyway; following one lets you read what they "
          "write for their followers. Somebody elsewhere is asked by the origin, with the next "
          "'camp sync' or at once by 'camp serve', and may say no. Whom you follow is between you "
          "and them.",
      .group = cli::Group::people,
      .common = true,
      .positionals = {who_argument(who.get(), complete_members())},
      .examples = {{"camp follow @bo", ""},
                   {"camp follow @ana@other.example", ""},
                   {"camp follow https://other.example/@ana", "the same"}},
      .exits = {Kind::not_found, Kind::refused, Kind::damaged, Kind::busy},
      .needs = cli::Needs::write,
      .run = [who](cli::Context& context) { return follow(context, *who); },
  };
}

cli::Command unfollow_command() {
  auto who = std::make_shared<std::string>();
  return {
      .name = "unfollow",
      .summary = "Follow somebody no more",
      .group = cli::Group::people,
      .positionals = {who_argument(who.get(), complete_list("Follow"))},
      .examples = {{"camp unfollow @ana@other.example", ""}},
      .exits = {Kind::not_found, Kind::refused, Kind::damaged, Kind::busy},
      .needs = cli::Needs::write,
      .run = [who](cli::Context& context) { return unfollow(context, *who); },
  };
}

cli::Command following_command() {
  return {
      .name = "following",
      .summary = "List whom you follow",
      .details =
          "The state is accepted, pending (they have not answered yet), refused, unasked (it came "
          "with an archive: 'camp follow' asks), or unknown (in a clone whose origin does not "
          "say). "
          "In a clone it is what the last 'camp sync' brought.",
      .group = cli::Group::people,
      .examples = {{"camp following", ""}},
      .exits = {Kind::not_found, Kind::damaged},
      .needs = cli::Needs::read,
      .run = following,
  };
}

}  // namespace camp::cmd
