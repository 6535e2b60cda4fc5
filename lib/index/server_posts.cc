// SPDX-License-Identifier: MIT
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "crypto/digest.h"
#include "index/server_handle.h"
#include "model/markup.h"

namespace camp::index {
namespace {

/// Before and after every local id.
constexpr std::string_view kLast = "~", kFirst = "";

std::string first_column(Statement& row) { return row.string(0); }

/// What search looks at: the words of the warning, the text and the alt texts.
std::string search_text(const model::RemotePost& post) {
  std::string text = post.summary + "\n" + model::to_plain_text(post.content, "text/html");
  for (const model::RemoteMedia& media : post.attachments) text += "\n" + media.name;
  return fold(text);
}

struct Place {
  std::string key, local, booster;
};
Place read_place(Statement& row) { return {row.string(0), row.string(1), row.string(2)}; }

}  // namespace

Result<bool> ServerDb::put_post(const model::RemotePost& post, std::int64_t now_ms) {
  bool fresh = false;
  const auto put = [&]() -> Result<void> {
    if (CAMP_TRY(was_removed(post.id, post.actor))) return {};
    // A post keeps its first local id, whatever its server says later about its time.
    auto local = CAMP_TRY(handle_->first("server_post_local", first_column, post.id));
    fresh = !local.has_value();
    if (fresh) local = model::local_id(post).text();
    const bool theirs =
        CAMP_TRY(handle_->any("server_post_put", *local, post.id, post.actor, post.in_reply_to,
                              model::visibility_name(post.visibility), now_ms,
                              model::to_json(post).dump(), search_text(post)));
    if (!theirs) return {};  // it stands here as somebody else's
    if (!fresh) {
      CAMP_TRY(handle_->run("server_recipients_drop", *local));
      CAMP_TRY(handle_->run("server_tags_drop", *local));
    }
    for (const auto* persons : {&post.recipients, &post.mentions}) {
      for (const std::string& person : *persons) {
        CAMP_TRY(handle_->run("server_recipient_put", *local, person));
      }
    }
    for (const std::string& tag : post.tags) {
      CAMP_TRY(handle_->run("server_tag_put", *local, tag));
    }
    return {};
  };
  CAMP_TRY(together(put));
  return fresh;
}

namespace {

Result<std::optional<model::RemotePost>> parsed(const std::optional<std::string>& document) {
  if (!document) return std::optional<model::RemotePost>();
  return std::optional(CAMP_TRY(model::remote_post_from(*document)));
}

}  // namespace

Result<std::optional<model::RemotePost>> ServerDb::post(std::string_view uri) {
  return parsed(CAMP_TRY(handle_->first("server_post", first_column, uri)));
}

Result<std::optional<model::RemotePost>> ServerDb::post_by_local_id(std::string_view id) {
  return parsed(CAMP_TRY(handle_->first("server_post_by_local", first_column, id)));
}

Result<std::vector<std::string>> ServerDb::complete_id(std::string_view prefix, std::size_t limit) {
  return handle_->rows("server_post_complete", first_column, prefix, limit);
}

Result<void> ServerDb::remove_post(std::string_view uri, std::string_view author,
                                   std::int64_t now_ms) {
  return together([&]() -> Result<void> {
    CAMP_TRY(handle_->run("server_removed_put", uri, author, now_ms));
    if (!CAMP_TRY(handle_->any("server_post_drop", uri, author))) return {};
    CAMP_TRY(handle_->run("server_object_reactions_drop", uri));
    return handle_->run("server_object_notices_drop", uri);
  });
}

Result<bool> ServerDb::was_removed(std::string_view uri, std::string_view author) {
  return handle_->any("server_removed", uri, author);
}

Result<std::optional<SeenPost>> ServerDb::seen(std::string_view uri, std::string_view member,
                                               std::string_view address) {
  auto post = CAMP_TRY(this->post(uri));
  if (!post) return std::optional<SeenPost>();
  const std::string local =
      CAMP_TRY(handle_->first("server_post_local", first_column, uri)).value_or("");
  using model::Visibility;
  bool open = post->visibility == Visibility::public_ || post->visibility == Visibility::unlisted;
  if (!open && !address.empty()) {
    open = CAMP_TRY(handle_->any("server_is_recipient", address, local));
  }
  if (!open && post->visibility == Visibility::followers && !member.empty()) {
    const auto follow = CAMP_TRY(following(member, post->actor));
    open = follow && follow->state == FollowState::accepted;
  }
  if (!open) return std::optional<SeenPost>();
  SeenPost seen;
  seen.author = CAMP_TRY(actor(post->actor)).value_or(model::RemoteActor{.id = post->actor});
  seen.likes = CAMP_TRY(count_reactions(ReactionKind::like, uri));
  seen.boosts = CAMP_TRY(count_reactions(ReactionKind::boost, uri));
  seen.replies = CAMP_TRY(handle_->number("server_reply_count", uri));
  seen.post = *std::move(post);
  return std::optional(std::move(seen));
}

Result<std::vector<SeenPost>> ServerDb::timeline(const Page& page, std::string_view address) {
  const std::string before = page.before.empty() ? std::string(kLast) : page.before;
  std::string after = page.after.empty() ? std::string(kFirst) : page.after;
  if (page.since_ms > 0) after = std::max(after, ObjectId::floor_at(page.since_ms));
  const bool home = page.home && page.actor.empty() && page.tag.empty();
  const std::string query =
      std::string(home ? "server_home" : "server_public") + (page.oldest_first ? "_up" : "");
  const auto places = CAMP_TRY(
      home ? handle_->rows(query, read_place, page.member, address, before, after, page.limit)
           : handle_->rows(query, read_place, page.actor, page.tag, before, after, page.limit));
  std::vector<SeenPost> posts;
  for (const Place& place : places) {
    const auto post = CAMP_TRY(post_by_local_id(place.local));
    if (!post) continue;
    auto shown = CAMP_TRY(seen(post->id, page.member, address));
    if (!shown) continue;
    if (!place.booster.empty()) {
      const auto booster = CAMP_TRY(actor(place.booster));
      shown->boosted_by = booster ? booster->handle() : place.booster;
      shown->booster = place.booster;
      shown->boosted_ms = CAMP_TRY(ObjectId::parse(place.key)).time_ms();
    }
    posts.push_back(*std::move(shown));
  }
  return posts;
}

Result<std::vector<SeenPost>> ServerDb::replies(std::string_view uri, std::string_view member,
                                                std::string_view address, std::size_t limit) {
  std::vector<SeenPost> posts;
  for (const std::string& local :
       CAMP_TRY(handle_->rows("server_replies", first_column, uri, limit))) {
    const auto post = CAMP_TRY(post_by_local_id(local));
    if (!post) continue;
    if (auto shown = CAMP_TRY(seen(post->id, member, address))) posts.push_back(*std::move(shown));
  }
  return posts;
}

Result<std::vector<SeenPost>> ServerDb::search(const std::vector<std::string>& folded_words,
                                               std::string_view member, std::string_view address,
                                               std::size_t limit) {
  std::vector<SeenPost> posts;
  if (folded_words.empty()) return posts;
  std::vector<std::string> found;
  {
    Statement row = CAMP_TRY(handle_->database->statement("server_search"));
    row.bind(folded_words.front());
    while (found.size() < 10 * limit && CAMP_TRY(row.next())) {
      const std::string_view text = row.text(1);
      const bool all = std::all_of(
          folded_words.begin(), folded_words.end(),
          [&](const std::string& word) { return text.find(word) != std::string_view::npos; });
      if (all) found.push_back(row.string(0));
    }
  }
  for (const std::string& local : found) {
    if (posts.size() == limit) break;
    const auto post = CAMP_TRY(post_by_local_id(local));
    if (!post) continue;
    if (auto shown = CAMP_TRY(seen(post->id, member, address))) posts.push_back(*std::move(shown));
  }
  return posts;
}

Result<bool> ServerDb::put_reaction(const Reaction& reaction) {
  const std::string local =
      ObjectId::make(std::max<std::int64_t>(0, reaction.at_ms), crypto::sha256(reaction.activity))
          .text();
  return handle_->any("server_reaction_put", reaction.activity, reaction.kind, reaction.actor,
                      reaction.object, reaction.at_ms, local);
}

Result<bool> ServerDb::remove_reaction(std::string_view activity, std::string_view actor) {
  return handle_->any("server_reaction_drop", activity, actor);
}

Result<bool> ServerDb::remove_reaction(ReactionKind kind, std::string_view actor,
                                       std::string_view object) {
  return handle_->any("server_reaction_drop_by_object", kind, actor, object);
}

Result<std::optional<Reaction>> ServerDb::reaction(std::string_view activity) {
  const auto read = [&](Statement& row) {
    return Reaction{.activity = std::string(activity),
                    .kind = static_cast<ReactionKind>(row.integer(0)),
                    .actor = row.string(1),
                    .object = row.string(2),
                    .at_ms = row.integer(3)};
  };
  return handle_->first("server_reaction", read, activity);
}

Result<bool> ServerDb::has_reaction(ReactionKind kind, std::string_view actor,
                                    std::string_view object) {
  return handle_->any("server_reaction_of", kind, actor, object);
}

Result<std::optional<Reaction>> ServerDb::newest_reaction(ReactionKind kind, std::string_view actor,
                                                          std::string_view object) {
  const auto read = [&](Statement& row) {
    return Reaction{.activity = row.string(0),
                    .kind = kind,
                    .actor = std::string(actor),
                    .object = std::string(object),
                    .at_ms = row.integer(1)};
  };
  return handle_->first("server_reaction_newest", read, kind, actor, object);
}

Result<std::int64_t> ServerDb::count_reactions(ReactionKind kind, std::string_view object) {
  return handle_->number("server_reaction_count", kind, object);
}

}  // namespace camp::index
