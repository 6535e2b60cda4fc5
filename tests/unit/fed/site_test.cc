// SPDX-License-Identifier: MIT
// Addresses of a community, and what of them is read back.
#include "fed/site.h"

#include <set>

#include "fed/negotiate.h"
#include "unit/fed/document_support.h"

using namespace camp;
using namespace camp::fed;

namespace {

const ObjectId kId = ObjectId::make(model::kNow, std::string(32, 'd'));

Form wanted(const std::string& accept) { return wanted_form({{"Accept", accept}}); }

}  // namespace

TEST_CASE("a site has a host that an address may hold") {
  for (const char* good : {"friend.camp", "xn--bcher-kva.example", "a.b-c.d", "localhost:8080"}) {
    CHECK(Site::make(good));
  }
  for (const char* bad :
       {"Friend.Camp", "https://friend.camp", "friend.camp/", "a..b", ".a", "a.",
        "b\xc3\xbc.example", "friend.camp:", "friend.camp:x", "a b", "u@h", "friend.camp:123456"}) {
    INFO(bad);
    const auto site = Site::make(bad);
    REQUIRE_FALSE(site);
    CHECK(site.error().kind == Kind::refused);
  }
  CHECK(Site::make("").error().kind == Kind::failed);
}

TEST_CASE("AP 9: plain http is for loopback alone") {
  CHECK(need(Site::make("127.0.0.1:8080", true)).origin() == "http://127.0.0.1:8080");
  CHECK(need(Site::make("localhost", true)).actor("bo") == "http://localhost/u/bo");
  for (const char* host : {"friend.camp", "127.0.0.1.example", "localhost.example", "10.0.0.1"}) {
    INFO(host);
    CHECK(Site::make(host, true).error().kind == Kind::refused);
  }
}

TEST_CASE("addresses are these for ever") {
  const Site& site = friend_camp();
  CHECK(site.actor("bo") == "https://friend.camp/u/bo");
  CHECK(site.key_id("bo") == "https://friend.camp/u/bo#main-key");
  CHECK(site.shared_inbox() == "https://friend.camp/inbox");
  CHECK(site.instance_actor() == "https://friend.camp/actor");
  CHECK(site.object(kId) == "https://friend.camp/o/" + kId.text());
  CHECK(site.create(kId) == "https://friend.camp/o/" + kId.text() + "/create");
  CHECK(site.media("ab12", "jpg") == "https://friend.camp/media/ab12.jpg");
  CHECK(site.tag("gärten") == "https://friend.camp/t/g%C3%A4rten");
}

TEST_CASE("each activity has an id of its own on our host") {
  const Site& site = friend_camp();
  const std::string follow = "https://example.org/follows/1";
  std::set<std::string> ids{
      site.object(kId),           site.create(kId),           site.update(kId, kId),
      site.removal(kId),          site.actor_update("bo", 1), site.actor_update("bo", 2),
      site.actor_removal("bo"),   site.accept("bo", follow),  site.accept("bo", follow + "0"),
      site.accept("ana", follow), site.reject("bo", follow)};
  CHECK(ids.size() == 11);
  for (const std::string& id : ids) CHECK(id.starts_with("https://friend.camp/"));
}

TEST_CASE("addresses are read back in one spelling") {
  const Site& site = friend_camp();
  CHECK(site.handle_in(site.actor("bo_1")) == "bo_1");
  CHECK(site.object_in(site.object(kId)) == kId);
  const std::string object = site.object(kId);
  for (const std::string& other :
       {std::string("http://friend.camp/u/bo"), std::string("https://friend.camp/u/"),
        std::string("https://friend.camp/u/Bo"), std::string("https://friend.camp/u/bo/"),
        std::string("https://friend.camp/u/bo#main-key"), std::string("https://friend.camp/u/bo?x"),
        std::string("https://friend.camp.evil/u/bo"), std::string("https://FRIEND.camp/u/bo"),
        std::string("https://friend.camp:443/u/bo"), std::string("https://friend.camp//u/bo"),
        std::string("https://friend.camp/u/b%6F"),
        "https://friend.camp/u/" + std::string(31, 'a')}) {
    INFO(other);
    CHECK_FALSE(site.handle_in(other));
  }
  for (const std::string& other :
       {object + "/", object + "#create", object + "/create", object + "0",
        object.substr(0, object.size() - 1), std::string("https://friend.camp/o/"),
        "http" + object.substr(5)}) {
    INFO(other);
    CHECK_FALSE(site.object_in(other));
  }
}

TEST_CASE("AP 5: ActivityStreams is what is asked for by any of its names") {
  for (const char* accept :
       {"application/activity+json", "application/ld+json", "application/json",
        "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
        "application/activity+json, application/ld+json; "
        "profile=\"https://www.w3.org/ns/activitystreams\", text/html;q=0.1",
        "APPLICATION/Activity+JSON", "application/activity+json; charset=utf-8",
        "text/html;q=0.5, application/activity+json;q=0.9", "*/*, application/activity+json",
        "application/ld+json; profile=\"a, text/html; q=1\"; q=0.9, text/html; q=0.8"}) {
    INFO(accept);
    CHECK(wanted(accept) == Form::activity);
  }
}

TEST_CASE("AP 5: a browser gets a page") {
  for (const char* accept :
       {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "*/*", "",
        "text/html, application/json;q=0.9", "application/activity+json;q=0",
        "application/activity+json;q=0.5, text/html", "application/activity+json;q=2",
        "application/activity", "image/png", "text/html, application/json"}) {
    INFO(accept);
    CHECK(wanted(accept) == Form::page);
  }
  CHECK(wanted_form({}) == Form::page);
}

TEST_CASE("several Accept fields are one list") {
  CHECK(wanted_form({{"Accept", "text/html;q=0.3"}, {"accept", "application/json;q=0.4"}}) ==
        Form::activity);
}
