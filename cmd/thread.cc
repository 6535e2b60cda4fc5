// SPDX-License-Identifier: MIT
#include "commands.h"
#include "common.h"
#include "ops/hidden.h"
#include "ops/remote_view.h"
#include "print_post.h"

namespace camp::cmd {
namespace {

constexpr std::int64_t kAskMs = 8'000;  // other servers, while a person waits

Result<void> run(cli::Context& context, const std::string& which) {
  auto here = CAMP_TRY(open_here(context));
  const auto fetched = context.globals.dry_run
                           ? Result<std::size_t>(0)
                           : ops::fetch_thread(here.community, here.actor, which, kAskMs);
  const auto posts = ops::thread(here.community, here.actor, which);
  if (!posts) return tl::unexpected<Error>(fetched ? posts.error() : fetched.error());
  if (!fetched) {
    context.out.note("answers elsewhere may be missing: {}", cli::Foreign{fetched.error().message});
  }
  context.out.page();
  print_thread(context.out, *posts, here.origin());
  for (const ops::HiddenPost& each :
       CAMP_TRY(ops::own_hidden(here.community, here.actor, *posts, which))) {
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
      .details =
          "What is missing of a conversation elsewhere is asked of its servers, at most once an "
          "hour; -n asks nobody, and nor does a clone.",
      .group = cli::Group::everyday,
      .positionals = {{.name = "ID",
                       .help = "any post of it, or the address of one elsewhere",
                       .complete = complete_posts(),
                       .to = which.get()}},
      .examples = {{"camp thread k7f2q1a", ""}, {"camp thread https://peer.example/p/1", ""}},
      .exits = {Kind::not_found, Kind::refused, Kind::network, Kind::damaged},
      .environment = {"CAMP_PAGER", "PAGER"},
      .needs = cli::Needs::read,
      .run = [which](cli::Context& context) { return run(context, *which); },
  };
}

}  // namespace camp::cmd
