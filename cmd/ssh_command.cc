// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "commands.h"
#include "common.h"
#include "ops/ssh.h"

namespace camp::cmd {
namespace {

constexpr std::size_t kMaxKey = 16 << 10;

struct Options {
  std::string handle, key_file;
};

Result<void> print_line(cli::Context& context, const store::Community& community,
                        const Options& options) {
  const index::MemberRow member = CAMP_TRY(ops::find_member(community, options.handle));
  const std::string key = CAMP_TRY(read_named_file(options.key_file, kMaxKey));
  const std::string line = CAMP_TRY(ops::authorized_keys_line(
      community.directory().path(), member.handle, key.substr(0, key.find('\n'))));
  context.out.document(Json(line));
  context.out.line({cli::Foreign{line}});
  return {};
}

Result<void> run(cli::Context& context, const Options& options) {
  auto community = CAMP_TRY(ops::open_community(context.env, context.globals.directory));
  if (!options.key_file.empty()) return print_line(context, community, options);
  const auto asked = context.env.variable("SSH_ORIGINAL_COMMAND");
  if (!asked) {
    return fail(Kind::refused, "there is no shell here",
                "use 'camp clone' and 'camp sync' with this address");
  }
  const fed::Streams streams{.read = context.read_some,
                             .write = [&context](std::string_view bytes) -> Result<void> {
                               context.out.text(bytes);
                               return {};
                             }};
  return ops::serve_ssh_command(community, options.handle, *asked, streams);
}

}  // namespace

cli::Command ssh_command_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "ssh-command",
      .summary = "Serve a member who comes in by ssh",
      .details =
          "For ~/.ssh/authorized_keys of the account that owns the community, one line for each "
          "key of a member: sshd runs this instead of a shell, whatever the member's machine asks "
          "for. It serves exactly what 'camp clone' and 'camp sync' need, and stock git for "
          "reading: the repositories that the member may read, what the member submits, and "
          "pictures. With --key it prints the line to add.",
      .group = cli::Group::plumbing,
      .positionals = {{.name = "HANDLE",
                       .help = "whose key it is",
                       .complete = complete_members(),
                       .to = &options->handle}},
      .options = {{.name = "key",
                   .value = "FILE",
                   .help = "print the line for this public key instead",
                   .complete = cli::complete_files(),
                   .to = &options->key_file}},
      .examples = {{"camp ssh-command bo --key bo.pub >> ~/.ssh/authorized_keys", ""}},
      .exits = {Kind::not_found, Kind::refused, Kind::damaged, Kind::busy},
      .environment = {"SSH_ORIGINAL_COMMAND"},
      .needs = cli::Needs::write,
      .run = [options](cli::Context& context) { return run(context, *options); },
  };
}

}  // namespace camp::cmd
