// SPDX-License-Identifier: MIT
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "commands.h"
#include "common.h"
#include "ops/block_for_all.h"
#include "ops/moderate.h"
#include "ops/whom.h"
#include "print_post.h"

namespace camp::cmd {
namespace {

struct Options {
  std::string which, who, reason;
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

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// A member's handle; any other URI as it is.
Result<std::string> shown(ops::Acquaintances& people, const std::string& uri) {
  if (!OwnerId::parse_uri(uri)) return uri;
  return CAMP_TRY(people.of(uri)).handle;
}

/// A complaint with what people call those whom it names.
struct Complaint {
  index::Report report;
  std::string from, about = {};
};

Result<Complaint> named(ops::Acquaintances& people, const index::Report& report) {
  Complaint complaint{report, CAMP_TRY(shown(people, report.actor))};
  for (const std::string& uri : lines_of(report.objects)) {
    complaint.about += CAMP_TRY(shown(people, uri)) + " ";
  }
  return complaint;
}

Json report_json(const Complaint& complaint) {
  const index::Report& report = complaint.report;
  Json json{{"at", format_time(report.at_ms)},
            {"from", report.actor},
            {"about", lines_of(report.objects)},
            {"content", report.content}};
  if (complaint.from.starts_with('@')) json["member"] = complaint.from.substr(1);
  return json;
}

Result<int> reports(cli::Context& context, std::int64_t count) {
  if (count < 1) return fail(Kind::usage, "--count takes a number from 1 on");
  auto here = CAMP_TRY(open_here(context));
  const auto found =
      CAMP_TRY(ops::list_reports(here.community, here.actor, static_cast<std::size_t>(count)));
  auto people = CAMP_TRY(ops::Acquaintances::open(here.community));
  context.out.begin_list();
  for (const index::Report& report : found) {
    const Complaint complaint = CAMP_TRY(named(people, report));
    const cli::Row row{cli::Own{format_time(report.at_ms)}, cli::Foreign{complaint.from},
                       cli::Foreign{complaint.about}, cli::Foreign{report.content}};
    context.out.record([&] { return report_json(complaint); }, [&] { return row; },
                       [&] {
                         context.out.line({row[0], "  ", row[1], "  ", row[2], row[3]});
                       });
  }
  if (!found.empty() || context.out.machine()) return 0;
  context.out.say("nobody has complained");
  return exit_code(Kind::not_found);
}

Json block_json(const ops::BlockForAll& block) {
  const bool host = block.whom.what == ops::Whom::What::host;
  return {{host ? "host" : "handle", host ? block.whom.handle : block.whom.handle.substr(1)},
          {"uri", block.whom.uri},
          {"reason", block.reason},
          {"since", format_time(block.since_ms)}};
}

/// Follows in both directions, which it stops.
std::string resting(const ops::BlockForAllChange& change) {
  const std::size_t all = change.follows + change.followers;
  if (all == 0) return "";
  return "; " + std::to_string(all) + (all == 1 ? " follow rests" : " follows rest") +
         " until 'camp mod unblock'";
}

Result<void> block(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  const auto change = CAMP_TRY(ops::block_for_all(here.community, here.actor, options.who,
                                                  options.reason, context.globals.dry_run));
  Json json = block_json(change.block);
  json["state"] = "blocked";
  json["follows"] = change.follows;
  json["followers"] = change.followers;
  context.out.document(json);
  const cli::Foreign whom{change.block.whom.handle};
  if (!change.changed) {
    context.out.say("this community blocks {} already", whom);
    return {};
  }
  if (context.globals.dry_run) {
    context.out.say("would block {} for everybody", whom);
  } else {
    context.out.say("blocked {} for everybody", whom);
  }
  context.out.note("nothing of theirs is taken or shown, and nothing is sent to them{}",
                   cli::Own{resting(change)});
  return {};
}

Result<void> unblock(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  const auto change = CAMP_TRY(ops::unblock_for_all(here.community, here.actor, options.who,
                                                    options.reason, context.globals.dry_run));
  Json json = block_json(change.block);
  json["state"] = "shown";
  context.out.document(json);
  const cli::Foreign whom{change.block.whom.handle};
  if (context.globals.dry_run) {
    context.out.say("would block {} no more", whom);
  } else {
    context.out.say("{} is not blocked any more", whom);
  }
  return {};
}

Result<int> blocks(cli::Context& context) {
  auto here = CAMP_TRY(open_here(context));
  const auto found = CAMP_TRY(ops::blocked_for_all(here.community));
  context.out.begin_list();
  for (const ops::BlockForAll& each : found) {
    const cli::Row row{cli::Foreign{each.whom.handle}, cli::Own{format_time(each.since_ms)},
                       cli::Foreign{each.reason}};
    context.out.record([&] { return block_json(each); }, [&] { return row; },
                       [&] {
                         context.out.line({row[0], "  ", row[1], "  ", row[2]});
                       });
  }
  if (!found.empty() || context.out.machine()) return 0;
  context.out.say("this community blocks nobody");
  return exit_code(Kind::not_found);
}

}  // namespace

cli::Command mod_command() {
  auto options = std::make_shared<Options>();
  auto count = std::make_shared<std::int64_t>(20);
  const cli::Positional id{
      .name = "ID", .help = "the post", .complete = complete_posts(), .to = &options->which};
  const cli::Option reason{
      .name = "reason", .value = "TEXT", .help = "why, for all members", .to = &options->reason};
  const cli::Positional who{.name = "WHO", .help = "@user@host, or a host", .to = &options->who};
  const std::vector<Kind> exits{Kind::not_found, Kind::refused, Kind::conflict, Kind::damaged,
                                Kind::busy};
  return {
      .name = "mod",
      .summary = "Hide and remove posts, block servers, and read complaints",
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
            .run = [options](cli::Context& context) { return remove(context, *options); }},
           {.name = "block",
            .summary = "Have nothing to do with somebody elsewhere, or with a host",
            .details = "For the whole community: nothing that they send is taken, nothing that "
                       "they wrote is shown, and nothing is sent to them, until 'camp mod "
                       "unblock'. A host stands for those below its name as well. All members can "
                       "read the reason. Moderators and admins only.",
            .positionals = {who},
            .options = {reason},
            .examples = {{"camp mod block spam.example --reason \"floods us\"", ""},
                         {"camp -n mod block @mallory@there.example", "what it would end"}},
            .exits = {Kind::refused, Kind::conflict, Kind::damaged, Kind::busy},
            .needs = cli::Needs::write,
            .run = [options](cli::Context& context) { return block(context, *options); }},
           {.name = "unblock",
            .summary = "End such a block",
            .details = "What they wrote is shown again, and follows go on where they rested. "
                       "Moderators and admins only.",
            .positionals = {who},
            .options = {reason},
            .examples = {{"camp mod unblock spam.example", ""}},
            .exits = exits,
            .needs = cli::Needs::write,
            .run = [options](cli::Context& context) { return unblock(context, *options); }},
           {.name = "blocks",
            .summary = "Show whom the community blocks, and why",
            .details = "Every member may know.",
            .examples = {{"camp mod blocks", ""}},
            .exits = {Kind::not_found, Kind::damaged},
            .needs = cli::Needs::read,
            .run = [](cli::Context& context) { return blocks(context); }},
           {.name = "reports",
            .summary = "Show what people complain about",
            .details = "Those of other servers report posts and members, mostly in the name of "
                       "the whole server; members report whom they like with 'camp report'. "
                       "Nothing happens by itself. At the origin. Moderators and admins only.",
            .options = {{.name = "count",
                         .letter = 'n',
                         .value = "N",
                         .help = "how many (20)",
                         .to = count.get()}},
            .examples = {{"camp mod reports", ""}},
            .exits = {Kind::not_found, Kind::refused, Kind::damaged},
            .needs = cli::Needs::read,
            .run = [count](cli::Context& context) { return reports(context, *count); }}},
  };
}

}  // namespace camp::cmd
