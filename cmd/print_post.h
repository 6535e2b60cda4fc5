// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/print.h"
#include "index/index.h"

namespace camp::cmd {

/// A post in the stable form of `--json` (camp(1), JSON). `origin` is the community's host.
Json post_json(const index::Post& post, const std::string& origin);

/// Posts one after the other: for people a heading and the text, in a pipe one line each: short id,
/// author, time, audience, text.
void print_posts(cli::Printer& out, const std::vector<index::Post>& posts,
                 const std::string& origin);

/// The conversation as a tree, each answer below what it answers.
void print_thread(cli::Printer& out, const std::vector<index::Post>& posts,
                  const std::string& origin);

/// One post with everything that is known about it; `hidden`: why moderation hides it.
void print_post(cli::Printer& out, const index::Post& post, const std::string& origin,
                const std::optional<std::string>& hidden = {});

/// "hidden by a moderator: the reason"
std::string hidden_text(const std::string& reason);

/// "k7f2q1a", of a post or of any object id.
std::string short_id(const std::string& object_id);

}  // namespace camp::cmd
