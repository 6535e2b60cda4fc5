// SPDX-License-Identifier: MIT
#include "ops/info.h"

#include <nlohmann/json.hpp>

#include "commands.h"
#include "common.h"

namespace camp::cmd {
namespace {

Result<void> run(cli::Context& context) {
  const auto community = CAMP_TRY(ops::open_community(context.env, context.globals.directory));
  const ops::Info info = CAMP_TRY(ops::info(community));
  if (context.out.machine()) {
    Json json{
        {"id", info.id}, {"name", info.name}, {"members", info.members}, {"objects", info.objects}};
    if (!info.host.empty()) json["host"] = info.host;
    context.out.document(json);
    return {};
  }
  context.out.line({"name       ", cli::Foreign{info.name}});
  context.out.line({"id         ", cli::Own{info.id}});
  if (!info.host.empty()) context.out.line({"host       ", cli::Foreign{info.host}});
  context.out.line({"directory  ", cli::Foreign{info.directory}});
  context.out.line({"members    ", info.members});
  for (const auto& [name, count] : info.objects) {
    context.out.line({"objects    ", cli::Own{name}, " ", count});
  }
  return {};
}

}  // namespace

cli::Command info_command() {
  return {
      .name = "info",
      .summary = "Show the community: its name, its members, its size",
      .group = cli::Group::community,
      .examples = {{"camp info", ""}},
      .exits = {Kind::not_found, Kind::damaged},
      .needs = cli::Needs::read,
      .run = run,
  };
}

}  // namespace camp::cmd
