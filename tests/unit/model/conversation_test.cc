// SPDX-License-Identifier: MIT
#include "model/conversation.h"

#include "unit/model/object_support.h"

using namespace camp;
using namespace camp::model;

namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kDay = 24 * 60 * kMinute;

ReplyPlan plan(const Object& parent, const std::optional<Audience>& wish = {},
               const OwnerId& replier = bo()) {
  return plan_reply(parent, replier, wish).value();
}

}  // namespace

TEST_CASE("a reply has its parent's audience") {
  for (const Audience& audience : {to_local(), to_public(), to_neighborhood(),
                                   Audience{.reach = Reach::public_, .unlisted = true}}) {
    const ReplyPlan reply = plan(note_by(ana(), audience));
    CHECK(reply.audience == audience);
    CHECK(reply.linked);
  }
}

TEST_CASE("a reply that goes further than its parent does not name it") {
  const Object local = note_by(ana(), to_local());
  const Object neighborly = note_by(ana(), to_neighborhood());
  const Object open = note_by(ana(), to_public());
  CHECK_FALSE(plan(local, to_public()).linked);
  CHECK_FALSE(plan(local, to_neighborhood()).linked);
  CHECK_FALSE(plan(local, to_followers()).linked);
  CHECK_FALSE(plan(neighborly, to_public()).linked);
  CHECK(plan(local, to_public()).audience == to_public());
  SECTION("one that stays within may") {
    CHECK(plan(local, to_local()).linked);
    CHECK(plan(neighborly, to_local()).linked);
    CHECK(plan(neighborly, to_neighborhood()).linked);
    CHECK(plan(open, to_local()).linked);
    CHECK(plan(open, to_neighborhood()).linked);
    CHECK(plan(open, to_followers()).linked);
  }
  SECTION("another neighborhood is further") {
    Audience other = to_neighborhood();
    other.roster = std::string(32, 'q');
    CHECK_FALSE(plan(neighborly, other).linked);
  }
}

TEST_CASE("a letter is answered among its participants") {
  const Object letter = note_by(ana(), to_persons({bo(), cy()}));
  CHECK(participants(letter) == std::vector{ana().uri(), bo().uri(), cy().uri()});
  const ReplyPlan reply = plan(letter);
  CHECK(reply.linked);
  CHECK(reply.audience == to_persons({ana(), cy()}));
  CHECK(may_name_parent(letter, bo(), to_persons({ana(), cy()})));
  CHECK(may_name_parent(letter, bo(), to_persons({ana(), bo(), cy()})));
  CHECK_FALSE(may_name_parent(letter, bo(), to_persons({ana(), owner('d')})));
  CHECK_FALSE(may_name_parent(letter, bo(), to_local()));
  CHECK_FALSE(may_name_parent(letter, bo(), to_public()));
  CHECK_FALSE(may_name_parent(letter, bo(), to_followers()));
}

TEST_CASE("a letter to one person is always allowed") {
  for (const Audience& audience :
       {to_local(), to_neighborhood(), to_public(), to_followers(), to_persons({bo(), cy()})}) {
    CHECK(may_name_parent(note_by(ana(), audience), bo(), to_persons({owner('d')})));
  }
}

TEST_CASE("a letter to oneself alone can be answered") {
  const ReplyPlan reply = plan(note_by(ana(), to_persons({ana()})), {}, ana());
  CHECK(reply.audience == to_persons({ana()}));
  CHECK(reply.linked);
}

TEST_CASE("a post to followers is answered to its author alone") {
  const ReplyPlan reply = plan(note_by(ana(), to_followers()));
  CHECK(reply.audience == to_persons({ana()}));
  CHECK(reply.linked);
  // Whoever answers may keep a copy, though the letter does not name them.
  CHECK(may_name_parent(note_by(ana(), to_followers()), bo(), to_persons({ana(), bo()})));
  CHECK_FALSE(may_name_parent(note_by(ana(), to_followers()), bo(), to_persons({ana(), cy()})));
}

TEST_CASE("a letter of public reach keeps that reach in its answers") {
  const ReplyPlan reply = plan(note_by(ana(), to_persons({bo()}, Reach::public_)));
  CHECK(reply.audience == to_persons({ana()}, Reach::public_));
}

TEST_CASE("a letter cannot be boosted, but liked") {
  for (const Audience& audience : {to_followers(), to_persons({bo()})}) {
    const Object letter = note_by(ana(), audience);
    CHECK(may_react(Type::announce, letter).error().kind == Kind::refused);
    CHECK(may_react(Type::like, letter));
  }
  CHECK(may_react(Type::announce, note_by(ana(), to_local())));
}

TEST_CASE("an object from more than ten minutes ahead is refused on arrival") {
  const Object object = note_by(ana(), to_local());
  CHECK(check_arrival_time(object, kNow));
  CHECK(check_arrival_time(object, kNow - 10 * kMinute));
  CHECK(check_arrival_time(object, kNow - 10 * kMinute - 1).error().kind == Kind::refused);
  CHECK(check_arrival_time(object, kNow + 40 * 365 * kDay));  // late is welcome
}

TEST_CASE(
    "nothing is signed with a clock from before the build or a day behind the newest object") {
  CHECK(check_clock(kNow, kNow, kNow));
  CHECK(check_clock(kNow - 1, kNow, 0).error().kind == Kind::refused);
  CHECK(check_clock(kNow, 0, kNow + kDay));
  CHECK(check_clock(kNow, 0, kNow + kDay + 1).error().kind == Kind::refused);
  CHECK(check_clock(kNow + 40 * 365 * kDay, kNow, kNow));
}
