// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "commands.h"
#include "common.h"
#include "ops/complain.h"
#include "person.h"

namespace camp::cmd {
namespace {

struct Options {
  std::string about;
  std::optional<std::string> text;
  std::vector<std::string> posts;
};

Json complained_json(const ops::Complained& made) {
  Json json = person_json(made.whom);
  json["posts"] = made.posts;
  return json;
}

Result<void> run(cli::Context& context, const Options& options) {
  auto here = CAMP_TRY(open_here(context));
  const bool dry_run = context.globals.dry_run;
  const ops::Grievance grievance{options.about, options.posts, options.text.value_or("")};
  const auto made = CAMP_TRY(ops::complain(here.community, here.actor, grievance, dry_run));
  context.out.document(complained_json(made));
  const cli::Foreign who = handle_of(made.whom);
  const cli::Own what{made.posts.empty() ? "" : " with " + counted(made.posts.size(), "post")};
  const cli::Own whereto{made.whom.is_member() ? "the moderators"
                                               : "their server and to the moderators"};
  if (!made.changed) {
    context.out.say("you reported {}{} already, in the same words", who, what);
  } else if (dry_run) {
    context.out.say("would report {}{} to {}", who, what, whereto);
  } else {
    context.out.say("reported {}{} to {}", who, what, whereto);
  }
  return {};
}

}  // namespace

cli::Command report_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "report",
      .summary = "Complain about somebody, or about a post",
      .details =
          "The moderators here read it with your name: camp mod reports. Of somebody elsewhere "
          "their server hears too, in the name of this community: who of its members complains "
          "is not told. Nothing else happens by itself; 'camp block' hides them from you. At the "
          "origin only.",
      .group = cli::Group::people,
      .positionals = {{.name = "WHAT",
                       .help = "a post, @bo, @a@host, or the address of a post or a profile",
                       .complete = complete_posts(),
                       .to = &options->about},
                      {.name = "TEXT",
                       .help = "why, for whoever decides; 2 KiB at most",
                       .required = false,
                       .to = &options->text}},
      .options = {{.name = "post",
                   .value = "ID",
                   .help = "a post of theirs, or one more; its address will do",
                   .complete = complete_posts(),
                   .to = &options->posts}},
      .examples = {{"camp report k7f2q1a \"advertising\"", ""},
                   {"camp report @troll@other.example --post k7f2q1a \"threatens people\"", ""},
                   {"camp report https://other.example/users/troll", ""}},
      .exits = {Kind::not_found, Kind::refused, Kind::network, Kind::damaged, Kind::busy},
      .needs = cli::Needs::write,
      .run = [options](cli::Context& context) { return run(context, *options); },
  };
}

}  // namespace camp::cmd
