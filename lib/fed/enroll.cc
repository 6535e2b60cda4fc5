// SPDX-License-Identifier: MIT
#include "fed/enroll.h"

#include <array>

#include "crypto/did_key.h"
#include "store/community.h"
#include "store/newest.h"

namespace camp::fed {
namespace {

/// The host's own rotation key for a member who has not claimed.
Result<crypto::SecretKey> host_key(const store::Community& community,
                                   const model::KeyState& state) {
  auto key = CAMP_TRY(community.keyring().find(state.owner, state.rotation.front()));
  if (key) return *std::move(key);
  return fail(Kind::refused, "this directory holds no key that may change these keys",
              "do it in the directory where the community was made");
}

}  // namespace

Result<void> check_claim_code(const store::Community& community, const OwnerId& member,
                              const std::string& code) {
  CAMP_TRY(store::require_newest(community));
  const model::KeyState state = CAMP_TRY(community.keys_of(member));
  const auto expected = CAMP_TRY(community.keyring().claim(member));
  const std::string who = "@" + CAMP_TRY(community.state()).members[member].handle;
  if (!state.unclaimed || !expected) {
    return fail(Kind::refused, who + " is claimed already", "if it was not you, ask an admin");
  }
  if (store::claim_digest(code) != *expected) {
    return fail(Kind::refused, "this is not the claim code of " + who,
                "type it as it was given to you, or ask an admin");
  }
  return {};
}

Result<std::string> claimed_log(const store::Community& community, const OwnerId& member,
                                const Claim& claim) {
  const model::KeyState state = CAMP_TRY(community.keys_of(member));
  const auto signer = CAMP_TRY(host_key(community, state));
  model::KeyChange change = model::change_of(state, model::OperationKind::claim);
  change.rotation = claim.rotation;
  change.next = claim.next;
  if (!claim.signing.empty()) change.signing = claim.signing;
  const std::array signers{&signer};
  return model::append_operation(CAMP_TRY(community.state_file(store::member_keys_file(member))),
                                 change, signers, community.env().now_ms());
}

Result<void> finish_claim(store::Writer& writer, const OwnerId& member, const std::string& log) {
  const store::Community& community = writer.community();
  const model::KeyState before = CAMP_TRY(community.keys_of(member));
  const model::KeyState after = CAMP_TRY(model::verify_key_log(log));
  CAMP_TRY(writer.put_keys(member, log, "claim"));
  // From here on the host has no say: its keys and the code are worth nothing, and go.
  for (const auto& key : before.rotation) {
    if (!after.decides(key)) CAMP_TRY(community.keyring().remove(member, key));
  }
  for (const auto& key : before.signing) {
    if (!after.speaks(key.key)) CAMP_TRY(community.keyring().remove(member, key.key));
  }
  return community.keyring().remove_claim(member);
}

Result<void> take_key_log(store::Writer& writer, const OwnerId& member, const KeyLog& offered) {
  const store::Community& community = writer.community();
  const std::string held = CAMP_TRY(community.state_file(store::member_keys_file(member)));
  // The first line makes the id.
  if (offered.log.substr(0, offered.log.find('\n')) != held.substr(0, held.find('\n'))) {
    return fail(Kind::refused, "these are another member's keys",
                "come with the key for ssh that the admin put down for that member");
  }
  const model::Extension extension = CAMP_TRY(model::extend_key_log(held, offered.log));
  using Outcome = model::Extension::Outcome;
  if (extension.outcome == Outcome::forked) {
    return fail(Kind::refused, "these keys went another way here",
                "ask an admin: two devices "
                "changed them at the same time, or somebody else has a key that decides");
  }
  if (!extension.problem.empty()) return fail(Kind::refused, extension.problem);
  if (extension.outcome != Outcome::extended) return {};
  std::vector<store::NewState> lists;
  for (const model::RevokedKey& revoked : extension.state.revoked) {
    const auto list = offered.vouched.find(crypto::to_multibase(revoked.key));
    if (list == offered.vouched.end() ||
        model::vouch_for(store::vouched_entries(list->second)) != revoked.vouched) {
      continue;
    }
    lists.push_back({{}, store::vouched_file(member, revoked.key), list->second});
  }
  return writer.put_keys(member, extension.log, "keys", lists);
}

}  // namespace camp::fed
