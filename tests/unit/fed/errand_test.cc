// SPDX-License-Identifier: MIT
// What others make us fetch: who is asked, how often, how much of it is kept, and that nobody but
// ourselves gives us anything else to do.
#include <thread>

#include "fed/cut_off.h"
#include "fed/remote_thread.h"
#include "fed/share.h"
#include "unit/fed/inbox_support.h"

using namespace camp;
using namespace camp::fed;
using index::FollowState;

namespace {

constexpr std::int64_t kDay = 24 * kHour;

class World : public InboxCamp {
 public:
  Json note_at(const std::string& path, const std::string& parent = "") {
    Json json = note(sal, "x");
    json["id"] = peer.url(path);
    json["cc"] = Json::array();
    if (!parent.empty()) json["inReplyTo"] = peer.url(parent);
    return json;
  }
  /// Runs errands until none is due, however long that is from now.
  void run_errands() {
    for (int round = 0; round < 30; ++round) {
      need(federation->run_errands({}));
      stage.now += 4 * kMinute;
    }
  }
  bool has(const std::string& path) { return need(db().post(peer.url(path))).has_value(); }
  std::string boost(const std::string& uri) {
    const Json act = this->act("Announce", sal, uri);
    CHECK(status(act) == 202);
    return act["id"].get<std::string>();
  }
};

}  // namespace

TEST_CASE("a post that was boosted is asked of its own host, signed, and comes into the timeline") {
  World world;
  world.follow("ana", world.sal);
  Peer far;
  const std::string fay = far.settle("fay");
  Json note = world.note(fay, "p");
  note["cc"] = Json::array();
  far.put("/users/fay/posts/p", note);
  Json forged = note;
  forged["content"] = "<p>forged</p>";
  CHECK(world.status(world.act("Announce", world.sal, forged)) == 202);
  world.run_errands();
  const auto kept = need(world.db().post(fay + "/posts/p"));
  REQUIRE(kept);
  CHECK(kept->content == "<p>p</p>");
  CHECK(far.asked("/users/fay/posts/p") == 1);
  CHECK(world.state().find("<p>p</p>") != std::string::npos);
}

TEST_CASE("a boosted address whose document has another id is asked for that once, or dropped") {
  World world;
  world.follow("ana", world.sal);
  world.peer.put("/@sal/1", world.note_at("/posts/1"));
  world.peer.put("/posts/1", world.note_at("/posts/1"));
  world.peer.put("/@sal/2", world.note_at("/posts/2"));  // and nothing stands there
  Json elsewhere = world.note_at("/posts/3");
  elsewhere["id"] = "http://127.0.0.2:1/posts/3";
  world.peer.put("/@sal/3", elsewhere);
  for (const char* path : {"/@sal/1", "/@sal/2", "/@sal/3"}) world.boost(world.peer.url(path));
  world.run_errands();
  CHECK(world.has("/posts/1"));
  CHECK(world.peer.asked("/posts/1") == 1);
  for (const char* path : {"/@sal/1", "/@sal/2", "/@sal/3", "/posts/2"})
    CHECK_FALSE(world.has(path));
  CHECK_FALSE(need(world.db().post("http://127.0.0.2:1/posts/3")));
}

TEST_CASE("of a chain of answers without end ten posts above are fetched, and a circle ends") {
  World world;
  world.follow("ana", world.sal);
  for (int i = 0; i < 40; ++i) {
    const std::string path = "/posts/" + std::to_string(i);
    world.peer.put(path, world.note_at(path, "/posts/" + std::to_string(i + 1)));
  }
  world.boost(world.peer.url("/posts/0"));
  world.run_errands();
  CHECK(world.has("/posts/10"));
  CHECK_FALSE(world.has("/posts/11"));
  CHECK(world.peer.asked("/posts/11") == 0);
  world.peer.put("/circle/1", world.note_at("/circle/1", "/circle/2"));
  world.peer.put("/circle/2", world.note_at("/circle/2", "/circle/1"));
  world.peer.put("/self", world.note_at("/self", "/self"));
  world.boost(world.peer.url("/circle/1"));
  world.boost(world.peer.url("/self"));
  world.run_errands();
  CHECK(world.has("/circle/2"));
  for (const char* path : {"/circle/1", "/circle/2", "/self"}) CHECK(world.peer.asked(path) == 1);
}

TEST_CASE("nobody else gives us errands of our own kinds") {
  World world;
  world.follow("ana", world.sal);
  const std::string gus = "http://127.0.0.1:2/users/gus";
  world.put_follower("ana", {.id = gus, .inbox = gus + "/inbox", .since_ms = world.now()});
  const OwnerId ana = world.who("ana").id;
  for (const std::string& task :
       {cut_task(ana, gus), cut_task(ana, "http://127.0.0.1:2/"),
        std::string("tell public 0123456789"), std::string(kLookTask) + world.mallory}) {
    INFO(task);
    world.boost(task);
    Json answer = world.note(world.sal, "answer" + std::to_string(world.serial));
    answer["inReplyTo"] = task;
    CHECK(world.status(world.act("Create", world.sal, answer)) == 202);
    CHECK_FALSE(need(world.db().next_errand(world.now() + kDay)));
    // Nor by a post that is fetched.
    const std::string path = "/posts/" + std::to_string(++world.serial);
    Json fetched = world.note_at(path);
    fetched["inReplyTo"] = task;
    world.peer.put(path, fetched);
    world.boost(world.peer.url(path));
    world.run_errands();
    CHECK(world.has(path));
    CHECK_FALSE(need(world.db().next_errand(world.now() + kDay)));
  }
  CHECK(world.followers("ana").size() == 1);
  CHECK(world.peer.asked("/users/mallory") == 0);
}

TEST_CASE("for what others send a host is asked thirty times a minute at most") {
  World world;
  world.follow("ana", world.sal);
  need(world.remote().key(world.sal + "#main-key"));
  for (int i = 0; i < 45; ++i) {
    const std::string path = "/posts/" + std::to_string(i);
    world.peer.put(path, world.note_at(path));
    world.boost(world.peer.url(path));
  }
  const int before = world.peer.asked();
  need(world.federation->run_errands({}));
  CHECK(world.peer.asked() - before == kAskedPerMinute);
  // Nothing is lost: the others come when there is a share again.
  world.run_errands();
  for (int i = 0; i < 45; ++i) CHECK(world.has("/posts/" + std::to_string(i)));

  // What a member asks for has no such limit, and keys have the same.
  for (int i = 0; i < 40; ++i) need(world.remote().fetch_actor(world.sal));
  const int asked = world.peer.asked();
  {
    const Remote::ForOthers sparing(world.remote());
    int answered = 0;
    for (int i = 0; i < 40; ++i) answered += world.remote().fetch_actor(world.sal) ? 1 : 0;
    CHECK(answered == kAskedPerMinute);
    const auto refused = world.remote().fetch_actor(world.sal);
    CHECK(refused.error().kind == Kind::busy);
  }
  CHECK(world.peer.asked() - asked == kAskedPerMinute);
  need(world.remote().fetch_actor(world.sal));
}

TEST_CASE("signatures that fail make us ask a host thirty times a minute at most") {
  World world;
  for (int i = 0; i < 50; ++i) {
    const std::string who = world.peer.settle("p" + std::to_string(i));
    need(world.remote().fetch_actor(who));
  }
  const int before = world.peer.asked();
  for (int i = 0; i < 50; ++i) {
    const std::string who = world.peer.url("/users/p" + std::to_string(i));
    http::Request request = send(world.plan(world.act("Like", who, world.post_uri)));
    request.headers.set("Date", http::format_http_date(world.now() + 1000));
    CHECK(world.status(request) == 401);
  }
  CHECK(world.peer.asked() - before == kAskedPerMinute);
}

TEST_CASE("a share is so much at once, comes again evenly, and forgives a clock") {
  World world;
  index::ServerDb& db = world.db();
  const auto take = [&](std::int64_t now) { return need(db.may_take("x", now, 60'000, 3)); };
  for (int i = 0; i < 3; ++i) CHECK(take(1'000'000));
  CHECK_FALSE(take(1'000'000));
  CHECK_FALSE(take(1'019'999));
  CHECK(take(1'020'000));
  CHECK_FALSE(take(1'020'001));
  for (int i = 0; i < 3; ++i) CHECK(take(9'000'000));
  CHECK_FALSE(take(9'000'000));
  CHECK(take(500));  // the clock was years ahead
  CHECK(need(db.may_take("y", 1'000'000, 60'000, 3)));
}

TEST_CASE("of one host a thousand new posts and people a day are kept, and others as before") {
  World world;
  // Each names ana, and is by somebody whom nobody follows.
  const auto post = [&](const std::string& name) {
    Json note = world.note(world.sal, name);
    CHECK(world.status(world.act("Create", world.sal, note)) == 202);
    return note["id"].get<std::string>();
  };
  const std::string first = post("first");
  const auto before = static_cast<std::int64_t>(world.notices("ana").size());
  int left = kKeptPerDay - 2;  // sal, and the first
  while (need(may_keep(world.db(), world.sal, world.now()))) --left;
  CHECK(left == 0);
  const std::string last = post("too many");
  CHECK_FALSE(need(world.db().post(last)));
  CHECK(static_cast<std::int64_t>(world.notices("ana").size()) == before);  // nor is it told
  // What is here already goes on living.
  Json edit = world.note(world.sal, "first");
  edit["content"] = "<p>edited</p>";
  edit["updated"] = format_time(world.now() - 1000);
  CHECK(world.status(world.act("Update", world.sal, edit)) == 202);
  CHECK(need(world.db().post(first))->content == "<p>edited</p>");
  // Nobody new of that host, nor a post that somebody makes us fetch.
  CHECK(world.status(world.act("Like", world.mallory, world.post_uri)) == 401);
  CHECK_FALSE(need(world.db().actor(world.mallory)));
  world.peer.put("/posts/9", world.note_at("/posts/9"));
  {
    const Remote::ForOthers sparing(world.remote());
    CHECK(world.remote().fetch_post(world.peer.url("/posts/9")).error().kind == Kind::refused);
  }
  CHECK_FALSE(world.has("/posts/9"));
  // Another host has its own share, so has whom somebody follows; and what a member asks for comes.
  Peer far;
  const std::string fay = far.settle("fay");
  Json note = world.note(fay, "p");
  CHECK(world.status(world.act("Create", fay, note)) == 202);
  CHECK(need(world.db().post(fay + "/posts/p")));
  CHECK(need(world.remote().fetch_post(world.peer.url("/posts/9"))).actor == world.sal);
  world.follow("ana", world.sal);
  CHECK(need(world.db().post(post("wanted"))));
  need(world.db().remove_following(world.id("ana"), world.sal));
  CHECK_FALSE(need(world.db().post(post("too many again"))));
  world.stage.now += kDay;
  CHECK(need(world.db().post(post("tomorrow"))));
}

TEST_CASE("an old key counts while its host is down, and is asked for anew in the background") {
  World world;
  auto down = std::make_unique<Peer>();
  const std::string dan = down->settle("dan");
  CHECK(world.status(world.act("Like", dan, world.post_uri)) == 202);
  CHECK(down->asked("/users/dan") == 1);
  world.stage.now += kActorFreshMs + 1;
  CHECK(world.status(world.act("Announce", dan, world.post_uri)) == 202);
  CHECK(down->asked("/users/dan") == 1);  // nobody waits for it
  need(world.federation->run_errands({}));
  CHECK(down->asked("/users/dan") == 2);
  CHECK(world.status(world.act("Like", dan, world.post_uri)) == 202);
  CHECK_FALSE(need(world.db().next_errand(world.now() + kDay)));

  down.reset();
  world.stage.now += 10 * kDay;
  CHECK(world.status(world.act("Undo", dan, world.act("Announce", dan, world.post_uri, "2"))) ==
        202);
  CHECK(world.boosts() == 0);
  world.run_errands();
  CHECK_FALSE(need(world.db().next_errand(world.now() + kDay)));
  CHECK(world.status(world.act("Announce", dan, world.post_uri)) == 202);
  CHECK(world.boosts() == 1);
  CHECK_FALSE(need(world.db().next_errand(world.now() + kDay)));  // once a day
}

TEST_CASE("a key that was changed counts after a day though the old one still verifies") {
  World world;
  CHECK(world.status(world.act("Like", world.sal, world.post_uri)) == 202);
  world.peer.put("/users/sal", world.peer.person("sal", other_public_pem()));
  world.stage.now += kActorFreshMs + 1;
  CHECK(world.status(world.act("Announce", world.sal, world.post_uri)) == 202);
  need(world.federation->run_errands({}));
  CHECK(need(world.db().actor(world.sal))->keys.at(0).value == other_public_pem());
  CHECK(world.status(world.act("Like", world.sal, world.post_uri)) == 401);
}

TEST_CASE(
    "E73: an old post of whom the community blocks comes by no boost, reply or conversation") {
  for (const bool whole_host : {false, true}) {
    INFO(whole_host);
    World world;
    world.follow("ana", world.sal);
    Peer far;
    const std::string eve = far.settle("eve");
    Json old = world.note(eve, "old");
    old["cc"] = Json::array();
    far.put("/users/eve/posts/old", old);
    // Of a person the server knows who they are; else only the host can be named.
    if (!whole_host) need(world.federation->remote().fetch_actor(eve));
    const int asked = far.asked();
    world.block_for_all(whole_host ? far.origin() + "/" : eve);

    world.boost(eve + "/posts/old");
    Json answer = world.note_at("/posts/answer");
    answer["inReplyTo"] = eve + "/posts/old";
    CHECK(world.status(world.act("Create", world.sal, answer)) == 202);
    Json top = world.note_at("/posts/top");
    top["replies"] = {{"type", "Collection"}, {"items", Json::array({eve + "/posts/below"})}};
    Json below = world.note(eve, "below");
    below["inReplyTo"] = world.peer.url("/posts/top");
    far.put("/users/eve/posts/below", below);
    world.peer.put("/posts/top", top);
    need(fetch_thread(world.federation->remote(), world.db(), world.site,
                      world.peer.url("/posts/top"), {}));
    world.run_errands();
    CHECK(world.has("/posts/top"));
    CHECK(world.has("/posts/answer"));
    CHECK_FALSE(need(world.db().post(eve + "/posts/old")));
    CHECK_FALSE(need(world.db().post(eve + "/posts/below")));
    if (whole_host) CHECK(far.asked() == asked);

    world.block_for_all(whole_host ? far.origin() + "/" : eve, true);
    world.boost(eve + "/posts/old");
    world.run_errands();
    CHECK(need(world.db().post(eve + "/posts/old")));
  }
}
