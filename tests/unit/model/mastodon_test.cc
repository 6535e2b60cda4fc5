// SPDX-License-Identifier: MIT
#include "model/mastodon.h"

#include <nlohmann/json.hpp>

#include "base/time.h"
#include "catch.h"
#include "model/markup.h"

using namespace camp::model;
using camp::Json;
using camp::Kind;

namespace {

constexpr const char* kPublic = "https://www.w3.org/ns/activitystreams#Public";
constexpr const char* kAna = "https://old.example/users/ana";
constexpr const char* kFollowers = "https://old.example/users/ana/followers";
constexpr const char* kBo = "https://b.example/users/bo";

ArchiveActor ana() {
  return {.id = kAna,
          .username = "ana",
          .name = {},
          .summary = {},
          .followers = kFollowers,
          .icon_file = {},
          .image_file = {}};
}

Json note() {
  return {{"id", "https://old.example/users/ana/statuses/1"},
          {"type", "Note"},
          {"summary", nullptr},
          {"inReplyTo", nullptr},
          {"published", "2017-04-05T06:07:08Z"},
          {"url", "https://old.example/@ana/1"},
          {"attributedTo", kAna},
          {"to", {kPublic}},
          {"cc", {kFollowers}},
          {"sensitive", false},
          {"content", "<p>hello</p>"},
          {"contentMap", {{"pl", "<p>hello</p>"}}},
          {"attachment", Json::array()},
          {"tag", Json::array()}};
}

Json create(const Json& object) {
  return {{"id", "https://old.example/users/ana/statuses/1/activity"},
          {"type", "Create"},
          {"actor", kAna},
          {"published", "2017-04-05T06:07:08Z"},
          {"to", object.value("to", Json())},
          {"cc", object.value("cc", Json())},
          {"object", object},
          {"signature", {{"type", "RsaSignature2017"}, {"signatureValue", "x"}}}};
}

ArchivedPost post_of(const Json& object) {
  auto item = decode_item(create(object), ana());
  REQUIRE(item);
  REQUIRE(std::holds_alternative<ArchivedPost>(*item));
  return std::get<ArchivedPost>(*item);
}

std::string skipped(const Json& activity) {
  auto item = decode_item(activity, ana());
  REQUIRE(item);
  REQUIRE(std::holds_alternative<SkippedItem>(*item));
  return std::get<SkippedItem>(*item).reason;
}

Visibility visibility(const Json& to, const Json& cc) {
  Json object = note();
  object["to"] = to;
  object["cc"] = cc;
  return post_of(object).visibility;
}

}  // namespace

TEST_CASE("An archive's actor says whose it is") {
  const auto actor = decode_actor({{"id", kAna},
                                   {"type", "Person"},
                                   {"preferredUsername", "ana"},
                                   {"name", "Ana Ż."},
                                   {"summary", "<p>hi</p>"},
                                   {"followers", kFollowers},
                                   {"icon", {{"type", "Image"}, {"url", "avatar.png"}}},
                                   {"image", {{"type", "Image"}, {"url", "/header.jpg"}}}});
  REQUIRE(actor);
  CHECK(actor->id == kAna);
  CHECK(actor->username == "ana");
  CHECK(actor->name == "Ana Ż.");
  CHECK(actor->summary == "<p>hi</p>");
  CHECK(actor->followers == kFollowers);
  CHECK(actor->icon_file == "avatar.png");
  CHECK(actor->image_file == "header.jpg");

  const auto remote = decode_actor({{"id", kAna},
                                    {"preferredUsername", "ana"},
                                    {"followers", kPublic},
                                    {"icon", {{"url", "https://old.example/avatar.png"}}},
                                    {"image", {{"url", "../../etc/passwd"}}}});
  REQUIRE(remote);
  CHECK(remote->followers.empty());
  CHECK(remote->icon_file.empty());
  CHECK(remote->image_file.empty());

  for (const Json& broken : {Json(), Json::array(), Json{{"id", kAna}}, Json{{"id", 1}},
                             Json{{"id", "x y"}, {"preferredUsername", "ana"}}}) {
    REQUIRE_FALSE(decode_actor(broken));
    CHECK(decode_actor(broken).error().kind == Kind::refused);
  }
}

TEST_CASE("A post keeps what it said") {
  Json object = note();
  object["summary"] = "soup";
  object["sensitive"] = true;
  object["inReplyTo"] = "https://b.example/9";
  object["tag"] = {{{"type", "Mention"}, {"href", kBo}, {"name", "@bo@b.example"}},
                   {{"type", "Hashtag"}, {"href", "https://old.example/tags/x"}, {"name", "#x"}},
                   {{"type", "Emoji"}, {"name", ":blob:"}, {"id", "https://old.example/e"}},
                   {{"type", "Mention"}, {"name", "@nobody"}},
                   "nonsense"};
  object["attachment"] = {{{"type", "Document"},
                           {"mediaType", "image/jpeg"},
                           {"url", "/media_attachments/files/1/original/a.jpg"},
                           {"name", "a cat"},
                           {"blurhash", "UBL_:rOpGG-oBUNG"},
                           {"focalPoint", {0.5, -0.5}}},
                          {{"type", "Document"},
                           {"mediaType", "image/png"},
                           {"url", "media_attachments/files/2/original/b.png"},
                           {"blurhash", "two words"},
                           {"focalPoint", {0.5, 1.5}},
                           {"name", nullptr}}};
  const ArchivedPost post = post_of(object);
  CHECK(post.source_id == "https://old.example/users/ana/statuses/1");
  CHECK(post.url == "https://old.example/@ana/1");
  CHECK(camp::format_time(post.published_ms) == "2017-04-05T06:07:08.000Z");
  CHECK(post.html == "<p>hello</p>");
  CHECK(post.summary == "soup");
  CHECK(post.sensitive);
  CHECK(post.language == "pl");
  CHECK(post.in_reply_to == "https://b.example/9");
  CHECK(post.visibility == Visibility::public_);
  REQUIRE(post.tags.size() == 2);
  CHECK(post.tags[0].mention);
  CHECK(post.tags[0].href == kBo);
  CHECK_FALSE(post.tags[1].mention);
  CHECK(post.tags[1].name == "#x");
  CHECK(post.tags[1].href.empty());
  REQUIRE(post.media.size() == 2);
  CHECK(post.media[0].paths ==
        std::vector<std::string>{"media_attachments/files/1/original/a.jpg"});
  CHECK(post.media[0].media_type == "image/jpeg");
  CHECK(post.media[0].name == "a cat");
  CHECK(post.media[1].name.empty());
  // Statement 66.
  CHECK(post.media[0].focus == Focus{5'000, -5'000});
  CHECK(post.media[0].blurhash == "UBL_:rOpGG-oBUNG");
  CHECK_FALSE(post.media[1].focus);
  CHECK(post.media[1].blurhash.empty());
  CHECK(post.addressed.empty());
}

TEST_CASE("A post of any year is read") {
  Json old = note();
  old.erase("content");
  old.erase("attributedTo");
  old.erase("to");
  old.erase("cc");
  old.erase("published");
  Json activity = create(note());
  activity["object"] = old;
  const auto item = decode_item(activity, ana());
  REQUIRE(item);
  const auto& post = std::get<ArchivedPost>(*item);
  CHECK(post.html == "<p>hello</p>");
  CHECK(post.language == "pl");
  CHECK(post.visibility == Visibility::public_);
  CHECK(camp::format_time(post.published_ms).substr(0, 4) == "2017");

  Json two = note();
  two["contentMap"] = {{"de", "<p>hallo</p>"}, {"en", "<p>hello</p>"}};
  CHECK(post_of(two).language == "en");
  two["contentMap"] = {{"not a language", "<p>hello</p>"}};
  CHECK(post_of(two).language.empty());

  Json akkoma = note();
  akkoma["url"] = Json::array({{{"type", "Link"}, {"href", "https://old.example/o/1"}}});
  akkoma["attachment"] = {
      {"type", "Document"},
      {"name", "alt"},
      {"url",
       {{{"type", "Link"}, {"href", "https://media.example/a.png"}, {"mediaType", "image/png"}}}}};
  const ArchivedPost post2 = post_of(akkoma);
  CHECK(post2.url == "https://old.example/o/1");
  REQUIRE(post2.media.size() == 1);
  CHECK(post2.media[0].media_type == "image/png");
  CHECK(post2.media[0].url == "https://media.example/a.png");
}

TEST_CASE("A post is never seen by more people than its source says") {
  CHECK(visibility({kPublic}, {kFollowers}) == Visibility::public_);
  CHECK(visibility(kPublic, nullptr) == Visibility::public_);
  CHECK(visibility({"as:Public"}, Json::array()) == Visibility::public_);
  CHECK(visibility({kFollowers}, {kPublic}) == Visibility::unlisted);
  CHECK(visibility({kFollowers}, {kBo}) == Visibility::followers);
  CHECK(visibility({kBo}, {kFollowers}) == Visibility::followers);
  CHECK(visibility({kBo}, Json::array()) == Visibility::direct);
  CHECK(visibility({"https://b.example/users/bo/followers"}, nullptr) == Visibility::direct);
  CHECK(visibility(nullptr, nullptr) == Visibility::direct);
  CHECK(visibility(1, {kPublic}) == Visibility::direct);
  CHECK(visibility({kPublic, 1}, nullptr) == Visibility::direct);
  CHECK(visibility({{"id", kPublic}}, nullptr) == Visibility::direct);
  CHECK(visibility({"https://www.w3.org/ns/activitystreams#public"}, nullptr) ==
        Visibility::direct);

  SECTION("where activity and object disagree, the narrower counts") {
    Json activity = create(note());
    activity["object"]["to"] = {kBo};
    activity["object"]["cc"] = Json::array();
    auto item = decode_item(activity, ana());
    REQUIRE(item);
    CHECK(std::get<ArchivedPost>(*item).visibility == Visibility::direct);
    activity["object"] = note();
    activity["to"] = {kFollowers};
    activity["cc"] = Json::array();
    item = decode_item(activity, ana());
    REQUIRE(item);
    CHECK(std::get<ArchivedPost>(*item).visibility == Visibility::followers);
  }
  SECTION("without the name of the followers' collection nothing goes to followers") {
    ArchiveActor actor = ana();
    actor.followers.clear();
    Json object = note();
    object["to"] = {kFollowers};
    object["cc"] = {""};
    const auto item = decode_item(create(object), actor);
    REQUIRE(item);
    CHECK(std::get<ArchivedPost>(*item).visibility == Visibility::direct);
  }
}

TEST_CASE("The persons addressed are told, the collections are not") {
  Json object = note();
  object["to"] = {"https://c.example/c", kBo, kAna};
  object["cc"] = {kFollowers, kPublic, kBo, "no uri"};
  CHECK(post_of(object).addressed == std::vector<std::string>{kBo, "https://c.example/c"});
}

TEST_CASE("An audience is as narrow as the visibility it comes from") {
  const auto member = *camp::OwnerId::parse("0123456789abcdefghjkmnpqrstvwxyz");
  CHECK(audience_name(audience_for(Visibility::public_, member, {})) == "public");
  CHECK(audience_name(audience_for(Visibility::unlisted, member, {})) == "unlisted");
  const Audience followers = audience_for(Visibility::followers, member, {kBo});
  CHECK(audience_name(followers) == "followers");
  CHECK(followers.named.empty());
  const Audience direct = audience_for(Visibility::direct, member, {kBo, "acct:x", kBo});
  CHECK(direct.people == People::named);
  CHECK(direct.reach == Reach::local);
  CHECK(direct.named == std::vector<std::string>{"acct:x", member.uri(), kBo});
  CHECK(audience_for(Visibility::direct, member, {}).named ==
        std::vector<std::string>{member.uri()});
  for (const auto visibility :
       {Visibility::public_, Visibility::unlisted, Visibility::followers, Visibility::direct}) {
    Json json;
    const Audience audience = audience_for(visibility, member, {kBo});
    put_audience(json, audience);
    const auto again = get_audience(json);
    REQUIRE(again);
    CHECK(*again == audience);
  }
}

TEST_CASE("What another account made is not taken over") {
  Json activity = create(note());
  activity["object"]["attributedTo"] = kBo;
  CHECK(skipped(activity).find("another account, 'https://b.example/users/bo'") !=
        std::string::npos);
  activity = create(note());
  activity["actor"] = kBo;
  CHECK(skipped(activity).find("another account") != std::string::npos);
  activity.erase("actor");
  CHECK(skipped(activity).find("another account") != std::string::npos);
  activity = create(note());
  activity["object"]["attributedTo"] = {kAna, kBo};
  CHECK(skipped(activity).find("another account") != std::string::npos);
  activity["actor"] = "\x1b[31m";
  CHECK(skipped(activity).find('\x1b') == std::string::npos);
}

TEST_CASE("What is no post is skipped with its reason") {
  Json activity = create(note());
  activity["type"] = "Like";
  CHECK(skipped(activity) == "of type 'Like'");
  activity = create(note());
  activity["object"]["type"] = "Video";
  CHECK(skipped(activity) == "of type 'Video'");
  activity["object"] = "https://old.example/1";
  CHECK(skipped(activity) == "the archive holds only its address");
  Json vote = note();
  vote.erase("content");
  vote.erase("contentMap");
  vote["name"] = "yes";
  CHECK(skipped(create(vote)) == "a vote in a poll");
}

TEST_CASE("A broken entry is refused and says why") {
  const auto message = [](Json activity, const char* pointer, const Json& value) {
    activity[Json::json_pointer(pointer)] = value;
    const auto item = decode_item(activity, ana());
    REQUIRE_FALSE(item);
    CHECK(item.error().kind == Kind::refused);
    return item.error().message;
  };
  Json activity = create(note());
  CHECK(message(activity, "/object/id", nullptr) == "an entry of the archive has no id");
  CHECK(message(activity, "/object/id", "x y").find("no id") != std::string::npos);
  CHECK(message(activity, "/object/published", "yesterday").find("time") != std::string::npos);
  CHECK(message(activity, "/object/published", "1989-01-01T00:00:00Z").find("time") !=
        std::string::npos);
  activity["published"] = 1;
  CHECK(message(activity, "/object/published", nullptr).find("when") != std::string::npos);
  activity = create(note());
  activity["object"].erase("contentMap");
  CHECK(message(activity, "/object/content", "").find("no content") != std::string::npos);
  CHECK_FALSE(decode_item(Json(), ana()));
  CHECK_FALSE(decode_item(Json::array(), ana()));
}

TEST_CASE("A boost keeps what it points at and who could see it") {
  Json activity{{"id", "https://old.example/users/ana/statuses/2/activity"},
                {"type", "Announce"},
                {"actor", kAna},
                {"published", "2018-01-01T00:00:00Z"},
                {"to", {kPublic}},
                {"cc", {kBo, kFollowers}},
                {"object", "https://b.example/users/bo/statuses/7"}};
  auto item = decode_item(activity, ana());
  REQUIRE(item);
  auto boost = std::get<ArchivedBoost>(*item);
  CHECK(boost.object == "https://b.example/users/bo/statuses/7");
  CHECK(boost.source_id == "https://old.example/users/ana/statuses/2/activity");
  CHECK(boost.visibility == Visibility::public_);
  activity["object"] = note();
  activity["object"]["to"] = {kFollowers};
  activity["object"]["cc"] = Json::array();
  item = decode_item(activity, ana());
  REQUIRE(item);
  CHECK(std::get<ArchivedBoost>(*item).visibility == Visibility::followers);
  activity["object"] = 1;
  CHECK_FALSE(decode_item(activity, ana()));
}

TEST_CASE("A poll becomes a post with its options as text") {
  Json poll = note();
  poll["type"] = "Question";
  poll["oneOf"] = {{{"type", "Note"}, {"name", "<b>yes</b>"}, {"replies", {{"totalItems", 3}}}},
                   {{"type", "Note"}, {"name", "no"}},
                   "nonsense"};
  CHECK(post_of(poll).html ==
        "<p>hello</p><ul><li>&lt;b&gt;yes&lt;/b&gt; (3)</li><li>no</li></ul>");
}

TEST_CASE("A post that is too long is cut with a note") {
  const auto cut = [](const std::string& content) {
    Json object = note();
    object["content"] = content;
    object.erase("contentMap");
    const std::string html = post_of(object).html;
    CHECK(Json(html).dump().size() <= (128 << 10) + 2);  // throws if cut within a character
    return html;
  };
  const std::string fits(128 << 10, 'x');
  CHECK(cut(fits) == fits);
  CHECK(cut(fits + "x").find("[This post was longer.") != std::string::npos);
  std::string letters, quotes, tags;
  for (int i = 0; i < 60'000; ++i) letters += "ż日";
  for (const char* start : {"", "a", "ab", "abc", "abcd"}) {
    CHECK(cut(start + letters).ends_with("imported.]</p>"));
  }
  CHECK(cut(std::string(100'000, '"')).size() > 60'000);
  while (tags.size() < 140'000) tags += "<br class=\"a rather long one\">";
  const std::string shorter = cut(tags);
  CHECK(shorter.find("one\"><p>[This post") != std::string::npos);
}

TEST_CASE("An item of a collection is an address, however it is written") {
  CHECK(decode_uri("https://a.example/1") == "https://a.example/1");
  CHECK(decode_uri({{"id", "https://a.example/3"}}) == "https://a.example/3");
  CHECK(decode_uri("no uri").empty());
  CHECK(decode_uri(2).empty());
}

TEST_CASE("A media file is looked for where archives of all years keep it") {
  using Paths = std::vector<std::string>;
  const std::string file = "media_attachments/files/109/1/original/a.jpg";
  CHECK(media_path_candidates(file) == Paths{file});
  CHECK(media_path_candidates("/" + file) == Paths{file});
  CHECK(media_path_candidates("//" + file) == Paths{file});
  CHECK(media_path_candidates("/system/" + file) == Paths{file, "system/" + file});
  CHECK(media_path_candidates("/bucket/" + file) == Paths{file, "bucket/" + file});
  CHECK(media_path_candidates("https://cdn.example/b/" + file + "?v=1#x") ==
        Paths{file, "b/" + file});
  CHECK(media_path_candidates("avatar.png") == Paths{"avatar.png"});
  CHECK(media_path_candidates("a%20b.png") == Paths{"a%20b.png", "a b.png"});
  for (const char* hostile :
       {"", "/", "..", "../a", "a/../b", "a//b", "a/./b", "a/", "%2e%2e/a/..", "C:\\a", "a\\b",
        "https://h", "a\nb", "https://h/..", "media_attachments/../../x"}) {
    INFO(hostile);
    CHECK(media_path_candidates(hostile).empty());
  }
  CHECK(media_path_candidates("%2e%2e/a") == Paths{"%2e%2e/a"});
  CHECK(media_path_candidates("a%2f..%2fb%00") == Paths{"a%2f..%2fb%00"});
  CHECK(media_path_candidates(std::string(600, 'a')).empty());
}
