// SPDX-License-Identifier: MIT
#include "commands.h"
#include "common.h"
#include "print_post.h"

namespace camp::cmd {
namespace {

constexpr std::int64_t kMostRows = 1'000'000;

struct Options {
  bool local = false, neighborhood = false, open = false, all = false, reverse = false;
  std::string from, tag, since;
  std::int64_t count = 20;
};

Result<index::Timeline> which(const Options& options) {
  if (options.local + options.neighborhood + options.open > 1) {
    return fail(Kind::usage, "--local, --neighborhood and --public exclude each other",
                "give one of them");
  }
  if (options.local) return index::Timeline::local;
  if (options.neighborhood) return index::Timeline::neighborhood;
  if (options.open) return index::Timeline::public_;
  const bool narrowed = !options.from.empty() || !options.tag.empty();
  return narrowed ? index::Timeline::everything : index::Timeline::home;
}

Result<void> run(cli::Context& context, const Options& options) {
  if (options.count < 1 || options.count > kMostRows) {
    return fail(Kind::usage, "-n takes a number from 1 to 1000000",
                "leave it out for the newest 20");
  }
  ops::TimelineRequest request{
      .timeline = CAMP_TRY(which(options)),
      .from = options.from,
      .tag = options.tag,
      .since = options.since,
      .limit = static_cast<std::size_t>(options.all ? kMostRows : options.count),
      .oldest_first = options.reverse};
  auto here = CAMP_TRY(open_here(context));
  const auto posts = CAMP_TRY(ops::timeline(here.community, here.actor, request));
  if (posts.empty()) {
    context.out.note("no post fits");
  } else {
    context.out.page();
  }
  print_posts(context.out, posts, here.origin());
  return {};
}

}  // namespace

cli::Command timeline_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "timeline",
      .summary = "Show what was posted",
      .details = "Newest first. Without options: everything from this community that you may read.",
      .group = cli::Group::everyday,
      .options = {{.name = "local",
                   .help = "only posts that stay in the community",
                   .to = &options->local},
                  {.name = "neighborhood",
                   .help = "only posts for the neighborhood",
                   .to = &options->neighborhood},
                  {.name = "public", .help = "only public posts", .to = &options->open},
                  {.name = "from",
                   .value = "HANDLE",
                   .help = "only posts by this member",
                   .complete = complete_members(),
                   .to = &options->from},
                  {.name = "tag",
                   .value = "TAG",
                   .help = "only posts with this hashtag",
                   .to = &options->tag},
                  {.name = "since",
                   .value = "TIME",
                   .help = "only posts since then: 2d, 3h, 2026-11-01",
                   .to = &options->since},
                  {.name = "count",
                   .letter = 'n',
                   .value = "N",
                   .help = "how many (20)",
                   .to = &options->count},
                  {.name = "all", .help = "all of them", .to = &options->all},
                  {.name = "reverse", .help = "oldest first", .to = &options->reverse}},
      .examples = {{"camp timeline", ""}, {"camp timeline --from @bo --since 7d", ""}},
      .exits = {Kind::not_found, Kind::refused, Kind::damaged},
      .environment = {"CAMP_PAGER", "PAGER"},
      .needs = cli::Needs::read,
      .run = [options](cli::Context& context) { return run(context, *options); },
  };
}

}  // namespace camp::cmd
