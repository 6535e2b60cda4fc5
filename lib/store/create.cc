// SPDX-License-Identifier: MIT
#include "store/create.h"

#include "git/repository.h"
#include "model/audience.h"
#include "store/community.h"

namespace camp::store {

Result<void> create_repositories(const Directory& root, const FirstPapers& papers,
                                 std::int64_t now_ms) {
  const auto create = [&](std::string_view name) {
    return git::Repository::create(root.path() + "/" + std::string(name) + ".git");
  };
  git::Change change{.message = "found the community", .time = now_ms / 1000};
  change.files.push_back({std::string(kCommunityKeys), papers.community_keys});
  auto open_to_all = CAMP_TRY(create(kPublic));
  CAMP_TRY(open_to_all.commit("main", change));
  change.files.push_back({std::string(kCommunityLog), papers.community_log});
  change.files.push_back({member_keys_file(papers.admin), papers.admin_keys});
  auto local = CAMP_TRY(create(kLocal));
  CAMP_TRY(local.commit("main", change));
  auto own = CAMP_TRY(create(model::private_repository(papers.admin)));
  const git::Change hand_over{.files = {{std::string(kTransportKey), papers.admin_transport_key}},
                              .removed = {},
                              .message = "found the community",
                              .time = now_ms / 1000};
  CAMP_TRY(own.commit("main", hand_over));
  return {};
}

Result<void> create_clone_repositories(const Directory& root, const OwnerId& member) {
  for (const std::string& name : {std::string(kPublic), model::private_repository(member)}) {
    CAMP_TRY(git::Repository::create(root.path() + "/" + name + ".git"));
  }
  return {};
}

}  // namespace camp::store
