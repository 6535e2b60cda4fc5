// SPDX-License-Identifier: MIT
#include "ops/read.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"
#include "base/time.h"
#include "fed/federation.h"
#include "fed/followers.h"
#include "fed/remote.h"
#include "ops/remote_view.h"

namespace camp::ops {
namespace {

constexpr std::size_t kShortestPrefix = 4;

/// A person types an id as they read it: capitals, and o for 0, i and l for 1 (Crockford).
std::string as_digits(std::string_view typed) {
  std::string digits;
  for (const char c : typed) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    digits += lower == 'o' ? '0' : lower == 'i' || lower == 'l' ? '1' : lower;
  }
  return digits;
}

tl::unexpected<Error> no_such_post(const std::string& which) {
  return fail(Kind::not_found, "there is no post '" + which.substr(0, 64) + "'",
              "take an id from 'camp timeline'");
}

Result<index::Query> query_of(const store::Community& community, const TimelineRequest& request) {
  index::Query query;
  query.timeline = request.timeline;
  query.limit = request.limit;
  query.oldest_first = request.oldest_first;
  std::string_view tag = request.tag;
  if (tag.starts_with('#')) tag.remove_prefix(1);
  query.tag = fold(tag);
  if (!request.from.empty()) query.author = CAMP_TRY(find_member(community, request.from)).id;
  if (!request.since.empty()) {
    query.since_ms = CAMP_TRY(parse_since(request.since, community.env().now_ms()));
  }
  return query;
}

Result<index::Post> by_id(const store::Community& community, const index::Viewer& viewer,
                          const std::string& id, const std::string& which) {
  auto post = CAMP_TRY(community.index().post(viewer, id));
  if (!post) return no_such_post(which);
  return *std::move(post);
}

/// A post by its address on the web, ours or somebody else's.
Result<index::Post> by_address(const store::Community& community, const Actor& actor,
                               const index::Viewer& viewer, const std::string& url) {
  auto view = CAMP_TRY(RemoteView::open(community, actor));
  if (!view) return no_such_post(url);
  if (const auto ours = view->site().object_in(url)) {
    return by_id(community, viewer, ours->text(), url);
  }
  auto post = CAMP_TRY(view->post(url));
  if (!post) {
    return fail(Kind::not_found, "the post at " + url.substr(0, 200) + " is not here",
                "'camp search' with its address asks that server for it");
  }
  return *std::move(post);
}

/// Whose posts a request asks for, if that is somebody elsewhere: "@a@host".
std::optional<fed::Account> elsewhere_in(const store::Community& community,
                                         const std::string& from) {
  auto account = fed::parse_account(from);
  if (!account || account->host == community.settings().host) return std::nullopt;
  return account;
}

/// Where a post stands in a timeline: a boosted one at the time of the boost.
std::string place_of(const index::Post& post) {
  return post.boosted_ms > 0 ? ObjectId::floor_at(post.boosted_ms) + post.id : post.id;
}

/// Two lists that are in order, as one.
std::vector<index::Post> merged(std::vector<index::Post> a, std::vector<index::Post> b,
                                const TimelineRequest& request) {
  std::move(b.begin(), b.end(), std::back_inserter(a));
  std::stable_sort(a.begin(), a.end(), [&](const index::Post& x, const index::Post& y) {
    return request.oldest_first ? place_of(x) < place_of(y) : place_of(x) > place_of(y);
  });
  if (a.size() > request.limit) a.resize(request.limit);
  return a;
}

Result<std::vector<index::Post>> remote_timeline(const store::Community& community,
                                                 RemoteView& view, const TimelineRequest& request) {
  index::ServerDb::Page page{.home = request.timeline == index::Timeline::home,
                             .limit = request.limit,
                             .oldest_first = request.oldest_first};
  if (const auto account = elsewhere_in(community, request.from)) {
    const auto actor = CAMP_TRY(view.db().actor_by_handle(account->user, account->host));
    if (!actor) {
      return fail(Kind::not_found, "nobody here has met " + request.from.substr(0, 64),
                  "follow them to see what they write");
    }
    page.actor = actor->id;
  }
  std::string_view tag = request.tag;
  if (tag.starts_with('#')) tag.remove_prefix(1);
  page.tag = fold(tag);
  if (!request.since.empty()) {
    page.since_ms = CAMP_TRY(parse_since(request.since, community.env().now_ms()));
  }
  return view.timeline(std::move(page));
}

/// Whose post "@bo~2" is, and how many newer ones there are.
struct Nth {
  std::string who;
  std::size_t back = 0;
};
Result<Nth> parse_nth(std::string_view which) {
  const auto tilde = which.find('~');
  Nth nth{std::string(which.substr(0, tilde))};
  if (tilde == std::string_view::npos) return nth;
  const std::string_view number = which.substr(tilde + 1);
  const auto read = std::from_chars(number.data(), number.data() + number.size(), nth.back);
  if (read.ec == std::errc() && read.ptr == number.data() + number.size() && nth.back <= 1000) {
    return nth;
  }
  return fail(Kind::usage, "'" + std::string(which.substr(0, 64)) + "' names no post",
              "write @handle~2 for somebody's last post but two");
}

/// "@bo~2": bo's last post but two; of somebody elsewhere, of what is here.
Result<index::Post> nth_of(const store::Community& community, const Actor& actor,
                           std::string_view which) {
  const Nth nth = CAMP_TRY(parse_nth(which));
  std::vector<index::Post> posts;
  if (elsewhere_in(community, nth.who)) {
    auto view = CAMP_TRY(RemoteView::open(community, actor));
    if (!view) return no_such_post(std::string(which));
    TimelineRequest request;
    request.timeline = index::Timeline::everything;
    request.from = nth.who;
    request.limit = nth.back + 1;
    posts = CAMP_TRY(remote_timeline(community, *view, request));
  } else {
    index::Query query;
    query.timeline = index::Timeline::everything;
    query.author = CAMP_TRY(find_member(community, nth.who)).id;
    query.limit = nth.back + 1;
    posts = CAMP_TRY(community.index().timeline(CAMP_TRY(viewer_of(community, actor)), query));
  }
  if (posts.size() <= nth.back) return no_such_post(std::string(which));
  return std::move(posts[nth.back]);
}

/// A post by the whole of its id, which of one of elsewhere is our own.
Result<index::Post> by_whole_id(const store::Community& community, const Actor& actor,
                                const index::Viewer& viewer, const ObjectId& id,
                                const std::string& which) {
  auto ours = by_id(community, viewer, id.text(), which);
  if (ours || ours.error().kind != Kind::not_found) return ours;
  auto view = CAMP_TRY(RemoteView::open(community, actor));
  if (!view) return ours;
  for (index::Post& post : CAMP_TRY(view->complete_id(id.text().substr(10)))) {
    if (post.id == id.text()) return std::move(post);
  }
  return ours;
}

std::vector<std::string> words_in(const std::string& words) {
  std::vector<std::string> folded;
  const std::string text = fold(words);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \t\n", at), text.size());
    if (end > at) folded.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return folded;
}

}  // namespace

Result<std::vector<index::Post>> timeline(const store::Community& community, const Actor& actor,
                                          const TimelineRequest& request) {
  const bool near = request.timeline == index::Timeline::local ||
                    request.timeline == index::Timeline::neighborhood;
  const bool elsewhere = elsewhere_in(community, request.from).has_value();
  auto view = near ? std::optional<RemoteView>() : CAMP_TRY(RemoteView::open(community, actor));
  if (elsewhere) {
    if (view) return remote_timeline(community, *view, request);
    return fail(Kind::not_found, "nothing from elsewhere is here",
                "the community's own directory has it, if it is served");
  }
  auto posts = CAMP_TRY(community.index().timeline(CAMP_TRY(viewer_of(community, actor)),
                                                   CAMP_TRY(query_of(community, request))));
  if (!view) return posts;
  CAMP_TRY(view->add_counts(posts));
  if (!request.from.empty()) return posts;
  return merged(std::move(posts), CAMP_TRY(remote_timeline(community, *view, request)), request);
}

Result<std::vector<index::Post>> search(const store::Community& community, const Actor& actor,
                                        const std::string& words, const TimelineRequest& request) {
  const std::vector<std::string> folded = words_in(words);
  if (folded.empty()) return fail(Kind::usage, "there is nothing to search for", "give some words");
  auto posts = CAMP_TRY(community.index().search(CAMP_TRY(viewer_of(community, actor)), folded,
                                                 CAMP_TRY(query_of(community, request))));
  const bool anybody = request.from.empty() && request.tag.empty() && request.since.empty();
  auto view = anybody ? CAMP_TRY(RemoteView::open(community, actor)) : std::nullopt;
  if (!view) return posts;
  return merged(std::move(posts), CAMP_TRY(view->search(folded, request.limit)), request);
}

Result<std::vector<index::Post>> thread(const store::Community& community, const Actor& actor,
                                        const std::string& which) {
  const index::Post post = CAMP_TRY(find_post(community, actor, which));
  const index::Viewer viewer = CAMP_TRY(viewer_of(community, actor));
  if (auto view = CAMP_TRY(RemoteView::open(community, actor))) return view->thread(viewer, post);
  return community.index().thread(viewer, post.id);
}

Result<index::Post> find_post(const store::Community& community, const Actor& actor,
                              const std::string& which) {
  const index::Viewer viewer = CAMP_TRY(viewer_of(community, actor));
  if (which == ".") return nth_of(community, actor, actor.handle);
  if (which.starts_with("https://") || which.starts_with("http://")) {
    return by_address(community, actor, viewer, which);
  }
  if (which.starts_with('@')) return nth_of(community, actor, which);
  if (const auto full = FullId::parse(which)) {
    return by_id(community, viewer, full->object.text(), which);
  }
  const std::string digits = as_digits(which);
  if (const auto id = ObjectId::parse(digits)) {
    return by_whole_id(community, actor, viewer, *id, which);
  }
  if (digits.size() < kShortestPrefix) {
    return fail(Kind::usage, "'" + which + "' is too short for an id",
                "give at least 4 digits of it");
  }
  auto ids = CAMP_TRY(community.index().complete_id(viewer, digits));
  std::vector<index::Post> elsewhere;
  if (auto view = CAMP_TRY(RemoteView::open(community, actor))) {
    elsewhere = CAMP_TRY(view->complete_id(digits));
  }
  if (ids.empty() && elsewhere.empty()) return no_such_post(which);
  if (ids.size() == 1 && elsewhere.empty()) return by_id(community, viewer, ids.front(), which);
  if (ids.empty() && elsewhere.size() == 1) return std::move(elsewhere.front());
  for (const index::Post& post : elsewhere) ids.push_back(post.id);
  std::string candidates;
  for (const std::string& id : ids) {
    candidates += (candidates.empty() ? "" : ", ") + id.substr(10, kShortestPrefix + 8);
  }
  return fail(Kind::usage, "'" + which + "' is the start of several ids",
              "give more of it: " + candidates);
}

Result<index::Post> show(const store::Community& community, const Actor& actor,
                         const std::string& which) {
  std::vector<index::Post> posts{CAMP_TRY(find_post(community, actor, which))};
  if (auto view = CAMP_TRY(RemoteView::open(community, actor))) {
    CAMP_TRY(view->add_counts(posts));
  }
  return std::move(posts.front());
}

Result<store::Released<store::Member>> open_post(const store::Community& community,
                                                 const Actor& actor, const index::Post& post) {
  return store::Gate::release(CAMP_TRY(community.read(post.repository, post.blob)),
                              store::Member{actor.id}, post.repository);
}

namespace {

/// Followers elsewhere, for mutuals those whom the author follows back.
Result<std::size_t> followers_elsewhere(const store::Community& community, const OwnerId& author,
                                        bool mutuals) {
  if (!mutuals) return fed::count_followers(community, author);
  auto db = CAMP_TRY(fed::find_server_db(community));
  if (!db) return std::size_t{0};
  std::size_t count = 0;
  for (const fed::Follower& follower : CAMP_TRY(fed::read_followers(community, author))) {
    const auto back = CAMP_TRY(db->following(author.text(), follower.id));
    if (back && back->state == index::FollowState::accepted) ++count;
  }
  return count;
}

}  // namespace

Result<Readers> readers_of(const store::Community& community, const OwnerId& author,
                           const model::Audience& audience, std::size_t copies) {
  Readers readers;
  for (const index::MemberRow& member : CAMP_TRY(community.index().members())) {
    if (member.state == "removed") continue;
    ++readers.members;
    const bool here = member.id == community.settings().own_member.text();
    if (member.custody == "self" && !here) ++readers.with_clones;
  }
  if (!audience.narrowed()) return readers;
  const bool named = audience.people == model::People::named;
  const bool leaves = audience.reach == model::Reach::public_;
  std::set<std::string> people{author.uri()};
  std::size_t strangers = 0;
  for (const std::string& uri : audience.named) {
    if (uri.starts_with("camp:")) {
      people.insert(uri);
    } else {
      ++strangers;
    }
  }
  if (leaves && !named) {
    const bool mutuals = audience.people == model::People::mutuals;
    strangers = CAMP_TRY(followers_elsewhere(community, author, mutuals));
  }
  const bool clone = community.settings().is_clone();
  // A clone has no copies of others; and who follows whom, only the origin knows.
  return Readers{!clone ? copies : named ? people.size() : 0, 0, leaves ? strangers : 0};
}

}  // namespace camp::ops
