// SPDX-License-Identifier: MIT
#include "ops/remote_view.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "fed/federation.h"
#include "fed/remote_thread.h"
#include "ops/ask.h"
#include "ops/read.h"
#include "store/gate.h"

namespace camp::ops {
namespace {

constexpr std::size_t kMostCandidates = 10;
constexpr std::size_t kMostReplies = 200;
constexpr std::size_t kMostPosts = 1000;
constexpr int kMostAncestors = 50;
constexpr std::size_t kMostThreads = 5;  // asked for at once

std::string full_id(const index::Post& post) { return "camp:" + post.author + "/" + post.id; }

/// What a child names its parent by.
std::string key_of(const index::Post& post) { return post.remote() ? post.uri : full_id(post); }

bool is_address(std::string_view words) {
  return words.starts_with("https://") || words.starts_with("http://");
}

/// A clone has what its origin brought, and asks nobody else.
Result<std::vector<index::Post>> look_in_clone(const store::Community& community,
                                               const Actor& actor, const std::string& words,
                                               std::size_t limit) {
  if (is_address(words)) {
    auto post = find_post(community, actor, words);
    if (post) return std::vector{*std::move(post)};
    if (post.error().kind != Kind::not_found) return tl::unexpected<Error>(post.error());
    return fail(Kind::not_found, "that is not here, and a clone asks no other servers",
                "look for it in " + community.settings().origin);
  }
  TimelineRequest request;
  request.timeline = index::Timeline::everything;
  request.from = words;
  request.limit = limit;
  auto posts = timeline(community, actor, request);
  if (posts && !posts->empty()) return posts;
  if (!posts && posts.error().kind != Kind::not_found) return posts;
  return fail(Kind::not_found,
              "nothing of " + words + " is here, and a clone asks no other servers",
              "'camp follow " + words + "' brings what they write from now on");
}

}  // namespace

namespace {

/// What conversations to ask for: around the post, or around the answers to one of ours.
Result<std::vector<std::string>> threads_around(const store::Community& community,
                                                const Actor& actor, const std::string& which) {
  const index::Post post = CAMP_TRY(find_post(community, actor, which));
  if (post.remote()) return std::vector{post.uri};
  std::vector<std::string> uris;
  auto view = CAMP_TRY(RemoteView::open(community, actor));
  if (!view) return uris;
  for (const index::Post& answer : CAMP_TRY(view->replies(view->uri_of(post)))) {
    if (uris.size() < kMostThreads) uris.push_back(answer.uri);
  }
  return uris;
}

}  // namespace

Result<std::size_t> fetch_thread(store::Community& community, const Actor& actor,
                                 const std::string& which, std::int64_t budget_ms) {
  const store::Settings& settings = community.settings();
  if (settings.is_clone() || settings.host.empty()) return std::size_t{0};
  const bool here = !is_address(which) || find_post(community, actor, which).has_value();
  std::size_t fetched = 0;
  if (!here) fetched = CAMP_TRY(look_elsewhere(community, actor, which, 1)).size();
  std::vector<std::string> uris = CAMP_TRY(threads_around(community, actor, which));
  if (uris.empty()) return fetched;
  auto db = CAMP_TRY(fed::open_server_db(community));
  Result<void> asked = {};
  std::erase_if(uris, [&](const std::string& uri) {
    const auto may = fed::may_fetch_thread(db, uri, community.env().now_ms());
    if (!may) asked = tl::unexpected<Error>(may.error());
    return !may || !*may;
  });
  CAMP_TRY(std::move(asked));
  if (uris.empty()) return fetched;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(budget_ms);
  const auto stop = [end] { return std::chrono::steady_clock::now() >= end; };
  CAMP_TRY(fed::with_federation(community, [&](fed::Federation& elsewhere) -> Result<void> {
    for (const std::string& uri : uris) {
      if (stop()) break;
      fetched += CAMP_TRY(
          fed::fetch_thread(elsewhere.remote(), elsewhere.db(), elsewhere.site(), uri, stop));
    }
    return {};
  }));
  return fetched;
}

bool names_elsewhere(const store::Community& community, std::string_view words) {
  if (words.find(' ') != std::string_view::npos || community.settings().host.empty()) return false;
  if (is_address(words)) return true;
  const auto account = words.starts_with('@') ? fed::parse_account(words) : std::nullopt;
  return account && account->host != community.settings().host;
}

Result<std::vector<index::Post>> look_elsewhere(store::Community& community, const Actor& actor,
                                                const std::string& words, std::size_t limit) {
  if (community.settings().is_clone()) return look_in_clone(community, actor, words, limit);
  std::string uri;
  model::RemoteActor person;
  CAMP_TRY(ask_elsewhere(community, [&](fed::Federation& elsewhere) -> Result<void> {
    if (is_address(words) && elsewhere.site().object_in(words)) {
      uri = words;
      return {};
    }
    auto there = CAMP_TRY(person_or_post_at(elsewhere.remote(), words));
    if (there.post) uri = there.post->id;
    if (there.person) person = *std::move(there.person);
    return {};
  }));
  if (!uri.empty()) return std::vector{CAMP_TRY(find_post(community, actor, uri))};
  auto view = CAMP_TRY(RemoteView::open(community, actor));
  auto posts = view ? CAMP_TRY(view->timeline({.home = false, .actor = person.id, .limit = limit}))
                    : std::vector<index::Post>();
  if (posts.empty()) {
    const std::string name = person.name.empty() ? "" : ", " + person.name;
    return fail(Kind::not_found,
                person.handle() + name + ", is there, but nothing that they wrote is here yet",
                "'camp follow " + person.handle() + "' brings what they write from now on");
  }
  return posts;
}

Result<std::optional<RemoteView>> RemoteView::open(const store::Community& community,
                                                   const Actor& actor) {
  const store::Settings& settings = community.settings();
  if (settings.host.empty() || !community.directory().exists("state/server.db")) {
    return std::optional<RemoteView>();
  }
  auto site = CAMP_TRY(fed::Site::make(settings.host, fed::is_loopback_host(settings.host)));
  auto db = CAMP_TRY(fed::open_server_db(community));
  auto hidden = CAMP_TRY(hidden_people(community, actor));
  return std::optional(
      RemoteView(community, actor, std::move(site), std::move(db), std::move(hidden)));
}

std::string RemoteView::uri_of(const index::Post& post) const {
  if (post.remote()) return post.uri;
  const auto id = ObjectId::parse(post.id);
  return id ? site_.object(*id) : std::string();
}

Result<index::Post> RemoteView::as_post(const index::SeenPost& seen) {
  const model::RemotePost& post = seen.post;
  index::Post shown;
  shown.uri = post.id;
  shown.id = shown.version = model::local_id(post).text();
  shown.type = post.type;
  shown.author = post.actor;
  shown.handle = seen.author.user + "@" + seen.author.host;
  shown.name = seen.author.name;
  shown.audience = model::visibility_name(post.visibility);
  shown.in_reply_to = post.in_reply_to;
  // A parent of ours is named as we name it, so that a thread finds it.
  if (const auto ours = site_.object_in(post.in_reply_to)) {
    const auto viewer = CAMP_TRY(viewer_of(community_, actor_));
    if (const auto parent = CAMP_TRY(community_.index().post(viewer, ours->text()))) {
      shown.in_reply_to = full_id(*parent);
    }
  }
  shown.summary = post.summary;
  shown.content = post.content;
  shown.media_type = "text/html";
  shown.language = post.language;
  shown.published_ms = post.published_ms;
  shown.edited_ms = post.edited_ms;
  for (const model::RemoteMedia& media : post.attachments) {
    shown.attachments.push_back(
        {.media_type = media.media_type, .name = media.name, .url = media.url});
  }
  shown.tags = post.tags;
  shown.signature = "none";
  shown.replies = seen.replies;
  shown.likes = seen.likes;
  shown.boosts = seen.boosts;
  shown.boosted_by = seen.boosted_by;
  shown.boosted_ms = seen.boosted_ms;
  return shown;
}

Result<std::vector<index::Post>> RemoteView::as_posts(const std::vector<index::SeenPost>& seen) {
  std::vector<index::Post> posts;
  for (const index::SeenPost& each : seen) {
    if (!hidden_.hides(each.author)) posts.push_back(CAMP_TRY(as_post(each)));
  }
  return posts;
}

Result<std::vector<index::Post>> RemoteView::timeline(index::ServerDb::Page page) {
  page.member = actor_.id.text();
  return as_posts(CAMP_TRY(db_.timeline(page, address())));
}

Result<std::vector<index::Post>> RemoteView::search(const std::vector<std::string>& folded_words,
                                                    std::size_t limit) {
  return as_posts(CAMP_TRY(db_.search(folded_words, actor_.id.text(), address(), limit)));
}

Result<std::optional<index::Post>> RemoteView::post(const std::string& uri) {
  const auto seen = CAMP_TRY(db_.seen(uri, actor_.id.text(), address()));
  if (!seen) return std::optional<index::Post>();
  return std::optional(CAMP_TRY(as_post(*seen)));
}

Result<std::vector<index::Post>> RemoteView::replies(const std::string& uri) {
  return as_posts(CAMP_TRY(db_.replies(uri, actor_.id.text(), address(), kMostReplies)));
}

Result<std::vector<index::Post>> RemoteView::complete_id(const std::string& prefix) {
  std::vector<index::Post> posts;
  for (const std::string& id : CAMP_TRY(db_.complete_id(prefix, kMostCandidates))) {
    const auto kept = CAMP_TRY(db_.post_by_local_id(id));
    if (!kept) continue;
    if (auto shown = CAMP_TRY(post(kept->id))) posts.push_back(*std::move(shown));
  }
  return posts;
}

Result<void> RemoteView::add_counts(std::vector<index::Post>& posts) {
  for (index::Post& post : posts) {
    if (post.remote()) continue;
    const std::string uri = uri_of(post);
    post.likes += CAMP_TRY(db_.count_reactions(index::ReactionKind::like, uri));
    post.boosts += CAMP_TRY(db_.count_reactions(index::ReactionKind::boost, uri));
    post.replies += static_cast<std::int64_t>(CAMP_TRY(replies(uri)).size());
  }
  return {};
}

Result<std::optional<index::Post>> RemoteView::parent_of(const index::Viewer& viewer,
                                                         const index::Post& post) {
  if (post.in_reply_to.empty()) return std::optional<index::Post>();
  if (const auto ours = FullId::parse(post.in_reply_to)) {
    return community_.index().post(viewer, ours->object.text());
  }
  return this->post(post.in_reply_to);
}

Result<std::vector<index::Post>> RemoteView::thread(const index::Viewer& viewer,
                                                    const index::Post& around) {
  index::Post top = around;
  for (int step = 0; step < kMostAncestors; ++step) {
    auto parent = CAMP_TRY(parent_of(viewer, top));
    if (!parent) break;
    top = *std::move(parent);
  }
  std::vector<index::Post> found, waiting{std::move(top)};
  std::set<std::string> seen;
  while (!waiting.empty() && found.size() < kMostPosts) {
    index::Post next = std::move(waiting.back());
    waiting.pop_back();
    if (!seen.insert(key_of(next)).second) continue;
    std::vector<index::Post> below = CAMP_TRY(replies(uri_of(next)));
    const auto ours = next.remote() ? CAMP_TRY(community_.index().answering(viewer, next.uri))
                                    : CAMP_TRY(community_.index().replies(viewer, next.id));
    below.insert(below.end(), ours.begin(), ours.end());
    std::sort(below.begin(), below.end(), [](const index::Post& a, const index::Post& b) {
      return a.id > b.id;  // the last comes out first
    });
    found.push_back(std::move(next));
    std::move(below.begin(), below.end(), std::back_inserter(waiting));
  }
  CAMP_TRY(add_counts(found));
  return found;
}

}  // namespace camp::ops
