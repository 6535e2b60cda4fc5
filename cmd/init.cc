// SPDX-License-Identifier: MIT
#include "ops/init.h"

#include <nlohmann/json.hpp>

#include "commands.h"
#include "common.h"

namespace camp::cmd {
namespace {

struct Options {
  std::string directory, name, admin, host, paper_key_file;
};

Result<void> run(cli::Context& context, const Options& options) {
  CAMP_TRY(refuse_dry_run(context));
  ops::InitRequest request{options.directory, options.name, options.admin, options.host, {}};
  request.hand_over = CAMP_TRY(hand_over_to(context, options.paper_key_file));
  const ops::Initialized made = CAMP_TRY(ops::init(context.env, request));
  context.out.document({{"id", made.community.text()},
                        {"name", options.name},
                        {"admin", made.admin.text()},
                        {"directory", made.directory}});
  context.out.say("made the community \"{}\" in {}", cli::Foreign{options.name},
                  cli::Foreign{made.directory});
  if (!options.paper_key_file.empty()) {
    context.out.say("your paper key is in {}: print it, then move it off this computer",
                    cli::Foreign{options.paper_key_file});
  }
  context.out.say("next:");
  context.out.say("  cd {}", cli::Foreign{options.directory});
  context.out.say("  camp post \"hello\"");
  context.out.say("  camp member add bo");
  return {};
}

}  // namespace

cli::Command init_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "init",
      .summary = "Make a new community",
      .details =
          "Makes the directory with its repositories, keys and settings, and its first "
          "member, who is its admin. The admin's paper key is shown once: on the terminal, "
          "or in the file that you name.",
      .group = cli::Group::community,
      .common = true,
      .positionals = {{.name = "DIR",
                       .help = "where to make it",
                       .complete = cli::complete_files(),
                       .to = &options->directory}},
      .options = {{.name = "name",
                   .value = "NAME",
                   .help = "what the community is called",
                   .required = true,
                   .to = &options->name},
                  {.name = "admin",
                   .value = "HANDLE",
                   .help = "its first member",
                   .required = true,
                   .to = &options->admin},
                  {.name = "host",
                   .value = "HOST",
                   .help = "the domain under which it will be reached",
                   .to = &options->host},
                  {.name = "paper-key-file",
                   .value = "FILE",
                   .help = "save the paper key in a new file instead of showing it",
                   .complete = cli::complete_files(),
                   .to = &options->paper_key_file}},
      .examples = {{"camp init friend-camp --name \"Friend Camp\" --admin ana", ""}},
      .exits = {Kind::refused, Kind::conflict},
      .needs = cli::Needs::write,
      .run = [options](cli::Context& context) { return run(context, *options); },
  };
}

}  // namespace camp::cmd
