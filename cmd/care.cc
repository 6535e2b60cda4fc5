// SPDX-License-Identifier: MIT
#include "ops/care.h"

#include <nlohmann/json.hpp>

#include "commands.h"
#include "common.h"

namespace camp::cmd {
namespace {

Result<store::Community> open_community(cli::Context& context) {
  return ops::open_community(context.env, context.globals.directory);
}

/// Data, not remarks: -q prints them too.
void print_problems(cli::Printer& out, const std::vector<store::Problem>& problems) {
  for (const store::Problem& problem : problems) {
    out.line({cli::Own{problem.kind}, ": ", cli::Foreign{problem.path}, ": ",
              cli::Foreign{problem.reason}});
    out.line({"  ", cli::Own{problem.remedy}});
  }
}

Result<int> fsck(cli::Context& context) {
  auto community = CAMP_TRY(open_community(context));
  const store::Report report = CAMP_TRY(ops::fsck(community, {}));
  Json problems = Json::array();
  for (const store::Problem& problem : report.problems) {
    problems.push_back({{"path", problem.path},
                        {"kind", problem.kind},
                        {"reason", problem.reason},
                        {"remedy", problem.remedy}});
  }
  context.out.document({{"objects", report.objects}, {"problems", problems}});
  if (!context.out.machine()) print_problems(context.out, report.problems);
  if (report.problems.empty()) {
    context.out.say("{}, all sound", cli::Own{counted(report.objects, "object")});
    return 0;
  }
  context.out.note("{}", cli::Own{counted(report.problems.size(), "problem")});
  return exit_code(Kind::damaged);
}

Result<void> reindex(cli::Context& context, bool verify, bool dump) {
  CAMP_TRY(refuse_dry_run(context));
  auto community = CAMP_TRY(ops::open_with_any_index(context.env, context.globals.directory));
  if (dump) {
    context.out.begin_list();
    return ops::dump_index(community, [&](std::string_view line) {
      const std::string text(line);
      context.out.record([&] { return Json(text); },
                         [&]() -> cli::Row { return {cli::Foreign{text}}; },
                         [&] { context.out.line({cli::Foreign{text}}); });
    });
  }
  const std::size_t files = CAMP_TRY(ops::reindex(community, verify, {}));
  context.out.document({{"objects", files}});
  context.out.say("read {}", cli::Own{counted(files, "object")});
  return {};
}

Result<void> gc(cli::Context& context) {
  CAMP_TRY(refuse_dry_run(context));
  auto community = CAMP_TRY(open_community(context));
  const auto care = CAMP_TRY(ops::gc(community));
  context.out.document({{"packed", care.packed},
                        {"months", care.squashed},
                        {"purged", care.purged},
                        {"media", care.media},
                        {"scrubbed", care.scrubbed}});
  context.out.say("removed {} and {}, packed {}",
                  cli::Own{counted(care.purged, "deleted or replaced object")},
                  cli::Own{counted(care.media, "picture")}, cli::Own{counted(care.packed, "file")});
  if (!care.scrubbed) {
    context.out.note(
        "another program is reading: deleted words stay in the index until 'camp gc' "
        "runs again");
  }
  return {};
}

}  // namespace

cli::Command fsck_command() {
  return {
      .name = "fsck",
      .summary = "Check everything in the community's directory",
      .details =
          "Checks every object's form, place and signature, the members' keys, the list of "
          "members, the pictures and the index, and names what is wrong with its remedy. It "
          "cannot see that an object is missing.",
      .group = cli::Group::care,
      .examples = {{"camp fsck", ""}},
      .exits = {Kind::not_found, Kind::damaged},
      .needs = cli::Needs::read,
      .run = fsck,
  };
}

cli::Command reindex_command() {
  struct Options {
    bool verify = false, dump = false;
  };
  auto options = std::make_shared<Options>();
  return {
      .name = "reindex",
      .summary = "Build the index anew from the repositories",
      .details =
          "The index in state/index.db holds nothing of its own: it can be deleted at any "
          "time.",
      .group = cli::Group::care,
      .options = {{.name = "verify", .help = "check every signature again", .to = &options->verify},
                  {.name = "dump",
                   .help = "print what the index holds instead, as text",
                   .to = &options->dump}},
      .examples = {{"camp reindex", ""}},
      .exits = {Kind::not_found, Kind::damaged, Kind::busy},
      .needs = cli::Needs::write,
      .run =
          [options](cli::Context& context) {
            return reindex(context, options->verify, options->dump);
          },
  };
}

cli::Command gc_command() {
  return {
      .name = "gc",
      .summary = "Tidy up: remove deleted words for good and pack old posts",
      .details =
          "Done by itself once a day by the commands that write. Run it to have the bytes of "
          "deleted and edited posts gone at once.",
      .group = cli::Group::care,
      .examples = {{"camp gc", ""}},
      .exits = {Kind::not_found, Kind::damaged, Kind::busy},
      .needs = cli::Needs::write,
      .run = gc,
  };
}

}  // namespace camp::cmd
