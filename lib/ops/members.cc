// SPDX-License-Identifier: MIT
#include "ops/members.h"

#include <algorithm>
#include <functional>

#include "model/community_log.h"
#include "model/handle.h"
#include "ops/decision.h"
#include "ops/identity.h"
#include "store/newest.h"
#include "store/writer.h"

namespace camp::ops {
namespace {

/// A handle is given once: the address of who had it, with those who follow it elsewhere, would be
/// somebody else's.
Result<void> require_free_handle(const store::Community& community, const std::string& handle) {
  for (const index::MemberRow& member : CAMP_TRY(community.index().members())) {
    if (member.handle != handle) continue;
    return fail(Kind::conflict,
                member.state == "removed" ? "@" + handle + " was somebody else, who is removed"
                                          : "there is a member @" + handle + " already",
                "choose another handle");
  }
  return {};
}

/// Writes an admin's decision about somebody else, if the member's state allows it.
Result<index::MemberRow> decide(store::Community& community, const Actor& actor,
                                const std::string& who, model::LogEntry entry,
                                const std::function<Result<void>(const index::MemberRow&)>& allowed,
                                bool dry_run) {
  CAMP_TRY(require_office(community, actor, Office::admin));
  CAMP_TRY(require_reason(entry.reason));
  const crypto::SecretKey key = CAMP_TRY(community_key(community));
  auto writer = CAMP_TRY(community.write());
  const index::MemberRow row = CAMP_TRY(find_member(community, who));
  if (row.id == actor.id.text() && entry.kind != "role") {
    return fail(Kind::refused, "nobody can " + entry.kind + " themselves", "ask another admin");
  }
  CAMP_TRY(allowed(row));
  if (dry_run) return row;
  entry.member = CAMP_TRY(OwnerId::parse(row.id));
  CAMP_TRY(record(writer, key, entry, entry.kind + " @" + row.handle));
  CAMP_TRY(writer.maintain());
  return find_member(community, row.id);
}

/// For the hint of a refusal.
std::string way_back(const index::MemberRow& row) {
  if (row.state == "removed") return "who comes back joins anew: camp member add";
  if (row.state == "suspended") return "an admin ends it with 'camp member restore'";
  return "see how it is with 'camp member show'";
}

tl::unexpected<Error> is_already(const index::MemberRow& row) {
  return fail(Kind::refused, "@" + row.handle + " is " + row.state + " already", way_back(row));
}

/// Whether somebody could act for the community without this admin.
Result<void> require_another_admin(const store::Community& community,
                                   const index::MemberRow& leaving) {
  if (leaving.role != "admin" || leaving.state != "active") return {};
  const auto members = CAMP_TRY(community.index().members());
  const auto admins = std::count_if(members.begin(), members.end(), [](const auto& member) {
    return member.role == "admin" && member.state == "active";
  });
  if (admins > 1) return {};
  return fail(Kind::refused, "@" + leaving.handle + " is the last admin",
              "make somebody else an admin first: camp member role HANDLE admin");
}

}  // namespace

Result<AddedMember> add_member(store::Community& community, const Actor& actor,
                               const std::string& wanted, const std::string& name, bool dry_run) {
  CAMP_TRY(require_office(community, actor, Office::admin));
  const std::string handle = CAMP_TRY(model::parse_handle(wanted));
  if (!name.empty()) CAMP_TRY(model::require_display_name(name, "a member's name"));
  const crypto::SecretKey key = CAMP_TRY(community_key(community));
  const Env& env = community.env();
  auto writer = CAMP_TRY(community.write());
  CAMP_TRY(store::require_newest(community));
  CAMP_TRY(require_free_handle(community, handle));
  if (dry_run) return AddedMember{handle, {}, {}};

  const NewOwner member = CAMP_TRY(new_unclaimed_member(env));
  const std::string code = new_claim_code(env);
  CAMP_TRY(writer.begin_join(member.id));
  CAMP_TRY(keep_keys(community.keyring(), member));
  const std::string transport_key = CAMP_TRY(make_transport_key(community.keyring(), member.id));
  CAMP_TRY(community.keyring().put_claim(member.id, store::claim_digest(code)));
  const std::string own = model::private_repository(member.id);
  CAMP_TRY(writer.create_repository(own));

  // Before the entry that makes them a member: nobody would look for a key that is missing.
  CAMP_TRY(writer.put_state({{own, std::string(store::kTransportKey), transport_key}},
                            "join @" + handle));
  const model::KeyState keys = CAMP_TRY(community.keys_of(community.id()));
  const std::string log = CAMP_TRY(
      model::append_entry(CAMP_TRY(community.state_file(store::kCommunityLog)),
                          {.kind = "join", .member = member.id, .handle = handle, .name = name},
                          keys, key, env.now_ms()));
  const std::string local(store::kLocal);
  CAMP_TRY(writer.put_state({{local, store::member_keys_file(member.id), member.log},
                             {local, std::string(store::kCommunityLog), log}},
                            "join @" + handle));
  CAMP_TRY(writer.end_join());
  return AddedMember{handle, member.id, code};
}

Result<AddedMember> renew_claim_code(store::Community& community, const Actor& actor,
                                     const std::string& handle) {
  CAMP_TRY(require_office(community, actor, Office::admin));
  auto writer = CAMP_TRY(community.write());
  const index::MemberRow row = CAMP_TRY(find_member(community, handle));
  if (row.claimed) {
    return fail(Kind::refused, "@" + row.handle + " is claimed already",
                "only whoever holds the paper key decides about this member");
  }
  const OwnerId member = CAMP_TRY(OwnerId::parse(row.id));
  const crypto::PublicKey deciding = CAMP_TRY(community.keys_of(member)).rotation.front();
  if (!CAMP_TRY(community.keyring().find(member, deciding))) {
    return fail(Kind::refused, "this directory does not hold the keys of @" + row.handle,
                "if they are lost, add the member again under another handle");
  }
  const std::string code = new_claim_code(community.env());
  CAMP_TRY(community.keyring().put_claim(member, store::claim_digest(code)));
  return AddedMember{row.handle, member, code};
}

Result<index::MemberRow> suspend_member(store::Community& community, const Actor& actor,
                                        const std::string& who, const std::string& reason,
                                        bool dry_run) {
  const auto allowed = [](const index::MemberRow& row) -> Result<void> {
    if (row.state == "active") return {};
    return is_already(row);
  };
  return decide(community, actor, who, {.kind = "suspend", .reason = reason}, allowed, dry_run);
}

Result<index::MemberRow> set_member_role(store::Community& community, const Actor& actor,
                                         const std::string& who, const std::string& role,
                                         bool dry_run) {
  if (role != "member" && role != "moderator" && role != "admin") {
    return fail(Kind::usage, "'" + role.substr(0, 64) + "' is no role",
                "a role is moderator, member or admin");
  }
  const auto allowed = [&](const index::MemberRow& row) -> Result<void> {
    if (row.state == "removed") return is_already(row);
    if (row.role == role) {
      return fail(Kind::refused, "@" + row.handle + " has the role " + role + " already",
                  "see who has which with 'camp member list'");
    }
    return require_another_admin(community, row);
  };
  return decide(community, actor, who, {.kind = "role", .role = role}, allowed, dry_run);
}

Result<index::MemberRow> restore_member(store::Community& community, const Actor& actor,
                                        const std::string& who, bool dry_run) {
  const auto allowed = [](const index::MemberRow& row) -> Result<void> {
    if (row.state == "suspended") return {};
    return fail(Kind::refused, "@" + row.handle + " is not suspended", way_back(row));
  };
  return decide(community, actor, who, {.kind = "restore"}, allowed, dry_run);
}

Result<index::MemberRow> remove_member(store::Community& community, const Actor& actor,
                                       const std::string& who, const std::string& reason,
                                       bool dry_run) {
  const auto allowed = [](const index::MemberRow& row) -> Result<void> {
    if (row.state != "removed") return {};
    return is_already(row);
  };
  return decide(community, actor, who, {.kind = "remove", .reason = reason}, allowed, dry_run);
}

Result<std::vector<index::MemberRow>> list_members(const store::Community& community,
                                                   bool with_removed) {
  auto members = CAMP_TRY(community.index().members());
  if (!with_removed) {
    std::erase_if(members, [](const auto& member) { return member.state == "removed"; });
  }
  std::sort(members.begin(), members.end(),
            [](const auto& a, const auto& b) { return a.handle < b.handle; });
  return members;
}

}  // namespace camp::ops
