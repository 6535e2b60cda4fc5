// SPDX-License-Identifier: MIT
#include "ops/write.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time.h"
#include "crypto/did_key.h"
#include "crypto/digest.h"
#include "fed/federation.h"
#include "fed/remote.h"
#include "model/conversation.h"
#include "model/picture.h"
#include "ops/build_date.h"
#include "ops/remote_view.h"
#include "store/letters.h"

namespace camp::ops {
namespace {

constexpr std::size_t kMaxText = 64 << 10;
constexpr std::size_t kMaxSummary = 1 << 10;
constexpr std::size_t kMaxPictures = 8;
constexpr std::size_t kMaxPictureBytes = 64 << 20;  // as many as wait at an origin for their post
constexpr std::size_t kNonceBytes = 16;

/// Persons whom a text or `--only` names: members as they are known here.
struct Persons {
  std::vector<model::Tag> mentions;
  std::vector<std::string> uris;
};

Result<Persons> persons_in(const store::Community& community, std::string_view text) {
  Persons persons;
  for (const Mention& mention : mentions_in(text)) {
    if (!mention.host.empty() && mention.host != community.settings().host) {
      // Somebody elsewhere. Where their account is, the origin finds out when it tells them.
      const std::string account = mention.handle + "@" + mention.host;
      persons.mentions.push_back({true, "@" + account, "acct:" + account});
      persons.uris.push_back("acct:" + account);
      continue;
    }
    const auto member = find_member(community, mention.handle);
    if (!member) continue;  // an @ in front of a word need not be a person
    const std::string uri = "camp:" + member->id;
    persons.mentions.push_back({true, "@" + member->handle, uri});
    persons.uris.push_back(uri);
  }
  return persons;
}

/// The members of `--only @ana,@bo`; every one must exist.
Result<std::vector<std::string>> persons_listed(const store::Community& community,
                                                std::string_view only) {
  std::vector<std::string> uris;
  for (std::size_t at = 0; at <= only.size();) {
    const std::size_t end = std::min(only.find(',', at), only.size());
    const std::string_view who = only.substr(at, end - at);
    const auto account = fed::parse_account(who);
    if (account && account->host != community.settings().host) {
      uris.push_back("acct:" + account->user + "@" + account->host);
    } else if (!who.empty()) {
      uris.push_back("camp:" + CAMP_TRY(find_member(community, who)).id);
    }
    at = end + 1;
  }
  return uris;
}

Result<model::Audience> audience_of(const store::Community& community, const Draft& draft,
                                    const Persons& mentioned) {
  const bool listed = !draft.only.empty() && draft.only != "followers" && draft.only != "mutuals";
  std::vector<std::string> persons =
      listed ? CAMP_TRY(persons_listed(community, draft.only)) : mentioned.uris;
  auto audience =
      CAMP_TRY(model::parse_audience(draft.to.value_or(""), draft.only, std::move(persons)));
  if (audience.reach == model::Reach::neighborhood) {
    return fail(Kind::refused, "this community is in no neighborhood yet",
                "post it with --to local or --to public");
  }
  return audience;
}

Result<void> require_sayable(std::string_view text, std::string_view summary, bool has_pictures,
                             const char* nothing = "nothing posted") {
  if (!is_utf8(text) || !is_utf8(summary)) {
    return fail(Kind::usage, "the text is not valid UTF-8", "convert it, for example with iconv");
  }
  if (text.find('\0') != std::string_view::npos || summary.find('\0') != std::string_view::npos) {
    return fail(Kind::usage, "the text holds a NUL byte", "remove it and try again");
  }
  if (text.size() > kMaxText || summary.size() > kMaxSummary) {
    return fail(Kind::usage, "the text is too long: 64 KiB are the most, 1 KiB for its summary",
                "split it into several posts");
  }
  const bool blank = text.find_first_not_of(" \t\r\n") == std::string_view::npos;
  if (blank && !has_pictures) {
    return fail(Kind::failed, std::string(nothing) + ": the text is empty");
  }
  return {};
}

std::string without_trailing_newlines(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

/// A note's hashtags as ActivityStreams tags.
void put_hashtags(model::NoteContent& note) {
  for (const std::string& tag : tags_in(note.content)) note.tags.push_back({false, "#" + tag, ""});
}

struct CleanPictures {
  std::vector<model::Attachment> attachments;
  std::vector<std::string> bytes;
};

Result<CleanPictures> clean(const std::vector<NewPicture>& pictures) {
  if (pictures.size() > kMaxPictures) {
    return fail(Kind::usage, "a post takes 8 pictures at the most", "split it into several posts");
  }
  CleanPictures cleaned;
  std::size_t bytes = 0;
  for (const NewPicture& picture : pictures) {
    model::Picture clean = CAMP_TRY(model::clean_picture(picture.bytes));
    cleaned.attachments.push_back({.sha256 = crypto::sha256_hex(clean.bytes),
                                   .media_type = clean.media_type,
                                   .name = picture.alt,
                                   .width = clean.width,
                                   .height = clean.height,
                                   .focus = picture.focus});
    bytes += clean.bytes.size();
    if (bytes > kMaxPictureBytes) {
      return fail(Kind::usage, "the pictures of a post take 64 MiB at the most",
                  "make them smaller, or split it into several posts");
    }
    cleaned.bytes.push_back(std::move(clean.bytes));
  }
  return cleaned;
}

std::vector<store::NewMedia> media_for(const CleanPictures& pictures,
                                       const std::vector<std::string>& repositories) {
  std::vector<store::NewMedia> media;
  for (const std::string& repository : repositories) {
    for (std::size_t i = 0; i < pictures.bytes.size(); ++i) {
      media.push_back({repository, pictures.attachments[i].sha256, pictures.bytes[i]});
    }
  }
  return media;
}

Result<index::Post> posted(const store::Community& community, const Actor& actor,
                           const std::string& id) {
  auto post = CAMP_TRY(community.index().post(CAMP_TRY(viewer_of(community, actor)), id));
  if (!post) return fail(Kind::bug, "the post that was just written is not there");
  return *std::move(post);
}

/// The object that an answer, an edit or a reaction is about, as the actor may read it.
Result<model::Object> target_of(const store::Community& community, const Actor& actor,
                                const index::Post& post) {
  return CAMP_TRY(open_post(community, actor, post)).object();
}

Result<void> require_own(const index::Post& post, const Actor& actor, std::string_view act) {
  if (post.author == actor.id.text()) return {};
  return fail(Kind::refused,
              "@" + actor.handle + " cannot " + std::string(act) + " a post by @" + post.handle,
              "only its author can");
}

/// What is to be deleted.
struct Doomed {
  index::Post post;
  model::Object object;
};

/// A local post of the actor's that the origin keeps out of clones: its full id says enough.
std::optional<Doomed> own_at_origin(const store::Community& community, const Actor& actor,
                                    const std::string& which) {
  const auto id = FullId::parse(which);
  if (!community.settings().is_clone() || !id || id->author != actor.id) return std::nullopt;
  const auto gone = community.index().is_removed(id->object.text(), id->author.text());
  if (!gone || *gone) return std::nullopt;
  Doomed doomed;
  doomed.post.id = id->object.text();
  doomed.post.author = actor.id.text();
  doomed.post.handle = actor.handle;
  doomed.object.id = *id;
  doomed.object.type = model::Type::note;
  doomed.object.type_name = type_name(model::Type::note);
  doomed.object.community = community.id();
  return doomed;
}

Result<Doomed> find_doomed(const store::Community& community, const Actor& actor,
                           const std::string& which) {
  auto post = find_post(community, actor, which);
  if (!post && post.error().kind == Kind::not_found) {
    if (auto there = own_at_origin(community, actor, which)) return *std::move(there);
  }
  if (!post) return tl::unexpected<Error>(post.error());
  CAMP_TRY(require_own(*post, actor, "delete"));
  model::Object object = CAMP_TRY(target_of(community, actor, *post));
  return Doomed{*std::move(post), std::move(object)};
}

struct Answer {
  std::string parent;  ///< full id, or the URI of a post elsewhere; empty for none
  model::Audience audience;
  bool unlinked = false;
  std::vector<model::Tag> mentions = {};  ///< of the author elsewhere, who is told by it
};

/// An answer to somebody elsewhere.
Result<Answer> plan_elsewhere(const store::Community& community, const Actor& actor,
                              const Draft& draft, const Persons& persons, const index::Post& post) {
  auto view = CAMP_TRY(RemoteView::open(community, actor));
  const auto parent = view ? CAMP_TRY(view->db().post(post.uri)) : std::nullopt;
  if (!parent) return fail(Kind::not_found, "the post from elsewhere is gone");
  std::optional<model::Audience> wanted;
  if (draft.to.has_value() || !draft.only.empty()) {
    Persons addressed = persons;
    addressed.uris.push_back(parent->actor);
    wanted = CAMP_TRY(audience_of(community, draft, addressed));
  }
  auto reply = model::plan_reply_elsewhere(*parent, view->address(), wanted);
  Answer answer{post.uri, std::move(reply.audience), !reply.linked};
  if (reply.linked && answer.audience.reach == model::Reach::public_) {
    answer.mentions.push_back({true, "@" + post.handle, post.author});
  }
  return answer;
}

Result<Answer> plan(const store::Community& community, const Actor& actor, const Draft& draft,
                    const Persons& persons) {
  const bool wished = draft.to.has_value() || !draft.only.empty();
  if (draft.reply_to.empty()) {
    return Answer{{}, CAMP_TRY(audience_of(community, draft, persons)), false};
  }
  const index::Post post = CAMP_TRY(find_post(community, actor, draft.reply_to));
  if (post.remote()) return plan_elsewhere(community, actor, draft, persons, post);
  const model::Object parent = CAMP_TRY(target_of(community, actor, post));
  std::optional<model::Audience> wanted;
  if (wished) {
    Persons addressed = persons;
    addressed.uris.push_back(parent.author().uri());
    wanted = CAMP_TRY(audience_of(community, draft, addressed));
  }
  auto reply = CAMP_TRY(model::plan_reply(parent, actor.id, wanted));
  return Answer{FullId{parent.author(), parent.thing()}.text(), std::move(reply.audience),
                !reply.linked};
}

}  // namespace

Result<store::NewObject> finish_object(const store::Community& community, const Actor& actor,
                                       const model::Maker& maker, Json json) {
  const crypto::SecretKey key = CAMP_TRY(signing_key(community, actor.id));
  const auto audience = CAMP_TRY(model::get_audience(json));
  const std::string type = json.value("type", "");
  const bool letter = audience.narrowed() && (type == "Note" || type == "Update");
  const auto sealed = CAMP_TRY(model::seal(std::move(json), maker, letter ? nullptr : &key));
  store::NewObject made;
  made.object = CAMP_TRY(model::decode_object(sealed.bytes));
  if (!letter) {
    made.verdict = index::Verdict::valid;
    made.key = crypto::to_did_key(key.public_key());
  }
  made.repositories = CAMP_TRY(store::destinations(community, made.object));
  return made;
}

Result<void> require_clock(const store::Community& community) {
  return model::check_clock(community.env().now_ms(), kBuildMs,
                            CAMP_TRY(community.index().newest_ms()));
}

Result<void> write_object(store::Writer& writer, const Actor& actor, std::string_view act,
                          store::NewObject made, const std::vector<store::NewMedia>& media) {
  CAMP_TRY(writer.introduce(made.repositories.front(), actor.id));
  const std::string subject = subject_of(act, actor, made.object.id.object);
  CAMP_TRY(writer.append({std::move(made)}, media, subject));
  return writer.maintain();
}

std::string subject_of(std::string_view act, const Actor& actor, const ObjectId& id) {
  return std::string(act) + " @" + actor.handle + " " + id.short_id();
}

model::Maker maker_for(const store::Community& community, const Actor& actor) {
  return {actor.id, community.id(), community.env().now_ms(),
          community.env().random_bytes(kNonceBytes)};
}

Result<Posted> post(store::Community& community, const Actor& actor, const Draft& draft,
                    bool dry_run) {
  CAMP_TRY(require_sayable(draft.text, draft.summary, !draft.pictures.empty()));
  CAMP_TRY(require_clock(community));
  const Persons persons = CAMP_TRY(persons_in(community, draft.text));
  const Answer answer = CAMP_TRY(plan(community, actor, draft, persons));
  const CleanPictures pictures = CAMP_TRY(clean(draft.pictures));

  model::NoteContent note{.content = without_trailing_newlines(draft.text),
                          .summary = draft.summary,
                          .language = draft.language,
                          .attachments = pictures.attachments,
                          .tags = persons.mentions};
  put_hashtags(note);
  for (const model::Tag& mention : answer.mentions) {
    const bool named = std::any_of(note.tags.begin(), note.tags.end(), [&](const model::Tag& tag) {
      return tag.mention && tag.name == mention.name;
    });
    if (!named) note.tags.push_back(mention);
  }
  if (!answer.unlinked) note.in_reply_to = answer.parent;
  const model::Maker maker = maker_for(community, actor);
  auto made = CAMP_TRY(
      finish_object(community, actor, maker, model::make_note(maker, answer.audience, note)));
  Posted result{
      {},
      CAMP_TRY(readers_of(community, actor.id, answer.audience, made.repositories.size())),
      answer.unlinked};
  if (dry_run) {
    result.post.audience = audience_name(answer.audience);
    return result;
  }
  auto writer = CAMP_TRY(community.write());
  const std::string id = made.object.id.object.text();
  const auto media = media_for(pictures, made.repositories);
  CAMP_TRY(write_object(writer, actor, answer.parent.empty() ? "post" : "reply", std::move(made),
                        media));
  result.post = CAMP_TRY(posted(community, actor, id));
  return result;
}

Result<Posted> edit(store::Community& community, const Actor& actor, const std::string& which,
                    const std::string& text, const std::optional<std::string>& summary,
                    bool dry_run) {
  const index::Post post = CAMP_TRY(find_post(community, actor, which));
  CAMP_TRY(require_own(post, actor, "edit"));
  const model::Object current = CAMP_TRY(target_of(community, actor, post));
  CAMP_TRY(require_sayable(text, summary.value_or(""), !current.note.attachments.empty(),
                           "nothing changed"));
  CAMP_TRY(require_clock(community));

  model::NoteContent note = current.note;
  note.content = without_trailing_newlines(text);
  note.media_type = "text/markdown";
  if (summary) note.summary = *summary;
  note.tags = CAMP_TRY(persons_in(community, text)).mentions;
  put_hashtags(note);
  model::Maker maker = maker_for(community, actor);
  // The highest id shows: a clock that was turned back must not hide what was just written.
  maker.now_ms = std::max(maker.now_ms, current.published_ms + 1);
  auto made =
      CAMP_TRY(finish_object(community, actor, maker, model::make_update(maker, current, note)));
  const Readers readers =
      CAMP_TRY(readers_of(community, actor.id, current.audience, made.repositories.size()));
  Posted result{post, readers, false};
  if (dry_run) return result;
  auto writer = CAMP_TRY(community.write());
  CAMP_TRY(write_object(writer, actor, "edit", std::move(made), {}));
  result.post = CAMP_TRY(posted(community, actor, post.id));
  return result;
}

Result<Deleted> remove_post(store::Community& community, const Actor& actor,
                            const std::string& which, bool now, bool dry_run) {
  const auto [post, target] = CAMP_TRY(find_doomed(community, actor, which));
  CAMP_TRY(require_clock(community));
  const model::Maker maker = maker_for(community, actor);
  auto made =
      CAMP_TRY(finish_object(community, actor, maker, model::make_tombstone(maker, target)));
  const Readers readers =
      CAMP_TRY(readers_of(community, actor.id, target.audience, made.repositories.size()));
  Deleted result{post, now, readers.with_clones};
  if (dry_run) return result;
  auto writer = CAMP_TRY(community.write());
  CAMP_TRY(write_object(writer, actor, "delete", std::move(made), {}));
  if (now) {
    const bool clean = CAMP_TRY(writer.care_now()).scrubbed;
    result.purged = CAMP_TRY(fed::scrub_server_db(community)) && clean;
  }
  return result;
}

namespace {

/// The reaction itself, and what it is about.
struct Reacting {
  std::string about;
  Json json;
};

Result<Reacting> reaction_to(const store::Community& community, const Actor& actor,
                             const model::Maker& maker, model::Type reaction,
                             const index::Post& post) {
  if (post.remote()) {
    auto view = CAMP_TRY(RemoteView::open(community, actor));
    const auto kept = view ? CAMP_TRY(view->db().post(post.uri)) : std::nullopt;
    if (!kept) return fail(Kind::not_found, "the post from elsewhere is gone");
    const auto audience = CAMP_TRY(model::reaction_audience(reaction, *kept));
    return Reacting{post.uri, model::make_reaction(maker, reaction, post.uri, audience)};
  }
  const model::Object target = CAMP_TRY(target_of(community, actor, post));
  CAMP_TRY(model::may_react(reaction, target));
  return Reacting{FullId{target.author(), target.thing()}.text(),
                  model::make_reaction(maker, reaction, target)};
}

}  // namespace

Result<index::Post> react(store::Community& community, const Actor& actor, model::Type reaction,
                          const std::string& which, bool undo, bool dry_run) {
  const index::Post post = CAMP_TRY(find_post(community, actor, which));
  const model::Maker maker = maker_for(community, actor);
  auto [uri, json] = CAMP_TRY(reaction_to(community, actor, maker, reaction, post));
  const auto own = CAMP_TRY(community.index().live(
      CAMP_TRY(viewer_of(community, actor)), model::type_name(reaction), actor.id.text(), uri));
  if (undo && own.empty()) {
    return fail(Kind::not_found, "there is nothing to take back on " + which);
  }
  if (own.empty() == undo || dry_run) return post;
  CAMP_TRY(require_clock(community));
  if (undo) {
    const model::Object done = CAMP_TRY(community.read(own.front().repository, own.front().blob));
    json = model::make_tombstone(maker, done);
  }
  auto made = CAMP_TRY(finish_object(community, actor, maker, std::move(json)));
  auto writer = CAMP_TRY(community.write());
  const std::string act = reaction == model::Type::like ? "like" : "boost";
  CAMP_TRY(write_object(writer, actor, undo ? "undo " + act : act, std::move(made), {}));
  return post.remote() ? Result<index::Post>(post) : posted(community, actor, post.id);
}

}  // namespace camp::ops
