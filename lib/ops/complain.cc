// SPDX-License-Identifier: MIT
#include "ops/complain.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "fed/complain.h"
#include "model/foreign_text.h"
#include "ops/ask.h"
#include "ops/read.h"
#include "ops/remote_view.h"

namespace camp::ops {
namespace {

/// Somebody, or a post and whose it is.
struct Found {
  std::string who;        ///< URI: of an actor elsewhere, or camp:ID
  std::string post = {};  ///< URI or full id; empty for a person

  bool is_ours() const { return OwnerId::parse_uri(who).has_value(); }
};

Result<void> require_origin(const store::Community& community) {
  if (!community.settings().is_clone()) return {};
  return fail(Kind::refused, "what you report is kept and sent by the origin",
              "do it in " + community.settings().origin);
}

Result<void> check_grievance(const Grievance& grievance) {
  const std::string& text = grievance.text;
  const bool plain = is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
                       return (c >= '\0' && c < ' ' && c != '\n' && c != '\t') || c == '\x7f';
                     });
  if (!plain || text.size() > fed::kMostComplaintBytes) {
    return fail(Kind::usage, "what you say about it is at most 2 KiB of plain text",
                "shorten it, or remove the control characters");
  }
  if (grievance.posts.size() < fed::kMostReportedPosts) return {};
  return fail(Kind::usage, "a report names 50 posts at the most", "leave some out");
}

Found found_post(const index::Post& post) {
  if (post.remote()) return {post.author, post.uri};
  return {"camp:" + post.author, "camp:" + post.author + "/" + post.id};
}

/// Finds out who and what is meant: here as far as it is known, else elsewhere.
class Finder {
 public:
  Finder(store::Community& community, const Actor& actor) : community_(community), actor_(actor) {}

  /// A person or a post: "@bo" is a person, "@bo~1" a post.
  Result<Found> find(const std::string& which) {
    const bool handle = which.starts_with('@') && which.find('~') == std::string::npos;
    if (!handle && !model::is_web_address(which)) return post(which);
    if (auto person = CAMP_TRY(person_here(which))) return *std::move(person);
    return handle ? ask(which) : post(which);
  }

  /// A post; from an address that is not known here whatever stands there.
  Result<Found> post(const std::string& which) {
    const auto here = find_post(community_, actor_, which);
    if (here) return found_post(*here);
    const bool elsewhere = model::is_web_address(which) && names_elsewhere(community_, which) &&
                           !CAMP_TRY(is_our_post(which));
    if (!elsewhere || here.error().kind != Kind::not_found) {
      return tl::unexpected<Error>(here.error());
    }
    return ask(which);
  }

 private:
  Result<bool> is_our_post(const std::string& url) const {
    return CAMP_TRY(fed::site_of(community_)).object_in(url).has_value();
  }

  /// A member, or somebody elsewhere whom this server has met. Nothing for addresses of others.
  Result<std::optional<Found>> person_here(const std::string& which) const {
    auto people = CAMP_TRY(Acquaintances::open(community_));
    const auto whom = people.find(which);
    if (!whom && model::is_web_address(which)) return std::optional<Found>();
    if (!whom) return tl::unexpected<Error>(whom.error());
    if (whom->is_member()) return std::optional(Found{whom->uri});
    if (whom->actor.empty() || people.db() == nullptr) return std::optional<Found>();
    const auto known = CAMP_TRY(people.db()->actor(whom->actor));
    return known ? std::optional(Found{known->id}) : std::nullopt;
  }

  Result<Found> ask(const std::string& which) const {
    Found found;
    CAMP_TRY(ask_elsewhere(community_, [&](fed::Federation& elsewhere) -> Result<void> {
      const auto there = CAMP_TRY(person_or_post_at(elsewhere.remote(), which));
      found = there.post ? Found{there.post->actor, there.post->id} : Found{there.person->id};
      return {};
    }));
    return found;
  }

  store::Community& community_;
  const Actor& actor_;
};

Result<fed::Complaint> complaint_of(store::Community& community, const Actor& actor,
                                    const Grievance& grievance) {
  Finder finder(community, actor);
  Found about = CAMP_TRY(finder.find(grievance.about));
  if (about.who == actor.id.uri()) {
    return fail(Kind::refused, "that would be yourself", "name somebody else");
  }
  fed::Complaint complaint{.from = actor.id, .about = about.who, .content = grievance.text};
  if (!about.post.empty()) complaint.posts.push_back(about.post);
  for (const std::string& which : grievance.posts) {
    Found post = CAMP_TRY(finder.post(which));
    if (post.post.empty() || post.who != about.who) {
      return fail(Kind::usage, model::in_quotes(which) + " is no post of whom you report",
                  "report each author by themselves");
    }
    const auto known = std::find(complaint.posts.begin(), complaint.posts.end(), post.post);
    if (known == complaint.posts.end()) complaint.posts.push_back(std::move(post.post));
  }
  return complaint;
}

/// Keeps it, and sends it if it is about somebody elsewhere. Returns whether that was new.
Result<bool> hand_over(store::Community& community, const fed::Complaint& complaint, bool dry_run) {
  const std::int64_t now = community.env().now_ms();
  bool first = true;
  if (OwnerId::parse_uri(complaint.about)) {
    if (dry_run) return first;
    auto db = CAMP_TRY(fed::open_server_db(community));
    return fed::keep_complaint(db, complaint, now);
  }
  CAMP_TRY(fed::with_federation(community, [&](fed::Federation& elsewhere) -> Result<void> {
    const model::RemoteActor about = CAMP_TRY(elsewhere.remote().actor(complaint.about));
    if (dry_run) return {};
    first = CAMP_TRY(fed::send_complaint(elsewhere.db(), elsewhere.site(), about, complaint, now));
    return {};
  }));
  return first;
}

}  // namespace

Result<Complained> complain(store::Community& community, const Actor& actor,
                            const Grievance& grievance, bool dry_run) {
  CAMP_TRY(require_origin(community));
  CAMP_TRY(signing_key(community, actor.id));  // whoever may not speak for them may not do this
  CAMP_TRY(check_grievance(grievance));
  fed::Complaint complaint = CAMP_TRY(complaint_of(community, actor, grievance));
  const bool first = CAMP_TRY(hand_over(community, complaint, dry_run));
  auto people = CAMP_TRY(Acquaintances::open(community));
  Whom whom = CAMP_TRY(people.of(complaint.about));
  return Complained{std::move(whom), std::move(complaint.posts), first};
}

}  // namespace camp::ops
