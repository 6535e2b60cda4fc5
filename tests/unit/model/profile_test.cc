// SPDX-License-Identifier: MIT
#include "model/profile.h"

#include <functional>

#include "base/encoding.h"
#include "base/json.h"
#include "unit/model/object_support.h"

using namespace camp;
using namespace camp::model;

namespace {

Attachment picture(char digit, const std::string& type = "image/png") {
  return {.sha256 = std::string(64, digit), .media_type = type, .width = 4, .height = 3};
}

Profile full_profile() {
  return {.name = "Bo Nilsson",
          .summary = "Bakes.\n\n*Rye* mostly.",
          .fields = {{"Site", "https://bo.example"}, {"Pronouns", "he"}},
          .aliases = {"https://old.example/users/bo", "http://127.0.0.1:9/u/bo"},
          .moved_to = "https://new.example/users/bo",
          .icon = picture('1'),
          .image = picture('2', "image/jpeg"),
          .locked = true,
          .discoverable = true,
          .indexable = true,
          .hide_followers = true,
          .language = "sv"};
}

std::string profile_file(const Profile& profile, std::int64_t now_ms = kNow) {
  const Maker maker = maker_of(bo(), now_ms);
  return file_of(make_profile(maker, profile), maker);
}

/// A profile with something changed before it gets its id and its proof.
std::string changed_profile(const std::function<void(Json&)>& change) {
  const Maker maker = maker_of(bo());
  Json json = make_profile(maker, full_profile());
  change(json);
  return file_of(std::move(json), maker);
}

void allowed(const std::function<void(Profile&)>& change) {
  Profile profile = full_profile();
  change(profile);
  CHECK(check_profile(profile));
  CHECK(decoded(profile_file(profile)).profile);
}

/// Neither the member may say it nor a reader believe it.
void forbidden(const std::function<void(Profile&)>& change) {
  Profile profile = full_profile();
  change(profile);
  const auto checked = check_profile(profile);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().kind == Kind::usage);
  CHECK(contains(refusal(profile_file(profile)), "breaks a rule of profiles"));
}

std::string times(std::size_t count, const std::string& text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("what a profile says comes back") {
  for (const Profile& profile : {full_profile(), Profile{}}) {
    const Object object = decoded(profile_file(profile));
    CHECK(object.type == Type::person);
    REQUIRE(object.profile);
    CHECK(*object.profile == profile);
    CHECK(verify_signature(object).value() == key_of(bo()).public_key());
  }
}

TEST_CASE("nobody is shown in directories or to search engines without saying so") {
  const Json json = make_profile(maker_of(bo()), {});
  for (const char* flag : {"discoverable", "indexable", "camp:locked", "camp:hideFollowers"}) {
    CHECK_FALSE(json.contains(flag));
  }
  const Profile profile = *decoded(profile_file({})).profile;
  CHECK_FALSE(profile.discoverable);
  CHECK_FALSE(profile.indexable);
}

TEST_CASE("a member has one place for a profile, in the main of public") {
  const Object object = decoded(profile_file(full_profile()));
  CHECK(home_of(object) == "public");
  CHECK(place_of(object).branch == "main");
  CHECK(place_of(object).path == "profiles/" + bo().text() + ".json");
  CHECK(belongs_in(object, "public"));
  CHECK_FALSE(belongs_in(object, "local"));
  CHECK_FALSE(belongs_in(object, private_repository(bo())));
  CHECK(profile_owner(profile_path(bo())) == bo());
  for (const char* path : {"profiles/x.json", "profiles/.json", "profiles/json", "profiles/",
                           "members/x.json", "profiles", ""}) {
    CHECK_FALSE(profile_owner(path));
  }
  CHECK_FALSE(profile_owner("profiles/" + bo().text()));
}

TEST_CASE("a profile is for everybody") {
  const std::string wrong = "is a profile that is not for everybody";
  for (const Audience& audience :
       {to_local(), to_followers(), to_persons({ana()}), to_neighborhood(),
        Audience{.reach = Reach::public_, .unlisted = true}}) {
    CHECK(contains(refusal(changed_profile([&](Json& json) {
                     for (const char* name : {"audience", "to", "camp:unlisted"}) json.erase(name);
                     put_audience(json, audience);
                   })),
                   wrong));
  }
}

TEST_CASE("a profile is of whoever made it") {
  CHECK(contains(refusal(changed_profile([](Json& json) { json["attributedTo"] = ana().uri(); })),
                 "made by another than its id says"));
}

TEST_CASE("a name has 100 characters of any script, in one line") {
  allowed([](Profile& profile) { profile.name = times(100, "ż"); });
  allowed([](Profile& profile) { profile.name = times(100, "🥖"); });
  forbidden([](Profile& profile) { profile.name = times(101, "ż"); });
  for (const char* name :
       {"a\nb", "a\tb", "a\x1b[31m", "a\x7f", "a\xc2\x85z", "a\xe2\x80\xa8z", " "}) {
    forbidden([&](Profile& profile) { profile.name = name; });
  }
}

TEST_CASE("a summary has 2 KiB and may have lines") {
  allowed([](Profile& profile) { profile.summary = std::string(2048, 'x'); });
  allowed([](Profile& profile) { profile.summary = "a\tb\nc"; });
  forbidden([](Profile& profile) { profile.summary = std::string(2049, 'x'); });
  forbidden([](Profile& profile) { profile.summary = "a\x01b"; });
  refusal(profile_file({.summary = std::string("a\0b", 3)}));
  forbidden([](Profile& profile) { profile.summary = "a\rb"; });
  forbidden([](Profile& profile) { profile.summary = "\x1b]0;x"; });
}

TEST_CASE("a summary without a media type is HTML, as in ActivityStreams") {
  const Object object = decoded(changed_profile([](Json& json) { json.erase("mediaType"); }));
  CHECK(object.profile->media_type == "text/html");
}

TEST_CASE("a profile has eight fields, each with a name of its own and a value") {
  const auto fields = [](std::size_t count) {
    std::vector<ProfileField> list;
    for (std::size_t i = 0; i < count; ++i) list.push_back({"n" + std::to_string(i), "v"});
    return list;
  };
  allowed([&](Profile& profile) { profile.fields = fields(8); });
  allowed([](Profile& profile) { profile.fields = {{times(255, "ż"), times(255, "ż")}}; });
  forbidden([&](Profile& profile) { profile.fields = fields(9); });
  forbidden([](Profile& profile) { profile.fields = {{"a", "1"}, {"a", "2"}}; });
  forbidden([](Profile& profile) { profile.fields = {{"", "1"}}; });
  forbidden([](Profile& profile) { profile.fields = {{"a", ""}}; });
  forbidden([](Profile& profile) { profile.fields = {{"a", "1\n2"}}; });
  forbidden([](Profile& profile) { profile.fields = {{"a\x1b", "1"}}; });
  forbidden([](Profile& profile) { profile.fields = {{times(256, "x"), "1"}}; });
  forbidden([](Profile& profile) { profile.fields = {{"a", times(256, "x")}}; });
}

TEST_CASE("a profile names eight other accounts at the most, by https addresses, each once") {
  const auto aliases = [](std::size_t count) {
    std::vector<std::string> list;
    for (std::size_t i = 1; i <= count; ++i) {
      list.push_back("https://a.example/" + std::string(i, 'x'));
    }
    return list;
  };
  const std::string longest = "https://a.example/" + std::string(512 - 18, 'x');
  allowed([&](Profile& profile) { profile.aliases = aliases(8); });
  allowed([&](Profile& profile) { profile.aliases = {longest}; });
  allowed([](Profile& profile) { profile.aliases = {"http://localhost:9/u/bo"}; });
  forbidden([&](Profile& profile) { profile.aliases = aliases(9); });
  forbidden([&](Profile& profile) { profile.aliases = {longest + "x"}; });
  for (const char* wrong :
       {"", "https://", "https:///x", "http://a.example/x", "http://localhost.example/",
        "http://127.example/", "@bo@a.example", "acct:bo@a.example", "javascript:x",
        "https://a.example/ x", "https://a.example/\x1b", "https://a.example/\"x"}) {
    INFO(wrong);
    forbidden([&](Profile& profile) { profile.aliases = {wrong}; });
  }
  forbidden([](Profile& profile) {
    profile.aliases = {"https://a.example/", "https://a.example/"};
  });
  const Profile no_text{.aliases = {"https://a.example/\xff"}};
  CHECK_FALSE(check_profile(no_text));
  CHECK_FALSE(seal(make_profile(maker_of(bo()), no_text), maker_of(bo()), nullptr));
}

TEST_CASE("statement 55: a profile names one account that its member has moved to") {
  allowed([](Profile& profile) { profile.moved_to.clear(); });
  allowed([](Profile& profile) { profile.moved_to = "http://127.0.0.1:9/u/bo"; });
  allowed([](Profile& profile) { profile.moved_to = "https://a.example/" + times(494, "x"); });
  forbidden([](Profile& profile) { profile.moved_to = "https://a.example/" + times(495, "x"); });
  for (const char* wrong : {"https://", "http://a.example/x", "@bo@a.example", "javascript:x",
                            "https://a.example/\"x", "https://a.example/\x1b"}) {
    INFO(wrong);
    forbidden([&](Profile& profile) { profile.moved_to = wrong; });
  }
  const std::string quiet = profile_file({.name = "Bo"});
  CHECK_FALSE(contains(quiet, "movedTo"));
}

TEST_CASE("a profile's pictures are JPEG, PNG or WebP") {
  allowed([](Profile& profile) { profile.icon->media_type = "image/webp"; });
  forbidden([](Profile& profile) { profile.icon->media_type = "image/svg+xml"; });
  forbidden([](Profile& profile) { profile.image->media_type = "text/html"; });
  forbidden([](Profile& profile) { profile.image->name = times(1501, "x"); });
  forbidden([](Profile& profile) { profile.icon->name = "a\nb"; });
}

TEST_CASE("a language is a tag") {
  allowed([](Profile& profile) { profile.language = "zh-Hant-TW"; });
  forbidden([](Profile& profile) { profile.language = "pl_PL"; });
  forbidden([](Profile& profile) { profile.language = std::string(36, 'a'); });
}

TEST_CASE("members of a profile of a wrong type are refused") {
  const auto broken = [](const char* member, const Json& value) {
    refusal(changed_profile([&](Json& json) { json[member] = value; }));
  };
  for (const char* text : {"name", "summary", "mediaType", "movedTo", "camp:language"}) {
    broken(text, 7);
  }
  for (const char* flag : {"camp:locked", "discoverable", "indexable", "camp:hideFollowers"}) {
    broken(flag, "yes");
  }
  broken("attachment", Json::object());
  broken("attachment", Json::array({"Site"}));
  broken("attachment", Json::array({{{"type", "PropertyValue"}, {"name", 1}, {"value", "x"}}}));
  broken("alsoKnownAs", "https://old.example/users/bo");
  broken("alsoKnownAs", Json::array({7}));
  broken("icon", "https://bo.example/bo.png");
  broken("image", Json{{"type", "Image"}, {"mediaType", "image/png"}});
}

TEST_CASE("a profile's unknown members and fields are kept and not shown") {
  const Object object = decoded(changed_profile([](Json& json) {
    json["camp:later"] = "x";
    json["attachment"].push_back({{"type", "Document"}, {"name", "y"}});
  }));
  CHECK(*object.profile == full_profile());
  CHECK(contains(object.bytes, "camp:later"));
}

TEST_CASE("a profile of more than 32 KiB is refused, whatever is in it") {
  const auto padded = [](std::size_t size) {
    return changed_profile([&](Json& json) { json["camp:later"] = std::string(size, 'x'); });
  };
  // A proof's length in base58 varies by a digit.
  const std::size_t rest = padded(0).size();
  CHECK(decode_object(padded(kMostProfileBytes - rest - 2)));
  CHECK(contains(refusal(padded(kMostProfileBytes - rest + 2)), "32 KiB"));
}

TEST_CASE("an adoption takes no profile in: who somebody is here, they say here") {
  Maker there = maker_of(bo());
  there.community = other_community();
  const Object object = decoded(file_of(make_profile(there, full_profile()), there));
  const Maker maker = maker_of(bo());
  const Object adoption = decoded(file_of(make_adoption(maker, to_public(), {object.id}), maker));
  CHECK(counts_in(object, other_community(), {}));
  CHECK_FALSE(counts_in(object, home_community(), {adoption}));
}

TEST_CASE("of two profiles the higher id stays, of two proofs the lower digest") {
  const Object older = decoded(profile_file(full_profile()));
  const Object newer = decoded(profile_file({}, kNow + 1));
  CHECK(supersedes(newer, older));
  CHECK_FALSE(supersedes(older, newer));
  CHECK_FALSE(supersedes(older, older));
  // The same words under another key of the member's.
  const Maker maker = maker_of(bo());
  const auto key = key_of(cy());
  const Object other =
      decoded(seal(make_profile(maker, full_profile()), maker, &key).value().bytes);
  REQUIRE(other.id == older.id);
  CHECK(supersedes(other, older) != supersedes(older, other));
}

TEST_CASE("a profile's pictures, and a note's") {
  const auto pictures = pictures_of(decoded(profile_file(full_profile())));
  REQUIRE(pictures.size() == 2);
  CHECK(pictures[0] == picture('1'));
  CHECK(pictures[1] == picture('2', "image/jpeg"));
  CHECK(pictures_of(decoded(profile_file({}))).empty());
  const Maker maker = maker_of(bo());
  const NoteContent note{.content = "x", .attachments = {picture('3')}};
  CHECK(pictures_of(decoded(file_of(make_note(maker, to_public(), note), maker))).size() == 1);
}

TEST_CASE("the schema's examples of profiles are what camp reads and writes") {
  for (const std::string name : {"everything", "flag-only", "alias", "moved"}) {
    std::ifstream file(std::string(CAMP_TEST_DATA) + "/../../schemas/examples/person-v1/" + name +
                       ".json");
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const Object object = decoded(bytes);
    REQUIRE(object.profile);
    CHECK(verify_signature(object));
    const std::string nonce =
        from_base32(object.json->at("camp:nonce").get<std::string>(), 16).value();
    const Maker maker{object.author(), object.community, object.published_ms, nonce};
    Json again = make_profile(maker, *object.profile);
    again["id"] = object.id.text();
    again["proof"] = object.json->at("proof");
    CHECK(canonical_json(again).value() == bytes);
  }
}
