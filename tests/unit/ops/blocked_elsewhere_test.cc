// SPDX-License-Identifier: MIT
// Whoever a member blocks elsewhere, or the community, stays out of sight, whichever way their
// words came.
#include "ops/remote_view.h"

#include <algorithm>

#include "fed/elsewhere.h"
#include "fed/home.h"
#include "ops/block_for_all.h"
#include "ops/people.h"
#include "unit/ops/people_support.h"

using namespace camp;
using namespace camp::ops;

namespace {

model::RemotePost words_of(const model::RemoteActor& actor, const std::string& name,
                           const std::string& parent = "") {
  model::RemotePost post{.id = actor.id + "/" + name, .actor = actor.id};
  post.url = post.id;
  post.content = "<p>" + name + "</p>";
  post.in_reply_to = parent;
  post.visibility = model::Visibility::public_;
  post.published_ms = kStart;
  return post;
}

/// bo and cy follow ada. eve wrote something long ago that ada boosts, and answers ada,
/// who answers back.
struct Scene {
  Camp camp;
  store::Community community = (give_host(camp), camp.open());
  Actor ana = Camp::who(community, "ana"), bo = Camp::who(community, "bo"),
        cy = Camp::who(community, "cy");
  index::ServerDb db = server_db(community);
  model::RemoteActor eve = stranger("eve", "bad.example"), ada = stranger("ada", "there.example");
  model::RemotePost good = words_of(ada, "good"), old = words_of(eve, "old"),
                    answer = words_of(eve, "answer", good.id),
                    back = words_of(ada, "back", answer.id);

  Scene() {
    for (const auto& actor : {eve, ada}) REQUIRE(db.put_actor(actor, kStart));
    for (const auto& post : {good, old, answer, back}) REQUIRE(db.put_post(post, kStart));
    for (const Actor& member : {bo, cy}) {
      REQUIRE(
          db.put_following({member.id.text(), ada.id, "x", index::FollowState::accepted, kStart}));
    }
    REQUIRE(db.put_reaction({.activity = ada.id + "/boost",
                             .kind = index::ReactionKind::boost,
                             .actor = ada.id,
                             .object = old.id,
                             .at_ms = kStart}));
    REQUIRE(db.put_notice({.member = bo.id.text(),
                           .kind = index::NoticeKind::mention,
                           .actor = eve.id,
                           .object = old.id,
                           .at_ms = kStart}));
  }

  /// Whether a member sees something of eve's: everywhere the same.
  bool sees_eve(const Actor& member) {
    auto view = RemoteView::open(community, member).value();
    REQUIRE(view);
    const auto sees = [&](const std::vector<index::Post>& posts) {
      return std::any_of(posts.begin(), posts.end(),
                         [&](const index::Post& post) { return post.author == eve.id; });
    };
    const bool first = sees(view->timeline({.limit = 50}).value());
    CHECK(sees(view->timeline({.home = false, .limit = 50}).value()) == first);
    CHECK(sees(view->replies(good.id).value()) == first);
    CHECK(sees(view->search({"old"}, 50).value()) == first);
    return first;
  }
  /// Whether something of eve's goes to a member's clone.
  bool is_in_home(const Actor& member) {
    const auto site = fed::site_of(community).value();
    const auto blocked = fed::blocked_by_community(community).value();
    const auto home = fed::home_of(db, site, blocked, member.id, member.handle).value();
    std::string all;
    for (const std::string& record : home) all += record;
    CHECK(all.find(ada.id + "/good") != std::string::npos);
    const auto holds = [&](const std::string& words) { return all.find(words) != all.npos; };
    const bool first = holds(old.content);
    for (const std::string& words : {answer.content, eve.name}) CHECK(holds(words) == first);
    return first;
  }
};

}  // namespace

TEST_CASE("an old post of whom a member blocks is hidden in boosts, threads, searches and lists",
          "[ops]") {
  for (const char* block : {"https://bad.example/users/eve", "@eve@bad.example", "bad.example"}) {
    INFO(block);
    Scene scene;
    REQUIRE(hide(scene.community, scene.bo, HideList::block, block));
    CHECK_FALSE(scene.sees_eve(scene.bo));
    CHECK(scene.sees_eve(scene.cy));  // who blocks nobody
  }
}

TEST_CASE("E73: of whom the community blocks nobody sees anything, and all of it when it ends",
          "[ops]") {
  for (const char* block : {"https://bad.example/users/eve", "@eve@bad.example", "bad.example"}) {
    INFO(block);
    Scene scene;
    CHECK(scene.is_in_home(scene.bo));
    const auto replies = [&] {
      return fed::elsewhere_known(scene.community, scene.db).replies(scene.good.id).value().size();
    };
    CHECK(replies() == 1);
    REQUIRE(block_for_all(scene.community, scene.ana, block, "spam", false));
    for (const Actor& member : {scene.ana, scene.bo, scene.cy}) CHECK_FALSE(scene.sees_eve(member));
    CHECK_FALSE(scene.is_in_home(scene.bo));
    CHECK(replies() == 0);
    const auto follows = follow(scene.community, scene.cy, "@eve@bad.example");
    CHECK(follows.error().kind == Kind::refused);
    REQUIRE(unblock_for_all(scene.community, scene.ana, block, "", false));
    CHECK(scene.sees_eve(scene.cy));
    CHECK(scene.is_in_home(scene.bo));
    CHECK(replies() == 1);
  }
}

TEST_CASE("who decides whom the community blocks, and what is said of it", "[ops]") {
  Scene scene;
  auto& community = scene.community;
  let_follow(community, scene.bo.id, scene.eve);
  REQUIRE(scene.db.put_following(
      {scene.cy.id.text(), scene.eve.id, "y", index::FollowState::accepted, kStart}));
  CHECK(block_for_all(community, scene.bo, "bad.example", "", false).error().kind == Kind::refused);
  CHECK(block_for_all(community, scene.ana, "@bo", "", false).error().kind == Kind::refused);
  CHECK(block_for_all(community, scene.ana, "http://127.0.0.1:9/", "", false).error().kind ==
        Kind::refused);
  CHECK(block_for_all(community, scene.ana, "bad.example", "a\nb", false).error().kind ==
        Kind::usage);
  CHECK(unblock_for_all(community, scene.ana, "bad.example", "", false).error().kind ==
        Kind::not_found);

  const auto would = block_for_all(community, scene.ana, "bad.example", "spam", true).value();
  CHECK((would.changed && would.follows == 1 && would.followers == 1));
  CHECK(blocked_for_all(community).value().empty());
  CHECK(block_for_all(community, scene.ana, "bad.example", "spam", false).value().changed);
  CHECK_FALSE(block_for_all(community, scene.ana, "bad.example", "", false).value().changed);
  CHECK(block_for_all(community, scene.ana, "bad.example", "much spam", false).value().changed);
  REQUIRE(block_for_all(community, scene.ana, "@eve@bad.example", "rude", false));
  const auto blocks = blocked_for_all(community).value();
  REQUIRE(blocks.size() == 2);
  CHECK(blocks[0].whom.handle == "bad.example");
  CHECK(blocks[0].reason == "much spam");
  CHECK(blocks[1].whom.handle == "@eve@bad.example");
  // Nothing was thrown away.
  CHECK(fed::read_followers(community, scene.bo.id).value().size() == 1);
  CHECK(scene.db.following(scene.cy.id.text(), scene.eve.id).value());
}

TEST_CASE("a host stands for those below its name, and for no other", "[ops]") {
  fed::PeopleList list;
  CHECK(list.empty());
  list.add("https://bad.example/");
  list.add("acct:eve@there.example");
  list.add("https://there.example/users/mallory");
  for (const char* host : {"bad.example", "a.bad.example", "a.b.bad.example"}) {
    CHECK(list.holds_host(host));
  }
  for (const char* host : {"notbad.example", "bad.example.org", "example", "", "."}) {
    CHECK_FALSE(list.holds_host(host));
  }
  CHECK(list.holds(stranger("x", "a.bad.example")));
  CHECK(list.holds(stranger("eve", "there.example")));
  CHECK(list.holds("https://there.example/users/mallory", nullptr));
  CHECK_FALSE(list.holds("https://there.example/users/eve", nullptr));
  CHECK_FALSE(list.holds(stranger("ada", "there.example")));
  // By the host of the handle as well as by that of the id.
  model::RemoteActor other = stranger("x", "there.example");
  other.host = "bad.example";
  CHECK(list.holds(other));
}
