// SPDX-License-Identifier: MIT
#include "ops/notices.h"

#include <algorithm>
#include <set>

#include "fed/federation.h"
#include "model/audience.h"
#include "model/markup.h"
#include "model/remote.h"
#include "ops/wishes.h"

namespace camp::ops {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kOldestMs = 90 * kDayMs;
constexpr std::int64_t kLateMs = 14 * kDayMs;  ///< a clone may bring what is this old
constexpr std::size_t kMost = 1000;

/// Which of the members' acts somebody has seen. Acts come late from clones, so within two weeks
/// each is remembered by itself; what is older is read.
class Seen {
 public:
  static Seen parse(const std::string& text) {
    Seen seen;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string line = text.substr(at, end - at);
      if (at == 0) {
        seen.before_ms_ = std::atoll(line.c_str());
      } else {
        seen.keys_.insert(line);
      }
      at = end + 1;
    }
    return seen;
  }
  std::string text() const {
    std::string text = std::to_string(before_ms_) + "\n";
    for (const std::string& key : keys_) text += key + "\n";
    return text;
  }

  bool holds(const NoticeRow& row) const {
    return row.at_ms < before_ms_ || keys_.contains(row.key);
  }
  /// All of these, and whatever else was done more than two weeks before.
  static Seen of(const std::vector<NoticeRow>& rows, std::int64_t now_ms) {
    Seen seen;
    seen.before_ms_ = now_ms - kLateMs;
    for (const NoticeRow& row : rows) {
      if (row.at_ms >= seen.before_ms_) seen.keys_.insert(row.key);
    }
    return seen;
  }

 private:
  std::int64_t before_ms_ = 0;
  std::set<std::string> keys_;
};

std::string seen_name(const Actor& actor) { return "seen " + actor.id.text(); }

class Gathering {
 public:
  Gathering(const store::Community& community, const Actor& actor, Acquaintances& people)
      : community_(community), actor_(actor), people_(people) {}

  Result<void> begin() {
    viewer_ = CAMP_TRY(viewer_of(community_, actor_));
    hidden_ = CAMP_TRY(hidden_people(community_, actor_));
    if (people_.db() != nullptr) {
      seen_ = Seen::parse(CAMP_TRY(people_.db()->value(seen_name(actor_))));
    }
    return {};
  }

  /// What members did here.
  Result<std::vector<NoticeRow>> of_members() {
    const std::int64_t since = std::max<std::int64_t>(community_.env().now_ms() - kOldestMs, 0);
    std::vector<NoticeRow> rows;
    for (const auto& row : CAMP_TRY(community_.index().news_for(viewer_, since, kMost))) {
      if (auto notice = CAMP_TRY(of_row(row))) rows.push_back(*std::move(notice));
    }
    CAMP_TRY(add_follows(since, rows));
    for (NoticeRow& row : rows) row.read = seen_.holds(row);
    return rows;
  }

  /// What this server was told by others; `newest` is the last that is not read.
  Result<std::vector<NoticeRow>> of_others(std::int64_t& newest) {
    std::vector<NoticeRow> rows;
    if (people_.db() == nullptr) return rows;
    for (const auto& notice : CAMP_TRY(people_.db()->notices(actor_.id.text(), false, kMost))) {
      if (!notice.read) newest = std::max(newest, notice.number);
      const auto known = CAMP_TRY(people_.db()->actor(notice.actor));
      const bool hides = known ? hidden_.hides(*known) : hidden_.hides(notice.actor, "", "");
      if (hides) continue;
      NoticeRow row;
      row.kind = notice.kind;
      row.whom = CAMP_TRY(people_.of(notice.actor));
      row.at_ms = notice.at_ms;
      row.read = notice.read;
      row.post = CAMP_TRY(post_at(notice.object));
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  Result<std::optional<NoticeRow>> of_row(const index::ObjectRow& row) {
    using index::NoticeKind;
    if (hidden_.hides_member(row.author)) return std::optional<NoticeRow>();
    const bool reaction = !row.about.empty();
    const std::string& uri = row.about;
    const std::string id = reaction ? uri.substr(uri.find('/') + 1) : row.target;
    if (!reaction && CAMP_TRY(community_.index().is_hidden(id))) return std::optional<NoticeRow>();
    const auto post = CAMP_TRY(community_.index().post(viewer_, id));
    const bool sound = post && post->signature != "invalid" && post->signature != "disowned";
    if (!sound) return std::optional<NoticeRow>();
    const bool answers = row.in_reply_to.starts_with(actor_.id.uri() + "/");
    NoticeRow notice;
    notice.kind = row.type == "Like"       ? NoticeKind::like
                  : row.type == "Announce" ? NoticeKind::boost
                  : answers                ? NoticeKind::reply
                                           : NoticeKind::mention;
    notice.whom = CAMP_TRY(people_.of("camp:" + row.author));
    const auto made = ObjectId::parse(row.target);
    notice.at_ms = made ? made->time_ms() : 0;
    notice.post = shown(*post);
    notice.key = row.target;
    return std::optional(std::move(notice));
  }

  /// Who follows whom is known at the origin alone.
  Result<void> add_follows(std::int64_t since, std::vector<NoticeRow>& rows) {
    for (const auto& member : CAMP_TRY(community_.index().members())) {
      if (member.id == actor_.id.text() || hidden_.hides_member(member.id)) continue;
      const OwnerId id = CAMP_TRY(OwnerId::parse(member.id));
      const index::Viewer own{member.id, {model::private_repository(id)}};
      for (const auto& row :
           CAMP_TRY(community_.index().live(own, "Follow", member.id, actor_.id.uri()))) {
        const auto made = ObjectId::parse(row.id);
        if (!made || made->time_ms() < since) continue;
        NoticeRow notice;
        notice.kind = index::NoticeKind::follow;
        notice.whom = CAMP_TRY(people_.of("camp:" + member.id));
        notice.at_ms = made->time_ms();
        notice.key = row.id;
        rows.push_back(std::move(notice));
      }
    }
    return {};
  }

  static NoticePost shown(const index::Post& post) {
    const std::string& words = post.summary.empty() ? post.content : post.summary;
    return {"camp:" + post.author + "/" + post.id, post.id,
            post.summary.empty() ? model::to_plain_text(words, post.media_type) : words};
  }

  /// The post with an address here or elsewhere.
  Result<std::optional<NoticePost>> post_at(const std::string& url) {
    if (url.empty()) return std::optional<NoticePost>();
    if (!community_.settings().host.empty()) {
      if (const auto id = CAMP_TRY(fed::site_of(community_)).object_in(url)) {
        const auto post = CAMP_TRY(community_.index().post(viewer_, id->text()));
        return post ? std::optional(shown(*post)) : std::optional<NoticePost>();
      }
    }
    const auto post = CAMP_TRY(people_.db()->post(url));
    if (!post) return std::optional<NoticePost>();
    const bool warned = !post->summary.empty();
    return std::optional(
        NoticePost{post->id, model::local_id(*post).text(),
                   warned ? post->summary : model::to_plain_text(post->content, "text/html")});
  }

  const store::Community& community_;
  const Actor& actor_;
  Acquaintances& people_;
  index::Viewer viewer_;
  HiddenPeople hidden_;
  Seen seen_;
};

}  // namespace

Result<std::vector<NoticeRow>> notices(const store::Community& community, const Actor& actor,
                                       const NoticesRequest& request) {
  if (actor.id.empty()) return std::vector<NoticeRow>();  // a mirror's reader
  auto people = CAMP_TRY(Acquaintances::open(community));
  Gathering gathering(community, actor, people);
  CAMP_TRY(gathering.begin());
  const auto members = CAMP_TRY(gathering.of_members());
  std::int64_t newest = 0;
  std::vector<NoticeRow> rows = CAMP_TRY(gathering.of_others(newest));
  rows.insert(rows.end(), members.begin(), members.end());
  if (request.only_new) std::erase_if(rows, [](const NoticeRow& row) { return row.read; });
  std::stable_sort(rows.begin(), rows.end(),
                   [](const NoticeRow& a, const NoticeRow& b) { return a.at_ms > b.at_ms; });
  rows.resize(std::min(rows.size(), request.limit));
  if (!request.mark_read) return rows;
  auto db = CAMP_TRY(fed::open_server_db(community));
  const std::string seen = Seen::of(members, community.env().now_ms()).text();
  CAMP_TRY(db.together([&]() -> Result<void> {
    CAMP_TRY(db.mark_read(actor.id.text(), newest));
    const bool tell = community.settings().is_clone() && newest > 0;
    if (tell) CAMP_TRY(put_wish(db, {.what = fed::Wish::What::read, .number = newest}));
    return db.set_value(seen_name(actor), seen);
  }));
  return rows;
}

}  // namespace camp::ops
