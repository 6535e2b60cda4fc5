// SPDX-License-Identifier: MIT
#include <algorithm>

#include "fed/inbox.h"

namespace camp::fed {

// A report about one of us, mostly by the other server's own actor. Nothing happens by itself: it
// is kept for the moderators.
Decision decide_flag(const Activity& activity, const Facts&, const Site& site) {
  const auto is_ours = [&](const std::string& uri) {
    return site.handle_in(uri) || site.object_in(uri);
  };
  std::vector<std::string> objects;
  std::copy_if(activity.objects.begin(), activity.objects.end(), std::back_inserter(objects),
               is_ours);
  if (objects.empty()) return {.ignored = "it reports nothing of ours"};
  return {
      .effects = {KeepReport{activity.id, activity.actor, activity.content, std::move(objects)}}};
}

}  // namespace camp::fed
