// SPDX-License-Identifier: MIT
#include "ops/followers.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "commands.h"
#include "common.h"
#include "person.h"

namespace camp::cmd {
namespace {

/// What was decided and not sent yet.
std::string pending(const ops::FollowerRow& row) {
  return row.waits.empty() ? "" : row.waits + ", not sent yet";
}

void print_rows(cli::Context& context, const std::vector<ops::FollowerRow>& rows) {
  const bool waits = std::any_of(rows.begin(), rows.end(),
                                 [](const ops::FollowerRow& row) { return !row.waits.empty(); });
  context.out.begin_list(waits ? std::vector<std::string>{"WHO", "SINCE", "NAME", "ANSWER"}
                               : std::vector<std::string>{"WHO", "SINCE", "NAME"});
  for (const ops::FollowerRow& row : rows) {
    context.out.record(
        [&] {
          Json json = person_json(row.whom);
          json["since"] = format_time(row.since_ms);
          if (!row.waits.empty()) json["answer"] = row.waits;
          return json;
        },
        [&]() -> cli::Row {
          cli::Row cells{handle_of(row.whom), cli::Time{row.since_ms}, cli::Foreign{row.whom.name}};
          if (waits) cells.push_back(cli::Own{pending(row)});
          return cells;
        });
  }
}

Result<void> list(cli::Context& context) {
  auto here = CAMP_TRY(open_here(context));
  const auto rows = CAMP_TRY(ops::followers(here.community, here.actor));
  if (rows.empty()) context.out.note("nobody follows you yet");
  print_rows(context, rows);
  if (here.community.settings().is_clone()) {
    context.out.note("which members follow you is known at the origin alone");
  }
  return {};
}

Result<void> requests(cli::Context& context) {
  auto here = CAMP_TRY(open_here(context));
  const auto rows = CAMP_TRY(ops::follow_requests(here.community, here.actor));
  if (rows.empty()) context.out.note("nobody waits for your answer");
  print_rows(context, rows);
  return {};
}

Result<void> accept(cli::Context& context, const std::string& who) {
  auto here = CAMP_TRY(open_here(context));
  const auto whom =
      CAMP_TRY(ops::accept_follower(here.community, here.actor, who, context.globals.dry_run));
  context.out.document(person_json(whom));
  if (context.globals.dry_run) {
    context.out.say("would let {} follow you", handle_of(whom));
  } else {
    context.out.say("{} follows you{}", handle_of(whom), cli::Own{unsent_mark(here)});
  }
  return {};
}

Result<void> reject(cli::Context& context, const std::string& who) {
  auto here = CAMP_TRY(open_here(context));
  const auto whom =
      CAMP_TRY(ops::reject_follower(here.community, here.actor, who, context.globals.dry_run));
  context.out.document(person_json(whom));
  if (context.globals.dry_run) {
    context.out.say("would not let {} follow you", handle_of(whom));
  } else {
    context.out.say("{} does not follow you; they may ask again, unless you block them{}",
                    handle_of(whom), cli::Own{unsent_mark(here)});
  }
  return {};
}

}  // namespace

cli::Command followers_command() {
  auto who = std::make_shared<std::string>();
  const cli::Positional argument{
      .name = "WHO", .help = "@a@host, or the address of a profile", .to = who.get()};
  return {
      .name = "followers",
      .summary = "List who follows you, and answer who asks to",
      .details =
          "Alone it lists them. With 'camp profile --locked' nobody follows you before you "
          "have said yes. In a clone the answer goes out with the next 'camp sync'.",
      .group = cli::Group::people,
      .subcommands =
          {{.name = "requests",
            .summary = "List who asks to follow you",
            .examples = {{"camp followers requests", ""}},
            .exits = {Kind::not_found, Kind::refused, Kind::damaged},
            .needs = cli::Needs::read,
            .run = requests},
           {.name = "accept",
            .summary = "Let somebody follow you who asks to",
            .positionals = {argument},
            .examples = {{"camp followers accept @ana@other.example", ""}},
            .exits = {Kind::not_found, Kind::refused, Kind::network, Kind::damaged, Kind::busy},
            .needs = cli::Needs::write,
            .run = [who](cli::Context& context) { return accept(context, *who); }},
           {.name = "reject",
            .summary = "Say no to who asks, or part with a follower",
            .positionals = {argument},
            .examples = {{"camp followers reject @ana@other.example", ""}},
            .exits = {Kind::not_found, Kind::refused, Kind::network, Kind::damaged, Kind::busy},
            .needs = cli::Needs::write,
            .run = [who](cli::Context& context) { return reject(context, *who); }}},
      .examples = {{"camp followers", ""}},
      .exits = {Kind::not_found, Kind::damaged},
      .needs = cli::Needs::read,
      .run = list,
  };
}

}  // namespace camp::cmd
