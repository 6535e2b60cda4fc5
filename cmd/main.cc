// SPDX-License-Identifier: MIT
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/env.h"
#include "cli/run.h"
#include "cli/system.h"
#include "commands.h"

namespace {

int run_camp(const std::vector<std::string>& words) {
  camp::cli::System system;
  const camp::Result<camp::Env> env = camp::system_env();
  if (!env) {
    std::fprintf(stderr, "camp: %s\nhint: %s\n", env.error().message.c_str(),
                 env.error().hint.c_str());
    return camp::exit_code(env.error().kind);
  }
  return system.finish(
      camp::cli::run(camp::cmd::camp_command(), words, *env, system.session(*env)));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run_camp(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "camp: this is a bug in camp: %s\n", error.what());
  } catch (...) {
    std::fprintf(stderr, "camp: this is a bug in camp\n");
  }
  return camp::exit_code(camp::Kind::bug);
}
