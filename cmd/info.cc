// SPDX-License-Identifier: MIT
#include "ops/info.h"

#include <nlohmann/json.hpp>

#include "commands.h"
#include "common.h"
#include "ops/state_hash.h"

namespace camp::cmd {
namespace {

/// For comparing two directories: equal lines mean equal content.
Result<void> print_state(cli::Context& context, const store::Community& community) {
  const auto hashes = CAMP_TRY(ops::state_hashes(community));
  context.out.document(hashes);
  if (context.out.machine()) return {};
  for (const auto& [name, hash] : hashes) {
    context.out.line({cli::Own{hash}, "  ", cli::Own{name}});
  }
  return {};
}

Result<void> run(cli::Context& context, bool state) {
  const auto community = CAMP_TRY(ops::open_community(context.env, context.globals.directory));
  if (state) return print_state(context, community);
  const ops::Info info = CAMP_TRY(ops::info(community));
  if (context.out.machine()) {
    Json json{
        {"id", info.id}, {"name", info.name}, {"members", info.members}, {"objects", info.objects}};
    if (!info.host.empty()) json["host"] = info.host;
    if (!info.origin.empty()) {
      json["origin"] = info.origin;
      json["waiting"] = info.waiting;
    }
    context.out.document(json);
    return {};
  }
  const bool mirror = community.settings().mirror;  // does not know the name and the members
  if (!mirror) context.out.line({"name       ", cli::Foreign{info.name}});
  context.out.line({"id         ", cli::Own{info.id}});
  if (!info.host.empty()) context.out.line({"host       ", cli::Foreign{info.host}});
  context.out.line({"directory  ", cli::Foreign{info.directory}});
  if (!info.origin.empty()) {
    context.out.line({"origin     ", cli::Foreign{info.origin}});
  }
  if (!info.origin.empty() && !mirror) {
    context.out.line({"waiting    ", cli::Own{counted(info.waiting, "object")}, " to be sent"});
  }
  if (!mirror) context.out.line({"members    ", info.members});
  for (const auto& [name, count] : info.objects) {
    context.out.line({"objects    ", cli::Own{name}, " ", count});
  }
  return {};
}

}  // namespace

cli::Command info_command() {
  auto state = std::make_shared<bool>(false);
  return {
      .name = "info",
      .summary = "Show the community: its name, its members, its size",
      .group = cli::Group::community,
      .options = {{.name = "state",
                   .help = "print a digest of all that is held, by repository, instead",
                   .to = state.get()}},
      .examples = {{"camp info", ""},
                   {"camp info --state", "the same in two directories: they hold the same"}},
      .exits = {Kind::not_found, Kind::damaged},
      .needs = cli::Needs::read,
      .run = [state](cli::Context& context) { return run(context, *state); },
  };
}

}  // namespace camp::cmd
