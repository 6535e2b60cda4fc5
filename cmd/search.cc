// SPDX-License-Identifier: MIT
#include "commands.h"
#include "common.h"
#include "ops/remote_view.h"
#include "print_post.h"

namespace camp::cmd {
namespace {

struct Options {
  std::vector<std::string> words;
  std::string from, since;
  std::int64_t count = 20;
};

Result<void> run(cli::Context& context, const Options& options) {
  std::string words;
  for (const std::string& word : options.words) words += word + " ";
  if (options.count < 1) return fail(Kind::usage, "--count takes a number from 1 on");
  auto here = CAMP_TRY(open_here(context));
  const bool one = options.words.size() == 1 && options.from.empty() && options.since.empty();
  if (one && ops::names_elsewhere(here.community, options.words.front())) {
    const auto found =
        CAMP_TRY(ops::look_elsewhere(here.community, here.actor, options.words.front(),
                                     static_cast<std::size_t>(options.count)));
    print_posts(context.out, found, here.origin());
    return {};
  }
  const auto posts = CAMP_TRY(ops::search(here.community, here.actor, words,
                                          {.timeline = index::Timeline::everything,
                                           .from = options.from,
                                           .tag = {},
                                           .since = options.since,
                                           .limit = static_cast<std::size_t>(options.count)}));
  if (posts.empty()) {
    return fail(Kind::not_found, "nothing was found", "try fewer words, or parts of them");
  }
  context.out.page();
  print_posts(context.out, posts, here.origin());
  return {};
}

}  // namespace

cli::Command search_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "search",
      .summary = "Find posts that hold all of some words",
      .details =
          "Capitals and accents do not matter, and a word is found inside longer ones. "
          "Newest first. The address of a post elsewhere, or @user@host alone, is asked of that "
          "server.",
      .group = cli::Group::everyday,
      .positionals = {{.name = "WORDS", .help = "what to look for", .to = &options->words}},
      .options = {{.name = "from",
                   .value = "HANDLE",
                   .help = "only posts by this member",
                   .complete = complete_members(),
                   .to = &options->from},
                  {.name = "since",
                   .value = "TIME",
                   .help = "only posts since then",
                   .to = &options->since},
                  {.name = "count",
                   .letter = 'n',
                   .value = "N",
                   .help = "how many (20)",
                   .to = &options->count}},
      .examples = {{"camp search soup", ""},
                   {"camp search --from @bo zolc", "also finds Żółć"},
                   {"camp search https://social.example/@mia/1", ""}},
      .exits = {Kind::not_found, Kind::refused, Kind::network, Kind::damaged},
      .environment = {"CAMP_PAGER", "PAGER"},
      .needs = cli::Needs::read,
      .run = [options](cli::Context& context) { return run(context, *options); },
  };
}

}  // namespace camp::cmd
