// SPDX-License-Identifier: MIT
// How a post that somebody elsewhere wrote is named.
#include "ops/read.h"
#include "unit/ops/people_support.h"

using namespace camp;
using namespace camp::ops;

namespace {

model::RemotePost post_of(const model::RemoteActor& actor, const std::string& name,
                          std::int64_t published_ms) {
  model::RemotePost post{.id = actor.id + "/" + name, .actor = actor.id};
  post.url = post.id;
  post.content = "<p>" + name + "</p>";
  post.visibility = model::Visibility::public_;
  post.published_ms = published_ms;
  return post;
}

}  // namespace

TEST_CASE("a post from elsewhere is named by its author, its short id, its whole id or its address",
          "[ops]") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  const Actor bo = Camp::who(community, "bo");
  auto db = server_db(community);
  const auto ada = stranger("ada", "there.example"), eve = stranger("eve", "there.example");
  const auto old = post_of(ada, "old", kStart - 5000), late = post_of(ada, "late", kStart - 1000);
  for (const auto& actor : {ada, eve}) REQUIRE(db.put_actor(actor, kStart));
  for (const auto& post : {old, late, post_of(eve, "other", kStart)}) {
    REQUIRE(db.put_post(post, kStart));
  }
  const auto uri = [&](const std::string& which) {
    const auto post = find_post(community, bo, which);
    return post ? post->uri : post.error().message;
  };
  CHECK(uri("@ada@there.example") == late.id);
  CHECK(uri("@ada@there.example~1") == old.id);
  CHECK(find_post(community, bo, "@ada@there.example~2").error().kind == Kind::not_found);
  CHECK(find_post(community, bo, "@nobody@there.example").error().kind == Kind::not_found);
  CHECK(find_post(community, bo, "@ada@there.example~x").error().kind == Kind::usage);
  const std::string id = model::local_id(old).text();
  CHECK(uri(id) == old.id);
  CHECK(uri(id.substr(10, 8)) == old.id);
  CHECK(uri(old.id) == old.id);
  const std::string unknown = ObjectId::make(kStart, std::string(32, 'n')).text();
  CHECK(find_post(community, bo, unknown).error().kind == Kind::not_found);
}
