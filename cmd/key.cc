// SPDX-License-Identifier: MIT
#include "ops/keys.h"

#include <nlohmann/json.hpp>

#include "commands.h"
#include "common.h"

namespace camp::cmd {
namespace {

constexpr std::size_t kMaxSheet = 16 << 10;
constexpr std::size_t kMaxCode = 100;

struct Options {
  std::string name, did_key, key_file, paper_key_file, new_paper_key_file, since, which, handle,
      code, device_key_file;
  bool here = false;
};

Json key_json(const ops::ShownKey& key) {
  return {{"key", key.key}, {"role", key.role}, {"name", key.name}, {"held", key.held}};
}

Result<ops::Authority> authority(const Options& options) {
  if (options.paper_key_file.empty()) return ops::Authority{};
  return ops::Authority{CAMP_TRY(read_named_file(options.paper_key_file, kMaxSheet)),
                        options.paper_key_file};
}

Result<void> show(cli::Context& context) {
  auto here = CAMP_TRY(open_here(context));
  const ops::Keys keys = CAMP_TRY(ops::show_keys(here.community, here.actor));
  Json speaking = Json::array();
  for (const ops::ShownKey& key : keys.speaking) speaking.push_back(key_json(key));
  context.out.document({{"id", keys.member.text()},
                        {"handle", keys.handle},
                        {"claimed", keys.claimed},
                        {"deciding", keys.deciding},
                        {"speaking", speaking}});
  if (context.out.machine()) return {};
  context.out.line({"member    ", cli::Own{"@" + keys.handle + " " + keys.member.text()}});
  for (std::size_t i = 0; i < keys.deciding.size(); ++i) {
    const char* what = !keys.claimed ? "made by this server" : i == 0 ? "paper" : "device";
    context.out.line({"decides   ", cli::Own{keys.deciding[i]}, " ", cli::Own{what}});
  }
  for (const ops::ShownKey& key : keys.speaking) {
    context.out.line({"speaks    ", cli::Own{key.key}, " ", cli::Own{key.role}, " ",
                      cli::Foreign{key.name}, cli::Own{key.held ? " (held here)" : ""}});
  }
  return {};
}

Result<void> add(cli::Context& context, const Options& options) {
  CAMP_TRY(refuse_dry_run(context));
  if (!options.did_key.empty() + !options.key_file.empty() + options.here != 1) {
    return fail(Kind::usage, "give one of --public KEY, --key-file FILE and --here",
                "--key-file makes a new key and saves its secret half in FILE");
  }
  auto here = CAMP_TRY(open_here(context));
  ops::HandOver hand_over;
  if (!options.key_file.empty()) hand_over = CAMP_TRY(hand_over_to(context, options.key_file));
  const ops::ShownKey key =
      CAMP_TRY(ops::add_key(here.community, here.actor, options.name, options.did_key,
                            CAMP_TRY(authority(options)), hand_over));
  context.out.document(key_json(key));
  context.out.say("{} may now speak for @{}", cli::Own{key.key}, cli::Own{here.actor.handle});
  return {};
}

Result<void> revoke(cli::Context& context, const Options& options) {
  CAMP_TRY(refuse_dry_run(context));
  auto here = CAMP_TRY(open_here(context));
  const ops::Revoked revoked = CAMP_TRY(ops::revoke_key(
      here.community, here.actor, options.which, options.since, CAMP_TRY(authority(options))));
  context.out.document(
      {{"key", revoked.key}, {"vouched", revoked.vouched}, {"disowned", revoked.disowned}});
  context.out.say("{} no longer speaks for @{}", cli::Own{revoked.key},
                  cli::Own{here.actor.handle});
  context.out.say("what it signed: {} still counted, {} disowned",
                  cli::Own{counted(revoked.vouched, "object")},
                  cli::Own{counted(revoked.disowned, "object")});
  if (revoked.last) {
    context.out.note("no key speaks for @{} now; 'camp key add' gives one the right to",
                     cli::Own{here.actor.handle});
  }
  return {};
}

Result<void> rotate(cli::Context& context, const Options& options) {
  CAMP_TRY(refuse_dry_run(context));
  auto here = CAMP_TRY(open_here(context));
  const auto hand_over = CAMP_TRY(hand_over_to(context, options.new_paper_key_file));
  CAMP_TRY(ops::rotate_keys(here.community, here.actor, CAMP_TRY(authority(options)), hand_over));
  context.out.document({{"id", here.actor.id.text()}, {"handle", here.actor.handle}});
  context.out.say("the spare key of @{} has become the paper key; destroy the old sheet",
                  cli::Own{here.actor.handle});
  return {};
}

Result<void> claim(cli::Context& context, const Options& options) {
  CAMP_TRY(refuse_dry_run(context));
  auto community = CAMP_TRY(ops::open_community(context.env, context.globals.directory));
  const auto paper = CAMP_TRY(hand_over_to(context, options.paper_key_file));
  ops::HandOver device;
  if (!options.device_key_file.empty()) {
    device = CAMP_TRY(hand_over_to(context, options.device_key_file));
  }
  // Other accounts of the machine may see the words of a command, but not its input.
  const std::string code =
      options.code == "-" ? CAMP_TRY(context.read_input(kMaxCode)) : options.code;
  const ops::Claimed claimed = CAMP_TRY(ops::claim(community, options.handle, code, paper, device));
  context.out.document({{"id", claimed.member.text()},
                        {"handle", claimed.handle},
                        {"custody", claimed.self ? "self" : "server"}});
  context.out.say("@{} is yours: your paper key decides from now on", cli::Own{claimed.handle});
  if (!claimed.self) {
    context.out.say("this server keeps a key that may write posts for you");
  }
  return {};
}

cli::Option paper_option(const std::shared_ptr<Options>& options, bool required) {
  return {.name = "paper-key-file",
          .value = "FILE",
          .help = "the sheet with the paper key",
          .complete = cli::complete_files(),
          .required = required,
          .to = &options->paper_key_file};
}

const std::vector<Kind> kExits{Kind::not_found, Kind::refused, Kind::conflict,
                               Kind::network,   Kind::damaged, Kind::busy};

cli::Command add_subcommand(const std::shared_ptr<Options>& options) {
  return {
      .name = "add",
      .summary = "Let another device speak for you",
      .options = {{.name = "name",
                   .value = "NAME",
                   .help = "what you call the device",
                   .required = true,
                   .to = &options->name},
                  {.name = "key-file",
                   .value = "FILE",
                   .help = "make a key and save its secret half in this new file",
                   .complete = cli::complete_files(),
                   .to = &options->key_file},
                  {.name = "here",
                   .help = "make a key and keep it in this directory, for a clone that lost its "
                           "own or whose key was revoked",
                   .to = &options->here},
                  {.name = "public",
                   .value = "KEY",
                   .help = "the did:key of a key that the device made itself",
                   .to = &options->did_key},
                  paper_option(options, false)},
      .examples = {{"camp key add --name laptop --key-file laptop.key", ""},
                   {"camp key add --here --name laptop --paper-key-file sheet.txt", ""}},
      .exits = kExits,
      .needs = cli::Needs::write,
      .run = [options](cli::Context& context) { return add(context, *options); }};
}

cli::Command claim_subcommand(const std::shared_ptr<Options>& options) {
  return {.name = "claim",
          .summary = "Make a member's keys your own with a claim code",
          .positionals = {{.name = "HANDLE",
                           .help = "who you are",
                           .complete = complete_members(),
                           .to = &options->handle}},
          .options = {{.name = "code",
                       .value = "CODE",
                       .help = "as it was given to you; - reads it from the input",
                       .required = true,
                       .to = &options->code},
                      {.name = "paper-key-file",
                       .value = "FILE",
                       .help = "save your paper key in a new file instead of showing it",
                       .complete = cli::complete_files(),
                       .to = &options->paper_key_file},
                      {.name = "device-key-file",
                       .value = "FILE",
                       .help = "also replace the server's key by one saved in this new file",
                       .complete = cli::complete_files(),
                       .to = &options->device_key_file}},
          .examples = {{"camp key claim bo --code k7f2-q1a9-x0c3-m4zz", ""}},
          .exits = kExits,
          .needs = cli::Needs::write,
          .run = [options](cli::Context& context) { return claim(context, *options); }};
}

}  // namespace

cli::Command key_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "key",
      .summary = "Show and change the keys that decide and speak for you",
      .details =
          "Some keys decide who you are: first the one on paper. Others speak for you: they "
          "sign what you write.",
      .group = cli::Group::account,
      .subcommands =
          {{.name = "show",
            .summary = "Show your keys",
            .examples = {{"camp key show", ""}},
            .exits = {Kind::not_found, Kind::damaged},
            .needs = cli::Needs::read,
            .run = show},
           add_subcommand(options),
           {.name = "revoke",
            .summary = "End a key's word, for example of a stolen laptop",
            .positionals = {{.name = "KEY",
                             .help = "its did:key or the device's name",
                             .to = &options->which}},
            .options = {{.name = "since",
                         .value = "TIME",
                         .help = "disown what it signed since then: 2d, 2026-11-01",
                         .to = &options->since},
                        paper_option(options, false)},
            .examples = {{"camp key revoke laptop --since 2d --paper-key-file sheet.txt", ""}},
            .exits = kExits,
            .needs = cli::Needs::write,
            .run = [options](cli::Context& context) { return revoke(context, *options); }},
           {.name = "rotate",
            .summary = "Replace your paper key by its spare",
            .options = {paper_option(options, true),
                        {.name = "new-paper-key-file",
                         .value = "FILE",
                         .help = "save the new sheet in a new file instead of showing it",
                         .complete = cli::complete_files(),
                         .to = &options->new_paper_key_file}},
            .examples = {{"camp key rotate --paper-key-file old-sheet.txt", ""}},
            .exits = kExits,
            .needs = cli::Needs::write,
            .run = [options](cli::Context& context) { return rotate(context, *options); }},
           claim_subcommand(options)},
  };
}

}  // namespace camp::cmd
