// SPDX-License-Identifier: MIT
#include "commands.h"
#include "common.h"
#include "ops/hidden.h"
#include "ops/sync.h"
#include "print_post.h"
#include "store/media.h"

namespace camp::cmd {
namespace {

struct Options {
  std::string which;
  bool open = false;
};

Result<void> run(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  const index::Post post = CAMP_TRY(ops::show(here.community, here.actor, options.which));
  if (options.open) {
    for (const index::Attachment& picture : post.attachments) {
      if (!picture.url.empty()) {
        context.out.line({cli::Foreign{picture.url}});
        continue;
      }
      CAMP_TRY(ops::fetch_media(here.community, post.repository, picture.sha256));
      context.out.line({cli::Foreign{here.community.directory().path() + "/" +
                                     store::media_path(post.repository, picture.sha256)}});
    }
    return {};
  }
  print_post(context.out, post, here.origin(), CAMP_TRY(ops::why_hidden(here.community, post)));
  return {};
}

}  // namespace

cli::Command show_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "show",
      .summary = "Show one post with all that is known about it",
      .group = cli::Group::everyday,
      .positionals = {{.name = "ID",
                       .help = "a short id, @handle, @handle~2 or . (your last)",
                       .complete = complete_posts(),
                       .to = &options->which}},
      .options = {{.name = "open",
                   .help = "print where its pictures are stored instead",
                   .to = &options->open}},
      .examples = {{"camp show k7f2q1a", ""}, {"camp show .", "your last post"}},
      .exits = {Kind::not_found, Kind::refused, Kind::network, Kind::damaged},
      .needs = cli::Needs::read,
      .run = [options](cli::Context& context) { return run(context, *options); },
  };
}

}  // namespace camp::cmd
