// SPDX-License-Identifier: MIT
#include "fed/queue.h"

#include <optional>
#include <string>

namespace camp::fed {
namespace {

/// The post whose words an activity holds; nothing for other activities.
std::optional<ObjectId> post_in(const Site& site, std::string_view activity) {
  constexpr std::string_view kCreate = "/create", kUpdate = "#updates/";
  if (activity.ends_with(kCreate)) {
    return site.object_in(activity.substr(0, activity.size() - kCreate.size()));
  }
  const std::size_t update = activity.find(kUpdate);
  if (update == std::string_view::npos) return std::nullopt;
  return site.object_in(activity.substr(0, update));
}

}  // namespace

bool is_version_of(const Site& site, std::string_view activity, const ObjectId& id) {
  return post_in(site, activity) == id;
}

Result<std::size_t> drop_deleted(const store::Community& community, index::ServerDb& db,
                                 const Site& site) {
  std::size_t dropped = 0;
  for (const auto& waiting : CAMP_TRY(db.waiting_activities())) {
    const auto id = post_in(site, waiting.activity);
    if (id && CAMP_TRY(community.index().is_removed(id->text(), waiting.signer))) {
      dropped += CAMP_TRY(db.drop_activity(waiting.activity));
    }
  }
  return dropped;
}

}  // namespace camp::fed
