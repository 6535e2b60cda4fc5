// SPDX-License-Identifier: MIT
// Members complain about each other and about people elsewhere.
#include "ops/complain.h"

#include <nlohmann/json.hpp>

#include "ops/moderate.h"
#include "ops/people.h"
#include "unit/ops/people_support.h"

using namespace camp;
using namespace camp::ops;

namespace {

class Complaining : public Camp {
 public:
  Complaining() : eve(stranger("eve", "bad.example")), ada(stranger("ada", "there.example")) {
    give_host(*this);
    auto db = open_db();
    for (const auto& actor : {eve, ada}) REQUIRE(db.put_actor(actor, kStart));
    for (const auto& post : {eves, adas}) REQUIRE(db.put_post(post, kStart));
  }

  index::ServerDb open_db() { return server_db(open()); }
  Result<Complained> report(const std::string& handle, const Grievance& grievance,
                            bool dry_run = false) {
    store::Community community = open();
    return complain(community, who(community, handle), grievance, dry_run);
  }
  std::vector<index::Report> reports() {
    const store::Community community = open();
    return list_reports(community, who(community, "ana"), 10).value();
  }
  std::vector<Json> flags() {
    std::vector<Json> all;
    const auto queued = open_db().queued(10).value();
    for (const auto& message : queued) {
      all.push_back(parse_json(message.body).value());
    }
    return all;
  }
  static model::RemotePost words_of(const model::RemoteActor& actor) {
    model::RemotePost post{.id = actor.id + "/1", .actor = actor.id};
    post.url = post.id;
    post.content = "<p>words</p>";
    post.visibility = model::Visibility::public_;
    post.published_ms = kStart;
    return post;
  }

  model::RemoteActor eve, ada;
  model::RemotePost eves = words_of(eve), adas = words_of(ada);
};

template <typename T>
Kind kind_of(const Result<T>& result) {
  return result ? Kind::bug : result.error().kind;
}

}  // namespace

TEST_CASE_METHOD(Complaining, "somebody elsewhere is reported by handle, address and post",
                 "[ops]") {
  const std::string id = model::local_id(eves).short_id();
  for (const std::string& what : {std::string("@eve@bad.example"), eve.id, eves.id, id}) {
    INFO(what);
    const auto made = report("bo", {what, {}, "about " + what});
    INFO((made ? "" : made.error().message));
    REQUIRE(made);
    CHECK(made->changed);
    CHECK(made->whom.handle == "@eve@bad.example");
    const bool post = what == eves.id || what == id;
    CHECK(made->posts == (post ? std::vector{eves.id} : std::vector<std::string>()));
    const Json flag = flags().back();
    CHECK(flag.at("object").front() == eve.id);
    CHECK(flag.at("object").size() == (post ? 2 : 1));
    CHECK(flag.at("content") == "about " + what);
  }
  CHECK(reports().size() == 4);
  const store::Community community = open();
  CHECK(reports().front().actor == who(community, "bo").id.uri());
}

TEST_CASE_METHOD(Complaining, "a second time it is no news, and a dry run does nothing", "[ops]") {
  REQUIRE(report("bo", {"@eve@bad.example", {eves.id}, "rude"}, true));
  CHECK(flags().empty());
  CHECK(reports().empty());
  CHECK(report("bo", {"@eve@bad.example", {eves.id}, "rude"})->changed);
  CHECK_FALSE(report("bo", {eves.id, {eves.id}, "rude"})->changed);
  CHECK(flags().size() == 1);
  CHECK(reports().size() == 1);
}

TEST_CASE_METHOD(Complaining, "what is said about members stays here", "[ops]") {
  REQUIRE(say("cy", text("something rude")));
  const auto made = report("bo", {"@cy", {"@cy", "@cy~0"}, "rude"});
  INFO((made ? "" : made.error().message));
  REQUIRE(made);
  CHECK(made->whom.handle == "@cy");
  CHECK(made->posts.size() == 1);
  const auto again = report("bo", {"@cy~0", {}, "rude"});
  REQUIRE(again);
  CHECK_FALSE(again->changed);
  CHECK(flags().empty());
  REQUIRE(reports().size() == 1);
  const store::Community community = open();
  CHECK(reports().front().objects.starts_with(who(community, "cy").id.uri() + "\n"));
  CHECK(kind_of(list_reports(community, who(community, "bo"), 10)) == Kind::refused);
}

TEST_CASE_METHOD(Complaining, "posts of somebody else, oneself and long words are refused",
                 "[ops]") {
  CHECK(kind_of(report("bo", {eve.id, {adas.id}})) == Kind::usage);
  CHECK(kind_of(report("bo", {eves.id, {adas.id}})) == Kind::usage);
  CHECK(kind_of(report("bo", {"@bo"})) == Kind::refused);
  CHECK(kind_of(report("bo", {"@zed"})) == Kind::not_found);
  CHECK(kind_of(report("bo", {eve.id, {}, std::string(2049, 'x')})) == Kind::usage);
  CHECK(kind_of(report("bo", {eve.id, {}, "\x1b[2J"})) == Kind::usage);
  CHECK(kind_of(report("bo", {eve.id, {}, "\xff"})) == Kind::usage);
  CHECK(kind_of(report("bo", {eve.id, std::vector<std::string>(50, eves.id)})) == Kind::usage);
  CHECK(flags().empty());
  CHECK(reports().empty());
  CHECK(report("bo", {eve.id, {}, std::string(2048, 'x')}));
}

TEST_CASE_METHOD(Complaining, "a letter between others cannot be named", "[ops]") {
  const auto letter = say("cy", to("direct", "@ana a secret"));
  REQUIRE(letter);
  CHECK(kind_of(report("bo", {"@cy", {letter->post.id}})) == Kind::not_found);
  CHECK(report("ana", {"@cy", {letter->post.id}}));
}

TEST_CASE_METHOD(Complaining, "whoever is not known is asked for, and nobody answers here",
                 "[ops]") {
  CHECK(kind_of(report("bo", {"@eve@127.0.0.2:9"})) == Kind::network);
  CHECK(kind_of(report("bo", {"http://127.0.0.2:9/users/eve"})) == Kind::network);
  CHECK(flags().empty());
}

TEST_CASE_METHOD(Complaining, "whoever is blocked can be reported, and the block drops no report",
                 "[ops]") {
  store::Community community = open();
  const Actor bo = who(community, "bo");
  REQUIRE(report("bo", {eve.id, {}, "before"}));
  REQUIRE(hide(community, bo, HideList::block, "bad.example"));
  REQUIRE(report("bo", {eves.id, {}, "after"}));
  CHECK(flags().size() == 2);
}

TEST_CASE_METHOD(Complaining, "who is suspended reports nobody", "[ops]") {
  store::Community community = open();
  REQUIRE(suspend_member(community, who(community, "ana"), "bo", ""));
  CHECK(kind_of(report("bo", {eve.id})) == Kind::refused);
  CHECK(kind_of(report("bo", {"@cy"})) == Kind::refused);
  CHECK(reports().empty());
}
