// SPDX-License-Identifier: MIT
// What becomes of a post: versions, tombstones, removals, counts, threads.
#include "catch.h"
#include "support.h"

using namespace camp;
using namespace camp::index;
using namespace camp::index::test;

namespace {

const Viewer kAna{"ana", {"local", "public", "private/ana"}};

struct Fixture {
  TempDir dir;
  Index index = get(Index::open(dir.path("index.db")));
  Fixture() { get(index.apply(know(directory({"ana", "bo", "cy"})))); }

  std::vector<Post> find(std::string_view word) const {
    Query query;
    query.timeline = Timeline::everything;
    return get(index.search(kAna, {std::string(word)}, query));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a post comes back as it was given") {
  ObjectRow row = note("local", "bo", object_id(kDay + 5, 1), "hello\tworld\n");
  row.summary = "greeting";
  row.tags = {"hi", "with:colon", ""};
  row.mentions = {"camp:ana"};
  row.attachments = {{std::string(64, 'a'), "image/png", "a \"cat\""},
                     {std::string(64, 'b'), "", ""}};
  row.in_reply_to = full_id("ana", object_id(kDay, 9));
  row.audience = "local+followers";
  get(index.apply(bring({row})));

  const auto post = get(index.post(kAna, row.id));
  REQUIRE(post);
  CHECK(post->id == row.id);
  CHECK(post->version == row.id);
  CHECK(post->path == row.path);
  CHECK(post->blob == row.blob);
  CHECK(post->handle == "@bo");
  CHECK(post->name == "Name of bo");
  CHECK(post->content == row.content);
  CHECK(post->summary == "greeting");
  CHECK(post->audience == "local+followers");
  CHECK(post->in_reply_to == row.in_reply_to);
  CHECK(post->tags == row.tags);
  CHECK(post->attachments.size() == 2);
  CHECK(post->attachments[0].name == "a \"cat\"");
  CHECK(post->signature == "valid");
  CHECK(post->published_ms == kDay + 5);
  CHECK(post->edited_ms == 0);

  const auto versions = get(index.versions("local", row.id));
  REQUIRE(versions.size() == 1);
  CHECK(versions[0].search_text == row.search_text);
  CHECK(versions[0].mentions == row.mentions);
  CHECK(versions[0].key == row.key);
  CHECK(get(index.media_in("local")).size() == 2);
  CHECK(get(index.count("local")) == 1);
  CHECK(get(index.newest_ms()) == kDay + 5);
}

TEST_CASE_METHOD(Fixture, "who may not read a repository sees nothing of it") {
  const ObjectRow row = note("local", "bo", object_id(kDay, 1), "a secret of ours");
  get(index.apply(bring({row})));
  const Viewer stranger{"", {"public"}};
  CHECK_FALSE(get(index.post(stranger, row.id)));
  CHECK(get(index.thread(stranger, row.id)).empty());
  CHECK(get(index.complete_id(stranger, row.id.substr(10, 7))).empty());
  Query query;
  query.timeline = Timeline::everything;
  CHECK(get(index.search(stranger, {"secret"}, query)).empty());
  CHECK(get(index.timeline(stranger, query)).empty());
  CHECK(get(index.complete_id(kAna, row.id.substr(10, 7))) == std::vector<std::string>{row.id});
}

TEST_CASE_METHOD(Fixture, "the newest version shows, wherever in the order it came") {
  const ObjectRow original = note("local", "bo", object_id(kDay, 1), "first words");
  const ObjectRow second = edit(original, object_id(kDay + 1000, 2), "second words");
  const ObjectRow third = edit(original, object_id(kDay + 2000, 3), "third words");
  const bool backwards = GENERATE(false, true);
  for (const ObjectRow& row :
       backwards ? std::vector{third, second, original} : std::vector{original, second, third}) {
    get(index.apply(bring({row})));
  }
  const auto post = get(index.post(kAna, original.id));
  REQUIRE(post);
  CHECK(post->content == "third words");
  CHECK(post->version == third.id);
  CHECK(post->edited_ms == kDay + 2000);
  CHECK(find("first").empty());
  CHECK(find("second").empty());
  CHECK(find("third").size() == 1);
  CHECK(get(index.count("local")) == 1);
  CHECK(get(index.versions("local", original.id)).size() == 3);

  // What overtook each version first decides when its purge is due.
  const auto overtaken = get(index.overtaken(INT64_MAX));
  REQUIRE(overtaken.size() == 2);
  CHECK(overtaken[0].path == original.path);
  CHECK(overtaken[0].since_ms == kDay + 1000);
  CHECK(overtaken[1].path == second.path);
  CHECK(overtaken[1].since_ms == kDay + 2000);
  CHECK(get(index.overtaken(kDay + 2000)).size() == 1);
}

TEST_CASE_METHOD(Fixture, "when a purge takes the overtaken files, the newest version stays") {
  const ObjectRow original = note("local", "bo", object_id(kDay, 1), "first words");
  const ObjectRow second = edit(original, object_id(kDay + 1000, 2), "second words");
  get(index.apply(bring({original, second})));
  get(index.apply(take("local", original.branch, original.path)));
  const auto post = get(index.post(kAna, original.id));
  REQUIRE(post);
  CHECK(post->content == "second words");
  CHECK(get(index.overtaken(INT64_MAX)).empty());
  get(index.apply(take("local", second.branch, second.path)));
  CHECK_FALSE(get(index.post(kAna, original.id)));
  CHECK(find("second").empty());
}

TEST_CASE_METHOD(Fixture, "a tombstone removes a post, before or after it arrives") {
  const ObjectRow row = note("local", "bo", object_id(kDay, 1), "regretted");
  const ObjectRow changed = edit(row, object_id(kDay + 1, 2), "regretted too");
  const TombstoneRow stone = tombstone("local", "bo", object_id(kDay + 500, 3), row.id);
  const bool stone_first = GENERATE(false, true);
  get(index.apply(stone_first ? bring({}, {stone}) : bring({row, changed})));
  get(index.apply(stone_first ? bring({row, changed}) : bring({}, {stone})));
  CHECK_FALSE(get(index.post(kAna, row.id)));
  CHECK(find("regretted").empty());
  CHECK(get(index.is_removed(row.id, "bo")));
  CHECK(get(index.whereabouts(row.id)) == std::vector<std::string>{"local"});
  CHECK(get(index.count("local")) == 0);
  const auto overtaken = get(index.overtaken(INT64_MAX));
  REQUIRE(overtaken.size() == 2);
  CHECK(overtaken[0].since_ms == kDay + 500);

  // After the purge the tombstone still stops a late replica.
  get(index.apply(take("local", row.branch, row.path)));
  get(index.apply(bring({row})));
  CHECK_FALSE(get(index.post(kAna, row.id)));
}

TEST_CASE_METHOD(Fixture, "a version is overtaken by a newer one of its author's, or a tombstone") {
  const ObjectRow original = note("local", "bo", object_id(kDay, 1), "first words");
  const ObjectRow second = edit(original, object_id(kDay + 1000, 2), "second words");
  ObjectRow by_another = edit(original, object_id(kDay + 2000, 3), "not mine");
  by_another.author = "cy";
  ObjectRow forged = edit(original, object_id(kDay + 3000, 4), "forged");
  forged.verdict = Verdict::invalid;
  ObjectRow waiting = edit(original, object_id(kDay + 4000, 5), "not sent yet");
  waiting.branch = kOutboxBranch;
  const auto is_past = [&](const ObjectRow& row) {
    return get(index.is_overtaken("local", row.target, row.id, "bo"));
  };
  get(index.apply(bring({original, by_another, forged, waiting})));
  CHECK_FALSE(is_past(original));
  CHECK_FALSE(is_past(second));  // whether it is here or on its way
  get(index.apply(bring({second})));
  CHECK(is_past(original));
  CHECK_FALSE(is_past(second));

  get(index.apply(bring({}, {tombstone("local", "bo", object_id(kDay + 5000, 6), second.id)})));
  CHECK(is_past(second));
  const ObjectRow third = edit(original, object_id(kDay + 6000, 7), "third words");
  CHECK_FALSE(is_past(third));
  get(index.apply(bring({}, {tombstone("local", "bo", object_id(kDay + 7000, 8), original.id)})));
  CHECK(is_past(third));
}

TEST_CASE_METHOD(Fixture, "a tombstone that does not count removes nothing") {
  const ObjectRow row = note("local", "bo", object_id(kDay, 1), "still here");
  TombstoneRow stone = tombstone("local", "cy", object_id(kDay + 500, 3), row.id);
  stone.counts = false;
  TombstoneRow forged = tombstone("local", "bo", object_id(kDay + 500, 4), row.id);
  forged.verdict = Verdict::invalid;
  TombstoneRow elsewhere = tombstone("public", "bo", object_id(kDay + 500, 5), row.id);
  get(index.apply(bring({row}, {stone, forged, elsewhere})));
  CHECK(get(index.post(kAna, row.id)));
  CHECK(get(index.overtaken(INT64_MAX)).empty());
}

TEST_CASE_METHOD(Fixture,
                 "a tombstone that names another's object as its signer's own removes nothing") {
  const ObjectRow row = note("local", "bo", object_id(kDay, 1), "still here");
  const ObjectRow changed = edit(row, object_id(kDay + 1, 2), "still here too");
  const bool stones_first = GENERATE(false, true);
  const auto stones = bring({}, {tombstone("local", "cy", object_id(kDay + 500, 3), row.id),
                                 tombstone("local", "cy", object_id(kDay + 500, 4), changed.id)});
  if (stones_first) get(index.apply(stones));
  get(index.apply(bring({row, changed})));
  if (!stones_first) get(index.apply(stones));
  const auto post = get(index.post(kAna, row.id));
  REQUIRE(post);
  CHECK(post->content == "still here too");
  CHECK_FALSE(get(index.is_removed(row.id, "bo")));
  CHECK(get(index.removals(row.id, "bo")).empty());
  const auto overtaken = get(index.overtaken(INT64_MAX));
  REQUIRE(overtaken.size() == 1);
  CHECK(overtaken[0].path == row.path);
}

TEST_CASE_METHOD(Fixture, "a tombstone for an edit brings the version before it back") {
  const ObjectRow row = note("local", "bo", object_id(kDay, 1), "as it was");
  const ObjectRow changed = edit(row, object_id(kDay + 1, 2), "as it became");
  const TombstoneRow stone = tombstone("local", "bo", object_id(kDay + 500, 3), changed.id);
  const bool stone_first = GENERATE(false, true);
  if (stone_first) {
    get(index.apply(bring({}, {stone})));
  }
  get(index.apply(bring({row, changed})));
  get(index.apply(bring({}, {stone})));
  const auto post = get(index.post(kAna, row.id));
  REQUIRE(post);
  CHECK(post->content == "as it was");
  CHECK(find("became").empty());
  REQUIRE(get(index.overtaken(INT64_MAX)).size() == 1);
  CHECK(get(index.overtaken(INT64_MAX))[0].path == changed.path);
  CHECK(get(index.whereabouts(changed.id)) == std::vector<std::string>{"local"});
}

TEST_CASE_METHOD(Fixture, "reactions are counted once an author, where the viewer may read") {
  const ObjectRow row = note("public", "bo", object_id(kDay, 1), "likeable");
  const std::string about = full_id("bo", row.id);
  ObjectRow reply = note("local", "cy", object_id(kDay + 9, 9), "indeed");
  reply.in_reply_to = about;
  get(index.apply(bring(
      {row, reply, relation("public", "ana", object_id(kDay + 1, 2), "Like", about),
       relation("public", "ana", object_id(kDay + 2, 3), "Like", about),
       relation("public", "cy", object_id(kDay + 3, 4), "Like", about),
       relation("local", "bo", object_id(kDay + 3, 5), "Announce", about),
       relation("public", "bo", object_id(kDay + 3, 6), "Like", "https://x.example/" + row.id)})));
  const Post inside = get(index.post(kAna, row.id)).value();
  CHECK(inside.likes == 2);
  CHECK(inside.boosts == 1);
  CHECK(inside.replies == 1);
  const Post outside = get(index.post({"", {"public"}}, row.id)).value();
  CHECK(outside.likes == 2);
  CHECK(outside.boosts == 0);
  CHECK(outside.replies == 0);

  get(index.apply(
      bring({}, {tombstone("public", "ana", object_id(kDay + 8, 7), object_id(kDay + 1, 2)),
                 tombstone("public", "cy", object_id(kDay + 8, 8), object_id(kDay + 3, 4))})));
  CHECK(get(index.post(kAna, row.id))->likes == 1);
  CHECK(get(index.live(kAna, "Like", "", about)).size() == 1);
  CHECK(get(index.live(kAna, "Like", "ana", about)).size() == 1);
  CHECK(get(index.live(kAna, "Like", "cy", about)).empty());
  CHECK(get(index.live(kAna, "Like", "", "")).size() == 2);
  CHECK(get(index.live(kAna, "Note", "cy", "")).size() == 1);
}

TEST_CASE_METHOD(Fixture,
                 "a thread is climbed to its root and read down, each answer below its parent") {
  const auto reply = [](const ObjectRow& to, std::int64_t at, std::uint64_t number) {
    ObjectRow row = note("local", "cy", object_id(kDay + at, number), "re");
    row.in_reply_to = full_id(to.author, to.id);
    return row;
  };
  const ObjectRow root = note("local", "bo", object_id(kDay, 1), "root");
  const ObjectRow left = reply(root, 1, 2), right = reply(root, 2, 3), deep = reply(left, 3, 4);
  ObjectRow secret = copy_to(reply(left, 4, 5), "private/bo");
  const ObjectRow late = reply(secret, 5, 6);
  get(index.apply(bring({deep, late, secret, right, left, root})));
  const std::vector<std::string> expected{root.id, left.id, deep.id, right.id};
  CHECK(ids(get(index.thread(kAna, deep.id))) == expected);
  CHECK(ids(get(index.thread(kAna, root.id))) == expected);
  CHECK(ids(get(index.thread(kAna, root.id, 2))) == std::vector<std::string>{root.id, left.id});
  CHECK(ids(get(index.thread(kAna, late.id))) == std::vector<std::string>{late.id});
  CHECK(get(index.thread(kAna, secret.id)).empty());
  CHECK(get(index.thread(kAna, object_id(kDay, 77))).empty());

  // Moderation hides an answer with what it says, and shows what answers it as a thread of its own.
  Directory people = directory({"ana", "bo", "cy"});
  people.hidden.push_back({left.id, "unkind"});
  get(index.apply(know(people)));
  CHECK(ids(get(index.thread(kAna, root.id))) == std::vector<std::string>{root.id, right.id});
  CHECK(ids(get(index.thread(kAna, deep.id))) == std::vector<std::string>{deep.id});
  CHECK(get(index.post(kAna, root.id))->replies == 1);
}

TEST_CASE_METHOD(Fixture, "edits that answer each other in a circle do not hang a thread") {
  ObjectRow a = note("local", "bo", object_id(kDay, 1), "a");
  ObjectRow b = note("local", "bo", object_id(kDay, 2), "b");
  ObjectRow a2 = edit(a, object_id(kDay + 5, 3), "a again");
  a2.in_reply_to = full_id("bo", b.id);
  b.in_reply_to = full_id("bo", a.id);
  get(index.apply(bring({a, b, a2})));
  CHECK(get(index.thread(kAna, a.id)).size() == 2);
  CHECK(get(index.thread(kAna, b.id)).size() == 2);
  ObjectRow self = edit(a, object_id(kDay + 6, 4), "me");
  self.in_reply_to = full_id("bo", a.id);
  get(index.apply(bring({self})));
  CHECK(get(index.thread(kAna, a.id)).size() == 2);
}

TEST_CASE_METHOD(Fixture,
                 "a file given again replaces its row, and a branch that is gone takes its rows") {
  ObjectRow row = note("local", "bo", object_id(kDay, 1), "one");
  get(index.apply(bring({row})));
  row.content = row.search_text = "other";
  row.blob = blob_id("other");
  get(index.apply(
      bring({row}, {tombstone("local", "bo", object_id(kDay, 2), object_id(kDay, 3))})));
  CHECK(find("one").empty());
  CHECK(find("other").size() == 1);
  CHECK(get(index.versions("local", row.id)).size() == 1);
  const auto files = get(index.files("local", "e/2026-11"));
  REQUIRE(files.size() == 2);
  CHECK(files[0].path == row.path);
  CHECK(files[0].blob == row.blob);

  Changes gone;
  gone.repository = "local";
  gone.tips = {{"e/2026-11", "0123"}};
  get(index.apply({gone}));
  CHECK(get(index.tips("local")).size() == 1);
  CHECK(get(index.repositories()) == std::vector<std::string>{"local"});
  gone.tips[0].commit.clear();
  get(index.apply({gone}));
  CHECK(get(index.tips("local")).empty());
  CHECK_FALSE(get(index.post(kAna, row.id)));
  CHECK(get(index.files("local", "e/2026-11")).empty());
  CHECK(get(index.check()).empty());
}

TEST_CASE_METHOD(Fixture, "a verdict is remembered as long as a row names its blob") {
  const ObjectRow row = note("local", "bo", object_id(kDay, 1), "one");
  const TombstoneRow stone = tombstone("local", "bo", object_id(kDay, 2), object_id(kDay, 3));
  get(index.apply(bring({row, copy_to(row, "public")}, {stone})));
  const auto remembered = get(index.remembered(row.blob));
  REQUIRE(remembered);
  CHECK(remembered->verdict == Verdict::valid);
  CHECK(remembered->key == key_of("bo"));
  CHECK(get(index.remembered(stone.blob)));
  CHECK_FALSE(get(index.remembered(blob_id("unknown"))));

  get(index.apply(take("local", row.branch, row.path)));
  CHECK(get(index.remembered(row.blob)));  // the other copy still names it
  get(index.rebuild([&]() -> Result<void> {
    CHECK(get(index.remembered(row.blob)));
    CAMP_TRY(index.apply(know(directory({"bo"}))));
    return index.apply(bring({copy_to(row, "public")}, {stone}));
  }));
  CHECK(get(index.remembered(row.blob)));
  get(index.apply(take("public", row.branch, row.path)));
  CHECK_FALSE(get(index.remembered(row.blob)));
  get(index.apply(take("local", stone.branch, stone.path)));
  CHECK_FALSE(get(index.remembered(stone.blob)));
  get(index.apply(bring({row})));
  get(index.forget_verdicts());
  CHECK_FALSE(get(index.remembered(row.blob)));
  CHECK(get(index.post(kAna, row.id))->signature == "valid");
}

TEST_CASE_METHOD(Fixture, "a row at a place that does not follow from its ids is refused whole") {
  const ObjectRow good = note("local", "bo", object_id(kDay, 1), "good");
  ObjectRow bad = note("local", "bo", object_id(kDay, 2), "bad");
  bad.path = "23/10/" + good.id + ".json";
  const auto refused = index.apply(bring({good, bad}));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == Kind::bug);
  CHECK_FALSE(get(index.post(kAna, good.id)));
  get(index.apply(bring({good})));
  CHECK(get(index.post(kAna, good.id)));
}

TEST_CASE_METHOD(Fixture, "a failed rebuild leaves what was there") {
  const ObjectRow row = note("local", "bo", object_id(kDay, 1), "kept");
  get(index.apply(bring({row})));
  const std::string before = dump(index);
  const auto failed = index.rebuild([&]() -> Result<void> {
    get(index.apply(bring({note("public", "zed", object_id(kDay, 2), "new")})));
    return fail(Kind::network, "the cable broke");
  });
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().kind == Kind::network);
  CHECK(dump(index) == before);
  CHECK(find("kept").size() == 1);
  CHECK(get(index.check()).empty());
  const auto twice = index.rebuild([&] { return index.apply(bring({row, row})); });
  CHECK_FALSE(twice.has_value());
  CHECK(dump(index) == before);
}
