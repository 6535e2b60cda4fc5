// SPDX-License-Identifier: MIT
// What members complain about: what their moderators and what other servers hear of it.
#include "fed/complain.h"

#include "fed/activities.h"
#include "unit/fed/peer_support.h"

using namespace camp;
using namespace camp::fed;

namespace {

const std::string kEve = "https://bad.example/users/eve";

class World : public FedCamp {
 public:
  model::RemoteActor eve() {
    model::RemoteActor actor;
    actor.id = kEve;
    actor.user = "eve";
    actor.host = "bad.example";
    actor.inbox = kEve + "/inbox";
    actor.shared_inbox = "https://bad.example/inbox";
    return actor;
  }
  Complaint complaint(const std::string& handle, std::vector<std::string> posts = {},
                      const std::string& content = "rude") {
    return {who(handle).id, kEve, std::move(posts), content};
  }
  bool send(const Complaint& complaint, std::optional<model::RemoteActor> about = {}) {
    return need(send_complaint(db(), site, about.value_or(eve()), complaint, now()));
  }
  std::vector<index::Delivery> queued() { return need(db().queued(10)); }
  std::vector<index::Report> reports() { return need(db().reports(10)); }
};

}  // namespace

TEST_CASE("a Flag names whom it is about first, and nobody of ours") {
  World world;
  const std::string post = kEve + "/1";
  CHECK(world.send(world.complaint("ana", {post}, "rude, \"again\"")));
  REQUIRE(world.queued().size() == 1);
  const index::Delivery sent = world.queued()[0];
  CHECK(sent.signer.empty());
  CHECK(sent.inbox == "https://bad.example/inbox");
  CHECK(sent.host == "bad.example");
  const Json flag = need(parse_json(sent.body));
  CHECK(flag.at("type") == "Flag");
  CHECK(flag.at("actor") == world.site.instance_actor());
  CHECK(flag.at("object") == Json::array({kEve, post}));
  CHECK(flag.at("to") == Json::array({kEve}));
  CHECK(flag.at("content") == "rude, \"again\"");
  CHECK(flag.at("id") == sent.activity);
  const std::string begin = world.site.instance_actor() + "#flags/";
  CHECK(sent.activity.starts_with(begin));
  CHECK(sent.activity.size() == begin.size() + 32);
  CHECK(sent.body.find("ana") == std::string::npos);
  CHECK(sent.body.find(world.who("ana").id.text()) == std::string::npos);
}

TEST_CASE("the moderators hear of it with the member's name") {
  World world;
  world.send(world.complaint("ana", {kEve + "/1"}));
  const OwnerId bo = world.who("bo").id;
  CHECK(need(keep_complaint(world.db(), {world.who("ana").id, bo.uri(), {}, "louder"}, 1)));
  REQUIRE(world.reports().size() == 2);
  const index::Report of_bo = world.reports()[0], of_eve = world.reports()[1];
  CHECK(of_eve.actor == world.who("ana").id.uri());
  CHECK(of_eve.objects == kEve + "\n" + kEve + "/1\n");
  CHECK(of_eve.content == "rude");
  CHECK(of_bo.objects == bo.uri() + "\n");
  CHECK(world.queued().size() == 1);
}

TEST_CASE("the same complaint is one message, also after it was delivered and by somebody else") {
  World world;
  const std::vector<std::string> posts{kEve + "/1", kEve + "/2"};
  CHECK(world.send(world.complaint("ana", posts)));
  CHECK_FALSE(world.send(world.complaint("ana", {posts[1], posts[0]})));
  CHECK(world.queued().size() == 1);
  CHECK(world.reports().size() == 1);
  need(world.db().delivered(world.queued()[0]));
  CHECK_FALSE(world.send(world.complaint("ana", posts)));
  CHECK(world.queued().empty());
  // The moderators hear of each member.
  CHECK(world.send(world.complaint("bo", posts)));
  CHECK(world.queued().empty());
  CHECK(world.reports().size() == 2);
  // Other words are another complaint.
  CHECK(world.send(world.complaint("ana", posts, "ruder")));
  CHECK(world.send(world.complaint("ana", {posts[0]})));
  CHECK(world.queued().size() == 2);
}

TEST_CASE("a server without a shared inbox gets it where its person does") {
  World world;
  model::RemoteActor eve = world.eve();
  eve.shared_inbox.clear();
  world.send(world.complaint("ana"), eve);
  REQUIRE(world.queued().size() == 1);
  CHECK(world.queued()[0].inbox == eve.inbox);
}

TEST_CASE("a Flag goes out with the signature of the community's own actor") {
  World world;
  Peer peer;
  model::RemoteActor eve = world.eve();
  eve.shared_inbox = peer.url("/inbox");
  const std::string pem = need(world.community.keyring().instance_key(world.community.id()));
  world.send(world.complaint("ana"), eve);
  CHECK(need(deliver(world.community, world.db(), world.site, world.client, {})).delivered == 1);
  REQUIRE(peer.posts().size() == 1);
  http::Request got = peer.posts()[0];
  const auto key = need(crypto::RsaPublicKey::from_pem(need(crypto::rsa_public_pem(pem))));
  const auto claim =
      need(read_signature(got, {.own_host = peer.host(), .scheme = "http", .now_ms = world.now()}));
  CHECK(verify_signature(claim, key));
  CHECK(claim.key_id == world.site.instance_key_id());
}
