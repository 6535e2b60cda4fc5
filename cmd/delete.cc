// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "commands.h"
#include "common.h"
#include "print_post.h"

namespace camp::cmd {
namespace {

struct Options {
  std::string which;
  bool now = false;
};

Result<void> run(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  const ops::Deleted deleted = CAMP_TRY(ops::remove_post(here.community, here.actor, options.which,
                                                         options.now, context.globals.dry_run));
  context.out.document({{"id", "camp:" + deleted.post.author + "/" + deleted.post.id},
                        {"purged", deleted.purged},
                        {"clones", deleted.clones}});
  const cli::Id id{short_id(deleted.post.id)};
  if (context.globals.dry_run) {
    context.out.say("would delete {}", id);
    return {};
  }
  if (deleted.purged) {
    context.out.say("deleted {}, and its words are gone from this directory", id);
  } else {
    context.out.say("deleted {}; its words leave this directory within a day, or with 'camp gc'",
                    id);
  }
  if (here.community.settings().is_clone()) {
    context.out.say("the others learn of it when you have synced: camp sync");
  }
  if (options.now && !deleted.purged) {
    context.out.note("another program is reading: run 'camp gc' when it has ended");
  }
  context.out.note(
      "backups, clones of members and what the disk has not yet overwritten may keep "
      "it");
  return {};
}

}  // namespace

cli::Command delete_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "delete",
      .summary = "Delete a post of your own",
      .details =
          "The post is gone from every timeline at once. Its bytes leave the directory "
          "within a day, or at once with --now. Copies in backups and in members' clones "
          "that have not synced yet are out of reach, as are blocks that a file system or "
          "an SD card has freed but not overwritten.",
      .group = cli::Group::everyday,
      .positionals =
          {{.name = "ID", .help = "the post", .complete = complete_posts(), .to = &options->which}},
      .options = {{.name = "now", .help = "remove its bytes at once", .to = &options->now}},
      .examples = {{"camp delete k7f2q1a", ""}, {"camp delete --now .", "your last post"}},
      .exits = {Kind::not_found, Kind::refused, Kind::damaged, Kind::busy},
      .needs = cli::Needs::write,
      .run = [options](cli::Context& context) { return run(context, *options); },
  };
}

}  // namespace camp::cmd
