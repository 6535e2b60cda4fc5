// SPDX-License-Identifier: MIT
#include "store/rows.h"
#include "unit/model/object_support.h"

using namespace camp;
using namespace camp::model;
using namespace camp::store;

namespace {

const Acceptance kHere{home_community(), {}};

Found right_place(const Object& object) {
  const Place place = place_of(object);
  return {home_of(object), place.branch, place.path, ""};
}

bool stands(const Object& object, const Found& found, const Acceptance& acceptance = kHere) {
  const auto checked = check_place(object, found, acceptance);
  if (!checked) CHECK(checked.error().kind == Kind::damaged);
  return checked.has_value();
}

}  // namespace

TEST_CASE("an object found anywhere but at its computed place is refused") {
  const Object object = note_by(ana(), to_local());
  const Found right = right_place(object);
  CHECK(stands(object, right));
  Found found = right;
  SECTION("branch") { found.branch = "e/2026-10"; }
  SECTION("main") { found.branch = "main"; }
  SECTION("day") { found.path = "24" + right.path.substr(2); }
  SECTION("name") { found.path = right.path.substr(0, 6) + "x.json"; }
  SECTION("a wider repository") { found.repository = "public"; }
  SECTION("a narrower repository") { found.repository = private_repository(ana()); }
  CHECK_FALSE(stands(object, found));
}

TEST_CASE("another community's object needs an adoption by its author") {
  Maker there = maker_of(ana());
  there.community = other_community();
  const Object object = decoded(file_of(make_note(there, to_local(), {.content = "x"}), there));
  CHECK_FALSE(stands(object, right_place(object)));
  const auto adopted_by = [&](const OwnerId& who) {
    const Maker maker = maker_of(who);
    return Acceptance{home_community(),
                      {decoded(file_of(make_adoption(maker, to_local(), {object.id}), maker))}};
  };
  CHECK(stands(object, right_place(object), adopted_by(ana())));
  CHECK_FALSE(stands(object, right_place(object), adopted_by(bo())));
}

TEST_CASE("a tombstone is its author's or the community's") {
  const Object target = note_by(ana(), to_local());
  const auto by = [&](const OwnerId& who) {
    Maker maker = maker_of(who);
    return decoded(file_of(make_tombstone(maker, target), maker));
  };
  for (const OwnerId& who : {ana(), home_community()}) {
    CHECK(stands(by(who), right_place(by(who))));
  }
  for (const OwnerId& who : {bo(), other_community()}) {
    CHECK_FALSE(stands(by(who), right_place(by(who))));
  }
}

TEST_CASE("a verdict says under which key the bytes verify, and none for letters") {
  CHECK(judge(note_by(ana(), to_local())).verdict == index::Verdict::valid);
  CHECK(judge(note_by(ana(), to_persons({bo()}))).verdict == index::Verdict::none);
  const Maker maker = maker_of(ana());
  const Object bare = decoded(file_of(make_note(maker, to_local(), {.content = "x"}), maker, true));
  CHECK(judge(bare).verdict == index::Verdict::invalid);
  const Object signed_letter =
      decoded(file_of(make_note(maker, to_persons({bo()}), {.content = "x"}), maker));
  CHECK(judge(signed_letter).verdict == index::Verdict::invalid);
}

TEST_CASE("bytes that are no object give no row") {
  CHECK_FALSE(read_row("", {"local", "e/2026-11", "x", ""}, kHere, {}));
  CHECK_FALSE(read_row("{}", {"local", "e/2026-11", "x", ""}, kHere, {}));
  const Object object = note_by(ana(), to_local());
  const auto row = read_row(object.bytes, right_place(object), kHere, {});
  REQUIRE(row);
  CHECK(row->object->content == "hello");
  CHECK_FALSE(row->tombstone);
}
