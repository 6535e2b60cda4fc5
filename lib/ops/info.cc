// SPDX-License-Identifier: MIT
#include "ops/info.h"

#include "ops/members.h"
#include "store/outbox.h"

namespace camp::ops {

Result<Info> info(const store::Community& community) {
  Info info;
  info.id = community.id().text();
  info.name = CAMP_TRY(community.index().community_name());
  info.host = community.settings().host;
  info.directory = community.directory().path();
  info.origin = community.settings().origin;
  info.waiting = CAMP_TRY(store::list_outbox(community)).size();
  info.members = CAMP_TRY(list_members(community)).size();
  for (const std::string& name : CAMP_TRY(community.repositories())) {
    // How much each member keeps to themselves is nobody's business.
    const std::string shown = name.starts_with("private/") ? "private" : name;
    info.objects[shown] += CAMP_TRY(community.index().count(name));
  }
  return info;
}

}  // namespace camp::ops
