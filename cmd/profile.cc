// SPDX-License-Identifier: MIT
#include "ops/profile.h"
#include "ops/remote_profile.h"
#include "ops/remote_view.h"

#include <nlohmann/json.hpp>

#include "base/time.h"
#include "commands.h"
#include "common.h"
#include "model/markup.h"

namespace camp::cmd {
namespace {

/// Two flags that say opposite things.
struct Choice {
  bool yes = false, no = false;
};

struct Options {
  std::optional<std::string> handle, name, bio, language, avatar, header, moved_to;
  bool no_avatar = false, no_header = false, no_moved_to = false;
  std::vector<std::string> fields, aliases, no_aliases;
  Choice locked, discoverable, indexable, hide_followers;
};

Result<std::optional<bool>> chosen(const Choice& choice, const char* yes, const char* no) {
  if (choice.yes && choice.no) {
    return fail(Kind::usage, std::string("--") + yes + " and --" + no + " contradict each other",
                "give one of them");
  }
  return choice.yes || choice.no ? std::optional(choice.yes) : std::nullopt;
}

Result<std::optional<ops::PictureChange>> picture(const std::optional<std::string>& file, bool none,
                                                  const char* name) {
  if (file && none) {
    return fail(Kind::usage,
                std::string("--") + name + " and --no-" + name + " contradict each other",
                "give one of them");
  }
  if (none) return std::optional(ops::PictureChange{});
  if (!file) return std::optional<ops::PictureChange>();
  std::string bytes = CAMP_TRY(read_named_file(*file, kMaxPictureFile));
  return std::optional(ops::PictureChange{std::move(bytes)});
}

Result<ops::ProfileChange> change_of(const Options& options) {
  ops::ProfileChange change;
  change.name = options.name;
  change.summary = options.bio;
  change.language = options.language;
  for (const std::string& field : options.fields) {
    change.fields.push_back(CAMP_TRY(ops::parse_field(field)));
  }
  if (options.moved_to && options.no_moved_to) {
    return fail(Kind::usage, "--moved-to and --no-moved-to contradict each other",
                "give one of them");
  }
  if (options.no_moved_to) change.moved_to = "";
  change.icon = CAMP_TRY(picture(options.avatar, options.no_avatar, "avatar"));
  change.image = CAMP_TRY(picture(options.header, options.no_header, "header"));
  change.locked = CAMP_TRY(chosen(options.locked, "locked", "open"));
  change.discoverable = CAMP_TRY(chosen(options.discoverable, "discoverable", "hidden"));
  change.indexable = CAMP_TRY(chosen(options.indexable, "indexable", "noindex"));
  change.hide_followers =
      CAMP_TRY(chosen(options.hide_followers, "hide-followers", "show-followers"));
  return change;
}

/// Which accounts elsewhere are meant; their servers may have to be asked.
Result<void> find_accounts(Here& here, const Options& options, ops::ProfileChange& change) {
  for (const std::string& who : options.aliases) {
    change.aliases.push_back(CAMP_TRY(ops::address_of(here.community, who)));
  }
  for (const std::string& who : options.no_aliases) {
    change.no_aliases.push_back(CAMP_TRY(ops::address_of(here.community, who)));
  }
  if (options.moved_to) {
    change.moved_to = CAMP_TRY(ops::address_of(here.community, *options.moved_to));
  }
  return {};
}

bool is_nothing(const ops::ProfileChange& change) {
  return !change.name && !change.summary && !change.language && change.fields.empty() &&
         change.aliases.empty() && change.no_aliases.empty() && !change.moved_to && !change.icon &&
         !change.image && !change.locked && !change.discoverable && !change.indexable &&
         !change.hide_followers;
}

Json picture_json(const model::Attachment& picture) {
  return {{"sha256", picture.sha256},
          {"mediaType", picture.media_type},
          {"width", picture.width},
          {"height", picture.height}};
}

Json profile_json(const ops::ShownProfile& shown) {
  const model::Profile& profile = shown.profile;
  Json fields = Json::array();
  for (const model::ProfileField& field : profile.fields) {
    fields.push_back({{"name", field.name}, {"value", field.value}});
  }
  Json json{{"id", shown.member.id},
            {"handle", shown.member.handle},
            {"name", profile.name.empty() ? shown.member.name : profile.name},
            {"bio", profile.summary},
            {"html", model::to_html(profile.summary, profile.media_type)},
            {"fields", std::move(fields)},
            {"locked", profile.locked},
            {"discoverable", profile.discoverable},
            {"indexable", profile.indexable},
            {"hideFollowers", profile.hide_followers}};
  if (!profile.aliases.empty()) json["alsoKnownAs"] = profile.aliases;
  if (!profile.moved_to.empty()) json["movedTo"] = profile.moved_to;
  if (profile.icon) json["avatar"] = picture_json(*profile.icon);
  if (profile.image) json["header"] = picture_json(*profile.image);
  if (!profile.language.empty()) json["language"] = profile.language;
  if (shown.updated_ms > 0) json["updated"] = format_time(shown.updated_ms);
  if (shown.pending) json["pending"] = true;
  return json;
}

void print_picture(cli::Printer& out, const char* title,
                   const std::optional<model::Attachment>& picture) {
  if (!picture) return;
  std::string text = title + picture->media_type;
  if (picture->width > 0) {
    text += ", " + std::to_string(picture->width) + "x" + std::to_string(picture->height);
  }
  out.line({cli::Own{text}});
}

void print_profile(cli::Printer& out, const ops::ShownProfile& shown) {
  const model::Profile& profile = shown.profile;
  const std::string& name = profile.name.empty() ? shown.member.name : profile.name;
  out.line({"handle     ", cli::Own{"@" + shown.member.handle}});
  if (!name.empty()) out.line({"name       ", cli::Foreign{name}});
  if (!profile.moved_to.empty()) out.line({"moved to   ", cli::Foreign{profile.moved_to}});
  for (const std::string& alias : profile.aliases) out.line({"alias      ", cli::Foreign{alias}});
  print_picture(out, "avatar     ", profile.icon);
  print_picture(out, "header     ", profile.image);
  out.line({"followers  ", cli::Own{std::string(profile.locked ? "approved by hand" : "anyone") +
                                    (profile.hide_followers ? ", not shown to others" : "")}});
  out.line({"directory  ", cli::Own{profile.discoverable ? "may be listed" : "not listed"}});
  out.line({"search     ", cli::Own{profile.indexable ? "engines may keep public posts"
                                                      : "engines are asked to keep nothing"}});
  if (!profile.language.empty()) out.line({"language   ", cli::Own{profile.language}});
  if (shown.updated_ms > 0) out.line({"changed    ", cli::Own{format_time(shown.updated_ms)}});
  if (shown.pending) out.line({"pending    ", "not sent yet: camp sync"});
  if (!profile.summary.empty()) {
    out.blank();
    out.paragraph(cli::Foreign{model::to_plain_text(profile.summary, profile.media_type)});
  }
  if (!profile.fields.empty()) out.blank();
  for (const model::ProfileField& field : profile.fields) {
    out.line({cli::Foreign{field.name}, ": ", cli::Foreign{field.value}});
  }
}

Json remote_profile_json(const ops::RemoteProfile& shown) {
  const model::RemoteActor& actor = shown.actor;
  Json json{{"id", actor.id},
            {"handle", actor.user + "@" + actor.host},
            {"name", actor.name},
            {"bio", model::to_plain_text(actor.summary, "text/html")},
            {"html", model::to_html(actor.summary, "text/html")},
            {"locked", actor.locked},
            {"followsYou", shown.follows}};
  if (!actor.url.empty()) json["url"] = actor.url;
  if (shown.followed) json["following"] = ops::follow_state_name(*shown.followed);
  if (!actor.moved_to.empty()) json["movedTo"] = actor.moved_to;
  if (actor.gone) json["gone"] = true;
  if (shown.kept) json["kept"] = true;
  return json;
}

void print_remote_profile(cli::Printer& out, const ops::RemoteProfile& shown) {
  const model::RemoteActor& actor = shown.actor;
  out.line({"handle     ", cli::Foreign{actor.handle()}});
  if (!actor.name.empty()) out.line({"name       ", cli::Foreign{actor.name}});
  out.line({"address    ", cli::Foreign{actor.url.empty() ? actor.id : actor.url}});
  if (!actor.moved_to.empty()) out.line({"moved to   ", cli::Foreign{actor.moved_to}});
  if (actor.gone) out.line({"gone       ", "their server says so"});
  out.line({"followers  ", cli::Own{actor.locked ? "approved by hand" : "anyone"}});
  const std::string followed =
      shown.followed ? std::string(ops::follow_state_name(*shown.followed)) : "no";
  out.line({"following  ", cli::Own{followed + (shown.follows ? "; they follow you" : "")}});
  if (shown.kept) out.line({"kept       ", "as they were known before"});
  const std::string words = model::to_plain_text(actor.summary, "text/html");
  if (words.empty()) return;
  out.blank();
  out.paragraph(cli::Foreign{words});
}

Result<void> show_remote(cli::Context& context, Here& here, const std::string& who) {
  const auto shown = CAMP_TRY(ops::show_remote_profile(here.community, here.actor, who));
  context.out.document(remote_profile_json(shown));
  if (!context.out.machine()) print_remote_profile(context.out, shown);
  return {};
}

Result<void> show(cli::Context& context, Here& here, const Options& options) {
  const std::string who = options.handle.value_or(here.actor.handle);
  if (ops::names_elsewhere(here.community, who)) return show_remote(context, here, who);
  const ops::ShownProfile shown = CAMP_TRY(ops::show_profile(here.community, who));
  context.out.document(profile_json(shown));
  if (!context.out.machine()) print_profile(context.out, shown);
  return {};
}

Result<void> require_own(const Here& here, const Options& options) {
  if (!options.handle) return {};
  const index::MemberRow named = CAMP_TRY(ops::find_member(here.community, *options.handle));
  if (named.id == here.actor.id.text()) return {};
  return fail(Kind::refused,
              "@" + here.actor.handle + " cannot change the profile of @" + named.handle,
              "only @" + named.handle + " can");
}

Result<void> run(cli::Context& context, const Options& options) {
  ops::ProfileChange change = CAMP_TRY(change_of(options));
  auto here = CAMP_TRY(open_here(context));
  CAMP_TRY(find_accounts(here, options, change));
  if (is_nothing(change)) return show(context, here, options);
  CAMP_TRY(require_own(here, options));
  const ops::ChangedProfile result =
      CAMP_TRY(ops::change_profile(here.community, here.actor, change, context.globals.dry_run));
  const cli::Own handle{here.actor.handle};
  context.out.document(profile_json(result.shown));
  if (!result.changed) {
    context.out.say("the profile of @{} says that already", handle);
  } else if (context.globals.dry_run) {
    context.out.say("would change the profile of @{}", handle);
  } else {
    context.out.say("changed the profile of @{}{}", handle,
                    cli::Own{result.shown.pending ? unsent_mark(here) : ""});
  }
  return {};
}

std::vector<cli::Option> profile_options(const std::shared_ptr<Options>& options) {
  return {
      {.name = "name", .value = "NAME", .help = "the name to show", .to = &options->name},
      {.name = "bio",
       .value = "TEXT",
       .help = "who you are, in Markdown, 2 KiB at most",
       .to = &options->bio},
      {.name = "field",
       .value = "NAME=TEXT",
       .help = "a line such as a link; without TEXT it goes",
       .to = &options->fields},
      {.name = "alias",
       .value = "WHO",
       .help = "another account of yours: its address, or @a@host",
       .to = &options->aliases},
      {.name = "no-alias",
       .value = "WHO",
       .help = "it is yours no more",
       .to = &options->no_aliases},
      {.name = "moved-to",
       .value = "WHO",
       .help = "the account that you use now: its address, or @a@host",
       .to = &options->moved_to},
      {.name = "no-moved-to", .help = "you are back", .to = &options->no_moved_to},
      {.name = "avatar",
       .value = "FILE",
       .help = "the picture beside your posts (JPEG, PNG or WebP)",
       .complete = cli::complete_files(),
       .to = &options->avatar},
      {.name = "no-avatar", .help = "remove the avatar", .to = &options->no_avatar},
      {.name = "header",
       .value = "FILE",
       .help = "the wide picture above your page",
       .complete = cli::complete_files(),
       .to = &options->header},
      {.name = "no-header", .help = "remove the header", .to = &options->no_header},
      {.name = "locked", .help = "approve followers by hand", .to = &options->locked.yes},
      {.name = "open", .help = "anyone may follow", .to = &options->locked.no},
      {.name = "discoverable",
       .help = "directories may list you",
       .to = &options->discoverable.yes},
      {.name = "hidden", .help = "no directory may list you", .to = &options->discoverable.no},
      {.name = "indexable",
       .help = "search engines may keep your public posts",
       .to = &options->indexable.yes},
      {.name = "noindex",
       .help = "search engines are asked to keep nothing",
       .to = &options->indexable.no},
      {.name = "hide-followers",
       .help = "do not show who follows you",
       .to = &options->hide_followers.yes},
      {.name = "show-followers", .help = "show who follows you", .to = &options->hide_followers.no},
      {.name = "language",
       .value = "TAG",
       .help = "the language that you write in, such as pl",
       .to = &options->language},
  };
}

}  // namespace

cli::Command profile_command() {
  auto options = std::make_shared<Options>();
  return {
      .name = "profile",
      .summary = "Show a member's profile, or change your own",
      .details =
          "A profile is public: other communities and the whole web may read it. What is not "
          "named stays as it is; an empty text removes what it names. Of somebody elsewhere it "
          "shows what their server says, and how you stand to each other.\n\n"
          "Unless you say otherwise, no directory lists you and search engines are asked to "
          "keep nothing.",
      .group = cli::Group::people,
      .common = true,
      .positionals = {{.name = "HANDLE",
                       .help = "whose; without it your own",
                       .complete = complete_members(),
                       .required = false,
                       .to = &options->handle}},
      .options = profile_options(options),
      .examples = {{"camp profile @bo", ""},
                   {"camp profile @mia@social.example", "their server is asked"},
                   {"camp profile --name \"Bo Nilsson\" --bio \"Bakes.\"", ""},
                   {"camp profile --field \"Site=https://bo.example\" --avatar bo.jpg", ""},
                   {"camp profile --field \"Site=\" --no-avatar", "take both back"},
                   {"camp profile --alias @bo@old.example", "before that account moves here"},
                   {"camp profile --moved-to @bo@new.example", "nobody new can follow you here"}},
      .exits = {Kind::not_found, Kind::refused, Kind::network, Kind::damaged, Kind::busy},
      .needs = cli::Needs::write,
      .run = [options](cli::Context& context) { return run(context, *options); },
  };
}

}  // namespace camp::cmd
