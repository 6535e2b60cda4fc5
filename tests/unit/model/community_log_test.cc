// SPDX-License-Identifier: MIT
#include "model/community_log.h"

#include <functional>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/digest.h"
#include "crypto/proof.h"
#include "log_support.h"

namespace camp::model {
namespace {

OwnerId person(char n) {
  return OwnerId::parse(to_base32(crypto::sha256(std::string(1, n)).substr(0, 20))).value();
}

std::string object_of(char n) {
  return FullId{person(n), ObjectId::make(kTime, crypto::sha256("object"))}.text();
}

// A community whose server speaks with key c, and its log.
class Camp {
 public:
  KeyState keys() const { return verify_key_log(key_log_).value(); }
  CommunityState state() const { return verify_community_log(log, keys()).value(); }

  Result<std::string> attempt(const LogEntry& entry, char key = 'c') const {
    return append_entry(log, entry, keys(), secret(key), kTime);
  }
  Camp& add(const LogEntry& entry, char key = 'c') {
    log = attempt(entry, key).value();
    return *this;
  }
  Camp& join(char n, const std::string& handle) {
    return add({.kind = "join", .member = person(n), .handle = handle, .name = "Person " + handle});
  }
  // The community takes another server key; the old one goes without or with a revocation.
  void add_key(char n) {
    key_log_ = append_operation(key_log_, adding(keys(), server(n)), Hands{'x'}, kTime).value();
  }
  void revoke_key(char n) {
    const KeyChange change = revoking(keys(), pub(n), {});
    key_log_ = append_operation(key_log_, change, Hands{'x'}, kTime).value();
  }
  void retire_key(char n) {
    KeyChange change = change_of(keys(), OperationKind::rotate);
    std::erase_if(change.signing, [&](const SigningKey& key) { return key.key == pub(n); });
    key_log_ = append_operation(key_log_, change, Hands{'x'}, kTime).value();
  }

  std::string log;

 private:
  std::string key_log_ = community_log(1);
};

// Ana is the admin, bo and cy are members.
Camp three_people() {
  Camp camp;
  camp.add({.kind = "name", .name = "Friend Camp"});
  camp.join('a', "ana").add({.kind = "role", .member = person('a'), .role = "admin"});
  camp.join('b', "bo").join('c', "cy");
  return camp;
}

LogEntry about(const std::string& kind, char n) { return {.kind = kind, .member = person(n)}; }

// A line that is signed rightly, whatever it says.
std::string raw_line(const Camp& camp, const std::function<void(Json&)>& alter, char key = 'c') {
  const CommunityState state = camp.state();
  Json document{{"type", "LogEntry"},
                {"v", 1},
                {"community", state.community.text()},
                {"seq", state.entries},
                {"prev", state.entries == 0 ? Json(nullptr) : Json(state.head)},
                {"time", "2026-11-01T12:00:00.000Z"},
                {"kind", "rules"},
                {"text", "be kind"}};
  alter(document);
  REQUIRE(crypto::add_proof(document, secret(key), "2026-11-01T12:00:00Z"));
  return canonical_json(document).value() + "\n";
}

std::string refusal_of_raw(const Camp& camp, const std::function<void(Json&)>& alter,
                           char key = 'c') {
  return message_of(verify_community_log(camp.log + raw_line(camp, alter, key), camp.keys()));
}

std::string altered(const std::string& line, const std::function<void(Json&)>& alter) {
  Json document = parse_json(line).value();
  alter(document);
  return canonical_json(document).value() + "\n";
}

TEST_CASE("the log says who belongs to the community") {
  Camp camp = three_people();
  camp.add({.kind = "rules", .text = "be kind"});
  const CommunityState state = camp.state();
  CHECK(state.community == camp.keys().owner);
  CHECK(state.entries == 6);
  CHECK(state.name == "Friend Camp");
  CHECK(state.rules == "be kind");
  REQUIRE(state.members.size() == 3);
  const MemberState& ana = state.members.at(person('a'));
  CHECK(ana.handle == "ana");
  CHECK(ana.name == "Person ana");
  CHECK(ana.role == "admin");
  CHECK(ana.state == "active");
  CHECK(ana.joined_ms == kTime);
  CHECK(*state.by_handle("bo") == person('b'));
  CHECK(state.by_handle("dee") == nullptr);
  const auto lines = lines_of(camp.log);
  CHECK(state.head == crypto::sha256_hex(lines[5].substr(0, lines[5].size() - 1)));
}

TEST_CASE("an empty log is a community without members") {
  const Camp camp;
  CHECK(camp.state().entries == 0);
  CHECK(camp.state().community == camp.keys().owner);
  CHECK(camp.state().head.empty());
  CHECK_FALSE(verify_community_log("", verify_key_log(member_log()).value()));
}

TEST_CASE("handles are unique among those who belong") {
  Camp camp = three_people();
  const auto join = [&](char n, const std::string& handle) {
    return camp.attempt({.kind = "join", .member = person(n), .handle = handle});
  };
  CHECK(contains(message_of(join('d', "ana")), "another member's"));
  CHECK(contains(message_of(join('a', "ana2")), "a member already"));
  const auto rename = [&](char n, const std::string& handle) {
    return camp.attempt({.kind = "handle", .member = person(n), .handle = handle});
  };
  CHECK(contains(message_of(rename('b', "ana")), "another member's"));
  CHECK(contains(message_of(rename('z', "zed")), "no member"));
  CHECK(rename('b', "bo"));
  camp.add({.kind = "handle", .member = person('b'), .handle = "bob"});
  CHECK(camp.state().members.at(person('b')).handle == "bob");
  CHECK(join('d', "bo"));

  camp.add(about("suspend", 'c'));
  CHECK(contains(message_of(join('d', "cy")), "another member's"));
  camp.add(about("remove", 'c'));
  camp.join('d', "cy");
  CHECK(*camp.state().by_handle("cy") == person('d'));
  CHECK(camp.state().members.at(person('c')).state == "removed");
}

TEST_CASE("a handle that is malformed or reserved is refused, signed or not") {
  Camp camp = three_people();
  for (const std::string handle : {"", "Ana", "an a", "a.b", "żó", "../x", "@ana", "all", "camp",
                                   "everyone", "public", "abcdefghijabcdefghijabcdefghijx"}) {
    INFO(handle);
    CHECK_FALSE(camp.attempt({.kind = "join", .member = person('d'), .handle = handle}));
    CHECK(contains(refusal_of_raw(camp,
                                  [&](Json& d) {
                                    d["kind"] = "join";
                                    d["member"] = person('d').text();
                                    d["handle"] = handle;
                                  }),
                   "handle"));
  }
}

TEST_CASE("members are suspended, restored and removed, and may come back") {
  Camp camp = three_people();
  CHECK(contains(message_of(camp.attempt(about("restore", 'b'))), "only a suspended"));
  camp.add({.kind = "suspend", .member = person('b'), .reason = "spam"});
  CHECK(camp.state().members.at(person('b')).state == "suspended");
  CHECK(contains(message_of(camp.attempt(about("suspend", 'b'))), "already"));
  camp.add(about("restore", 'b'));
  CHECK(camp.state().members.at(person('b')).state == "active");
  camp.add(about("remove", 'b'));
  for (const auto* kind : {"suspend", "restore", "remove"}) {
    CHECK(contains(message_of(camp.attempt(about(kind, 'b'))), "no member"));
    CHECK(contains(message_of(camp.attempt(about(kind, 'z'))), "no member"));
  }
  CHECK_FALSE(camp.attempt({.kind = "role", .member = person('b'), .role = "admin"}));
  camp.join('b', "bo");
  CHECK(camp.state().members.at(person('b')).state == "active");
  CHECK(camp.state().members.at(person('b')).role == "member");
}

TEST_CASE("the last admin stays") {
  Camp camp = three_people();
  const LogEntry demote{.kind = "role", .member = person('a'), .role = "moderator"};
  for (const LogEntry& entry : {demote, about("suspend", 'a'), about("remove", 'a')}) {
    CHECK(contains(message_of(camp.attempt(entry)), "last admin"));
  }
  camp.add({.kind = "role", .member = person('b'), .role = "admin"});
  CHECK(camp.attempt(demote));
  camp.add(about("suspend", 'b'));
  CHECK(contains(message_of(camp.attempt(demote)), "last admin"));
  CHECK(camp.attempt(about("remove", 'b')));
  camp.add(about("restore", 'b')).add(demote);
  CHECK(camp.state().members.at(person('a')).role == "moderator");
  CHECK(contains(message_of(camp.attempt({.kind = "role", .member = person('b'), .role = "king"})),
                 "role"));
}

TEST_CASE("objects are hidden, shown again, and removed for good") {
  Camp camp = three_people();
  camp.add({.kind = "hide", .reason = "rude", .object = object_of('b')});
  CHECK(camp.state().hidden.at(object_of('b')) == "rude");
  camp.add({.kind = "unhide", .object = object_of('b')});
  CHECK(camp.state().hidden.empty());
  camp.add({.kind = "remove-object", .reason = "law", .object = object_of('b')});
  CHECK(camp.state().hidden.at(object_of('b')) == "law");
  CHECK(camp.state().removed_objects.contains(object_of('b')));
  CHECK(contains(message_of(camp.attempt({.kind = "unhide", .object = object_of('b')})),
                 "was removed"));
  CHECK_FALSE(camp.attempt({.kind = "hide", .object = "https://elsewhere.example/1"}));
}

TEST_CASE("people elsewhere and hosts are blocked, for a reason, and are so no more") {
  Camp camp = three_people();
  camp.add({.kind = "block", .reason = "floods", .about = "https://spam.example/"});
  camp.add({.kind = "block", .about = "acct:eve@bad.example"});
  CHECK(camp.state().blocked.at("https://spam.example/") == "floods");
  camp.add({.kind = "block", .reason = "still", .about = "https://spam.example/"});
  CHECK(camp.state().blocked.at("https://spam.example/") == "still");
  camp.add({.kind = "unblock", .about = "https://spam.example/"});
  CHECK(camp.state().blocked.size() == 1);
  for (const std::string& about : {std::string(), std::string("spam.example"),
                                   "camp:" + person('b').text(), std::string("https://a b/"),
                                   std::string("https://a\n/"), "acct:" + std::string(2048, 'x')}) {
    INFO(about);
    CHECK_FALSE(camp.attempt({.kind = "block", .about = about}));
  }
}

TEST_CASE("unknown kinds and members are kept and mean nothing") {
  Camp camp = three_people();
  camp.log += raw_line(camp, [](Json& d) {
    d = Json{{"type", d["type"]},
             {"v", 1},
             {"community", d["community"]},
             {"seq", d["seq"]},
             {"prev", d["prev"]},
             {"time", d["time"]},
             {"kind", "vote"},
             {"handle", 7},
             {"ballots", Json::array({"a", "b"})}};
  });
  CHECK(camp.state().entries == 6);
  camp.log += raw_line(camp, [](Json& d) { d["later"] = Json{{"a", 1}}; });
  CHECK(camp.state().rules == "be kind");
  camp.add(about("remove", 'b'));
  CHECK(camp.state().entries == 8);
  CHECK(camp.attempt({.kind = "vote"}).error().kind == Kind::bug);
}

TEST_CASE("an entry that is not the next of this log is refused with its number") {
  const Camp camp = three_people();
  const auto l = lines_of(camp.log);
  const auto refused = [&](const std::string& log) {
    return message_of(verify_community_log(log, camp.keys()));
  };
  CHECK(contains(refused(l[1] + l[2]), "entry 0: the sequence"));
  CHECK(contains(refused(l[0] + l[2]), "entry 1: the sequence"));
  CHECK(contains(refused(l[0] + l[1] + l[1]), "entry 2: the sequence"));
  CHECK(contains(refused(l[0] + l[0]), "entry 1: the sequence"));
  CHECK(
      contains(refused(camp.log.substr(0, camp.log.size() - 1)), "entry 4: the last line is not"));
  CHECK(contains(refused(camp.log + "\n"), "entry 5"));
  CHECK(contains(refused(" " + camp.log), "canonical"));
  CHECK(contains(refused(std::string(9000, 'x') + "\n"), "8 KiB"));
  CHECK(contains(refusal_of_raw(camp, [](Json& d) { d["prev"] = nullptr; }), "does not follow"));
  CHECK(contains(refusal_of_raw(camp, [](Json& d) { d["prev"] = std::string(64, '0'); }),
                 "does not follow"));
  CHECK(contains(refusal_of_raw(camp, [](Json& d) { d.erase("prev"); }), "does not follow"));
  CHECK(contains(refusal_of_raw(camp, [](Json& d) { d["seq"] = -1; }), "sequence"));
  CHECK(contains(refusal_of_raw(camp, [](Json& d) { d["v"] = 2; }), "version"));
  CHECK(contains(refusal_of_raw(camp, [](Json& d) { d["type"] = "KeyOperation"; }), "type"));
  CHECK(contains(refusal_of_raw(camp, [](Json& d) { d["community"] = person('q').text(); }),
                 "another community"));
  CHECK(contains(refusal_of_raw(camp, [](Json& d) { d["time"] = "noon"; }), "entry 5"));
  CHECK(contains(refusal_of_raw(camp, [](Json& d) { d["later"] = 0.5; }), "integer"));
  CHECK(contains(refusal_of_raw(camp, [](Json& d) { d.erase("kind"); }), "kind"));
  CHECK(contains(refusal_of_raw(camp, [](Json& d) { d.erase("text"); }), "text"));
}

TEST_CASE("an entry that somebody else signed or altered is refused") {
  const Camp camp = three_people();
  for (const char key : {'q', 'x', 'a'}) {
    CHECK(contains(refusal_of_raw(
                       camp, [](Json&) {}, key),
                   "not the community's"));
    CHECK_FALSE(camp.attempt(about("remove", 'b'), key));
  }
  const std::string line = raw_line(camp, [](Json&) {});
  const auto broken = [&](const std::function<void(Json&)>& alter) {
    CHECK_FALSE(verify_community_log(camp.log + altered(line, alter), camp.keys()));
  };
  CHECK(verify_community_log(camp.log + line, camp.keys()));
  broken([](Json& d) { d["text"] = "be unkind"; });
  broken([](Json& d) { d["time"] = "2026-11-02T12:00:00.000Z"; });
  broken([](Json& d) { d["extra"] = 1; });
  broken([](Json& d) { d.erase("proof"); });
  broken([](Json& d) { d["proof"] = Json::array({d["proof"]}); });
  broken([](Json& d) { d["signature"] = "x"; });
  broken([](Json& d) { d["@context"] = "urn:x"; });
}

TEST_CASE("a key that was laid down still counts, a revoked one only below a newer entry") {
  Camp camp = three_people();
  camp.add_key('k');
  SECTION("laid down") {
    camp.retire_key('c');
    CHECK(camp.state().entries == 5);
    CHECK_FALSE(camp.attempt(about("remove", 'b'), 'c'));
    CHECK(camp.add(about("remove", 'b'), 'k').state().entries == 6);
  }
  SECTION("revoked, and nothing after it") {
    camp.revoke_key('c');
    CHECK(contains(message_of(verify_community_log(camp.log, camp.keys())),
                   "entry 0: signed by a revoked key"));
  }
  SECTION("revoked, and the new key has written since") {
    camp.add(about("remove", 'b'), 'k');
    const Camp before = camp;
    camp.add(about("suspend", 'c'), 'c');
    camp.revoke_key('c');
    CHECK(contains(message_of(verify_community_log(camp.log, camp.keys())),
                   "entry 6: signed by a revoked key"));
    const CommunityState good = verify_community_log(before.log, camp.keys()).value();
    CHECK(good.entries == 6);
    const auto offered = extend_community_log(before.log, good, camp.log, camp.keys()).value();
    CHECK(offered.outcome == Extension::Outcome::unchanged);
    CHECK(contains(offered.problem, "revoked"));
    const auto whole = extend_community_log("", {}, camp.log, camp.keys()).value();
    CHECK(whole.log == before.log);
    CHECK(whole.state == good);
    const std::string forged = before.log + raw_line(
                                                before, [](Json&) {}, 'c');
    CHECK(extend_community_log(before.log, good, forged, camp.keys()).value().log == before.log);
    camp.log = before.log;
    camp.add({.kind = "rules", .text = "x"}, 'k');
    CHECK(extend_community_log(camp.log, camp.state(), forged, camp.keys()).value().outcome ==
          Extension::Outcome::unchanged);
  }
}

TEST_CASE("a tail is verified from the state before it") {
  Camp camp = three_people();
  const CommunityState middle = camp.state();
  const std::size_t start = camp.log.size();
  camp.add(about("remove", 'b')).add({.kind = "rules", .text = "x"});
  CHECK(verify_community_log_from(middle, camp.log.substr(start), camp.keys()).value() ==
        camp.state());
  CHECK(verify_community_log_from(middle, "", camp.keys()).value() == middle);
  CHECK_FALSE(verify_community_log_from(middle, camp.log, camp.keys()));
  const std::string line =
      next_entry(camp.state(), about("suspend", 'c'), camp.keys(), secret('c'), kTime).value();
  CHECK(camp.attempt(about("suspend", 'c')).value() == camp.log + line);
}

TEST_CASE("the longest valid extension is taken, and two successors freeze the log") {
  using Outcome = Extension::Outcome;
  const Camp common = three_people();
  Camp left = common;
  left.add(about("remove", 'b')).add(about("remove", 'c'));
  Camp right = common;
  right.add(about("suspend", 'b'));
  const KeyState keys = common.keys();
  const auto extend = [&](const Camp& held, const std::string& offered) {
    return extend_community_log(held.log, held.state(), offered, keys).value();
  };
  CHECK(extend(common, common.log).outcome == Outcome::unchanged);
  CHECK(extend(left, common.log).outcome == Outcome::stale);
  CHECK(extend(left, "").outcome == Outcome::stale);
  const auto longer = extend(common, left.log);
  CHECK(longer.outcome == Outcome::extended);
  CHECK(longer.log == left.log);
  CHECK(longer.state == left.state());

  const std::string broken = left.log.substr(0, left.log.size() - 10);
  const auto part = extend(common, broken);
  CHECK(part.outcome == Outcome::extended);
  CHECK(part.state.entries == 6);
  CHECK(contains(part.problem, "entry 6"));
  CHECK(extend(common, common.log + "x\n").outcome == Outcome::unchanged);

  for (const auto& [held, offered] : {std::pair(left, right), std::pair(right, left)}) {
    const auto fork = extend(held, offered.log);
    CHECK(fork.outcome == Outcome::forked);
    CHECK(fork.log == common.log);
    CHECK(fork.state == common.state());
    CHECK(fork.held_successor + "\n" == lines_of(held.log)[5]);
    CHECK(fork.offered_successor + "\n" == lines_of(offered.log)[5]);
  }
  const std::string forged = common.log + raw_line(
                                              common, [](Json&) {}, 'q');
  CHECK(extend(left, forged).outcome == Outcome::unchanged);
  CHECK(extend(left, forged).log == left.log);
}

TEST_CASE("a log can be read line by line, and gives each member's admission") {
  Camp camp = three_people();
  camp.add({.kind = "remove", .member = person('b'), .reason = "left"});
  camp.join('b', "bobby");
  const auto entries = read_entries(camp.log).value();
  REQUIRE(entries.size() == 7);
  CHECK(entries[1].entry.kind == "join");
  CHECK(entries[1].time_ms == kTime);
  CHECK(entries[5].entry.reason == "left");
  CHECK(entries[6].seq == 6);
  const auto lines = lines_of(camp.log);
  CHECK(admission_line(camp.log, person('a')) + "\n" == lines[1]);
  CHECK(admission_line(camp.log, person('b')) + "\n" == lines[6]);
  CHECK(admission_line(camp.log, person('q')).empty());
  CHECK(admission_line("", person('q')).empty());
  CHECK(admission_line("garbage", person('q')).empty());
  CHECK_FALSE(read_entries("garbage"));
}

TEST_CASE("a long log stays linear to verify") {
  Camp camp = three_people();
  CommunityState state = camp.state();
  const KeyState keys = camp.keys();
  const auto key = secret('c');
  const std::uint64_t count = full_depth() ? 5000 : 300;
  while (state.entries < count) {
    const LogEntry entry{.kind = "rules", .text = "version " + std::to_string(state.entries)};
    const std::string line = next_entry(state, entry, keys, key, kTime).value();
    state = verify_community_log_from(state, line, keys).value();
    camp.log += line;
  }
  CHECK(camp.state() == state);
}

}  // namespace
}  // namespace camp::model
