// SPDX-License-Identifier: MIT
// Whom members follow, block and mute.
#include "ops/people.h"

#include <nlohmann/json.hpp>

#include "ops/followers.h"
#include "ops/sync.h"
#include "store/letters.h"
#include "unit/ops/people_support.h"

using namespace camp;
using namespace camp::ops;

namespace {

const std::string kAda = "@ada@there.example";

Kind kind_of(const Result<FollowChange>& result) {
  return result ? Kind::bug : result.error().kind;
}

/// How many Follow objects of a member stand.
std::size_t follows(const store::Community& community, const Actor& actor) {
  return own_list(community, actor, "Follow").value().size();
}

/// Somebody on this machine, where nobody answers.
model::RemoteActor nobody_there(const std::string& user) {
  model::RemoteActor actor = stranger(user, "127.0.0.2:9");
  actor.id = "http://127.0.0.2:9/users/" + user;
  actor.inbox = actor.id + "/inbox";
  actor.shared_inbox.clear();
  return actor;
}

/// What waits to be sent.
std::vector<std::string> types_in(index::ServerDb& db) {
  std::vector<std::string> types;
  const auto queued = db.queued(100).value();
  for (const auto& message : queued) {
    types.push_back(parse_json(message.body)->value("type", ""));
  }
  return types;
}

store::NewObject relation(const store::Community& community, const Actor& actor, model::Type type,
                          const std::string& about) {
  const auto maker = maker_for(community, actor);
  return finish_object(community, actor, maker, model::make_relation(maker, type, about)).value();
}

void write(store::Community& community, const Actor& actor, std::vector<store::NewObject> objects) {
  auto writer = community.write().value();
  REQUIRE(writer.introduce(objects.front().repositories.front(), actor.id));
  REQUIRE(writer.append(objects, {}, "test"));
}

Draft for_followers(const std::string& words) { return to("followers", words); }

}  // namespace

TEST_CASE("a follow of a member counts at once, and once", "[ops]") {
  Camp camp;
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana"), bo = Camp::who(community, "bo");

  const auto first = follow(community, bo, "@ana").value();
  CHECK(first.changed);
  CHECK(first.followed.state == FollowState::accepted);
  CHECK_FALSE(follow(community, bo, "ana").value().changed);
  CHECK(follows(community, bo) == 1);
  CHECK(store::local_followers(community, ana.id).value() == std::vector{bo.id});

  REQUIRE(camp.say("ana", for_followers("for you")));
  CHECK(camp.sees("bo", "for you") == 1);
  CHECK(camp.sees("cy", "for you") == 0);

  CHECK(unfollow(community, bo, "@ana"));
  CHECK(kind_of(unfollow(community, bo, "@ana")) == Kind::not_found);
  CHECK(follows(community, bo) == 0);
}

TEST_CASE("a dry run follows nobody", "[ops]") {
  Camp camp;
  store::Community community = camp.open();
  const Actor bo = Camp::who(community, "bo");
  CHECK(follow(community, bo, "@ana", true).value().changed);
  CHECK(follows(community, bo) == 0);
}

TEST_CASE("nobody follows themselves, a stranger's name, or whom they block", "[ops]") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  const Actor bo = Camp::who(community, "bo");
  CHECK(kind_of(follow(community, bo, "@bo")) == Kind::refused);
  CHECK(kind_of(follow(community, bo, "@bo@127.0.0.1:9")) == Kind::refused);
  CHECK(kind_of(follow(community, bo, "@zed")) == Kind::not_found);
  CHECK(kind_of(follow(community, bo, "https://there.example/")) == Kind::usage);
  CHECK(kind_of(follow(community, bo, "@a b@there.example")) == Kind::not_found);
  REQUIRE(hide(community, bo, HideList::block, "there.example"));
  CHECK(kind_of(follow(community, bo, kAda)) == Kind::refused);
  REQUIRE(unhide(community, bo, HideList::block, "https://there.example"));
  CHECK(follow(community, bo, kAda));
}

TEST_CASE("without a host nobody elsewhere can be followed", "[ops]") {
  Camp camp;
  store::Community community = camp.open();
  CHECK(kind_of(follow(community, Camp::who(community, "bo"), kAda)) == Kind::refused);
}

TEST_CASE("a follow of somebody elsewhere says that it is to be told", "[ops]") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  const Actor bo = Camp::who(community, "bo");
  const auto change = follow(community, bo, "@ada@There.Example").value();
  CHECK(change.followed.whom.handle == kAda);
  CHECK(change.followed.state == FollowState::pending);
  const auto rows = own_list(community, bo, "Follow").value();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].about == "acct:ada@there.example");
  const auto object = community.read(rows[0].repository, rows[0].blob).value();
  CHECK(object.json->at("camp:ask") == true);
  CHECK_FALSE(follow(community, bo, "https://there.example/@ada").value().changed);
}

TEST_CASE("a person is one, however they are named", "[ops]") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  const Actor bo = Camp::who(community, "bo");
  REQUIRE(server_db(community).put_actor(stranger("ada", "there.example"), kStart));
  REQUIRE(follow(community, bo, "https://there.example/users/ada"));
  CHECK_FALSE(follow(community, bo, kAda).value().changed);
  const auto list = following(community, bo).value();
  REQUIRE(list.size() == 1);
  CHECK(list[0].whom.handle == kAda);
  CHECK(list[0].whom.name == "The ada");
}

TEST_CASE("what came with an archive is asked anew, and only once", "[ops]") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  const Actor bo = Camp::who(community, "bo");
  write(community, bo, {relation(community, bo, model::Type::follow, "acct:ada@there.example")});
  CHECK(following(community, bo).value().at(0).state == FollowState::unasked);

  CHECK(follow(community, bo, kAda).value().changed);
  CHECK(follows(community, bo) == 1);
  CHECK(following(community, bo).value().at(0).state == FollowState::pending);
  CHECK_FALSE(follow(community, bo, kAda).value().changed);
}

TEST_CASE("the state of a follow is what the other server said", "[ops]") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  const Actor bo = Camp::who(community, "bo");
  const auto ada = stranger("ada", "there.example");
  auto db = server_db(community);
  REQUIRE(db.put_actor(ada, kStart));
  REQUIRE(follow(community, bo, kAda));
  const auto answered = [&](index::FollowState state) {
    REQUIRE(db.put_following({bo.id.text(), ada.id, "https://x.example/f", state, kStart}));
    return following(community, bo).value().at(0).state;
  };
  CHECK(answered(index::FollowState::accepted) == FollowState::accepted);
  CHECK_FALSE(follow(community, bo, kAda).value().changed);
  CHECK(answered(index::FollowState::refused) == FollowState::refused);
  CHECK(follow(community, bo, kAda).value().changed);
  CHECK(follows(community, bo) == 1);
}

TEST_CASE("a block ends both follows and drops what is on its way", "[ops]") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  const Actor bo = Camp::who(community, "bo");
  const auto ada = stranger("ada", "there.example"), eve = stranger("eve", "else.example");
  auto db = server_db(community);
  for (const auto& actor : {ada, eve}) {
    REQUIRE(db.put_actor(actor, kStart));
    let_follow(community, bo.id, actor);
    enqueue(db, bo.id, actor.inbox, "https://us.example/o/1/create", "Create");
    enqueue(db, bo.id, actor.inbox, "https://us.example/o/2#delete", "Delete");
  }
  REQUIRE(follow(community, bo, kAda));

  const auto tried = hide(community, bo, HideList::block, kAda, true).value();
  CHECK(tried.unfollowed);
  CHECK(followers(community, bo).value().size() == 2);

  const auto change = hide(community, bo, HideList::block, kAda).value();
  CHECK(change.changed);
  CHECK(change.unfollowed);
  CHECK(change.followers == 1);
  CHECK(follows(community, bo) == 0);
  const auto left = followers(community, bo).value();
  REQUIRE(left.size() == 1);
  CHECK(left[0].whom.handle == "@eve@else.example");

  std::vector<std::string> waiting;
  const auto queued = db.queued(100).value();
  for (const auto& message : queued) {
    if (message.inbox == ada.inbox) waiting.push_back(parse_json(message.body)->value("type", ""));
  }
  CHECK(waiting == std::vector<std::string>{"Delete", "Reject"});
  CHECK(db.queue_length().value() == 4);

  CHECK_FALSE(hide(community, bo, HideList::block, kAda).value().changed);
  CHECK(db.queue_length().value() == 4);
  CHECK(hidden_by(community, bo, HideList::block).value().size() == 1);
}

TEST_CASE("a block of a host is a block of everybody there", "[ops]") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  const Actor bo = Camp::who(community, "bo");
  const auto ada = stranger("ada", "there.example");
  auto db = server_db(community);
  REQUIRE(db.put_actor(ada, kStart));
  let_follow(community, bo.id, ada);
  enqueue(db, bo.id, ada.shared_inbox, "https://us.example/o/1/create", "Create");
  REQUIRE(follow(community, bo, kAda));
  const auto change = hide(community, bo, HideList::block, "there.example").value();
  CHECK(change.followers == 1);
  CHECK(change.unfollowed);
  CHECK(db.queue_length().value() == 1);  // the Reject
  const auto hidden = hidden_people(community, bo).value();
  CHECK(hidden.hides(ada));
  CHECK(hidden.hides(ada.id, "", ""));
  CHECK_FALSE(hidden.hides(stranger("ada", "else.example")));
}

TEST_CASE("a block that comes from a clone is carried out by the next sync", "[ops]") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  const Actor bo = Camp::who(community, "bo");
  REQUIRE(sync(community, {}));  // the first tells nothing
  const auto ada = nobody_there("ada");
  auto db = server_db(community);
  REQUIRE(db.put_actor(ada, camp.stage.now));
  let_follow(community, bo.id, ada);
  write(community, bo, {relation(community, bo, model::Type::block, "acct:ada@127.0.0.2:9")});
  CHECK(followers(community, bo).value().size() == 1);
  REQUIRE(sync(community, {}));
  CHECK(followers(community, bo).value().empty());
  CHECK(types_in(db) == std::vector<std::string>{"Reject"});
}

TEST_CASE("a follow is told once, and its end undoes it", "[ops]") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  const Actor bo = Camp::who(community, "bo");
  REQUIRE(sync(community, {}));
  const auto ada = nobody_there("ada");
  auto db = server_db(community);
  REQUIRE(db.put_actor(ada, camp.stage.now));
  REQUIRE(follow(community, bo, "@ada@127.0.0.2:9"));
  REQUIRE(sync(community, {}));
  CHECK(types_in(db) == std::vector<std::string>{"Follow"});
  CHECK(db.following(bo.id.text(), ada.id).value()->state == index::FollowState::sent);
  REQUIRE(unfollow(community, bo, "@ada@127.0.0.2:9"));
  REQUIRE(sync(community, {}));
  CHECK(types_in(db) == std::vector<std::string>{"Follow", "Undo"});
  CHECK_FALSE(db.following(bo.id.text(), ada.id).value());
}

TEST_CASE("the end of a follow that a newer one has replaced undoes nothing", "[ops]") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  const Actor bo = Camp::who(community, "bo");
  REQUIRE(sync(community, {}));
  const auto ada = nobody_there("ada");
  auto db = server_db(community);
  REQUIRE(db.put_actor(ada, camp.stage.now));
  REQUIRE(follow(community, bo, "@ada@127.0.0.2:9"));
  REQUIRE(sync(community, {}));
  auto told = db.following(bo.id.text(), ada.id).value().value();
  told.state = index::FollowState::refused;
  REQUIRE(db.put_following(told));
  // Both in one commit, where the new object comes before the end of the old one.
  REQUIRE(follow(community, bo, "@ada@127.0.0.2:9"));
  REQUIRE(sync(community, {}));
  CHECK(types_in(db) == std::vector<std::string>{"Follow", "Follow"});
  const auto now = db.following(bo.id.text(), ada.id).value();
  REQUIRE(now);
  CHECK(now->activity != told.activity);
  CHECK(now->state == index::FollowState::sent);
}

TEST_CASE("a member who is blocked gets nothing that is for followers", "[ops]") {
  Camp camp;
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana"), bo = Camp::who(community, "bo");
  REQUIRE(follow(community, bo, "@ana"));
  REQUIRE(camp.say("bo", text("bo speaks")));
  CHECK(camp.sees("ana", "bo speaks") == 1);
  REQUIRE(hide(community, ana, HideList::block, "@bo"));
  CHECK(camp.sees("ana", "bo speaks") == 0);
  REQUIRE(camp.say("ana", for_followers("not for bo")));
  CHECK(camp.sees("bo", "not for bo") == 0);
  CHECK(hidden_people(community, ana).value().hides_member(bo.id.text()));
  REQUIRE(unhide(community, ana, HideList::block, "@bo"));
  CHECK(camp.sees("ana", "bo speaks") == 1);
  CHECK(unhide(community, ana, HideList::block, "@bo").error().kind == Kind::not_found);
}

TEST_CASE("a mute hides and changes no follow", "[ops]") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  const Actor bo = Camp::who(community, "bo");
  const auto ada = stranger("ada", "there.example");
  REQUIRE(server_db(community).put_actor(ada, kStart));
  let_follow(community, bo.id, ada);
  REQUIRE(follow(community, bo, kAda));
  const auto change = hide(community, bo, HideList::mute, kAda).value();
  CHECK_FALSE(change.unfollowed);
  CHECK(followers(community, bo).value().size() == 1);
  CHECK(follows(community, bo) == 1);
  CHECK(hidden_people(community, bo).value().hides(ada));
}

TEST_CASE("followers are members and people elsewhere", "[ops]") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana"), bo = Camp::who(community, "bo");
  let_follow(community, ana.id, stranger("ada", "there.example"));
  REQUIRE(follow(community, bo, "@ana"));
  const auto rows = followers(community, ana).value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].whom.handle == "https://there.example/users/ada");  // whom nobody has met
  CHECK(rows[1].whom.handle == "@bo");
  CHECK(rows[1].since_ms > kStart);
}

TEST_CASE("requests are answered once, and a follower can be parted with", "[ops]") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  const Actor bo = Camp::who(community, "bo");
  const auto ada = stranger("ada", "there.example");
  auto db = server_db(community);
  REQUIRE(db.put_actor(ada, camp.stage.now));
  const auto ask = [&] {
    REQUIRE(db.put_request({bo.id.text(), ada.id, ada.id + "/follows/1", kStart}));
  };
  CHECK(accept_follower(community, bo, kAda).error().kind == Kind::not_found);
  ask();
  CHECK(follow_requests(community, bo).value().size() == 1);
  REQUIRE(accept_follower(community, bo, kAda));
  CHECK(follow_requests(community, bo).value().empty());
  CHECK(followers(community, bo).value().size() == 1);
  CHECK(accept_follower(community, bo, kAda));

  REQUIRE(reject_follower(community, bo, kAda));
  CHECK(followers(community, bo).value().empty());
  CHECK(reject_follower(community, bo, kAda).error().kind == Kind::not_found);
  ask();
  REQUIRE(reject_follower(community, bo, kAda));
  CHECK(follow_requests(community, bo).value().empty());
  CHECK(types_in(db) == std::vector<std::string>{"Accept", "Reject", "Reject"});
  CHECK(reject_follower(community, bo, "@ana").error().kind == Kind::refused);
}
