// SPDX-License-Identifier: MIT
// Which other servers are told of what: each audience, each end, once and for all.
#include "fed/publish.h"

#include <sys/wait.h>

#include <csignal>
#include <thread>

#include "ops/profile.h"
#include "unit/fed/peer_support.h"

using namespace camp;
using namespace camp::fed;

namespace {

const std::string kSecret = "beneath the willow";

/// ana is followed by sal and tom of one server with a shared inbox, gus of one without, and by
/// mia, whom she follows too. Zoe is known, and follows nobody.
class World : public FedCamp {
 public:
  const std::string sal = "http://127.0.0.1:1/users/sal", tom = "http://127.0.0.1:1/users/tom",
                    gus = "http://127.0.0.1:2/users/gus", mia = "http://127.0.0.1:3/users/mia",
                    zoe = "http://127.0.0.1:4/users/zoe", nat = "http://127.0.0.1:5/users/nat";
  const std::string shared = "http://127.0.0.1:1/inbox";

  World() {
    publish_all();  // what was there before is no news
    for (const std::string& who : {sal, tom, gus, mia, zoe, nat}) {
      model::RemoteActor actor{.id = who,
                               .user = who.substr(who.rfind('/') + 1),
                               .host = need(http::parse_url(who, site.policy())).authority(),
                               .inbox = who + "/inbox"};
      if (who == sal || who == tom) actor.shared_inbox = shared;
      need(db().put_actor(actor, now()));
    }
    for (const std::string& who : {sal, tom, gus, mia}) {
      put_follower("ana", {.id = who,
                           .inbox = who + "/inbox",
                           .shared_inbox = who == sal || who == tom ? shared : "",
                           .since_ms = now()});
    }
    need(db().put_following({id("ana"), mia, "x", index::FollowState::accepted, now()}));
  }

  Publication publish_all() {
    PublishContext context = federation->publishing();
    return need(publish(context));
  }
  /// What has come into the queue since the last look, by inbox.
  std::multimap<std::string, Json> told() {
    publish_all();
    std::multimap<std::string, Json> all;
    for (const index::Delivery& delivery : queue()) {
      all.emplace(delivery.inbox, Json::parse(delivery.body));
      need(db().drop(delivery.number));
    }
    return all;
  }
  std::set<std::string> inboxes(const std::multimap<std::string, Json>& messages) {
    std::set<std::string> all;
    for (const auto& [inbox, json] : messages) all.insert(inbox);
    CHECK(all.size() == messages.size());  // nobody is told twice
    return all;
  }
  ObjectId note(const std::string& to, const std::string& words = kSecret) {
    return say("ana", ops::to(to, words));
  }
  ObjectId mutuals(const std::string& words = kSecret) {
    ops::Draft draft = ops::to("public", words);
    draft.only = "mutuals";
    return say("ana", draft);
  }
  /// A post as a member's other programs may write it, with these persons named.
  ObjectId write(const model::Audience& audience, const std::vector<std::string>& named) {
    const ops::Actor ana = who("ana");
    const model::Maker maker = ops::maker_for(community, ana);
    model::NoteContent content{.content = kSecret};
    for (const std::string& person : named) {
      content.tags.push_back({.mention = true, .name = "@x", .href = person});
    }
    auto made =
        need(ops::finish_object(community, ana, maker, model::make_note(maker, audience, content)));
    const ObjectId id = made.object.id.object;
    auto writer = need(community.write());
    need(ops::write_object(writer, ana, "post", std::move(made), {}));
    return id;
  }
  void remove(const ObjectId& object) {
    need(ops::remove_post(community, who("ana"), object.text(), false));
  }
  void edit(const ObjectId& object, const std::string& words) {
    need(ops::edit(community, who("ana"), object.text(), words, std::nullopt));
  }
  const std::set<std::string> all_followers{shared, gus + "/inbox", mia + "/inbox"};
};

std::string type_of_all(const std::multimap<std::string, Json>& messages) {
  std::set<std::string> types;
  for (const auto& [inbox, json] : messages) types.insert(json.at("type").get<std::string>());
  return types.size() == 1 ? *types.begin() : std::to_string(types.size()) + " types";
}

bool mentions(const Json& json, const std::string& text) {
  return json.dump().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("statements 39 and 50: public and unlisted posts go to followers, a shared inbox once") {
  World world;
  for (const char* audience : {"public", "unlisted"}) {
    world.note(audience, "hello");
    const auto told = world.told();
    CHECK(world.inboxes(told) == world.all_followers);
    CHECK(type_of_all(told) == "Create");
    const Json& create = told.begin()->second;
    const std::string at = audience == std::string("public") ? "to" : "cc";
    CHECK(create[at] == Json::array({"https://www.w3.org/ns/activitystreams#Public"}));
    CHECK(create["object"]["to"] == create["to"]);
  }
  CHECK(world.told().empty());
}

TEST_CASE("statement 39: a post for followers goes to them and says nothing of the public") {
  World world;
  world.note("followers");
  const auto told = world.told();
  CHECK(world.inboxes(told) == world.all_followers);
  for (const auto& [inbox, json] : told) {
    CHECK_FALSE(mentions(json, "Public"));
    CHECK_FALSE(mentions(json, "proof"));  // a letter is nobody's evidence
    CHECK(json["to"] == Json::array({world.site.followers("ana")}));
  }
}

TEST_CASE("a post for followers names every follower whom it mentions, and nobody else") {
  World world;
  world.write(model::to_followers(), {world.mia, world.gus, world.zoe});
  const auto told = world.told();
  CHECK(world.inboxes(told) == world.all_followers);
  for (const auto& [inbox, json] : told) {
    std::set<std::string> named;
    for (const Json& tag : json["object"]["tag"]) named.insert(tag["href"].get<std::string>());
    CHECK(named == std::set<std::string>{world.mia, world.gus});
  }
}

TEST_CASE("a post for mutuals goes to them alone, and its end as well") {
  World world;
  const ObjectId post = world.mutuals();
  auto told = world.told();
  CHECK(world.inboxes(told) == std::set<std::string>{world.mia + "/inbox"});
  CHECK(told.begin()->second["to"] == Json::array({world.mia}));
  CHECK_FALSE(mentions(told.begin()->second, "/followers"));
  world.edit(post, "again");
  told = world.told();
  CHECK(world.inboxes(told) == std::set<std::string>{world.mia + "/inbox"});
  CHECK(type_of_all(told) == "Update");
  world.remove(post);
  told = world.told();
  CHECK(world.inboxes(told) == std::set<std::string>{world.mia + "/inbox"});
  CHECK(type_of_all(told) == "Delete");
  CHECK(told.begin()->second["to"] == Json::array({world.mia}));
}

TEST_CASE("mutuals learn nothing of each other, not even at the end") {
  World world;
  need(world.db().put_following(
      {world.id("ana"), world.gus, "y", index::FollowState::accepted, world.now()}));
  const ObjectId post = world.mutuals();
  const auto told = world.told();
  CHECK(world.inboxes(told) == std::set<std::string>{world.mia + "/inbox", world.gus + "/inbox"});
  world.remove(post);
  const auto gone = world.told();
  CHECK(world.inboxes(gone) == world.inboxes(told));
  for (const auto* messages : {&told, &gone}) {
    for (const auto& [inbox, json] : *messages) {
      const std::string& other = inbox == world.mia + "/inbox" ? world.gus : world.mia;
      CHECK_FALSE(mentions(json, other));
    }
  }
}

TEST_CASE("statement 52: a letter goes to whom it names") {
  World world;
  model::Audience letter{.reach = model::Reach::public_, .people = model::People::named};
  letter.named = {world.zoe};
  world.write(letter, {world.zoe, world.nat});
  const auto told = world.told();
  CHECK(world.inboxes(told) == std::set<std::string>{world.zoe + "/inbox"});
  const Json& create = told.begin()->second;
  CHECK(create["to"] == Json::array({world.zoe}));
  CHECK_FALSE(mentions(create, "Public"));
  CHECK_FALSE(mentions(create, "/followers"));
  REQUIRE(create["object"]["tag"].size() == 1);
  CHECK(create["object"]["tag"][0]["href"] == world.zoe);
}

TEST_CASE("statement 52: a mention in a public post reaches the person as well") {
  World world;
  world.write(model::to_public(), {world.zoe});
  const auto told = world.told();
  std::set<std::string> expected = world.all_followers;
  expected.insert(world.zoe + "/inbox");
  CHECK(world.inboxes(told) == expected);
}

TEST_CASE("who is named is not told twice when their server has it for the followers") {
  World world;
  const std::string sue = "http://127.0.0.1:1/users/sue";  // of sal's server, follows nobody
  need(world.db().put_actor({.id = sue,
                             .user = "sue",
                             .host = "127.0.0.1:1",
                             .inbox = sue + "/inbox",
                             .shared_inbox = world.shared},
                            world.now()));
  const ObjectId post = world.write({.reach = model::Reach::public_}, {sue});
  const auto told = world.told();
  CHECK(world.inboxes(told) == world.all_followers);
  CHECK(mentions(told.begin()->second, sue));
  world.remove(post);
  CHECK(world.inboxes(world.told()) == world.all_followers);
}

TEST_CASE("statement 40: local, neighborhood and members' letters are told to nobody") {
  World world;
  std::vector<ObjectId> posts{world.note("local"), world.note("direct", "@bo " + kSecret),
                              world.note("local", "@zoe@127.0.0.1:4 " + kSecret)};
  CHECK(world.told().empty());
  for (const ObjectId& post : posts) world.edit(post, kSecret + "!");
  CHECK(world.told().empty());
  for (const ObjectId& post : posts) {
    need(ops::react(world.community, world.who("ana"), model::Type::like, post.text(), false));
  }
  CHECK(world.told().empty());
  for (const ObjectId& post : posts) world.remove(post);
  CHECK(world.told().empty());
}

TEST_CASE("what an edit took out leaves no more, though the post waits yet") {
  World world;
  const auto words_that_wait = [&] {
    std::map<std::string, std::vector<std::string>> all;
    for (const index::Delivery& delivery : world.queue()) {
      CHECK(delivery.body.find(kSecret) == std::string::npos);
      const Json body = Json::parse(delivery.body);
      all[delivery.inbox].push_back(body.at("type").get<std::string>() + " " +
                                    body.at("object").at("content").get<std::string>());
      if (body.contains("proof")) CHECK_FALSE(body.at("proof").at("proofValue").empty());
    }
    return all;
  };
  for (const auto& [how, inboxes] :
       std::map<std::string, std::size_t>{{"public", 3}, {"followers", 3}, {"mutuals", 1}}) {
    INFO(how);
    const ObjectId post = how == "mutuals" ? world.mutuals() : world.note(how);
    world.publish_all();
    for (const char* words : {"once", "twice"}) {
      world.edit(post, words);
      world.publish_all();
    }
    const auto waiting = words_that_wait();
    CHECK(waiting.size() == inboxes);
    for (const auto& [inbox, messages] : waiting) {
      INFO(inbox);
      CHECK(messages == std::vector<std::string>{"Create <p>twice</p>", "Update <p>twice</p>"});
    }
    world.told();
  }
}

TEST_CASE("an edit and an end go where the post went") {
  World world;
  const ObjectId post = world.write(model::to_public(), {world.zoe});
  const auto first = world.inboxes(world.told());
  CHECK(first.contains(world.zoe + "/inbox"));
  world.edit(post, "hello");  // zoe is named no more
  auto told = world.told();
  CHECK(world.inboxes(told) == first);
  CHECK(type_of_all(told) == "Update");
  world.remove(post);
  told = world.told();
  CHECK(world.inboxes(told) == first);
  CHECK(type_of_all(told) == "Delete");
  CHECK(told.begin()->second["object"]["type"] == "Tombstone");
}

TEST_CASE("likes, boosts, and the end of each") {
  World world;
  const ObjectId post = world.say("bo", ops::to("public", "hello"));
  world.told();
  for (const auto type : {model::Type::announce, model::Type::like}) {
    const bool boost = type == model::Type::announce;
    need(ops::react(world.community, world.who("ana"), type, post.text(), false));
    auto told = world.told();
    // A like of one of us is told to nobody outside; a boost to the booster's followers.
    CHECK(world.inboxes(told) == (boost ? world.all_followers : std::set<std::string>()));
    need(ops::react(world.community, world.who("ana"), type, post.text(), true));
    told = world.told();
    CHECK(world.inboxes(told) == (boost ? world.all_followers : std::set<std::string>()));
    if (boost) CHECK(type_of_all(told) == "Undo");
  }
}

TEST_CASE("a follow that a person asked for, and its end; one out of an archive waits") {
  World world;
  world.relate("ana", model::Type::follow, world.nat, false);
  CHECK(world.told().empty());
  const ObjectId follow = world.relate("ana", model::Type::follow, world.zoe);
  auto told = world.told();
  CHECK(world.inboxes(told) == std::set<std::string>{world.zoe + "/inbox"});
  CHECK(told.begin()->second["object"] == world.zoe);
  CHECK(told.begin()->second["actor"] == world.actor("ana"));
  CHECK(need(world.db().following(world.id("ana"), world.zoe))->state == index::FollowState::sent);
  CHECK_FALSE(need(told_follow(world.db(), follow)).empty());
}

TEST_CASE("what was imported, what is old, and what was there before is no news") {
  World world;
  const ops::Actor ana = world.who("ana");
  const auto write = [&](const model::NoteContent& content, std::int64_t age) {
    model::Maker maker = ops::maker_for(world.community, ana);
    maker.now_ms -= age;
    auto made = need(ops::finish_object(world.community, ana, maker,
                                        model::make_note(maker, model::to_public(), content)));
    auto writer = need(world.community.write());
    need(ops::write_object(writer, ana, "import", std::move(made), {}));
  };
  write({.content = "<p>imported</p>", .media_type = "text/html"}, 0);
  CHECK(world.told().empty());
  write({.content = "old"}, 8 * 24 * kHour);
  CHECK(world.told().empty());
  write({.content = "yesterday"}, 24 * kHour);
  CHECK(world.told().size() == 3);
}

TEST_CASE("a publisher that begins again tells nothing twice, also after the index was made anew") {
  World world;
  const ObjectId post = world.note("public", "one");
  world.note("followers", "two");
  world.edit(post, "one!");
  CHECK(world.told().size() == 9);
  const std::string cursor = need(world.db().value("publisher"));
  for (const std::string& from :
       {cursor.substr(0, cursor.find(' ')) + " 0", std::string("another 7")}) {
    need(world.db().set_value("publisher", from));
    CHECK(world.told().empty());
  }
  // Long after, when what was told is forgotten, edits are as old as posts.
  world.stage.now += 40 * 24 * kHour;
  need(world.federation->tidy());
  need(world.db().set_value("publisher", "third 0"));
  CHECK(world.told().empty());
}

TEST_CASE("a publisher that is killed tells nothing twice and leaves nothing out") {
  World world;
  std::map<std::string, int> expected;
  for (int i = 0; i < 20; ++i) {
    const ObjectId post = world.note("public", "post " + std::to_string(i));
    for (const std::string& inbox : world.all_followers) {
      expected[inbox + " " + world.site.create(post)] = 1;
    }
  }
  std::map<std::string, int> told;
  const auto collect = [&] {
    for (const index::Delivery& delivery : world.queue()) {
      ++told[delivery.inbox + " " + delivery.activity];
      need(world.db().drop(delivery.number));
    }
  };
  int killed = 0;
  for (int round = 0; round < 25; ++round) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto community = store::Community::open(world.directory(), world.stage.env());
      if (!community) ::_exit(1);
      http::Client client({.policy = {.loopback = true}});
      auto federation = Federation::open(*community, world.site, client);
      if (!federation) ::_exit(1);
      PublishContext context = (*federation)->publishing();
      ::_exit(publish(context) ? 0 : 1);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10 + 12 * (round % 20)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) ++killed;
    collect();
    if (!WIFSIGNALED(status)) break;
  }
  world.publish_all();
  collect();
  CHECK(killed > 0);
  CHECK(told == expected);
}

TEST_CASE("somebody whose server does not say who they are is told later") {
  World world;
  world.write(model::to_public(), {"http://127.0.0.1:9/users/new"});
  CHECK(world.told().empty());
  const auto errand = need(world.db().next_errand(world.now() + kHour));
  REQUIRE(errand);
  CHECK(errand->uri.starts_with(kTellTask));
  PublishContext context = world.federation->publishing();
  const auto again = publish_again(context, errand->uri, false);
  CHECK(again.error().kind == Kind::network);
  need(publish_again(context, errand->uri, true));  // the last time: without them
  CHECK(world.queue().size() == 3);
}

TEST_CASE("whom a member blocks, alone or with their host, is told nothing but ends") {
  for (const std::string& block :
       {std::string("http://127.0.0.1:4/users/zoe"), std::string("acct:zoe@127.0.0.1:4"),
        std::string("http://127.0.0.1:4/")}) {
    INFO(block);
    World world;
    const std::string zoes = world.zoe + "/inbox";
    const auto reach_zoe = [&] { return world.inboxes(world.told()).contains(zoes); };
    const ObjectId early = world.write(model::to_public(), {world.zoe});
    CHECK(reach_zoe());
    model::RemotePost theirs{.id = world.zoe + "/1", .actor = world.zoe};
    theirs.visibility = model::Visibility::public_;
    theirs.published_ms = world.now();
    need(world.db().put_post(theirs, world.now()));

    world.relate("ana", model::Type::block, block);
    CHECK_FALSE(reach_zoe());
    world.write(model::to_public(), {world.zoe});
    CHECK_FALSE(reach_zoe());
    model::Audience letter{.reach = model::Reach::public_, .people = model::People::named};
    letter.named = {world.zoe};
    world.write(letter, {world.zoe});
    CHECK_FALSE(reach_zoe());
    world.edit(early, "changed");
    CHECK_FALSE(reach_zoe());
    const ops::Actor ana = world.who("ana");
    const model::Maker maker = ops::maker_for(world.community, ana);
    model::NoteContent answer{.content = "an answer"};
    answer.in_reply_to = theirs.id;
    auto made = need(ops::finish_object(world.community, ana, maker,
                                        model::make_note(maker, model::to_public(), answer)));
    {
      auto writer = need(world.community.write());
      need(ops::write_object(writer, ana, "post", std::move(made), {}));
    }
    CHECK_FALSE(reach_zoe());
    // Others are told as before, also in bo's name; and what they have of ana's ends.
    world.remove(early);
    const auto told = world.told();
    CHECK(world.inboxes(told).contains(zoes));
    CHECK(type_of_all(told) == "Delete");
  }
}

TEST_CASE("a shared inbox gets a post for others of it, whoever there is blocked") {
  World world;
  world.relate("ana", model::Type::block, world.zoe);
  world.relate("ana", model::Type::block, world.sal);
  world.note("public");
  CHECK(world.inboxes(world.told()).contains(world.shared));
  world.relate("ana", model::Type::block, "http://127.0.0.1:1/");
  world.note("public");
  CHECK_FALSE(world.inboxes(world.told()).contains(world.shared));
}

TEST_CASE("who has moved away is not asked for a follow, and it stands as refused") {
  World world;
  auto zoe = need(world.db().actor(world.zoe)).value();
  zoe.moved_to = world.nat;
  need(world.db().put_actor(zoe, world.now()));
  world.relate("ana", model::Type::follow, world.zoe);
  CHECK(world.told().empty());
  CHECK(need(world.db().following(world.id("ana"), world.zoe))->state ==
        index::FollowState::refused);
  // Who followed them before goes on until they move along.
  need(world.db().put_following(
      {world.id("bo"), world.zoe, "x", index::FollowState::accepted, world.now()}));
  world.relate("bo", model::Type::follow, world.zoe);
  CHECK(world.told().empty());
  CHECK(need(world.db().following(world.id("bo"), world.zoe))->state ==
        index::FollowState::accepted);
}

TEST_CASE("E73: whom the community blocks is not asked for a follow, and it stands as refused") {
  World world;
  world.block_for_all(world.zoe);
  world.relate("ana", model::Type::follow, world.zoe);  // in a clone, before it heard of the block
  CHECK(world.told().empty());
  CHECK(need(world.db().following(world.id("ana"), world.zoe))->state ==
        index::FollowState::refused);
}

TEST_CASE("an alias is told to the followers, so that an old account can move here") {
  World world;
  const std::string old = "https://old.example/users/ana";
  need(ops::change_profile(world.community, world.who("ana"), {.aliases = {old}}));
  const auto told = world.told();
  CHECK(told.size() == 3);
  for (const auto& [inbox, update] : told) {
    INFO(inbox);
    CHECK(update.at("type") == "Update");
    CHECK(update.at("object").at("id") == world.actor("ana"));
    CHECK(update.at("object").at("alsoKnownAs") == Json::array({old}));
  }
  need(ops::change_profile(world.community, world.who("ana"), {.no_aliases = {old}}));
  const auto again = world.told();
  CHECK(again.size() == 3);
  for (const auto& [inbox, update] : again)
    CHECK_FALSE(update.at("object").contains("alsoKnownAs"));
}

TEST_CASE(
    "statement 55: that a member has moved is told to the followers, and that they are back") {
  World world;
  const std::string there = "https://new.example/users/ana";
  need(ops::change_profile(world.community, world.who("ana"), {.moved_to = there}));
  const auto told = world.told();
  CHECK(told.size() == 3);
  for (const auto& [inbox, update] : told) {
    CHECK(update.at("type") == "Update");
    CHECK(update.at("object").at("movedTo") == there);
  }
  need(ops::change_profile(world.community, world.who("ana"), {.moved_to = ""}));
  const auto back = world.told();
  CHECK(back.size() == 3);
  for (const auto& [inbox, update] : back) CHECK_FALSE(update.at("object").contains("movedTo"));
}
