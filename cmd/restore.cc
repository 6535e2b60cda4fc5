// SPDX-License-Identifier: MIT
#include "ops/restore.h"

#include <nlohmann/json.hpp>

#include "commands.h"
#include "common.h"

namespace camp::cmd {
namespace {

struct Options {
  std::string clone;
  bool newest = false;
};

Result<void> count_as_newest(cli::Context& context) {
  auto community = CAMP_TRY(ops::open_community(context.env, context.globals.directory));
  CAMP_TRY(ops::count_as_newest(community));
  context.out.document({{"objects", 0}, {"media", 0}, {"refused", Json::array()}});
  context.out.say("this directory counts as the newest: members and keys may change here again");
  return {};
}

Result<void> run(cli::Context& context, const Options& options) {
  CAMP_TRY(refuse_dry_run(context));
  const std::string& clone = options.clone;
  if (clone.empty() != options.newest) {
    return fail(Kind::usage, "where to take it back from is not said",
                "name a clone with --from-clone DIR, or say --newest if nothing newer exists");
  }
  if (options.newest) return count_as_newest(context);
  auto community = CAMP_TRY(ops::open_community(context.env, context.globals.directory));
  const ops::Restored restored = CAMP_TRY(ops::restore_from_clone(community, clone));
  Json refused = Json::array();
  for (const ops::SyncRefusal& each : restored.refused) {
    refused.push_back({{"from", each.from}, {"object", each.object}, {"reason", each.reason}});
  }
  context.out.document(
      {{"objects", restored.objects}, {"media", restored.media}, {"refused", refused}});
  print_refusals(context.out, restored.refused);
  context.out.say("{} and {} came back from {}", cli::Own{counted(restored.objects, "object")},
                  cli::Own{counted(restored.media, "picture")}, cli::Foreign{clone});
  if (!restored.newest) {
    context.out.note(
        "not all of it held, so members and keys may not change here yet: run it with "
        "another clone, or with --newest if there is none");
  }
  return {};
}

}  // namespace

cli::Command restore_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "restore",
      .summary = "Take back from a clone what an old copy of the community lacks",
      .details =
          "For a community's own directory that was put back from a backup: run it with each "
          "clone that can be had, before anything else. Whatever the clone holds and can prove "
          "comes back: the list of members and their keys as far as they had gone, posts, edits, "
          "deletions, the letters of the clone's owner, and the pictures that the clone has. "
          "Nothing is taken away, and a second run finds nothing."
          "\n\n"
          "A directory that is a copy, or was put back from one, knows it. Members and keys may "
          "not "
          "change there before this has run: the list of members is a chain, and two ways on from "
          "one link cannot be joined again. If it was only moved to another disk, or no clone is "
          "left, --newest says so.",
      .group = cli::Group::care,
      .options = {{.name = "from-clone",
                   .value = "DIR",
                   .help = "a clone's directory, on this machine",
                   .complete = cli::complete_files(),
                   .to = &options->clone},
                  {.name = "newest",
                   .help = "nothing newer exists: let members and keys change here again",
                   .to = &options->newest}},
      .examples = {{"camp restore --from-clone /media/usb/laptop", ""},
                   {"camp restore --newest", "after a move to another disk"}},
      .exits = {Kind::not_found, Kind::refused, Kind::damaged, Kind::busy},
      .needs = cli::Needs::write,
      .run = [options](cli::Context& context) { return run(context, *options); },
  };
}

}  // namespace camp::cmd
