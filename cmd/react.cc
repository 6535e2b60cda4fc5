// SPDX-License-Identifier: MIT
#include "commands.h"
#include "common.h"
#include "print_post.h"

namespace camp::cmd {
namespace {

struct Options {
  std::string which;
  bool undo = false;
};

Result<void> run(cli::Context& context, const Options& options, model::Type reaction) {
  auto here = CAMP_TRY(open_here(context));
  const index::Post post = CAMP_TRY(ops::react(here.community, here.actor, reaction, options.which,
                                               options.undo, context.globals.dry_run));
  if (context.out.machine()) {
    print_post(context.out, post, here.origin());
    return {};
  }
  std::string done = reaction == model::Type::like ? "like" : "boost";
  if (context.globals.dry_run) {
    context.out.say("would {} {}", cli::Own{options.undo ? "take back the " + done + " of" : done},
                    cli::Id{short_id(post.id)});
  } else {
    const std::string past = reaction == model::Type::like ? "liked" : "boosted";
    context.out.say("{} {}{}", cli::Own{options.undo ? "took back the " + done + " of" : past},
                    cli::Id{short_id(post.id)}, cli::Own{unsent_mark(here)});
  }
  return {};
}

cli::Command command(const std::string& name, const std::string& summary,
                     const std::string& details, model::Type reaction) {
  auto options = std::make_shared<Options>();
  return {
      .name = name,
      .summary = summary,
      .details = details,
      .group = cli::Group::everyday,
      .positionals =
          {{.name = "ID", .help = "the post", .complete = complete_posts(), .to = &options->which}},
      .options = {{.name = "undo", .help = "take it back", .to = &options->undo}},
      .examples = {{"camp " + name + " k7f2q1a", ""}},
      .exits = {Kind::not_found, Kind::refused, Kind::damaged, Kind::busy},
      .needs = cli::Needs::write,
      .run = [options,
              reaction](cli::Context& context) { return run(context, *options, reaction); },
  };
}

}  // namespace

cli::Command like_command() {
  return command("like", "Like a post", "Whoever may read the post can see the like.",
                 model::Type::like);
}

cli::Command boost_command() {
  return command("boost", "Boost a post",
                 "A boost goes to whoever may read the post and to nobody else. A letter cannot "
                 "be boosted.",
                 model::Type::announce);
}

}  // namespace camp::cmd
