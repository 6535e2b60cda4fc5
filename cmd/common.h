// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "ops/open.h"
#include "ops/paper.h"
#include "ops/sync.h"
#include "ops/write.h"

namespace camp::cmd {

/// The largest picture file that is read; what it may hold is the store's question.
inline constexpr std::size_t kMaxPictureFile = 16 << 20;

/// The community and the member that a command is about, as the global options say.
struct Here {
  store::Community community;
  ops::Actor actor;

  std::string origin() const { return community.settings().host; }
};
Result<Here> open_here(cli::Context& context);

/// What follows a report of something written: in a clone, that it waits.
std::string unsent_mark(const Here& here);

/// The text of a post: the argument, or standard input (also with `-`), or on a terminal what an
/// editor brings back, beginning with `initial`.
Result<std::string> text_or_input(cli::Context& context, const std::optional<std::string>& text,
                                  const std::string& initial);

/// "1 object", "2 objects".
std::string counted(std::size_t count, std::string_view what);

/// A file that the person named.
Result<std::string> read_named_file(const std::string& path, std::size_t max_bytes);

/// Says what became of a post: "posted k7f2q1a to local: 48 members, 11 of them with clones".
Result<void> report(cli::Context& context, const Here& here, const ops::Posted& posted,
                    const char* done, const char* would);

/// For commands that cannot tell beforehand what they would do: refuses -n rather than ignoring it.
Result<void> refuse_dry_run(const cli::Context& context);

/// One line on the terminal that counts up; nothing at all in cron.
std::function<void(const char* stage, std::size_t done)> progress_on(cli::Context& context);

/// What a sync did not take, each with its way out, on standard error.
void print_refusals(cli::Printer& out, const std::vector<ops::SyncRefusal>& refused);

/// Completion of @handles and of short ids of recent posts.
cli::Completer complete_members();
cli::Completer complete_posts();

/// A paper key's way to its owner: into `file` (which must be new), or onto the terminal.
Result<ops::HandOver> hand_over_to(cli::Context& context, const std::string& file);

}  // namespace camp::cmd
