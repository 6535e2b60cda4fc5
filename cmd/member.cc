// SPDX-License-Identifier: MIT
#include "ops/members.h"

#include <nlohmann/json.hpp>

#include "base/time.h"
#include "commands.h"
#include "common.h"

namespace camp::cmd {
namespace {

struct Options {
  std::string handle, name, reason, role;
  bool all = false;
};

Json member_json(const index::MemberRow& member) {
  return {{"id", member.id},           {"handle", member.handle},
          {"name", member.name},       {"role", member.role},
          {"custody", member.custody}, {"claimed", member.claimed},
          {"state", member.state},     {"joined", format_time(member.joined_ms)}};
}

std::string standing(const index::MemberRow& member) {
  std::string text = member.role;
  if (!member.claimed) text += ", unclaimed";
  if (member.state != "active") text += ", " + member.state;
  return text;
}

void print_code(cli::Context& context, const ops::AddedMember& added) {
  context.out.document({{"handle", added.handle}, {"id", added.id.text()}, {"code", added.code}});
  if (!context.out.machine()) context.out.line({"claim code: ", cli::Own{added.code}});
  context.out.say("give it to @{} alone; with it they make their own keys, here or in a clone:",
                  cli::Own{added.handle});
  context.out.say("  camp key claim {} --code {}", cli::Own{added.handle}, cli::Own{added.code});
  context.out.say("  camp clone SRC DIR --as {} --code {}", cli::Own{added.handle},
                  cli::Own{added.code});
}

Result<void> add(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  const ops::AddedMember added = CAMP_TRY(ops::add_member(
      here.community, here.actor, options.handle, options.name, context.globals.dry_run));
  if (context.globals.dry_run) {
    context.out.say("would add @{}", cli::Own{added.handle});
    return {};
  }
  context.out.say("added @{}", cli::Own{added.handle});
  print_code(context, added);
  return {};
}

Result<void> code(cli::Context& context, const Options& options) {
  CAMP_TRY(refuse_dry_run(context));
  auto here = CAMP_TRY(open_here(context));
  print_code(context, CAMP_TRY(ops::renew_claim_code(here.community, here.actor, options.handle)));
  return {};
}

Result<void> suspend(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  const auto member = CAMP_TRY(ops::suspend_member(here.community, here.actor, options.handle,
                                                   options.reason, context.globals.dry_run));
  context.out.document(member_json(member));
  const cli::Own handle{member.handle};
  if (context.globals.dry_run) {
    context.out.say("would suspend @{}", handle);
  } else {
    context.out.say("suspended @{}, who reads on and writes nothing new", handle);
  }
  return {};
}

Result<void> role(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  const auto member = CAMP_TRY(ops::set_member_role(here.community, here.actor, options.handle,
                                                    options.role, context.globals.dry_run));
  context.out.document(member_json(member));
  const cli::Own handle{member.handle}, now{options.role};
  if (context.globals.dry_run) {
    context.out.say("would give @{} the role {}", handle, now);
  } else {
    context.out.say("@{} has the role {} now", handle, now);
  }
  return {};
}

Result<void> restore(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  const auto member = CAMP_TRY(
      ops::restore_member(here.community, here.actor, options.handle, context.globals.dry_run));
  context.out.document(member_json(member));
  context.out.say("{} @{}", cli::Own{context.globals.dry_run ? "would restore" : "restored"},
                  cli::Own{member.handle});
  return {};
}

Result<void> remove(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  const auto member = CAMP_TRY(ops::remove_member(here.community, here.actor, options.handle,
                                                  options.reason, context.globals.dry_run));
  context.out.document(member_json(member));
  const cli::Own handle{member.handle};
  if (context.globals.dry_run) {
    context.out.say("would remove @{}", handle);
    return {};
  }
  context.out.say("removed @{}: what they wrote stays, and nobody else gets the handle", handle);
  context.out.note(
      "if ~/.ssh/authorized_keys has a line for @{}, it can go: it opens nothing any more", handle);
  return {};
}

Result<void> list(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  context.out.begin_list({"HANDLE", "STANDING", "JOINED", "NAME"});
  for (const auto& member : CAMP_TRY(ops::list_members(here.community, options.all))) {
    context.out.record([&] { return member_json(member); },
                       [&]() -> cli::Row {
                         return {cli::Own{"@" + member.handle}, cli::Own{standing(member)},
                                 cli::Time{member.joined_ms}, cli::Foreign{member.name}};
                       });
  }
  return {};
}

Result<void> show(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  const auto member = CAMP_TRY(ops::find_member(here.community, options.handle));
  context.out.document(member_json(member));
  if (context.out.machine()) return {};
  context.out.line({"handle   ", cli::Own{"@" + member.handle}});
  if (!member.name.empty()) context.out.line({"name     ", cli::Foreign{member.name}});
  context.out.line({"id       ", cli::Own{member.id}});
  context.out.line({"role     ", cli::Own{member.role}});
  context.out.line({"state    ", cli::Own{member.state}});
  context.out.line({"joined   ", cli::Own{format_time(member.joined_ms)}});
  context.out.line({"keys     ", cli::Own{!member.claimed ? "made by this server, unclaimed"
                                          : member.custody == "self" ? "held by the member alone"
                                                                     : "this server may speak for "
                                                                       "the member"}});
  return {};
}

}  // namespace

cli::Command member_command() {
  auto options = std::make_shared<Options>();
  const cli::Positional handle{
      .name = "HANDLE", .help = "who", .complete = complete_members(), .to = &options->handle};
  const cli::Option reason{
      .name = "reason", .value = "TEXT", .help = "why, for all members", .to = &options->reason};
  return {
      .name = "member",
      .summary = "Add, list, show, suspend and remove members, give roles",
      .group = cli::Group::people,
      .common = true,
      .subcommands =
          {{.name = "add",
            .summary = "Admit a member",
            .details = "Makes the member with keys of this server's, to be replaced by their own "
                       "with the claim code that is printed. Admins only.",
            .positionals = {{.name = "HANDLE",
                             .help = "a to z, 0 to 9 and _, 30 at most",
                             .to = &options->handle}},
            .options = {{.name = "name",
                         .value = "NAME",
                         .help = "the name to show",
                         .to = &options->name}},
            .examples = {{"camp member add bo --name \"Bo Nilsson\"", ""}},
            .exits = {Kind::refused, Kind::conflict, Kind::damaged, Kind::busy},
            .needs = cli::Needs::write,
            .run = [options](cli::Context& context) { return add(context, *options); }},
           {.name = "code",
            .summary = "Make a new claim code for a member who has not claimed",
            .details = "For a code that was lost, or that somebody else saw: the old one is worth "
                       "nothing from then on. Admins only.",
            .positionals = {handle},
            .examples = {{"camp member code @bo", ""}},
            .exits = {Kind::not_found, Kind::refused, Kind::damaged, Kind::busy},
            .needs = cli::Needs::write,
            .run = [options](cli::Context& context) { return code(context, *options); }},
           {.name = "role",
            .summary = "Make somebody a moderator, an admin, or a member again",
            .details = "A moderator hides and removes posts with 'camp mod'. An admin does that, "
                       "and admits, suspends and removes members, and gives roles. The last admin "
                       "stays one. Admins only.",
            .positionals = {handle,
                            {.name = "ROLE",
                             .help = "which",
                             .choices = {"moderator", "member", "admin"},
                             .to = &options->role}},
            .examples = {{"camp member role @bo moderator", ""}},
            .exits = {Kind::not_found, Kind::refused, Kind::conflict, Kind::damaged, Kind::busy},
            .needs = cli::Needs::write,
            .run = [options](cli::Context& context) { return role(context, *options); }},
           {.name = "suspend",
            .summary = "Let a member read and no longer write",
            .details = "Until 'camp member restore'. The member can read, sync and take their "
                       "account away; what they write in a clone waits there. All members can "
                       "read the reason. Admins only.",
            .positionals = {handle},
            .options = {reason},
            .examples = {{"camp member suspend @bo --reason \"see the thread of Tuesday\"", ""}},
            .exits = {Kind::not_found, Kind::refused, Kind::conflict, Kind::damaged, Kind::busy},
            .needs = cli::Needs::write,
            .run = [options](cli::Context& context) { return suspend(context, *options); }},
           {.name = "restore",
            .summary = "Let a suspended member write again",
            .details = "Admins only.",
            .positionals = {handle},
            .examples = {{"camp member restore @bo", ""}},
            .exits = {Kind::not_found, Kind::refused, Kind::conflict, Kind::damaged, Kind::busy},
            .needs = cli::Needs::write,
            .run = [options](cli::Context& context) { return restore(context, *options); }},
           {.name = "remove",
            .summary = "Part with a member",
            .details = "Their clones are served nothing from then on, and nobody else gets "
                       "the handle. What they wrote stays, unless 'camp mod remove' removes "
                       "it. All members can read the reason. Cannot be undone: who comes back is "
                       "a new member. Admins only.",
            .positionals = {handle},
            .options = {reason},
            .examples = {{"camp member remove @bo --reason \"moved away\"", ""}},
            .exits = {Kind::not_found, Kind::refused, Kind::conflict, Kind::damaged, Kind::busy},
            .needs = cli::Needs::write,
            .run = [options](cli::Context& context) { return remove(context, *options); }},
           {.name = "list",
            .summary = "List the members",
            .options =
                {{.name = "all", .help = "also those who were removed", .to = &options->all}},
            .examples = {{"camp member list", ""}},
            .exits = {Kind::not_found, Kind::damaged},
            .needs = cli::Needs::read,
            .run = [options](cli::Context& context) { return list(context, *options); }},
           {.name = "show",
            .summary = "Show one member",
            .positionals = {handle},
            .examples = {{"camp member show @bo", ""}},
            .exits = {Kind::not_found, Kind::damaged},
            .needs = cli::Needs::read,
            .run = [options](cli::Context& context) { return show(context, *options); }}},
  };
}

}  // namespace camp::cmd
