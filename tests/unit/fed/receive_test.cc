// SPDX-License-Identifier: MIT
// Whole messages, signed with real keys, as they come to the inbox of a community: what is
// answered, and what has changed.
#include "fed/receive.h"

#include "base/time.h"
#include "crypto/did_key.h"
#include "fed/foreign_proof.h"
#include "fed/share.h"
#include "ops/profile.h"
#include "unit/fed/inbox_support.h"

using namespace camp;
using namespace camp::fed;
using index::FollowState;
using index::ReactionKind;

namespace {

using World = InboxCamp;

}  // namespace

TEST_CASE("statement 17, E1: a message without a signature is answered 401") {
  World world;
  http::Request request = send(world.plan(world.act("Follow", world.sal, world.ana_actor)));
  request.headers.remove("Signature");
  world.refused(request, 401);
  CHECK(world.peer.asked() == 0);
}

TEST_CASE("statements 18 and 19, E2 to E4: the body is what was signed") {
  World world;
  const Json follow = world.act("Follow", world.sal, world.ana_actor);
  http::Request request = send(world.plan(follow));
  request.body += " ";
  world.refused(request, 401);
  Plan plan = world.plan(follow);
  plan.covered = "(request-target) host date content-type";
  world.refused(send(plan), 401);
  for (const char* digest : {"SHA-256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                             "MD5=AAAAAAAAAAAAAAAAAAAAAA==", "SHA-512=AAAA", "SHA-256=", ""}) {
    plan = world.plan(follow);
    plan.digest = digest;
    if (plan.digest.empty()) plan.covered = "(request-target) host date content-type";
    INFO(digest);
    world.refused(send(plan), 401);
  }
}

TEST_CASE("E5 and E6: host, date and target are signed, and the host is ours") {
  World world;
  const Json follow = world.act("Follow", world.sal, world.ana_actor);
  for (const char* covered :
       {"host date digest", "(request-target) date digest", "(request-target) host digest"}) {
    Plan plan = world.plan(follow);
    plan.covered = covered;
    INFO(covered);
    world.refused(send(plan), 401);
  }
  Plan plan = world.plan(follow);
  plan.host = "other.example";
  world.refused(send(plan), 401);
  http::Request relayed = send(plan);
  relayed.headers.set("Host", world.kHost);
  world.refused(relayed, 401);
  plan = world.plan(follow);
  http::Request elsewhere = send(plan);
  elsewhere.target = elsewhere.path = "/u/bo/inbox";
  world.refused(elsewhere, 401);
}

TEST_CASE("statement 20, E7: half an hour is near enough, two hours are not") {
  World world;
  for (const std::int64_t off : {-2 * kHour, 2 * kHour, -61 * kMinute, 61 * kMinute}) {
    Plan plan = world.plan(world.act("Follow", world.sal, world.ana_actor));
    plan.date_ms += off;
    world.refused(send(plan), 401);
  }
  for (const std::int64_t off : {-30 * kMinute, 30 * kMinute}) {
    Plan plan = world.plan(world.act("Follow", world.sal, world.ana_actor));
    plan.date_ms += off;
    CHECK(world.status(send(plan)) == 202);
  }
  CHECK(world.followers("ana").size() == 1);
  http::Request request = send(world.plan(world.act("Follow", world.sal, world.ana_actor)));
  request.headers.set("Date", "yesterday");
  world.refused(request, 401);
}

TEST_CASE("statements 21 and 22: algorithms, created and expires") {
  World world;
  for (const char* algorithm : {"hs2019", "rsa-sha256", ""}) {
    Plan plan = world.plan(world.act("Like", world.sal, world.post_uri));
    plan.algorithm = algorithm;
    INFO(algorithm);
    CHECK(world.status(send(plan)) == 202);
  }
  CHECK(world.likes() == 1);
  Plan plan = world.plan(world.act("Announce", world.sal, world.post_uri));
  plan.algorithm = "hs2019";
  plan.covered = "(request-target) (created) (expires) host digest";
  plan.created = world.now() / 1000;
  plan.expires = world.now() / 1000 - 1;
  world.refused(send(plan), 401);
  plan.expires = world.now() / 1000 + 300;
  CHECK(world.status(send(plan)) == 202);
  CHECK(world.boosts() == 1);
}

TEST_CASE("E9 and E14: two signatures, two key ids, another algorithm") {
  World world;
  const Json follow = world.act("Follow", world.sal, world.ana_actor);
  http::Request request = send(world.plan(follow));
  request.headers.add("Signature", std::string(*request.headers.find("Signature")));
  world.refused(request, 401);
  request = send(world.plan(follow));
  request.headers.set("Signature", std::string(*request.headers.find("Signature")) + ",keyId=\"" +
                                       world.mallory + "#main-key\"");
  world.refused(request, 401);
  for (const char* algorithm : {"hmac-sha256", "rsa-sha1", "ecdsa-sha256", "none"}) {
    Plan plan = world.plan(follow);
    plan.algorithm = algorithm;
    world.refused(send(plan), 401);
  }
}

TEST_CASE("statement 24, E10: whoever signs is who acts") {
  World world;
  Peer evil;
  const std::string eve = evil.settle("eve");
  Plan plan = world.plan(world.act("Follow", world.sal, world.ana_actor));
  plan.key_id = eve + "#main-key";
  world.refused(send(plan), 401);
  CHECK(evil.asked() == 0);                   // nobody is asked for a key that cannot count
  plan.key_id = world.mallory + "#main-key";  // the same host
  world.refused(send(plan), 401);
}

TEST_CASE("statement 25: an id on another host than its actor is dropped") {
  World world;
  Json json = world.act("Follow", world.sal, world.ana_actor);
  json["id"] = "http://127.0.0.2/acts/1";
  world.refused(json, 202);
  json.erase("id");
  world.refused(json, 202);
  CHECK(world.peer.asked() == 0);
}

TEST_CASE("statement 26: a kept key is asked for no more, and anew once an hour") {
  World world;
  CHECK(world.status(world.act("Like", world.sal, world.post_uri)) == 202);
  const int first = world.peer.asked();
  CHECK(world.peer.asked("/users/sal") == 1);
  CHECK(world.status(world.act("Announce", world.sal, world.post_uri)) == 202);
  CHECK(world.peer.asked() == first);
  for (int i = 0; i < 3; ++i) {
    http::Request request = send(world.plan(world.act("Like", world.sal, world.post_uri)));
    std::string signature(*request.headers.find("Signature"));
    const std::size_t at = signature.rfind('"') - 4;
    signature[at] = signature[at] == 'A' ? 'B' : 'A';
    request.headers.set("Signature", signature);
    world.refused(request, 401);
  }
  CHECK(world.peer.asked("/users/sal") == 2);
  world.stage.now += kHour + 1;
  // The key that is used has changed; the new one is found.
  world.peer.put("/users/sal", world.peer.person("sal", other_public_pem()));
  need(world.remote().fetch_actor(world.sal));
  world.peer.put("/users/sal", world.peer.person("sal"));
  CHECK(world.status(world.act("Like", world.sal, world.post_uri)) == 202);
}

TEST_CASE("statement 27: whose server is down is still known by their key") {
  World world;
  CHECK(world.status(world.act("Like", world.sal, world.post_uri)) == 202);
  world.peer.remove("/users/sal");
  world.stage.now += 48 * kHour;
  CHECK(world.status(world.act("Announce", world.sal, world.post_uri)) == 202);
  CHECK(world.boosts() == 1);
}

TEST_CASE("statement 28: the farewell of a stranger asks nobody") {
  World world;
  world.refused(world.act("Delete", world.sal, world.sal), 202);
  CHECK(world.peer.asked() == 0);
}

TEST_CASE("a farewell whose key is gone counts if the server says that they are gone") {
  World world;
  CHECK(world.status(world.act("Follow", world.sal, world.ana_actor)) == 202);
  CHECK(world.followers("ana").size() == 1);
  Plan plan = world.plan(world.act("Delete", world.sal, world.sal));
  plan.key_id = world.sal + "#new-key";
  world.refused(send(plan), 401);  // their actor is there, and has no such key
  world.stage.now += 2 * kHour;
  world.peer.put("/users/sal", Peer::Document{.status = 410});
  plan = world.plan(world.act("Delete", world.sal, world.sal));
  plan.key_id = world.sal + "#new-key";
  CHECK(world.status(send(plan)) == 202);
  CHECK(world.followers("ana").empty());
  // Of somebody else's things that says nothing.
  world.stage.now += 2 * kMinute;
  plan = world.plan(world.act("Delete", world.sal, world.mallory));
  plan.key_id = world.sal + "#new-key";
  world.refused(send(plan), 202);
}

TEST_CASE("statement 29: too long, malformed, unknown") {
  World world;
  Json json = world.act("View", world.sal, world.ana_actor);
  world.refused(json, 202);
  Plan plan = world.plan(json);
  plan.body = "{\"type\":";
  world.refused(send(plan), 400);
  plan.body = "[1]";
  world.refused(send(plan), 400);
  json["content"] = std::string(1 << 20, 'x');
  world.refused(json, 413);
}

TEST_CASE("statement 30: the types of a message") {
  World world;
  const auto status = [&](const std::string& type) {
    http::Request request = send(world.plan(world.act("Like", world.sal, world.post_uri)));
    request.headers.set("Content-Type", type);
    Plan plan = world.plan(world.act("Like", world.sal, world.post_uri));
    plan.covered = "(request-target) host date digest";
    request = send(plan);
    request.headers.set("Content-Type", type);
    if (type.empty()) request.headers.remove("Content-Type");
    return world.status(request);
  };
  for (const char* type : {"text/html", "text/plain", "application/octet-stream", "image/png",
                           "application/activity+jsonx", ""}) {
    INFO(type);
    CHECK(status(type) == 415);
  }
  CHECK(world.likes() == 0);
  for (const char* type :
       {"application/activity+json; charset=utf-8", "application/activity+json",
        "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\""}) {
    INFO(type);
    CHECK(status(type) == 202);
  }
  CHECK(world.likes() == 1);
}

TEST_CASE("statement 31, E8: the same message has its effect once, wherever it comes to") {
  World world;
  const Json follow = world.act("Follow", world.sal, world.ana_actor);
  const http::Request request = send(world.plan(follow));
  CHECK(world.status(request) == 202);
  const std::string once = world.state();
  CHECK(world.status(request) == 202);
  CHECK(world.state() == once);
  const Json create = world.act("Create", world.sal, world.note(world.sal, "p"));
  CHECK(world.status(create) == 202);
  const std::string kept = world.state();
  Plan plan = world.plan(create);
  plan.target = "/inbox";
  plan.date_ms += 1000;
  CHECK(world.status(send(plan)) == 202);
  CHECK(world.state() == kept);
  CHECK(world.notices("ana").size() == 2);
}

TEST_CASE("an id is used up by its own actor alone") {
  World world;
  const Json theirs = world.act("Like", world.sal, world.post_uri, "future");
  Json taken = world.act("View", world.mallory, world.post_uri);
  taken["id"] = theirs["id"];
  CHECK(world.status(taken) == 202);
  CHECK(world.status(theirs) == 202);
  CHECK(world.likes() == 1);
}

TEST_CASE("statements 32 and 33: a Follow is accepted at its own inbox, again if it comes again") {
  World world;
  CHECK(world.status(world.act("Follow", world.sal, world.ana_actor, "f1")) == 202);
  REQUIRE(world.queue().size() == 1);
  const index::Delivery answer = world.queue()[0];
  CHECK(answer.inbox == world.sal + "/inbox");
  CHECK(answer.signer == world.id("ana"));
  const Json accept = Json::parse(answer.body);
  CHECK(accept["type"] == "Accept");
  CHECK(accept["actor"] == world.ana_actor);
  CHECK(accept["object"] == Json{{"id", world.sal + "/acts/f1"},
                                 {"type", "Follow"},
                                 {"actor", world.sal},
                                 {"object", world.ana_actor}});
  CHECK(world.status(world.act("Follow", world.sal, world.ana_actor, "f2")) == 202);
  CHECK(world.queue().size() == 2);
  REQUIRE(world.followers("ana").size() == 1);
  CHECK(world.followers("ana")[0].follow == world.sal + "/acts/f2");
  CHECK(world.followers("ana")[0].shared_inbox == world.peer.url("/inbox"));
  CHECK(world.notices("ana") == std::vector<std::string>{"follow " + world.sal});
}

TEST_CASE("statement 55: who has moved rejects who asks to follow, and keeps who follows") {
  World world;
  CHECK(world.status(world.act("Follow", world.sal, world.ana_actor, "f1")) == 202);
  const std::string there = "https://new.example/users/ana";
  need(ops::change_profile(world.community, world.who("ana"), {.moved_to = there}));
  const auto answer = [&](const std::string& who, const std::string& name) {
    CHECK(world.status(world.act("Follow", who, world.ana_actor, name)) == 202);
    return Json::parse(world.queue().back().body);
  };
  const Json reject = answer(world.mallory, "f2");
  CHECK(reject["type"] == "Reject");
  CHECK(reject["actor"] == world.ana_actor);
  CHECK(reject["object"]["id"] == world.mallory + "/acts/f2");
  CHECK(answer(world.sal, "f3")["type"] == "Accept");
  REQUIRE(world.followers("ana").size() == 1);
  CHECK(world.followers("ana")[0].id == world.sal);
  CHECK(world.notices("ana") == std::vector<std::string>{"follow " + world.sal});
  need(ops::change_profile(world.community, world.who("ana"), {.moved_to = ""}));
  CHECK(answer(world.mallory, "f4")["type"] == "Accept");
}

TEST_CASE("statement 35: an Undo inline or by its id ends the follow; E20 of others does not") {
  World world;
  for (const bool inline_object : {true, false}) {
    const Json follow = world.act("Follow", world.sal, world.ana_actor);
    CHECK(world.status(follow) == 202);
    REQUIRE(world.followers("ana").size() == 1);
    world.refused(world.act("Undo", world.mallory, follow), 202);
    world.refused(world.act("Undo", world.mallory, follow["id"]), 202);
    CHECK(world.status(world.act("Undo", world.sal, inline_object ? follow : follow["id"])) == 202);
    CHECK(world.followers("ana").empty());
  }
  // One that overtook its Follow.
  const Json follow = world.act("Follow", world.sal, world.ana_actor);
  CHECK(world.status(world.act("Undo", world.sal, follow)) == 202);
  CHECK(world.status(follow) == 202);
  CHECK(world.followers("ana").empty());
  // The same id again is another follow for some.
  CHECK(world.status(send([&] {
    Plan plan = world.plan(follow);
    plan.date_ms += 1000;
    return plan;
  }())) == 202);
  CHECK(world.followers("ana").size() == 1);
}

TEST_CASE("statements 36 and 37, E21: answers to what we asked") {
  World world;
  world.refused(world.act("Accept", world.sal, world.site.origin() + "/o/follow"), 202);
  world.follow("ana", world.sal, FollowState::sent);
  const auto state = [&] { return need(world.db().following(world.id("ana"), world.sal))->state; };
  world.refused(world.act("Accept", world.mallory, world.site.origin() + "/o/follow"), 202);
  CHECK(world.status(world.act("Accept", world.sal, world.site.origin() + "/o/follow")) == 202);
  CHECK(state() == FollowState::accepted);
  CHECK(world.status(world.act(
            "Reject", world.sal,
            {{"type", "Follow"}, {"actor", world.ana_actor}, {"object", world.sal}})) == 202);
  CHECK(state() == FollowState::refused);
  world.follow("ana", world.sal, FollowState::sent);
  CHECK(world.status(world.act("Accept", world.sal,
                               {{"id", "http://127.0.0.1/unknown"},
                                {"type", "Follow"},
                                {"actor", world.ana_actor},
                                {"object", world.sal}})) == 202);
  CHECK(state() == FollowState::accepted);
}

TEST_CASE("statement 38: public, unlisted, followers', direct") {
  World world;
  const std::string followers = world.sal + "/followers";
  const std::vector<std::pair<Json, model::Visibility>> cases{
      {{"https://www.w3.org/ns/activitystreams#Public"}, model::Visibility::public_},
      {{"as:Public"}, model::Visibility::public_},
      {{"Public"}, model::Visibility::public_},
      {{followers}, model::Visibility::followers},
      {{world.ana_actor}, model::Visibility::direct},
      {{world.site.followers("ana")}, model::Visibility::direct},  // E31
  };
  int count = 0;
  for (const auto& [to, visibility] : cases) {
    Json note = world.note(world.sal, "v" + std::to_string(++count));
    note["to"] = to;
    CHECK(world.status(world.act("Create", world.sal, note)) == 202);
    CHECK(need(world.db().post(note["id"].get<std::string>()))->visibility == visibility);
  }
  Json note = world.note(world.sal, "quiet");
  note["to"] = followers;
  note["cc"] = Json::array({"as:Public", world.ana_actor});
  CHECK(world.status(world.act("Create", world.sal, note)) == 202);
  CHECK(need(world.db().post(note["id"].get<std::string>()))->visibility ==
        model::Visibility::unlisted);
}

TEST_CASE("statement 41, E15 and E16: forged posts are not kept") {
  World world;
  Json note = world.note(world.sal, "p");
  world.refused(world.act("Create", world.mallory, note), 202);
  note = world.note(world.mallory, "p");
  note["attributedTo"] = world.sal;
  world.refused(world.act("Create", world.mallory, note), 202);
  note = world.note(world.mallory, "p");
  note["id"] = "http://127.0.0.2/posts/1";
  world.refused(world.act("Create", world.mallory, note), 202);
}

TEST_CASE("statements 42 and 43, E17 and E18: edits and ends are the author's") {
  World world;
  Json note = world.note(world.sal, "p");
  const std::string uri = note["id"].get<std::string>();
  CHECK(world.status(world.act("Create", world.sal, note)) == 202);
  note["content"] = "<p>new</p>";
  note["updated"] = format_time(world.now() - 1000);
  world.refused(world.act("Update", world.mallory, note), 202);
  Json stolen = note;
  stolen["attributedTo"] = world.mallory;
  world.refused(world.act("Update", world.mallory, stolen), 202);
  CHECK(world.status(world.act("Update", world.sal, note)) == 202);
  CHECK(need(world.db().post(uri))->content == "<p>new</p>");
  CHECK(need(world.db().post(uri))->edited_ms > 0);
  world.refused(world.act("Delete", world.mallory, uri), 202);
  world.refused(world.act("Delete", world.mallory, world.sal), 202);
  CHECK(world.status(world.act("Delete", world.sal, {{"id", uri}, {"type", "Tombstone"}})) == 202);
  CHECK_FALSE(need(world.db().post(uri)));
  CHECK(world.notices("ana").empty());
}

TEST_CASE("statement 44: a Delete before its Create keeps it away; somebody else's does not") {
  World world;
  const Json note = world.note(world.sal, "p");
  CHECK(world.status(world.act("Delete", world.mallory, note["id"])) == 202);
  CHECK(world.status(world.act("Create", world.sal, note)) == 202);
  CHECK(need(world.db().post(note["id"].get<std::string>())));
  const Json gone = world.note(world.sal, "gone");
  CHECK(world.status(world.act("Delete", world.sal, gone["id"])) == 202);
  world.refused(world.act("Create", world.sal, gone), 202);
  world.refused(world.act("Update", world.sal, gone), 202);
}

TEST_CASE("statement 45: likes and boosts count once and are taken back once") {
  World world;
  const Json like = world.act("Like", world.sal, world.post_uri);
  const Json boost = world.act("Announce", world.sal, world.post_uri);
  for (int again = 0; again < 2; ++again) {
    CHECK(world.status(like) == 202);
    CHECK(world.status(boost) == 202);
    CHECK(world.likes() == 1);
    CHECK(world.boosts() == 1);
  }
  CHECK(world.notices("ana").size() == 2);
  world.refused(world.act("Undo", world.mallory, like), 202);
  world.refused(world.act("Undo", world.mallory, boost["id"]), 202);
  CHECK(world.status(world.act("Undo", world.sal, like)) == 202);
  CHECK(world.status(world.act("Undo", world.sal, boost["id"])) == 202);
  CHECK(world.likes() == 0);
  CHECK(world.boosts() == 0);
  // The next like may overtake the end of the last.
  const Json next = world.act("Like", world.sal, world.post_uri);
  const Json after = world.act("Like", world.sal, world.post_uri);
  CHECK(world.status(next) == 202);
  CHECK(world.status(after) == 202);
  CHECK(world.likes() == 1);
  CHECK(world.status(world.act("Undo", world.sal, next)) == 202);
  CHECK(world.likes() == 1);
}

TEST_CASE("a like of what its sender may not read does nothing") {
  World world;
  for (const char* audience : {"local", "followers", "direct"}) {
    const ObjectId hidden = world.say(
        "ana", ops::to(audience, audience == std::string("direct") ? "@bo secret" : "secret"));
    world.watched.push_back(hidden);
    world.refused(world.act("Like", world.sal, world.site.object(hidden)), 202);
    world.refused(world.act("Announce", world.sal, world.site.object(hidden)), 202);
  }
}

TEST_CASE("statement 49, E33: whom a member blocks, as a person or a host, is not heard") {
  for (const bool whole_host : {false, true}) {
    World world;
    world.relate("ana", model::Type::block, whole_host ? world.peer.origin() + "/" : world.sal);
    CHECK(world.status(world.act("Follow", world.sal, world.ana_actor)) == 202);
    CHECK(world.followers("ana").empty());
    CHECK(Json::parse(world.queue().at(0).body)["type"] == "Reject");
    world.refused(world.act("Like", world.sal, world.post_uri), 202);
    world.refused(world.act("Create", world.sal, world.note(world.sal, "p")), 202);
    Json answer = world.note(world.sal, "a");
    answer["cc"] = Json::array();
    answer["inReplyTo"] = world.post_uri;
    world.refused(world.act("Create", world.sal, answer), 202);
  }
}

TEST_CASE("E73: whom the community blocks is not heard, nor asked for their key; ends are") {
  World world;
  Peer far;
  const std::string eve = far.settle("eve");
  CHECK(world.status(world.act("Like", world.sal, world.post_uri)) == 202);
  for (const std::string& whom : {far.origin() + "/", world.sal}) {
    world.block_for_all(whom);
  }
  for (const std::string& who : {eve, world.sal}) {
    INFO(who);
    world.refused(world.act("Follow", who, world.ana_actor), 202);
    world.refused(world.act("Create", who, world.note(who, "p")), 202);
    world.refused(world.act("Announce", who, world.post_uri), 202);
    world.refused(world.act("Flag", who, world.post_uri), 202);
  }
  CHECK(far.asked() == 0);
  CHECK(world.likes() == 1);
  Json undo = world.act("Undo", world.sal, world.act("Like", world.sal, world.post_uri, "1"));
  CHECK(world.status(undo) == 202);
  CHECK(world.likes() == 0);
  CHECK(need(is_blocked_by(world.community, world.db(), world.who("bo").id, world.sal)));
  CHECK_FALSE(need(is_blocked_by(world.community, world.db(), world.who("bo").id, world.mallory)));
  world.block_for_all(world.sal, true);
  CHECK(world.status(world.act("Follow", world.sal, world.ana_actor)) == 202);
  CHECK(world.followers("ana").size() == 1);
}

TEST_CASE("E11: a key document that names somebody else as its owner") {
  World world;
  Peer evil;
  evil.put(
      "/keys/1",
      Json{{"id", evil.url("/keys/1")}, {"owner", world.sal}, {"publicKeyPem", peer_public_pem()}});
  Plan plan = world.plan(world.act("Follow", world.sal, world.ana_actor));
  plan.key_id = evil.url("/keys/1");
  world.refused(send(plan), 401);
  // On the same host the actor must name the key in turn.
  world.peer.put("/keys/1", Json{{"id", world.peer.url("/keys/1")},
                                 {"owner", world.sal},
                                 {"publicKeyPem", other_public_pem()}});
  plan.key_id = world.peer.url("/keys/1");
  world.refused(send(plan), 401);
  CHECK_FALSE(need(world.db().actor_by_key(plan.key_id)));
}

TEST_CASE("E12: a key that was kept is not changed by a redirect to another host") {
  World world;
  CHECK(world.status(world.act("Like", world.sal, world.post_uri)) == 202);
  Peer evil;
  Json forged = world.peer.person("sal", other_public_pem());
  evil.put("/users/sal", forged);
  Peer::Document away{.status = 302};
  away.more.set("Location", evil.url("/users/sal"));
  world.peer.put("/users/sal", away);
  http::Request request = send(world.plan(world.act("Like", world.sal, world.post_uri)));
  request.headers.set("Date", http::format_http_date(world.now() + 5000));
  world.refused(request, 401);
  CHECK(evil.asked() == 0);
  CHECK(need(world.db().actor(world.sal))->keys.at(0).value == peer_public_pem());
}

TEST_CASE("E13: a flood of keys that are not there asks a host once a minute") {
  World world;
  for (int i = 0; i < 30; ++i) {
    Plan plan = world.plan(world.act("Follow", world.sal, world.ana_actor));
    plan.key_id = world.peer.url("/users/nobody" + std::to_string(i) + "#main-key");
    CHECK(world.status(send(plan)) == 401);
  }
  CHECK(world.peer.asked() == 1);
}

TEST_CASE("a key of another actor's name on the same host takes nothing away") {
  World world;
  Json squatter = world.peer.person("mallory", other_public_pem());
  squatter["publicKey"]["id"] = world.sal + "#main-key";
  world.peer.put("/users/mallory", squatter);
  need(world.remote().fetch_actor(world.mallory));
  CHECK(world.status(world.act("Like", world.sal, world.post_uri)) == 202);
  need(world.remote().fetch_actor(world.mallory));
  for (int i = 0; i < 3; ++i) {
    CHECK(world.status(world.act("Announce", world.sal, world.post_uri)) == 202);
  }
  CHECK(world.peer.asked("/users/sal") <= 2);
  CHECK(need(world.db().actor_by_key(world.sal + "#main-key"))->id == world.sal);
}

TEST_CASE("E19: a boost that carries a forged post is asked of its own host") {
  World world;
  world.follow("ana", world.sal);
  const Json forged = world.note(world.mallory, "never");
  CHECK(world.status(world.act("Announce", world.sal, forged)) == 202);
  CHECK_FALSE(need(world.db().post(forged["id"].get<std::string>())));
  CHECK(need(world.db().next_errand(world.now() + 1))->uri == forged["id"].get<std::string>());
}

TEST_CASE("E22: a Move without the word of the new account; one that does not answer comes again") {
  World world;
  Peer there;
  const std::string next = there.settle("sal");
  world.follow("ana", world.sal);
  Json move = world.act("Move", world.sal, world.sal);
  move["target"] = next;
  world.refused(move, 202);
  there.put("/users/sal", Peer::Document{.status = 503});
  move["id"] = world.sal + "/acts/later";
  world.refused(move, 503);
  Json named = there.person("sal");
  named["alsoKnownAs"] = Json::array({world.sal});
  there.put("/users/sal", named);
  Plan plan = world.plan(move);
  plan.date_ms += 1000;
  CHECK(world.status(send(plan)) == 202);
  REQUIRE(need(world.db().following(world.id("ana"), next)));
  CHECK(need(world.db().following(world.id("ana"), world.sal)));  // until the new one arrived
  CHECK(Json::parse(world.queue().at(0).body)["object"] == next);
}

TEST_CASE("E26: contexts, graphs and reversed members change no meaning") {
  World world;
  Json json = world.act("Follow", world.sal, world.ana_actor);
  json["@context"] = {{"actor", "object"}, {"object", "actor"}, {"Like", "Follow"}};
  CHECK(world.status(json) == 202);
  CHECK(world.followers("ana").size() == 1);
  Json graph{{"@graph", Json::array({world.act("Like", world.sal, world.post_uri)})}};
  graph["actor"] = world.sal;
  world.refused(graph, 202);
  Json reverse = world.act("View", world.sal, world.post_uri);
  reverse["@reverse"] = {{"object", world.act("Like", world.sal, world.post_uri)}};
  world.refused(reverse, 202);
}

TEST_CASE("E27, statement 62: what others pass on counts if its actor proved it") {
  World world;
  Peer far;
  const std::string fay = far.settle("fay");
  Json create = world.act("Create", fay, world.note(fay, "p"));
  create["object"]["inReplyTo"] = world.post_uri;
  create["signature"] = {{"type", "RsaSignature2017"}, {"signatureValue", "AAAA"}};
  Plan plan = world.plan(create);
  plan.key_id = world.sal + "#main-key";
  CHECK(world.status(send(plan)) == 202);  // not believed: asked for
  CHECK_FALSE(need(world.db().post(fay + "/posts/p")));
  CHECK(need(world.db().next_errand(world.now() + 1))->uri == fay + "/posts/p");

  const std::string multikey = fay + "#ed25519";
  Json actor = far.person("fay");
  actor["assertionMethod"] =
      Json::array({{{"id", multikey},
                    {"type", "Multikey"},
                    {"controller", fay},
                    {"publicKeyMultibase", crypto::to_multibase(peer_ed25519().public_key())}}});
  far.put("/users/fay", actor);
  world.stage.now += 25 * kHour;  // fetched again
  Json proved = world.act("Create", fay, world.note(fay, "q"));
  proved["@context"] = "https://www.w3.org/ns/activitystreams";
  need(add_activity_proof(proved, peer_ed25519(), multikey, world.now()));
  plan = world.plan(proved);
  plan.key_id = world.sal + "#main-key";
  CHECK(world.status(send(plan)) == 202);
  CHECK(need(world.db().post(fay + "/posts/q")));
  // Altered, it is nobody's.
  Json altered = world.act("Create", fay, world.note(fay, "r"));
  altered["@context"] = "https://www.w3.org/ns/activitystreams";
  need(add_activity_proof(altered, peer_ed25519(), multikey, world.now()));
  altered["object"]["content"] = "other";
  plan = world.plan(altered);
  plan.key_id = world.sal + "#main-key";
  world.refused(send(plan), 401);
  // A Follow says nothing of when it was said: whoever kept it could say it again.
  Json follow = world.act("Follow", fay, world.ana_actor);
  follow["@context"] = "https://www.w3.org/ns/activitystreams";
  need(add_activity_proof(follow, peer_ed25519(), multikey, world.now()));
  plan = world.plan(follow);
  plan.key_id = world.sal + "#main-key";
  world.refused(send(plan), 401);
}

TEST_CASE("E28 and E29: documents that two readers could read differently, and bombs") {
  World world;
  const std::string good = world.act("Follow", world.sal, world.ana_actor).dump();
  const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
  for (const std::string& bad :
       {"{\"actor\":\"" + world.mallory + "\"," + good.substr(1), "\xEF\xBB\xBF" + good,
        good.substr(0, good.size() - 1) + ",\"x\":1e400}",
        good.substr(0, good.size() - 1) + ",\"x\":\"\\ud800\"}",
        good.substr(0, good.size() - 1) + ",\"x\":\"\\u0000\"}",
        good.substr(0, good.size() - 1) + ",\"x\":\"\xff\"}",
        good.substr(0, good.size() - 1) + ",\"x\":" + deep + "}", good + good, std::string()}) {
    Plan plan = world.plan(Json::parse(good));
    plan.body = bad;
    world.refused(send(plan), 400);
  }
}

TEST_CASE("E30: types of every shape") {
  World world;
  for (const Json& type : {Json::array({"Create", "Follow"}), Json::array(), Json(7), Json(nullptr),
                           Json(std::string(200'000, 'F')), Json::object()}) {
    Json json = world.act("x", world.sal, world.ana_actor);
    json["type"] = type;
    world.refused(json, 202);
  }
}

TEST_CASE("E31 and E32: claims about audiences of ours change nothing") {
  World world;
  Json note = world.note(world.sal, "p");
  note["to"] = Json::array(
      {world.site.followers("bo"), world.site.origin() + "/local", "urn:camp:neighborhood"});
  note["cc"] = Json::array();
  note["camp:audience"] = {{"reach", "neighborhood"}};
  world.refused(world.act("Create", world.sal, note), 202);
}

TEST_CASE("a key on our own host is not asked of ourselves") {
  World world;
  const Json json = world.act("Follow", world.actor("bo"), world.ana_actor);
  world.refused(json, 401);
}

TEST_CASE(
    "a message signed as RFC 9421 says is taken; without a digest 401, with a broken one 400") {
  World world;
  need(world.remote().fetch_actor(world.sal));
  const Json like = world.act("Like", world.sal, world.post_uri);
  const auto message = [&](const Json& json) {
    MessagePlan plan;
    plan.host = plan.uri_host = world.kHost;
    plan.scheme = "http";
    plan.body = json.dump();
    plan.date_ms = world.now();
    plan.parameters = ";created=" + std::to_string(world.now() / 1000) + ";keyid=\"" + world.sal +
                      "#main-key\";alg=\"rsa-v1_5-sha256\"";
    return plan;
  };
  const auto as_activity = [](http::Request request) {
    request.headers.set("Content-Type", "application/activity+json");
    return request;
  };
  MessagePlan bare = message(like);
  bare.covered = {"@method", "@target-uri"};
  bare.digest = "";
  world.refused(as_activity(send(bare)), 401);
  MessagePlan broken = message(like);
  broken.digest = "SHA-256=eA==";
  world.refused(as_activity(send(broken)), 400);
  MessagePlan other = message(like);
  other.digest = "sha-256=:eA==:";
  world.refused(as_activity(send(other)), 401);
  CHECK(world.status(as_activity(send(message(like)))) == 202);
  CHECK(world.likes() == 1);
}

TEST_CASE("a message that comes again has no effect for as long as its signature counts") {
  World world;
  const Json follow = world.act("Follow", world.sal, world.ana_actor);
  Plan plan = world.plan(follow);
  plan.date_ms += 59 * kMinute;  // their clock is ahead: it counts for nearly two hours
  const http::Request request = send(plan);
  CHECK(world.status(request) == 202);
  CHECK(world.status(world.act("Undo", world.sal, follow)) == 202);
  CHECK(world.followers("ana").empty());
  for (int minutes = 0; minutes < 118; minutes += 13) {
    const std::string before = world.state();
    CHECK(world.status(request) == 202);
    CHECK(world.state() == before);
    world.stage.now += 13 * kMinute;
    need(world.federation->tidy());
  }
  CHECK(world.followers("ana").empty());
  world.stage.now += 13 * kMinute;
  world.refused(request, 401);
}

TEST_CASE("the new account of a Move is fetched, whatever is known of it, and once in seven days") {
  World world;
  Peer there;
  const std::string next = there.settle("sal");
  world.follow("ana", world.sal);
  need(world.remote().fetch_actor(next));  // before it named the old one
  Json named = there.person("sal");
  named["alsoKnownAs"] = Json::array({world.sal});
  there.put("/users/sal", named);
  Json move = world.act("Move", world.sal, world.sal);
  move["target"] = next;
  CHECK(world.status(move) == 202);
  REQUIRE(need(world.db().following(world.id("ana"), next)));

  // Again elsewhere: not before a week has passed, and not to who has moved on.
  const std::string third = there.settle("third");
  named = there.person("third");
  named["alsoKnownAs"] = Json::array({world.sal});
  named["movedTo"] = next;
  there.put("/users/third", named);
  const auto move_on = [&] {
    Json again = world.act("Move", world.sal, world.sal);
    again["target"] = third;
    CHECK(world.status(again) == 202);
    return need(world.db().following(world.id("ana"), third)).has_value();
  };
  world.stage.now += 8 * 24 * kHour;
  CHECK_FALSE(move_on());
  named.erase("movedTo");
  there.put("/users/third", named);
  world.stage.now += 1000;
  CHECK(move_on());
  const std::string fourth = there.settle("fourth");
  named = there.person("fourth");
  named["alsoKnownAs"] = Json::array({world.sal});
  there.put("/users/fourth", named);
  const auto to_fourth = [&] {
    Json again = world.act("Move", world.sal, world.sal);
    again["target"] = fourth;
    CHECK(world.status(again) == 202);
    return need(world.db().following(world.id("ana"), fourth)).has_value();
  };
  world.stage.now += 7 * 24 * kHour - kHour;
  CHECK_FALSE(to_fourth());
  world.stage.now += 2 * kHour;
  CHECK(to_fourth());
}

TEST_CASE(
    "statement 63: what answers us goes on to the followers byte for byte, if it can be checked") {
  World world;
  const std::string far = "http://127.0.0.1:3/users/far", gus = "http://127.0.0.1:4/users/gus";
  for (const std::string& who : {far, gus, world.mallory}) {
    world.put_follower("ana", {.id = who, .inbox = who + "/inbox", .since_ms = world.now()});
  }
  world.relate("ana", model::Type::block, "http://127.0.0.1:4/");
  const auto sent = [&] {
    std::vector<std::string> bodies;
    for (const index::Delivery& each : world.queue()) {
      CHECK(each.inbox == far + "/inbox");  // not to its own host, and not to whom ana blocks
      CHECK(each.signer == world.id("ana"));
      bodies.push_back(each.body);
      need(world.db().drop(each.number));
    }
    return bodies;
  };
  const auto says = [&](const Json& json, const std::string& body) {
    Plan plan = world.plan(json);
    plan.body = body;
    CHECK(world.take(send(plan)).answer.status == 202);
    return sent();
  };
  Json answer = world.note(world.sal, "a");
  answer["inReplyTo"] = world.post_uri;
  Json create = world.act("Create", world.sal, answer);
  const auto odd = [](const Json& json) { return " " + json.dump(2) + "\n"; };
  CHECK(says(create, odd(create)).empty());  // nobody else could check it

  create["id"] = world.sal + "/acts/proved";
  create["object"]["id"] = world.sal + "/posts/b";
  create["signature"] = {{"type", "RsaSignature2017"}, {"signatureValue", "x"}};
  CHECK(says(create, odd(create)) == std::vector<std::string>{odd(create)});
  CHECK(says(create, odd(create)).empty());  // it came before
  Json update = create;
  update["id"] = world.sal + "/acts/update";
  update["type"] = "Update";
  update["object"]["content"] = "<p>better</p>";
  update["object"]["updated"] = format_time(world.now());
  CHECK(says(update, odd(update)) == std::vector<std::string>{odd(update)});
  Json gone = world.act("Delete", world.sal, world.sal + "/posts/b");
  gone["signature"] = create["signature"];
  CHECK(says(gone, odd(gone)) == std::vector<std::string>{odd(gone)});

  // Nobody can make us send without end.
  std::size_t passed = 3;
  for (int i = 0; i < kPassedPerDay; ++i) {
    update["object"]["id"] = world.mallory + "/posts/b";
    update["object"]["attributedTo"] = world.mallory;
    update["actor"] = world.mallory;
    update["id"] = world.mallory + "/acts/again" + std::to_string(i);
    passed += says(update, update.dump()).size();
  }
  CHECK(passed == kPassedPerDay);
  world.stage.now += 24 * kHour;

  // Neither what only some may read, nor what answers such a post, nor what answers nothing here.
  create["id"] = world.sal + "/acts/private";
  create["object"]["id"] = world.sal + "/posts/c";
  create["object"]["to"] = Json::array({world.ana_actor});
  create["object"]["cc"] = Json::array();
  CHECK(says(create, odd(create)).empty());
  world.put_follower("ana", {.id = world.sal, .inbox = world.sal + "/inbox", .since_ms = 5});
  const ObjectId narrow = world.say("ana", ops::to("followers", "between us"));
  create["id"] = world.sal + "/acts/narrow";
  create["object"] = answer;
  create["object"]["id"] = world.sal + "/posts/d";
  create["object"]["inReplyTo"] = world.site.object(narrow);
  CHECK(says(create, odd(create)).empty());
  CHECK(need(world.db().post(world.sal + "/posts/d")));
  create["id"] = world.sal + "/acts/other";
  create["object"]["id"] = world.sal + "/posts/e";
  create["object"]["inReplyTo"] = world.sal + "/posts/d";
  CHECK(says(create, odd(create)).empty());
}

TEST_CASE("E73: nobody is moved to an account that the community blocks") {
  World world;
  Peer there;
  const std::string next = there.settle("sal");
  world.follow("ana", world.sal);
  Json named = there.person("sal");
  named["alsoKnownAs"] = Json::array({world.sal});
  there.put("/users/sal", named);
  need(world.remote().fetch_actor(next));
  for (const std::string& about : {next, there.origin() + "/"}) {
    world.block_for_all(about);
    Json move = world.act("Move", world.sal, world.sal);
    move["target"] = next;
    CHECK(world.status(move) == 202);
    CHECK_FALSE(need(world.db().following(world.id("ana"), next)));
    world.block_for_all(about, true);
  }
}

TEST_CASE("a report comes from a server's own actor, about a hundred things at most") {
  World world;
  const std::string site = world.peer.url("/actor");
  Json actor = world.peer.person("site");
  actor["id"] = site;
  actor["type"] = "Application";
  actor["inbox"] = site + "/inbox";
  actor["publicKey"] = {
      {"id", site + "#main-key"}, {"owner", site}, {"publicKeyPem", peer_public_pem()}};
  world.peer.put("/actor", actor);
  Json objects = Json::array();
  for (int i = 0; i < 10'000; ++i) objects.push_back(world.post_uri);
  world.refused(world.act("Flag", site, objects), 400);  // more than a document may hold
  objects.erase(objects.begin() + 9000, objects.end());
  Json flag = world.act("Flag", site, objects);
  flag["content"] = "rude";
  // In the name of somebody whose word it is not.
  Plan forged = world.plan(flag);
  forged.key_id = world.mallory + "#main-key";
  world.refused(send(forged), 401);
  CHECK(world.status(flag) == 202);
  CHECK(world.status(flag) == 202);
  const auto reports = need(world.db().reports(10));
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].actor == site);
  CHECK(std::count(reports[0].objects.begin(), reports[0].objects.end(), '\n') == 100);
}

TEST_CASE("who is to come again is told when") {
  World world;
  Peer there;
  const std::string next = there.settle("sal");
  there.put("/users/sal", Peer::Document{.status = 503});
  world.follow("ana", world.sal);
  Json move = world.act("Move", world.sal, world.sal);
  move["target"] = next;
  const Received received = world.say_to_us(move);
  CHECK(received.answer.status == 503);
  CHECK(received.answer.headers.find("Retry-After") == "60");
}

TEST_CASE("a message that nobody signed is answered before its body") {
  http::Request head;
  head.method = "POST";
  for (const char* path : {"/u/ana/inbox", "/inbox", "/actor/inbox"}) {
    INFO(path);
    head.path = path;
    CHECK(is_inbox(path));
    const auto answer = refuse_unsigned(head);
    REQUIRE(answer);
    CHECK(answer->status == 401);
    CHECK(answer->body == "the signature does not verify\n");
  }
  head.headers.set("signature", "x");
  CHECK_FALSE(refuse_unsigned(head));
  head.headers.remove("signature");
  for (const char* path :
       {"/u/ana/inbox/x", "/u/a/b/inbox", "/u/ana", "/inbox/", "/", "/x/inbox"}) {
    INFO(path);
    head.path = path;
    CHECK_FALSE(is_inbox(path));
    CHECK_FALSE(refuse_unsigned(head));
  }
  head.path = "/inbox";
  head.method = "GET";
  CHECK_FALSE(refuse_unsigned(head));
}

TEST_CASE("whom a member blocks is known by id, name and host, and nobody else is") {
  World world;
  need(world.remote().fetch_actor(world.sal));
  const auto blocked = [&](const std::string& handle, const std::string& actor) {
    return need(is_blocked_by(world.community, world.db(), world.who(handle).id, actor));
  };
  const std::string stranger = world.peer.url("/users/stranger");
  world.relate("ana", model::Type::block, "acct:sal@" + world.peer.host());
  CHECK(blocked("ana", world.sal));
  CHECK_FALSE(blocked("ana", stranger));
  CHECK_FALSE(blocked("bo", world.sal));
  world.relate("ana", model::Type::block, world.peer.origin() + "/");
  CHECK(blocked("ana", stranger));
  world.relate("bo", model::Type::block, "http://127.0.0.2/users/x");
  CHECK(blocked("bo", "http://127.0.0.2/users/x"));
  // Their own signature says who they are.
  Plan get = world.plan(Json{{"actor", world.sal}});
  get.method = "GET";
  get.target = "/o/x";
  get.body.clear();
  get.covered = "(request-target) host date";
  InboxContext context = world.federation->inbox();
  CHECK(need(signer_of(context, send(get))) == world.sal);
  get.key_id = world.mallory + "#other";
  CHECK_FALSE(signer_of(context, send(get)));
}
