// SPDX-License-Identifier: MIT
#include "store/gate.h"

#include "unit/model/object_support.h"

using namespace camp;
using namespace camp::model;
using namespace camp::store;

namespace {

const std::string kPerson = "https://example.org/users/zoe";

/// Every kind of audience, by its name in the tests.
std::vector<Object> all_kinds() {
  Audience zoe{.reach = Reach::public_, .people = People::named, .named = {kPerson}};
  Audience local_zoe = zoe;
  local_zoe.reach = Reach::local;
  Audience neighborly = to_neighborhood();
  neighborly.people = People::followers;
  return {note_by(ana(), to_local()),
          note_by(ana(), to_neighborhood()),
          note_by(ana(), to_public()),
          note_by(ana(), {.reach = Reach::public_, .unlisted = true}),
          note_by(ana(), to_followers()),
          note_by(ana(), {.people = People::followers}),
          note_by(ana(), to_persons({bo()})),
          note_by(ana(), to_persons({bo()}, Reach::public_)),
          note_by(ana(), zoe),
          note_by(ana(), local_zoe),
          note_by(ana(), neighborly)};
}

template <class Reader>
std::vector<bool> released(const Reader& reader) {
  std::vector<bool> answers;
  for (const Object& object : all_kinds()) {
    const auto answer = Gate::release(object, reader);
    if (!answer) CHECK(answer.error().kind == Kind::not_found);
    answers.push_back(answer.has_value());
  }
  return answers;
}

}  // namespace

TEST_CASE("a stranger gets what is public and narrowed to nobody") {
  CHECK(released(Anyone{}) == std::vector<bool>{false, false, true, true, false, false, false,
                                                false, false, false, false});
}

TEST_CASE("a person elsewhere gets public letters that name them besides, and never a local one") {
  CHECK(released(Addressed{kPerson}) == std::vector<bool>{false, false, true, true, false, false,
                                                          false, false, true, false, false});
  CHECK(released(Addressed{"https://example.org/users/other"}) == released(Anyone{}));
  CHECK(released(Addressed{""}) == released(Anyone{}));
}

TEST_CASE(
    "a follower elsewhere gets public posts to followers besides, a mutual those to mutuals") {
  const std::vector<bool> follower{false, false, true, true,  true, false,
                                   false, false, true, false, false};
  CHECK(released(Addressed{kPerson, Tie::follower}) == follower);
  CHECK(released(Addressed{kPerson, Tie::mutual}) == follower);
  const Object to_mutuals = note_by(ana(), {.reach = Reach::public_, .people = People::mutuals});
  CHECK_FALSE(Gate::release(to_mutuals, Addressed{kPerson, Tie::follower}));
  CHECK(Gate::release(to_mutuals, Addressed{kPerson, Tie::mutual}));
  const Object among_us = note_by(ana(), {.people = People::mutuals});
  CHECK_FALSE(Gate::release(among_us, Addressed{kPerson, Tie::mutual}));
}

TEST_CASE("through the index a stranger sees the public repository alone") {
  const index::Viewer viewer = Gate::viewer(Anyone{});
  CHECK(viewer.member.empty());
  CHECK(viewer.repositories == std::vector<std::string>{"public"});
}

TEST_CASE("a neighbor gets the posts of its own roster besides") {
  CHECK(released(Roster{roster_id()}) == std::vector<bool>{false, true, true, true, false, false,
                                                           false, false, false, false, false});
  CHECK(released(Roster{std::string(32, 'q')}) == released(Anyone{}));
  CHECK(released(Roster{""}) == released(Anyone{}));
}

TEST_CASE("a member gets everything but letters that are not theirs") {
  const auto reads = [](const OwnerId& who, const Audience& audience, const std::string& where) {
    return Gate::release(note_by(ana(), audience), Member{who}, where).has_value();
  };
  CHECK(reads(bo(), to_local(), "local"));
  CHECK(reads(bo(), to_neighborhood(), "neighborhood/" + roster_id()));
  CHECK(reads(ana(), to_persons({bo()}), private_repository(ana())));
  CHECK(reads(bo(), to_persons({bo()}), private_repository(bo())));
  CHECK_FALSE(reads(cy(), to_persons({bo()}), private_repository(bo())));
  // Who followed on that day only the copy in their own repository says.
  CHECK(reads(bo(), to_followers(), private_repository(bo())));
  CHECK_FALSE(reads(bo(), to_followers(), private_repository(ana())));
}

TEST_CASE("every refusal is the same, as for an object that never was") {
  const auto local = Gate::release(note_by(ana(), to_local()), Anyone{});
  const auto letter = Gate::release(note_by(ana(), to_persons({bo()})), Anyone{});
  CHECK(local.error().message == letter.error().message);
  CHECK(local.error().hint == letter.error().hint);
}

TEST_CASE("repositories are granted whole to those who may read all of them") {
  const std::string rosters = "neighborhood/" + roster_id();
  const std::string own = private_repository(ana()), others = private_repository(bo());
  CHECK(Gate::grant("public", Anyone{}));
  for (const std::string& name : {std::string("local"), rosters, own, std::string(""),
                                  std::string("public/../local"), std::string("public.git")}) {
    CHECK_FALSE(Gate::grant(name, Anyone{}));
  }
  const Roster neighbor{roster_id()};
  CHECK(Gate::grant("public", neighbor));
  CHECK(Gate::grant(rosters, neighbor));
  CHECK_FALSE(Gate::grant("local", neighbor));
  CHECK_FALSE(Gate::grant(own, neighbor));
  CHECK_FALSE(Gate::grant("neighborhood/" + std::string(32, 'q'), neighbor));
  const Member member{ana()};
  for (const std::string& name : {std::string("public"), std::string("local"), rosters, own}) {
    CHECK(Gate::grant(name, member));
  }
  CHECK_FALSE(Gate::grant(others, member));
  CHECK_FALSE(Gate::grant("private/", member));
}

TEST_CASE("what a member reads through the index leaves out others' private repositories") {
  const auto viewer = Gate::viewer(
      Member{ana()}, {"local", private_repository(ana()), private_repository(bo()), "public"});
  CHECK(viewer.repositories ==
        std::vector<std::string>{"local", private_repository(ana()), "public"});
}
