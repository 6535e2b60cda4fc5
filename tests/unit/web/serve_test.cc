// SPDX-License-Identifier: MIT
// The fields around pages: types, caches, protection. And, on demand, a place to look at.
#include "web/serve.h"

#include <cstdio>
#include <mutex>
#include <thread>

#include "crypto/digest.h"
#include "http/server.h"
#include "store/media.h"
#include "unit/web/town.h"
#include "web/site_files.h"

using namespace camp;
using namespace camp::web;
using namespace camp::web::test;

namespace {

std::string media_of(const std::string& page) {
  const std::size_t at = page.find("/media/");
  REQUIRE(at != std::string::npos);
  return page.substr(at, page.find('"', at) - at);
}

}  // namespace

TEST_CASE("every page is protected, HSTS is for https alone") {
  Town town;
  const Lively posts = enliven(town);
  for (const std::string& path :
       {std::string("/"), std::string("/u/ana"), "/o/" + posts.garden, std::string("/t/garden"),
        "/o/" + posts.deleted, std::string("/o/x"), std::string("/feed.atom"), style_path()}) {
    const http::Response response = town.get(path);
    INFO(path);
    CHECK(field(response, "Content-Security-Policy") ==
          "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action "
          "'none'; frame-ancestors 'none'");
    CHECK(field(response, "X-Content-Type-Options") == "nosniff");
    CHECK(field(response, "Referrer-Policy") == "no-referrer");
    CHECK(holds(field(response, "Permissions-Policy"), "camera=()"));
    CHECK(field(response, "Cross-Origin-Opener-Policy") == "same-origin");
    CHECK(field(response, "Cross-Origin-Resource-Policy") == "same-origin");
    CHECK(field(response, "Strict-Transport-Security") == "max-age=31536000");
    CHECK(field(response, "Set-Cookie") == "(none)");
  }
  Town plain("localhost:8080", true);
  CHECK(field(plain.get("/"), "Strict-Transport-Security") == "(none)");
}

TEST_CASE("pages and feeds say when nothing is new") {
  Town town;
  const Lively posts = enliven(town);
  for (const std::string& path :
       {std::string("/"), std::string("/u/ana"), "/o/" + posts.garden, std::string("/t/garden"),
        std::string("/feed.atom"), std::string("/@bo/feed.atom"),
        std::string("/t/garden/feed.atom"), style_path(), std::string("/favicon.ico"),
        std::string("/robots.txt")}) {
    INFO(path);
    const http::Response first = town.get(path);
    CHECK(first.status == 200);
    const std::string etag = field(first, "ETag");
    CHECK(etag.starts_with("\""));
    for (const std::string& known : {etag, "\"other\", " + etag, "W/" + etag}) {
      const http::Response again = town.get(path, {{"If-None-Match", known}});
      CHECK(again.status == 304);
      CHECK(again.body.empty());
      CHECK(field(again, "ETag") == etag);
    }
    CHECK(town.get(path, {{"If-None-Match", "\"other\""}}).status == 200);
  }
  const std::string before = field(town.get("/feed.atom"), "ETag");
  const std::string modified = field(town.get("/feed.atom"), "Last-Modified");
  CHECK(need(http::parse_http_date(modified)) > 0);
  CHECK(town.get("/feed.atom", {{"If-Modified-Since", modified}}).status == 304);
  CHECK(town.get("/feed.atom", {{"If-Modified-Since", modified}, {"If-None-Match", "\"x\""}})
            .status == 200);
  CHECK(town.get("/feed.atom", {{"If-Modified-Since", "Tue, 24 Nov 1998 10:00:00 GMT"}}).status ==
        200);
  CHECK(town.get("/feed.atom", {{"If-Modified-Since", "yesterday"}}).status == 200);
  town.say("cy", ops::to("public", "news"));
  CHECK(field(town.get("/feed.atom"), "ETag") != before);
  CHECK(town.get("/feed.atom", {{"If-None-Match", before}}).status == 200);
}

TEST_CASE("a page of what ActivityPub knows too says that it depends on who asks") {
  Town town;
  const Lively posts = enliven(town);
  for (const std::string& path :
       {std::string("/u/ana"), "/o/" + posts.garden, "/o/" + posts.deleted, std::string("/o/x")}) {
    CHECK(field(town.get(path), "Vary") == "Accept");
  }
  const std::string profile = town.body("/u/ana");
  CHECK(holds(profile,
              "<link rel=\"alternate\" type=\"application/activity+json\" "
              "href=\"https://friend.camp/u/ana\">"));
  CHECK(holds(profile, "<link rel=\"canonical\" href=\"https://friend.camp/u/ana\">"));
  CHECK(holds(profile, "href=\"/@ana/feed.atom\""));
  CHECK(holds(profile, "<a rel=\"me nofollow noopener\" href=\"https://ana.example/\">"));
}

TEST_CASE("what a page warns of is in no preview") {
  Town town;
  const std::string page = town.body("/o/" + enliven(town).warned);
  const std::string head = page.substr(0, page.find("</head>"));
  CHECK(holds(head, "Slugs"));
  CHECK_FALSE(holds(head, "slug ate"));
  CHECK(holds(page, "<details><summary>Slugs</summary>"));
}

TEST_CASE("pictures of public posts and profiles are served by what they are") {
  Town town;
  const Lively posts = enliven(town);
  for (const std::string& path : {"/o/" + posts.picture_post, std::string("/u/ana")}) {
    const std::string url = media_of(town.body(path));
    const http::Response found = town.get(url);
    CHECK(found.status == 200);
    CHECK(field(found, "Content-Type") == "image/png");
    CHECK(field(found, "X-Content-Type-Options") == "nosniff");
    CHECK(field(found, "Content-Security-Policy") == "sandbox; default-src 'none'");
    CHECK(field(found, "Cross-Origin-Resource-Policy") == "cross-origin");
    CHECK(field(found, "Cache-Control") == "public, max-age=31536000, immutable");
    CHECK(town.get(url, {{"If-None-Match", field(found, "ETag")}}).status == 304);
    const std::string nothing = all_of(town.get("/o/x"));
    const std::string base = url.substr(0, url.size() - 4);
    for (const std::string& other : {base + ".jpg", base + ".svg", base, base + ".png.png",
                                     base + ".PNG", "/media/" + std::string(64, '0') + ".png"}) {
      INFO(other);
      CHECK(all_of(town.get(other)) == nothing);
    }
  }
}

TEST_CASE("E25 what is no picture is not served, whatever it was called") {
  Town town;
  const std::string json = "{\"id\":\"https://friend.camp/u/bo\",\"type\":\"Person\"}";
  const std::string digest = crypto::sha256_hex(json);
  const store::Community community = town.open();
  need(store::put_media(community.directory(), "public", digest, json));
  for (const char* extension : {"png", "jpg", "webp", "json", "html", "svg"}) {
    const http::Response response =
        town.get("/media/" + digest + "." + extension, {{"Accept", "application/activity+json"}});
    CHECK(response.status == 404);
    CHECK(field(response, "Content-Type") == "text/html; charset=utf-8");
    CHECK_FALSE(holds(response.body, "Person"));
  }
}

TEST_CASE("what people type leads to the profile") {
  Town town;
  const http::Response response = town.get("/@Bo");
  CHECK(response.status == 301);
  CHECK(field(response, "Location") == "https://friend.camp/u/bo");
  town.say("bo", ops::to("public", "#Zäune"));
  CHECK(town.get("/t/zaune").status == 200);
  CHECK(field(town.get("/t/Z%C3%A4une"), "Location") == "https://friend.camp/t/zaune");
}

TEST_CASE("other handlers' addresses and methods are left to them") {
  Town town;
  for (const char* path : {"/inbox", "/.well-known/webfinger", "/nodeinfo/2.0", "/actor",
                           "/git/public.git", "/api/v1/instance", "/login"}) {
    CHECK_FALSE(town.ask(request_for(path)));
  }
  CHECK_FALSE(town.ask(request_for("/", {}, "POST")));
  CHECK(town.ask(request_for("/", {}, "HEAD")));
}

TEST_CASE("the icon is one that browsers take") {
  const std::string& icon = favicon();
  CHECK(icon.size() == 6 + 16 + 40 + 8 + 64 + 64);
  CHECK(icon.substr(0, 6) == std::string("\0\0\1\0\1\0", 6));
  CHECK(static_cast<std::uint8_t>(icon[14]) == 40 + 8 + 64 + 64);
}

// Not a test: `web_tests '[look]'` shows the lively community until its standard input ends.
// tests/web/screenshots and the lynx test look at it.
TEST_CASE("a place to look at", "[.][look]") {
  http::ServerSettings settings;
  settings.listen = {"127.0.0.1:0"};
  settings.loopback_only = true;
  Town* shown = nullptr;
  settings.make_handler = [&shown] {
    return [&shown](const http::Request& request) {
      static std::mutex turn;
      const std::lock_guard lock(turn);
      const store::Community community = shown->open();
      PageContext context{community, shown->site, &shown->server, nullptr, {}};
      return serve_page(context, request).value_or(page_not_found(context));
    };
  };
  const auto server = need(http::Server::open(std::move(settings)));
  Town town(server->addresses().front(), true);
  const Lively posts = enliven(town);
  ops::ProfileChange cy;
  cy.name = "Cyprian Bartholomew von Hohenfels-Langenburg zu Wolkenstein";
  town.profile("cy", cy);
  for (int i = 0; i < 24; ++i) {
    town.say(i % 3 == 0 ? "cy" : "bo",
             ops::to("public", "Day " + std::to_string(i) +
                                   ": we met at the lake, lit a fire, and nobody remembered the "
                                   "matches until Cy found two in a coat from last year. #lake"));
  }
  shown = &town;
  std::printf("http://%s/ %s %s %s %s\n", server->addresses().front().c_str(), posts.garden.c_str(),
              posts.picture_post.c_str(), posts.warned.c_str(), posts.deleted.c_str());
  std::fflush(stdout);
  std::thread end([&server] {
    while (std::getchar() != EOF) {
    }
    server->stop();
  });
  CHECK(server->run());
  end.join();
}
