// SPDX-License-Identifier: MIT
// Whoever a member blocks elsewhere stays out of sight, whichever way their words come.
#include "ops/remote_view.h"

#include <algorithm>

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

}  // namespace

TEST_CASE("an old post of whom a member blocks is hidden in boosts, threads, searches and lists",
          "[ops]") {
  for (const char* block : {"https://bad.example/users/eve", "@eve@bad.example", "bad.example"}) {
    INFO(block);
    Camp camp;
    give_host(camp);
    store::Community community = camp.open();
    const Actor bo = Camp::who(community, "bo"), cy = Camp::who(community, "cy");
    auto db = server_db(community);
    const auto eve = stranger("eve", "bad.example"), ada = stranger("ada", "there.example");
    for (const auto& actor : {eve, ada}) REQUIRE(db.put_actor(actor, kStart));
    const auto good = words_of(ada, "good"), old = words_of(eve, "old");
    const auto answer = words_of(eve, "answer", good.id);
    for (const auto& post : {good, old, answer}) REQUIRE(db.put_post(post, kStart));
    for (const Actor& member : {bo, cy}) {
      REQUIRE(
          db.put_following({member.id.text(), ada.id, "x", index::FollowState::accepted, kStart}));
    }
    REQUIRE(db.put_reaction({.activity = ada.id + "/boost",
                             .kind = index::ReactionKind::boost,
                             .actor = ada.id,
                             .object = old.id,
                             .at_ms = kStart}));
    REQUIRE(hide(community, bo, HideList::block, block));
    // cy, who blocks nobody, sees each.
    for (const Actor& member : {bo, cy}) {
      INFO(member.handle);
      const bool hidden = member.handle == "bo";
      auto view = RemoteView::open(community, member).value();
      REQUIRE(view);
      const auto sees = [&](const std::vector<index::Post>& posts) {
        return std::any_of(posts.begin(), posts.end(),
                           [&](const index::Post& post) { return post.author == eve.id; });
      };
      CHECK(sees(view->timeline({.limit = 50}).value()) != hidden);
      CHECK(sees(view->timeline({.home = false, .limit = 50}).value()) != hidden);
      CHECK(sees(view->replies(good.id).value()) != hidden);
      CHECK(sees(view->search({"old"}, 50).value()) != hidden);
    }
  }
}
