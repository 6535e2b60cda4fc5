// SPDX-License-Identifier: MIT
// Posts as Notes: whom they name, whom they are for, and what they never tell.
#include "fed/note_document.h"

#include "fed/links.h"
#include "unit/fed/document_support.h"

using namespace camp;
using namespace camp::fed;
using model::Audience;
using model::NoteContent;
using model::People;
using model::Reach;

namespace {

const std::string kFollowersOfBo = "https://friend.camp/u/bo/followers";
const std::string kSha(64, 'a');

/// A post that has everything.
NoteContent everything() {
  return {.content = "Look, @ana and @zoe@example.org: *beans* in my #Garden!",
          .summary = "vegetables",
          .language = "en",
          .in_reply_to = "https://example.org/posts/7",
          .attachments = {{kSha, "image/jpeg", "a row of beans", 640, 480,
                           model::Focus{-2'500, 10'000}, "UBL_:rOpGG-oBUNG"}},
          .tags = {{true, "@ana", model::ana().uri()},
                   {true, "@zoe@example.org", "acct:zoe@example.org"},
                   {false, "#garden", ""}}};
}

Json public_note(const NoteContent& content, const Audience& audience = model::to_public()) {
  return need(note_document(test_rendering(), for_anyone(bos_post(content, audience))));
}

Audience to_zoe_and(std::vector<std::string> others = {}) {
  others.push_back(kZoe);
  std::sort(others.begin(), others.end());
  return {.reach = Reach::public_, .people = People::named, .named = others};
}

Json letter(const NoteContent& content, const Audience& audience,
            store::Tie tie = store::Tie::none) {
  return need(note_document(test_rendering(), for_zoe(bos_post(content, audience), tie)));
}

}  // namespace

TEST_CASE("a public post reads like this") {
  check_golden("note-public.json", public_note(everything()));
}

TEST_CASE("a letter reads like this") {
  NoteContent content{.content = "only you, @zoe@example.org",
                      .tags = {{true, "@zoe@example.org", kZoe}}};
  check_golden("note-direct.json", letter(content, to_zoe_and()));
}

TEST_CASE("an edited post keeps its id and tells when it changed") {
  const model::Object original = bos_post({.content = "helo"});
  const model::Maker later = model::maker_of(model::bo(), model::kNow + 60'000);
  const model::Object edit = model::decoded(
      model::file_of(model::make_update(later, original, {.content = "hello"}), later));
  const Json note = need(note_document(test_rendering(), for_anyone(edit)));
  CHECK(note.at("id") == friend_camp().object(original.id.object));
  CHECK(note.at("content") == "<p>hello</p>");
  CHECK(note.at("published") == "2026-11-23T10:00:00.000Z");
  CHECK(note.at("updated") == "2026-11-23T10:01:00.000Z");
  CHECK_FALSE(public_note({.content = "x"}).contains("updated"));
}

TEST_CASE("AP 38: each audience has its own to and cc") {
  const NoteContent words{.content = "hello"};
  const auto addresses = [](const Json& note) {
    return std::pair(note.at("to").get<std::vector<std::string>>(),
                     note.at("cc").get<std::vector<std::string>>());
  };
  using Lists = std::pair<std::vector<std::string>, std::vector<std::string>>;
  CHECK(addresses(public_note(words)) == Lists{{kPublic}, {kFollowersOfBo}});
  CHECK(addresses(public_note(words, {.reach = Reach::public_, .unlisted = true})) ==
        Lists{{kFollowersOfBo}, {kPublic}});
  CHECK(addresses(letter(words, model::to_followers(), store::Tie::follower)) ==
        Lists{{kFollowersOfBo}, {}});
  CHECK(addresses(letter(words, {.reach = Reach::public_, .people = People::mutuals},
                         store::Tie::mutual)) == Lists{{kZoe}, {}});
  CHECK(addresses(letter(words, to_zoe_and({model::ana().uri()}))) ==
        Lists{{"https://friend.camp/u/ana", kZoe}, {}});
}

TEST_CASE("AP 39: what is for some has Public nowhere") {
  for (const Json& note :
       {letter(everything(), model::to_followers(), store::Tie::follower),
        letter(everything(), {.reach = Reach::public_, .people = People::mutuals},
               store::Tie::mutual),
        letter(everything(), to_zoe_and())}) {
    CHECK(note.dump().find("#Public") == std::string::npos);
    CHECK_FALSE(note.contains("replies"));
  }
}

TEST_CASE("AP 52: a mention is a tag and an address") {
  const Json note = public_note(everything());
  CHECK(holds(note.at("cc"), kZoe));
  CHECK(holds(note.at("cc"), "https://friend.camp/u/ana"));
  CHECK(holds(note.at("tag"), "") == false);
  CHECK(note.at("tag")[1] ==
        Json{{"type", "Mention"}, {"href", kZoe}, {"name", "@zoe@example.org"}});
}

TEST_CASE("AP 52: whom a letter only talks about is no tag in it") {
  NoteContent about{.content = "did you hear of @ana?",
                    .tags = {{true, "@ana", model::ana().uri()}}};
  for (const Json& note :
       {letter(about, to_zoe_and()), letter(about, model::to_followers(), store::Tie::follower)}) {
    CHECK(note.at("tag").empty());
    CHECK_FALSE(holds(note.at("cc"), "https://friend.camp/u/ana"));
  }
  Rendering how = test_rendering();
  how.is_addressed = [](const std::string& actor) { return actor == friend_camp().actor("ana"); };
  const Json for_follower = need(
      note_document(how, for_zoe(bos_post(about, model::to_followers()), store::Tie::follower)));
  CHECK(for_follower.at("tag").size() == 1);
  CHECK(holds(for_follower.at("cc"), "https://friend.camp/u/ana"));
}

TEST_CASE("a mention of whom nobody knows stays a word") {
  const Json note =
      public_note({.content = "hi @who@nowhere.example",
                   .tags = {{true, "@who@nowhere.example", "acct:who@nowhere.example"}}});
  CHECK(note.at("content") == "<p>hi @who@nowhere.example</p>");
  CHECK(note.at("tag").empty());
}

TEST_CASE("AP 66: warning, pictures and tags are there") {
  const Json note = public_note(everything());
  CHECK(note.at("summary") == "vegetables");
  CHECK(note.at("sensitive") == true);
  CHECK(note.at("attachment") ==
        Json::array({{{"type", "Document"},
                      {"mediaType", "image/jpeg"},
                      {"url", "https://friend.camp/media/" + kSha + ".jpg"},
                      {"name", "a row of beans"},
                      {"summary", "a row of beans"},
                      {"width", 640},
                      {"height", 480},
                      {"focalPoint", {-0.25, 1.0}},
                      {"blurhash", "UBL_:rOpGG-oBUNG"}}}));
  CHECK(note.at("tag")[2] ==
        Json{{"type", "Hashtag"}, {"href", "https://friend.camp/t/garden"}, {"name", "#garden"}});
  CHECK(note.at("contentMap").at("en") == note.at("content"));
  const Json plain = public_note({.content = "x", .sensitive = true});
  CHECK(plain.at("sensitive") == true);
  CHECK_FALSE(plain.contains("summary"));
  CHECK(public_note({.content = "x"}).at("sensitive") == false);
}

TEST_CASE("statement 66: what nobody said of a picture is not sent, and the terms are explained") {
  NoteContent plain{.content = "x", .attachments = {{kSha, "image/png", "", 1, 1}}};
  Json note = public_note(plain);
  CHECK_FALSE(note.at("attachment")[0].contains("focalPoint"));
  CHECK_FALSE(note.at("attachment")[0].contains("blurhash"));
  plain.attachments[0].focus = model::Focus{};
  note = public_note(plain);
  CHECK(note.at("attachment")[0].at("focalPoint") == Json::array({0.0, 0.0}));
  CHECK(note.at("@context")[2].at("focalPoint") ==
        Json{{"@id", "toot:focalPoint"}, {"@container", "@list"}});
  CHECK(note.at("@context")[2].at("blurhash") == "toot:blurhash");
  // Another server reads what we kept as we keep what it says.
  plain.attachments[0].focus = model::Focus{3'333, -1};
  note = public_note(plain);
  CHECK(model::focus_from(Json::parse(note.dump()).at("attachment")[0].at("focalPoint")) ==
        plain.attachments[0].focus);
}

TEST_CASE("AP 71: the one policy told is kept") {
  const NoteContent words{.content = "hello"};
  const auto may_quote = [](const Json& note) {
    CHECK(note.at("interactionPolicy").size() == 1);
    return note.at("interactionPolicy").at("canQuote").at("automaticApproval");
  };
  const Json author = Json::array({"https://friend.camp/u/bo"});
  CHECK(may_quote(public_note(words)) == author);
  Rendering how = test_rendering();
  how.quotes = Quotes::anyone;
  CHECK(may_quote(need(note_document(how, for_anyone(bos_post(words))))) == Json::array({kPublic}));
  CHECK(may_quote(need(note_document(how, for_zoe(bos_post(words, to_zoe_and()))))) == author);
}

TEST_CASE("AP 72: a reply has its parent's conversation, a beginning its own") {
  const Json reply = public_note(everything());
  CHECK(reply.at("inReplyTo") == "https://example.org/posts/7");
  CHECK(reply.at("context") == "https://example.org/contexts/1");
  CHECK(reply.at("conversation") == "tag:example.org,2026:conversation:1");
  CHECK(reply.at("replies") == reply.at("id").get<std::string>() + "/replies");
  const Json first = public_note({.content = "x"});
  CHECK(first.at("context") == first.at("id").get<std::string>() + "/context");
  CHECK(first.at("conversation") == first.at("context"));
  const model::Object parent = model::note_by(model::ana(), model::to_public(), "parent");
  const Json ours = public_note({.content = "x", .in_reply_to = parent.id.text()});
  CHECK(ours.at("inReplyTo") == friend_camp().object(parent.id.object));
  CHECK(ours.at("context") == friend_camp().context(parent.id.object));
}

TEST_CASE("a parent that the reader may not know of is not named") {
  Names blind = test_names();
  blind.object = [](const std::string&) { return std::optional<Reference>(); };
  const Rendering how{friend_camp(), blind};
  const model::Object parent = model::note_by(model::ana(), model::to_local(), "secret");
  const model::Object post =
      bos_post({.content = "x", .in_reply_to = parent.id.text()}, to_zoe_and());
  const Json note = need(note_document(how, for_zoe(post)));
  CHECK_FALSE(note.contains("inReplyTo"));
  CHECK(note.dump().find(parent.id.object.text()) == std::string::npos);
}

TEST_CASE("a Note is made of posts, by members") {
  const model::Maker maker = model::maker_of(model::bo());
  const model::Object post = bos_post({.content = "x"});
  const model::Object like =
      model::decoded(model::file_of(model::make_reaction(maker, model::Type::like, post), maker));
  const auto refused = note_document(test_rendering(), for_anyone(like));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Kind::refused);
  Names nobody = test_names();
  nobody.person = [](const std::string&) { return std::optional<Person>(); };
  const auto unknown = note_document({friend_camp(), nobody}, for_anyone(post));
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().kind == Kind::not_found);
}

TEST_CASE("AP 40: no remote reader can hold a local or neighborhood post to render") {
  for (const Audience& audience : {model::to_local(), model::to_neighborhood(),
                                   Audience{.people = People::named, .named = {kZoe}},
                                   Audience{.people = People::followers}}) {
    const model::Object post = bos_post({.content = "ours"}, audience);
    CHECK_FALSE(store::Gate::release(post, store::Anyone{}));
    for (const store::Tie tie : {store::Tie::none, store::Tie::follower, store::Tie::mutual}) {
      CHECK_FALSE(store::Gate::release(post, store::Addressed{kZoe, tie}));
    }
  }
}

TEST_CASE("names become links where they stand as words") {
  const NameLinks links{{{"@bo", "https://x/bo"}, {"@zoe@example.org", "https://y/zoe?a&b"}},
                        {{"garden", "https://x/t/garden"}}};
  const auto link = [&](const std::string& html) { return link_names(html, links); };
  const std::string bo =
      "<a href=\"https://x/bo\" class=\"mention\" rel=\"nofollow noopener\">@bo</a>";
  const std::string tag =
      "<a href=\"https://x/t/garden\" class=\"mention hashtag\" rel=\"nofollow noopener\">";
  CHECK(link("<p>@bo, (@bo) <em>@bo</em></p>") ==
        "<p>" + bo + ", (" + bo + ") <em>" + bo + "</em></p>");
  CHECK(link("<p>@Zoe@Example.org.</p>") ==
        "<p><a href=\"https://y/zoe?a&amp;b\" class=\"mention\" rel=\"nofollow "
        "noopener\">@Zoe@Example.org</a>.</p>");
  CHECK(link("#GARDEN &amp; #garden") == tag + "#GARDEN</a> &amp; " + tag + "#garden</a>");
  for (const char* same :
       {"<p>mail a@bo</p>", "<p>@bob @bo_</p>", "<a href=\"https://x/@bo\">@bo</a>",
        "<code>@bo</code>", "<pre><code>#garden</code></pre>",
        "<p>x#garden &#35;garden ##garden</p>", "<p>#gardens</p>", "<p>@</p>", "<p>#</p>", "", "<",
        "@zoe"}) {
    INFO(same);
    CHECK(link(same) == same);
  }
  CHECK(link("<p>@bo@other.example</p>") == "<p>@bo@other.example</p>");
  CHECK(link("@bo@ home") == bo + "@ home");
}

TEST_CASE("an address from elsewhere cannot leave its attribute") {
  const NameLinks links{{{"@bo", "https://x/\"><script>"}}, {}};
  const std::string html = link_names("@bo", links);
  CHECK(html.find("<script") == std::string::npos);
  CHECK(html.find("x/\"") == std::string::npos);
}
