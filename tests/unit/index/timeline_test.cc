// SPDX-License-Identifier: MIT
// What stands on which timeline, page after page, and what search finds.
#include <algorithm>

#include "catch.h"
#include "support.h"

using namespace camp;
using namespace camp::index;
using namespace camp::index::test;

namespace {

const Viewer kAna{"ana", {"local", "public", "neighborhood/r1", "private/ana"}};

struct Fixture {
  TempDir dir;
  Index index = get(Index::open(dir.path("index.db")));
  Directory people = directory({"ana", "bo", "cy"});
  Fixture() { get(index.apply(know(people))); }

  std::vector<std::string> page(Timeline timeline, const Viewer& viewer = kAna) const {
    Query query;
    query.timeline = timeline;
    return ids(get(index.timeline(viewer, query)));
  }
  std::vector<std::string> find(const std::vector<std::string>& words) const {
    Query query;
    query.timeline = Timeline::everything;
    return ids(get(index.search(kAna, words, query)));
  }
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(Fixture, "each timeline shows what it is for, newest first") {
  const std::string local = object_id(kDay + 1, 1), open = object_id(kDay + 2, 2),
                    quiet = object_id(kDay + 3, 3), near = object_id(kDay + 4, 4),
                    letter = object_id(kDay + 5, 5), other_letter = object_id(kDay + 6, 6);
  ObjectRow unlisted = note("public", "bo", quiet, "quiet");
  unlisted.listed = false;
  unlisted.audience = "unlisted";
  const ObjectRow to_ana = note("private/ana", "bo", letter, "dear ana");
  get(index.apply(
      bring({note("local", "bo", local, "l"), note("public", "ana", open, "p"), unlisted,
             note("neighborhood/r1", "far", near, "n"), to_ana, copy_to(to_ana, "private/bo"),
             note("private/bo", "bo", other_letter, "x"),
             relation("local", "cy", object_id(kDay + 7, 7), "Like", full_id("bo", local)),
             relation("local", "cy", object_id(kDay + 8, 8), "Wobble", "x")})));
  CHECK(page(Timeline::home) == Ids{letter, near, quiet, open, local});
  CHECK(page(Timeline::local) == Ids{local});
  CHECK(page(Timeline::public_) == Ids{open});
  CHECK(page(Timeline::neighborhood) == Ids{near});
  CHECK(page(Timeline::everything) == Ids{letter, near, quiet, open, local});
  CHECK(page(Timeline::home, {"", {"public"}}) == Ids{quiet, open});
  // Whoever holds both copies still sees a letter once, and home holds one's own letters only.
  const Viewer both{"bo", {"private/ana", "private/bo"}};
  CHECK(page(Timeline::everything, both) == Ids{other_letter, letter});
  CHECK(page(Timeline::home, both) == Ids{other_letter, letter});
  CHECK(page(Timeline::home, {"cy", {"private/ana", "private/bo"}}).empty());
}

TEST_CASE_METHOD(Fixture, "moderation and the viewer's own blocks keep posts out") {
  const std::string kind = object_id(kDay + 1, 1), rude = object_id(kDay + 2, 2),
                    loud = object_id(kDay + 3, 3);
  get(index.apply(
      bring({note("local", "ana", kind, "words kind"), note("local", "bo", rude, "words rude"),
             note("local", "cy", loud, "words loud")})));
  people.hidden.push_back({rude, "unkind"});
  get(index.apply(know(people)));
  CHECK(page(Timeline::home) == Ids{loud, kind});
  CHECK(find({"words"}) == Ids{loud, kind});
  CHECK(get(index.post(kAna, rude)));
  people.hidden.clear();
  get(index.apply(know(people)));
  CHECK(page(Timeline::home) == Ids{loud, rude, kind});

  const std::string type = GENERATE("Block", "Ignore");
  const ObjectRow block = relation("private/ana", "ana", object_id(kDay + 9, 9), type, "camp:cy");
  get(index.apply(bring({block})));
  CHECK(page(Timeline::home) == Ids{rude, kind});
  CHECK(page(Timeline::local) == Ids{rude, kind});
  CHECK(page(Timeline::home, {"bo", {"local"}}) == Ids{loud, rude, kind});
  Query query;
  query.author = "cy";
  CHECK(ids(get(index.timeline(kAna, query))) == Ids{loud});
  get(index.apply(
      bring({}, {tombstone("private/ana", "ana", object_id(kDay + 10, 10), block.id)})));
  CHECK(page(Timeline::home) == Ids{loud, rude, kind});
}

TEST_CASE_METHOD(Fixture, "pages follow each other without gap or repetition in either direction") {
  std::vector<ObjectRow> rows;
  for (std::uint64_t i = 0; i < 60; ++i) {
    // Three a millisecond, spread over repositories, some unlisted.
    ObjectRow row = note(i % 3 == 0 ? "local" : "public", i % 2 == 0 ? "bo" : "cy",
                         object_id(kDay + static_cast<std::int64_t>(i / 3), i), "common words");
    row.listed = i % 5 != 0;
    row.tags = i % 4 == 0 ? std::vector<std::string>{"four"} : std::vector<std::string>{};
    rows.push_back(row);
  }
  get(index.apply(bring(rows)));
  Ids all;
  for (const ObjectRow& row : rows) {
    all.push_back(row.id);
  }
  std::sort(all.rbegin(), all.rend());
  const std::size_t limit = GENERATE(1, 7, 60, 100);
  const bool searching = GENERATE(false, true);
  const bool up = GENERATE(false, true);
  Ids seen;
  Query query;
  query.limit = limit;
  query.oldest_first = up;
  while (true) {
    const auto posts =
        searching ? get(index.search(kAna, {"common"}, query)) : get(index.timeline(kAna, query));
    if (posts.empty()) {
      break;
    }
    CHECK(posts.size() <= limit);
    for (const Post& post : posts) {
      seen.push_back(post.id);
    }
    (up ? query.after : query.before) = seen.back();
  }
  if (up) {
    std::reverse(all.begin(), all.end());
  }
  CHECK(seen == all);
}

TEST_CASE_METHOD(Fixture, "a timeline narrows to an author, a tag and a time") {
  ObjectRow a = note("local", "bo", object_id(kDay + 1, 1), "a");
  ObjectRow b = note("public", "bo", object_id(kDay + 2, 2), "b");
  ObjectRow c = note("public", "cy", object_id(kDay + 3, 3), "c");
  a.tags = b.tags = {"tea", "cake"};
  c.tags = {"tea", "tea"};
  get(index.apply(bring({a, b, c})));
  Query query;
  query.tag = "tea";
  CHECK(ids(get(index.timeline(kAna, query))) == Ids{c.id, b.id, a.id});
  CHECK(ids(get(index.search(kAna, {"b"}, query))) == Ids{b.id});
  query.author = "bo";
  CHECK(ids(get(index.timeline(kAna, query))) == Ids{b.id, a.id});
  query.since_ms = kDay + 2;
  CHECK(ids(get(index.timeline(kAna, query))) == Ids{b.id});
  query.tag.clear();
  CHECK(ids(get(index.timeline(kAna, query))) == Ids{b.id});
  query.since_ms = 0;
  query.oldest_first = true;
  query.limit = 1;
  CHECK(ids(get(index.timeline(kAna, query))) == Ids{a.id});
  query.limit = 0;
  CHECK(get(index.timeline(kAna, query)).empty());
  query.limit = 20;
  query.author = "nobody";
  CHECK(get(index.timeline(kAna, query)).empty());

  // An edit without the tag takes the post off its page.
  ObjectRow untagged = edit(a, object_id(kDay + 9, 9), "a");
  untagged.tags = {"cake"};
  get(index.apply(bring({untagged})));
  Query tea;
  tea.tag = "tea";
  CHECK(ids(get(index.timeline(kAna, tea))) == Ids{c.id, b.id});
}

TEST_CASE_METHOD(Fixture, "search finds all the words, inside words, short and foreign ones too") {
  const std::string tea = object_id(kDay + 1, 1), cake = object_id(kDay + 2, 2),
                    tokyo = object_id(kDay + 3, 3), quote = object_id(kDay + 4, 4);
  get(index.apply(
      bring({note("local", "bo", tea, "earl grey tea"), note("local", "bo", cake, "teacake"),
             note("local", "bo", tokyo, "東京の日本茶"),
             note("local", "bo", quote, "she said \"a-b\" OR not* (x")})));
  CHECK(find({"tea"}) == Ids{cake, tea});
  CHECK(find({"tea", "grey"}) == Ids{tea});
  CHECK(find({"grey", "cake"}).empty());
  CHECK(find({"acak"}) == Ids{cake});
  CHECK(find({"te"}) == Ids{cake, tea});
  CHECK(find({"te", "grey"}) == Ids{tea});
  CHECK(find({"日本"}) == Ids{tokyo});
  CHECK(find({"日本茶"}) == Ids{tokyo});
  CHECK(find({"の日本茶"}) == Ids{tokyo});
  CHECK(find({"\"a-b\""}) == Ids{quote});
  CHECK(find({"OR"}) == Ids{quote});
  CHECK(find({"not*"}) == Ids{quote});
  CHECK(find({"\"\"\""}).empty());
  CHECK(find({"' OR 1=1 --"}).empty());
  CHECK(find({}).empty());
  CHECK(find({""}).empty());
  CHECK(find({std::string("tea\0x", 5)}).empty());
  CHECK(find({std::string(5000, 'z')}).empty());
  CHECK(find({"\xff\xfe\x80"}).empty());
  // All three-letter parts in another order are not the word.
  get(index.apply(bring({note("local", "bo", object_id(kDay + 5, 5), "abcd xabc bcde")})));
  CHECK(find({"abcde"}).empty());
}

TEST_CASE_METHOD(Fixture, "ids are completed from any beginning of their digest") {
  std::vector<ObjectRow> rows;
  for (std::uint64_t i = 0; i < 200; ++i) {
    rows.push_back(note("local", "bo", object_id(kDay, i), "x"));
  }
  get(index.apply(bring(rows)));
  const std::string& id = rows[42].id;
  CHECK(get(index.complete_id(kAna, id.substr(10))) == Ids{id});
  CHECK(get(index.complete_id(kAna, id.substr(10, 7))) == Ids{id});
  CHECK(get(index.complete_id(kAna, "")).size() == 10);
  CHECK(get(index.complete_id(kAna, "", 1000)).size() == 200);
  CHECK(get(index.complete_id(kAna, "zzzz")).empty());
  CHECK(get(index.complete_id(kAna, "%")).empty());
}

TEST_CASE_METHOD(Fixture, "acts of one author come in pages, those of one millisecond too") {
  std::vector<ObjectRow> rows;
  Ids wanted;
  for (std::uint64_t i = 0; i < 30; ++i) {
    const std::string id = object_id(kDay + static_cast<std::int64_t>(i / 7), (i * 11) % 30);
    const std::string about = full_id("ana", object_id(kDay - 1, i));
    rows.push_back(relation("public", "bo", id, "Announce", about));
    rows.push_back(relation("public", "bo", object_id(kDay + 99, i), "Like", about));
    rows.push_back(relation("public", "cy", object_id(kDay + 50, i), "Announce", about));
    rows.push_back(relation("local", "bo", object_id(kDay + 60, i), "Announce", about));
    wanted.push_back(id);
  }
  std::sort(wanted.rbegin(), wanted.rend());
  get(index.apply(bring(rows)));
  Ids seen;
  for (std::string before; seen.size() < 40;) {
    const auto page = get(index.live_before("public", "Announce", "bo", before, 4));
    if (page.empty()) break;
    CHECK(page.size() <= 4);
    for (const ObjectRow& row : page) seen.push_back(row.target);
    before = seen.back();
  }
  CHECK(seen == wanted);
  CHECK(get(index.count_live("public", "Announce", "bo")) == 30);
  CHECK(get(index.count_live("public", "Announce", "nobody")) == 0);
}

TEST_CASE_METHOD(Fixture, "posts are counted as they are shown") {
  const std::string kept = object_id(kDay, 1), veiled = object_id(kDay + 1, 2),
                    gone = object_id(kDay + 2, 3);
  ObjectRow forged = note("public", "bo", object_id(kDay + 3, 4), "forged");
  forged.verdict = Verdict::invalid;
  get(index.apply(bring(
      {note("public", "bo", kept, "x"), note("public", "bo", veiled, "x"),
       note("public", "bo", gone, "x"), forged, note("public", "cy", object_id(kDay + 4, 5), "x"),
       note("local", "bo", object_id(kDay + 5, 6), "x")},
      {tombstone("public", "bo", object_id(kDay + 6, 7), gone)})));
  people.hidden = {{veiled, "rude"}};
  get(index.apply(know(people)));
  CHECK(get(index.count_posts("public", "bo")) == 1);
  CHECK(get(index.count_posts("public", "")) == 2);
  CHECK(get(index.count_posts("neighborhood/none", "")) == 0);
  CHECK(get(index.is_hidden(veiled)));
  CHECK_FALSE(get(index.is_hidden(kept)));
  CHECK(get(index.tombstone_in("public", gone)));
  CHECK_FALSE(get(index.tombstone_in("local", gone)));
  CHECK_FALSE(get(index.tombstone_in("public", kept)));
}
