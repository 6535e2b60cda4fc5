// SPDX-License-Identifier: MIT
#include "commands.h"

#include "cli/complete.h"
#include "cli/dump.h"

namespace camp::cmd {
namespace {

/// Every command, in the order in which help shows them within their group.
constexpr cli::Command (*kCommands[])() = {
    post_command,          reply_command,     timeline_command,      thread_command,
    show_command,          search_command,    like_command,          boost_command,
    edit_command,          delete_command,    sync_command,          member_command,
    profile_command,       follow_command,    unfollow_command,      following_command,
    followers_command,     block_command,     mute_command,          report_command,
    notifications_command, mod_command,       init_command,          clone_command,
    info_command,          key_command,       account_command,       fsck_command,
    reindex_command,       gc_command,        restore_command,       serve_command,
    queue_command,         object_command,    ssh_command_command,   help_command,
    version_command,       cli::dump_command, cli::complete_command,
};

}  // namespace

cli::Command camp_command() {
  cli::Command camp{.name = "camp", .summary = "a social network for a community of friends"};
  for (const auto& command : kCommands) camp.subcommands.push_back(command());
  return camp;
}

}  // namespace camp::cmd
