// SPDX-License-Identifier: MIT
#include "commands.h"
#include "common.h"
#include "model/markup.h"

namespace camp::cmd {
namespace {

struct Options {
  std::string which;
  std::optional<std::string> text, summary;
};

Result<void> run(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  const index::Post post = CAMP_TRY(ops::find_post(here.community, here.actor, options.which));
  const std::string before = model::to_plain_text(post.content, post.media_type);
  const std::string text = CAMP_TRY(text_or_input(context, options.text, before));
  const ops::Posted posted =
      CAMP_TRY(ops::edit(here.community, here.actor, "camp:" + post.author + "/" + post.id, text,
                         options.summary, context.globals.dry_run));
  return report(context, here, posted, "edited", "edit");
}

}  // namespace

cli::Command edit_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "edit",
      .summary = "Change a post of your own",
      .details =
          "Without TEXT an editor opens with the post, or the new text is read from standard "
          "input. Who may read a post never changes: for that, delete it and post again.",
      .group = cli::Group::everyday,
      .positionals =
          {{.name = "ID", .help = "the post", .complete = complete_posts(), .to = &options->which},
           {.name = "TEXT", .help = "the new text", .required = false, .to = &options->text}},
      .options = {{.name = "summary",
                   .value = "TEXT",
                   .help = "a new content warning",
                   .to = &options->summary}},
      .examples = {{"camp edit k7f2q1a \"Soup at eight\"", ""}, {"camp edit .", "your last post"}},
      .exits = {Kind::not_found, Kind::refused, Kind::damaged, Kind::busy},
      .environment = {"VISUAL", "EDITOR"},
      .needs = cli::Needs::write,
      .run = [options](cli::Context& context) { return run(context, *options); },
  };
}

}  // namespace camp::cmd
