// SPDX-License-Identifier: MIT
// What members say of themselves, on disk.
#include "ops/profile.h"

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "crypto/did_key.h"
#include "crypto/digest.h"
#include "fed/actor_document.h"
#include "fed/describe.h"
#include "ops/care.h"
#include "ops/keys.h"
#include "ops/remote_profile.h"
#include "store/gate.h"
#include "store/media.h"
#include "store/outbox.h"
#include "store/profile.h"
#include "unit/git/support.h"
#include "unit/ops/people_support.h"

using namespace camp;
using namespace camp::ops;

namespace {

/// PNGs of one grey pixel each.
std::string picture(std::size_t which = 0) {
  constexpr std::array<const char*, 3> kPixels{"0000000a49444154789c63a8070000810080d394534a",
                                               "0000000a49444154789c6350000000220021e3ef670b",
                                               "0000000a49444154789c6378000000e200e115764400"};
  return from_hex(
             std::string("89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55") +
             kPixels.at(which) + "0000000049454e44ae426082")
      .value();
}

/// The change of a profile by a member.
ChangedProfile change(Camp& camp, const std::string& handle, const ProfileChange& wish) {
  store::Community community = camp.open();
  auto changed = change_profile(community, Camp::who(community, handle), wish);
  INFO((changed ? std::string() : changed.error().message));
  REQUIRE(changed);
  return *std::move(changed);
}
ShownProfile shown(Camp& camp, const std::string& handle) {
  const store::Community community = camp.open();
  return show_profile(community, handle).value();
}

/// A sealed profile of a member, signed with a key of theirs or with another one.
model::Object made_by(const store::Community& community, const std::string& handle,
                      const std::string& name, std::int64_t now_ms,
                      const crypto::SecretKey* key = nullptr) {
  const OwnerId member = Camp::who(community, handle).id;
  const model::Maker maker{member, community.id(), now_ms, std::string(16, 'n')};
  const auto own = signing_key(community, member).value();
  const auto sealed =
      seal(model::make_profile(maker, {.name = name}), maker, key == nullptr ? &own : key);
  return model::decode_object(sealed->bytes).value();
}

store::NewObject as_new(model::Object object) {
  const auto verdict = store::judge(object);
  return {std::move(object), verdict.verdict, verdict.key, {"public"}};
}

/// Puts a file into the main of a repository, as somebody with a shell could.
void plant(Camp& camp, const std::string& repository, const std::string& path,
           const std::string& bytes) {
  store::Community community = camp.open();
  auto writer = community.write().value();
  REQUIRE(writer.put_state({{repository, path, bytes}}, "planted"));
}

std::string dump_of(const store::Community& community) {
  std::string text;
  REQUIRE(dump_index(community, [&](std::string_view line) { text.append(line).append("\n"); }));
  return text;
}

/// The index as it grew is the one that is made anew.
void require_same_index(Camp& camp) {
  store::Community community = camp.open();
  const std::string grown = dump_of(community);
  REQUIRE(reindex(community, true, {}));
  CHECK(dump_of(community) == grown);
  const auto report = ops::fsck(community, {});
  REQUIRE(report);
  for (const store::Problem& problem : report->problems) {
    UNSCOPED_INFO(problem.path << ": " << problem.reason);
  }
  CHECK(report->problems.empty());
}

std::vector<store::Problem> problems(Camp& camp) {
  store::Community community = camp.open();
  return ops::fsck(community, {}).value().problems;
}

}  // namespace

TEST_CASE("a profile stands in public and says what its member said") {
  Camp camp;
  const auto changed = change(camp, "bo",
                              {.name = "  Bo Nilsson ",
                               .summary = "Bakes.\n",
                               .fields = {{"Site", "https://bo.example"}},
                               .discoverable = true});
  CHECK(changed.changed);
  CHECK_FALSE(changed.shown.pending);
  const ShownProfile now = shown(camp, "@bo");
  CHECK(now.profile.name == "Bo Nilsson");
  CHECK(now.member.name == "Bo Nilsson");
  CHECK(now.profile.summary == "Bakes.");
  CHECK(now.profile.fields.size() == 1);
  CHECK(now.profile.discoverable);
  CHECK_FALSE(now.profile.indexable);
  const store::Community community = camp.open();
  const OwnerId bo = Camp::who(community, "bo").id;
  CHECK(community.has_state_file("public", model::profile_path(bo)).value());
  CHECK_FALSE(community.has_state_file("local", model::profile_path(bo)).value());
  // Whoever fetches public can check the signature.
  CHECK(community.has_state_file("public", store::member_keys_file(bo)).value());
  const auto standing = store::standing_profile(community, bo).value();
  REQUIRE(standing);
  CHECK(store::Gate::release(*standing, store::Anyone{}));
  require_same_index(camp);
}

TEST_CASE("other accounts are added and removed one by one, and every server is told") {
  Camp camp;
  give_host(camp);
  const std::string old = "https://old.example/users/bo", new_ = "https://new.example/users/bo";
  CHECK(change(camp, "bo", {.name = "Bo", .aliases = {old, new_, old}}).changed);
  CHECK(shown(camp, "bo").profile.aliases == std::vector{old, new_});
  CHECK_FALSE(change(camp, "bo", {.aliases = {new_}}).changed);
  CHECK(change(camp, "bo", {.no_aliases = {new_}}).changed);
  CHECK_FALSE(change(camp, "bo", {.no_aliases = {new_}}).changed);
  CHECK(shown(camp, "bo").profile.aliases == std::vector{old});
  CHECK(shown(camp, "bo").profile.name == "Bo");
  require_same_index(camp);

  const store::Community community = camp.open();
  const fed::Site site = fed::site_of(community).value();
  fed::ActorProfile profile;
  profile.handle = "bo";
  REQUIRE(fed::describe_member(community, site, Camp::who(community, "bo").id, profile));
  CHECK(fed::actor_document(site, profile).at("alsoKnownAs") == Json::array({old}));
}

TEST_CASE("statement 55: whoever has moved says it until they are back, and not to themselves") {
  Camp camp;
  give_host(camp);
  const std::string there = "https://new.example/users/bo";
  CHECK(change(camp, "bo", {.name = "Bo", .moved_to = there}).changed);
  CHECK(shown(camp, "bo").profile.moved_to == there);
  CHECK_FALSE(change(camp, "bo", {.moved_to = there}).changed);
  CHECK(change(camp, "bo", {.summary = "Bakes."}).shown.profile.moved_to == there);
  const auto document = [&] {
    const store::Community community = camp.open();
    fed::ActorProfile profile;
    profile.handle = "bo";
    REQUIRE(fed::describe_member(community, fed::site_of(community).value(),
                                 Camp::who(community, "bo").id, profile));
    return fed::actor_document(fed::site_of(community).value(), profile);
  };
  CHECK(document().at("movedTo") == there);
  {
    store::Community community = camp.open();
    const fed::Site site = fed::site_of(community).value();
    const Actor bo = Camp::who(community, "bo");
    for (const std::string& own : {site.actor("bo"), site.profile_page("bo")}) {
      const auto refused = change_profile(community, bo, {.moved_to = own});
      REQUIRE_FALSE(refused);
      CHECK(refused.error().kind == Kind::usage);
    }
    CHECK(change_profile(community, bo, {.moved_to = site.actor("ana")}, true));
  }
  CHECK(change(camp, "bo", {.moved_to = ""}).changed);
  CHECK(shown(camp, "bo").profile.moved_to.empty());
  CHECK_FALSE(document().contains("movedTo"));
  require_same_index(camp);
}

TEST_CASE("an account elsewhere is named by its address, or by its handle if it is known") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  auto db = server_db(community);
  const auto ada = stranger("ada", "there.example");
  REQUIRE(db.put_actor(ada, kStart));
  CHECK(address_of(community, "@ada@there.example").value() == ada.id);
  CHECK(address_of(community, ada.id).value() == ada.id);
  CHECK(address_of(community, "@ada@127.0.0.2:9").error().kind == Kind::network);
  for (const char* nobody : {"@bo", "bo", "@bo@127.0.0.1:9", "", "acct:ada@there.example"}) {
    INFO(nobody);
    CHECK(address_of(community, nobody).error().kind == Kind::usage);
  }
}

TEST_CASE("what a change does not name stays, an empty text goes") {
  Camp camp;
  change(camp, "bo", {.name = "Bo", .summary = "Bakes.", .language = "sv", .locked = true});
  change(camp, "bo", {.fields = {{"A", "1"}, {"B", "2"}}});
  change(camp, "bo", {.fields = {{"A", "3"}, {"C", "4"}}, .icon = PictureChange{picture()}});
  change(camp, "bo", {.summary = "", .fields = {{"B", ""}, {"D", ""}}, .locked = false});
  const model::Profile profile = shown(camp, "bo").profile;
  CHECK(profile.name == "Bo");
  CHECK(profile.summary.empty());
  CHECK(profile.language == "sv");
  CHECK(profile.fields == std::vector<model::ProfileField>{{"A", "3"}, {"C", "4"}});
  CHECK(profile.icon.has_value());
  CHECK_FALSE(profile.locked);
  change(camp, "bo", {.icon = PictureChange{}});
  CHECK_FALSE(shown(camp, "bo").profile.icon);
}

TEST_CASE("a change that says nothing new writes nothing") {
  Camp camp;
  change(camp, "bo", {.name = "Bo", .icon = PictureChange{picture()}});
  const std::int64_t before = shown(camp, "bo").updated_ms;
  CHECK_FALSE(change(camp, "bo", {.name = "Bo", .icon = PictureChange{picture()}}).changed);
  CHECK(shown(camp, "bo").updated_ms == before);
}

TEST_CASE("a dry run of a profile writes nothing") {
  Camp camp;
  store::Community community = camp.open();
  const auto result = change_profile(community, Camp::who(community, "bo"), {.name = "Bo"}, true);
  REQUIRE(result);
  CHECK(result->shown.profile.name == "Bo");
  CHECK(shown(camp, "bo").updated_ms == 0);
}

TEST_CASE("what nobody may say is refused, and the profile stays") {
  Camp camp;
  change(camp, "bo", {.name = "Bo"});
  store::Community community = camp.open();
  const Actor bo = Camp::who(community, "bo");
  const auto refused = [&](const ProfileChange& wish, Kind kind) {
    const auto changed = change_profile(community, bo, wish);
    REQUIRE_FALSE(changed);
    CHECK(changed.error().kind == kind);
  };
  refused({.name = std::string(101, 'x')}, Kind::usage);
  refused({.summary = std::string(2049, 'x')}, Kind::usage);
  refused({.icon = PictureChange{"GIF89a"}}, Kind::refused);
  ProfileChange nine;
  for (char c = 'a'; c <= 'i'; ++c) nine.fields.push_back({std::string(1, c), "1"});
  refused(nine, Kind::usage);
  CHECK_FALSE(parse_field("no equals sign"));
  CHECK_FALSE(parse_field(" =x"));
  CHECK(parse_field(" Site = a=b ").value() == model::ProfileField{"Site", "a=b"});
  CHECK(shown(camp, "bo").profile == model::Profile{.name = "Bo"});
}

TEST_CASE("timelines call a member what the profile says, else what the community says") {
  Camp camp;
  REQUIRE(camp.say("bo", text("hello")));
  change(camp, "bo", {.name = "Bo Nilsson"});
  CHECK(camp.seen_by("ana").at(0).name == "Bo Nilsson");
  change(camp, "bo", {.name = ""});
  CHECK(camp.seen_by("ana").at(0).name.empty());
  require_same_index(camp);
}

TEST_CASE("a profile counts though the clock was turned back since the last one") {
  Camp camp;
  camp.stage.now += 5 * 60 * 60 * 1000;
  change(camp, "bo", {.name = "Before"});
  camp.stage.now -= 5 * 60 * 60 * 1000;
  change(camp, "bo", {.name = "After"});
  CHECK(shown(camp, "bo").profile.name == "After");
}

TEST_CASE("of profiles that arrive in any order the newest stands") {
  Camp camp;
  store::Community community = camp.open();
  auto writer = community.write().value();
  const auto at = [&](std::int64_t ms) {
    return made_by(community, "bo", "at " + std::to_string(ms), kStart + ms);
  };
  REQUIRE(writer.introduce("public", Camp::who(community, "bo").id));
  REQUIRE(writer.append({as_new(at(2))}, {}, "two"));
  CHECK(writer.holds(at(2)).value());
  CHECK(writer.holds(at(1)).value());
  CHECK_FALSE(writer.holds(at(3)).value());
  REQUIRE(writer.append({as_new(at(1))}, {}, "one"));
  CHECK(show_profile(community, "bo")->profile.name == "at 2");
  REQUIRE(writer.append({as_new(at(3)), as_new(at(5)), as_new(at(4))}, {}, "several"));
  CHECK(show_profile(community, "bo")->profile.name == "at 5");
}

TEST_CASE("pictures of a profile are kept while it names them, and go with gc") {
  Camp camp;
  change(camp, "bo", {.icon = PictureChange{picture()}, .image = PictureChange{picture(1)}});
  const std::string icon = shown(camp, "bo").profile.icon->sha256;
  const std::string image = shown(camp, "bo").profile.image->sha256;
  store::Community community = camp.open();
  const auto there = [&](const std::string& digest) {
    return store::read_media(community.directory(), "public", digest).has_value();
  };
  REQUIRE(gc(community));
  CHECK(there(icon));
  CHECK(there(image));
  change(camp, "bo", {.icon = PictureChange{picture(2)}});
  community = camp.open();
  REQUIRE(gc(community));
  CHECK_FALSE(there(icon));
  CHECK(there(image));
  CHECK(there(shown(camp, "bo").profile.icon->sha256));
}

TEST_CASE("what a member no longer says of themselves is nowhere after gc") {
  Camp camp;
  const auto words_left = [&] {
    return git::test::find_word(camp.open().repository("public").value(), "Quittengelee");
  };
  change(camp, "bo", {.summary = "Quittengelee"});
  change(camp, "bo", {.summary = "Bread."});
  store::Community community = camp.open();
  const git::Repository open_to_all = community.repository("public").value();
  CHECK(words_left() > 0);
  // A round that packs and does not squash leaves the history whole.
  git::test::require_sound(open_to_all);
  const auto care = gc(community);
  REQUIRE(care);
  CHECK(care->purged == 1);
  CHECK(words_left() == 0);
  git::test::require_sound(community.repository("public").value());
  CHECK(shown(camp, "bo").profile.summary == "Bread.");
  CHECK(gc(community)->purged == 0);
  require_same_index(camp);
}

TEST_CASE("what a member no longer says goes with the day's care too") {
  Camp camp;
  change(camp, "bo", {.summary = "Quittengelee"});
  change(camp, "bo", {.summary = "Bread."});
  camp.stage.now += 2 * kDay;
  REQUIRE(camp.say("ana", text("next day")));
  const git::Repository open_to_all = camp.open().repository("public").value();
  CHECK(git::test::find_word(open_to_all, "Quittengelee") == 0);
  git::test::require_sound(open_to_all);
}

TEST_CASE("a purge of posts leaves the history of profiles whole") {
  constexpr std::int64_t kMinute = 60'000;
  Camp camp;
  const auto at = [&](std::int64_t minutes) { camp.stage.now = kStart + minutes * kMinute; };
  const std::string id = camp.say("bo", to("public", "soon gone"))->post.id;
  {
    store::Community community = camp.open();
    REQUIRE(gc(community));
    at(60);
    REQUIRE(remove_post(community, Camp::who(community, "bo"), id, false));
  }
  at(24 * 60 + 30);
  REQUIRE(camp.say("ana", text("the day's care is done")));
  change(camp, "bo", {.summary = "one"});
  change(camp, "bo", {.summary = "two"});
  at(25 * 60 + 10);
  REQUIRE(camp.say("ana", text("the deletion is a day old")));
  const git::Repository open_to_all = camp.open().repository("public").value();
  CHECK(git::test::find_word(open_to_all, "soon gone") == 0);
  CHECK(open_to_all.history_length(open_to_all.tip("main").value().value(), 100).value() > 1);
  git::test::require_sound(open_to_all);
}

TEST_CASE("fsck names profiles that may not stand where they are, and nobody is shown them") {
  Camp camp;
  std::string path, bytes, reason, repository = "public";
  {
    const store::Community community = camp.open();
    const OwnerId bo = Camp::who(community, "bo").id, cy = Camp::who(community, "cy").id;
    const auto key_of_cy = signing_key(community, cy).value();
    path = model::profile_path(bo);
    bytes = made_by(community, "bo", "Forged", kStart).bytes;
    SECTION("another member's") {
      path = model::profile_path(cy);
      reason = "it is not the place of the object in it";
    }
    SECTION("another member's key") {
      bytes = made_by(community, "bo", "Forged", kStart, &key_of_cy).bytes;
      reason = "its signature is not its author's";
    }
    SECTION("a place of nobody") {
      path = "profiles/bo.json";
      reason = "nothing stands there";
    }
    SECTION("another repository") {
      repository = "local";
      reason = "nothing stands there";
    }
    SECTION("no object") {
      bytes = "{}";
      reason = "the object has no type";
    }
    SECTION("unsigned") {
      Json json = Json::parse(bytes);
      json.erase("proof");
      bytes = canonical_json(json).value();
      reason = "its signature does not hold";
    }
  }
  plant(camp, repository, path, bytes);
  const auto found = problems(camp);
  REQUIRE(found.size() == 1);
  CHECK(found[0].path == repository + " main:" + path);
  CHECK(found[0].kind == "object");
  CHECK(contains(found[0].reason, reason));
  CHECK(shown(camp, "bo").updated_ms == 0);
  CHECK(shown(camp, "cy").updated_ms == 0);
  CHECK(shown(camp, "bo").member.name.empty());
  // The next profile takes the wrong one's place.
  if (repository != "public" || path == "profiles/bo.json") return;
  change(camp, "bo", {.name = "Bo"});
  change(camp, "cy", {.name = "Cy"});
  CHECK(problems(camp).empty());
}

TEST_CASE("fsck names a profile's picture that is missing") {
  Camp camp;
  change(camp, "bo", {.icon = PictureChange{picture()}});
  const std::string path = store::media_path("public", shown(camp, "bo").profile.icon->sha256);
  std::filesystem::remove(camp.directory() + "/" + path);
  const auto found = problems(camp);
  REQUIRE(found.size() == 1);
  CHECK(found[0].path == path);
  CHECK(found[0].kind == "media");
}

TEST_CASE("a profile under a revoked key counts only if its member vouches for it") {
  Camp camp;
  change(camp, "ana", {.name = "Ana of today"});
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana");
  const auto keys = community.keys_of(ana.id).value();
  REQUIRE(keys.signing.size() == 1);
  REQUIRE(add_key(community, ana, "second", "", {}, {}));
  const std::string key = crypto::to_did_key(keys.signing[0].key);
  SECTION("vouched for") {
    REQUIRE(revoke_key(community, ana, key, "", {}));
    CHECK(shown(camp, "ana").profile.name == "Ana of today");
  }
  SECTION("disowned") {
    REQUIRE(revoke_key(community, ana, key, "2026-11-01", {}));
    CHECK(shown(camp, "ana").updated_ms == 0);
    CHECK(shown(camp, "ana").member.name.empty());
    // The next one counts, whenever the disowned one was written.
    change(camp, "ana", {.name = "Ana"});
    CHECK(shown(camp, "ana").profile.name == "Ana");
  }
  require_same_index(camp);
}
