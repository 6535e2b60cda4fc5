// SPDX-License-Identifier: MIT
#include "fed/home.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>

#include "fed/cut_off.h"
#include "fed/federation.h"
#include "fed/inbox_apply.h"
#include "fed/inbox_facts.h"

namespace camp::fed {
namespace {

constexpr int kMostAncestors = 10;

/// Collects the records of one member's home.
class Gathering {
 public:
  Gathering(index::ServerDb& db, const Site& site, const PeopleList& blocked, const OwnerId& member,
            const std::string& handle)
      : db_(db), blocked_(blocked), member_(member.text()), address_(site.actor(handle)) {}

  Result<std::vector<std::string>> run() {
    CAMP_TRY(ties());
    auto notices = CAMP_TRY(db_.notices(member_, false, kHomeNotices));
    CAMP_TRY(leave_out_blocked(notices));
    CAMP_TRY(told(notices));
    const auto shown =
        CAMP_TRY(db_.timeline({.member = member_, .home = true, .limit = kHomePosts}, address_));
    for (const index::SeenPost& seen : shown) {
      if (blocked_.holds(seen.author)) continue;
      CAMP_TRY(add(seen));
      if (!seen.booster.empty()) {
        CAMP_TRY(add_reaction(index::ReactionKind::boost, seen.booster, seen.post.id));
      }
    }
    for (const index::Notice& notice : notices) CAMP_TRY(add_post(notice.object));
    for (const index::SeenPost& seen : shown) CAMP_TRY(ancestors(seen.post));
    return std::move(records_);
  }

 private:
  /// Whom the member follows, and who asks to follow them.
  Result<void> ties() {
    auto following = CAMP_TRY(db_.following_of(member_));
    std::stable_sort(following.begin(), following.end(),
                     [](const index::Following& a, const index::Following& b) {
                       return a.since_ms > b.since_ms;
                     });
    following.resize(std::min(following.size(), kHomeFollowing));
    for (const index::Following& each : following) {
      CAMP_TRY(person(each.actor));
      put(each);
    }
    auto requests = CAMP_TRY(db_.requests_of(member_));
    requests.resize(std::min(requests.size(), kHomeRequests));
    for (const index::FollowRequest& each : requests) {
      CAMP_TRY(person(each.actor));
      put(each);
    }
    return {};
  }

  Result<void> leave_out_blocked(std::vector<index::Notice>& notices) {
    if (blocked_.empty()) return {};
    std::vector<index::Notice> kept;
    for (index::Notice& notice : notices) {
      const auto known = CAMP_TRY(db_.actor(notice.actor));
      if (!blocked_.holds(notice.actor, known ? &*known : nullptr))
        kept.push_back(std::move(notice));
    }
    notices = std::move(kept);
    return {};
  }

  /// Notices, and how far the member has read them.
  Result<void> told(const std::vector<index::Notice>& notices) {
    using index::NoticeKind;
    std::int64_t read = 0;
    for (const index::Notice& notice : notices) {
      if (notice.read) read = std::max(read, notice.number);
      CAMP_TRY(person(notice.actor));
      put(notice);
      const bool reaction = notice.kind == NoticeKind::like || notice.kind == NoticeKind::boost;
      if (reaction) {
        CAMP_TRY(add_reaction(notice.kind == NoticeKind::like ? index::ReactionKind::like
                                                              : index::ReactionKind::boost,
                              notice.actor, notice.object));
      }
    }
    if (read > 0) put(ReadUpTo{read});
    return {};
  }

  Result<void> person(const std::string& actor) {
    if (!persons_.insert(actor).second) return {};
    if (const auto known = CAMP_TRY(db_.actor(actor))) put(*known);
    return {};
  }

  Result<void> add_reaction(index::ReactionKind kind, const std::string& actor,
                            const std::string& object) {
    const auto reaction = CAMP_TRY(db_.newest_reaction(kind, actor, object));
    if (!reaction) return {};
    CAMP_TRY(person(actor));
    put(*reaction);
    return {};
  }

  Result<void> add(const index::SeenPost& seen) {
    if (posts_.size() >= 2 * kHomePosts || !posts_.insert(seen.post.id).second) return {};
    CAMP_TRY(person(seen.post.actor));
    put(seen.post);
    return {};
  }

  /// A post of elsewhere if it is here and the member may read it.
  Result<std::optional<index::SeenPost>> add_post(const std::string& uri) {
    if (uri.empty()) return std::optional<index::SeenPost>();
    auto seen = CAMP_TRY(db_.seen(uri, member_, address_));
    if (seen && blocked_.holds(seen->author)) seen.reset();
    if (seen) CAMP_TRY(add(*seen));
    return seen;
  }

  Result<void> ancestors(const model::RemotePost& post) {
    std::string parent = post.in_reply_to;
    for (int step = 0; step < kMostAncestors && !parent.empty(); ++step) {
      if (posts_.contains(parent)) break;  // its own come with it
      const auto seen = CAMP_TRY(add_post(parent));
      parent = seen ? seen->post.in_reply_to : std::string();
    }
    return {};
  }

  void put(const HomeRecord& record) {
    std::string text = encode_home_record(record);
    const bool fits = text.size() <= kMaxHomeRecord && records_.size() < kMaxHomeRecords &&
                      bytes_ + text.size() <= kMaxHomeBytes;
    if (!fits || !texts_.insert(text).second) return;
    bytes_ += text.size();
    records_.push_back(std::move(text));
  }

  index::ServerDb& db_;
  const PeopleList& blocked_;
  std::string member_, address_;
  std::vector<std::string> records_;
  std::size_t bytes_ = 0;
  std::unordered_set<std::string> texts_, persons_, posts_;
};

/// A member as the community knows them now.
Result<model::MemberState> member_state(const store::Community& community, const OwnerId& member) {
  const auto members = CAMP_TRY(community.state()).members;
  const auto found = members.find(member);
  if (found != members.end() && found->second.state != "removed") return found->second;
  return fail(Kind::refused, "this is no member");
}

Result<HomePage> page_of(store::Community& community, const OwnerId& member,
                         const HomeQuestion& question) {
  HomePage page{.host = community.settings().host};
  if (page.host.empty()) return page;
  const Site site = CAMP_TRY(site_of(community));
  const auto self = CAMP_TRY(member_state(community, member));
  auto db = CAMP_TRY(find_server_db(community));
  const PeopleList blocked = CAMP_TRY(blocked_by_community(community));
  const auto home =
      db ? CAMP_TRY(home_of(*db, site, blocked, member, self.handle)) : std::vector<std::string>();
  if (question.held) {
    page = page_for(home, *question.held);
    page.host = site.host();
    return page;
  }
  std::vector<std::string> digests;
  for (const std::string& record : home) digests.push_back(home_digest(record));
  page.same = home_state(std::move(digests)) == question.state;
  return page;
}

// --- wishes

Result<std::optional<model::Refusal>> answer_follow(store::Community& community,
                                                    index::ServerDb& db, const OwnerId& member,
                                                    const std::string& handle, const Wish& wish) {
  const bool accept = wish.what == Wish::What::accept;
  const auto request = CAMP_TRY(db.request(member.text(), wish.actor));
  if (request) {
    CAMP_TRY(answer_follow_request(community, member, handle, *request, accept));
  }
  // Whoever was let in before this wish came may be parted with; and said twice is said once.
  const bool follows = CAMP_TRY(find_follower(community, member, wish.actor)).has_value();
  if (!accept && follows) CAMP_TRY(remove_follower(community, member, wish.actor));
  if (request || follows || !accept) return std::optional<model::Refusal>();
  return std::optional(model::Refusal{model::Objection::deleted,
                                      "they do not ask to follow any more",
                                      "see who does with 'camp followers requests'"});
}

Result<std::optional<model::Refusal>> fulfil(store::Community& community, const OwnerId& member,
                                             const Wish& wish) {
  const auto self = CAMP_TRY(member_state(community, member));
  if (self.state == "suspended") {
    return std::optional(model::Refusal{model::Objection::suspended, "this member is suspended",
                                        "ask an admin why"});
  }
  auto db = CAMP_TRY(find_server_db(community));
  if (!db) {
    return std::optional(
        model::Refusal{model::Objection::deleted, "nobody elsewhere is known", ""});
  }
  switch (wish.what) {
    case Wish::What::read:
      CAMP_TRY(db->mark_read(member.text(), wish.number));
      return std::optional<model::Refusal>();
    case Wish::What::unfollow: {
      const auto known = CAMP_TRY(db->following(member.text(), wish.actor));
      if (known && is_moved_follow(*known)) {
        CAMP_TRY(end_following(community, *db, self.handle, *known));
      }
      return std::optional<model::Refusal>();
    }
    default:
      return answer_follow(community, *db, member, self.handle, wish);
  }
}

/// What went wrong as an answer, if the sender is to hear of it; the line behind it has its turn.
std::optional<model::Refusal> as_refusal(const Error& error) {
  if (error.kind == Kind::network) {
    return model::Refusal{model::Objection::missing, error.message, "sync again later"};
  }
  const bool no = error.kind == Kind::refused || error.kind == Kind::not_found;
  if (!no) return std::nullopt;
  return model::Refusal{model::Objection::deleted, error.message, error.hint};
}

}  // namespace

Result<std::vector<std::string>> home_of(index::ServerDb& db, const Site& site,
                                         const PeopleList& blocked, const OwnerId& member,
                                         const std::string& handle) {
  return Gathering(db, site, blocked, member, handle).run();
}

Result<std::optional<model::RemotePost>> post_elsewhere(const store::Community& community,
                                                        const OwnerId& member,
                                                        const std::string& uri) {
  auto db = community.settings().host.empty() ? std::optional<index::ServerDb>()
                                              : CAMP_TRY(find_server_db(community));
  if (!db) return std::optional<model::RemotePost>();
  const Site site = CAMP_TRY(site_of(community));
  const auto self = CAMP_TRY(member_state(community, member));
  auto seen = CAMP_TRY(db->seen(uri, member.text(), site.actor(self.handle)));
  return seen ? std::optional(std::move(seen->post)) : std::optional<model::RemotePost>();
}

HomePage page_for(const std::vector<std::string>& home, const std::vector<std::string>& held) {
  std::set<std::string> left(held.begin(), held.end());
  HomePage page;
  std::size_t bytes = 0;
  for (const std::string& record : home) {
    if (left.erase(home_digest(record)) > 0) continue;
    if (bytes + record.size() > kMaxHomePage) {
      page.more = true;
      continue;
    }
    bytes += record.size();
    page.records.push_back(record);
  }
  if (!page.more) page.gone.assign(left.begin(), left.end());
  return page;
}

Result<Answer> serve_home_line(store::Community& community, const OwnerId& member,
                               std::string_view text) {
  const auto refuse = [&](model::Objection objection, const Error& error) {
    return Answer::no(member.uri(), {objection, error.message, error.hint});
  };
  if (text.size() > kMaxLine) {
    return Answer::no("", {model::Objection::form, "a line of over 1 MiB", ""});
  }
  const auto line = parse_home_line(text);
  if (!line) return refuse(model::Objection::form, line.error());
  if (community.settings().is_clone()) {
    return Answer::no(member.uri(), {model::Objection::form, "this is a clone itself", ""});
  }
  Answer answer = Answer::yes(member.uri());
  if (const auto* question = std::get_if<HomeQuestion>(&*line)) {
    const auto page = page_of(community, member, *question);
    if (!page && page.error().kind != Kind::refused) return tl::unexpected<Error>(page.error());
    if (!page) return refuse(model::Objection::author, page.error());
    answer.page = encode_home_page(*page);
    return answer;
  }
  const auto done = fulfil(community, member, std::get<Wish>(*line));
  const auto refusal = done ? *done : as_refusal(done.error());
  if (!done && !refusal) return tl::unexpected<Error>(done.error());
  return refusal ? Answer::no(member.uri(), *refusal) : answer;
}

Result<void> answer_follow_request(store::Community& community, const OwnerId& member,
                                   const std::string& handle, const index::FollowRequest& request,
                                   bool accept) {
  return with_federation(community, [&](Federation& federation) -> Result<void> {
    InboxContext inbox = federation.inbox();
    const ConcernedMember self{.id = member, .handle = handle};
    CAMP_TRY(answer_request(inbox, self, request, accept));
    return federation.db().remove_notice(index::NoticeKind::follow_request, request.actor, "",
                                         member.text());
  });
}

}  // namespace camp::fed
