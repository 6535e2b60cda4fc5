// SPDX-License-Identifier: MIT
#include "ops/open.h"

#include <algorithm>

#include "store/gate.h"

namespace camp::ops {
namespace {

/// The first of an owner's signing keys of which this directory holds the secret half.
Result<std::optional<crypto::SecretKey>> held_key(const store::Community& community,
                                                  const OwnerId& owner) {
  const model::KeyState keys = CAMP_TRY(community.keys_of(owner));
  for (const auto& key : keys.signing) {
    auto secret = CAMP_TRY(community.keyring().find(owner, key.key));
    if (secret) return secret;
  }
  return std::optional<crypto::SecretKey>();
}

/// -C, or else CAMP_DIR, or else the directory that we are in.
Result<std::string> community_path(const Env& env, const std::string& directory) {
  if (!directory.empty()) return directory;
  if (const auto named = env.variable("CAMP_DIR")) return *named;
  return store::Community::find(".");
}

}  // namespace

Result<store::Community> open_community(const Env& env, const std::string& directory) {
  return store::Community::open(CAMP_TRY(community_path(env, directory)), env);
}

Result<store::Community> open_with_any_index(const Env& env, const std::string& directory) {
  const std::string path = CAMP_TRY(community_path(env, directory));
  auto community = store::Community::open(path, env);
  if (community || community.error().kind != Kind::damaged) return community;
  CAMP_TRY(store::Community::discard_index(path));
  return store::Community::open(path, env);
}

Result<index::MemberRow> find_member(const store::Community& community, std::string_view who) {
  if (who.starts_with('@')) who.remove_prefix(1);
  // Also as people elsewhere write it.
  const std::string& host = community.settings().host;
  const auto at = who.find('@');
  if (at != std::string_view::npos && !host.empty() && who.substr(at + 1) == host) {
    who = who.substr(0, at);
  }
  const auto members = CAMP_TRY(community.index().members());
  const auto found = std::find_if(members.begin(), members.end(), [&](const auto& member) {
    return (member.handle == who && member.state != "removed") || member.id == who;
  });
  if (found != members.end()) return *found;
  return fail(Kind::not_found, "there is no member '" + std::string(who.substr(0, 64)) + "'",
              "see who there is with 'camp member list'");
}

Result<Actor> acting_member(const store::Community& community, const std::string& as) {
  if (community.settings().mirror) return Actor{};  // nobody in particular
  std::string who = as;
  if (who.empty()) who = community.env().variable("CAMP_MEMBER").value_or(std::string());
  if (who.empty()) who = community.settings().own_member.text();
  if (who.empty()) {
    return fail(Kind::usage, "nobody is named to act", "name a member with --as HANDLE");
  }
  const index::MemberRow member = CAMP_TRY(find_member(community, who));
  return Actor{CAMP_TRY(OwnerId::parse(member.id)), member.handle, member.name};
}

Result<index::Viewer> viewer_of(const store::Community& community, const Actor& actor) {
  return store::Gate::viewer(store::Member{actor.id}, CAMP_TRY(community.repositories()));
}

Result<crypto::SecretKey> signing_key(const store::Community& community, const OwnerId& member) {
  if (community.settings().mirror) {
    return fail(Kind::refused, "this is a mirror of what is public, for reading only",
                "write from a clone of your own: camp clone --as HANDLE");
  }
  const index::MemberRow row = CAMP_TRY(find_member(community, member.text()));
  if (row.state != "active") {
    return fail(Kind::refused, "@" + row.handle + " is " + row.state, "ask an admin why");
  }
  auto secret = CAMP_TRY(held_key(community, member));
  if (secret) return *std::move(secret);
  const bool own_clone =
      community.settings().is_clone() && community.settings().own_member == member;
  if (CAMP_TRY(community.keys_of(member)).signing.empty()) {
    return fail(Kind::refused, "no key speaks for @" + row.handle,
                own_clone ? "give this clone one with 'camp key add --here'"
                          : "give one the right to with 'camp key add'");
  }
  return fail(Kind::refused, "this directory holds no key that speaks for @" + row.handle,
              own_clone ? "give it one with 'camp key add --here' and the paper key"
                        : "write from a machine of @" + row.handle + "'s own");
}

Result<crypto::SecretKey> community_key(const store::Community& community) {
  auto secret = CAMP_TRY(held_key(community, community.id()));
  if (secret) return *std::move(secret);
  return fail(Kind::refused, "this directory holds no key of the community",
              "do it in the directory where the community was made");
}

}  // namespace camp::ops
