// SPDX-License-Identifier: MIT
#include "ops/hidden.h"

#include <map>
#include <set>

#include "model/community_log.h"
#include "ops/read.h"

namespace camp::ops {
namespace {

/// What is hidden, by full id, with the last reason that was given. The index has judged the log;
/// here it is only read.
Result<std::map<std::string, std::string>> reasons(const store::Community& community) {
  std::map<std::string, std::string> reasons;
  const std::string log = CAMP_TRY(community.state_file(store::kCommunityLog));
  for (const model::PastEntry& past : CAMP_TRY(model::read_entries(log))) {
    const model::LogEntry& entry = past.entry;
    if (entry.kind == "hide" || entry.kind == "remove-object") reasons[entry.object] = entry.reason;
    if (entry.kind == "unhide") reasons.erase(entry.object);
  }
  return reasons;
}

std::string full_id(const index::Post& post) { return "camp:" + post.author + "/" + post.id; }

}  // namespace

Result<std::optional<std::string>> why_hidden(const store::Community& community,
                                              const index::Post& post) {
  if (post.remote() || !CAMP_TRY(community.index().is_hidden(post.id))) {
    return std::optional<std::string>();
  }
  const auto all = CAMP_TRY(reasons(community));
  const auto found = all.find(full_id(post));
  return std::optional(found == all.end() ? std::string() : found->second);
}

Result<std::vector<HiddenPost>> own_hidden(const store::Community& community, const Actor& actor,
                                           const std::vector<index::Post>& shown,
                                           const std::string& which) {
  std::vector<HiddenPost> hidden;
  const auto all = CAMP_TRY(reasons(community));
  if (all.empty()) return hidden;
  const std::string asked = CAMP_TRY(find_post(community, actor, which)).id;
  std::set<std::string> conversation;
  for (const index::Post& post : shown) {
    conversation.insert(full_id(post));
    conversation.insert(post.in_reply_to);
  }
  const index::Viewer viewer = CAMP_TRY(viewer_of(community, actor));
  for (const auto& [id, reason] : all) {
    const auto parsed = FullId::parse(id);
    if (!parsed || parsed->author != actor.id) continue;
    const std::string object = parsed->object.text();
    auto post = CAMP_TRY(community.index().post(viewer, object));
    if (!post || !CAMP_TRY(community.index().is_hidden(object))) continue;
    const bool here =
        object == asked || conversation.contains(id) || conversation.contains(post->in_reply_to);
    if (here) hidden.push_back({*std::move(post), reason});
  }
  return hidden;
}

}  // namespace camp::ops
