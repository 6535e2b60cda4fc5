// SPDX-License-Identifier: MIT
// The pages as strangers see them. The golden ones are for people to read: tests/data/web.
#include <cstdlib>
#include <regex>

#include "crypto/did_key.h"
#include "unit/web/town.h"
#include "web/site_files.h"

using namespace camp;
using namespace camp::web;
using namespace camp::web::test;

namespace {

constexpr std::size_t kMostBytes = 15'000;

/// Ids, digests and parts of seconds hang on things that no page is about.
std::string settled(std::string text) {
  text = std::regex_replace(text, std::regex("[0-9a-f]{64}"), "SHA256");
  std::vector<std::string> ids;
  const std::regex id("[0-9a-hjkmnp-tv-z]{36}");
  std::string out;
  for (std::smatch found; std::regex_search(text, found, id); text = found.suffix()) {
    const auto at = std::find(ids.begin(), ids.end(), found.str());
    const auto number = at - ids.begin() + 1;
    if (at == ids.end()) ids.push_back(found.str());
    out += found.prefix().str() + "ID" + std::to_string(number);
  }
  out += text;
  out = std::regex_replace(out, std::regex("\\.[0-9]{3}Z"), ".000Z");
  return std::regex_replace(out, std::regex("style-[0-9a-f]{16}"), "style-HASH");
}

/// Compares with tests/data/web/<name>, which CAMP_TEST_ACCEPT=1 writes anew.
void check_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(CAMP_TEST_DATA) + "/web/" + name;
  const char* const accept = std::getenv("CAMP_TEST_ACCEPT");
  if (accept != nullptr && std::string(accept) == "1") {
    std::ofstream(path) << text;
    FAIL_CHECK(path << " was written: read it, then run again");
    return;
  }
  std::ifstream file(path);
  INFO("golden file " << path);
  REQUIRE(file.is_open());
  const std::string wanted((std::istreambuf_iterator<char>(file)), {});
  CHECK(text == wanted);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

}  // namespace

TEST_CASE("the pages of a lively community") {
  Town town;
  const Lively posts = enliven(town);
  const auto check = [&](const std::string& name, const std::string& path) {
    const std::string page = town.body(path);
    CHECK_FALSE(holds(page, "beneath the willow"));
    CHECK_FALSE(holds(page, "<script"));
    CHECK_FALSE(holds(page, "<form"));
    CHECK_FALSE(holds(page, " style="));
    check_golden(name, settled(page));
  };
  check("home.html", "/");
  check("profile.html", "/u/ana");
  check("post.html", "/o/" + posts.garden);
  check("post_answer.html", "/o/" + posts.answer);
  check("post_picture.html", "/o/" + posts.picture_post);
  check("post_warned.html", "/o/" + posts.warned);
  check("tag.html", "/t/garden");
  check("home.atom", "/feed.atom");
  check("profile.atom", "/@bo/feed.atom");
  check("tag.atom", "/t/garden/feed.atom");
  check_golden("not_found.html", settled(town.body("/o/nothing", 404)));
  check_golden("gone.html", settled(town.body("/o/" + posts.deleted, 410)));
}

TEST_CASE("a new community's pages say that nothing is there yet") {
  Town town;
  CHECK(holds(town.body("/"), "Nothing here is for everybody yet."));
  CHECK(holds(town.body("/u/bo"), "There are no posts for everybody yet."));
  CHECK(holds(town.body("/feed.atom"), "<updated>"));
  CHECK(town.get("/t/garden").status == 404);
  CHECK(town.get("/t/garden/feed.atom").status == 404);
}

TEST_CASE("unlisted posts have a page, and stand in no list or feed") {
  Town town;
  const Lively posts = enliven(town);
  CHECK(holds(town.body("/o/" + posts.unlisted), "Said quietly."));
  for (const char* path : {"/", "/u/bo", "/feed.atom", "/@bo/feed.atom"}) {
    CHECK_FALSE(holds(town.body(path), "Said quietly."));
  }
}

TEST_CASE("twenty ordinary posts weigh less than 15 KB, and the list goes on") {
  Town town;
  std::vector<std::string> ids;
  for (int i = 0; i < 45; ++i) {
    ids.push_back(town.say(
        i % 2 == 0 ? "ana" : "bo",
        ops::to("public", "Post number " + std::to_string(i) +
                              ": we met at the lake, lit a fire, and nobody remembered the "
                              "matches until Cy found two in a coat from last year. #lake")));
  }
  for (const std::string path : {"/", "/t/lake"}) {
    INFO(path);
    std::string page = town.body(path);
    INFO(page.size());
    CHECK(page.size() < kMostBytes);
    std::string next = path;
    std::size_t seen = 0;
    std::vector<std::string> missing = ids;
    for (int pages = 0; pages < 3; ++pages) {
      page = town.body(next);
      seen += count(page, "<article>");
      std::erase_if(missing, [&](const std::string& id) { return holds(page, "/o/" + id); });
      const std::size_t link = page.find("rel=\"next\" href=\"");
      CHECK((link == std::string::npos) == (pages == 2));
      if (link == std::string::npos) break;
      const std::size_t start = link + 17;
      next = page.substr(start, page.find('"', start) - start);
    }
    CHECK(seen == 45);
    CHECK(missing.empty());
  }
  CHECK(town.get("/?before=x").status == 404);
  CHECK(town.get("/u/bo?before=" + ids[0]).status == 200);
  CHECK(holds(town.body("/?before=" + ids[0]), "There are no older posts."));
}

TEST_CASE("search engines may keep a page if everybody on it agreed") {
  Town town;
  const std::string noindex = "<meta name=\"robots\" content=\"noindex\">";
  const auto open_for = [&](bool agreed) {
    ops::ProfileChange change;
    change.indexable = agreed;
    return change;
  };
  const std::string post = town.say("ana", ops::to("public", "hello #lake"));
  for (const std::string& path :
       {std::string("/"), std::string("/u/ana"), "/o/" + post, std::string("/t/lake")}) {
    INFO(path);
    CHECK(holds(town.body(path), noindex));
  }
  town.profile("ana", open_for(true));
  for (const std::string& path :
       {std::string("/"), std::string("/u/ana"), "/o/" + post, std::string("/t/lake")}) {
    INFO(path);
    CHECK_FALSE(holds(town.body(path), noindex));
  }
  const std::string answer = town.say("bo", ops::reply_to(post, ops::text("hello #lake")));
  for (const std::string& path :
       {std::string("/"), "/o/" + post, "/o/" + answer, std::string("/t/lake")}) {
    INFO(path);
    CHECK(holds(town.body(path), noindex));
  }
  town.profile("bo", open_for(true));
  CHECK_FALSE(holds(town.body("/o/" + post), noindex));
  town.answered("zoe", "https://example.org/@zoe/1",
                town.site.object(need(ObjectId::parse(answer))), "<p>hello</p>");
  CHECK(holds(town.body("/o/" + post), noindex));
  town.profile("ana", open_for(false));
  CHECK(holds(town.body("/u/ana"), noindex));
  CHECK(holds(town.body("/robots.txt"), "Disallow: /media/"));
  CHECK_FALSE(holds(town.body("/robots.txt"), "ana"));
}

TEST_CASE("statement 55: the page of who has moved says where to, in place of how to follow") {
  Town town;
  ops::ProfileChange change;
  CHECK(holds(town.body("/u/bo"), "<summary>Follow"));
  change.moved_to = "https://new.example/users/bo?a&b";
  town.profile("bo", change);
  const std::string page = town.body("/u/bo");
  CHECK(holds(page,
              "has moved to <a rel=\"me nofollow noopener\" "
              "href=\"https://new.example/users/bo?a&amp;b\">"));
  CHECK_FALSE(holds(page, "<summary>Follow"));
  change.moved_to = "";
  town.profile("bo", change);
  CHECK_FALSE(holds(town.body("/u/bo"), "has moved"));
}

TEST_CASE("only who wants to be found stands in the list of people") {
  Town town;
  ops::ProfileChange change;
  change.discoverable = true;
  town.profile("bo", change);
  CHECK(holds(town.body("/"), "href=\"/u/bo\""));
  CHECK_FALSE(holds(town.body("/"), "/u/ana"));
  change.discoverable = false;
  town.profile("bo", change);
  CHECK_FALSE(holds(town.body("/"), "/u/bo"));
}

namespace {

/// bo answers whatever stands at an address. The post's id.
std::string answer_elsewhere(Town& town, const std::string& parent, const std::string& words) {
  store::Community community = town.open();
  const ops::Actor bo = town.camp.who(community, "bo");
  const model::Maker maker = ops::maker_for(community, bo);
  const crypto::SecretKey key = need(ops::signing_key(community, bo.id));
  model::NoteContent content{.content = words};
  content.in_reply_to = parent;
  const auto sealed = need(
      model::seal(model::make_note(maker, {.reach = model::Reach::public_}, content), maker, &key));
  store::NewObject made{model::decoded(sealed.bytes),
                        index::Verdict::valid,
                        crypto::to_did_key(key.public_key()),
                        {}};
  made.repositories = {model::home_of(made.object)};
  auto writer = need(community.write());
  need(writer.append({made}, {}, "post"));
  return sealed.id.object.text();
}

}  // namespace

TEST_CASE("answers stand below what they answer, ours and others', however deep or circular") {
  Town town;
  const std::string top = town.say("ana", ops::to("public", "top"));
  std::string last = top;
  for (int i = 0; i < 12; ++i) {
    last = town.say(i % 2 == 0 ? "bo" : "ana",
                    ops::reply_to(last, ops::text("answer " + std::to_string(i))));
  }
  const std::string url = town.site.object(need(ObjectId::parse(last)));
  town.answered("zoe", "https://example.org/@zoe/1", url, "<p>from afar</p>");
  town.answered("zoe", "https://example.org/@zoe/2", "https://example.org/@zoe/1",
                "<p>and back</p>");
  town.answered("zoe", "https://example.org/@zoe/3", "https://example.org/@zoe/4", "<p>round</p>");
  town.answered("zoe", "https://example.org/@zoe/4", "https://example.org/@zoe/3", "<p>round</p>");
  // Of ours one answers from afar, and one that.
  const std::string returned = answer_elsewhere(town, "https://example.org/@zoe/2", "returned");
  town.say("ana", ops::reply_to(returned, ops::text("thanks")));
  std::string page = town.body("/o/" + top);
  CHECK(count(page, "<article>") == 17);
  CHECK(page.find("and back") < page.find(">returned<"));
  CHECK(page.find(">returned<") < page.find(">thanks<"));
  CHECK(count(page, "<ol") == 5);
  CHECK(page.find(">answer 0<") < page.find(">answer 11<"));
  CHECK(page.find("from afar") < page.find("and back"));
  CHECK(count(page, "<h1>") == 1);
  page = town.body("/o/" + last);
  CHECK(count(page, "<article>") == 17);
  CHECK(page.find(">top<") < page.find(">answer 11<"));
  CHECK(holds(page, "In answer to <a href=\"/o/"));
}

TEST_CASE("a post that answers somebody elsewhere links to it, a private one stays unnamed") {
  Town town;
  const std::string far = "https://example.org/@zoe/7";
  const std::string hidden = "https://example.org/@zoe/8";
  town.answered("zoe", far, "", "<p>a question</p>");
  town.answered("zoe", hidden, "", "<p>a secret</p>", model::Visibility::followers);
  const auto answer = [&](const std::string& parent) {
    return answer_elsewhere(town, parent, "an answer");
  };
  CHECK(
      holds(town.body("/o/" + answer(far)),
            "In answer to <a href=\"" + far + "\" rel=\"nofollow noopener\">@zoe@example.org</a>"));
  CHECK(holds(town.body("/o/" + answer(hidden)), "a post on example.org"));
  CHECK_FALSE(holds(town.body("/o/" + answer("javascript:alert(1)//x")), "javascript"));
  const std::string local = town.say("ana", ops::to("local", "inside"));
  const std::string full = town.member("ana").uri() + "/" + local;
  CHECK_FALSE(holds(town.body("/o/" + answer(full)), "In answer"));
  CHECK_FALSE(holds(town.body("/o/" + answer(full)), local));
}

TEST_CASE("E73: an answer of whom the community blocks stands on no page and is not counted") {
  Town town;
  const std::string id = town.say("ana", ops::to("public", "top"));
  const std::string url = town.site.object(need(ObjectId::parse(id)));
  town.answered("zoe", "https://example.org/@zoe/1", url, "<p>from afar</p>");
  const std::string back = answer_elsewhere(town, "https://example.org/@zoe/1", "returned");
  const std::string before = town.body("/o/" + id);
  CHECK(holds(before, "from afar"));
  CHECK(holds(town.body("/u/ana"), "1 answer"));
  for (const char* about : {"acct:zoe@example.org", "https://example.org/"}) {
    INFO(about);
    town.decide({.kind = "block", .about = about});
    CHECK_FALSE(holds(town.body("/o/" + id), "from afar"));
    CHECK_FALSE(holds(town.body("/o/" + id), "zoe"));
    CHECK_FALSE(holds(town.body("/o/" + back), "from afar"));
    CHECK_FALSE(holds(town.body("/u/ana"), "1 answer"));
    town.decide({.kind = "unblock", .about = about});
    CHECK(town.body("/o/" + id) == before);
  }
}

TEST_CASE("moderation hides a post from every page and feed") {
  Town town;
  const std::string id = town.say("bo", ops::to("public", "too much #lake"));
  const std::string full = town.member("bo").uri() + "/" + id;
  const std::string never =
      all_of(town.get("/o/" + ObjectId::make(ops::kStart, std::string(32, 'n')).text()));
  town.decide({.kind = "hide", .object = full});
  CHECK(all_of(town.get("/o/" + id)) == never);
  for (const char* path : {"/", "/u/bo", "/feed.atom"})
    CHECK_FALSE(holds(town.body(path), "too much"));
  CHECK(town.get("/t/lake").status == 404);
  town.decide({.kind = "unhide", .object = full});
  CHECK(holds(town.body("/o/" + id), "too much"));
}

TEST_CASE("a post that its author did not sign is on no page") {
  Town town;
  std::string forged;
  {
    store::Community community = town.open();
    const model::Maker maker = ops::maker_for(community, town.camp.who(community, "bo"));
    const crypto::SecretKey key = model::key_of(model::cy());
    const auto sealed = need(
        model::seal(model::make_note(maker, model::to_public(), {.content = "mine"}), maker, &key));
    forged = sealed.id.object.text();
    store::NewObject made{model::decoded(sealed.bytes),
                          index::Verdict::valid,
                          crypto::to_did_key(key.public_key()),
                          {"public"}};
    auto writer = need(community.write());
    need(writer.append({made}, {}, "post"));
  }
  CHECK(town.get("/o/" + forged).status == 404);
  for (const char* path : {"/", "/u/bo", "/feed.atom", "/@bo/feed.atom"}) {
    CHECK_FALSE(holds(town.body(path), forged));
  }
}

TEST_CASE("who has left is gone, with the posts") {
  Town town;
  const std::string id = town.say("bo", ops::to("public", "good bye"));
  const std::string local = town.say("bo", ops::to("local", "inside"));
  town.decide({.kind = "remove", .member = town.member("bo")});
  CHECK(town.get("/u/bo").status == 410);
  CHECK(town.get("/@bo").status == 410);
  CHECK(town.get("/@bo/feed.atom").status == 410);
  CHECK(town.get("/o/" + id).status == 410);
  CHECK(town.get("/o/" + local).status == 404);
  CHECK_FALSE(holds(town.body("/"), "good bye"));
}
