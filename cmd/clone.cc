// SPDX-License-Identifier: MIT
#include "ops/clone.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "common.h"

namespace camp::cmd {
namespace {

constexpr std::size_t kMaxSheet = 16 << 10;
constexpr std::size_t kMaxCode = 256;

struct Options {
  std::string source, directory, code, device, paper_key_file, audience;
  bool media = false;
};

Result<ops::CloneRequest> request_of(cli::Context& context, const Options& options) {
  ops::CloneRequest request{.source = options.source,
                            .directory = options.directory,
                            .as = context.globals.as,
                            .code = options.code,
                            .device = options.device,
                            .authority = {},
                            .paper = {},
                            .sync = {.media = options.media}};
  if (request.as.empty() && options.audience.empty()) {
    return fail(Kind::usage, "whose clone it will be is not said",
                "name the member with --as HANDLE, or give --audience public for a mirror");
  }
  if (!options.audience.empty()) {
    if (request.as.empty() && request.code.empty()) return request;
    return fail(Kind::usage, "a mirror of what is public is nobody's",
                "give --audience or --as, not both");
  }
  // Other accounts of the machine may see the words of a command, but not its input.
  if (request.code == "-") request.code = CAMP_TRY(context.read_input(kMaxCode));
  if (!request.code.empty()) {
    request.paper = CAMP_TRY(hand_over_to(context, options.paper_key_file));
  } else if (!options.paper_key_file.empty()) {
    request.authority.sheet = CAMP_TRY(read_named_file(options.paper_key_file, kMaxSheet));
    request.authority.sheet_name = options.paper_key_file;
  }
  return request;
}

Result<void> run(cli::Context& context, const Options& options) {
  CAMP_TRY(refuse_dry_run(context));
  ops::CloneRequest request = CAMP_TRY(request_of(context, options));
  request.sync.progress = progress_on(context);
  const ops::Cloned made = CAMP_TRY(ops::clone(context.env, request));
  Json json{{"id", made.community.text()},
            {"directory", made.directory},
            {"fetched", made.report.fetched}};
  if (!made.handle.empty()) {
    json["member"] = {{"id", made.member.text()}, {"handle", made.handle}};
    json["name"] = made.name;
  }
  if (!made.authorized_keys.empty()) json["authorizedKeys"] = made.authorized_keys;
  context.out.document(json);
  print_refusals(context.out, made.report.refused);
  if (made.handle.empty()) {
    context.out.say("mirrored {} of community {} in {}",
                    cli::Own{counted(made.report.fetched, "public object")},
                    cli::Own{made.community.text()}, cli::Foreign{made.directory});
    return {};
  }
  context.out.say("cloned \"{}\" for @{} into {}: {}", cli::Foreign{made.name},
                  cli::Own{made.handle}, cli::Foreign{made.directory},
                  cli::Own{counted(made.report.fetched, "object")});
  if (!options.code.empty()) {
    context.out.say("@{} is yours: your paper key decides, and the host cannot write for you",
                    cli::Own{made.handle});
    if (!options.paper_key_file.empty()) {
      context.out.say("your paper key is in {}: print it, then move it off this computer",
                      cli::Foreign{options.paper_key_file});
    }
  }
  context.out.say("next:");
  context.out.say("  cd {}", cli::Foreign{options.directory});
  context.out.say("  camp post \"hello from here\"");
  context.out.say("  camp sync");
  if (!made.authorized_keys.empty()) {
    context.out.say("to sync from another machine, the origin's account needs this line in");
    context.out.say("~/.ssh/authorized_keys, with your key for ssh:");
    context.out.say("  {}", cli::Foreign{made.authorized_keys});
  }
  return {};
}

}  // namespace

cli::Command clone_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "clone",
      .summary = "Make your own copy of a community, for use without a network",
      .details =
          "The clone holds what the member may read, and keys that are made here. With the "
          "code that came with the invitation, the member becomes their own: the new paper key "
          "is shown once, and the host's keys are void. Somebody who has claimed already admits "
          "the new device with their paper key, in the file of --paper-key-file. What is written "
          "in a clone waits until 'camp sync' sends it."
          "\n\n"
          "With --audience public it is a mirror: what everybody may read, for reading.",
      .group = cli::Group::community,
      .common = true,
      .positionals = {{.name = "SRC",
                       .help = "a directory, ssh://user@host or https://host",
                       .complete = cli::complete_files(),
                       .to = &options->source},
                      {.name = "DIR",
                       .help = "where to make it",
                       .complete = cli::complete_files(),
                       .to = &options->directory}},
      .options = {{.name = "code",
                   .value = "CODE",
                   .help = "the code that came with the invitation; - reads it from the input",
                   .to = &options->code},
                  {.name = "paper-key-file",
                   .value = "FILE",
                   .help = "with a code: save the new paper key there; without: read it from there",
                   .complete = cli::complete_files(),
                   .to = &options->paper_key_file},
                  {.name = "device",
                   .value = "NAME",
                   .help = "what this device is called (default: the name of DIR)",
                   .to = &options->device},
                  {.name = "audience",
                   .value = "WHO",
                   .help = "mirror what these may read",
                   .choices = {"public"},
                   .to = &options->audience},
                  {.name = "media",
                   .help = "fetch all pictures too, not only those that are looked at",
                   .to = &options->media}},
      .examples = {{"camp clone ssh://camp@pi.local friend-camp --as bo --code 4f7k-…", ""},
                   {"camp clone https://friend.camp laptop --as bo --code 4f7k-…", ""},
                   {"camp clone ../friend-camp laptop --as bo --paper-key-file sheet.txt",
                    "a second device"},
                   {"camp clone --audience public /srv/friend-camp mirror", ""}},
      .exits = {Kind::not_found, Kind::refused, Kind::conflict, Kind::network, Kind::damaged,
                Kind::busy},
      .environment = {"CAMP_SSH", "CAMP_INSECURE_LOOPBACK"},
      .needs = cli::Needs::write,
      .run = [options](cli::Context& context) { return run(context, *options); },
  };
}

}  // namespace camp::cmd
