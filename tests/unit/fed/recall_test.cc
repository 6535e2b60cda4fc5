// SPDX-License-Identifier: MIT
// What a server keeps between two messages follows what other processes write meanwhile.
#include "store/recall.h"

#include "crypto/rsa.h"
#include "fed/discovery.h"
#include "fed/inbox_apply.h"
#include "model/audience.h"
#include "store/newest.h"
#include "unit/fed/inbox_support.h"

using namespace camp;
using namespace camp::fed;

namespace {

/// A community that a server has open, and the same one as a command at the shell opens it.
class Shared : public InboxCamp {
 public:
  store::Community shell = open();

  /// A private object that a member writes at the shell.
  ObjectId relate_at_shell(const std::string& handle, model::Type type, const std::string& about) {
    std::swap(community, shell);
    const ObjectId id = relate(handle, type, about);
    std::swap(community, shell);
    return id;
  }
  Received like(const std::string& who) { return say_to_us(act("Like", who, post_uri)); }
  Received follows(const std::string& who) { return say_to_us(act("Follow", who, ana_actor)); }
};

}  // namespace

TEST_CASE("a block that another process writes counts for the next message") {
  Shared world;
  CHECK(world.like(world.sal).reason.empty());
  CHECK(world.likes() == 1);
  world.relate_at_shell("ana", model::Type::block, world.mallory);
  CHECK_FALSE(world.like(world.mallory).reason.empty());
  CHECK(world.likes() == 1);
  CHECK(world.like(world.sal).answer.status == 202);  // nobody else is blocked
  world.relate_at_shell("ana", model::Type::block, world.peer.origin() + "/");
  CHECK_FALSE(world.say_to_us(world.act("Announce", world.sal, world.post_uri)).reason.empty());
  CHECK(world.boosts() == 0);
}

TEST_CASE("whom another process blocks for the community is refused from the next message on") {
  Shared world;
  CHECK(world.like(world.sal).reason.empty());
  std::swap(world.community, world.shell);
  world.block_for_all(world.mallory);
  std::swap(world.community, world.shell);
  CHECK_FALSE(world.like(world.mallory).reason.empty());
  CHECK(world.likes() == 1);
  std::swap(world.community, world.shell);
  world.block_for_all(world.mallory, true);
  std::swap(world.community, world.shell);
  CHECK(world.like(world.mallory).reason.empty());
  CHECK(world.likes() == 2);
}

TEST_CASE("a post that another process takes back is not liked any more") {
  Shared world;
  CHECK(world.like(world.sal).reason.empty());
  need(ops::remove_post(world.shell, world.who("ana"), world.post.text(), false, false));
  CHECK_FALSE(world.like(world.mallory).reason.empty());
  CHECK(world.likes() == 1);
}

TEST_CASE("a member whom another process adds is met by the next message") {
  Shared world;
  const Json follow = world.act("Follow", world.sal, world.actor("dee"));
  CHECK_FALSE(world.say_to_us(follow).reason.empty());
  need(store::note_newest(world.shell));  // the test's directory is a copy
  need(ops::add_member(world.shell, world.who("ana"), "dee", ""));
  CHECK(world.say_to_us(world.act("Follow", world.sal, world.actor("dee"))).reason.empty());
  CHECK(world.followers("dee").size() == 1);
}

TEST_CASE("a follower whom another process adds or drops is seen, even before the index knows") {
  Shared world;
  const OwnerId ana = world.who("ana").id;
  const auto is_follower = [&](const std::string& actor) {
    return need(find_follower(world.community, ana, actor)).has_value();
  };
  CHECK(world.follows(world.sal).reason.empty());
  CHECK(is_follower(world.sal));
  need(forget_followers(world.shell, ana, {world.sal}));
  CHECK_FALSE(is_follower(world.sal));
  const Follower follower{.id = world.mallory, .inbox = world.mallory + "/inbox"};
  const std::string own = model::private_repository(ana), path = follower_file(world.mallory);
  // A writer that was killed between its commit and the index.
  auto repository = need(world.shell.repository(own));
  need(repository.commit(
      "main", {.files = {{path, need(encode_follower(follower))}}, .message = "follower"}));
  CHECK(is_follower(world.mallory));
  need(repository.commit("main", {.files = {{path, ""}}, .message = "follower"}));
  CHECK_FALSE(is_follower(world.mallory));
  CHECK(world.follows(world.sal).reason.empty());
  CHECK(is_follower(world.sal));
  CHECK_FALSE(is_follower(world.mallory));
}

TEST_CASE("keys that another process changes are the ones that are shown") {
  Shared world;
  const auto member = [&] {
    for (const auto& row : need(world.community.index().members())) {
      if (row.handle == "ana") return row;
    }
    FAIL("ana is gone");
    return index::MemberRow{};
  };
  const OwnerId ana = world.who("ana").id;
  const std::string before = need(profile_of(world.community, member())).public_key_pem;
  CHECK(need(profile_of(world.community, member())).public_key_pem == before);
  const std::string other = need(crypto::generate_rsa_2048_pem());
  need(world.shell.keyring().put_transport_key(ana, other));
  const std::string after = need(profile_of(world.community, member())).public_key_pem;
  CHECK(after == need(crypto::rsa_public_pem(other)));
  CHECK(after != before);
}

TEST_CASE("a list of keys that has become another is verified anew") {
  Shared world;
  const OwnerId ana = world.who("ana").id;
  const std::string path = store::member_keys_file(ana);
  const std::string log = need(world.community.state_file(path));
  CHECK(need(world.community.keys_of(ana)).owner == ana);
  CHECK(need(world.community.keys_of(ana)).owner == ana);
  auto repository = need(world.shell.repository(store::kLocal));
  need(repository.commit("main", {.files = {{path, "{}\n"}}, .message = "broken"}));
  const auto broken = world.community.keys_of(ana);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().kind == Kind::damaged);
  need(repository.commit("main", {.files = {{path, log}}, .message = "mended"}));
  CHECK(need(world.community.keys_of(ana)).owner == ana);
}
