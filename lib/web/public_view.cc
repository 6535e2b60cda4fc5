// SPDX-License-Identifier: MIT
#include "web/public_view.h"

#include <algorithm>
#include <utility>

#include "fed/elsewhere.h"
#include "model/community_log.h"
#include "model/foreign_text.h"
#include "store/profile.h"

namespace camp::web {
namespace {

constexpr std::string_view kRemoved = "removed", kMain = "main";
constexpr std::size_t kFeedEntries = 20;
constexpr int kMostBatches = 5;  // of posts that are looked at for one feed

index::Viewer anyone() { return store::Gate::viewer(store::Anyone{}); }

/// What a stranger may not be shown although it stands in the public repository.
bool is_doubtful(const index::Post& post) { return post.pending() || post.signature != "valid"; }

/// Changes with everything that PageMemory is made of.
Result<std::string> stamp_of(const index::Index& index) {
  std::string stamp;
  for (const std::string_view repository : {store::kLocal, store::kPublic}) {
    for (const auto& tip : CAMP_TRY(index.tips(repository))) {
      if (tip.branch == kMain) stamp += tip.commit + " ";
    }
  }
  return stamp;
}

Result<std::string> newest_rules(const store::Community& community) {
  const std::string log = CAMP_TRY(community.state_file(store::kCommunityLog));
  std::string rules;
  for (model::PastEntry& past : CAMP_TRY(model::read_entries(log))) {
    if (past.entry.kind == "rules") rules = std::move(past.entry.text);
  }
  return rules;
}

bool is_open(const model::RemotePost& post) {
  return post.visibility == model::Visibility::public_ ||
         post.visibility == model::Visibility::unlisted;
}

}  // namespace

const model::Profile& Member::says() const {
  static const model::Profile nothing;
  return profile && profile->object().profile ? *profile->object().profile : nothing;
}

Result<View> View::open(const PageContext& context) {
  View view(context);
  view.name_ = CAMP_TRY(context.community.index().community_name());
  CAMP_TRY(view.read_members());
  const std::string stamp = CAMP_TRY(stamp_of(context.community.index()));
  if (view.memory().stamp != stamp) view.memory() = PageMemory{stamp, {}, {}};
  view.elsewhere_ = std::make_unique<fed::Elsewhere>(
      context.server != nullptr ? fed::elsewhere_known(context.community, *context.server)
                                : fed::Elsewhere{});
  view.blocked_ = CAMP_TRY(fed::blocked_by_community(context.community));
  view.names_ =
      CAMP_TRY(fed::names_for(context.community, context.site, *view.elsewhere_, store::Anyone{}));
  return view;
}

Result<void> View::read_members() {
  for (index::MemberRow& row : CAMP_TRY(index().members())) {
    Member member;
    member.id = CAMP_TRY(OwnerId::parse(row.id));
    member.name = row.name.empty() ? row.handle : std::move(row.name);
    member.handle = std::move(row.handle);
    member.gone = row.state == kRemoved;
    member.joined_ms = row.joined_ms;
    if (began_ms_ == 0 || member.joined_ms < began_ms_) began_ms_ = member.joined_ms;
    members_.emplace(std::move(row.id), std::move(member));
  }
  for (const index::ProfileRow& row : CAMP_TRY(index().profiles())) {
    if (row.branch == kMain) with_profile_.insert(row.author);
  }
  return {};
}

Result<Member*> View::with_profile(Member& member) {
  if (with_profile_.erase(member.id.text()) == 0) return &member;  // none, or read already
  auto& kept = memory().profiles;
  auto found = kept.find(member.id.text());
  if (found == kept.end()) {
    std::optional<store::Released<store::Anyone>> released;
    if (auto object = CAMP_TRY(store::standing_profile(context_->community, member.id))) {
      auto passed = store::Gate::release(*std::move(object), store::Anyone{});
      if (passed) released = *std::move(passed);
    }
    found = kept.emplace(member.id.text(), std::move(released)).first;
  }
  member.profile = found->second;
  if (!member.says().name.empty()) member.name = member.says().name;
  return &member;
}

Result<std::string> View::rules() {
  std::optional<std::string>& kept = memory().rules;
  if (!kept) kept = CAMP_TRY(newest_rules(context_->community));
  return *kept;
}

Result<const Member*> View::member(std::string_view handle) {
  Member* found = nullptr;
  for (auto& [id, member] : members_) {
    if (member.handle != handle) continue;
    if (found == nullptr || found->gone) found = &member;
  }
  if (found == nullptr) return nullptr;
  return CAMP_TRY(with_profile(*found));
}

Result<std::vector<const Member*>> View::discoverable() {
  std::vector<const Member*> people;
  for (auto& [id, member] : members_) {
    if (member.gone || !CAMP_TRY(with_profile(member))->says().discoverable) continue;
    people.push_back(&member);
  }
  std::sort(people.begin(), people.end(),
            [](const Member* a, const Member* b) { return a->handle < b->handle; });
  return people;
}

/// The bytes come from the repository itself, through the gate, not from the index.
Result<std::vector<PublicPost>> View::released(std::vector<index::Post> found) {
  std::erase_if(found, [&](const index::Post& post) {
    const auto author = members_.find(post.author);
    return is_doubtful(post) || author == members_.end() || author->second.gone;
  });
  std::vector<PublicPost> posts;
  std::vector<std::string> blobs;
  for (const index::Post& post : found) blobs.push_back(post.blob);
  auto objects = CAMP_TRY(context_->community.read_all(store::kPublic, blobs));
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!objects[i]) continue;
    auto passed = store::Gate::release(*std::move(objects[i]), store::Anyone{});
    if (!passed) continue;
    const Member* author = CAMP_TRY(with_profile(members_.at(found[i].author)));
    posts.push_back(
        {*std::move(passed), author, found[i].replies, found[i].likes, found[i].boosts});
  }
  return posts;
}

Result<std::optional<PublicPost>> View::post(const ObjectId& id) {
  const auto found = CAMP_TRY(index().post(anyone(), id.text()));
  if (!found || CAMP_TRY(index().is_hidden(found->id))) return std::optional<PublicPost>();
  auto posts = CAMP_TRY(released({*found}));
  return posts.empty() ? std::optional<PublicPost>() : std::optional(std::move(posts.front()));
}

Result<Posts> View::posts(const index::Query& query) {
  index::Query more = query;
  more.limit = query.limit + 1;
  auto found = CAMP_TRY(index().timeline(anyone(), more));
  Posts page;
  if (found.size() > query.limit) {
    found.resize(query.limit);
    page.next = found.back().id;
  }
  page.posts = CAMP_TRY(released(std::move(found)));
  return page;
}

Result<std::vector<PublicPost>> View::beginnings(index::Query query) {
  std::vector<PublicPost> found;
  for (int batch = 0; batch < kMostBatches; ++batch) {
    Posts page = CAMP_TRY(posts(query));
    for (PublicPost& post : page.posts) {
      if (post.object().note.in_reply_to.empty()) found.push_back(std::move(post));
      if (found.size() == kFeedEntries) return found;
    }
    if (page.next.empty()) break;
    query.before = page.next;
  }
  return found;
}

Result<std::vector<PublicPost>> View::conversation(const ObjectId& id, std::size_t limit) {
  return released(CAMP_TRY(index().thread(anyone(), id.text(), limit)));
}

Result<std::vector<PublicPost>> View::answering(const std::string& url) {
  return released(CAMP_TRY(index().answering(anyone(), url)));
}

Result<bool> View::is_gone(const ObjectId& id) {
  if (const auto blob = CAMP_TRY(index().tombstone_in(store::kPublic, id.text()))) {
    auto removal = CAMP_TRY(context_->community.read(store::kPublic, *blob));
    return store::Gate::release(std::move(removal), store::Anyone{}).has_value();
  }
  const auto post = CAMP_TRY(index().post(anyone(), id.text()));
  if (!post || is_doubtful(*post) || CAMP_TRY(index().is_hidden(post->id))) return false;
  const auto author = members_.find(post->author);
  return author != members_.end() && author->second.gone;
}

bool View::may_be_shown(const index::SeenPost& seen) const {
  return is_open(seen.post) && !seen.author.gone && !blocked_.holds(seen.author);
}

Result<std::vector<RemoteReply>> View::remote_replies(const std::string& url, std::size_t limit) {
  std::vector<RemoteReply> replies;
  if (context_->server == nullptr) return replies;
  for (index::SeenPost& seen : CAMP_TRY(context_->server->replies(url, {}, {}, limit))) {
    if (may_be_shown(seen)) replies.push_back(RemoteReply(std::move(seen)));
  }
  return replies;
}

Result<std::optional<RemoteReply>> View::remote_post(const std::string& url) {
  if (context_->server == nullptr) return std::optional<RemoteReply>();
  auto seen = CAMP_TRY(context_->server->seen(url, {}, {}));
  if (!seen || !may_be_shown(*seen)) return std::optional<RemoteReply>();
  return std::optional(RemoteReply(*std::move(seen)));
}

Result<View::Reactions> View::remote_reactions(const std::string& url) {
  Reactions given;
  if (context_->server == nullptr) return given;
  given.likes = CAMP_TRY(context_->server->count_reactions(index::ReactionKind::like, url));
  given.boosts = CAMP_TRY(context_->server->count_reactions(index::ReactionKind::boost, url));
  return given;
}

}  // namespace camp::web
