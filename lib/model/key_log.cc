// SPDX-License-Identifier: MIT
#include "model/key_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/json.h"
#include "base/time.h"
#include "crypto/did_key.h"
#include "crypto/digest.h"
#include "crypto/proof.h"
#include "model/key_operation.h"

namespace camp::model {
namespace {

using crypto::PublicKey;

constexpr JsonLimits kOperationLimits{
    .bytes = kMaxOperationBytes, .depth = 8, .nodes = 1000, .string_bytes = kMaxOperationBytes};

tl::unexpected<Error> refused(std::string reason) { return fail(Kind::refused, std::move(reason)); }

template <class T>
bool is_prefix(const std::vector<T>& part, const std::vector<T>& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

template <class T>
bool is_among(const T& value, const std::vector<T>& values) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// --- proofs ---------------------------------------------------------------------------------

// Exactly `threshold` proofs, one a key, in the order of the keys: nobody without a key can make
// another valid line of the same operation, which would look like a fork.
Result<std::vector<Json>> proofs_of(const Json& document, unsigned threshold) {
  const auto proof = document.find("proof");
  if (proof == document.end()) return refused("no proof");
  if (threshold == 1) {
    if (!proof->is_object()) return refused("its proof is not a single one");
    return std::vector<Json>{*proof};
  }
  if (!proof->is_array() || proof->size() != threshold) {
    return refused(fmt::format("it needs exactly {} proofs", threshold));
  }
  return proof->get<std::vector<Json>>();
}

Result<void> check_proofs(const Json& document, unsigned threshold,
                          const std::vector<PublicKey>& rotation) {
  const auto proofs = CAMP_TRY(proofs_of(document, threshold));
  std::optional<PublicKey> last;
  for (const Json& proof : proofs) {
    const PublicKey key = CAMP_TRY(crypto::proof_key(proof));
    if (!is_among(key, rotation)) return refused("a proof by a key that may not decide");
    if (last && !(*last < key)) return refused("its proofs are not in the order of their keys");
    last = key;
    CAMP_TRY(crypto::verify_one(document, proof, key));
  }
  return {};
}

// --- rules ----------------------------------------------------------------------------------

Result<void> check_genesis(const KeyOperation& operation) {
  if (operation.kind != OperationKind::genesis) return refused("a log begins with its genesis");
  if (operation.seq != 0) return refused("the sequence number is wrong");
  if (!operation.revoked.empty()) return refused("a genesis revokes nothing");
  if (operation.unclaimed) {
    if (operation.subject != Subject::member) return refused("only a member can be unclaimed");
    if (operation.rotation.size() != 1 || !operation.next.empty()) {
      return refused("an unclaimed member has one rotation key and no \"next\" one");
    }
  } else if (operation.subject == Subject::member && operation.next.empty()) {
    return refused("a member needs a \"next\" key");
  }
  return {};
}

Result<void> check_link(const KeyState& before, const KeyOperation& operation) {
  if (operation.kind == OperationKind::genesis) return refused("a second genesis");
  if (operation.seq != before.seq + 1) return refused("the sequence number is wrong");
  if (operation.prev != before.head) return refused("it does not follow the operation before it");
  if (operation.subject != before.subject) return refused("the subject changes");
  return {};
}

// Who was revoked stays so, with the same vouched set; only "revoke" adds one, of a signing key.
Result<void> check_revoked(const KeyState& before, const KeyOperation& operation) {
  if (!is_prefix(before.revoked, operation.revoked)) return refused("a revocation was changed");
  const std::size_t added = operation.revoked.size() - before.revoked.size();
  if (operation.kind != OperationKind::revoke) {
    return added == 0 ? Result<void>{} : Result<void>(refused("only \"revoke\" may revoke a key"));
  }
  if (added != 1) return refused("\"revoke\" revokes one key at a time");
  const PublicKey& key = operation.revoked.back().key;
  if (before.standing(key) != Standing::counts) return refused("a revoked key that never spoke");
  auto rest = before.signing;
  std::erase_if(rest, [&](const SigningKey& other) { return other.key == key; });
  if (operation.signing != rest) return refused("\"revoke\" changes the other signing keys");
  return {};
}

Result<void> check_kind(const KeyState& before, const KeyOperation& operation) {
  const bool same_policy = operation.next == before.next && operation.threshold == before.threshold;
  if (operation.kind == OperationKind::revoke) {
    if (same_policy && operation.rotation == before.rotation) return {};
    return refused("\"revoke\" changes rotation keys");
  }
  if (operation.kind == OperationKind::add) {
    if (same_policy && is_prefix(before.rotation, operation.rotation) &&
        is_prefix(before.signing, operation.signing)) {
      return {};
    }
    return refused("\"add\" may only add keys behind those that are there");
  }
  return {};
}

// The one exception to "the server never decides": the host hands the identity over and is out.
Result<void> check_claim(const KeyState& before, const KeyOperation& operation) {
  if (!before.unclaimed) return refused("a claim of what is not unclaimed");
  if (is_among(before.rotation.front(), operation.rotation)) {
    return refused("a claim that keeps the host's key");
  }
  if (operation.next.empty()) return refused("a claim without a \"next\" key");
  return {};
}

// The key that was promised to a member and steps in with this operation, if it does. It may sign
// that itself, as in KERI: whoever lost the paper key, or lost it to a thief, has nothing else.
std::optional<PublicKey> promised_key(const KeyState& before, const KeyOperation& operation) {
  const PublicKey& first = operation.rotation.front();
  const bool steps_in =
      before.subject == Subject::member && operation.kind == OperationKind::rotate &&
      first != before.rotation.front() && is_among(commitment(first), before.next);
  return steps_in ? std::optional(first) : std::nullopt;
}

std::vector<PublicKey> may_sign(const KeyState& before, const KeyOperation& operation) {
  auto keys = before.rotation;
  if (const auto promised = promised_key(before, operation)) keys.push_back(*promised);
  return keys;
}

// A member's keys have ranks. A lower one may not touch a higher one, and rank 0 may only be
// replaced by a key that was committed to before. The commitments change in that same act alone: a
// commitment that rank 0 could take back would protect nothing against its thief.
Result<void> check_ranks(const KeyState& before, const KeyOperation& operation,
                         const PublicKey& signer) {
  if (before.unclaimed) {
    if (operation.rotation == before.rotation && operation.next == before.next) return {};
    return refused("the rotation keys of an unclaimed member change by a claim alone");
  }
  if (signer != promised_key(before, operation)) {
    const auto rank = std::find(before.rotation.begin(), before.rotation.end(), signer);
    const std::vector<PublicKey> higher(before.rotation.begin(), rank);
    if (!is_prefix(higher, operation.rotation)) return refused("a lower key changes a higher one");
  }
  if (operation.rotation.front() == before.rotation.front()) {
    if (operation.next == before.next) return {};
    return refused("\"next\" changes without the key that it promised");
  }
  if (!is_among(commitment(operation.rotation.front()), before.next)) {
    return refused("the new first rotation key is not one that was committed to");
  }
  if (operation.next.empty()) return refused("a member needs a \"next\" key");
  return {};
}

Result<void> check_transition(const KeyState& before, const KeyOperation& operation,
                              const Json& document) {
  CAMP_TRY(check_link(before, operation));
  CAMP_TRY(check_proofs(document, before.threshold, may_sign(before, operation)));
  CAMP_TRY(check_revoked(before, operation));
  if (operation.kind == OperationKind::claim) return check_claim(before, operation);
  CAMP_TRY(check_kind(before, operation));
  if (before.subject == Subject::community) return {};
  return check_ranks(before, operation, CAMP_TRY(crypto::proof_key(document["proof"])));
}

// --- states ---------------------------------------------------------------------------------

std::vector<PublicKey> retired_after(const KeyState& before, const KeyState& after) {
  auto candidates = before.retired;
  for (const auto& key : before.signing) candidates.push_back(key.key);
  std::erase_if(candidates, [&](const PublicKey& key) {
    return after.speaks(key) || after.revocation(key) != nullptr;
  });
  return candidates;
}

KeyState state_after(const std::optional<KeyState>& before, KeyOperation operation,
                     std::string_view line) {
  KeyState state;
  const std::string hash = crypto::sha256(line);
  state.owner = before ? before->owner
                       : OwnerId::parse(to_base32(std::string_view(hash).substr(0, 20))).value();
  state.subject = operation.subject;
  state.seq = operation.seq;
  state.head = to_hex(hash);
  state.rotation = std::move(operation.rotation);
  state.next = std::move(operation.next);
  state.threshold = operation.threshold;
  state.signing = std::move(operation.signing);
  state.revoked = std::move(operation.revoked);
  state.unclaimed =
      before ? before->unclaimed && operation.kind != OperationKind::claim : operation.unclaimed;
  if (before) state.retired = retired_after(*before, state);
  return state;
}

Result<KeyState> take_operation(const std::optional<KeyState>& before, std::string_view line) {
  const Json document = CAMP_TRY(parse_json(line, "operation", kOperationLimits));
  KeyOperation operation = CAMP_TRY(decode_operation(document));
  if (CAMP_TRY(canonical_json(document)) != line) return refused("it is not in canonical form");
  if (before) {
    CAMP_TRY(check_transition(*before, operation, document));
  } else {
    CAMP_TRY(check_genesis(operation));
    CAMP_TRY(check_proofs(document, operation.threshold, operation.rotation));
  }
  return state_after(before, std::move(operation), line);
}

// --- logs -----------------------------------------------------------------------------------

using Lines = std::vector<std::string_view>;

Result<Lines> lines_of(std::string_view log) {
  if (log.empty()) return refused("an empty key log");
  if (log.size() > kMaxKeyLogBytes) return refused("a key log of more than 256 KiB");
  if (log.back() != '\n') return refused("a key log whose last line is not ended");
  Lines lines;
  while (!log.empty()) {
    const std::size_t end = log.find('\n');
    if (lines.size() == kMaxOperations) return refused("a key log of more than 64 operations");
    if (end > kMaxOperationBytes) {
      return refused(fmt::format("operation {}: longer than 4 KiB", lines.size()));
    }
    lines.push_back(log.substr(0, end));
    log.remove_prefix(end + 1);
  }
  return lines;
}

// How far a log is valid.
struct Walk {
  std::optional<KeyState> state;
  std::size_t taken = 0;
  std::optional<Error> problem;
};

Walk walk(Walk from, const Lines& lines) {
  for (; from.taken < lines.size(); ++from.taken) {
    auto next = take_operation(from.state, lines[from.taken]);
    if (!next) {
      from.problem = next.error();
      from.problem->message = fmt::format("operation {}: {}", from.taken, from.problem->message);
      break;
    }
    from.state = std::move(*next);
  }
  return from;
}

std::string join(const Lines& lines, std::size_t count) {
  std::string log;
  for (std::size_t i = 0; i < count; ++i) log.append(lines[i]).append("\n");
  return log;
}

std::string problem_of(const Walk& walked) {
  return walked.problem ? walked.problem->message : std::string();
}

Result<Extension> first_log(std::string_view offered) {
  const Lines lines = CAMP_TRY(lines_of(offered));
  Walk walked = walk({}, lines);
  if (!walked.state) return fail_while("key log", *walked.problem);
  return Extension{.outcome = Extension::Outcome::extended,
                   .log = join(lines, walked.taken),
                   .state = *walked.state,
                   .problem = problem_of(walked),
                   .held_successor = {},
                   .offered_successor = {}};
}

Result<Extension> meet(const Lines& ours, const Lines& theirs, Extension result) {
  const auto common = static_cast<std::size_t>(
      std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end()).first - ours.begin());
  if (common == 0) return refused("the key log of another owner");
  if (common == theirs.size()) {
    if (common < ours.size()) result.outcome = Extension::Outcome::stale;
    return result;
  }
  if (common == ours.size()) {
    const Walk walked = walk({.state = result.state, .taken = common, .problem = {}}, theirs);
    result.problem = problem_of(walked);
    if (walked.taken == common) return result;
    result.outcome = Extension::Outcome::extended;
    result.log = join(theirs, walked.taken);
    result.state = *walked.state;
    return result;
  }
  const Walk shared = walk({}, Lines(ours.begin(), ours.begin() + static_cast<long>(common)));
  const auto rival = take_operation(shared.state, theirs[common]);
  if (!rival) {
    result.problem = fmt::format("operation {}: {}", common, rival.error().message);
    return result;
  }
  return Extension{.outcome = Extension::Outcome::forked,
                   .log = join(ours, common),
                   .state = *shared.state,
                   .problem = fmt::format("two different operations {}", common),
                   .held_successor = std::string(ours[common]),
                   .offered_successor = std::string(theirs[common])};
}

}  // namespace

bool KeyState::speaks(const PublicKey& key) const {
  return std::any_of(signing.begin(), signing.end(),
                     [&](const SigningKey& entry) { return entry.key == key; });
}

bool KeyState::decides(const PublicKey& key) const { return is_among(key, rotation); }

const RevokedKey* KeyState::revocation(const PublicKey& key) const {
  const auto found = std::find_if(revoked.begin(), revoked.end(),
                                  [&](const RevokedKey& entry) { return entry.key == key; });
  return found == revoked.end() ? nullptr : &*found;
}

Standing KeyState::standing(const PublicKey& key) const {
  if (speaks(key) || is_among(key, retired)) return Standing::counts;
  return revocation(key) != nullptr ? Standing::revoked : Standing::unknown;
}

Result<KeyState> verify_key_log(std::string_view log) {
  const Lines lines = CAMP_TRY(lines_of(log));
  Walk walked = walk({}, lines);
  if (walked.problem) return fail_while("key log", *walked.problem);
  return std::move(*walked.state);
}

Result<Extension> extend_key_log(std::string_view held, std::string_view offered) {
  if (held.empty()) return first_log(offered);
  auto state = verify_key_log(held);
  if (!state) {
    return fail(Kind::damaged, "the key log that we hold is broken: " + state.error().message);
  }
  Extension result{.outcome = Extension::Outcome::unchanged,
                   .log = std::string(held),
                   .state = std::move(*state),
                   .problem = {},
                   .held_successor = {},
                   .offered_successor = {}};
  const auto theirs = lines_of(offered);
  if (!theirs) {
    result.problem = theirs.error().message;
    return result;
  }
  return meet(CAMP_TRY(lines_of(held)), *theirs, std::move(result));
}

std::string commitment(const PublicKey& key) { return crypto::sha256_hex(crypto::to_did_key(key)); }

std::string vouched_entry(std::string_view id) { return crypto::sha256_hex(id); }

Vouched vouch_for(std::vector<std::string> entries) {
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  crypto::Sha256 digest;
  for (const auto& entry : entries) digest.update(entry + "\n");
  return {digest.finish_hex(), entries.size()};
}

// --- building -------------------------------------------------------------------------------

KeyChange change_of(const KeyState& state, OperationKind kind) {
  return {kind, state.threshold, state.rotation, state.next, state.signing, state.revoked};
}

KeyChange adding(const KeyState& state, SigningKey key) {
  KeyChange change = change_of(state, OperationKind::add);
  change.signing.push_back(std::move(key));
  return change;
}

KeyChange revoking(const KeyState& state, const PublicKey& key, std::vector<std::string> vouched) {
  KeyChange change = change_of(state, OperationKind::revoke);
  std::erase_if(change.signing, [&](const SigningKey& entry) { return entry.key == key; });
  change.revoked.push_back({key, vouch_for(std::move(vouched))});
  return change;
}

namespace {

Result<std::string> sign_and_seal(std::string_view log, Json draft, Signers signers) {
  const std::string created = draft["time"];
  std::vector<Json> proofs;
  for (const auto* signer : signers) {
    proofs.push_back(CAMP_TRY(crypto::make_proof(draft, *signer, created)));
  }
  return seal_operation(log, std::move(draft), std::move(proofs));
}

}  // namespace

Result<std::string> make_key_log(const Genesis& genesis, Signers signers, std::int64_t time_ms) {
  const KeyOperation operation{.subject = genesis.subject,
                               .kind = OperationKind::genesis,
                               .seq = 0,
                               .prev = {},
                               .unclaimed = genesis.unclaimed,
                               .threshold = genesis.threshold,
                               .rotation = genesis.rotation,
                               .next = genesis.next,
                               .signing = genesis.signing,
                               .revoked = {}};
  return sign_and_seal({}, encode_operation(operation, time_ms, genesis.salt), signers);
}

Result<Json> draft_operation(std::string_view log, const KeyChange& change, std::int64_t time_ms) {
  const KeyState state = CAMP_TRY(verify_key_log(log));
  const KeyOperation operation{.subject = state.subject,
                               .kind = change.kind,
                               .seq = state.seq + 1,
                               .prev = state.head,
                               .unclaimed = false,
                               .threshold = change.threshold,
                               .rotation = change.rotation,
                               .next = change.next,
                               .signing = change.signing,
                               .revoked = change.revoked};
  return encode_operation(operation, time_ms, {});
}

Result<std::string> seal_operation(std::string_view log, Json draft, std::vector<Json> proofs) {
  std::vector<std::pair<PublicKey, Json>> by_key;
  for (Json& proof : proofs) {
    const PublicKey key = CAMP_TRY(crypto::proof_key(proof));
    by_key.emplace_back(key, std::move(proof));
  }
  std::sort(by_key.begin(), by_key.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  Json in_order = Json::array();
  for (auto& [key, proof] : by_key) in_order.push_back(std::move(proof));
  draft["proof"] = in_order.size() == 1 ? in_order[0] : in_order;
  const std::string longer = std::string(log) + CAMP_TRY(canonical_json(draft)) + "\n";
  CAMP_TRY(verify_key_log(longer));
  return longer;
}

Result<std::string> append_operation(std::string_view log, const KeyChange& change, Signers signers,
                                     std::int64_t time_ms) {
  return sign_and_seal(log, CAMP_TRY(draft_operation(log, change, time_ms)), signers);
}

}  // namespace camp::model
