// SPDX-License-Identifier: MIT
#include "common.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/file.h"
#include "cli/system.h"
#include "print_post.h"

namespace camp::cmd {
namespace {

constexpr std::size_t kMaxInput = 256 << 10;

/// Lets the person write in their editor; an unchanged or empty text means "never mind".
Result<std::string> edit_text(cli::Context& context, const std::string& initial) {
  const Env& env = context.env;
  const std::string editor = env.variable("VISUAL").value_or(env.variable("EDITOR").value_or("vi"));
  std::error_code error;
  const std::string parent = std::filesystem::temp_directory_path(error);
  const Directory directory = CAMP_TRY(Directory::open(parent));
  const std::string name = "camp-" + to_hex(env.random_bytes(8)) + ".md";
  CAMP_TRY(directory.create_file_exclusively(name, initial));
  const int code =
      cli::run_program({"sh", "-c", editor + " \"$1\"", "sh", parent + "/" + name}, false);
  auto text = directory.read_file(name, kMaxInput);
  if (code != 0) {
    return fail(Kind::failed, "the editor '" + editor + "' failed",
                "your text, if any, is in " + parent + "/" + name);
  }
  CAMP_TRY(directory.remove_file(name));
  return text;
}

}  // namespace

std::string counted(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

std::string unsent_mark(const Here& here) {
  return here.community.settings().is_clone() ? "; not sent yet: camp sync" : "";
}

Result<Here> open_here(cli::Context& context) {
  auto community = CAMP_TRY(ops::open_community(context.env, context.globals.directory));
  auto actor = CAMP_TRY(ops::acting_member(community, context.globals.as));
  return Here{std::move(community), std::move(actor)};
}

Result<std::string> text_or_input(cli::Context& context, const std::optional<std::string>& text,
                                  const std::string& initial) {
  if (text && *text != "-") return *text;
  if (!text && context.terminal.in && context.terminal.out) return edit_text(context, initial);
  return context.read_input(kMaxInput);
}

Result<std::string> read_named_file(const std::string& path, std::size_t max_bytes) {
  const std::filesystem::path file(path);
  const std::string parent = file.parent_path().empty() ? "." : file.parent_path().string();
  const Directory directory = CAMP_TRY(Directory::open(parent));
  return directory.read_file(file.filename().string(), max_bytes);
}

Result<void> report(cli::Context& context, const Here& here, const ops::Posted& posted,
                    const char* done, const char* would) {
  cli::Printer& out = context.out;
  if (out.machine()) {
    out.document(post_json(posted.post, here.origin()));
    return {};
  }
  std::string readers = counted(posted.readers.members, "member");
  if (posted.readers.members == 0) readers = "members who follow you";
  if (posted.post.audience == "public") readers = "everyone";
  if (posted.post.audience == "unlisted") readers = "everyone who has the link";
  if (posted.readers.with_clones > 0 && posted.post.audience == "local") {
    readers += ", " + std::to_string(posted.readers.with_clones) + " of them with clones";
  }
  if (posted.readers.elsewhere > 0) {
    readers += ", " + std::to_string(posted.readers.elsewhere) + " elsewhere";
  }
  if (context.globals.dry_run) {
    out.say("would {} to {}: {}", cli::Own{would}, cli::Own{posted.post.audience},
            cli::Own{readers});
  } else {
    out.say("{} {} to {}: {}{}", cli::Own{done}, cli::Id{short_id(posted.post.id)},
            cli::Own{posted.post.audience}, cli::Own{readers},
            cli::Own{posted.post.pending() ? unsent_mark(here) : ""});
  }
  if (posted.unlinked) {
    out.note("it goes further than what it answers, so it does not name that");
  }
  return {};
}

Result<void> refuse_dry_run(const cli::Context& context) {
  if (!context.globals.dry_run) return {};
  return fail(Kind::usage, "this command has no dry run", "leave --dry-run out");
}

std::function<void(const char*, std::size_t)> progress_on(cli::Context& context) {
  if (!context.terminal.err || !context.out.human()) return {};
  return [&context](const char* stage, std::size_t done) {
    constexpr std::size_t kEvery = 100;
    if (done % kEvery == 0) context.out.progress(stage, done);
  };
}

void print_refusals(cli::Printer& out, const std::vector<ops::SyncRefusal>& refused) {
  for (const ops::SyncRefusal& each : refused) {
    const auto id = FullId::parse(each.object);
    if (id) {
      out.note("the origin refuses {}: {}", cli::Id{id->object.short_id()},
               cli::Foreign{each.reason});
    } else if (each.from == ops::kFromWishes) {
      out.note("the origin refuses {}: {}", cli::Foreign{each.object}, cli::Foreign{each.reason});
    } else {
      out.note("left out of {}: {}: {}", cli::Own{each.from}, cli::Foreign{each.object},
               cli::Foreign{each.reason});
    }
    if (!each.hint.empty()) out.note("hint: {}", cli::Foreign{each.hint});
  }
}

cli::Completer complete_members() {
  return {.words = [](cli::Context& context) {
    std::vector<cli::Candidate> words;
    const auto here = open_here(context);
    if (!here) return words;
    const auto members = here->community.index().members();
    if (!members) return words;
    for (const index::MemberRow& member : *members) words.push_back({"@" + member.handle, ""});
    return words;
  }};
}

cli::Completer complete_posts() {
  return {.words = [](cli::Context& context) {
    std::vector<cli::Candidate> words;
    auto here = open_here(context);
    if (!here) return words;
    const auto posts = ops::timeline(here->community, here->actor, {});
    if (!posts) return words;
    for (const index::Post& post : *posts) {
      words.push_back({short_id(post.id), "@" + post.handle});
    }
    return words;
  }};
}

Result<ops::HandOver> hand_over_to(cli::Context& context, const std::string& file) {
  if (file.empty() && !context.terminal.out) {
    return fail(Kind::usage, "the paper key is shown on a terminal only",
                "give --paper-key-file FILE to save it, and move that file off this computer");
  }
  if (file.empty()) {
    return ops::HandOver([&context](const std::string& sheet) -> Result<void> {
      context.out.text(sheet + "\n");
      return {};
    });
  }
  return ops::HandOver([file](const std::string& sheet) -> Result<void> {
    const std::filesystem::path path(file);
    const std::string parent = path.parent_path().empty() ? "." : path.parent_path().string();
    const Directory directory = CAMP_TRY(Directory::open(parent));
    return directory.create_file_exclusively(path.filename().string(), sheet);
  });
}

}  // namespace camp::cmd
