// SPDX-License-Identifier: MIT
// Documents as other software writes them, and as somebody writes them who means harm.
#include "fed/foreign.h"

#include <random>

#include "base/text.h"
#include "fed/activity.h"
#include "fed/inbox.h"
#include "unit/fed/document_support.h"

using namespace camp;
using namespace camp::fed;
using model::Visibility;

namespace {

constexpr std::int64_t kNow = 1'795'514'400'000;

model::RemoteActor actor(const char* json) {
  return need(read_actor(need(parse_foreign(json)), {}));
}
model::RemotePost post(const char* json) {
  return need(read_post(need(parse_foreign(json)), {}, kNow));
}

}  // namespace

TEST_CASE("an actor as Mastodon writes them") {
  const auto read = actor(R"({
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1",
                 {"toot": "http://joinmastodon.org/ns#"}],
    "id": "https://m.example/users/ada", "type": "Person", "preferredUsername": "ada",
    "name": "Ada", "summary": "<p>Engines <script>x()</script></p>",
    "url": "https://m.example/@ada", "manuallyApprovesFollowers": true, "discoverable": true,
    "inbox": "https://m.example/users/ada/inbox", "outbox": "https://m.example/users/ada/outbox",
    "followers": "https://m.example/users/ada/followers",
    "endpoints": {"sharedInbox": "https://m.example/inbox"},
    "alsoKnownAs": ["https://old.example/users/ada"],
    "publicKey": {"id": "https://m.example/users/ada#main-key",
                  "owner": "https://m.example/users/ada", "publicKeyPem": "PEM"},
    "tag": [], "attachment": [{"type": "PropertyValue", "name": "x", "value": "y"}],
    "icon": {"type": "Image", "mediaType": "image/png", "url": "https://cdn.example/a.png"}})");
  CHECK(read.handle() == "@ada@m.example");
  CHECK(read.name == "Ada");
  CHECK(read.summary.find("script") == std::string::npos);
  CHECK(read.url == "https://m.example/@ada");
  CHECK(read.shared_inbox == "https://m.example/inbox");
  CHECK(read.locked);
  CHECK(read.aliases == std::vector<std::string>{"https://old.example/users/ada"});
  CHECK(read.keys ==
        std::vector<model::RemoteKey>{{"https://m.example/users/ada#main-key", "PEM"}});
  CHECK(read.icon == "https://cdn.example/a.png");
}

TEST_CASE("an actor as GoToSocial writes them: no shared inbox, a key at a path") {
  const auto read = actor(R"({
    "id": "https://g.example/users/gus", "type": "Person", "preferredUsername": "gus",
    "inbox": "https://g.example/users/gus/inbox", "url": "https://g.example/@gus",
    "icon": {"type": "Image", "url": {"type": "Link", "href": "https://g.example/i.png"}},
    "publicKey": {"id": "https://g.example/users/gus/main-key",
                  "owner": "https://g.example/users/gus", "publicKeyPem": "PEM"}})");
  CHECK(read.shared_inbox.empty());
  CHECK(read.keys.at(0).id == "https://g.example/users/gus/main-key");
  CHECK(read.icon == "https://g.example/i.png");
}

TEST_CASE("actors as Akkoma, Misskey, snac2 and Lemmy write them") {
  CHECK(actor(R"({"id": "https://a.example/users/kay", "type": "Person",
    "preferredUsername": "kay", "inbox": "https://a.example/users/kay/inbox",
    "alsoKnownAs": [], "capabilities": {"acceptsChatMessages": true}, "tag": [],
    "endpoints": {"oauthAuthorizationEndpoint": "https://a.example/oauth",
                  "sharedInbox": "https://a.example/inbox"}})")
            .shared_inbox == "https://a.example/inbox");
  const auto misskey = actor(R"({"id": "https://k.example/users/9abcdef", "type": "Person",
    "preferredUsername": "Mi_sa", "inbox": "https://k.example/users/9abcdef/inbox",
    "sharedInbox": "https://k.example/inbox", "name": null, "summary": null, "icon": null,
    "url": "https://k.example/@Mi_sa", "isCat": true, "movedTo": "https://n.example/users/x",
    "endpoints": {"sharedInbox": "https://k.example/inbox"}})");
  CHECK(misskey.handle() == "@Mi_sa@k.example");
  CHECK(misskey.name.empty());
  CHECK(misskey.moved_to == "https://n.example/users/x");
  CHECK(actor(R"({"id": "https://s.example/sam", "type": "Person", "preferredUsername": "sam",
    "inbox": "https://s.example/sam/inbox", "url": "https://s.example/sam",
    "endpoints": {"sharedInbox": "https://s.example/shared-inbox"},
    "publicKey": {"id": "https://s.example/sam#main-key", "owner": "https://s.example/sam",
                  "publicKeyPem": "PEM"}})")
            .keys.size() == 1);
  CHECK(actor(R"({"id": "https://l.example/c/cats", "type": "Group", "preferredUsername": "cats",
    "inbox": "https://l.example/c/cats/inbox", "attributedTo": "https://l.example/c/cats/moderators",
    "source": {"content": "x", "mediaType": "text/markdown"}})")
            .type == "Group");
}

TEST_CASE("a post as Mastodon writes it") {
  const auto read = post(R"({
    "id": "https://m.example/users/ada/statuses/1", "type": "Note", "summary": "food",
    "inReplyTo": "https://b.example/o/9", "published": "2026-11-24T09:00:00Z",
    "url": "https://m.example/@ada/1", "attributedTo": "https://m.example/users/ada",
    "to": ["https://www.w3.org/ns/activitystreams#Public"],
    "cc": ["https://m.example/users/ada/followers", "https://friend.camp/u/bo"],
    "sensitive": true, "conversation": "tag:m.example,2026:objectId=1:objectType=Conversation",
    "content": "<p>hi <span class=\"h-card\"><a href=\"https://friend.camp/u/bo\">@bo</a></span></p>",
    "contentMap": {"en": "<p>hi <span class=\"h-card\"><a href=\"https://friend.camp/u/bo\">@bo</a></span></p>"},
    "updated": "2026-11-24T09:30:00Z",
    "attachment": [{"type": "Document", "mediaType": "image/webp",
                    "url": "https://cdn.example/1.webp", "name": "a cake", "blurhash": "x",
                    "focalPoint": [0, 0], "width": 1, "height": 1}],
    "tag": [{"type": "Mention", "href": "https://friend.camp/u/bo", "name": "@bo@friend.camp"},
            {"type": "Hashtag", "href": "https://m.example/tags/cake", "name": "#Cake"},
            {"type": "Emoji", "name": ":blob:", "icon": {"type": "Image", "url":
             "https://cdn.example/b.png"}}],
    "replies": {"type": "Collection"}})");
  CHECK(read.visibility == Visibility::public_);
  CHECK(read.summary == "food");
  CHECK(read.sensitive);
  CHECK(read.language == "en");
  CHECK(read.edited_ms - read.published_ms == 30 * 60'000);
  CHECK(read.context == "tag:m.example,2026:objectId=1:objectType=Conversation");
  CHECK(read.attachments ==
        std::vector<model::RemoteMedia>{
            {"https://cdn.example/1.webp", "image/webp", "a cake", model::Focus{}, ""}});
  CHECK(read.tags == std::vector<std::string>{"cake"});
  CHECK(read.mentions == std::vector<std::string>{"https://friend.camp/u/bo"});
  CHECK(read.emojis.at(0).name == ":blob:");
  CHECK(read.recipients.size() == 2);
}

TEST_CASE("statement 66: what others say of a picture is kept if it can be") {
  const auto kept = [](const Json& focus, const Json& blurhash) {
    const Json post{{"id", "https://m.example/1"},
                    {"type", "Note"},
                    {"attributedTo", "https://m.example/users/ada"},
                    {"to", Json::array({"as:Public"})},
                    {"content", "<p>x</p>"},
                    {"attachment",
                     {{{"type", "Document"},
                       {"mediaType", "image/png"},
                       {"url", "https://m.example/1.png"},
                       {"focalPoint", focus},
                       {"blurhash", blurhash}}}}};
    const auto read = read_post(post, {}, kNow);
    REQUIRE(read);
    // It is kept as text, and read again.
    const auto again = model::remote_post_from(to_json(*read).dump());
    REQUIRE(again);
    CHECK(*again == *read);
    return read->attachments.at(0);
  };
  const model::RemoteMedia sound = kept({-1, 0.12345}, "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH");
  CHECK(sound.focus == model::Focus{-10'000, 1'235});
  CHECK(sound.blurhash == "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH");
  CHECK(kept(nullptr, "UBL_:rOpGG").blurhash == "UBL_:rOpGG");
  CHECK(kept({0, 0}, nullptr).focus == model::Focus{});
  for (const Json& wrong :
       {Json(nullptr), Json{1.01, 0}, Json{0, -1e300}, Json{"0", "0"}, Json::array({0}),
        Json{0, 0, 0}, Json("0,0"), Json{{"x", 0}, {"y", 0}}}) {
    INFO(wrong);
    CHECK_FALSE(kept(wrong, "").focus);
  }
  for (const Json& wrong : {Json(7), Json(std::string(101, 'x')), Json("a b c d"),
                            Json("<b>xx</b>"), Json(Json::array({"UBL_:rOpGG"}))}) {
    INFO(wrong);
    CHECK(kept({0, 0}, wrong).blurhash.empty());
  }
}

TEST_CASE("posts as GoToSocial, Akkoma, Misskey, snac2 and Lemmy write them") {
  const auto gus = post(R"({"id": "https://g.example/users/gus/statuses/1", "type": "Note",
    "attributedTo": "https://g.example/users/gus", "to": "https://g.example/users/gus/followers",
    "cc": [], "contentMap": {"de": "<p>hallo</p>"},
    "interactionPolicy": {"canLike": {"always": ["as:Public"]}},
    "attachment": {"type": "Image", "mediaType": "image/jpeg", "summary": "alt",
                   "url": "https://g.example/1.jpg"},
    "tag": {"type": "Hashtag", "name": "#One"}})");
  CHECK(gus.visibility == Visibility::followers);
  CHECK((gus.content == "<p>hallo</p>" && gus.language == "de"));
  CHECK(gus.attachments.at(0).name == "alt");
  CHECK(gus.tags == std::vector<std::string>{"one"});
  CHECK(gus.published_ms == kNow);
  const auto kay = post(R"({"id": "https://a.example/objects/1", "type": "Note",
    "actor": "https://a.example/users/kay", "attributedTo": "https://a.example/users/kay",
    "to": ["https://a.example/users/kay/followers"],
    "cc": ["https://www.w3.org/ns/activitystreams#Public"],
    "source": {"content": "x", "mediaType": "text/x.misskeymarkdown"}, "content": "x",
    "context": "https://a.example/contexts/1", "tag": ["plain", {"type": "Hashtag", "name": "#x"}]})");
  CHECK(kay.visibility == Visibility::unlisted);
  CHECK(kay.context == "https://a.example/contexts/1");
  const auto misa = post(R"({"id": "https://k.example/notes/1", "type": "Note",
    "attributedTo": "https://k.example/users/9abcdef", "summary": null, "content": "<p>x</p>",
    "_misskey_content": "x", "quoteUrl": "https://m.example/1", "_misskey_quote": "https://m.example/1",
    "to": ["as:Public"], "cc": [], "inReplyTo": null, "attachment": [], "sensitive": false,
    "tag": [{"id": null, "type": "Emoji", "name": ":x:", "icon": {"url": "https://k.example/x.png"}}]})");
  CHECK(misa.visibility == Visibility::public_);
  CHECK(misa.in_reply_to.empty());
  CHECK(misa.emojis.size() == 1);
  const auto sam = post(R"({"id": "https://s.example/sam/p/1", "type": "Note",
    "attributedTo": "https://s.example/sam", "to": "https://friend.camp/u/bo", "cc": "",
    "content": "hi", "context": "https://s.example/sam/p/1#ctxt", "url": ""})");
  CHECK(sam.visibility == Visibility::direct);
  CHECK(sam.url == sam.id);
  const auto lemmy = post(R"({"id": "https://l.example/post/1", "type": "Page",
    "attributedTo": "https://l.example/u/lou", "name": "Cats & <b>dogs</b>",
    "to": ["https://l.example/c/cats", "https://www.w3.org/ns/activitystreams#Public"],
    "content": "<p>look</p>", "audience": "https://l.example/c/cats",
    "attachment": [{"type": "Link", "href": "https://news.example/1"}]})");
  CHECK(lemmy.content.find("Cats &amp;") != std::string::npos);
  CHECK(lemmy.content.find("look") != std::string::npos);
}

TEST_CASE("E42: what is too much is left out") {
  Json json = Json::parse(R"({"id": "https://m.example/1", "type": "Note",
    "attributedTo": "https://m.example/users/ada", "content": "x"})");
  for (int i = 0; i < 2000; ++i) {
    const std::string n = std::to_string(i);
    json["to"].push_back("https://m.example/users/" + n);
    json["tag"].push_back({{"type", "Mention"}, {"href", "https://m.example/users/" + n}});
    json["tag"].push_back({{"type", "Hashtag"}, {"name", "#t" + n}});
    json["tag"].push_back(
        {{"type", "Emoji"}, {"name", ":" + n + ":"}, {"icon", {{"url", "https://m.example/e"}}}});
    json["attachment"].push_back({{"type", "Image"}, {"url", "https://m.example/" + n}});
  }
  const auto read = need(read_post(json, {}, kNow));
  CHECK(read.recipients.size() == kMaxRecipients);
  CHECK(read.mentions.size() == kMaxMentions);
  CHECK(read.tags.size() == kMaxTags);
  CHECK(read.attachments.size() == kMaxAttachments);
  CHECK(read.emojis.size() == 50);
}

TEST_CASE("times that nobody can have written stand for now") {
  Json json = Json::parse(R"({"id": "https://m.example/1", "type": "Note",
    "attributedTo": "https://m.example/users/ada", "content": "x"})");
  for (const char* time : {"9999-12-31T23:59:59Z", "2026-11-24T11:00:00Z", "soon", "", "-1",
                           "2026-13-45T00:00:00Z", "99999999999999-01-01T00:00:00Z"}) {
    json["published"] = time;
    json["updated"] = time;
    const auto read = need(read_post(json, {}, kNow));
    INFO(time);
    CHECK(read.published_ms == kNow);
    CHECK(read.edited_ms == 0);
  }
  for (const char* time : {"0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z"}) {
    json["published"] = time;
    const auto read = need(read_post(json, {}, kNow));
    CHECK_FALSE(model::local_id(read).text().empty());
    CHECK(need(model::remote_post_from(model::to_json(read).dump())) == read);
  }
}

// ---------------------------------------------------------------------------------------------
// 1,000 and more documents: each member of each shape takes each value that may do harm.

namespace {

const std::string kAda = "https://m.example/users/ada";

std::vector<Json> hostile_values() {
  std::vector<Json> values{nullptr,
                           true,
                           7,
                           -1,
                           1.5,
                           Json::array(),
                           Json::object(),
                           "",
                           " ",
                           "javascript:alert(1)",
                           "data:text/html,x",
                           "file:///etc/passwd",
                           "http://127.0.0.1/x",
                           "https://127.0.0.1/x",
                           "https://[::1]/x",
                           "https://10.0.0.1/x",
                           "https://2130706433/x",
                           "https://evil.example/users/ada",
                           "https://m.example.evil.example/users/ada",
                           "https://m.example@evil.example/users/ada",
                           "https://m.example:8443/users/ada",
                           "//m.example/users/ada",
                           "https://m.example/../../keys",
                           "https://m.example/users/%2e%2e/x",
                           "https://M.EXAMPLE/users/ada",
                           "HTTPS://m.example/users/ada",
                           "https://m.example\\@evil.example/",
                           "../../etc/passwd",
                           "as:Public",
                           std::string("a\0b", 3),
                           "\x1b[2J\x1b]0;x\x07",
                           "\xE2\x80\xAE"
                           "abc",
                           std::string(100'000, 'x'),
                           "https://m.example/" + std::string(5000, 'a'),
                           "<img src=x onerror=alert(1)>",
                           "<svg/onload=alert(1)>",
                           "<script>alert(1)</script>",
                           "<style>*{position:fixed}</style>",
                           "<a href=\"javascript:x\">y</a>",
                           "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
                           Json::array({nullptr, 7, "x"}),
                           Json{{"id", kAda}},
                           Json{{"id", 7}},
                           Json{{"@id", kAda}},
                           Json::array({Json::array({kAda})}),
                           Json{{"type", "Link"}, {"href", "javascript:x"}}};
  Json deep = "x";
  for (int i = 0; i < 25; ++i) deep = Json::array({deep});
  values.push_back(deep);
  return values;
}

Json template_actor() {
  return Json::parse(R"({"id": "https://m.example/users/ada", "type": "Person",
    "preferredUsername": "ada", "name": "Ada", "summary": "<p>x</p>",
    "url": "https://m.example/@ada", "inbox": "https://m.example/users/ada/inbox",
    "outbox": "https://m.example/users/ada/outbox",
    "followers": "https://m.example/users/ada/followers",
    "endpoints": {"sharedInbox": "https://m.example/inbox"}, "alsoKnownAs": ["https://o.example/a"],
    "movedTo": "https://n.example/a", "manuallyApprovesFollowers": false,
    "icon": {"type": "Image", "url": "https://m.example/a.png"},
    "assertionMethod": [{"id": "https://m.example/users/ada#e", "type": "Multikey",
      "controller": "https://m.example/users/ada", "publicKeyMultibase": "z6Mk"}],
    "publicKey": {"id": "https://m.example/users/ada#main-key",
      "owner": "https://m.example/users/ada", "publicKeyPem": "PEM"}})");
}

Json template_note() {
  return Json::parse(R"({"id": "https://m.example/users/ada/1", "type": "Note",
    "attributedTo": "https://m.example/users/ada", "to": ["as:Public"],
    "cc": ["https://m.example/users/ada/followers", "https://friend.camp/u/ana"],
    "content": "<p>x</p>", "contentMap": {"en": "<p>x</p>"}, "summary": "cw", "name": "title",
    "inReplyTo": "https://m.example/2", "published": "2026-11-24T09:00:00Z",
    "updated": "2026-11-24T09:01:00Z", "url": "https://m.example/@ada/1", "context": "c",
    "conversation": "d", "sensitive": false,
    "attachment": [{"type": "Document", "mediaType": "image/png", "name": "alt",
      "summary": "alt", "url": "https://m.example/1.png"}],
    "tag": [{"type": "Mention", "href": "https://friend.camp/u/ana", "name": "@ana"},
      {"type": "Hashtag", "name": "#x"},
      {"type": "Emoji", "name": ":x:", "icon": {"url": "https://m.example/x.png"}}]})");
}

Json template_activity(const char* type) {
  return {{"id", "https://m.example/users/ada/acts/1"},
          {"type", type},
          {"actor", kAda},
          {"object", template_note()},
          {"target", "https://n.example/a"},
          {"content", "words"},
          {"to", Json::array({"as:Public"})}};
}

/// Every place of a document, as JSON pointers.
void places(const Json& json, const std::string& at, std::vector<std::string>& all) {
  if (!at.empty()) all.push_back(at);
  if (!json.is_structured()) return;
  for (const auto& [name, value] : json.items()) places(value, at + "/" + name, all);
}

std::string origin_of(const std::string& url) { return host_of(url, {}); }

bool inert(const std::string& html) {
  for (const char* bad : {"<script", "<style", "<svg", "<math", "<img", "onerror", "onload",
                          "javascript:", "data:", "<iframe"}) {
    const std::size_t at = html.find(bad);
    // Escaped or as words they may stand; as markup not.
    if (at != std::string::npos && bad[0] == '<') return false;
    if (at != std::string::npos && html.find("=\"" + std::string(bad)) != std::string::npos) {
      return false;
    }
  }
  return true;
}

void must_be_sound(const model::RemoteActor& actor) {
  CHECK_FALSE(origin_of(actor.id).empty());
  CHECK(origin_of(actor.inbox) == origin_of(actor.id));
  CHECK(origin_of(actor.url) == origin_of(actor.id));
  CHECK((actor.shared_inbox.empty() || origin_of(actor.shared_inbox) == origin_of(actor.id)));
  CHECK(is_user_name(actor.user));
  CHECK(inert(actor.summary));
  for (const auto* keys : {&actor.keys, &actor.multikeys}) {
    for (const auto& key : *keys) CHECK(origin_of(key.id) == origin_of(actor.id));
  }
  CHECK((actor.icon.empty() || !origin_of(actor.icon).empty()));
  CHECK(need(model::remote_actor_from(model::to_json(actor).dump())) == actor);
}

void must_be_sound(const model::RemotePost& post) {
  CHECK_FALSE(origin_of(post.id).empty());
  CHECK(origin_of(post.actor) == origin_of(post.id));
  CHECK(origin_of(post.url) == origin_of(post.id));
  CHECK(inert(post.content));
  CHECK(post.published_ms <= kNow + 600'000);
  for (const auto& media : post.attachments) {
    CHECK_FALSE(origin_of(media.url).empty());
    CHECK(media.media_type.size() <= 100);
  }
  CHECK(need(model::remote_post_from(model::to_json(post).dump())) == post);
  CHECK_FALSE(model::local_id(post).text().empty());
}

/// Whatever is decided, nothing of anybody but the actor changes.
void must_be_theirs(const Decision& decision, const std::string& actor) {
  for (const Effect& effect : decision.effects) {
    if (const auto* e = std::get_if<KeepPost>(&effect)) {
      CHECK(e->post.actor == actor);
      must_be_sound(e->post);
    }
    if (const auto* e = std::get_if<KeepActor>(&effect)) CHECK(e->actor.id == actor);
    if (const auto* e = std::get_if<ForgetActor>(&effect)) CHECK(e->actor == actor);
    if (const auto* e = std::get_if<AddFollower>(&effect)) {
      CHECK(e->follower.id == actor);
      CHECK(encode_follower(e->follower).has_value());
    }
    if (const auto* e = std::get_if<KeepReaction>(&effect)) CHECK(e->reaction.actor == actor);
    if (const auto* e = std::get_if<DropPost>(&effect)) {
      CHECK(e->actor == actor);
      CHECK(origin_of(e->uri) == origin_of(actor));
    }
    if (const auto* e = std::get_if<KeepReport>(&effect))
      CHECK(valid_utf8(e->content) == e->content);
  }
}

std::size_t judge_activity(const Json& json) {
  const auto activity = read_activity(json, {});
  if (!activity) return 0;
  CHECK(origin_of(activity->id) == origin_of(activity->actor));
  CHECK(activity->type.size() <= 100);
  Facts facts;
  facts.now_ms = kNow;
  facts.actor = {.id = activity->actor,
                 .user = "ada",
                 .host = origin_of(activity->actor),
                 .inbox = "https://m.example/users/ada/inbox"};
  facts.member = ConcernedMember{.id = model::ana(), .handle = "ana"};
  facts.followed_here = true;
  facts.ours = true;
  facts.addressed = {*facts.member};
  facts.followers_here = {{.member = "m", .actor = activity->actor}};
  facts.following = index::Following{.member = "m", .actor = activity->actor};
  must_be_theirs(decide(*activity, facts, friend_camp()), activity->actor);
  return 1;
}

}  // namespace

TEST_CASE("more than a thousand hostile documents: none is taken that must not be") {
  const std::vector<Json> values = hostile_values();
  std::size_t documents = 0, taken = 0;
  const auto each = [&](const Json& whole, const std::function<void(const Json&)>& judge) {
    std::vector<std::string> all;
    places(whole, "", all);
    for (const std::string& place : all) {
      for (const Json& value : values) {
        Json changed = whole;
        changed[Json::json_pointer(place)] = value;
        ++documents;
        INFO(place << " = "
                   << value.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 200));
        judge(changed);
      }
      Json without = whole;
      const Json::json_pointer pointer(place);
      Json& parent = without[pointer.parent_pointer()];
      if (parent.is_object()) parent.erase(pointer.back());
      ++documents;
      judge(without);
    }
  };
  each(template_actor(), [&](const Json& json) {
    const auto read = read_actor(json, {});
    if (!read) return;
    ++taken;
    must_be_sound(*read);
  });
  each(template_note(), [&](const Json& json) {
    const auto read = read_post(json, {}, kNow);
    if (!read) return;
    ++taken;
    must_be_sound(*read);
  });
  for (const char* type : {"Create", "Update", "Delete", "Follow", "Undo", "Announce", "Like",
                           "Move", "Flag", "Accept"}) {
    each(template_activity(type), [&](const Json& json) { taken += judge_activity(json); });
  }
  CHECK(documents > 5000);
  CHECK(taken > 1000);  // most only do no harm
}

TEST_CASE("E28 and E29: JSON that two readers could read differently is refused at once") {
  const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
  for (const std::string& text :
       {std::string(R"({"actor":"a","actor":"b"})"), "{\"x\":" + deep + "}",
        std::string(R"({"x":1e400})"), std::string(R"({"x":"\ud800"})"),
        std::string("{\"x\":\"\\u0000\"}"), std::string("\xEF\xBB\xBF{}"), std::string("[]"),
        std::string("\"x\""), std::string(), std::string("{\"x\":\"\xC0\x80\"}"),
        std::string("{}{}")}) {
    INFO(text.substr(0, 60));
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(parse_foreign(text));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(500));
  }
}
