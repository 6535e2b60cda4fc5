// SPDX-License-Identifier: MIT
#pragma once

#include "cli/spec.h"

namespace camp::cmd {

/// `camp` with all its commands.
cli::Command camp_command();

// One function per file of this directory, in the order of the help.
cli::Command post_command();
cli::Command reply_command();
cli::Command timeline_command();
cli::Command thread_command();
cli::Command show_command();
cli::Command search_command();
cli::Command like_command();
cli::Command boost_command();
cli::Command edit_command();
cli::Command delete_command();
cli::Command member_command();
cli::Command profile_command();
cli::Command follow_command();
cli::Command unfollow_command();
cli::Command following_command();
cli::Command followers_command();
cli::Command block_command();
cli::Command mute_command();
cli::Command report_command();
cli::Command notifications_command();
cli::Command mod_command();
cli::Command init_command();
cli::Command clone_command();
cli::Command sync_command();
cli::Command restore_command();
cli::Command serve_command();
cli::Command info_command();
cli::Command key_command();
cli::Command account_command();
cli::Command fsck_command();
cli::Command reindex_command();
cli::Command gc_command();
cli::Command queue_command();
cli::Command object_command();
cli::Command ssh_command_command();
cli::Command help_command();
cli::Command version_command();

}  // namespace camp::cmd
