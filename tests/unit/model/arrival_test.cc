// SPDX-License-Identifier: MIT
// What the origin says when an object arrives: one case for each objection and each of its reasons.
#include "model/arrival.h"

#include <nlohmann/json.hpp>

#include "model/conversation.h"
#include "model/remote.h"
#include "unit/model/object_support.h"

using namespace camp;
using namespace camp::model;

namespace {

KeyState keys_of(const OwnerId& member) {
  KeyState keys;
  keys.owner = member;
  keys.signing = {{key_of(member).public_key(), KeyRole::device, "laptop"}};
  return keys;
}

/// What arrives from bo, by default as it should.
struct Fixture {
  KeyState keys = keys_of(bo());
  Arrival arrival{.sender = bo(),
                  .sender_state = "active",
                  .keys = &keys,
                  .counts_here = true,
                  .removed = false,
                  .about = {},
                  .now_ms = kNow};

  void about(const Object& object) { arrival.about = object; }
  void accept(const Object& object) {
    const auto refusal = judge_arrival(object, arrival);
    INFO((refusal ? refusal->reason : std::string()));
    CHECK_FALSE(refusal);
  }
  void refuse(const Object& object, Objection objection, std::string_view reason) {
    const auto refusal = judge_arrival(object, arrival);
    REQUIRE(refusal);
    CHECK(objection_name(refusal->objection) == objection_name(objection));
    CHECK(refusal->reason == reason);
    CHECK_FALSE(refusal->hint.empty());
  }
};

Object made(Json json, const Maker& maker, bool letter = false) {
  return decoded(file_of(std::move(json), maker, letter));
}
Object reaction(Type type, const Object& target) {
  const Maker maker = maker_of(bo());
  return made(make_reaction(maker, type, target), maker);
}
Object edit(const Object& original, const std::string& in_reply_to = {}) {
  const Maker maker = maker_of(bo(), kNow, 'e');
  return made(make_update(maker, original, {.content = "new", .in_reply_to = in_reply_to}), maker,
              original.audience.narrowed());
}
Object tombstone(const Object& target) {
  const Maker maker = maker_of(bo(), kNow, 't');
  return made(make_tombstone(maker, target), maker);
}
Object reply(const Object& parent, const Audience& audience) {
  const Maker maker = maker_of(bo(), kNow, 'r');
  const std::string id = FullId{parent.author(), parent.thing()}.text();
  return made(make_note(maker, audience, {.content = "answer", .in_reply_to = id}), maker,
              audience.narrowed());
}
/// The same object with another audience, sealed anew.
Object moved(const Object& object, const Audience& audience) {
  Json json = *object.json;
  for (const char* name : {"id", "proof", "to", "cc", "audience", "camp:unlisted"})
    json.erase(name);
  put_audience(json, audience);
  return made(std::move(json), maker_of(object.author(), object.published_ms));
}
/// The same act, naming its target by another author.
Object misnamed(const Object& object, const OwnerId& author) {
  Json json = *object.json;
  json.erase("id");
  json.erase("proof");
  const auto subject = subject_of(object);
  REQUIRE(subject);
  json["object"] = FullId{author, subject->object}.text();
  return made(std::move(json), maker_of(object.author(), object.published_ms));
}

}  // namespace

TEST_CASE_METHOD(Fixture, "what a member wrote themselves is accepted") {
  accept(note_by(bo(), to_local()));
  accept(note_by(bo(), to_public()));
  accept(note_by(bo(), to_persons({ana()})));
}

TEST_CASE_METHOD(Fixture, "each sends their own") {
  refuse(note_by(ana(), to_local()), Objection::author, "it is another member's");
  refuse(note_by(ana(), to_persons({bo()})), Objection::author, "it is another member's");
}

TEST_CASE_METHOD(Fixture, "who was suspended or removed writes nothing") {
  const std::string state = GENERATE("suspended", "removed");
  arrival.sender_state = state;
  refuse(note_by(bo(), to_local()), Objection::suspended, "its author is " + state);
}

TEST_CASE_METHOD(Fixture, "what was written for another community does not count here") {
  arrival.counts_here = false;
  refuse(note_by(bo(), to_local()), Objection::community, "it was written for another community");
}

TEST_CASE_METHOD(Fixture, "ten minutes ahead are allowed, and no more") {
  accept(note_by(bo(), to_local(), "soon", kNow + 600'000));
  const auto refusal = judge_arrival(note_by(bo(), to_local(), "later", kNow + 600'001), arrival);
  REQUIRE(refusal);
  CHECK(refusal->objection == Objection::clock);
  CHECK(refusal->reason.find("which is yet to come") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "what is old is not too old") {
  accept(note_by(bo(), to_local(), "long ago", kEarliestPublishedMs));
}

TEST_CASE_METHOD(Fixture, "only a key that speaks now signs") {
  const Object object = note_by(bo(), to_local());
  const auto key = key_of(bo()).public_key();
  keys.signing.clear();
  refuse(object, Objection::key, "its signature is by a key that is not its author's");
  keys.retired = {key};
  refuse(object, Objection::key, "its signature is by a key that was laid down");
  keys.retired.clear();
  keys.revoked = {{key, {}}};
  refuse(object, Objection::key, "its signature is by a key that was revoked");
  keys.revoked.clear();
  keys.rotation = {key};  // it decides, and does not speak
  refuse(object, Objection::key, "its signature is by a key that is not its author's");
}

TEST_CASE_METHOD(Fixture, "a post needs a signature that holds") {
  const Maker maker = maker_of(bo());
  refuse(made(make_note(maker, to_local(), {.content = "bare"}), maker, true), Objection::key,
         "the object carries no signature");
  Json json = *note_by(bo(), to_local()).json;
  json["proof"]["proofValue"] = (*note_by(bo(), to_public()).json)["proof"]["proofValue"];
  const auto refusal = judge_arrival(decoded(canonical_json(json).value()), arrival);
  REQUIRE(refusal);
  CHECK(refusal->objection == Objection::key);
}

TEST_CASE_METHOD(Fixture, "a letter must not be signed") {
  const Maker maker = maker_of(bo());
  refuse(made(make_note(maker, to_persons({ana()}), {.content = "signed"}), maker), Objection::key,
         "a letter carries no signature");
}

TEST_CASE_METHOD(Fixture, "there is no neighborhood to write to yet") {
  refuse(note_by(bo(), to_neighborhood()), Objection::audience,
         "this community is in no neighborhood yet");
}

TEST_CASE_METHOD(Fixture, "what was deleted does not come back, but for its tombstone") {
  const Object post = note_by(bo(), to_local());
  arrival.removed = true;
  refuse(post, Objection::deleted, "it, or what it is about, was deleted");
  about(post);
  refuse(edit(post), Objection::deleted, "it, or what it is about, was deleted");
  accept(tombstone(post));
}

TEST_CASE_METHOD(Fixture, "a reaction stands where what it is about stands") {
  const Object post = note_by(ana(), to_local());
  const Type type = GENERATE(Type::like, Type::announce);
  refuse(reaction(type, post), Objection::missing, "what it is about is not here");
  about(post);
  accept(reaction(type, post));
  refuse(moved(reaction(type, post), to_public()), Objection::audience,
         "it does not stand in the audience of what it is about");
}

TEST_CASE_METHOD(Fixture, "a reaction to somebody elsewhere needs their post, and its audience") {
  const Maker maker = maker_of(bo());
  RemotePost post;
  post.id = "https://there.example/notes/1";
  post.actor = "https://there.example/users/fred";
  post.visibility = Visibility::public_;
  const Type type = GENERATE(Type::like, Type::announce);
  const auto reaction = [&](const Audience& audience) {
    return made(make_reaction(maker, type, post.id, audience), maker);
  };
  const Audience open = reaction_audience(type, post).value();
  CHECK(subject_elsewhere(reaction(open)) == post.id);
  refuse(reaction(open), Objection::deleted, "the post from elsewhere is not here any more");
  arrival.elsewhere = &post;
  accept(reaction(open));
  post.visibility = Visibility::followers;
  refuse(reaction(open), Objection::audience,
         "it does not stand in the audience of what it is about");
  if (type == Type::like) accept(reaction(reaction_audience(type, post).value()));
}

TEST_CASE_METHOD(Fixture, "a letter is liked in its circle and never boosted") {
  const Object letter = note_by(ana(), to_persons({bo()}));
  about(letter);
  accept(reaction(Type::like, letter));
  refuse(reaction(Type::announce, letter), Objection::audience, "a letter cannot be boosted");
}

TEST_CASE_METHOD(Fixture, "an edit is of what is here, keeps its readers and what it answers") {
  const Object post = note_by(bo(), to_local());
  refuse(edit(post), Objection::missing, "what it edits is not here");
  about(post);
  accept(edit(post));
  refuse(moved(edit(post), to_public()), Objection::audience,
         "an edit cannot change who may read a post");
  const Object parent = note_by(ana(), to_local());
  refuse(edit(post, parent.id.text()), Objection::audience,
         "an edit cannot change what a post answers");
  const Object answer = reply(parent, to_local());
  about(answer);
  accept(edit(answer, parent.id.text()));
  refuse(edit(answer), Objection::audience, "an edit cannot change what a post answers");
}

TEST_CASE_METHOD(Fixture, "a tombstone is its author's and stands where the object does") {
  refuse(tombstone(note_by(ana(), to_local())), Objection::author,
         "it removes another member's object");
  const Object post = note_by(bo(), to_local());
  accept(tombstone(post));  // for replicas that have it
  about(post);
  accept(tombstone(post));
  refuse(moved(tombstone(post), to_public()), Objection::audience,
         "it does not stand where the object that it removes does");
}

TEST_CASE_METHOD(Fixture, "another's object is not reached under one's own name") {
  const Object post = note_by(ana(), to_local());
  about(post);
  const std::string reason = "it names another member's object by a wrong author";
  refuse(misnamed(tombstone(post), bo()), Objection::author, reason);
  refuse(misnamed(reaction(Type::like, post), bo()), Objection::author, reason);
}

TEST_CASE_METHOD(Fixture, "an answer goes no further than what it answers") {
  const std::string reason = "it goes further than what it answers";
  const Object post = note_by(ana(), to_local());
  accept(reply(post, to_public()));  // what is not here cannot be judged
  about(post);
  accept(reply(post, to_local()));
  accept(reply(post, to_persons({ana()})));
  refuse(reply(post, to_public()), Objection::audience, reason);
  refuse(reply(post, to_persons({ana(), cy()})), Objection::audience, reason);
  const Object letter = note_by(ana(), to_persons({bo()}));
  about(letter);
  accept(reply(letter, to_persons({ana()})));
  refuse(reply(letter, to_persons({ana(), cy()})), Objection::audience, reason);
  refuse(reply(letter, to_local()), Objection::audience, reason);
}

TEST_CASE("an objection is known by its name") {
  for (const Objection each :
       {Objection::form, Objection::author, Objection::suspended, Objection::community,
        Objection::clock, Objection::key, Objection::audience, Objection::deleted,
        Objection::missing, Objection::media}) {
    CHECK(objection_of(objection_name(each)) == each);
  }
  CHECK_FALSE(objection_of("else"));
}

TEST_CASE("what an object is about is what it edits, removes, reacts to or answers") {
  const Object post = note_by(ana(), to_local());
  CHECK_FALSE(subject_of(post));
  CHECK(subject_of(reaction(Type::like, post)) == post.id);
  CHECK(subject_of(tombstone(post)) == post.id);
  CHECK(subject_of(reply(post, to_local())) == post.id);
  const Maker maker = maker_of(bo());
  CHECK_FALSE(subject_of(
      made(make_note(maker, to_local(), {.content = "x", .in_reply_to = "https://x.example/1"}),
           maker)));
  CHECK_FALSE(subject_of(made(make_relation(maker, Type::follow, ana().uri(), ""), maker)));
}
