// SPDX-License-Identifier: MIT
// How far a conversation elsewhere is followed, and what of it is believed.
#include "fed/remote_thread.h"

#include <fstream>

#include "fed/foreign.h"
#include "ops/read.h"
#include "ops/remote_view.h"
#include "unit/fed/peer_support.h"

using namespace camp;
using namespace camp::fed;

namespace {

class World : public FedCamp {
 public:
  Peer peer;
  std::string sal = peer.settle("sal");

  /// A note that the peer serves, with a list of what answers it.
  std::string note(const std::string& path, const std::string& parent,
                   const std::vector<std::string>& replies = {}) {
    return note_of(peer, path, parent, replies);
  }
  std::string note_of(Peer& at, const std::string& path, const std::string& parent,
                      const std::vector<std::string>& replies = {}) {
    at.put(path, document(at, path, parent, replies));
    return at.url(path);
  }
  static Json document(const Peer& at, const std::string& path, const std::string& parent,
                       const std::vector<std::string>& replies = {}) {
    Json note{{"id", at.url(path)},
              {"type", "Note"},
              {"attributedTo", at.url("/users/sal")},
              {"to", Json::array({"as:Public"})},
              {"content", "<p>" + path + "</p>"},
              {"replies",
               {{"id", at.url(path + "/replies")}, {"type", "Collection"}, {"items", replies}}}};
    if (!parent.empty()) note["inReplyTo"] = parent;
    return note;
  }

  Result<std::size_t> fetch(const std::string& uri) {
    return fetch_thread(remote(), db(), site, uri, {});
  }
  /// The community as commands open it, which read its host from its settings.
  store::Community with_host() {
    std::ofstream(directory() + "/camp.toml") << "host = \"" << kHost << "\"\n";
    return open();
  }
  bool has(const std::string& uri) { return need(db().post(uri)).has_value(); }
};

}  // namespace

TEST_CASE("a conversation is fetched up to its beginning and two answers down") {
  World world;
  const std::string root = world.peer.url("/1"), middle = world.peer.url("/2");
  world.note("/1", "", {middle, world.peer.url("/6")});
  world.note("/2", root, {world.peer.url("/3")});
  world.note("/3", middle, {world.peer.url("/4")});
  world.note("/4", world.peer.url("/3"), {world.peer.url("/5")});
  world.note("/5", world.peer.url("/4"));
  world.note("/6", root);
  CHECK(need(world.fetch(middle)) == 5);
  for (const char* path : {"/1", "/2", "/3", "/4", "/6"}) CHECK(world.has(world.peer.url(path)));
  CHECK_FALSE(world.has(world.peer.url("/5")));  // three below
  CHECK(world.peer.asked("/2") == 1);
  CHECK(need(world.fetch(middle)) == 0);
}

TEST_CASE("an answer on another host is asked of that host, whatever the collection says of it") {
  World world;
  Peer other;
  other.settle("sal");
  const std::string root = world.peer.url("/1");
  const std::string answer = world.note_of(other, "/a", root);
  Json lie = World::document(other, "/a", root);
  lie["content"] = "<p>a lie</p>";
  Json start = World::document(world.peer, "/1", "");
  start["replies"]["items"] = Json::array({lie});
  world.peer.put("/1", start);
  CHECK(need(world.fetch(root)) == 2);
  CHECK(other.asked("/a") == 1);
  CHECK(need(world.db().post(answer))->content == "<p>/a</p>");
}

TEST_CASE("an answer that stands whole on its own host is asked for no second time") {
  World world;
  const std::string root = world.peer.url("/1");
  Json start = World::document(world.peer, "/1", "");
  start["replies"]["items"] = Json::array({World::document(world.peer, "/2", root)});
  world.peer.put("/1", start);
  CHECK(need(world.fetch(root)) == 2);
  CHECK(world.has(world.peer.url("/2")));
  CHECK(world.peer.asked("/2") == 0);
}

TEST_CASE("E40: of the pages of an endless collection three are read, and none twice") {
  World world;
  const std::string root = world.peer.url("/1");
  Json start = World::document(world.peer, "/1", "");
  start["replies"] = {{"type", "Collection"},
                      {"totalItems", 1'000'000'000},
                      {"first", world.peer.url("/r?page=1")}};
  world.peer.put("/1", start);
  for (int page = 1; page <= 5; ++page) {
    const std::string number = std::to_string(page);
    world.note("/p" + number, root);
    world.peer.put("/r?page=" + number,
                   Json{{"type", "CollectionPage"},
                        {"next", world.peer.url("/r?page=" + std::to_string(page + 1))},
                        {"items", Json::array({world.peer.url("/p" + number)})}});
  }
  CHECK(need(world.fetch(root)) == 4);
  CHECK(world.peer.asked("/r?page=3") == 1);
  CHECK(world.peer.asked("/r?page=4") == 0);

  start["id"] = world.peer.url("/circle");
  start["replies"] = world.peer.url("/c");
  world.peer.put("/circle", start);
  world.peer.put("/c", Json{{"items", Json::array()}, {"next", world.peer.url("/c")}});
  CHECK(need(world.fetch(world.peer.url("/circle"))) == 1);
  CHECK(world.peer.asked("/c") == 1);
}

TEST_CASE("no more than forty posts come of one conversation") {
  World world;
  const std::string root = world.peer.url("/1");
  std::vector<std::string> answers;
  for (int i = 0; i < 60; ++i) {
    answers.push_back(world.note("/a" + std::to_string(i), root));
  }
  world.note("/1", "", answers);
  CHECK(need(world.fetch(root)) == kThreadPosts);
}

TEST_CASE("who lists what is no answer cannot let us ask others for it") {
  World world;
  Peer victim;
  victim.settle("sal");
  std::vector<std::string> listed;
  for (int i = 0; i < 30; ++i) {
    listed.push_back(world.note_of(victim, "/v" + std::to_string(i), ""));
  }
  const std::string root = world.note("/1", "", listed);
  CHECK(need(world.fetch(root)) == 1);
  CHECK(victim.asked() == kThreadWrong);
  CHECK_FALSE(world.has(listed.front()));
}

TEST_CASE("who answers with what is deleted, and a server that is silent, end nothing") {
  World world;
  std::string silent;
  {
    const Peer gone;
    silent = gone.origin();
  }
  const std::string root = world.peer.url("/1");
  world.note("/2", root);
  world.note("/1", "", {silent + "/a", world.peer.url("/none"), world.peer.url("/2")});
  CHECK(need(world.fetch(root)) == 2);
  CHECK(world.has(world.peer.url("/2")));
  CHECK(world.fetch(world.peer.url("/none")).error().kind == Kind::not_found);
  CHECK(world.fetch(silent + "/a").error().kind == Kind::network);
}

TEST_CASE("a conversation that was stopped goes no further") {
  World world;
  const std::string root = world.peer.url("/1");
  world.note("/2", root);
  world.note("/1", "", {world.peer.url("/2")});
  CHECK(need(fetch_thread(world.remote(), world.db(), world.site, root, [] { return true; })) == 1);
  CHECK(world.peer.asked("/2") == 0);
}

TEST_CASE("the same conversation is asked for once an hour, those of one host twenty times") {
  World world;
  const std::string uri = world.peer.url("/1");
  CHECK(need(may_fetch_thread(world.db(), uri, world.now())));
  CHECK_FALSE(need(may_fetch_thread(world.db(), uri, world.now() + kThreadPauseMs - 1)));
  CHECK(need(may_fetch_thread(world.db(), uri, world.now() + kThreadPauseMs)));
  int allowed = 0;
  for (int i = 0; i < 50; ++i) {
    allowed += need(may_run_thread_errand(world.db(), "a.example", world.now())) ? 1 : 0;
  }
  CHECK(allowed == kThreadErrands);
  CHECK(need(may_run_thread_errand(world.db(), "b.example", world.now())));
}

TEST_CASE("what a member answers is looked at more closely, and then the conversation shows it") {
  World world;
  const std::string root = world.peer.url("/1");
  world.note("/2", root);
  world.note("/1", "", {world.peer.url("/2")});
  need(world.remote().fetch_post(root));
  store::Community here = world.with_host();
  ops::Draft draft;
  draft.text = "yes";
  draft.to = "public";
  draft.reply_to = root;
  need(ops::post(here, world.who("ana"), draft));
  PublishContext context = world.federation->publishing();
  need(publish(context));
  const auto errand = need(world.db().next_errand(world.now()));
  REQUIRE(errand);
  CHECK(errand->uri == std::string(kThreadTask) + root);
  CHECK(need(world.federation->run_errands({})).fetched == 1);
  CHECK_FALSE(need(world.federation->has_errands()));
  CHECK(need(ops::thread(here, world.who("bo"), root)).size() == 3);
  // The same again within the hour asks nobody.
  need(world.db().put_errand(std::string(kThreadTask) + root, 0, world.now()));
  const int asked = world.peer.asked();
  need(world.federation->run_errands({}));
  CHECK(world.peer.asked() == asked);
}

TEST_CASE("a conversation that a member asks for comes first, also by an address") {
  World world;
  const std::string root = world.peer.url("/1");
  world.note("/2", root);
  world.note("/1", "", {world.peer.url("/2")});
  store::Community here = world.with_host();
  CHECK(need(ops::fetch_thread(here, world.who("ana"), world.peer.url("/2"), 60'000)) > 0);
  CHECK(need(ops::thread(here, world.who("ana"), root)).size() == 2);
  const int asked = world.peer.asked();
  CHECK(need(ops::fetch_thread(here, world.who("ana"), world.peer.url("/2"), 60'000)) == 0);
  CHECK(world.peer.asked() == asked);
}
