// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "commands.h"
#include "common.h"
#include "ops/write.h"
#include "print_post.h"

namespace camp::cmd {
namespace {

struct Options {
  std::optional<std::string> to;
  std::string only;
  std::string summary;
  std::string language;
  std::vector<std::string> attach;
  std::vector<std::string> alt;
  std::vector<std::string> focus;
  std::optional<std::string> text;
  std::string answered;
};

Result<std::vector<ops::NewPicture>> read_pictures(const Options& options) {
  if (options.alt.size() > options.attach.size()) {
    return fail(Kind::usage, "there are more --alt than --attach",
                "give each picture's --alt after its --attach");
  }
  if (options.focus.size() > options.attach.size()) {
    return fail(Kind::usage, "there are more --focus than --attach",
                "give each picture's --focus after its --attach");
  }
  std::vector<ops::NewPicture> pictures;
  for (std::size_t i = 0; i < options.attach.size(); ++i) {
    std::string bytes = CAMP_TRY(read_named_file(options.attach[i], kMaxPictureFile));
    ops::NewPicture picture{std::move(bytes),
                            i < options.alt.size() ? options.alt[i] : std::string()};
    if (i < options.focus.size() && !options.focus[i].empty()) {
      picture.focus = CAMP_TRY(model::parse_focus(options.focus[i]));
    }
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

Result<void> run(cli::Context& context, const Options& options) {
  const std::string text = CAMP_TRY(text_or_input(context, options.text, ""));
  const auto pictures = CAMP_TRY(read_pictures(options));
  ops::Draft draft{.text = text,
                   .summary = options.summary,
                   .language = options.language,
                   .to = options.to,
                   .only = options.only,
                   .reply_to = options.answered,
                   .pictures = pictures};
  auto here = CAMP_TRY(open_here(context));
  const ops::Posted posted =
      CAMP_TRY(ops::post(here.community, here.actor, draft, context.globals.dry_run));
  return report(context, here, posted, "posted", "post");
}

std::vector<cli::Option> writing_options(const std::shared_ptr<Options>& options) {
  return {
      {.name = "to",
       .value = "AUDIENCE",
       .help = "who may read it",
       .choices = {"local", "neighborhood", "public", "unlisted", "followers", "direct"},
       .to = &options->to},
      {.name = "only",
       .value = "PEOPLE",
       .help = "narrow it to followers, mutuals or @a,@b",
       .complete = complete_members(),
       .to = &options->only},
      {.name = "summary",
       .value = "TEXT",
       .help = "content warning, shown instead of the text at first",
       .to = &options->summary},
      {.name = "language",
       .value = "TAG",
       .help = "language, such as pl",
       .to = &options->language},
      {.name = "attach",
       .value = "FILE",
       .help = "add a picture (JPEG, PNG or WebP)",
       .complete = cli::complete_files(),
       .to = &options->attach},
      {.name = "alt",
       .value = "TEXT",
       .help = "describe the picture for those who cannot see it",
       .to = &options->alt},
      {.name = "focus",
       .value = "X,Y",
       .help = "what must stay in sight: from -1,-1 (lower left) to 1,1",
       .to = &options->focus},
  };
}

}  // namespace

cli::Command post_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "post",
      .summary = "Write a post",
      .details =
          "Without TEXT the post is read from standard input or written in an editor. "
          "Without --to it stays in the community: nothing goes further unless you say so.",
      .group = cli::Group::everyday,
      .positionals =
          {{.name = "TEXT", .help = "what to say", .required = false, .to = &options->text}},
      .options = writing_options(options),
      .examples = {{"camp post \"Soup at seven\"", "for the community alone"},
                   {"camp post --to public --attach garden.jpg --alt \"the garden\" \"Look\"", ""},
                   {"fortune | camp post --to direct --only @bo", ""}},
      .exits = {Kind::not_found, Kind::refused, Kind::damaged, Kind::busy},
      .environment = {"VISUAL", "EDITOR"},
      .needs = cli::Needs::write,
      .run = [options](cli::Context& context) { return run(context, *options); },
  };
}

cli::Command reply_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "reply",
      .summary = "Answer a post",
      .details =
          "The answer goes to whoever may read the post. With --to it may go further, but "
          "then it no longer names what it answers.",
      .group = cli::Group::everyday,
      .positionals =
          {{.name = "ID",
            .help = "the post to answer",
            .complete = complete_posts(),
            .to = &options->answered},
           {.name = "TEXT", .help = "what to say", .required = false, .to = &options->text}},
      .options = writing_options(options),
      .examples = {{"camp reply k7f2q1a \"I will bring bread\"", ""},
                   {"camp reply @bo \"Thanks\"", "bo's last post"}},
      .exits = {Kind::not_found, Kind::refused, Kind::damaged, Kind::busy},
      .environment = {"VISUAL", "EDITOR"},
      .needs = cli::Needs::write,
      .run = [options](cli::Context& context) { return run(context, *options); },
  };
}

}  // namespace camp::cmd
