// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "base/process.h"
#include "base/result.h"

namespace camp::git {

/// A run of the `git` program.
struct GitCall {
  std::vector<std::string> arguments = {};  ///< without "git"; data, never a shell's
  std::string repository = {};              ///< its git directory; empty: none
  /// The file that git takes for the user's configuration, or none. The only way to reach the
  /// processes that git starts itself, such as upload-pack with `safe.directory`.
  std::string config_file = "/dev/null";
  std::vector<std::string> environment = {};  ///< NAME=value, besides the fixed ones
  std::string input = {};
  std::size_t max_output = 16u << 20;
  std::chrono::milliseconds timeout{0};
  ProcessLimits limits = {};
};

/// Runs git in an environment of ours alone: no system or user configuration, no prompt, no
/// protocol but those that `arguments` allow (`-c protocol.https.allow=always`), no optional locks,
/// no lazy fetches, messages in English, GIT_PROTOCOL unset (protocol version 0). Fails only if git
/// cannot be run at all; its exit status stands in the result.
Result<ProcessResult> run_git(const GitCall& call);

/// The same as a specification, for whoever runs it in another way.
ProcessSpec git_process(const GitCall& call);

}  // namespace camp::git
