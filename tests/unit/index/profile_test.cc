// SPDX-License-Identifier: MIT
// What the index knows of profiles: their pictures, their keys, and what replicas agree on.
#include <algorithm>

#include "catch.h"
#include "support.h"

using namespace camp;
using namespace camp::index;
using namespace camp::index::test;

namespace {

struct Fixture {
  TempDir dir;
  Index index = get(Index::open(dir.path("index.db")));
  Directory people = directory({"ana", "bo"});
  ProfileRow standing{.author = "bo",
                      .branch = "main",
                      .id = object_id(kDay, 1),
                      .key = key_of("bo"),
                      .pictures = {{"11", "image/png", ""}, {"22", "image/jpeg", "a hill"}}};
  ProfileRow waiting{.author = "bo",
                     .branch = std::string(kOutboxBranch),
                     .id = object_id(kDay, 2),
                     .key = key_of("bo"),
                     .pictures = {{"33", "image/png", ""}}};

  void know_profiles(std::vector<ProfileRow> profiles) {
    people.profiles = std::move(profiles);
    get(index.apply(know(people)));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "profiles come back, and go with the next directory") {
  know_profiles({waiting, standing});
  const auto rows = get(index.profiles());
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].id == standing.id);
  CHECK(rows[0].pictures.size() == 2);
  CHECK(rows[0].pictures[1].name == "a hill");
  CHECK(rows[1].branch == kOutboxBranch);
  know_profiles({});
  CHECK(get(index.profiles()).empty());
}

TEST_CASE_METHOD(Fixture, "the pictures of profiles are public's, those of waiting ones too") {
  know_profiles({standing, waiting});
  CHECK(get(index.media_in("public")) == std::vector<std::string>{"11", "22", "33"});
  CHECK(get(index.media_in("local")).empty());
}

TEST_CASE_METHOD(Fixture, "a profile is among what a key has signed") {
  know_profiles({standing});
  CHECK(get(index.signed_with(key_of("bo"))) == std::vector<std::string>{standing.id});
  CHECK(get(index.signed_with(key_of("ana"))).empty());
}

TEST_CASE_METHOD(Fixture, "replicas agree on the profile that stands, not on one that waits") {
  const auto before = get(index.state_of("public"));
  know_profiles({waiting});
  CHECK(get(index.state_of("public")) == before);
  know_profiles({standing, waiting});
  const auto after = get(index.state_of("public"));
  REQUIRE(after.size() == before.size() + 1);
  CHECK(after.back() == "profile camp:bo/" + standing.id);
  CHECK(get(index.state_of("local")) == before);
}

TEST_CASE_METHOD(Fixture, "the dump tells profiles") {
  know_profiles({});
  const std::string without = dump(index);
  know_profiles({standing});
  const std::string with = dump(index);
  CHECK(with != without);
  get(index.rebuild([&] { return index.apply(know(people)); }));
  CHECK(dump(index) == with);
  get(index.rebuild([&] { return index.apply(know(directory({"ana", "bo"}))); }));
  CHECK(dump(index) == without);
}
