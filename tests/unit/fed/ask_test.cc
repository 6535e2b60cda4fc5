// SPDX-License-Identifier: MIT
// What a member learns of people elsewhere by asking: of a live server, of one that is silent, and
// in a clone.
#include <fstream>

#include "ops/remote_profile.h"
#include "ops/remote_view.h"
#include "unit/fed/peer_support.h"

using namespace camp;
using namespace camp::fed;

namespace {

class AskingCamp : public CopiedCamp {
 public:
  std::unique_ptr<Peer> peer = std::make_unique<Peer>();
  const std::string host = peer->host();
  const std::string sal = peer->settle("sal");

  AskingCamp() {
    std::ofstream(directory() + "/camp.toml", std::ios::app) << "host = \"localhost:4000\"\n";
    Json person = peer->person("sal");
    person["name"] = "Sal";
    person["summary"] = "<p>Bakes.<script>x</script></p>";
    person["url"] = peer->url("/@sal");
    peer->put("/users/sal", person);
    peer->put("/@sal", person);
    community = std::make_unique<store::Community>(open());
  }
  ops::Actor ana() const { return ops::Camp::who(*community, "ana"); }
  Result<ops::RemoteProfile> ask(const std::string& who) {
    return ops::show_remote_profile(*community, ana(), who);
  }
  Result<std::vector<index::Post>> look(const std::string& words) {
    return ops::look_elsewhere(*community, ana(), words, 20);
  }

  std::unique_ptr<store::Community> community;
};

}  // namespace

TEST_CASE("a person elsewhere is shown by handle, by id and by the address of their page") {
  AskingCamp camp;
  for (const std::string& who : {"@sal@" + camp.host, camp.sal, camp.peer->url("/@sal")}) {
    INFO(who);
    const auto shown = need(camp.ask(who));
    CHECK(shown.actor.id == camp.sal);
    CHECK(shown.actor.name == "Sal");
    CHECK(shown.actor.summary.find("script") == std::string::npos);
    CHECK_FALSE(shown.followed);
    CHECK_FALSE(shown.follows);
    CHECK_FALSE(shown.kept);
  }
}

TEST_CASE("how a person elsewhere and a member stand to each other is shown") {
  AskingCamp camp;
  const std::string handle = "@sal@" + camp.host;
  need(ops::follow(*camp.community, camp.ana(), handle));
  CHECK(need(camp.ask(handle)).followed == ops::FollowState::pending);
  const Follower follower{.id = camp.sal, .inbox = camp.sal + "/inbox"};
  auto writer = need(camp.community->write());
  need(writer.put_state({{model::private_repository(camp.ana().id), follower_file(camp.sal),
                          need(encode_follower(follower))}},
                        "followers"));
  CHECK(need(camp.ask(handle)).follows);
}

TEST_CASE("who writes is told how many get it elsewhere") {
  AskingCamp camp;
  need(camp.ask(camp.sal));
  const auto readers = [&](const ops::Draft& draft) {
    const auto posted = need(ops::post(*camp.community, camp.ana(), draft, true));
    return std::pair(posted.readers.members, posted.readers.elsewhere);
  };
  const std::pair<std::size_t, std::size_t> nobody{1, 0}, one{1, 1};
  CHECK(readers(ops::to("followers", "hello")) == nobody);
  CHECK(readers(ops::to("direct", "@sal@" + camp.host + " hello")) == one);
  auto writer = need(camp.community->write());
  const Follower follower{.id = camp.sal, .inbox = camp.sal + "/inbox"};
  need(writer.put_state({{model::private_repository(camp.ana().id), follower_file(camp.sal),
                          need(encode_follower(follower))}},
                        "followers"));
  CHECK(readers(ops::to("followers", "hello")) == one);
  ops::Draft mutuals = ops::to("public", "hello");
  mutuals.only = "mutuals";
  CHECK(readers(mutuals) == nobody);
  auto db = need(open_server_db(*camp.community));
  need(db.put_following({camp.ana().id.text(), camp.sal, "x", index::FollowState::accepted, 1}));
  CHECK(readers(mutuals) == one);
  CHECK(readers(ops::to("local", "hello")) == std::pair<std::size_t, std::size_t>{3, 0});
}

TEST_CASE("whose server is silent is shown as they were, and nobody else is") {
  AskingCamp camp;
  const std::string handle = "@sal@" + camp.host, stranger = "@tom@" + camp.host;
  need(camp.ask(camp.sal));
  camp.peer.reset();
  const auto shown = need(camp.ask(camp.sal));
  CHECK(shown.kept);
  CHECK(shown.actor.name == "Sal");
  const auto nobody = camp.ask(stranger);
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().kind == Kind::network);
  CHECK_FALSE(nobody.error().hint.empty());
}

TEST_CASE("a member is found by the handle that people elsewhere write") {
  AskingCamp camp;
  CHECK(need(ops::find_member(*camp.community, "@ana@localhost:4000")).handle == "ana");
  CHECK(need(ops::find_member(*camp.community, "@ana")).handle == "ana");
  CHECK_FALSE(ops::find_member(*camp.community, "@ana@" + camp.host));
  CHECK_FALSE(ops::find_member(*camp.community, "@nobody@localhost:4000"));
}

TEST_CASE("whoever is not there is not there") {
  AskingCamp camp;
  const auto nobody = camp.ask("@tom@" + camp.host);
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().kind == Kind::not_found);
  CHECK_FALSE(nobody.error().hint.empty());
}

TEST_CASE("looking for a person's address says that they are there, as their handle does") {
  AskingCamp camp;
  for (const std::string& words : {"@sal@" + camp.host, camp.sal, camp.peer->url("/@sal")}) {
    INFO(words);
    const auto found = camp.look(words);
    REQUIRE_FALSE(found);
    CHECK(found.error().kind == Kind::not_found);
    CHECK(found.error().message.find("is there") != std::string::npos);
  }
  const Json note{{"id", camp.sal + "/posts/1"}, {"type", "Note"},
                  {"attributedTo", camp.sal},    {"to", Json::array({"as:Public"})},
                  {"content", "<p>soup</p>"},    {"published", "2026-11-20T10:00:00Z"}};
  camp.peer->put("/users/sal/posts/1", note);
  const auto post = need(camp.look(camp.sal + "/posts/1"));
  REQUIRE(post.size() == 1);
  CHECK(post.front().uri == camp.sal + "/posts/1");
  CHECK(need(camp.look(camp.sal)).size() == 1);
}
