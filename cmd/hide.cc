// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "commands.h"
#include "common.h"
#include "ops/people.h"
#include "person.h"

namespace camp::cmd {
namespace {

using ops::HideList;

struct Options {
  std::optional<std::string> who;
  bool undo = false;
};

Json hidden_json(const ops::Hidden& hidden) {
  Json json = person_json(hidden.whom);
  json["since"] = format_time(hidden.since_ms);
  if (hidden.waits) json["pending"] = true;
  return json;
}

Result<void> print_list(cli::Context& context, HideList list) {
  auto here = CAMP_TRY(open_here(context));
  const auto hidden = CAMP_TRY(ops::hidden_by(here.community, here.actor, list));
  if (hidden.empty()) {
    context.out.note("you {} nobody", cli::Own{list == HideList::block ? "block" : "mute"});
  }
  context.out.begin_list({"WHO", "SINCE", "NAME"});
  for (const ops::Hidden& each : hidden) {
    context.out.record(
        [&] { return hidden_json(each); },
        [&]() -> cli::Row {
          return {handle_of(each.whom), cli::Time{each.since_ms}, cli::Foreign{each.whom.name}};
        });
  }
  return {};
}

void say_hidden(cli::Context& context, const Here& here, HideList list,
                const ops::HideChange& change) {
  const bool blocks = list == HideList::block;
  const cli::Foreign who = handle_of(change.hidden.whom);
  const cli::Own verb{blocks ? "block" : "mute"};
  cli::Printer& out = context.out;
  if (!change.changed) {
    out.say("you {} {} already", verb, who);
  } else if (context.globals.dry_run) {
    out.say("would {} {}", verb, who);
  } else {
    out.say("you {} {}{}", verb, who, cli::Own{change.hidden.waits ? unsent_mark(here) : ""});
  }
  const bool done = !context.globals.dry_run;
  if (done && change.unfollowed) out.say("you do not follow {} any more", who);
  if (change.followers > 0) {
    out.say("{} less", cli::Own{counted(change.followers, "follower")});
  }
}

Result<void> run(cli::Context& context, HideList list, const Options& options) {
  if (!options.who && options.undo) {
    return fail(Kind::usage, "--undo needs somebody", "name whom you mean");
  }
  if (!options.who) return print_list(context, list);
  auto here = CAMP_TRY(open_here(context));
  const bool dry_run = context.globals.dry_run;
  if (!options.undo) {
    const auto change =
        CAMP_TRY(ops::hide(here.community, here.actor, list, *options.who, dry_run));
    context.out.document(hidden_json(change.hidden));
    say_hidden(context, here, list, change);
    return {};
  }
  const auto change =
      CAMP_TRY(ops::unhide(here.community, here.actor, list, *options.who, dry_run));
  context.out.document(person_json(change.hidden.whom));
  const cli::Own verb{list == HideList::block ? "block" : "mute"};
  if (dry_run) {
    context.out.say("would {} {} no more", verb, handle_of(change.hidden.whom));
  } else {
    context.out.say("you {} {} no more{}", verb, handle_of(change.hidden.whom),
                    cli::Own{change.hidden.waits ? unsent_mark(here) : ""});
  }
  return {};
}

cli::Command hide_command(HideList list) {
  auto options = std::make_shared<Options>();
  return {
      .group = cli::Group::people,
      .positionals = {{.name = "WHO",
                       .help = "@bo, @a@host, the address of a profile, or a host; without it: "
                               "the list",
                       .complete = complete_members(),
                       .required = false,
                       .to = &options->who}},
      .options = {{.name = "undo", .help = "take it back", .to = &options->undo}},
      .exits = {Kind::not_found, Kind::refused, Kind::damaged, Kind::busy},
      .needs = cli::Needs::write,
      .run = [options, list](cli::Context& context) { return run(context, list, *options); },
  };
}

}  // namespace

cli::Command block_command() {
  cli::Command command = hide_command(HideList::block);
  command.name = "block";
  command.summary = "Have nothing to do with somebody, or with a whole host";
  command.details =
      "You see nothing of theirs any more, and what you write for your followers does not reach "
      "them. Both follows end, and they cannot follow you again. Nobody is told that you block "
      "them. A block of a member hides their posts from you; what you say to everybody they can "
      "still read.";
  command.examples = {{"camp block", "whom you block"},
                      {"camp block @troll@other.example", ""},
                      {"camp block other.example", "everybody there"},
                      {"camp block other.example --undo", ""}};
  return command;
}

cli::Command mute_command() {
  cli::Command command = hide_command(HideList::mute);
  command.name = "mute";
  command.summary = "See nothing of somebody for a while";
  command.details =
      "Their posts and what they do are not shown to you. Nothing else changes: follows stay, and "
      "nobody notices.";
  command.examples = {
      {"camp mute", "whom you mute"}, {"camp mute @bo", ""}, {"camp mute @bo --undo", ""}};
  return command;
}

}  // namespace camp::cmd
