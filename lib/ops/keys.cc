// SPDX-License-Identifier: MIT
#include "ops/keys.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "base/encoding.h"
#include "base/time.h"
#include "crypto/did_key.h"
#include "fed/enroll.h"
#include "fed/fetch.h"
#include "fed/origin.h"
#include "model/handle.h"
#include "ops/identity.h"
#include "ops/sync.h"
#include "store/newest.h"
#include "store/writer.h"

namespace camp::ops {
namespace {

/// The member's own sheet. What it says of its owner is for the message; the keys decide.
Result<PaperSheet> sheet_of(const model::KeyState& state, const Authority& authority) {
  PaperSheet sheet = CAMP_TRY(read_paper_sheet(authority.sheet, authority.sheet_name));
  if (sheet.member.empty() || sheet.member == state.owner.text()) return sheet;
  return fail(Kind::refused, authority.sheet_name + " is the paper key of another member",
              "it says whose in its first line");
}

tl::unexpected<Error> not_the_key(const Authority& authority) {
  return fail(Kind::refused, authority.sheet_name + " is not the paper key of this member",
              "use the newest sheet: an older one was replaced");
}

Result<std::string> key_log_of(const store::Community& community, const OwnerId& member) {
  return community.state_file(store::member_keys_file(member));
}

Result<std::string> changed(const store::Community& community, const OwnerId& member,
                            const model::KeyChange& change, const crypto::SecretKey& signer) {
  const std::array signers{&signer};
  return model::append_operation(CAMP_TRY(key_log_of(community, member)), change, signers,
                                 community.env().now_ms());
}

/// A key as a person names it: its did:key or the name of its device.
Result<crypto::PublicKey> signing_key_named(const model::KeyState& state,
                                            const std::string& which) {
  std::vector<crypto::PublicKey> found;
  for (const model::SigningKey& key : state.signing) {
    const bool server = key.role == model::KeyRole::server && which == "server";
    if (server || key.name == which || crypto::to_did_key(key.key) == which) {
      found.push_back(key.key);
    }
  }
  if (found.size() == 1) return found.front();
  return fail(
      found.empty() ? Kind::not_found : Kind::usage,
      found.empty() ? "there is no key '" + which + "'" : "several keys are called '" + which + "'",
      "take its did:key from 'camp key show'");
}

std::string secret_line(const crypto::SecretKey& key) {
  std::string seed = key.seed();
  std::string line = to_hex(seed) + "\n";
  crypto::wipe(seed);
  return line;
}

/// With what a clone proves over https that it may change these keys, by the state of the log that
/// its origin has: the sheet, or else a key that is held here. A clone whose own key was revoked
/// comes in by the sheet.
Result<fed::Proof> proof_for(const store::Community& community, const model::KeyState& state,
                             const Authority& authority) {
  if (!fed::is_https(community.settings().origin)) return fed::Proof{};
  const auto proof = [](crypto::SecretKey key) {
    return fed::Proof{std::make_shared<const crypto::SecretKey>(std::move(key)), {}};
  };
  if (!authority.sheet.empty()) {
    PaperSheet sheet = CAMP_TRY(sheet_of(state, authority));
    for (auto* half : {&sheet.key, &sheet.spare}) {
      if (*half && state.decides((*half)->public_key())) return proof(*std::move(*half));
    }
  }
  std::vector<crypto::PublicKey> candidates = state.rotation;
  for (const model::SigningKey& each : state.signing) candidates.push_back(each.key);
  for (const crypto::PublicKey& candidate : candidates) {
    auto held = CAMP_TRY(community.keyring().find(state.owner, candidate));
    if (held) return proof(*std::move(held));
  }
  return fail(Kind::refused, "no key here is one of this member's",
              "give the paper key with --paper-key-file FILE");
}

/// Where a change of keys takes place: in this directory, or, from a clone, at its origin, whose
/// newest log is looked at before anything is chained to ours.
class Publication {
 public:
  static Result<Publication> begin(store::Community& community, const Actor& actor,
                                   const Authority& authority) {
    Publication publication(community, authority);
    if (!community.settings().is_clone()) {
      publication.writer_.emplace(CAMP_TRY(community.write()));
      CAMP_TRY(store::require_newest(community));
      return publication;
    }
    const model::KeyState before = CAMP_TRY(community.keys_of(actor.id));
    publication.origin_ =
        CAMP_TRY(open_origin_of(community, CAMP_TRY(proof_for(community, before, authority))));
    CAMP_TRY(
        fed::fetch_repository(community, *publication.origin_, store::kLocal, fed::Part::papers));
    return publication;
  }

  /// `list` is what the member vouches for under the key `revoked`, if the change revokes one.
  Result<void> publish(const Actor& actor, const std::string& log, std::string_view act,
                       const crypto::PublicKey* revoked = nullptr, const std::string& list = {}) {
    if (writer_) {
      std::vector<store::NewState> beside;
      if (revoked != nullptr) beside.push_back({{}, store::vouched_file(actor.id, *revoked), list});
      return writer_->put_keys(actor.id, log, act, beside);
    }
    fed::KeyLog keys{.log = log};
    if (revoked != nullptr) keys.vouched[crypto::to_multibase(*revoked)] = list;
    const auto answers = CAMP_TRY(origin_->submit({fed::key_log_line(keys)}));
    if (answers.empty()) return fail(Kind::network, "the origin does not answer", "try again");
    if (!answers.front().accepted) {
      return fail(Kind::refused, answers.front().reason, answers.front().hint);
    }
    // The key that opened the door may be the one that was just changed.
    const model::KeyState after = CAMP_TRY(model::verify_key_log(log));
    origin_ =
        CAMP_TRY(open_origin_of(*community_, CAMP_TRY(proof_for(*community_, after, authority_))));
    CAMP_TRY(fed::fetch_repository(*community_, *origin_, store::kLocal, fed::Part::papers));
    return {};
  }

 private:
  Publication(store::Community& community, Authority authority)
      : community_(&community), authority_(std::move(authority)) {}

  store::Community* community_;
  Authority authority_;
  std::optional<store::Writer> writer_;
  std::unique_ptr<fed::Origin> origin_;
};

}  // namespace

Result<crypto::SecretKey> authority_key(const store::Community& community,
                                        const model::KeyState& state, const Authority& authority) {
  if (authority.sheet.empty()) return held_rotation_key(community.keyring(), state);
  PaperSheet sheet = CAMP_TRY(sheet_of(state, authority));
  if (!sheet.key) {
    return fail(Kind::refused, authority.sheet_name + " holds the spare key alone",
                "make it the paper key first, with 'camp key rotate'");
  }
  if (!state.decides(sheet.key->public_key())) return not_the_key(authority);
  return *std::move(sheet.key);
}

Result<Keys> show_keys(const store::Community& community, const Actor& actor) {
  const model::KeyState state = CAMP_TRY(community.keys_of(actor.id));
  Keys keys{actor.id, actor.handle, !state.unclaimed, {}, {}, state.seq + 1};
  for (const auto& key : state.rotation) keys.deciding.push_back(crypto::to_did_key(key));
  for (const model::SigningKey& key : state.signing) {
    const bool held = CAMP_TRY(community.keyring().find(actor.id, key.key)).has_value();
    keys.speaking.push_back({crypto::to_did_key(key.key),
                             key.role == model::KeyRole::server ? "server" : "device", key.name,
                             held});
  }
  for (const model::RevokedKey& key : state.revoked) {
    keys.speaking.push_back({crypto::to_did_key(key.key), "revoked", "", false});
  }
  return keys;
}

Result<ShownKey> add_key(store::Community& community, const Actor& actor, const std::string& name,
                         const std::string& did_key, const Authority& authority,
                         const HandOver& hand_over) {
  CAMP_TRY(model::require_display_name(name, "a device's name"));
  auto publication = CAMP_TRY(Publication::begin(community, actor, authority));
  const model::KeyState state = CAMP_TRY(community.keys_of(actor.id));
  const auto signer = CAMP_TRY(authority_key(community, state, authority));
  auto made = crypto::SecretKey::generate(community.env());
  const crypto::PublicKey key =
      did_key.empty() ? made.public_key() : CAMP_TRY(crypto::from_did_key(did_key));
  const std::string log = CAMP_TRY(changed(
      community, actor.id, model::adding(state, {key, model::KeyRole::device, name}), signer));
  if (did_key.empty()) {
    CAMP_TRY(hand_over ? hand_over(secret_line(made)) : community.keyring().put(actor.id, made));
  }
  CAMP_TRY(publication.publish(actor, log, "key"));
  return ShownKey{crypto::to_did_key(key), "device", name, did_key.empty() && !hand_over};
}

Result<Revoked> revoke_key(store::Community& community, const Actor& actor,
                           const std::string& which, const std::string& since,
                           const Authority& authority) {
  auto publication = CAMP_TRY(Publication::begin(community, actor, authority));
  const model::KeyState state = CAMP_TRY(community.keys_of(actor.id));
  const auto key = CAMP_TRY(signing_key_named(state, which));
  const auto signer = CAMP_TRY(authority_key(community, state, authority));
  const std::int64_t from = since.empty() ? std::int64_t{1} << 47
                                          : CAMP_TRY(parse_since(since, community.env().now_ms()));
  Revoked revoked;
  revoked.key = crypto::to_did_key(key);
  std::vector<std::string> vouched;
  std::string list;
  for (const std::string& id : CAMP_TRY(community.index().signed_with(revoked.key))) {
    if (id >= ObjectId::floor_at(from)) {
      ++revoked.disowned;
      continue;
    }
    vouched.push_back(model::vouched_entry(id));
  }
  std::sort(vouched.begin(), vouched.end());
  for (const std::string& entry : vouched) list += entry + "\n";
  revoked.vouched = vouched.size();
  revoked.last = state.signing.size() == 1;
  const std::string log = CAMP_TRY(
      changed(community, actor.id, model::revoking(state, key, std::move(vouched)), signer));
  // Without the list, readers of a copy of the keys could believe nothing that the key signed.
  CAMP_TRY(publication.publish(actor, log, "revoke key", &key, list));
  CAMP_TRY(community.keyring().remove(actor.id, key));
  return revoked;
}

Result<void> rotate_keys(store::Community& community, const Actor& actor,
                         const Authority& authority, const HandOver& hand_over) {
  auto publication = CAMP_TRY(Publication::begin(community, actor, authority));
  const model::KeyState state = CAMP_TRY(community.keys_of(actor.id));
  PaperSheet sheet = CAMP_TRY(sheet_of(state, authority));
  if (!sheet.spare) {
    return fail(Kind::refused, authority.sheet_name + " does not hold the spare key",
                "a paper key is replaced by its spare, the other half of the sheet");
  }
  const crypto::PublicKey promised = sheet.spare->public_key();
  const auto& promises = state.next;
  if (std::find(promises.begin(), promises.end(), model::commitment(promised)) == promises.end()) {
    return not_the_key(authority);
  }
  PaperKeys next{*std::move(sheet.spare), crypto::SecretKey::generate(community.env())};
  model::KeyChange change = model::change_of(state, model::OperationKind::rotate);
  change.rotation.front() = promised;
  change.next = {model::commitment(next.spare.public_key())};
  const std::string log = CAMP_TRY(changed(community, actor.id, change, next.key));
  const std::string name = CAMP_TRY(community.index().community_name());
  CAMP_TRY(hand_over(CAMP_TRY(paper_sheet(next, actor.handle, actor.id, name))));
  return publication.publish(actor, log, "rotate keys");
}

Result<Claimed> claim(store::Community& community, const std::string& handle,
                      const std::string& code, const HandOver& paper, const HandOver& device) {
  auto writer = CAMP_TRY(community.write());
  const index::MemberRow row = CAMP_TRY(find_member(community, handle));
  const OwnerId member = CAMP_TRY(OwnerId::parse(row.id));
  CAMP_TRY(fed::check_claim_code(community, member, code));
  const PaperKeys sheet = new_paper_keys(community.env());
  const auto device_key = crypto::SecretKey::generate(community.env());
  fed::Claim claim{.code = code,
                   .rotation = {sheet.key.public_key()},
                   .next = {model::commitment(sheet.spare.public_key())}};
  if (device) claim.signing = {{device_key.public_key(), model::KeyRole::device, "first"}};
  const std::string log = CAMP_TRY(fed::claimed_log(community, member, claim));
  const std::string name = CAMP_TRY(community.index().community_name());
  CAMP_TRY(paper(CAMP_TRY(paper_sheet(sheet, row.handle, member, name))));
  if (device) CAMP_TRY(device(secret_line(device_key)));
  CAMP_TRY(fed::finish_claim(writer, member, log));
  return Claimed{member, row.handle, static_cast<bool>(device)};
}

}  // namespace camp::ops
