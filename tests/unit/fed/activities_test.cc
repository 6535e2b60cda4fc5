// SPDX-License-Identifier: MIT
// What is told to other servers about posts, reactions and follows.
#include "fed/activities.h"

#include "unit/fed/document_support.h"

using namespace camp;
using namespace camp::fed;
using model::Audience;

namespace {

const std::string kBo = "https://friend.camp/u/bo";
const std::string kFollow = "https://example.org/follows/1";

Json zoes_follow() {
  return {{"@context", "https://www.w3.org/ns/activitystreams"},
          {"id", kFollow},
          {"type", "Follow"},
          {"actor", kZoe},
          {"object", kBo},
          {"to", Json::array({kBo})}};
}

model::Object reaction_by_bo(model::Type type, const model::Object& target) {
  const model::Maker maker = model::maker_of(model::bo());
  return model::decoded(model::file_of(model::make_reaction(maker, type, target), maker));
}

model::Object removal_of(const model::Object& post) {
  const model::Maker maker = model::maker_of(model::bo(), model::kNow + 5000);
  return model::decoded(model::file_of(model::make_tombstone(maker, post), maker));
}

}  // namespace

TEST_CASE("AP 39: an activity is addressed as its object") {
  const model::Object post = bos_post({.content = "hello"});
  const Json note = need(note_document(test_rendering(), for_anyone(post)));
  const Json create = create_activity(friend_camp(), post.id.object, note);
  check_golden("create.json", create);
  CHECK(create.at("to") == note.at("to"));
  CHECK(create.at("cc") == note.at("cc"));
  CHECK(create.at("object").at("id") == note.at("id"));
  CHECK_FALSE(create.at("object").contains("@context"));
  const Json update = update_activity(friend_camp(), post.id.object, post.id.object, note);
  CHECK(update.at("type") == "Update");
  CHECK(update.at("id") != create.at("id"));
  CHECK(update.at("to") == note.at("to"));
}

TEST_CASE("AP 43: a deletion leaves a Tombstone, for whom the post was for") {
  const model::Object post = bos_post({.content = "oops"});
  const Json gone = need(delete_activity(test_rendering(), for_anyone(removal_of(post))));
  check_golden("delete.json", gone);
  CHECK(gone.at("object").at("id") == friend_camp().object(post.id.object));
  CHECK(gone.at("object").at("type") == "Tombstone");

  const model::Object letter =
      bos_post({.content = "psst"},
               {.reach = model::Reach::public_, .people = model::People::named, .named = {kZoe}});
  const Json quietly = need(delete_activity(test_rendering(), for_zoe(removal_of(letter))));
  CHECK(quietly.at("to") == Json::array({kZoe}));
  CHECK(quietly.dump().find("#Public") == std::string::npos);
  CHECK(delete_activity(test_rendering(), for_anyone(post)).error().kind == Kind::refused);
}

TEST_CASE("a moderator's deletion is told as the author's") {
  const model::Object post = bos_post({.content = "oops"});
  model::Maker community = model::maker_of(model::home_community());
  const model::Object removal =
      model::decoded(model::file_of(model::make_tombstone(community, post), community));
  const Json gone = need(delete_activity(test_rendering(), for_anyone(removal)));
  CHECK(gone.at("actor") == kBo);
}

TEST_CASE("AP 45: a boost is told to everybody, a like to the author, each under its own id") {
  const model::Object post = model::note_by(model::ana(), model::to_public(), "hi");
  const model::Object boost = reaction_by_bo(model::Type::announce, post);
  const Json announce = need(reaction_activity(test_rendering(), for_anyone(boost)));
  check_golden("announce.json", announce);
  CHECK(announce.at("id") == friend_camp().object(boost.id.object));
  CHECK(announce.at("object") == friend_camp().object(post.id.object));
  CHECK(announce.at("to") == Json::array({kPublic}));
  CHECK(announce.at("cc") == Json::array({kBo + "/followers", "https://friend.camp/u/ana"}));

  const model::Object like = reaction_by_bo(model::Type::like, post);
  const Json liked = need(reaction_activity(test_rendering(), for_anyone(like)));
  CHECK(liked.at("type") == "Like");
  CHECK(liked.at("to") == Json::array({"https://friend.camp/u/ana"}));
  CHECK(liked.at("cc").empty());
  CHECK(liked.at("id") != announce.at("id"));
  CHECK(reaction_activity(test_rendering(), for_anyone(post)).error().kind == Kind::refused);
}

TEST_CASE("AP 45: an undo holds what it takes back, with its id") {
  const model::Object post = model::note_by(model::ana(), model::to_public(), "hi");
  const Json like = need(
      reaction_activity(test_rendering(), for_anyone(reaction_by_bo(model::Type::like, post))));
  const Json undo = undo_activity(like);
  check_golden("undo.json", undo);
  CHECK(undo.at("actor") == kBo);
  CHECK(undo.at("object").at("id") == like.at("id"));
  CHECK(undo.at("object").at("type") == "Like");
  CHECK(undo.at("to") == like.at("to"));
  CHECK(undo.at("id") != like.at("id"));
}

TEST_CASE("a reaction to what the reader may not know of is not told") {
  Names blind = test_names();
  blind.object = [](const std::string&) { return std::optional<Reference>(); };
  const model::Object post = model::note_by(model::ana(), model::to_public(), "hi");
  const auto told = reaction_activity({friend_camp(), blind},
                                      for_anyone(reaction_by_bo(model::Type::like, post)));
  REQUIRE_FALSE(told);
  CHECK(told.error().kind == Kind::not_found);
}

TEST_CASE("AP 32: a follow is answered whole, by the followed") {
  const Json accept = accept_activity(friend_camp(), "bo", zoes_follow());
  check_golden("accept.json", accept);
  CHECK(accept.at("actor") == kBo);
  CHECK(accept.at("to") == Json::array({kZoe}));
  const Json repeated{{"id", kFollow}, {"type", "Follow"}, {"actor", kZoe}, {"object", kBo}};
  CHECK(accept.at("object") == repeated);
  const Json reject = reject_activity(friend_camp(), "bo", zoes_follow());
  CHECK(reject.at("type") == "Reject");
  CHECK(reject.at("object") == repeated);
  CHECK(reject.at("id") != accept.at("id"));
  CHECK(accept == accept_activity(friend_camp(), "bo", zoes_follow()));
}

TEST_CASE("AP 35: our follow has an id that leads back to its object") {
  const ObjectId id = model::note_by(model::bo(), model::to_public()).id.object;
  const Json follow = follow_activity(friend_camp(), "bo", id, kZoe);
  CHECK(follow.at("object") == kZoe);
  CHECK(follow.at("to") == Json::array({kZoe}));
  CHECK(friend_camp().object_in(follow.at("id").get<std::string>()) == id);
  CHECK(undo_activity(follow).at("object").at("object") == kZoe);
}

TEST_CASE("a changed profile and a member who goes are told to everybody") {
  const Json actor{{"@context", Json::array({"a", "b"})}, {"id", kBo}, {"type", "Person"}};
  const Json update = actor_update_activity(friend_camp(), "bo", actor, model::kNow);
  CHECK(update.at("to") == Json::array({kPublic}));
  CHECK(update.at("cc") == Json::array({kBo + "/followers"}));
  CHECK(update.at("@context") == actor.at("@context"));
  CHECK(update.at("object").at("id") == kBo);
  const Json gone = actor_delete_activity(friend_camp(), "bo");
  CHECK(gone.at("actor") == gone.at("object"));
  CHECK(gone.at("to") == Json::array({kPublic}));
}
