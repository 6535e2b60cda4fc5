// SPDX-License-Identifier: MIT
#include "commands.h"
#include "common.h"
#include "ops/hidden.h"
#include "print_post.h"

namespace camp::cmd {
namespace {

Result<void> run(cli::Context& context, const std::string& which) {
  auto here = CAMP_TRY(open_here(context));
  const auto posts = CAMP_TRY(ops::thread(here.community, here.actor, which));
  context.out.page();
  print_thread(context.out, posts, here.origin());
  for (const ops::HiddenPost& each :
       CAMP_TRY(ops::own_hidden(here.community, here.actor, posts, which))) {
    context.out.note("others do not see your post {}: {}", cli::Id{short_id(each.post.id)},
                     cli::Foreign{hidden_text(each.reason)});
  }
  return {};
}

}  // namespace

cli::Command thread_command() {
  auto which = std::make_shared<std::string>();
  return {
      .name = "thread",
      .summary = "Show the conversation around a post",
      .group = cli::Group::everyday,
      .positionals = {{.name = "ID",
                       .help = "any post of it",
                       .complete = complete_posts(),
                       .to = which.get()}},
      .examples = {{"camp thread k7f2q1a", ""}},
      .exits = {Kind::not_found, Kind::refused, Kind::damaged},
      .environment = {"CAMP_PAGER", "PAGER"},
      .needs = cli::Needs::read,
      .run = [which](cli::Context& context) { return run(context, *which); },
  };
}

}  // namespace camp::cmd
