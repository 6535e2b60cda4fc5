// SPDX-License-Identifier: MIT
#include "model/key_log.h"

#include <functional>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/digest.h"
#include "crypto/proof.h"
#include "log_support.h"

namespace camp::model {
namespace {

KeyState state_of(const std::string& log) { return verify_key_log(log).value(); }

// The log with one more operation that is signed rightly, whatever it says.
std::string with_raw(const std::string& log, const KeyChange& change, const Hands& hands,
                     const std::function<void(Json&)>& alter = {}) {
  Json draft = draft_operation(log, change, kTime).value();
  if (alter) alter(draft);
  std::vector<Json> proofs;
  for (const auto* key : Signers(hands)) {
    proofs.push_back(crypto::make_proof(draft, *key, "2026-11-01T12:00:00Z").value());
  }
  draft["proof"] = proofs.size() == 1 ? proofs[0] : Json(proofs);
  return log + canonical_json(draft).value() + "\n";
}

// The reason why a change is refused, that its own signature is in order.
std::string refusal(const std::string& log, const KeyChange& change, const Hands& hands,
                    const std::function<void(Json&)>& alter = {}) {
  return message_of(verify_key_log(with_raw(log, change, hands, alter)));
}

std::string altered(const std::string& line, const std::function<void(Json&)>& alter) {
  Json document = parse_json(line).value();
  alter(document);
  return canonical_json(document).value() + "\n";
}

TEST_CASE("a member begins with a signed genesis whose hash is the member's id") {
  const std::string log = member_log();
  const KeyState state = state_of(log);
  const std::string hash = crypto::sha256(log.substr(0, log.size() - 1));
  CHECK(state.owner.text() == to_base32(hash.substr(0, 20)));
  CHECK(state.head == to_hex(hash));
  CHECK(state.seq == 0);
  CHECK(state.rotation == std::vector{pub('p'), pub('d')});
  CHECK(state.signing == std::vector{device('a')});
  CHECK(state.next == std::vector{commitment(pub('n'))});
  CHECK_FALSE(state.unclaimed);
  CHECK(state.speaks(pub('a')));
  CHECK_FALSE(state.speaks(pub('p')));
  CHECK(state.decides(pub('d')));
  CHECK(make_key_log(member_genesis(), Hands{'p'}, kTime).value() == log);
  Genesis other = member_genesis();
  other.salt = std::string(16, 't');
  CHECK(state_of(make_key_log(other, Hands{'p'}, kTime).value()).owner != state.owner);
}

TEST_CASE("a genesis that cannot be is refused") {
  const auto refused = [](const std::function<void(Genesis&)>& change, const Hands& hands) {
    Genesis genesis = member_genesis();
    change(genesis);
    return message_of(make_key_log(genesis, hands, kTime));
  };
  CHECK(contains(refused([](Genesis&) {}, Hands{'a'}), "may not decide"));
  CHECK(contains(refused([](Genesis& g) { g.next.clear(); }, Hands{'p'}), "needs a \"next\""));
  CHECK(contains(refused([](Genesis& g) { g.rotation.clear(); }, Hands{'p'}), "no rotation key"));
  CHECK(contains(refused([](Genesis& g) { g.threshold = 0; }, Hands{'p'}), "threshold"));
  CHECK(contains(refused([](Genesis& g) { g.threshold = 2; }, Hands{'p', 'd'}), "threshold is 1"));
  CHECK(contains(refused([](Genesis& g) { g.salt = "short"; }, Hands{'p'}), "salt"));
  CHECK(contains(refused([](Genesis& g) { g.unclaimed = true; }, Hands{'p'}), "unclaimed"));
  CHECK(contains(refused([](Genesis& g) { g.next = {"xyz"}; }, Hands{'p'}), "next"));
  CHECK(
      contains(refused([](Genesis& g) { g.next = {commitment(pub('p'))}; }, Hands{'p'}), "in use"));
  CHECK(contains(refused(
                     [](Genesis& g) {
                       g.next = {g.next[0], g.next[0]};
                     },
                     Hands{'p'}),
                 "twice"));
  CHECK(contains(refused([](Genesis& g) { g.rotation.push_back(pub('d')); }, Hands{'p'}),
                 "two places"));
  CHECK(contains(refused([](Genesis& g) { g.signing.push_back(device('a')); }, Hands{'p'}),
                 "two places"));
  CHECK(contains(refused([](Genesis& g) { g.signing.push_back(device('d')); }, Hands{'p'}),
                 "two places"));
  CHECK(contains(refused([](Genesis& g) { g.signing[0].name = std::string(65, 'x'); }, Hands{'p'}),
                 "name"));
  CHECK(contains(refused(
                     [](Genesis& g) {
                       g.rotation = {pub('p'), pub('1'), pub('2'), pub('3'), pub('4')};
                     },
                     Hands{'p'}),
                 "more than 4"));
  CHECK(contains(refused(
                     [](Genesis& g) {
                       for (char n = 'A'; n <= 'P'; ++n) g.signing.push_back(device(n));
                     },
                     Hands{'p'}),
                 "more than 16"));
  CHECK(contains(refused([](Genesis& g) { g.signing[0].name = "\xff"; }, Hands{'p'}), "UTF-8"));
}

TEST_CASE("keys are added by any rotation key, behind those that are there") {
  const std::string log = member_log();
  const KeyState before = state_of(log);
  for (const Hands& hands : {Hands{'p'}, Hands{'d'}}) {
    const auto longer = append_operation(log, adding(before, server('v')), hands, kTime).value();
    const KeyState after = state_of(longer);
    CHECK(after.seq == 1);
    CHECK(after.owner == before.owner);
    CHECK(after.signing == std::vector{device('a'), server('v')});
  }
  KeyChange change = adding(before, device('b'));
  std::swap(change.signing[0], change.signing[1]);
  CHECK(contains(refusal(log, change, Hands{'p'}), "only add"));
  change = adding(before, device('b'));
  change.signing[0].role = KeyRole::server;
  CHECK(contains(refusal(log, change, Hands{'p'}), "only add"));
  change = change_of(before, OperationKind::add);
  change.signing.clear();
  CHECK(contains(refusal(log, change, Hands{'p'}), "only add"));
  change = change_of(before, OperationKind::add);
  change.rotation.push_back(pub('e'));
  CHECK(state_of(with_raw(log, change, Hands{'d'})).rotation.size() == 3);
  change.rotation = {pub('p'), pub('e'), pub('d')};
  CHECK(contains(refusal(log, change, Hands{'p'}), "only add"));
}

TEST_CASE("a signature by a stranger, by a signing key or over other bytes is refused") {
  const std::string log = member_log();
  const KeyChange change = adding(state_of(log), device('b'));
  CHECK(contains(refusal(log, change, Hands{'q'}), "operation 1: a proof by a key that may not"));
  CHECK(contains(refusal(log, change, Hands{'a'}), "may not decide"));
  const std::string good = append_operation(log, change, Hands{'p'}, kTime).value();
  const std::string line = lines_of(good)[1];
  const auto broken = [&](const std::function<void(Json&)>& alter) {
    CHECK_FALSE(verify_key_log(log + altered(line, alter)));
  };
  broken([](Json& d) { d["time"] = "2026-11-01T12:00:01.000Z"; });
  broken([](Json& d) { d["signing"][1]["role"] = "server"; });
  broken([](Json& d) { d["signing"][1].erase("name"); });
  broken([](Json& d) { d["extra"] = 1; });
  broken([](Json& d) { d.erase("proof"); });
  broken([](Json& d) { d["proof"] = Json::array({d["proof"]}); });
  broken([](Json& d) { d["proof"]["created"] = "2026-11-01T12:00:00.001Z"; });
  broken([](Json& d) { d["proof"]["extra"] = 1; });
  // What a proof does not cover must not be there: it would change the hash of the line.
  broken([](Json& d) { d["signature"] = "x"; });
  broken([](Json& d) { d["@context"] = "urn:x"; });
  broken([](Json& d) { d["@context"] = d["proof"]["@context"] = "urn:x"; });
  const std::string genesis = lines_of(log)[0];
  CHECK_FALSE(verify_key_log(altered(genesis, [](Json& d) { d["signature"] = "x"; })));
  CHECK_FALSE(verify_key_log(altered(genesis, [](Json& d) { d["salt"] = std::string(26, '0'); })));
}

TEST_CASE("unknown members are kept and covered by the proof") {
  const std::string log = member_log();
  const auto extra = [](Json& d) { d["later"] = Json{{"a", 1}}; };
  const std::string longer = with_raw(log, adding(state_of(log), device('b')), Hands{'p'}, extra);
  CHECK(state_of(longer).seq == 1);
  const auto change = [](Json& d) { d["later"]["a"] = 2; };
  CHECK_FALSE(verify_key_log(log + altered(lines_of(longer)[1], change)));
  const auto fraction = [](Json& d) { d["later"] = 1.5; };
  CHECK(contains(refusal(log, adding(state_of(log), device('b')), Hands{'p'}, fraction),
                 "not an integer"));
}

TEST_CASE("the first rotation key gives way only to one that was committed to") {
  const std::string log = member_log();
  KeyChange change = change_of(state_of(log), OperationKind::rotate);
  change.rotation[0] = pub('n');
  change.next = {commitment(pub('m'))};
  SECTION("the committed key, with a new commitment") {
    const auto longer = append_operation(log, change, Hands{'p'}, kTime).value();
    CHECK(state_of(longer).rotation[0] == pub('n'));
    KeyChange again = change_of(state_of(longer), OperationKind::rotate);
    again.rotation[0] = pub('p');
    again.next = {commitment(pub('k'))};
    CHECK(contains(refusal(longer, again, Hands{'n'}), "committed"));
    again.rotation[0] = pub('m');
    CHECK(contains(refusal(longer, again, Hands{'p'}), "may not decide"));
    CHECK(append_operation(longer, again, Hands{'n'}, kTime));
  }
  SECTION("any other key") {
    change.rotation[0] = pub('m');
    CHECK(contains(refusal(log, change, Hands{'p'}), "in use"));
    change.next = {commitment(pub('k'))};
    CHECK(contains(refusal(log, change, Hands{'p'}), "committed"));
    change.rotation = {pub('d')};
    CHECK(contains(refusal(log, change, Hands{'p'}), "committed"));
    change.rotation = {pub('d'), pub('p')};
    CHECK(contains(refusal(log, change, Hands{'p'}), "committed"));
  }
  SECTION("no new commitment, or the old one") {
    change.next.clear();
    CHECK(contains(refusal(log, change, Hands{'p'}), "needs a \"next\""));
    change.next = {commitment(pub('n'))};
    CHECK(contains(refusal(log, change, Hands{'p'}), "in use"));
  }
  SECTION("the promised key may sign its own coming, and drop keys of a thief with it") {
    change.rotation = {pub('n')};
    const KeyState state = state_of(append_operation(log, change, Hands{'n'}, kTime).value());
    CHECK(state.rotation == std::vector{pub('n')});
  }
  SECTION("the promised key may sign nothing else") {
    CHECK(contains(refusal(log, adding(state_of(log), device('b')), Hands{'n'}), "may not decide"));
    CHECK(contains(refusal(log, change_of(state_of(log), OperationKind::rotate), Hands{'n'}),
                   "may not decide"));
    change.kind = OperationKind::add;
    CHECK(contains(refusal(log, change, Hands{'n'}), "may not decide"));
  }
  SECTION("a key that was not promised may not sign its own coming") {
    change.rotation.front() = pub('k');
    CHECK(contains(refusal(log, change, Hands{'k'}), "may not decide"));
  }
  SECTION("a lower key may not reveal it") {
    CHECK(contains(refusal(log, change, Hands{'d'}), "lower key changes a higher"));
  }
  SECTION("a thief of the first key cannot first replace the commitment") {
    change = change_of(state_of(log), OperationKind::rotate);
    change.next = {commitment(pub('k'))};
    CHECK(contains(refusal(log, change, Hands{'p'}), "without the key that it promised"));
    CHECK(contains(refusal(log, change, Hands{'d'}), "without the key that it promised"));
    change.next.clear();
    CHECK(contains(refusal(log, change, Hands{'p'}), "without the key that it promised"));
  }
}

TEST_CASE("a lower key may not touch a higher one, a higher one may replace the lower") {
  std::string log = member_log();
  KeyChange change = change_of(state_of(log), OperationKind::add);
  change.rotation.push_back(pub('e'));
  log = append_operation(log, change, Hands{'p'}, kTime).value();
  const auto rotating = [&](std::vector<crypto::PublicKey> rotation) {
    KeyChange rotate = change_of(state_of(log), OperationKind::rotate);
    rotate.rotation = std::move(rotation);
    return rotate;
  };
  CHECK(contains(refusal(log, rotating({pub('p'), pub('e')}), Hands{'e'}), "higher"));
  CHECK(contains(refusal(log, rotating({pub('p'), pub('e'), pub('d')}), Hands{'e'}), "higher"));
  CHECK(contains(refusal(log, rotating({pub('d'), pub('e')}), Hands{'d'}), "higher"));
  CHECK(contains(refusal(log, rotating({pub('q'), pub('p'), pub('d')}), Hands{'d'}), "higher"));
  CHECK(verify_key_log(with_raw(log, rotating({pub('p'), pub('d')}), Hands{'d'})));
  CHECK(verify_key_log(with_raw(log, rotating({pub('p'), pub('f')}), Hands{'d'})));
  CHECK(verify_key_log(with_raw(log, rotating({pub('p')}), Hands{'p'})));
  CHECK(verify_key_log(with_raw(log, rotating({pub('p'), pub('d'), pub('g')}), Hands{'e'})));
}

TEST_CASE("a revoked key stays revoked, with the set that was vouched for") {
  std::string log = member_log();
  log = append_operation(log, adding(state_of(log), server('v')), Hands{'p'}, kTime).value();
  const KeyState before = state_of(log);
  log =
      append_operation(log, revoking(before, pub('v'), {"b", "a", "b"}), Hands{'d'}, kTime).value();
  const KeyState after = state_of(log);
  CHECK(after.signing == std::vector{device('a')});
  REQUIRE(after.revocation(pub('v')));
  CHECK(after.revocation(pub('v'))->vouched == vouch_for({"a", "b"}));
  CHECK(after.revocation(pub('a')) == nullptr);
  CHECK(before.standing(pub('v')) == Standing::counts);
  CHECK(after.standing(pub('v')) == Standing::revoked);
  CHECK(after.standing(pub('a')) == Standing::counts);
  CHECK(after.standing(pub('q')) == Standing::unknown);

  SECTION("it does not come back") {
    CHECK(contains(refusal(log, adding(after, server('v')), Hands{'p'}), "two places"));
    KeyChange change = change_of(after, OperationKind::add);
    change.rotation.push_back(pub('v'));
    CHECK(contains(refusal(log, change, Hands{'p'}), "two places"));
  }
  SECTION("the entry neither vanishes nor changes") {
    KeyChange change = adding(after, device('b'));
    change.revoked.clear();
    CHECK(contains(refusal(log, change, Hands{'p'}), "revocation was changed"));
    change.revoked = after.revoked;
    change.revoked[0].vouched.count = 3;
    CHECK(contains(refusal(log, change, Hands{'p'}), "revocation was changed"));
  }
}

TEST_CASE("a revocation is of one key that spoke, and changes nothing else") {
  std::string log = member_log();
  log = append_operation(log, adding(state_of(log), server('v')), Hands{'p'}, kTime).value();
  const KeyState state = state_of(log);
  CHECK(contains(refusal(log, revoking(state, pub('q'), {}), Hands{'p'}), "never spoke"));
  CHECK(contains(refusal(log, change_of(state, OperationKind::revoke), Hands{'p'}),
                 "one key at a time"));
  KeyChange two = revoking(state, pub('a'), {});
  two.revoked.push_back({pub('v'), vouch_for({})});
  two.signing.clear();
  CHECK(contains(refusal(log, two, Hands{'p'}), "one key at a time"));
  KeyChange more = revoking(state, pub('v'), {});
  more.signing.push_back(device('b'));
  CHECK(contains(refusal(log, more, Hands{'p'}), "other signing keys"));
  more = revoking(state, pub('v'), {});
  more.rotation.pop_back();
  CHECK(contains(refusal(log, more, Hands{'p'}), "changes rotation keys"));
  more = revoking(state, pub('v'), {});
  more.kind = OperationKind::rotate;
  CHECK(contains(refusal(log, more, Hands{'p'}), "only \"revoke\""));
}

TEST_CASE("a signing key that a rotation drops is retired and can still be revoked") {
  std::string log = member_log();
  KeyChange change = change_of(state_of(log), OperationKind::rotate);
  change.signing = {device('b')};
  log = append_operation(log, change, Hands{'p'}, kTime).value();
  const KeyState retired = state_of(log);
  CHECK_FALSE(retired.speaks(pub('a')));
  CHECK(retired.standing(pub('a')) == Standing::counts);
  log = append_operation(log, adding(retired, device('c')), Hands{'p'}, kTime).value();
  const KeyState later = state_of(log);
  CHECK(later.standing(pub('a')) == Standing::counts);
  log = append_operation(log, revoking(later, pub('a'), {"x"}), Hands{'p'}, kTime).value();
  CHECK(state_of(log).standing(pub('a')) == Standing::revoked);
  CHECK(state_of(log).signing == std::vector{device('b'), device('c')});
}

TEST_CASE("an unclaimed member is claimed once, and the host's key is out") {
  const Genesis genesis{.subject = Subject::member,
                        .unclaimed = true,
                        .threshold = 1,
                        .rotation = {pub('h')},
                        .next = {},
                        .signing = {server('v')},
                        .salt = std::string(16, 'u')};
  const std::string log = make_key_log(genesis, Hands{'h'}, kTime).value();
  const KeyState before = state_of(log);
  CHECK(before.unclaimed);
  KeyChange claim = change_of(before, OperationKind::claim);
  claim.rotation = {pub('p'), pub('d')};
  claim.next = {commitment(pub('n'))};
  claim.signing = {device('a')};
  SECTION("the claim") {
    const std::string claimed = append_operation(log, claim, Hands{'h'}, kTime).value();
    const KeyState after = state_of(claimed);
    CHECK_FALSE(after.unclaimed);
    CHECK(after.owner == before.owner);
    CHECK(after.standing(pub('v')) == Standing::counts);
    CHECK_FALSE(after.speaks(pub('v')));
    CHECK(contains(refusal(claimed, adding(after, device('b')), Hands{'h'}), "may not decide"));
    KeyChange again = change_of(after, OperationKind::claim);
    again.rotation = {pub('o')};
    again.next = {commitment(pub('k'))};
    CHECK(contains(refusal(claimed, again, Hands{'p'}), "not unclaimed"));
  }
  SECTION("a claim that leaves the host in, or has no spare key") {
    claim.rotation.push_back(pub('h'));
    CHECK(contains(refusal(log, claim, Hands{'h'}), "keeps the host's key"));
    claim.rotation.pop_back();
    claim.next.clear();
    CHECK(contains(refusal(log, claim, Hands{'h'}), "without a \"next\""));
  }
  SECTION("a claim by somebody else") {
    CHECK(contains(refusal(log, claim, Hands{'p'}), "may not decide"));
  }
  SECTION("the host adds and revokes signing keys, but does not rotate") {
    CHECK(verify_key_log(with_raw(log, adding(before, server('w')), Hands{'h'})));
    CHECK(verify_key_log(with_raw(log, revoking(before, pub('v'), {}), Hands{'h'})));
    KeyChange rotate = claim;
    rotate.kind = OperationKind::rotate;
    CHECK(contains(refusal(log, rotate, Hands{'h'}), "by a claim alone"));
    rotate.rotation = before.rotation;
    CHECK(contains(refusal(log, rotate, Hands{'h'}), "by a claim alone"));
    KeyChange add = change_of(before, OperationKind::add);
    add.rotation.push_back(pub('i'));
    CHECK(contains(refusal(log, add, Hands{'h'}), "by a claim alone"));
  }
  SECTION("a member who was never unclaimed is not claimed") {
    const std::string other = member_log();
    KeyChange theft = change_of(state_of(other), OperationKind::claim);
    theft.rotation = {pub('q')};
    theft.next = {commitment(pub('k'))};
    CHECK(contains(refusal(other, theft, Hands{'p'}), "not unclaimed"));
  }
  SECTION("only a genesis says it") {
    CHECK(contains(refusal(log, adding(before, server('w')), Hands{'h'},
                           [](Json& d) { d["unclaimed"] = true; }),
                   "unclaimed"));
    Json spelled_out = parse_json(log).value();
    spelled_out.erase("proof");
    spelled_out["unclaimed"] = false;
    const std::string time = spelled_out["time"];
    REQUIRE(crypto::add_proof(spelled_out, secret('h'), time));
    CHECK(contains(message_of(verify_key_log(canonical_json(spelled_out).value() + "\n")),
                   "\"unclaimed\" is missing or malformed"));
  }
}

TEST_CASE("two of three admins decide for a community") {
  const std::string log = community_log();
  const KeyState state = state_of(log);
  CHECK(state.subject == Subject::community);
  CHECK(state.threshold == 2);
  const KeyChange change = adding(state, server('k'));
  for (const Hands& hands : {Hands{'x', 'y'}, Hands{'z', 'x'}, Hands{'y', 'z'}}) {
    CHECK(state_of(append_operation(log, change, hands, kTime).value()).signing.size() == 2);
  }
  CHECK(contains(message_of(append_operation(log, change, Hands{'x'}, kTime)), "exactly 2"));
  CHECK(contains(message_of(append_operation(log, change, Hands{'x', 'x'}, kTime)), "order"));
  CHECK(contains(message_of(append_operation(log, change, Hands{'x', 'y', 'z'}, kTime)),
                 "exactly 2"));
  CHECK(contains(message_of(append_operation(log, change, Hands{'x', 'q'}, kTime)),
                 "may not decide"));

  const auto good = lines_of(append_operation(log, change, Hands{'x', 'y'}, kTime).value())[1];
  const auto proofs = [&](const std::function<void(Json&)>& alter) {
    return message_of(verify_key_log(log + altered(good, [&](Json& d) { alter(d["proof"]); })));
  };
  CHECK(contains(proofs([](Json& p) { std::swap(p[0], p[1]); }), "order of their keys"));
  CHECK(contains(proofs([](Json& p) { p[1] = p[0]; }), "order of their keys"));
  CHECK(contains(proofs([](Json& p) { p.erase(1); }), "exactly 2"));
  CHECK(contains(proofs([](Json& p) { p = p[0]; }), "exactly 2"));
  CHECK(contains(proofs([](Json& p) { p[0]["proofValue"] = p[1]["proofValue"]; }), "not match"));
}

TEST_CASE("rotation keys and threshold of a community change with the old threshold") {
  const std::string log = community_log();
  KeyChange change = change_of(state_of(log), OperationKind::rotate);
  change.rotation = {pub('y'), pub('w')};
  change.threshold = 1;
  CHECK(contains(message_of(append_operation(log, change, Hands{'y'}, kTime)), "exactly 2"));
  const auto longer = append_operation(log, change, Hands{'x', 'z'}, kTime).value();
  CHECK(state_of(longer).threshold == 1);
  CHECK(append_operation(longer, adding(state_of(longer), server('k')), Hands{'w'}, kTime));
  change.threshold = 3;
  CHECK(contains(message_of(append_operation(log, change, Hands{'x', 'y'}, kTime)),
                 "above the number"));
  KeyChange add = change_of(state_of(log), OperationKind::add);
  add.threshold = 1;
  CHECK(contains(message_of(append_operation(log, add, Hands{'x', 'y'}, kTime)), "only add"));
  add.threshold = 2;
  add.rotation.push_back(pub('w'));
  CHECK(append_operation(log, add, Hands{'x', 'y'}, kTime));
  KeyChange claim = change_of(state_of(log), OperationKind::claim);
  CHECK(contains(message_of(append_operation(log, claim, Hands{'x', 'y'}, kTime)), "unclaimed"));
}

TEST_CASE("proofs made on two machines are sealed into one operation") {
  const std::string log = community_log();
  const Json draft = draft_operation(log, adding(state_of(log), server('k')), kTime).value();
  std::vector<Json> proofs;
  for (const char n : {'z', 'x'}) {
    proofs.push_back(
        crypto::make_proof(draft, secret(n), draft["time"].get<std::string>()).value());
  }
  CHECK(state_of(seal_operation(log, draft, proofs).value()).seq == 1);
  Json other = draft;
  other["time"] = "2026-11-02T12:00:00.000Z";
  CHECK_FALSE(seal_operation(log, other, proofs));
}

TEST_CASE("a log is a member's or a community's to its end") {
  const auto becomes = [](const std::string& subject) {
    return [subject](Json& d) { d["subject"] = subject; };
  };
  const std::string member = member_log();
  CHECK(contains(
      refusal(member, adding(state_of(member), device('b')), Hands{'p'}, becomes("community")),
      "the subject changes"));
  const std::string community = community_log(1);
  CHECK(contains(
      refusal(community, adding(state_of(community), server('b')), Hands{'x'}, becomes("member")),
      "the subject changes"));
}

TEST_CASE("operations out of order, twice, missing or of another owner are refused") {
  std::string log = member_log();
  for (const char n : {'1', '2'}) {
    log = append_operation(log, adding(state_of(log), device(n)), Hands{'p'}, kTime).value();
  }
  const auto l = lines_of(log);
  REQUIRE(l.size() == 3);
  CHECK(verify_key_log(l[0] + l[1] + l[2]));
  CHECK(contains(message_of(verify_key_log(l[0] + l[2] + l[1])), "operation 1: the sequence"));
  CHECK(contains(message_of(verify_key_log(l[0] + l[1] + l[1])), "operation 2: the sequence"));
  CHECK(contains(message_of(verify_key_log(l[0] + l[2])), "operation 1: the sequence"));
  CHECK(contains(message_of(verify_key_log(l[1] + l[2])), "operation 0: a log begins"));
  CHECK(contains(message_of(verify_key_log(l[0] + l[0])), "operation 1: a second genesis"));
  Genesis other = member_genesis();
  other.salt = std::string(16, 'o');
  const std::string theirs = make_key_log(other, Hands{'p'}, kTime).value();
  CHECK(contains(message_of(verify_key_log(theirs + l[1])), "does not follow"));
  CHECK(contains(message_of(verify_key_log(l[0] + theirs)), "second genesis"));
  CHECK(contains(message_of(verify_key_log(l[0] + altered(l[1], [](Json& d) { d.erase("prev"); }))),
                 "prev"));
  CHECK(contains(
      message_of(verify_key_log(l[0] + altered(l[1], [](Json& d) { d["prev"] = nullptr; }))),
      "prev"));
  CHECK_FALSE(verify_key_log(altered(l[0], [](Json& d) { d["prev"] = std::string(64, '0'); })));
}

TEST_CASE("a log is lines of canonical JSON, each ended") {
  const std::string log = member_log();
  CHECK(contains(message_of(verify_key_log("")), "empty"));
  CHECK(contains(message_of(verify_key_log(log.substr(0, log.size() - 1))), "not ended"));
  CHECK_FALSE(verify_key_log(log + "\n"));
  CHECK_FALSE(verify_key_log("\n" + log));
  CHECK(contains(message_of(verify_key_log(" " + log)), "canonical"));
  CHECK(contains(message_of(verify_key_log(log.substr(0, log.size() - 1) + "\r\n")), "canonical"));
  Json document = parse_json(log).value();
  CHECK(contains(message_of(verify_key_log(document.dump(1, ' ') + "\n")), "operation 0"));
  CHECK_FALSE(verify_key_log("{\"v\":1," + log.substr(1)));
  CHECK(contains(message_of(verify_key_log("{\"type\":\"KeyOperation\",\"v\":2}\n")), "version"));
  CHECK_FALSE(verify_key_log("[]\n"));
  CHECK_FALSE(verify_key_log("{}\n"));
}

TEST_CASE("what is too long is refused before any signature is looked at") {
  const std::string genesis = member_log();
  CHECK(contains(message_of(verify_key_log("{\"x\":\"" + std::string(4096, 'x') + "\"}\n")),
                 "4 KiB"));
  std::string many;
  for (int i = 0; i < 65; ++i) many += genesis;
  CHECK(contains(message_of(verify_key_log(many)), "64 operations"));
  CHECK(contains(message_of(verify_key_log(std::string(300'000, '\n'))), "256 KiB"));
  CHECK_FALSE(verify_key_log(std::string(200'000, '\n')));
}

TEST_CASE("a log of 64 operations is full") {
  std::string log = member_log();
  for (int i = 1; i < 64; ++i) {
    KeyChange change = change_of(state_of(log), OperationKind::rotate);
    change.signing[0].name = "device " + std::to_string(i);
    log = append_operation(log, change, Hands{'p'}, kTime).value();
  }
  CHECK(state_of(log).seq == 63);
  const auto one_more = adding(state_of(log), device('b'));
  CHECK(contains(message_of(append_operation(log, one_more, Hands{'p'}, kTime)), "64 operations"));
}

TEST_CASE("the longest valid extension of what we hold is taken") {
  const std::string one = member_log();
  const std::string two =
      append_operation(one, adding(state_of(one), device('b')), Hands{'p'}, kTime).value();
  const std::string three =
      append_operation(two, adding(state_of(two), device('e')), Hands{'p'}, kTime).value();
  using Outcome = Extension::Outcome;
  const auto outcome = [](const std::string& held, const std::string& offered) {
    const auto result = extend_key_log(held, offered).value();
    CHECK(state_of(result.log) == result.state);
    return result.outcome;
  };
  CHECK(outcome("", three) == Outcome::extended);
  CHECK(outcome(one, three) == Outcome::extended);
  CHECK(outcome(three, three) == Outcome::unchanged);
  CHECK(outcome(three, one) == Outcome::stale);
  CHECK(extend_key_log(one, three).value().log == three);
  CHECK(extend_key_log(three, two).value().log == three);

  SECTION("up to the first operation that is not valid") {
    const std::string bad =
        two + altered(lines_of(three)[2], [](Json& d) { d["time"] = "2026-11-02T12:00:00Z"; });
    for (const std::string& held : {std::string(), one}) {
      const auto result = extend_key_log(held, bad).value();
      CHECK(result.outcome == Outcome::extended);
      CHECK(result.log == two);
      CHECK(contains(result.problem, "operation 2"));
    }
    const auto nothing = extend_key_log(two, bad).value();
    CHECK(nothing.outcome == Outcome::unchanged);
    CHECK(nothing.log == two);
    CHECK(contains(nothing.problem, "operation 2"));
    CHECK(extend_key_log(three, bad).value().outcome == Outcome::unchanged);
  }
  SECTION("what is no log, or is another's, changes nothing") {
    CHECK(extend_key_log(two, "garbage").value().outcome == Outcome::unchanged);
    CHECK_FALSE(extend_key_log(two, "garbage").value().problem.empty());
    CHECK_FALSE(extend_key_log("", "garbage\n"));
    CHECK_FALSE(extend_key_log("", ""));
    CHECK(contains(message_of(extend_key_log(two, community_log())), "another owner"));
    CHECK(extend_key_log("broken\n", two).error().kind == Kind::damaged);
  }
}

TEST_CASE("two different successors freeze a log at the last common operation") {
  const std::string one = member_log();
  const auto next = [](const std::string& log, char n, char hand) {
    return append_operation(log, adding(state_of(log), device(n)), Hands{hand}, kTime).value();
  };
  const std::string common = next(one, '1', 'p');
  const std::string left = next(next(common, 'l', 'p'), 'k', 'p');
  const std::string right = next(common, 'r', 'd');
  for (const auto& [held, offered] : {std::pair(left, right), std::pair(right, left)}) {
    const auto result = extend_key_log(held, offered).value();
    CHECK(result.outcome == Extension::Outcome::forked);
    CHECK(result.log == common);
    CHECK(result.state.seq == 1);
    CHECK(result.held_successor + "\n" == lines_of(held)[2]);
    CHECK(result.offered_successor + "\n" == lines_of(offered)[2]);
    CHECK(contains(result.problem, "two different operations 2"));
  }
  // A successor that does not verify is no fork, or anybody could freeze anybody.
  const std::string forged =
      common + altered(lines_of(right)[2], [](Json& d) { d["time"] = "2026-11-02T12:00:00Z"; });
  const auto result = extend_key_log(left, forged).value();
  CHECK(result.outcome == Extension::Outcome::unchanged);
  CHECK(result.log == left);
}

TEST_CASE("a vouched set has one digest, whatever the order") {
  CHECK(vouch_for({"b", "a"}) == vouch_for({"a", "b", "a"}));
  CHECK(vouch_for({"b", "a"}).count == 2);
  CHECK(vouch_for({"b", "a"}).digest == crypto::sha256_hex("a\nb\n"));
  CHECK(vouch_for({}).digest == crypto::sha256_hex(""));
}

TEST_CASE("a commitment hides the key that it names") {
  CHECK(commitment(pub('n')) == crypto::sha256_hex(crypto::to_did_key(pub('n'))));
}

}  // namespace
}  // namespace camp::model
