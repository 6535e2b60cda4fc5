// SPDX-License-Identifier: MIT
#include "fed/shown.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fed/activities.h"
#include "fed/followers.h"

namespace camp::fed {
namespace {

constexpr std::string_view kRemoved = "removed";
/// Smaller than every character of an id.
constexpr char kJustBehind = '!';

index::Viewer anyone() { return store::Gate::viewer(store::Anyone{}); }

/// What a stranger may not be shown although it stands in the public repository.
bool is_doubtful(const index::Post& post) { return post.pending() || post.signature != "valid"; }

struct Entry {
  std::string id, blob;
  bool is_post = false;
};

}  // namespace

Result<std::optional<index::MemberRow>> member_called(const store::Community& community,
                                                      std::string_view handle) {
  std::optional<index::MemberRow> found;
  for (index::MemberRow& member : CAMP_TRY(community.index().members())) {
    if (member.handle != handle) continue;
    if (!found || found->state == kRemoved) found = std::move(member);
  }
  return found;
}

Result<bool> Shown::is_here(const std::string& member) const {
  const auto members = CAMP_TRY(context_.community.index().members());
  return std::any_of(members.begin(), members.end(), [&](const index::MemberRow& row) {
    return row.id == member && row.state != kRemoved;
  });
}

Result<Shown::Object> Shown::released(const std::string& blob) const {
  auto object = CAMP_TRY(context_.community.read(store::kPublic, blob));
  auto passed = store::Gate::release(std::move(object), store::Anyone{});
  if (!passed) return Object();
  return Object(*std::move(passed));
}

Result<Shown::Object> Shown::post(const ObjectId& id) const {
  const index::Index& index = context_.community.index();
  const auto post = CAMP_TRY(index.post(anyone(), id.text()));
  if (!post || is_doubtful(*post) || CAMP_TRY(index.is_hidden(post->id)) ||
      !CAMP_TRY(is_here(post->author))) {
    return Object();
  }
  return released(post->blob);
}

Result<Shown::Object> Shown::reaction(const ObjectId& id) const {
  const index::Index& index = context_.community.index();
  for (const index::ObjectRow& row : CAMP_TRY(index.versions(store::kPublic, id.text()))) {
    if (row.type != "Like" && row.type != "Announce") continue;
    const auto live = CAMP_TRY(
        index.live_before(store::kPublic, row.type, row.author, id.text() + kJustBehind, 1));
    if (live.empty() || live.front().target != id.text() || !CAMP_TRY(is_here(row.author))) {
      continue;
    }
    return released(live.front().blob);
  }
  return Object();
}

Result<Shown::Object> Shown::removal(const ObjectId& id) const {
  const auto blob = CAMP_TRY(context_.community.index().tombstone_in(store::kPublic, id.text()));
  if (!blob) return Object();
  return released(*blob);
}

Result<bool> Shown::went_with_author(const ObjectId& id) const {
  const index::Index& index = context_.community.index();
  const auto post = CAMP_TRY(index.post(anyone(), id.text()));
  if (!post || is_doubtful(*post) || CAMP_TRY(index.is_hidden(post->id))) return false;
  return !CAMP_TRY(is_here(post->author));
}

Result<Json> Shown::proved(const OwnerId& author, Json document) const {
  if (context_.prove) CAMP_TRY(context_.prove(author, document));
  return document;
}

Result<Json> Shown::note(const store::Released<store::Anyone>& post) const {
  const Names names =
      CAMP_TRY(names_for(context_.community, context_.site, context_.elsewhere, post.reader()));
  const Rendering how{context_.site, names, context_.quotes};
  return proved(post.object().author(), CAMP_TRY(note_document(how, post)));
}

Result<Json> Shown::act(const store::Released<store::Anyone>& reaction) const {
  const Names names =
      CAMP_TRY(names_for(context_.community, context_.site, context_.elsewhere, reaction.reader()));
  const Rendering how{context_.site, names, context_.quotes};
  return proved(reaction.object().author(), CAMP_TRY(reaction_activity(how, reaction)));
}

Result<Page> Shown::outbox_page(const index::MemberRow& member, const std::string& before) const {
  const index::Index& index = context_.community.index();
  index::Query query;
  query.timeline = index::Timeline::everything;
  query.author = member.id;
  query.before = before;
  query.limit = kPageItems + 1;
  std::vector<Entry> entries;
  for (const index::Post& post : CAMP_TRY(index.timeline(anyone(), query))) {
    entries.push_back({post.id, is_doubtful(post) ? std::string() : post.blob, true});
  }
  for (const index::ObjectRow& row :
       CAMP_TRY(index.live_before(store::kPublic, "Announce", member.id, before, query.limit))) {
    entries.push_back({row.target, row.blob, false});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return b.id < a.id; });
  Page page;
  if (entries.size() > kPageItems) {
    entries.resize(kPageItems);
    page.next = entries.back().id;
  }
  for (const Entry& entry : entries) {
    const Object object = entry.blob.empty() ? Object() : CAMP_TRY(released(entry.blob));
    if (!object) continue;
    auto item = entry.is_post ? note(*object) : act(*object);
    if (!item && item.error().kind == Kind::not_found) continue;  // a boost of what nobody knows
    Json json = CAMP_TRY(std::move(item));
    if (entry.is_post) {
      json = create_activity(context_.site, CAMP_TRY(ObjectId::parse(entry.id)), json);
    }
    json.erase("@context");
    page.items.push_back(std::move(json));
  }
  return page;
}

Result<std::size_t> Shown::outbox_total(const index::MemberRow& member) const {
  const index::Index& index = context_.community.index();
  const std::int64_t posts = CAMP_TRY(index.count_posts(store::kPublic, member.id));
  const std::int64_t boosts = CAMP_TRY(index.count_live(store::kPublic, "Announce", member.id));
  return static_cast<std::size_t>(posts + boosts);
}

Result<std::vector<std::string>> Shown::replies(const FullId& post) const {
  std::vector<std::string> ids;
  const auto thread =
      CAMP_TRY(context_.community.index().thread(anyone(), post.object.text(), kMaxWholeItems));
  for (const index::Post& each : thread) {
    if (each.in_reply_to != post.text() || is_doubtful(each) || !CAMP_TRY(is_here(each.author))) {
      continue;
    }
    ids.push_back(context_.site.object(CAMP_TRY(ObjectId::parse(each.id))));
  }
  if (!context_.elsewhere.replies) return ids;
  for (std::string& url : CAMP_TRY(context_.elsewhere.replies(context_.site.object(post.object)))) {
    if (ids.size() < kMaxWholeItems) ids.push_back(std::move(url));
  }
  return ids;
}

Result<std::vector<std::string>> Shown::conversation(const FullId& post) const {
  std::vector<std::string> ids;
  const auto thread =
      CAMP_TRY(context_.community.index().thread(anyone(), post.object.text(), kMaxWholeItems));
  for (const index::Post& each : thread) {
    if (is_doubtful(each) || !CAMP_TRY(is_here(each.author))) continue;
    ids.push_back(context_.site.object(CAMP_TRY(ObjectId::parse(each.id))));
  }
  return ids;
}

Result<std::vector<std::string>> Shown::followers(const index::MemberRow& member) const {
  std::vector<std::string> ids;
  const OwnerId id = CAMP_TRY(OwnerId::parse(member.id));
  for (Follower& follower : CAMP_TRY(read_followers(context_.community, id))) {
    ids.push_back(std::move(follower.id));
  }
  std::reverse(ids.begin(), ids.end());
  return ids;
}

Result<Shown::Following> Shown::following(const index::MemberRow& member) const {
  const OwnerId id = CAMP_TRY(OwnerId::parse(member.id));
  const index::Viewer own{member.id, {model::private_repository(id)}};
  Following following;
  for (const index::ObjectRow& row :
       CAMP_TRY(context_.community.index().live(own, "Follow", member.id, {}))) {
    if (row.about.starts_with("camp:")) continue;  // who follows whom in here is theirs alone
    ++following.total;
    if (!context_.elsewhere.person) continue;
    if (auto person = CAMP_TRY(context_.elsewhere.person(row.about))) {
      following.actors.push_back(std::move(person->id));
    }
  }
  std::reverse(following.actors.begin(), following.actors.end());
  return following;
}

}  // namespace camp::fed
