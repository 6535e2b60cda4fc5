// SPDX-License-Identifier: MIT
// What the index is told of an object.
#include "store/rows.h"
#include "unit/model/object_support.h"

using namespace camp;
using namespace camp::model;
using namespace camp::store;

namespace {

Row row_of(const Object& object) {
  const Place place = place_of(object);
  return make_row(object, {home_of(object), place.branch, place.path, ""}, judge(object));
}

index::ObjectRow row_of(const NoteContent& content, const Audience& audience = to_local()) {
  const Maker maker = maker_of(ana());
  return row_of(decoded(file_of(make_note(maker, audience, content), maker))).object.value();
}

}  // namespace

TEST_CASE("what is public is listed, unless its author wants it quiet") {
  CHECK(row_of({.content = "x"}, to_public()).listed);
  CHECK(row_of({.content = "x"}).listed);
  CHECK_FALSE(row_of({.content = "x"}, {.reach = Reach::public_, .unlisted = true}).listed);
}

TEST_CASE("a post is found by all that is seen of it: words, summary, what pictures show") {
  NoteContent content{.content = "Żółć at seven", .summary = "About Soup"};
  content.attachments.push_back({.sha256 = std::string(64, 'a'), .name = "A Kettle"});
  const std::string text = row_of(content).search_text;
  for (const char* words : {"zolc at seven", "about soup", "a kettle"}) {
    INFO(words << " in " << text);
    CHECK(contains(text, words));
  }
}

TEST_CASE("a tag is found whatever its spelling") {
  NoteContent content{.content = "#Żółć and Soup"};
  content.tags = {{false, "#Żółć", ""}, {false, "Soup", ""}, {true, "@bo", bo().uri()}};
  const index::ObjectRow row = row_of(content);
  CHECK(row.tags == std::vector<std::string>{"zolc", "soup"});
  CHECK(row.mentions == std::vector{bo().uri()});
}

TEST_CASE("a tombstone counts with a signature that holds, and not otherwise") {
  const Object target = note_by(ana(), to_local());
  const Maker maker = maker_of(ana());
  const Json json = make_tombstone(maker, target);
  const auto counts = [](const std::string& bytes) {
    return row_of(decoded(bytes)).tombstone.value().counts;
  };
  CHECK(counts(file_of(json, maker)));
  CHECK_FALSE(counts(file_of(json, maker, true)));
}
