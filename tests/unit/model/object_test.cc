// SPDX-License-Identifier: MIT
#include "model/object.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "unit/model/object_support.h"

using namespace camp;
using namespace camp::model;

namespace {

Json plain_note() { return make_note(maker_of(ana()), to_local(), {.content = "hello"}); }

/// A note with something changed before it gets its id and its proof.
template <class Change>
std::string changed_note(Change change) {
  Json json = plain_note();
  change(json);
  return file_of(std::move(json), maker_of(ana()));
}

/// The same file with something changed after it was sealed, in canonical form again.
template <class Change>
std::string tampered_note(Change change) {
  Json json = Json::parse(file_of(plain_note(), maker_of(ana())));
  change(json);
  return canonical_json(json).value();
}

Maker elsewhere(const OwnerId& member) {
  Maker maker = maker_of(member);
  maker.community = other_community();
  return maker;
}

}  // namespace

TEST_CASE("an object's id is the millisecond of its time and half the digest of its content") {
  const Object object = note_by(ana(), to_local());
  Json content = Json::parse(object.bytes);
  content.erase("id");
  content.erase("proof");
  const std::string digest = crypto::sha256(canonical_json(content).value());
  CHECK(object.id.object == ObjectId::make(kNow, digest));
  CHECK(object.id.object.text().size() == 36);
  CHECK(object.id.object.time_ms() == kNow);
  CHECK(object.id.text() == "camp:" + ana().text() + "/" + object.id.object.text());
}

TEST_CASE("the short id is the first seven digits of the digest part") {
  const ObjectId id = note_by(ana(), to_local()).id.object;
  CHECK(id.short_id() == id.text().substr(10, 7));
}

TEST_CASE("every reader recomputes the id") {
  const std::string wrong = "id that is not that of its content";
  SECTION("other words") {
    CHECK(contains(refusal(tampered_note([](Json& json) { json["content"] = "hallo"; })), wrong));
  }
  SECTION("another audience") {
    CHECK(contains(refusal(tampered_note([](Json& json) { json["audience"] = "as:Public"; })),
                   wrong));
  }
  SECTION("another community") {
    CHECK(contains(refusal(tampered_note(
                       [](Json& json) { json["camp:community"] = other_community().uri(); })),
                   wrong));
  }
  SECTION("an unknown member more") {
    CHECK(contains(refusal(tampered_note([](Json& json) { json["camp:new"] = "x"; })), wrong));
  }
  SECTION("the time moved in the id alone") {
    CHECK(contains(refusal(tampered_note([](Json& json) {
                     const auto id = FullId::parse(json["id"].get<std::string>()).value();
                     const std::string later = ObjectId::floor_at(kNow + 1).substr(0, 10);
                     json["id"] =
                         id.author.uri() + "/" + later + std::string(id.object.digest_part());
                   })),
                   wrong));
  }
}

TEST_CASE("an object says who made it in one way only") {
  CHECK(contains(refusal(tampered_note([](Json& json) { json["attributedTo"] = bo().uri(); })),
                 "made by another than its id says"));
  CHECK(contains(refusal(tampered_note([](Json& json) {
                   const auto id = FullId::parse(json["id"].get<std::string>()).value();
                   json["id"] = bo().uri() + "/" + id.object.text();
                 })),
                 "made by another than its id says"));
}

TEST_CASE("a nonce keeps equal words from having equal ids") {
  const Maker first = maker_of(ana(), kNow, 'n'), second = maker_of(ana(), kNow, 'm');
  const auto id_with = [](const Maker& maker) {
    return seal(make_note(maker, to_local(), {.content = "yes"}), maker, nullptr)->id;
  };
  CHECK(id_with(first) != id_with(second));
  // What an import derives from its source's id makes it idempotent.
  CHECK(id_with(first) == id_with(first));
}

TEST_CASE("an object without a nonce of 128 bits is refused") {
  CHECK(contains(refusal(changed_note([](Json& json) { json.erase("camp:nonce"); })), "nonce"));
  CHECK(contains(refusal(changed_note(
                     [](Json& json) { json["camp:nonce"] = to_base32(std::string(8, 'n')); })),
                 "nonce"));
}

TEST_CASE("only the canonical form is an object") {
  const std::string bytes = file_of(plain_note(), maker_of(ana()));
  REQUIRE(decode_object(bytes));
  SECTION("a space") { refusal("{ " + bytes.substr(1)); }
  SECTION("a newline at its end") { refusal(bytes + "\n"); }
  SECTION("indented") { refusal(Json::parse(bytes).dump(1)); }
  SECTION("members in another order") {
    const std::string type = R"(,"type":"Note")";
    REQUIRE(contains(bytes, type));
    std::string other = bytes;
    other.erase(other.find(type), type.size());
    refusal(R"({"type":"Note",)" + other.substr(1));
  }
  SECTION("a character escaped without need") {
    std::string other = bytes;
    other.replace(other.find("hello"), 5, "\\u0068ello");
    refusal(other);
  }
  SECTION("a member twice") {
    std::string other = bytes;
    other.insert(1, R"("@context":"x",)");
    refusal(other);
  }
  SECTION("a byte order mark") { refusal("\xEF\xBB\xBF" + bytes); }
}

TEST_CASE("bytes that are no record are refused") {
  for (const char* bytes : {"", "null", "[]", "\"x\"", "{}", "{", "1", "{\"type\":1}", "\xff"}) {
    refusal(bytes);
  }
  refusal(std::string(10'000, '['));
  refusal(std::string("{\"a\":\"\0\"}", 9));
  refusal(R"({"a":"\ud800"})");
  refusal(R"({"a":1e400})");
}

TEST_CASE("an object over the limits is refused") {
  const auto refuse = [](const NoteContent& content) {
    refusal(file_of(make_note(maker_of(ana()), to_local(), content), maker_of(ana())));
  };
  refuse({.content = std::string(129 << 10, 'x')});
  NoteContent many{.content = "x"};
  for (int i = 0; i < 2'000; ++i) many.tags.push_back({false, "#t" + std::to_string(i), ""});
  refuse(many);
  refusal(changed_note([](Json& json) {
    Json deep = 1;
    for (int i = 0; i < 20; ++i) deep = Json::array({deep});
    json["camp:deep"] = deep;
  }));
}

TEST_CASE("numbers with a fraction and integers beyond 2^53-1 are refused") {
  for (const char* number : {"1.5", "1e2", "1.0", "9007199254740992", "-9007199254740992",
                             "18446744073709551615", "-0.0"}) {
    std::string bytes = file_of(plain_note(), maker_of(ana()));
    bytes.insert(bytes.find(R"("camp:nonce")"), R"("camp:n":)" + std::string(number) + ",");
    INFO(number);
    refusal(bytes);
  }
  // Nor can one be made; 1.0 becomes the integer that it is.
  for (const Json& number : {Json(1.5), Json(9'007'199'254'740'992), Json(1e300)}) {
    Json json = plain_note();
    json["camp:n"] = number;
    const auto made = seal(json, maker_of(ana()), nullptr);
    INFO(number);
    CHECK((!made || !decode_object(made->bytes)));
  }
  const std::string largest =
      changed_note([](Json& json) { json["camp:n"] = 9'007'199'254'740'991; });
  CHECK(decode_object(largest));
}

TEST_CASE("unknown fields are kept and are part of what was signed") {
  const std::string bytes = changed_note([](Json& json) {
    json["camp:future"] = {{"list", {1, 2, 3}}, {"text", "ż"}};
  });
  const Object object = decoded(bytes);
  CHECK(object.bytes == bytes);
  CHECK(object.json->at("camp:future").at("text") == "ż");
  CHECK(verify_signature(object).value() == key_of(ana()).public_key());
}

TEST_CASE("unknown types are decoded as such and have a place") {
  const std::string bytes = changed_note([](Json& json) {
    json["type"] = "camp:Recipe";
    json["ingredients"] = {"beetroot"};
  });
  const Object object = decoded(bytes);
  CHECK(object.type == Type::other);
  CHECK(object.type_name == "camp:Recipe");
  CHECK(place_of(object).path == "23/10/" + object.id.object.text() + ".json");
  CHECK(verify_signature(object));
}

TEST_CASE("a signature is the author's key over the canonical object") {
  const Object object = note_by(ana(), to_public());
  CHECK(verify_signature(object).value() == key_of(ana()).public_key());
  SECTION("without a proof") {
    const Object bare = decoded(tampered_note([](Json& json) { json.erase("proof"); }));
    CHECK(verify_signature(bare).error().kind == Kind::refused);
  }
  SECTION("with another object's proof") {
    const Json other = Json::parse(note_by(ana(), to_public(), "something else").bytes);
    const Object mixed =
        decoded(tampered_note([&](Json& json) { json["proof"] = other["proof"]; }));
    CHECK_FALSE(verify_signature(mixed));
  }
  SECTION("by another's key: that key is told, and it is not the author's") {
    const Maker maker = maker_of(ana());
    const auto forger = key_of(bo());
    const auto forged = seal(make_note(maker, to_local(), {.content = "x"}), maker, &forger);
    CHECK(verify_signature(decoded(forged->bytes)).value() == key_of(bo()).public_key());
  }
}

TEST_CASE("no flipped bit leaves an object that decodes and verifies") {
  const std::string bytes = file_of(plain_note(), maker_of(ana()));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int bit : {0, 3, 5}) {
      std::string other = bytes;
      other[i] = static_cast<char>(other[i] ^ (1 << bit));
      const auto object = decode_object(other);
      INFO("byte " << i << " bit " << bit);
      REQUIRE((!object || !verify_signature(*object) ||
               verify_signature(*object).value() != key_of(ana()).public_key()));
    }
  }
}

TEST_CASE("published is the id's time, in one spelling, and not before 1990") {
  const auto with_time = [](const std::string& time) {
    return changed_note([&](Json& json) { json["published"] = time; });
  };
  for (const char* time : {"2026-11-23T10:00:00Z", "2026-11-23T11:00:00.000+01:00", "yesterday",
                           "2026-11-23 10:00:00.000Z", "2026-11-23T10:00:00.0001Z", ""}) {
    INFO(time);
    refusal(with_time(time));
  }
  const Maker early = maker_of(ana(), 631'151'999'999);
  CHECK(contains(refusal(file_of(make_note(early, to_local(), {.content = "x"}), early)),
                 "published"));
  const Maker earliest = maker_of(ana(), 631'152'000'000);
  CHECK(decode_object(file_of(make_note(earliest, to_local(), {.content = "x"}), earliest)));
}

TEST_CASE("repository and path are computed from the signed bytes") {
  const auto home = [](const Audience& audience) { return home_of(note_by(ana(), audience)); };
  CHECK(home(to_local()) == "local");
  CHECK(home(to_public()) == "public");
  CHECK(home({.reach = Reach::public_, .unlisted = true}) == "public");
  CHECK(home(to_neighborhood()) == "neighborhood/" + roster_id());
  CHECK(home(to_followers()) == "private/" + ana().text());
  CHECK(home(to_persons({bo()})) == "private/" + ana().text());
  const Object object = note_by(ana(), to_local());
  CHECK(place_of(object).branch == "e/2026-11");
  CHECK(place_of(object).path == "23/10/" + object.id.object.text() + ".json");
}

TEST_CASE("an object belongs in its own repository only, a letter with its readers too") {
  const Object local = note_by(ana(), to_local());
  CHECK(belongs_in(local, "local"));
  for (const std::string& name : {std::string("public"), "private/" + ana().text(),
                                  "neighborhood/" + roster_id(), std::string("")}) {
    CHECK_FALSE(belongs_in(local, name));
  }
  const Object letter = note_by(ana(), to_persons({bo()}));
  CHECK(belongs_in(letter, "private/" + ana().text()));
  CHECK(belongs_in(letter, "private/" + bo().text()));
  CHECK_FALSE(belongs_in(letter, "private/" + cy().text()));
  CHECK_FALSE(belongs_in(letter, "local"));
  CHECK_FALSE(belongs_in(letter, "public"));
  CHECK_FALSE(
      belongs_in(note_by(ana(), to_neighborhood()), "neighborhood/" + std::string(32, 'q')));
}

TEST_CASE("letters are unsigned and must be") {
  const Object letter = note_by(ana(), to_persons({bo()}));
  CHECK(letter.letter());
  CHECK_FALSE(letter.json->contains("proof"));
  CHECK(verify_signature(letter).error().kind == Kind::not_found);
  CHECK(note_by(ana(), to_followers()).letter());
  const Maker maker = maker_of(ana());
  SECTION("one with a signature is refused") {
    const Json json = make_note(maker, to_persons({bo()}), {.content = "evidence"});
    CHECK(verify_signature(decoded(file_of(json, maker))).error().kind == Kind::refused);
  }
  SECTION("an edit of one is one") {
    const Object edit = decoded(file_of(make_update(maker, letter, {.content = "y"}), maker, true));
    CHECK(edit.letter());
    CHECK(verify_signature(edit).error().kind == Kind::not_found);
  }
  SECTION("its tombstone and a follow are signed") {
    const Object tombstone = decoded(file_of(make_tombstone(maker, letter), maker));
    CHECK_FALSE(tombstone.letter());
    CHECK(verify_signature(tombstone));
    const Object follow = decoded(file_of(make_relation(maker, Type::follow, bo().uri()), maker));
    CHECK_FALSE(follow.letter());
    CHECK(verify_signature(follow));
    const Object bare =
        decoded(file_of(make_relation(maker, Type::follow, bo().uri()), maker, true));
    CHECK(verify_signature(bare).error().kind == Kind::refused);
  }
}

TEST_CASE("an object of another community counts only by an adoption of the same member") {
  const Maker there = elsewhere(ana());
  const Object foreign = decoded(file_of(make_note(there, to_local(), {.content = "x"}), there));
  const auto adoption = [](const Maker& maker, const FullId& listed) {
    return decoded(file_of(make_adoption(maker, to_local(), {listed}), maker));
  };
  CHECK_FALSE(counts_in(foreign, home_community(), {}));
  CHECK(counts_in(foreign, other_community(), {}));
  CHECK(counts_in(foreign, home_community(), {adoption(maker_of(ana()), foreign.id)}));
  CHECK_FALSE(counts_in(foreign, home_community(), {adoption(maker_of(bo()), foreign.id)}));
  CHECK_FALSE(counts_in(foreign, home_community(), {adoption(there, foreign.id)}));
  const FullId another = note_by(ana(), to_local()).id;
  CHECK_FALSE(counts_in(foreign, home_community(), {adoption(maker_of(ana()), another)}));
}

TEST_CASE("an adoption stands in main") {
  const Object adoption =
      decoded(file_of(make_adoption(maker_of(ana()), to_local(), {note_by(ana(), to_local()).id}),
                      maker_of(ana())));
  CHECK(is_adoption(adoption));
  CHECK(place_of(adoption).branch == "main");
  CHECK(place_of(adoption).path == "adoptions/" + adoption.id.object.text() + ".json");
  const Object bookmark = decoded(
      file_of(make_relation(maker_of(ana()), Type::add, adoption.id.text(), "camp:bookmarks"),
              maker_of(ana())));
  CHECK_FALSE(is_adoption(bookmark));
}

TEST_CASE("an edit is a complete version in its target's repository and month") {
  const Object original = note_by(ana(), to_local());
  const Maker later = maker_of(ana(), kNow + 40LL * 24 * 60 * 60 * 1000);
  const Object edit =
      decoded(file_of(make_update(later, original, {.content = "new", .summary = "s"}), later));
  CHECK(edit.type == Type::update);
  CHECK(edit.thing() == original.id.object);
  CHECK(edit.target == original.id);
  CHECK(edit.note.content == "new");
  CHECK(edit.audience == original.audience);
  CHECK(home_of(edit) == home_of(original));
  CHECK(place_of(edit).branch == "e/2026-11");
  CHECK(place_of(edit).path ==
        "23/10/" + original.id.object.text() + "." + edit.id.object.text() + ".json");
  const Object again = decoded(file_of(make_update(later, edit, {.content = "newer"}), later));
  CHECK(again.thing() == original.id.object);
}

TEST_CASE("an edit by another member, or of something that is no note, is refused") {
  const Object original = note_by(ana(), to_local());
  const Maker stranger = maker_of(bo());
  CHECK(contains(refusal(file_of(make_update(stranger, original, {.content = "x"}), stranger)),
                 "somebody else's"));
  const Maker maker = maker_of(ana());
  Json json = make_update(maker, original, {.content = "x"});
  json["object"]["type"] = "Person";
  CHECK(contains(refusal(file_of(json, maker)), "no Note"));
  json["object"] = original.id.text();
  refusal(file_of(json, maker));
}

TEST_CASE("a tombstone stands beside what it names, under its maker's name") {
  const Object original = note_by(ana(), to_persons({bo()}));
  const std::string id = original.id.object.text();
  const Object own = decoded(file_of(make_tombstone(maker_of(ana()), original), maker_of(ana())));
  CHECK(place_of(own).branch == "e/2026-11");
  CHECK(place_of(own).path == "t/" + id + "." + ana().text() + ".json");
  CHECK(home_of(own) == home_of(original));
  CHECK(own.audience == original.audience);
  CHECK(own.json->at("formerType") == "Note");
  SECTION("the community's stands where the member's object does") {
    const Maker community{home_community(), home_community(), kNow, std::string(16, 'n')};
    const Object removal = decoded(file_of(make_tombstone(community, original), community));
    CHECK(place_of(removal).path == "t/" + id + "." + home_community().text() + ".json");
    CHECK(home_of(removal) == "private/" + ana().text());
  }
  SECTION("of an edited post it names the post, not the edit") {
    const Object edit = decoded(
        file_of(make_update(maker_of(ana()), original, {.content = "y"}), maker_of(ana()), true));
    const Object late = decoded(file_of(make_tombstone(maker_of(ana()), edit), maker_of(ana())));
    CHECK(late.target == original.id);
    CHECK(late.json->at("formerType") == "Note");
  }
  SECTION("it names an object by its full id") {
    Json json = make_tombstone(maker_of(ana()), original);
    json["object"] = "https://example.org/1";
    refusal(file_of(json, maker_of(ana())));
    json.erase("object");
    refusal(file_of(json, maker_of(ana())));
  }
}

TEST_CASE("a reaction stands in its target's audience") {
  for (const Audience& audience : {to_local(), to_public(), to_neighborhood()}) {
    const Object target = note_by(ana(), audience);
    const Object like =
        decoded(file_of(make_reaction(maker_of(bo()), Type::like, target), maker_of(bo())));
    CHECK(like.audience == audience);
    CHECK(like.about == target.id.text());
    CHECK(home_of(like) == home_of(target));
    CHECK(place_of(like).path == "23/10/" + like.id.object.text() + ".json");
  }
  SECTION("of a letter, with its author among the readers") {
    const Object letter = note_by(ana(), to_persons({bo(), cy()}));
    const Object like =
        decoded(file_of(make_reaction(maker_of(bo()), Type::like, letter), maker_of(bo())));
    CHECK(like.audience.named == std::vector{ana().uri(), bo().uri(), cy().uri()});
    CHECK(belongs_in(like, "private/" + ana().text()));
    CHECK(belongs_in(like, "private/" + cy().text()));
    CHECK_FALSE(belongs_in(like, "local"));
  }
  SECTION("of an edited post, about the post") {
    const Object target = note_by(ana(), to_local());
    const Object edit =
        decoded(file_of(make_update(maker_of(ana()), target, {.content = "y"}), maker_of(ana())));
    CHECK(make_reaction(maker_of(bo()), Type::announce, edit)["object"] == target.id.text());
  }
}

TEST_CASE("follows, blocks and bookmarks are their maker's alone") {
  for (const Type type : {Type::follow, Type::block, Type::ignore, Type::add}) {
    const Json json =
        make_relation(maker_of(ana()), type, bo().uri(), type == Type::add ? "camp:bookmarks" : "");
    const Object object = decoded(file_of(json, maker_of(ana())));
    CHECK(home_of(object) == "private/" + ana().text());
    CHECK_FALSE(belongs_in(object, "private/" + bo().text()));
    CHECK(object.about == bo().uri());
  }
}

TEST_CASE("what a note says comes back as it went in") {
  const NoteContent said{.content = "**hi** @bo #garden",
                         .media_type = "text/markdown",
                         .summary = "greeting",
                         .language = "pl",
                         .sensitive = true,
                         .in_reply_to = "https://example.org/1",
                         .attachments = {{.sha256 = crypto::sha256_hex("x"),
                                          .media_type = "image/png",
                                          .name = "an x",
                                          .width = 3,
                                          .height = 2,
                                          .focus = Focus{-10'000, 2'500},
                                          .blurhash = "UBL_:rOpGG-oBUNG"}},
                         .tags = {{true, "@bo", bo().uri()}, {false, "#garden", ""}}};
  const Object object =
      decoded(file_of(make_note(maker_of(ana()), to_local(), said), maker_of(ana())));
  CHECK(object.note.content == said.content);
  CHECK(object.note.summary == said.summary);
  CHECK(object.note.language == said.language);
  CHECK(object.note.sensitive);
  CHECK(object.note.in_reply_to == said.in_reply_to);
  CHECK(object.note.attachments == said.attachments);
  REQUIRE(object.note.tags.size() == 2);
  CHECK(object.note.tags[0].href == bo().uri());
  CHECK_FALSE(object.note.tags[1].mention);
}

TEST_CASE("members of the wrong shape are refused") {
  const auto refuse = [](const char* member, const Json& value) {
    INFO(member << " " << value);
    refusal(changed_note([&](Json& json) { json[member] = value; }));
  };
  refuse("content", 1);
  refuse("summary", Json::array());
  refuse("attachment", "x");
  refuse("attachment", Json::array({"x"}));
  refuse("attachment",
         Json::array({Json{{"digestMultibase", "zabc"}, {"mediaType", "image/png"}}}));
  refuse("attachment", Json::array({Json{{"mediaType", "image/png"}}}));
  refuse("tag", Json::object());
  refuse("tag", Json::array({1}));
  refuse("type", Json::array({"Note"}));
  refuse("type", "");
  refuse("camp:community", "camp:short");
  refuse("audience", "as:public");
  refuse("to", "camp:everybody");
  for (const char* member : {"camp:community", "audience", "published", "attributedTo", "type"}) {
    INFO(member);
    refusal(changed_note([&](Json& json) { json.erase(member); }));
  }
}

TEST_CASE("statement 66: an attachment's focus lies in it, and its blurhash is one") {
  const auto with = [](const char* name, const Json& value) {
    return changed_note([&](Json& json) {
      const std::string digest = "\x12\x20" + std::string(32, 'd');
      json["attachment"] = {{{"digestMultibase", "z" + to_base58(digest)}, {name, value}}};
    });
  };
  const Attachment focused =
      decoded(with("camp:focus", Json::array({10'000, -10'000}))).note.attachments[0];
  CHECK(focused.focus == Focus{10'000, -10'000});
  CHECK_FALSE(decoded(with("name", "x")).note.attachments[0].focus);
  for (const Json& wrong : {Json::array({10'001, 0}), Json::array({0, -10'001}), Json::array({1}),
                            Json::array({1, 2, 3}), Json::array({"1", "2"}), Json("0,0"),
                            Json::array({1LL << 40, 0}), Json(7)}) {
    INFO(wrong);
    refusal(with("camp:focus", wrong));
  }
  CHECK(decoded(with("blurhash", "LKO2?U%2Tw=w")).note.attachments[0].blurhash == "LKO2?U%2Tw=w");
  for (const Json& wrong : {Json("LKO2?"), Json(std::string(101, 'L')), Json("LKO2?U 2Tw"),
                            Json("\"><script>"), Json(7)}) {
    INFO(wrong);
    refusal(with("blurhash", wrong));
  }
}

TEST_CASE("an attachment names the whole SHA-256 digest of a file, and sizes that can be") {
  const auto attached = [](const std::string& multihash, int width) {
    return changed_note([&](Json& json) {
      json["attachment"] = {{{"digestMultibase", "z" + to_base58(multihash)}, {"width", width}}};
    });
  };
  const std::string whole = "\x12\x20" + std::string(32, 'd');
  CHECK(decoded(attached(whole, 100'000)).note.attachments[0].sha256 ==
        to_hex(std::string(32, 'd')));
  refusal(attached(whole, 100'001));
  refusal(attached(whole, -1));
  refusal(attached(whole.substr(0, 33), 1));
  refusal(attached(whole + "d", 1));
  refusal(attached("\x11" + whole.substr(1), 1));
}
