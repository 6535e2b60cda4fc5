// SPDX-License-Identifier: MIT
// A community on disk, driven by the functions behind the commands.
#include <filesystem>

#include "ops/care.h"
#include "unit/ops/ops_support.h"

using namespace camp;
using namespace camp::ops;

TEST_CASE("a post without --to is local") {
  Camp camp;
  const auto posted = camp.say("ana", text("hello"));
  REQUIRE(posted);
  CHECK(posted->post.audience == "local");
  CHECK(posted->post.repository == "local");
  CHECK(camp.sees("bo", "hello") == 1);
}

TEST_CASE("a letter is read by its author and the persons named, and by nobody else") {
  Camp camp;
  REQUIRE(camp.say("ana", to("direct", "@bo psst")));
  CHECK(camp.sees("ana", "@bo psst") == 1);
  CHECK(camp.sees("bo", "@bo psst") == 1);
  CHECK(camp.sees("cy", "@bo psst") == 0);
}

TEST_CASE("an edit and a deletion of a letter reach every copy") {
  Camp camp;
  const std::string id = camp.say("ana", to("direct", "@bo psst"))->post.id;
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana");
  REQUIRE(edit(community, ana, id, "@bo pssst", {}));
  CHECK(camp.sees("bo", "@bo pssst") == 1);
  CHECK(camp.sees("bo", "@bo psst") == 0);
  REQUIRE(remove_post(community, ana, id, false));
  CHECK(camp.sees("bo", "@bo pssst") == 0);
  CHECK(camp.sees("ana", "@bo pssst") == 0);
}

TEST_CASE("an edit keeps the audience") {
  Camp camp;
  const std::string id = camp.say("ana", to("public", "open"))->post.id;
  store::Community community = camp.open();
  const auto edited = edit(community, Camp::who(community, "ana"), id, "still open", {});
  REQUIRE(edited);
  CHECK(edited->post.audience == "public");
}

TEST_CASE("an edit shows though the clock was turned back since the post") {
  Camp camp;
  camp.stage.now += 5 * 60 * 60 * 1000;
  const std::string id = camp.say("ana", text("before"))->post.id;
  camp.stage.now -= 5 * 60 * 60 * 1000;
  store::Community community = camp.open();
  REQUIRE(edit(community, Camp::who(community, "ana"), id, "after", {}));
  CHECK(camp.sees("bo", "after") == 1);
  CHECK(camp.sees("bo", "before") == 0);
}

TEST_CASE("only its author edits or deletes a post") {
  Camp camp;
  const std::string id = camp.say("ana", text("mine"))->post.id;
  store::Community community = camp.open();
  const Actor bo = Camp::who(community, "bo");
  CHECK(edit(community, bo, id, "yours", {}).error().kind == Kind::refused);
  CHECK(remove_post(community, bo, id, true).error().kind == Kind::refused);
  CHECK(camp.sees("ana", "mine") == 1);
}

TEST_CASE("a reply that goes further than its parent loses the link to it") {
  Camp camp;
  const std::string id = camp.say("ana", text("among us"))->post.id;
  const auto within = camp.say("bo", reply_to(id, text("yes")));
  REQUIRE(within);
  CHECK_FALSE(within->unlinked);
  CHECK(within->post.audience == "local");
  CHECK(contains(within->post.in_reply_to, id));
  const auto beyond = camp.say("bo", reply_to(id, to("public", "hear")));
  REQUIRE(beyond);
  CHECK(beyond->unlinked);
  CHECK(beyond->post.in_reply_to.empty());
}

TEST_CASE("nothing is signed while the clock is a day behind or before the build") {
  Camp camp;
  const std::string id = camp.say("ana", text("now"))->post.id;
  camp.stage.now = kStart - 2 * kDay;
  CHECK(camp.say("ana", text("before")).error().kind == Kind::refused);
  store::Community community = camp.open();
  const auto edited = edit(community, Camp::who(community, "ana"), id, "before", {});
  CHECK(edited.error().kind == Kind::refused);
  camp.stage.now = 0;
  CHECK(camp.say("ana", text("long before")).error().kind == Kind::refused);
}

TEST_CASE("there is no neighborhood to post to yet") {
  Camp camp;
  const auto refused = camp.say("ana", to("neighborhood", "hello"));
  CHECK(refused.error().kind == Kind::refused);
  CHECK_FALSE(refused.error().hint.empty());
}

TEST_CASE("an object of an unknown type is stored and not shown") {
  Camp camp;
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana");
  const auto key = signing_key(community, ana.id).value();
  const model::Maker maker{ana.id, community.id(), camp.stage.now, std::string(16, 'n')};
  Json json = model::make_note(maker, {}, {.content = "beetroot"});
  json["type"] = "camp:Recipe";
  const auto object = model::decode_object(model::seal(json, maker, &key)->bytes).value();
  REQUIRE(object.type == model::Type::other);
  {
    auto writer = community.write().value();
    REQUIRE(writer.append({{object, index::Verdict::valid, "", {"local"}}}, {}, "recipe"));
  }
  CHECK(camp.seen_by("ana").empty());
  const auto local = community.repository("local").value();
  const auto place = model::place_of(object);
  CHECK(local.read_file(place.branch, place.path).value() == object.bytes);
  REQUIRE(gc(community));
  CHECK(community.repository("local")->read_file(place.branch, place.path).value() == object.bytes);
}

TEST_CASE("an edit of what an import brought as HTML is Markdown") {
  Camp camp;
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana");
  const auto key = signing_key(community, ana.id).value();
  const model::Maker maker{ana.id, community.id(), camp.stage.now, std::string(16, 'n')};
  const Json json =
      model::make_note(maker, {}, {.content = "<p>one</p>", .media_type = "text/html"});
  const auto object = model::decode_object(model::seal(json, maker, &key)->bytes).value();
  {
    auto writer = community.write().value();
    REQUIRE(writer.append({{object, index::Verdict::valid, "", {"local"}}}, {}, "import"));
  }
  REQUIRE(camp.seen_by("ana").front().media_type == "text/html");
  const auto edited = edit(community, ana, object.id.object.text(), "one < *two*", {});
  REQUIRE(edited);
  CHECK(edited->post.media_type == "text/markdown");
}

TEST_CASE("an object for another place than the one it is brought to is not written") {
  Camp camp;
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana");
  const auto key = signing_key(community, ana.id).value();
  const model::Maker maker{ana.id, community.id(), camp.stage.now, std::string(16, 'n')};
  const auto object =
      model::decode_object(
          model::seal(model::make_note(maker, {}, {.content = "inside"}), maker, &key)->bytes)
          .value();
  auto writer = community.write().value();
  CHECK_FALSE(writer.append({{object, index::Verdict::valid, "", {"public"}}}, {}, "leak"));
  CHECK(community.repository("public")->branches()->size() == 1);
}

TEST_CASE("the same object twice is there once") {
  Camp camp;
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana");
  const auto key = signing_key(community, ana.id).value();
  const model::Maker maker{ana.id, community.id(), camp.stage.now, std::string(16, 'n')};
  const auto object =
      model::decode_object(
          model::seal(model::make_note(maker, {}, {.content = "once"}), maker, &key)->bytes)
          .value();
  auto writer = community.write().value();
  for (int i = 0; i < 2; ++i) {
    REQUIRE(writer.append({{object, index::Verdict::valid, "", {"local"}}}, {}, "again"));
  }
  CHECK(camp.sees("ana", "once") == 1);
}

TEST_CASE("the index made anew equals the one that grew") {
  Camp camp;
  const std::string id = camp.say("ana", text("one"))->post.id;
  REQUIRE(camp.say("bo", to("direct", "@ana letter")));
  store::Community community = camp.open();
  REQUIRE(edit(community, Camp::who(community, "ana"), id, "two", {}));
  REQUIRE(react(community, Camp::who(community, "bo"), model::Type::like, id, false));
  const auto dump = [&] {
    std::string lines;
    REQUIRE(
        dump_index(community, [&](std::string_view line) { lines += std::string(line) + "\n"; }));
    return lines;
  };
  const std::string grown = dump();
  REQUIRE(reindex(community, true, {}));
  CHECK(dump() == grown);
  CHECK(contains(grown, "letter"));
}

TEST_CASE("a dry run changes nothing") {
  Camp camp;
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana");
  REQUIRE(ops::post(community, ana, text("perhaps"), true));
  REQUIRE(add_member(community, ana, "dee", "", true));
  CHECK(camp.seen_by("ana").empty());
  CHECK(list_members(community)->size() == 3);
}

TEST_CASE("a failed init leaves nothing behind") {
  Stage stage;
  char name[] = "/tmp/camp-ops-XXXXXX";
  REQUIRE(::mkdtemp(name) != nullptr);
  const std::string place = name;
  const auto refuse = [](const std::string&) { return Result<void>(fail(Kind::refused, "no")); };
  CHECK_FALSE(init(stage.env(), {place + "/camp", "Friend Camp", "ana", "", refuse}));
  CHECK(std::filesystem::is_empty(place));
  std::filesystem::remove_all(place);
}

TEST_CASE("the index is the same after a rebuild, also of files that fill a batch's memory") {
  Camp camp;
  const std::string long_text(60'000, 'w');
  for (int i = 0; i < 90; ++i) {
    const std::string number = std::to_string(i) + " ";
    REQUIRE(camp.say("ana", text(number + (i < 85 ? long_text : "short"))));
  }
  store::Community community = camp.open();
  const auto dump = [&] {
    std::string lines;
    REQUIRE(dump_index(community, [&](std::string_view line) { (lines += line) += '\n'; }));
    return lines;
  };
  const std::string before = dump();
  CHECK(reindex(community, true, {}).value() == 90);
  CHECK(dump() == before);
  CHECK(reindex(community, false, {}).value() == 90);
  CHECK(dump() == before);
}

TEST_CASE("a month that ended becomes one commit in a pack of its own, also of a single post") {
  Camp camp;
  REQUIRE(camp.say("ana", text("the only one of its month")));
  const auto month = [&] {
    const git::Repository local = camp.open().repository("local").value();
    const std::vector<git::Branch> branches = local.branches().value();
    for (const git::Branch& branch : branches) {
      if (branch.name.starts_with("e/")) return branch;
    }
    return git::Branch{};
  };
  const auto kept = [&] {
    return camp.open().repository("local").value().count_kept_packs().value();
  };
  const auto squashed = [&] {
    const git::Repository local = camp.open().repository("local").value();
    return local.is_squashed(month().name, month().tip).value();
  };
  const auto tidy = [&] {
    store::Community community = camp.open();
    REQUIRE(gc(community));
  };
  tidy();
  CHECK_FALSE(squashed());
  CHECK(kept() == 0);

  camp.stage.now += 40 * kDay;
  tidy();
  CHECK(squashed());
  CHECK(kept() == 1);

  // As a process leaves it that is killed between the two.
  const std::string packs = camp.directory() + "/local.git/objects/pack";
  for (const auto& file : std::filesystem::directory_iterator(packs)) {
    if (file.path().extension() == ".keep") std::filesystem::remove(file.path());
  }
  REQUIRE(kept() == 0);
  tidy();
  CHECK(kept() == 1);
  CHECK(camp.sees("bo", "the only one of its month") == 1);
}
