// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "commands.h"
#include "common.h"
#include "ops/notices.h"
#include "person.h"
#include "print_post.h"

namespace camp::cmd {
namespace {

constexpr std::int64_t kMostRows = 1000;
constexpr std::size_t kBeginning = 60;  ///< bytes of a text that a line shows

struct Options {
  bool only_new = false, mark_read = false;
  std::int64_t count = 20;
};

Json notice_json(const ops::NoticeRow& row) {
  Json json{{"kind", index::notice_name(row.kind)},
            {"at", format_time(row.at_ms)},
            {"actor", person_json(row.whom)},
            {"new", !row.read}};
  if (row.post) {
    json["post"] = {
        {"id", row.post->id}, {"short", short_id(row.post->object)}, {"content", row.post->text}};
  }
  return json;
}

const char* what_was_done(index::NoticeKind kind) {
  switch (kind) {
    case index::NoticeKind::mention:
      return "mentions you";
    case index::NoticeKind::reply:
      return "answers you";
    case index::NoticeKind::like:
      return "likes";
    case index::NoticeKind::boost:
      return "boosts";
    case index::NoticeKind::follow:
      return "follows you";
    case index::NoticeKind::follow_request:
      return "asks to follow you";
    case index::NoticeKind::edit:
      break;
  }
  return "has edited";
}

/// The beginning of a text in one line, cut between characters.
std::string beginning(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  if (text.size() <= kBeginning) return text;
  std::size_t end = kBeginning;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

cli::Row notice_row(const ops::NoticeRow& row) {
  return {cli::Time{row.at_ms},
          cli::Own{row.read ? "" : "new"},
          handle_of(row.whom),
          cli::Own{what_was_done(row.kind)},
          cli::Id{row.post ? short_id(row.post->object) : ""},
          cli::Foreign{row.post ? beginning(row.post->text) : ""}};
}

Result<int> run(cli::Context& context, const Options& options) {
  if (options.count < 1 || options.count > kMostRows) {
    return fail(Kind::usage, "-n takes a number from 1 to 1000", "leave it out for the newest 20");
  }
  auto here = CAMP_TRY(open_here(context));
  const ops::NoticesRequest request{.only_new = options.only_new,
                                    .mark_read = options.mark_read && !context.globals.dry_run,
                                    .limit = static_cast<std::size_t>(options.count)};
  const auto rows = CAMP_TRY(ops::notices(here.community, here.actor, request));
  if (rows.empty()) context.out.note("{}", cli::Own{options.only_new ? "nothing new" : "nothing"});
  context.out.begin_list();
  for (const ops::NoticeRow& row : rows) {
    context.out.record([&] { return notice_json(row); }, [&] { return notice_row(row); });
  }
  return rows.empty() && options.only_new ? exit_code(Kind::not_found) : 0;
}

}  // namespace

cli::Command notifications_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "notifications",
      .summary = "Show what others did that concerns you",
      .details =
          "Answers, mentions, likes, boosts and follows, newest first; of members those of the "
          "last 90 days. A clone knows what members did, and not which of them follow you; what "
          "people elsewhere did comes with 'camp sync', the newest 500. Whom you block or mute is "
          "left out.",
      .group = cli::Group::people,
      .common = true,
      .options = {{.name = "new", .help = "only what is new", .to = &options->only_new},
                  {.name = "mark-read",
                   .help = "none of what is there now is new afterwards",
                   .to = &options->mark_read},
                  {.name = "count",
                   .letter = 'n',
                   .value = "N",
                   .help = "how many (20)",
                   .to = &options->count}},
      .examples = {{"camp notifications", ""},
                   {"camp notifications --new --mark-read", "what came since the last time"}},
      .exits = {Kind::not_found, Kind::damaged, Kind::busy},
      .needs = cli::Needs::read,
      .run = [options](cli::Context& context) { return run(context, *options); },
  };
}

}  // namespace camp::cmd
