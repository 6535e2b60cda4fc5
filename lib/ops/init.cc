// SPDX-License-Identifier: MIT
#include "ops/init.h"

#include "model/community_log.h"
#include "model/handle.h"
#include "ops/identity.h"
#include "ops/staging.h"
#include "store/community.h"
#include "store/create.h"
#include "store/newest.h"
#include "store/settings.h"

namespace camp::ops {
namespace {

Result<std::string> first_entries(const Env& env, const InitRequest& request,
                                  const std::string& handle, const OwnerId& admin,
                                  const NewOwner& community) {
  const model::KeyState keys = CAMP_TRY(model::verify_key_log(community.log));
  const crypto::SecretKey& key = community.kept.front();
  std::string log;
  for (const model::LogEntry& entry :
       {model::LogEntry{.kind = "name", .name = request.name},
        model::LogEntry{.kind = "join", .member = admin, .handle = handle, .name = {}},
        model::LogEntry{.kind = "role", .member = admin, .role = "admin"}}) {
    log = CAMP_TRY(model::append_entry(log, entry, keys, key, env.now_ms()));
  }
  return log;
}

}  // namespace

Result<Initialized> init(const Env& env, const InitRequest& request) {
  CAMP_TRY(model::require_display_name(request.name, "a community's name"));
  const std::string handle = CAMP_TRY(model::parse_handle(request.admin));
  Staging staging = CAMP_TRY(Staging::begin(env, request.directory));
  const Directory root = CAMP_TRY(Directory::open_private(staging.path()));
  CAMP_TRY(staging.lay_out(root));
  const NewMember admin = CAMP_TRY(new_claimed_member(env));
  const NewOwner community = CAMP_TRY(new_community(env, admin.owner.kept.front()));
  const store::Keyring keyring(root);
  CAMP_TRY(keep_keys(keyring, admin.owner));
  const std::string transport_key = CAMP_TRY(make_transport_key(keyring, admin.owner.id));
  CAMP_TRY(keep_keys(keyring, community));
  const std::string log = CAMP_TRY(first_entries(env, request, handle, admin.owner.id, community));
  CAMP_TRY(store::create_repositories(
      root, {community.log, log, admin.owner.log, transport_key, admin.owner.id}, env.now_ms()));
  store::Settings settings;
  settings.format = store::kFormat;
  settings.community = community.id;
  settings.own_member = admin.owner.id;
  CAMP_TRY(store::write_settings(root, settings));
  CAMP_TRY(root.write_file_atomically("camp.toml",
                                      store::initial_camp_toml(request.name, request.host)));
  CAMP_TRY(store::note_newest(root));
  CAMP_TRY(store::Community::open(staging.path(), env));
  CAMP_TRY(
      request.hand_over(CAMP_TRY(paper_sheet(admin.paper, handle, admin.owner.id, request.name))));
  CAMP_TRY(staging.finish());
  return Initialized{community.id, admin.owner.id, staging.target()};
}

}  // namespace camp::ops
