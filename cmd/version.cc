// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "cli/context.h"
#include "commands.h"

namespace camp::cmd {
namespace {

Result<void> run(cli::Context& context) {
  context.out.document({{"version", CAMP_VERSION}});
  context.out.line({"camp " CAMP_VERSION});
  return {};
}

}  // namespace

cli::Command version_command() {
  return {
      .name = "version",
      .summary = "Print camp's version",
      .group = cli::Group::care,
      .examples = {{"camp version", ""}},
      .run = run,
  };
}

}  // namespace camp::cmd
