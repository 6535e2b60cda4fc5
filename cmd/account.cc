// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "commands.h"
#include "common.h"
#include "ops/import_mastodon.h"

namespace camp::cmd {
namespace {

struct Options {
  std::string from, archive;
  std::vector<std::string> tables;
};

Result<void> import(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  ops::MastodonRequest request{.archive = options.archive,
                               .tables = options.tables,
                               .dry_run = context.globals.dry_run,
                               .progress = progress_on(context),
                               .interrupted = context.interrupted};
  if (request.tables.empty()) request.tables = CAMP_TRY(ops::tables_beside(options.archive));
  for (const std::string& table : request.tables) {
    context.out.detail("also taking {}", cli::Foreign{table});
  }
  const ops::Imported done = CAMP_TRY(ops::import_mastodon(here.community, here.actor, request));
  context.out.document({{"imported", done.imported},
                        {"skipped", done.skipped},
                        {"rejected", done.rejected},
                        {"media", done.media},
                        {"warnings", done.warnings}});
  for (const std::string& warning : done.warnings) context.out.note("{}", cli::Foreign{warning});
  if (context.globals.dry_run) {
    context.out.say("would import {} objects with {} pictures; {} are here already, {} rejected",
                    done.imported, done.media, done.skipped, done.rejected);
  } else {
    context.out.say("imported {} objects with {} pictures; {} were here already, {} rejected",
                    done.imported, done.media, done.skipped, done.rejected);
  }
  return {};
}

}  // namespace

cli::Command account_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "account",
      .summary = "Bring an account here",
      .group = cli::Group::account,
      .subcommands = {{
          .name = "import",
          .summary = "Take in what another service gave you when you left",
          .details =
              "Posts keep their dates, threads and pictures, and go to nobody who could not read "
              "them before. Boosts, likes and bookmarks become private references, and follows "
              "wait. Nothing is announced. Running it again changes nothing. Without TABLES, the "
              "CSV files that stand beside the archive are taken too.",
          .positionals = {{.name = "FILE",
                           .help = "the archive, .zip or .tar.gz",
                           .complete = cli::complete_files(),
                           .to = &options->archive},
                          {.name = "TABLES",
                           .help = "CSV files: follows, blocks, mutes, lists, …",
                           .complete = cli::complete_files(),
                           .required = false,
                           .to = &options->tables}},
          .options = {{.name = "from",
                       .value = "SERVICE",
                       .help = "which service it is from",
                       .choices = {"mastodon"},
                       .required = true,
                       .to = &options->from}},
          .examples = {{"camp account import --from mastodon archive-20261101.zip", ""}},
          .exits = {Kind::not_found, Kind::refused, Kind::damaged, Kind::busy},
          .needs = cli::Needs::write,
          .run = [options](cli::Context& context) { return import(context, *options); },
      }},
  };
}

}  // namespace camp::cmd
