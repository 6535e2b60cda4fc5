// SPDX-License-Identifier: MIT
#include "fed/home_lines.h"

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "catch.h"
#include "fed/home.h"
#include "fed/submission.h"

using namespace camp;
using namespace camp::fed;

namespace {

Site home() { return Site::make("friend.camp").value(); }

model::RemoteActor fred() {
  model::RemoteActor actor;
  actor.id = "https://there.example/users/fred";
  actor.user = "fred";
  actor.host = "there.example";
  actor.name = "Fred";
  actor.inbox = actor.id + "/inbox";
  actor.keys = {{actor.id + "#main-key", "PEM"}};
  return actor;
}

model::RemotePost news() {
  model::RemotePost post;
  post.id = "https://there.example/notes/1";
  post.actor = fred().id;
  post.url = post.id;
  post.content = "<p>news</p>";
  post.visibility = model::Visibility::public_;
  post.published_ms = 1'795'428'000'000;
  post.tags = {"soup"};
  post.mentions = {"https://friend.camp/u/bo"};
  post.recipients = {"https://friend.camp/u/bo"};
  return post;
}

Result<HomeRecord> read(const Json& json) { return decode_home_record(json.dump(), home()); }

/// Why a record is refused; empty if it is not.
std::string why_not(const Json& json) {
  const auto record = read(json);
  if (record) return {};
  CHECK(record.error().kind == Kind::refused);
  return record.error().message;
}

Json as_json(const HomeRecord& record) { return Json::parse(encode_home_record(record)); }

const index::Reaction kLike{.activity = "https://there.example/likes/1",
                            .kind = index::ReactionKind::like,
                            .actor = "https://there.example/users/fred",
                            .object = "https://friend.camp/o/abc",
                            .at_ms = 7};
const index::Notice kNotice{.number = 9,
                            .member = "somebody",
                            .kind = index::NoticeKind::follow,
                            .actor = "https://there.example/users/fred",
                            .object = "",
                            .at_ms = 7,
                            .read = true};

}  // namespace

TEST_CASE("a record is read as it was written", "[fed]") {
  const index::Following following{.member = "x",
                                   .actor = fred().id,
                                   .activity = "https://friend.camp/o/abc",
                                   .state = index::FollowState::refused,
                                   .since_ms = 3};
  const index::FollowRequest request{
      .member = "x", .actor = fred().id, .activity = fred().id + "#follows/1", .since_ms = 4};
  for (const HomeRecord& record :
       std::vector<HomeRecord>{fred(), news(), kLike, following, request, kNotice, ReadUpTo{12}}) {
    const std::string text = encode_home_record(record);
    INFO(text);
    const auto back = decode_home_record(text, home());
    REQUIRE(back);
    CHECK(back->index() == record.index());
    CHECK(home_name(*back) == home_name(record));
    // Of a person and a notice only what a clone shows comes across; the rest is whole.
    if (!std::holds_alternative<model::RemoteActor>(record)) {
      CHECK(encode_home_record(*back) == text);
    }
  }
  const auto actor = std::get<model::RemoteActor>(read(as_json(fred())).value());
  CHECK(actor.handle() == "@fred@there.example");
  CHECK((actor.keys.empty() && actor.inbox.empty()));
  CHECK(std::get<index::Notice>(read(as_json(kNotice)).value()).member.empty());
  CHECK(std::get<model::RemotePost>(read(as_json(news())).value()).recipients == news().recipients);
}

TEST_CASE("an origin can only say what people elsewhere are and wrote", "[fed]") {
  CHECK(why_not(as_json(news())).empty());
  Json post = as_json(news());
  post["post"]["id"] = "https://friend.camp/o/abc";
  post["post"]["actor"] = "https://friend.camp/u/ana";
  CHECK(why_not(post) == "something of the community itself");
  post = as_json(news());
  post["post"]["actor"] = "https://other.example/users/eve";
  CHECK(why_not(post) == "a post whose author is on another host");
  Json actor = as_json(fred());
  actor["actor"]["host"] = "friend.camp";
  CHECK(why_not(actor) == "a person under the community's own name");
  actor["actor"]["host"] = "friend.camp/x";
  CHECK(why_not(actor) == "an actor whose handle has no host");
  actor = as_json(fred());
  actor["actor"]["user"] = "fred\x1b[31m";
  CHECK(why_not(actor) == "an actor without a preferredUsername");
  Json notice = as_json(kNotice);
  notice["notice"]["actor"] = "https://friend.camp/u/ana";
  CHECK(why_not(notice) == "something of the community itself");
  notice["notice"]["actor"] = "javascript:alert(1)";
  CHECK(why_not(notice) == "an address that is none");
}

TEST_CASE("what an origin sends is bounded and sanitised again", "[fed]") {
  Json post = as_json(news());
  post["post"]["content"] = "<p onclick='x()'>a<script>b</script></p>";
  post["post"]["url"] = "javascript:alert(1)";
  post["post"]["inReplyTo"] = "no uri";
  for (int i = 0; i < 300; ++i) {
    post["post"]["tags"].push_back("tag" + std::to_string(i));
    post["post"]["mentions"].push_back(fred().id);
    Json media{"https://there.example/p", "image/png", "alt"};
    if (i < 9) media.insert(media.end(), {"two words", 10'001, 0});
    post["post"]["attachments"].push_back(media);
  }
  const auto read_back = read(post);
  REQUIRE(read_back);
  const auto& kept = std::get<model::RemotePost>(*read_back);
  CHECK(kept.content == "<p>a</p>");
  CHECK(kept.url == kept.id);
  CHECK(kept.in_reply_to.empty());
  CHECK(kept.tags.size() == 50);
  CHECK(kept.mentions.size() == 20);
  CHECK(kept.attachments.size() == 8);
  CHECK_FALSE(kept.attachments.at(0).focus);
  CHECK(kept.attachments.at(0).blurhash.empty());

  post = as_json(news());
  for (const Json& time : {Json(-1), Json(1LL << 50), Json("now"), Json(1.5), Json(1e300)}) {
    post["post"]["published"] = time;
    INFO(time.dump());
    CHECK_FALSE(why_not(post).empty());
  }
  Json large = as_json(news());
  large["post"]["content"] = std::string(kMaxHomeRecord, 'a');
  CHECK_FALSE(why_not(large).empty());
  Json like = as_json(kLike);
  like["reaction"]["kind"] = "vote";
  CHECK(why_not(like) == "a reaction of an unknown kind");
  Json notice = as_json(kNotice);
  notice["notice"]["number"] = -1;
  CHECK(why_not(notice) == "a number out of its range");
  notice["notice"]["number"] = "9";
  CHECK(why_not(notice) == "a record with no proper 'number'");
  CHECK(why_not({{"value", {{"name", "x"}}}}) == "a record of an unknown kind");
  CHECK(why_not({{"post", 1}}) == "a record that is none");
  CHECK(why_not({{"read", {{"number", 1}}}, {"post", Json::object()}}) == "a record that is none");
  CHECK(why_not(Json::array()) == "a record that is none");
}

TEST_CASE("a page brings what is missing, newest first, and last what is no more", "[fed]") {
  std::vector<std::string> all;
  for (int i = 0; i < 20; ++i) {
    model::RemotePost post = news();
    post.id += std::to_string(i);
    post.content = std::string(40'000, static_cast<char>('a' + i));
    all.push_back(encode_home_record(post));
  }
  std::vector<std::string> held{std::string(32, '0'), home_digest(all[0])};
  std::size_t pages = 0;
  std::vector<std::string> gone;
  while (true) {
    ++pages;
    const HomePage page = page_for(all, held);
    std::size_t bytes = 0;
    for (const std::string& record : page.records) {
      bytes += record.size();
      held.push_back(home_digest(record));
    }
    CHECK(bytes <= kMaxHomePage);
    if (pages == 1) CHECK(page.records.at(0) == all[1]);
    gone = page.gone;
    if (!page.more) break;
    CHECK(gone.empty());
  }
  CHECK(pages == 4);
  CHECK(gone == std::vector{std::string(32, '0')});
  held.erase(held.begin());
  CHECK(page_for(all, held).records.empty());
  std::vector<std::string> digests;
  for (const std::string& record : all) digests.push_back(home_digest(record));
  CHECK(home_state(digests) == home_state(held));
  held.pop_back();
  CHECK(home_state(digests) != home_state(held));
}

TEST_CASE("a page and its answer are read as they were written", "[fed]") {
  const HomePage page{.host = "friend.camp",
                      .same = false,
                      .records = {encode_home_record(news()), R"({"read":{"number":1}})"},
                      .more = true,
                      .gone = {std::string(32, 'a')}};
  Answer answer = Answer::yes("camp:x");
  answer.page = encode_home_page(page);
  const auto back = parse_answer(answer_line(answer));
  REQUIRE(back);
  const auto read = parse_home_page(back->page);
  REQUIRE(read);
  CHECK((read->host == page.host && read->records == page.records && read->gone == page.gone));
  CHECK((read->more && !read->same));
  CHECK(parse_answer(answer_line(Answer::yes("x")))->page.empty());
  for (const char* bad : {"", "[]", R"({"records":1})", R"({"records":[1]})", R"({"gone":{}})"}) {
    INFO(bad);
    const auto none = parse_home_page(bad);
    REQUIRE_FALSE(none);
    CHECK(none.error().kind == Kind::network);
  }
  const Json full{{"records", std::vector(5, std::string(kMaxHomeRecord, 'x'))}};
  CHECK_FALSE(parse_home_page(full.dump()));
}

TEST_CASE("lines about people elsewhere are known by their beginning", "[fed]") {
  const HomeQuestion held{{}, std::vector{std::string(32, 'a'), std::string(32, 'b')}};
  const auto asked = parse_home_line(home_line(HomeLine(held)));
  REQUIRE(asked);
  CHECK(std::get<HomeQuestion>(*asked).held == held.held);
  const auto state = parse_home_line(home_line(HomeLine(HomeQuestion{home_state({}), {}})));
  REQUIRE(state);
  CHECK(std::get<HomeQuestion>(*state).state == home_state({}));
  const auto nothing =
      parse_home_line(home_line(HomeLine(HomeQuestion{{}, std::vector<std::string>()})));
  REQUIRE(nothing);
  CHECK(std::get<HomeQuestion>(*nothing).held->empty());
  for (const auto what :
       {Wish::What::accept, Wish::What::reject, Wish::What::unfollow, Wish::What::read}) {
    const Wish wish{.what = what,
                    .actor = what == Wish::What::read ? "" : fred().id,
                    .number = what == Wish::What::read ? 12 : 0};
    const std::string line = home_line(HomeLine(wish));
    CHECK(is_home_line(line));
    const auto read = parse_home_line(line);
    REQUIRE(read);
    CHECK(std::get<Wish>(*read).what == what);
    CHECK(std::get<Wish>(*read).actor == wish.actor);
    CHECK(std::get<Wish>(*read).number == wish.number);
  }
  CHECK_FALSE(is_home_line(R"({"@context":[],"accept":"x"})"));
  CHECK_FALSE(is_home_line(R"({"type":"camp:Claim"})"));
  for (const char* bad :
       {R"({"home":{}})", R"({"home":{"state":"x"}})", R"({"home":{"held":"abc"}})",
        R"({"home":1})", R"({"accept":"fred"})", R"({"accept":1})", R"({"read":-1})",
        R"({"read":"1"})", R"({"read":1,"accept":"https://a.example/"})", "[]", ""}) {
    INFO(bad);
    const auto line = parse_home_line(bad);
    REQUIRE_FALSE(line);
    CHECK(line.error().kind == Kind::refused);
  }
}
