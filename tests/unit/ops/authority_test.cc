// SPDX-License-Identifier: MIT
// Who holds which key, and who may still act.
#include <filesystem>

#include "crypto/did_key.h"
#include "model/community_log.h"
#include "ops/identity.h"
#include "ops/keys.h"
#include "store/writer.h"
#include "unit/ops/ops_support.h"

using namespace camp;
using namespace camp::ops;

namespace {

/// The community decides something about a member.
void decide(Camp& camp, const std::string& kind, const std::string& handle,
            const std::string& role = "") {
  store::Community community = camp.open();
  auto writer = community.write().value();
  const auto keys = community.keys_of(community.id()).value();
  const auto log =
      model::append_entry(community.state_file(store::kCommunityLog).value(),
                          {.kind = kind, .member = Camp::who(community, handle).id, .role = role},
                          keys, community_key(community).value(), camp.stage.now);
  REQUIRE(log);
  REQUIRE(writer.put_state({{std::string(store::kLocal), std::string(store::kCommunityLog), *log}},
                           kind));
}

/// The files of secret Ed25519 keys that the directory holds for a member.
std::ptrdiff_t held_keys(const Camp& camp, const OwnerId& member) {
  const std::filesystem::directory_iterator files(camp.directory() + "/keys/" + member.text());
  return std::count_if(begin(files), end(files),
                       [](const auto& file) { return file.path().extension() == ".key"; });
}

Result<void> kept(const std::string&) { return {}; }

}  // namespace

TEST_CASE("every member has the transport key in their own repository from the first day") {
  Camp camp;
  const store::Community community = camp.open();
  for (const char* handle : {"ana", "bo", "cy"}) {
    const std::string own = model::private_repository(Camp::who(community, handle).id);
    CHECK(community.has_state_file(own, store::kTransportKey).value());
    CHECK_FALSE(community.has_state_file("public", store::kTransportKey).value());
  }
}

TEST_CASE("a repository holds the papers of those who wrote to it, and of nobody else") {
  Camp camp;
  REQUIRE(camp.say("bo", to("public", "hello, world")));
  REQUIRE(camp.say("cy", text("only here")));
  const store::Community community = camp.open();
  const auto stands = [&](const std::string& handle) {
    const OwnerId member = Camp::who(community, handle).id;
    const bool keys = community.has_state_file("public", store::member_keys_file(member)).value();
    CHECK(community.has_state_file("public", store::admission_file(member)).value() == keys);
    return keys;
  };
  CHECK(stands("bo"));
  CHECK_FALSE(stands("cy"));
}

TEST_CASE("who is suspended reads and does not write, until restored") {
  Camp camp;
  REQUIRE(camp.say("bo", text("before")));
  decide(camp, "suspend", "bo");
  const auto refused = camp.say("bo", text("meanwhile"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Kind::refused);
  CHECK(refused.error().message == "@bo is suspended");
  CHECK(camp.sees("bo", "before") == 1);
  CHECK(camp.sees("ana", "meanwhile") == 0);

  decide(camp, "restore", "bo");
  CHECK(camp.say("bo", text("after")));
}

TEST_CASE("whoever was removed is no longer counted among the readers") {
  Camp camp;
  CHECK(camp.say("ana", text("to three"))->readers.members == 3);
  decide(camp, "remove", "bo");
  CHECK(camp.say("ana", text("to two"))->readers.members == 2);
}

TEST_CASE("an admin who is suspended admits nobody") {
  Camp camp;
  decide(camp, "role", "bo", "admin");
  decide(camp, "suspend", "ana");
  store::Community community = camp.open();
  const auto refused = add_member(community, Camp::who(community, "ana"), "dora", "");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "@ana is no admin");
  CHECK(add_member(community, Camp::who(community, "bo"), "dora", ""));
}

TEST_CASE("the host destroys the keys that a claim takes from it") {
  Camp camp;
  store::Community community = camp.open();
  const auto added = add_member(community, Camp::who(community, "ana"), "dora", "").value();
  const auto other = add_member(community, Camp::who(community, "ana"), "eli", "").value();
  REQUIRE(held_keys(camp, added.id) == 2);  // one decides, one speaks
  REQUIRE(held_keys(camp, other.id) == 2);

  REQUIRE(claim(community, "dora", added.code, kept));
  CHECK(held_keys(camp, added.id) == 1);
  REQUIRE(claim(community, "eli", other.code, kept, kept));
  CHECK(held_keys(camp, other.id) == 0);
  CHECK(claim(community, "eli", other.code, kept, kept).error().kind == Kind::refused);

  // As a process leaves it that is killed at the end of a claim.
  REQUIRE(community.keyring().put_claim(other.id, store::claim_digest(other.code)));
  CHECK(claim(community, "eli", other.code, kept, kept).error().message ==
        "@eli is claimed already");
}

TEST_CASE("a list of what a revoked key may still say counts only as the revocation names it") {
  Camp camp;
  REQUIRE(camp.say("ana", text("mine")));
  const auto signature = [&] { return camp.seen_by("bo").front().signature; };
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana");
  const Keys keys = show_keys(community, ana).value();
  REQUIRE(keys.speaking.size() == 1);
  REQUIRE(held_keys(camp, ana.id) == 2);
  REQUIRE(revoke_key(community, ana, keys.speaking.front().key, "", {}));
  CHECK(held_keys(camp, ana.id) == 1);
  CHECK(signature() == "valid");

  const auto key = crypto::from_did_key(keys.speaking.front().key).value();
  const std::string path = store::vouched_file(ana.id, key);
  const std::string local(store::kLocal);
  std::string list = community.state_file(path).value();
  list += model::vouched_entry("another") + "\n";
  REQUIRE(community.write().value().put_state({{local, path, list}}, "tampered"));
  CHECK(signature() == "disowned");
}
