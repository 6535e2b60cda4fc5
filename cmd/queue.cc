// SPDX-License-Identifier: MIT
#include "ops/queue.h"

#include <nlohmann/json.hpp>

#include "base/time.h"
#include "commands.h"
#include "common.h"

namespace camp::cmd {
namespace {

constexpr std::size_t kMostRows = 10'000;

Json message_json(const ops::QueuedMessage& message) {
  Json json{{"number", message.number},
            {"host", message.host},
            {"inbox", message.inbox},
            {"type", message.type},
            {"attempts", message.attempts},
            {"since", format_time(message.since_ms)},
            {"next", format_time(message.next_ms)}};
  if (!message.handle.empty()) json["member"] = message.handle;
  if (!message.problem.empty()) json["problem"] = message.problem;
  return json;
}

Result<void> list(cli::Context& context) {
  auto here = CAMP_TRY(open_here(context));
  const auto messages = CAMP_TRY(ops::queue(here.community, kMostRows));
  if (messages.empty()) context.out.note("nothing waits");
  context.out.begin_list({"N", "HOST", "WHAT", "OF", "SINCE", "TRIED", "LAST PROBLEM"});
  for (const ops::QueuedMessage& message : messages) {
    context.out.record([&] { return message_json(message); },
                       [&]() -> cli::Row {
                         return {message.number,
                                 cli::Foreign{message.host},
                                 cli::Foreign{message.type},
                                 cli::Own{message.handle.empty() ? "" : "@" + message.handle},
                                 cli::Time{message.since_ms},
                                 message.attempts,
                                 cli::Foreign{message.problem}};
                       });
  }
  return {};
}

Result<void> drop(cli::Context& context, std::int64_t number) {
  auto here = CAMP_TRY(open_here(context));
  const auto message = CAMP_TRY(ops::drop_message(here.community, number, context.globals.dry_run));
  context.out.document(message_json(message));
  context.out.say("{} message {} to {}",
                  cli::Own{context.globals.dry_run ? "would drop" : "dropped"}, message.number,
                  cli::Foreign{message.host});
  return {};
}

Result<void> retry(cli::Context& context) {
  auto here = CAMP_TRY(open_here(context));
  const std::size_t count = CAMP_TRY(ops::retry_queue(here.community, context.globals.dry_run));
  context.out.document({{"waiting", count}});
  context.out.say("{} to be tried again {}", cli::Own{counted(count, "message")},
                  cli::Own{context.globals.dry_run ? "(nothing done)" : "with the next sync"});
  return {};
}

}  // namespace

cli::Command queue_command() {
  auto number = std::make_shared<std::int64_t>(0);
  return {
      .name = "queue",
      .summary = "List what waits for other servers",
      .details =
          "A server that does not answer is tried again for about a week, more and more seldom. At "
          "the origin only.",
      .group = cli::Group::care,
      .subcommands =
          {{.name = "drop",
            .summary = "Give one message up",
            .positionals = {{.name = "N", .help = "its number in the list", .to = number.get()}},
            .examples = {{"camp queue drop 12", ""}},
            .exits = {Kind::not_found, Kind::refused, Kind::damaged, Kind::busy},
            .needs = cli::Needs::write,
            .run = [number](cli::Context& context) { return drop(context, *number); }},
           {.name = "retry",
            .summary = "Let everything be tried again soon",
            .examples = {{"camp queue retry && camp sync", ""}},
            .exits = {Kind::not_found, Kind::refused, Kind::damaged, Kind::busy},
            .needs = cli::Needs::write,
            .run = retry}},
      .examples = {{"camp queue", ""}},
      .exits = {Kind::not_found, Kind::refused, Kind::damaged, Kind::busy},
      .needs = cli::Needs::read,
      .run = list,
  };
}

}  // namespace camp::cmd
