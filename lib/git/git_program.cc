// SPDX-License-Identifier: MIT
#include "git/git_program.h"

namespace camp::git {

ProcessSpec git_process(const GitCall& call) {
  ProcessSpec spec;
  spec.argv = {"git",
               "-c",
               "protocol.allow=never",
               "-c",
               "core.hooksPath=/dev/null",
               "-c",
               "core.fsmonitor=false",
               "-c",
               "credential.helper=",
               "-c",
               "gc.auto=0",
               "-c",
               "maintenance.auto=false"};
  if (!call.repository.empty()) spec.argv.push_back("--git-dir=" + call.repository);
  spec.argv.insert(spec.argv.end(), call.arguments.begin(), call.arguments.end());
  spec.environment = {"PATH=/usr/local/bin:/usr/bin:/bin",
                      "HOME=/nonexistent",
                      "LC_ALL=C",
                      "GIT_CONFIG_NOSYSTEM=1",
                      "GIT_CONFIG_GLOBAL=" + call.config_file,
                      "GIT_TERMINAL_PROMPT=0",
                      "GIT_OPTIONAL_LOCKS=0",
                      "GIT_NO_REPLACE_OBJECTS=1",
                      "GIT_NO_LAZY_FETCH=1"};
  spec.environment.insert(spec.environment.end(), call.environment.begin(), call.environment.end());
  spec.input = call.input;
  spec.max_output = call.max_output;
  spec.timeout = call.timeout;
  spec.limits = call.limits;
  return spec;
}

Result<ProcessResult> run_git(const GitCall& call) {
  Result<ProcessResult> result = run_process(git_process(call));
  if (!result && result.error().kind == Kind::not_found) {
    return fail(Kind::failed, "there is no git program", "install the package git");
  }
  return result;
}

}  // namespace camp::git
