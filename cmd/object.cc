// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "commands.h"
#include "common.h"
#include "ops/plumbing.h"

namespace camp::cmd {
namespace {

constexpr std::size_t kMaxObjectFile = 1 << 20;

Result<std::string> bytes_of(cli::Context& context, const std::string& file) {
  return file == "-" ? context.read_input(kMaxObjectFile) : read_named_file(file, kMaxObjectFile);
}

Result<void> hash(cli::Context& context, const std::string& file) {
  const std::string id = CAMP_TRY(ops::hash_object(CAMP_TRY(bytes_of(context, file))));
  context.out.document({{"id", id}});
  context.out.line({cli::Own{id}});
  return {};
}

Result<void> sign(cli::Context& context, const std::string& file) {
  auto here = CAMP_TRY(open_here(context));
  const std::string bytes = CAMP_TRY(bytes_of(context, file));
  context.out.text(CAMP_TRY(ops::sign_object(here.community, here.actor, bytes)) + "\n");
  return {};
}

Result<int> verify(cli::Context& context, const std::string& file) {
  auto here = CAMP_TRY(open_here(context));
  const std::string bytes = CAMP_TRY(bytes_of(context, file));
  const ops::Verified object = CAMP_TRY(ops::verify_object(here.community, bytes));
  context.out.document({{"id", object.id},
                        {"type", object.type},
                        {"key", object.key},
                        {"author", object.author},
                        {"counts", object.counts}});
  context.out.line({cli::Own{object.id}, " ", cli::Foreign{object.type}, " ",
                    cli::Own{object.key.empty() ? "unsigned letter"
                             : object.counts    ? "valid"
                                                : "signed by a key that is not the author's"}});
  return object.key.empty() || object.counts ? 0 : exit_code(Kind::refused);
}

Result<void> cat(cli::Context& context, const std::string& which) {
  auto here = CAMP_TRY(open_here(context));
  context.out.text(CAMP_TRY(ops::cat_object(here.community, here.actor, which)) + "\n");
  return {};
}

Result<void> list(cli::Context& context) {
  auto here = CAMP_TRY(open_here(context));
  context.out.begin_list();
  return ops::list_objects(here.community, here.actor, [&](const ops::ListedObject& object) {
    context.out.record(
        [&]() -> Json {
          return {{"repository", object.repository},
                  {"branch", object.branch},
                  {"path", object.path},
                  {"blob", object.blob}};
        },
        [&]() -> cli::Row {
          return {cli::Own{object.repository}, cli::Own{object.branch}, cli::Own{object.path},
                  cli::Own{object.blob}};
        });
  });
}

}  // namespace

cli::Command object_command() {
  auto word = std::make_shared<std::string>();
  const cli::Positional file{.name = "FILE",
                             .help = "a file, or - for standard input",
                             .complete = cli::complete_files(),
                             .to = word.get()};
  const std::vector<Kind> exits{Kind::not_found, Kind::refused, Kind::damaged};
  return {
      .name = "object",
      .summary = "Work on single object files",
      .details = "For scripts and for those who want to see how things are kept.",
      .group = cli::Group::plumbing,
      .subcommands = {{.name = "hash",
                       .summary = "Print the id that an object has by its content",
                       .positionals = {file},
                       .examples = {{"camp object cat . | camp object hash -", ""}},
                       .run = [word](cli::Context& context) { return hash(context, *word); }},
                      {.name = "sign",
                       .summary = "Give an object its id and your signature",
                       .positionals = {file},
                       .examples = {{"camp object sign note.json", ""}},
                       .exits = exits,
                       .needs = cli::Needs::read,
                       .run = [word](cli::Context& context) { return sign(context, *word); }},
                      {.name = "verify",
                       .summary = "Check an object's form and signature",
                       .positionals = {file},
                       .examples = {{"camp object cat . | camp object verify -", ""}},
                       .exits = exits,
                       .needs = cli::Needs::read,
                       .run = [word](cli::Context& context) { return verify(context, *word); }},
                      {.name = "cat",
                       .summary = "Print an object as it is stored",
                       .positionals = {{.name = "ID",
                                        .help = "a post",
                                        .complete = complete_posts(),
                                        .to = word.get()}},
                       .examples = {{"camp object cat k7f2q1a", ""}},
                       .exits = exits,
                       .needs = cli::Needs::read,
                       .run = [word](cli::Context& context) { return cat(context, *word); }},
                      {.name = "list",
                       .summary = "List the object files that you may read",
                       .examples = {{"camp object list", ""}},
                       .exits = exits,
                       .needs = cli::Needs::read,
                       .run = list}},
  };
}

}  // namespace camp::cmd
