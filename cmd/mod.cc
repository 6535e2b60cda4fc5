// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "commands.h"
#include "common.h"
#include "ops/moderate.h"
#include "print_post.h"

namespace camp::cmd {
namespace {

struct Options {
  std::string which, reason;
};

void print_state(cli::Context& context, const index::Post& post, const char* state) {
  context.out.document({{"id", "camp:" + post.author + "/" + post.id}, {"state", state}});
}

Result<void> hide(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  const index::Post post = CAMP_TRY(ops::hide_post(here.community, here.actor, options.which,
                                                   options.reason, context.globals.dry_run));
  print_state(context, post, "hidden");
  const cli::Id id{short_id(post.id)};
  if (context.globals.dry_run) {
    context.out.say("would hide {}", id);
  } else {
    context.out.say("hidden {}: it is in no timeline until 'camp mod unhide {}'", id, id);
  }
  return {};
}

Result<void> unhide(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  const index::Post post = CAMP_TRY(ops::unhide_post(here.community, here.actor, options.which,
                                                     options.reason, context.globals.dry_run));
  print_state(context, post, "shown");
  const cli::Id id{short_id(post.id)};
  if (context.globals.dry_run) {
    context.out.say("would show {} again", id);
  } else {
    context.out.say("{} is shown again", id);
  }
  return {};
}

Result<void> remove(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  const index::Post post = CAMP_TRY(ops::remove_for_all(here.community, here.actor, options.which,
                                                        options.reason, context.globals.dry_run));
  print_state(context, post, "removed");
  const cli::Id id{short_id(post.id)};
  if (context.globals.dry_run) {
    context.out.say("would remove {}", id);
    return {};
  }
  context.out.say(
      "removed {} for good; its words leave this directory within a day, or with 'camp gc'", id);
  context.out.note("its author's own clones keep it for 30 days");
  return {};
}

}  // namespace

cli::Command mod_command() {
  auto options = std::make_shared<Options>();
  const cli::Positional id{
      .name = "ID", .help = "the post", .complete = complete_posts(), .to = &options->which};
  const cli::Option reason{
      .name = "reason", .value = "TEXT", .help = "why, for all members", .to = &options->reason};
  const std::vector<Kind> exits{Kind::not_found, Kind::refused, Kind::conflict, Kind::damaged,
                                Kind::busy};
  return {
      .name = "mod",
      .summary = "Hide and remove what others posted",
      .group = cli::Group::people,
      .subcommands =
          {{.name = "hide",
            .summary = "Keep a post out of everybody's timelines",
            .details = "Out of threads and search as well, until 'camp mod unhide'. Nothing of it "
                       "is removed: whoever has its id can look at it. All members can read the "
                       "reason. Moderators and admins only.",
            .positionals = {id},
            .options = {reason},
            .examples = {{"camp mod hide k7f2q1a --reason \"somebody's address\"", ""}},
            .exits = exits,
            .needs = cli::Needs::write,
            .run = [options](cli::Context& context) { return hide(context, *options); }},
           {.name = "unhide",
            .summary = "Show a hidden post again",
            .details = "Moderators and admins only.",
            .positionals = {id},
            .options = {reason},
            .examples = {{"camp mod unhide k7f2q1a", ""}},
            .exits = exits,
            .needs = cli::Needs::write,
            .run = [options](cli::Context& context) { return unhide(context, *options); }},
           {.name = "remove",
            .summary = "Remove a post for good",
            .details = "As if its author had deleted it, and signed by the community. Clones "
                       "remove it when they sync, its author's own after 30 days. All members can "
                       "read the reason. It cannot be undone. Moderators and admins only.",
            .positionals = {id},
            .options = {reason},
            .examples = {{"camp mod remove k7f2q1a --reason \"against the law\"", ""}},
            .exits = exits,
            .needs = cli::Needs::write,
            .run = [options](cli::Context& context) { return remove(context, *options); }}},
  };
}

}  // namespace camp::cmd
