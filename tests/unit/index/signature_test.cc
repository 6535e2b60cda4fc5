// SPDX-License-Identifier: MIT
// Whose signature counts, and what follows when that changes.
#include "catch.h"
#include "model/key_log.h"
#include "support.h"

using namespace camp;
using namespace camp::index;
using namespace camp::index::test;

namespace {

const Viewer kAna{"ana", {"local", "public", "private/ana"}};

struct Fixture {
  TempDir dir;
  Index index = get(Index::open(dir.path("index.db")));
  Directory people = directory({"ana", "bo", "cy"});
  ObjectRow row = note("local", "bo", object_id(kDay, 1), "as it was");

  void know_people() { get(index.apply(know(people))); }
  void revoke(std::string_view owner) {
    for (KeyRow& key : people.keys) {
      key.revoked = key.revoked || key.owner == owner;
    }
    know_people();
  }
  std::string signature() const { return get(index.post(kAna, row.id)).value().signature; }
  std::string content() const { return get(index.post(kAna, row.id)).value().content; }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a signature is what its verdict, its key and the key's owner make it") {
  know_people();
  SECTION("a key of the author's") {
    get(index.apply(bring({row})));
    CHECK(signature() == "valid");
  }
  SECTION("a key of somebody else's") {
    row.key = key_of("cy");
    get(index.apply(bring({row})));
    CHECK(signature() == "invalid");
  }
  SECTION("a broken proof") {
    row.verdict = Verdict::invalid;
    get(index.apply(bring({row})));
    CHECK(signature() == "invalid");
  }
  SECTION("no proof") {
    row.verdict = Verdict::none;
    row.key.clear();
    get(index.apply(bring({row})));
    CHECK(signature() == "none");
  }
}

TEST_CASE_METHOD(Fixture, "keys may become known after what they signed") {
  get(index.apply(bring({row})));
  CHECK(signature() == "invalid");
  know_people();
  CHECK(signature() == "valid");
}

TEST_CASE_METHOD(Fixture, "after a revocation only what the member vouches for stays theirs") {
  know_people();
  const ObjectRow changed = edit(row, object_id(kDay + 1, 2), "as it became");
  const ObjectRow like =
      relation("local", "bo", object_id(kDay + 2, 3), "Like", full_id("bo", row.id));
  const ObjectRow other = note("local", "cy", object_id(kDay, 7), "cy's own");
  TombstoneRow stone = tombstone("local", "bo", object_id(kDay + 3, 4), other.id);
  stone.author = "cy";
  get(index.apply(bring({row, changed, like, other}, {stone})));
  CHECK(content() == "as it became");
  CHECK(get(index.post(kAna, row.id))->likes == 1);
  CHECK(get(index.is_removed(other.id, "cy")));

  people.vouched.push_back({"bo", key_of("bo"), model::vouched_entry(row.id)});
  revoke("bo");
  CHECK(content() == "as it was");
  CHECK(signature() == "valid");
  CHECK(get(index.post(kAna, row.id))->likes == 0);
  CHECK(get(index.live(kAna, "Like", "", "")).empty());
  CHECK_FALSE(get(index.is_removed(other.id, "cy")));
  CHECK(get(index.post(kAna, other.id)));
  CHECK(get(index.overtaken(INT64_MAX)).empty());

  people.vouched.clear();
  know_people();
  CHECK(signature() == "disowned");

  people.vouched = {{"bo", key_of("bo"), model::vouched_entry(row.id)},
                    {"bo", key_of("bo"), model::vouched_entry(changed.id)},
                    {"bo", key_of("bo"), model::vouched_entry(like.id)},
                    {"bo", key_of("bo"), model::vouched_entry(stone.id)}};
  know_people();
  CHECK(content() == "as it became");
  CHECK(get(index.post(kAna, row.id))->likes == 1);
  CHECK(get(index.is_removed(other.id, "cy")));
}

TEST_CASE_METHOD(Fixture, "an edit that its author did not sign changes nothing") {
  const bool edit_first = GENERATE(false, true);
  know_people();
  ObjectRow changed = edit(row, object_id(kDay + 1, 2), "as it became");
  SECTION("signed with a foreign key") { changed.key = key_of("cy"); }
  SECTION("signed by another member") {
    changed.author = "cy";
    changed.key = key_of("cy");
  }
  SECTION("a broken proof") { changed.verdict = Verdict::invalid; }
  SECTION("no proof") {
    changed.verdict = Verdict::none;
    changed.key.clear();
  }
  get(index.apply(bring({edit_first ? changed : row})));
  get(index.apply(bring({edit_first ? row : changed})));
  CHECK(content() == "as it was");
  CHECK(signature() == "valid");
  CHECK(get(index.overtaken(INT64_MAX)).empty());
}

TEST_CASE_METHOD(Fixture, "a letter is edited without a signature, a signed object is not") {
  know_people();
  row = note("private/ana", "bo", object_id(kDay, 1), "as it was");
  SECTION("a letter") {
    get(index.apply(bring({row, edit(row, object_id(kDay + 1, 2), "as it became")})));
    CHECK(content() == "as it became");
    CHECK(signature() == "none");
  }
  SECTION("something signed among the letters") {
    ObjectRow changed = edit(row, object_id(kDay + 1, 2), "as it became");
    row.verdict = Verdict::valid;
    row.key = key_of("bo");
    get(index.apply(bring({row, changed})));
    CHECK(content() == "as it was");
  }
}

TEST_CASE_METHOD(Fixture,
                 "a bad edit that is all we hold is shown as bad until something better comes") {
  know_people();
  ObjectRow changed = edit(row, object_id(kDay + 1, 2), "as it became");
  changed.verdict = Verdict::invalid;
  get(index.apply(bring({changed})));
  CHECK(signature() == "invalid");
  get(index.apply(bring({row})));
  CHECK(content() == "as it was");
  CHECK(signature() == "valid");
}
