// SPDX-License-Identifier: MIT
// What a stranger finds when they look at a community from outside, and what they never find.
#include "fed/discovery.h"

#include <sys/stat.h>

#include <set>

#include "crypto/did_key.h"
#include "crypto/proof.h"
#include "fed/followers.h"
#include "fed/shown.h"
#include "store/writer.h"
#include "unit/fed/document_support.h"
#include "unit/ops/ops_support.h"

using namespace camp;
using namespace camp::fed;

namespace {

const std::string kActivity = "application/activity+json";
const std::string kLd = "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"";
/// Words of posts that no stranger may see.
const std::string kSecret = "beneath the willow";

/// A community of ana, bo and cy with a post of every kind.
class World {
 public:
  World() {
    open_post = say("bo", ops::to("public", "hello #garden, says @bo to @ana"));
    answer = say("ana", ops::reply_to(open_post, ops::text("and hello to you")));
    unlisted = say("bo", ops::to("unlisted", "quietly"));
    local = say("bo", ops::to("local", kSecret));
    followers = say("bo", ops::to("followers", kSecret));
    letter = say("bo", ops::to("direct", "@ana " + kSecret));
    deleted_local = say("bo", ops::to("local", kSecret));
    deleted = say("bo", ops::to("public", "oops"));
    for (const std::string& id : {deleted_local, deleted}) {
      store::Community community = open();
      need(ops::remove_post(community, camp.who(community, "bo"), id, true));
    }
    store::Community community = open();
    const ops::Actor ana = camp.who(community, "ana");
    need(ops::react(community, ana, model::Type::announce, open_post, false));
    need(ops::react(community, ana, model::Type::like, open_post, false));
    need(ops::react(community, ana, model::Type::like, local, false));
  }

  store::Community open() { return camp.open(); }
  std::string say(const std::string& handle, ops::Draft draft) {
    return object_of(need(camp.say(handle, std::move(draft))).post.id);
  }
  OwnerId member(const std::string& handle) {
    const store::Community community = open();
    return camp.who(community, handle).id;
  }
  /// Adds an entry to the list of members.
  void decide(const model::LogEntry& entry) {
    store::Community community = open();
    const std::string log_file(store::kCommunityLog);
    const std::string log = need(model::append_entry(
        need(community.state_file(log_file)), entry, need(community.keys_of(community.id())),
        need(ops::community_key(community)), community.env().now_ms()));
    auto writer = need(community.write());
    need(writer.put_state({{"local", log_file, log}}, "decide"));
  }
  void put_follower(const std::string& handle, const std::string& actor, std::int64_t since_ms,
                    bool gone = false) {
    store::Community community = open();
    const Follower follower{.id = actor, .inbox = actor + "/inbox", .since_ms = since_ms};
    const std::string own = model::private_repository(camp.who(community, handle).id);
    auto writer = need(community.write());
    need(writer.put_state(
        {{own, follower_file(actor), gone ? "" : need(encode_follower(follower))}}, "follower"));
  }

  http::Response get(const std::string& path, const std::string& accept = kActivity,
                     const std::function<void(DiscoveryContext&)>& set = {},
                     const std::string& method = "GET", const http::Headers& more = {}) {
    const auto response = ask(path, accept, set, method, more);
    INFO(path << " with " << accept);
    REQUIRE(response);
    return *response;
  }
  std::optional<http::Response> ask(const std::string& target, const std::string& accept,
                                    const std::function<void(DiscoveryContext&)>& set = {},
                                    const std::string& method = "GET",
                                    const http::Headers& more = {}) {
    const store::Community community = open();
    DiscoveryContext context{community, friend_camp()};
    context.version = "1.2.3";
    if (set) set(context);
    http::Request request;
    request.method = method;
    request.target = target;
    const std::size_t mark = std::min(target.find('?'), target.size());
    request.path = target.substr(0, mark);
    request.query = mark < target.size() ? target.substr(mark + 1) : "";
    request.headers = more;
    if (!accept.empty()) request.headers.set("Accept", accept);
    return serve_discovery(context, request);
  }
  Json json(const std::string& path, int status = 200) {
    const http::Response response = get(path);
    INFO(path << ": " << response.body);
    REQUIRE(response.status == status);
    return Json::parse(response.body);
  }
  /// The path of an address of ours.
  static std::string path_of(const Json& url) {
    const std::string text = url.get<std::string>();
    REQUIRE(text.starts_with(friend_camp().origin()));
    return text.substr(friend_camp().origin().size());
  }
  /// All pages of a collection.
  std::vector<Json> items(const std::string& path) {
    std::vector<Json> all;
    Json list = json(path);
    REQUIRE(list.contains("first"));
    for (std::string next = path_of(list.at("first")); !next.empty();) {
      const Json page = json(next);
      CHECK(path_of(page.at("id")) == next);
      for (const Json& item : page.at("orderedItems")) all.push_back(item);
      next = page.contains("next") ? path_of(page.at("next")) : std::string();
      REQUIRE(all.size() < 1000);
    }
    return all;
  }

  ops::Camp camp;
  std::string open_post, answer, unlisted, local, followers, letter, deleted, deleted_local;

 private:
  static std::string object_of(const std::string& id) {
    const auto full = FullId::parse(id);
    return full ? full->object.text() : id;
  }
};

std::string field(const http::Response& response, const std::string& name) {
  return std::string(response.headers.find(name).value_or("(none)"));
}

std::string all_of(const http::Response& response) {
  std::string text = std::to_string(response.status) + "\n";
  for (const http::Field& each : response.headers.fields()) {
    text += each.name + ": " + each.value + "\n";
  }
  return text + "\n" + response.body;
}

std::string o(const std::string& id, const std::string& rest = "") { return "/o/" + id + rest; }
std::string u(const std::string& id) { return friend_camp().origin() + "/o/" + id; }

}  // namespace

TEST_CASE_METHOD(World, "AP 1: WebFinger leads to a member") {
  const http::Response found = get("/.well-known/webfinger?resource=acct:bo@friend.camp", "");
  CHECK(found.status == 200);
  CHECK(field(found, "Content-Type") == "application/jrd+json");
  CHECK(field(found, "Access-Control-Allow-Origin") == "*");
  const Json jrd = Json::parse(found.body);
  CHECK(jrd.at("subject") == "acct:bo@friend.camp");
  CHECK(jrd.at("links")[0].at("rel") == "self");
  CHECK(jrd.at("links")[0].at("type") == kActivity);
  CHECK(json(path_of(jrd.at("links")[0].at("href"))).at("id") == jrd.at("links")[0].at("href"));
}

TEST_CASE_METHOD(World,
                 "AP 2: WebFinger without a resource is 400, of nobody 404, of the gone 410") {
  const std::string finger = "/.well-known/webfinger";
  CHECK(get(finger, "").status == 400);
  CHECK(get(finger + "?resource=", "").status == 400);
  CHECK(get(finger + "?resource=bo", "").status == 400);
  CHECK(get(finger + "?resource=acct:nobody@friend.camp", "").status == 404);
  CHECK(get(finger + "?resource=acct:bo@example.org", "").status == 404);
  CHECK(get(finger + "?resource=acct:cy@friend.camp", "").status == 200);
  decide({.kind = "remove", .member = member("cy")});
  CHECK(get(finger + "?resource=acct:cy@friend.camp", "").status == 410);
}

TEST_CASE_METHOD(World, "AP 3: WebFinger takes an actor's id and what is percent-encoded") {
  for (const char* resource : {"https://friend.camp/u/bo", "https%3A%2F%2Ffriend.camp%2Fu%2Fbo",
                               "acct%3Abo%40friend.camp", "acct:BO@friend.camp"}) {
    INFO(resource);
    const auto found = get(std::string("/.well-known/webfinger?resource=") + resource, "");
    CHECK(found.status == 200);
    CHECK(Json::parse(found.body).at("subject") == "acct:bo@friend.camp");
  }
}

TEST_CASE_METHOD(World, "AP 4: an actor is found under its id") {
  const http::Response actor = get("/u/bo");
  CHECK(actor.status == 200);
  CHECK(field(actor, "Content-Type") == kActivity);
  CHECK(Json::parse(actor.body).at("id") == "https://friend.camp/u/bo");
  CHECK(get("/u/nobody").status == 404);
  CHECK(get("/u/Bo").status == 404);
}

TEST_CASE_METHOD(World, "AP 5: who wants a page is left to the pages") {
  CHECK(get("/u/bo", kLd).status == 200);
  CHECK(field(get("/u/bo", kLd), "Content-Type") == kActivity);
  CHECK(field(get("/u/bo"), "Vary") == "Accept");
  CHECK(field(get("/u/nobody"), "Vary") == "Accept");
  for (const std::string& path : {std::string("/u/bo"), o(open_post), o(local), std::string("/x"),
                                  std::string("/"), o(open_post, "/replies")}) {
    INFO(path);
    CHECK_FALSE(ask(path, "text/html"));
    CHECK_FALSE(ask(path, ""));
  }
  for (const char* path : {"/", "/u/bo/inbox", "/inbox", "/u/bo/", "/o/", "/u/bo/outbox/x",
                           "/.well-known/x", "/media/x.jpg"}) {
    INFO(path);
    const auto response = ask(path, kActivity);
    CHECK((!response || response->status == 404));
  }
  CHECK_FALSE(ask("/u/bo/inbox", kActivity));
  CHECK_FALSE(ask("/u/bo", kActivity, {}, "POST"));
}

TEST_CASE_METHOD(World, "AP 8: the key of an actor is RSA in SPKI, and stays") {
  const std::string pem = json("/u/bo").at("publicKey").at("publicKeyPem");
  CHECK(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
  CHECK(pem.size() > 400);  // 2048 bits
  CHECK(json("/u/bo").at("publicKey").at("publicKeyPem") == pem);
  CHECK(json("/u/ana").at("publicKey").at("publicKeyPem") != pem);
}

TEST_CASE_METHOD(World,
                 "AP 8: a member's own copy of the key serves where the directory has none") {
  const std::string pem = json("/u/bo").at("publicKey").at("publicKeyPem");
  const std::string kept = camp.directory() + "/keys/" + member("bo").text() + "/transport.pem";
  REQUIRE(std::filesystem::remove(kept));
  CHECK(json("/u/bo").at("publicKey").at("publicKeyPem") == pem);
}

TEST_CASE_METHOD(World, "AP 10: the instance's actor is open, findable and has one key") {
  const Json actor = json("/actor");
  CHECK(actor.at("type") == "Application");
  CHECK(actor.at("id") == "https://friend.camp/actor");
  CHECK(actor.at("preferredUsername") == "friend.camp");
  const std::string pem = actor.at("publicKey").at("publicKeyPem");
  CHECK(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
  CHECK(json("/actor").at("publicKey").at("publicKeyPem") == pem);
  const std::string kept = camp.directory() + "/keys/" + open().id().text() + "/transport.pem";
  struct ::stat status {};
  REQUIRE(::stat(kept.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  const auto guarded = [](DiscoveryContext& context) { context.authorized_fetch = true; };
  CHECK(get("/actor", kActivity, guarded).status == 200);
  const auto found = get("/.well-known/webfinger?resource=acct:friend.camp@friend.camp", "");
  CHECK(Json::parse(found.body).at("links")[0].at("href") == actor.at("id"));
  CHECK(json(path_of(actor.at("outbox"))).at("totalItems") == 0);
}

TEST_CASE_METHOD(World, "a key that others may read is not used") {
  const std::string kept = camp.directory() + "/keys/" + member("bo").text() + "/transport.pem";
  REQUIRE(::chmod(kept.c_str(), 0644) == 0);
  CHECK(get("/u/bo").status == 500);
}

TEST_CASE_METHOD(World, "AP 38: public and unlisted posts are objects, others are not") {
  const Json note = json(o(open_post));
  CHECK(note.at("id") == u(open_post));
  CHECK(note.at("attributedTo") == "https://friend.camp/u/bo");
  CHECK(holds(note.at("to"), kPublic));
  CHECK(holds(note.at("cc"), "https://friend.camp/u/ana"));
  CHECK(contains(note.at("content").get<std::string>(), "href=\"https://friend.camp/u/ana\""));
  CHECK(holds(json(o(unlisted)).at("cc"), kPublic));
  CHECK(get(o(followers)).status == 404);
  CHECK(get(o(letter)).status == 404);
  CHECK(get(o(local)).status == 404);
}

TEST_CASE_METHOD(World, "E57 what is not public is answered as what never was") {
  const std::string never = ObjectId::make(ops::kStart, std::string(32, 'n')).text();
  for (const std::string& accept : {kActivity, kLd, std::string("application/json")}) {
    for (const char* rest : {"", "/replies", "/context", "/create"}) {
      const std::string nothing = all_of(get(o(never, rest), accept));
      CHECK(nothing.starts_with("404\n"));
      for (const std::string& id : {local, followers, letter, deleted_local, std::string("x"),
                                    local + "0", local.substr(1)}) {
        INFO(id << rest);
        CHECK(all_of(get(o(id, rest), accept)) == nothing);
        const http::Headers signed_request{{"Signature", "keyId=\"https://example.org/u#k\""}};
        CHECK(all_of(get(o(id, rest), accept, {}, "GET", signed_request)) == nothing);
      }
    }
  }
}

TEST_CASE_METHOD(World, "E57 with authorized fetch nothing tells what is there either") {
  const std::string never = ObjectId::make(ops::kStart, std::string(32, 'n')).text();
  const auto guarded = [](DiscoveryContext& context) { context.authorized_fetch = true; };
  const auto known = [](DiscoveryContext& context) {
    context.authorized_fetch = true;
    context.signer = [](const http::Request&) -> Result<std::string> { return kZoe; };
  };
  for (const std::string& id : {local, followers, letter, open_post, deleted}) {
    CHECK(all_of(get(o(id), kActivity, guarded)) == all_of(get(o(never), kActivity, guarded)));
  }
  for (const std::string& id : {local, followers, letter}) {
    CHECK(all_of(get(o(id), kActivity, known)) == all_of(get(o(never), kActivity, known)));
  }
}

TEST_CASE_METHOD(World, "AP 40: a local or neighborhood post is in no answer, list or count") {
  std::string neighborly;
  {
    store::Community community = open();
    const ops::Actor bo = camp.who(community, "bo");
    const model::Maker maker = ops::maker_for(community, bo);
    const crypto::SecretKey key = need(ops::signing_key(community, bo.id));
    const auto sealed = need(model::seal(
        model::make_note(maker, model::to_neighborhood(), {.content = kSecret}), maker, &key));
    store::NewObject made{model::decoded(sealed.bytes),
                          index::Verdict::valid,
                          crypto::to_did_key(key.public_key()),
                          {}};
    made.repositories = {model::home_of(made.object)};
    neighborly = sealed.id.object.text();
    auto writer = need(community.write());
    need(writer.create_repository(made.repositories[0]));
    need(writer.append({made}, {}, "post"));
  }
  std::vector<std::string> paths{"/u/ana",
                                 "/u/bo",
                                 "/u/cy",
                                 "/actor",
                                 "/actor/outbox",
                                 "/nodeinfo/2.0",
                                 "/nodeinfo/2.1",
                                 "/.well-known/nodeinfo",
                                 "/.well-known/webfinger?resource=acct:bo@friend.camp"};
  for (const char* handle : {"ana", "bo", "cy"}) {
    for (const char* list : {"outbox", "outbox?page=true", "followers", "followers?page=true",
                             "following", "following?page=true"}) {
      paths.push_back("/u/" + std::string(handle) + "/" + list);
    }
  }
  const std::vector<std::string> secrets{local, followers, letter, neighborly, deleted_local};
  std::vector<std::string> all = secrets;
  all.insert(all.end(), {open_post, answer, unlisted, deleted});
  for (const std::string& id : all) {
    for (const char* rest : {"", "/replies", "/context", "/create"}) paths.push_back(o(id, rest));
    paths.push_back("/u/bo/outbox?page=true&before=" + id);
  }
  const auto telling = [](DiscoveryContext& context) {
    context.publish_usage = true;
    context.describe = [](const OwnerId&, ActorProfile& profile) -> Result<void> {
      profile.lists_open = true;
      return {};
    };
  };
  std::size_t answered = 0;
  for (const std::string& path : paths) {
    for (const std::string& accept :
         {kActivity, kLd, std::string("text/html"), std::string("*/*")}) {
      for (const http::Headers& more : {http::Headers{}, http::Headers{{"Signature", "x"}}}) {
        const auto response = ask(path, accept, telling, "GET", more);
        if (!response) continue;
        ++answered;
        INFO(path << "\n" << response->body);
        CHECK_FALSE(contains(response->body, kSecret));
        const bool is_cursor = contains(path, "before=");
        for (const std::string& id : secrets) {
          CHECK((is_cursor || !contains(response->body, id)));
        }
      }
    }
  }
  CHECK(answered > 200);
  CHECK(json("/u/bo/outbox").at("totalItems") == 2);
  const Json info = Json::parse(get("/nodeinfo/2.0", "", telling).body);
  CHECK(info.at("usage") == Json{{"users", {{"total", 3}}}, {"localPosts", 3}});
  CHECK(Json::parse(get("/nodeinfo/2.0", "").body).at("usage") == Json{{"users", Json::object()}});
}

TEST_CASE_METHOD(World, "AP 43: a deleted public post is 410 with a Tombstone") {
  const http::Response gone = get(o(deleted));
  CHECK(gone.status == 410);
  const Json tombstone = Json::parse(gone.body);
  CHECK(tombstone.at("id") == u(deleted));
  CHECK(tombstone.at("type") == "Tombstone");
  CHECK(tombstone.at("formerType") == "Note");
  CHECK(tombstone.contains("deleted"));
  CHECK_FALSE(contains(gone.body, "oops"));
  CHECK(get(o(deleted, "/create")).status == 404);
}

TEST_CASE_METHOD(World, "a removed member is 410, with their posts") {
  decide({.kind = "remove", .member = member("bo")});
  const http::Response gone = get("/u/bo");
  CHECK(gone.status == 410);
  CHECK(Json::parse(gone.body).at("type") == "Tombstone");
  CHECK(get("/u/bo/outbox").status == 410);
  CHECK(get(o(open_post)).status == 410);
  CHECK_FALSE(contains(get(o(open_post)).body, "garden"));
  CHECK(get(o(local)).status == 404);
  CHECK(get(o(answer)).status == 200);
  CHECK(json(o(answer, "/context")).at("items") == Json::array({u(answer)}));
}

TEST_CASE_METHOD(World, "what moderation hides is not there") {
  const std::string bo = member("bo").text();
  decide({.kind = "hide", .object = "camp:" + bo + "/" + open_post});
  const std::string never = ObjectId::make(ops::kStart, std::string(32, 'n')).text();
  for (const char* rest : {"", "/replies", "/context", "/create"}) {
    CHECK(all_of(get(o(open_post, rest))) == all_of(get(o(never, rest))));
  }
  CHECK(json("/u/bo/outbox").at("totalItems") == 1);
  CHECK(items("/u/bo/outbox").size() == 1);
  CHECK_FALSE(holds(json(o(answer, "/context")).at("items"), u(open_post)));
  decide({.kind = "unhide", .object = "camp:" + bo + "/" + open_post});
  CHECK(get(o(open_post)).status == 200);
}

TEST_CASE_METHOD(World, "what somebody else signed in a member's name is not told on") {
  std::string forged;
  {
    store::Community community = open();
    const ops::Actor bo = camp.who(community, "bo");
    const model::Maker maker = ops::maker_for(community, bo);
    const crypto::SecretKey key = model::key_of(model::cy());
    const auto sealed = need(
        model::seal(model::make_note(maker, model::to_public(), {.content = "mine"}), maker, &key));
    forged = sealed.id.object.text();
    auto writer = need(community.write());
    need(writer.append({{model::decoded(sealed.bytes),
                         index::Verdict::valid,
                         crypto::to_did_key(key.public_key()),
                         {"public"}}},
                       {}, "post"));
  }
  CHECK(get(o(forged)).status == 404);
  CHECK(json("/u/bo/outbox").at("totalItems") == 2);
  CHECK(items("/u/bo/outbox").size() == 2);
  CHECK_FALSE(contains(get(o(forged, "/context")).body, forged));
}

TEST_CASE_METHOD(World, "AP 45: public likes and boosts are objects of their own") {
  const std::vector<Json> activities = items("/u/ana/outbox");
  REQUIRE(activities.size() == 2);
  const Json& boost = activities[0];
  CHECK(boost.at("type") == "Announce");
  CHECK(boost.at("object") == u(open_post));
  const Json alone = json(path_of(boost.at("id")));
  CHECK(alone.at("id") == boost.at("id"));
  CHECK(alone.at("type") == "Announce");
  store::Community community = open();
  need(ops::react(community, camp.who(community, "ana"), model::Type::announce, open_post, true));
  const Json undone = json(path_of(boost.at("id")), 410);
  CHECK(undone.at("formerType") == "Announce");
  CHECK(json("/u/ana/outbox").at("totalItems") == 1);
  CHECK(items("/u/ana/outbox").size() == 1);
}

TEST_CASE_METHOD(World, "AP 53: the outbox has what is public, newest first, in pages") {
  std::vector<std::string> wanted;
  for (const std::string& id : {open_post, unlisted}) wanted.push_back(u(id) + "/create");
  for (int i = 0; i < 21; ++i) {
    const std::string id = say("bo", ops::to("public", "number " + std::to_string(i)));
    wanted.push_back(u(id) + "/create");
    if (i % 4 == 0) {
      store::Community community = open();
      need(ops::react(community, camp.who(community, "bo"), model::Type::announce, id, false));
      wanted.push_back("a boost");
    }
  }
  std::reverse(wanted.begin(), wanted.end());
  std::vector<std::string> seen;
  for (const Json& item : items("/u/bo/outbox")) {
    const bool boost = item.at("type") == "Announce";
    seen.push_back(boost ? "a boost" : item.at("id").get<std::string>());
  }
  CHECK(seen == wanted);
  const Json list = json("/u/bo/outbox");
  CHECK(list.at("type") == "OrderedCollection");
  CHECK(list.at("totalItems") == wanted.size());
  CHECK(get("/u/bo/outbox?page=true&before=x").status == 404);
  const Json create = json("/u/bo/outbox?page=true").at("orderedItems")[0];
  CHECK(json(path_of(create.at("id"))).at("object") == create.at("object"));
}

TEST_CASE_METHOD(World, "AP 53: hidden lists show only how many, open ones whom") {
  put_follower("bo", kZoe, model::kNow);
  put_follower("bo", "https://example.org/users/yan", model::kNow + 1);
  put_follower("bo", "https://example.org/users/gone", model::kNow + 2);
  put_follower("bo", "https://example.org/users/gone", model::kNow + 2, true);
  const Json hidden = json("/u/bo/followers");
  CHECK(hidden.at("type") == "OrderedCollection");
  CHECK(hidden.at("totalItems") == 2);
  CHECK_FALSE(hidden.contains("first"));
  CHECK(get("/u/bo/followers?page=true").status == 404);
  const auto open_lists = [](DiscoveryContext& context) {
    context.describe = [](const OwnerId&, ActorProfile& profile) -> Result<void> {
      profile.lists_open = true;
      return {};
    };
  };
  const Json list = Json::parse(get("/u/bo/followers", kActivity, open_lists).body);
  CHECK(list.at("totalItems") == 2);
  const Json page = Json::parse(get("/u/bo/followers?page=true", kActivity, open_lists).body);
  CHECK(page.at("orderedItems") == Json::array({"https://example.org/users/yan", kZoe}));
  CHECK(json("/u/ana/followers").at("totalItems") == 0);
  const store::Community community = open();
  CHECK(need(count_followers(community, member("bo"))) == 2);
  CHECK(need(read_followers(community, member("bo"))).front().id == kZoe);
}

TEST_CASE_METHOD(World, "AP 53: whom a member follows here is theirs alone") {
  {
    store::Community community = open();
    const ops::Actor bo = camp.who(community, "bo");
    const crypto::SecretKey key = need(ops::signing_key(community, bo.id));
    auto writer = need(community.write());
    for (const std::string& about : {member("ana").uri(), std::string("acct:zoe@example.org"),
                                     std::string("acct:who@nowhere.example")}) {
      const model::Maker maker = ops::maker_for(community, bo);
      const auto sealed =
          need(model::seal(model::make_relation(maker, model::Type::follow, about), maker, &key));
      const std::string own = model::private_repository(bo.id);
      need(writer.introduce(own, bo.id));
      need(writer.append({{model::decoded(sealed.bytes),
                           index::Verdict::valid,
                           crypto::to_did_key(key.public_key()),
                           {own}}},
                         {}, "follow"));
    }
  }
  const auto open_lists = [](DiscoveryContext& context) {
    context.describe = [](const OwnerId&, ActorProfile& profile) -> Result<void> {
      profile.lists_open = true;
      return {};
    };
    context.elsewhere.person = test_names().person;
  };
  CHECK(json("/u/bo/following").at("totalItems") == 2);
  const Json page = Json::parse(get("/u/bo/following?page=true", kActivity, open_lists).body);
  CHECK(page.at("orderedItems") == Json::array({kZoe}));
}

TEST_CASE_METHOD(World, "AP 54: NodeInfo is listed and where the list says") {
  const http::Response index = get("/.well-known/nodeinfo", "");
  CHECK(field(index, "Access-Control-Allow-Origin") == "*");
  const Json listed = Json::parse(index.body);
  for (const Json& link : listed.at("links")) {
    const http::Response document = get(path_of(link.at("href")), "");
    CHECK(document.status == 200);
    CHECK(contains(field(document, "Content-Type"), link.at("rel").get<std::string>()));
    CHECK(field(document, "Access-Control-Allow-Origin") == "*");
    const Json info = Json::parse(document.body);
    CHECK(info.at("software") == Json{{"name", "camp"}, {"version", "1.2.3"}});
    CHECK(info.at("metadata").at("nodeName") == "Friend Camp");
  }
}

TEST_CASE_METHOD(World, "AP 65: host-meta is XRD") {
  const http::Response meta = get("/.well-known/host-meta", "");
  CHECK(field(meta, "Content-Type") == "application/xrd+xml");
  CHECK(contains(meta.body, "lrdd"));
}

TEST_CASE_METHOD(World, "AP 72: replies are listed, and stand in their parent's conversation") {
  const Json note = json(o(open_post)), reply = json(o(answer));
  CHECK(reply.at("inReplyTo") == note.at("id"));
  CHECK(reply.at("context") == note.at("context"));
  CHECK(reply.at("conversation") == note.at("conversation"));
  const std::string hushed = say("bo", ops::reply_to(open_post, ops::to("local", kSecret)));
  const Json replies = json(path_of(note.at("replies")));
  CHECK(replies.at("type") == "Collection");
  CHECK(replies.at("items") == Json::array({u(answer)}));
  CHECK(replies.at("totalItems") == 1);
  CHECK(json(path_of(note.at("context"))).at("items") == Json::array({u(open_post), u(answer)}));
  const auto elsewhere = [](DiscoveryContext& context) {
    context.elsewhere.replies = [](const std::string&) {
      return std::vector<std::string>{"https://example.org/posts/8"};
    };
  };
  CHECK(Json::parse(get(o(open_post, "/replies"), kActivity, elsewhere).body).at("items") ==
        Json::array({u(answer), "https://example.org/posts/8"}));
}

TEST_CASE_METHOD(World, "AP 72: a letter names the letter that it answers, and nothing local") {
  const store::Community community = open();
  const auto names = need(names_for(community, friend_camp(), {}, store::Addressed{kZoe}));
  const std::string bo = member("bo").uri();
  CHECK(need(names.object(bo + "/" + open_post)).value().url == u(open_post));
  CHECK_FALSE(need(names.object(bo + "/" + local)));
  CHECK_FALSE(need(names.object(bo + "/" + letter)));
  CHECK_FALSE(need(names.object(bo + "/" + followers)));
  const auto follower =
      need(names_for(community, friend_camp(), {}, store::Addressed{kZoe, store::Tie::follower}));
  const auto known = need(follower.object(bo + "/" + followers));
  REQUIRE(known);
  CHECK(known->context == u(followers) + "/context");
  const auto anyone = need(names_for(community, friend_camp(), {}, store::Anyone{}));
  CHECK(need(anyone.object(bo + "/" + deleted)).value().url == u(deleted));
  CHECK_FALSE(need(anyone.object(bo + "/" + deleted_local)));
}

TEST_CASE_METHOD(World, "AP 74: with authorized fetch objects want a signature, actors do not") {
  std::string signer;
  const auto guarded = [&](DiscoveryContext& context) {
    context.authorized_fetch = true;
    context.signer = [&](const http::Request&) -> Result<std::string> {
      if (signer.empty()) return fail(Kind::refused, "no signature");
      return signer;
    };
    context.is_blocked = [](const OwnerId&, const std::string& actor) { return actor == kZoe; };
  };
  const auto status = [&](const std::string& path) { return get(path, kActivity, guarded).status; };
  for (const std::string& path :
       {o(open_post), o(open_post, "/replies"), o(deleted), std::string("/u/bo/outbox"),
        std::string("/u/bo/outbox?page=true"), std::string("/u/bo/followers")}) {
    INFO(path);
    signer.clear();
    CHECK(status(path) == 401);
    signer = kZoe;
    CHECK(status(path) == 404);
    signer = "https://example.org/users/yan";
    CHECK(status(path) == (path == o(deleted) ? 410 : 200));
  }
  signer.clear();
  for (const char* path : {"/u/bo", "/actor", "/.well-known/webfinger?resource=acct:bo@friend.camp",
                           "/nodeinfo/2.0"}) {
    INFO(path);
    CHECK(status(path) == 200);
  }
  CHECK(field(get(o(open_post), kActivity, guarded), "Vary") == "Accept, Signature");
  signer = "https://example.org/users/yan";
  CHECK(field(get(o(open_post), kActivity, guarded), "Cache-Control") == "private, no-store");
}

TEST_CASE_METHOD(World, "whom a member blocks may still read what others wrote") {
  const std::string bo = member("bo").text();
  const auto guarded = [&](DiscoveryContext& context) {
    context.authorized_fetch = true;
    context.signer = [](const http::Request&) -> Result<std::string> { return kZoe; };
    context.is_blocked = [&](const OwnerId& member, const std::string& actor) {
      return member.text() == bo && actor == kZoe;
    };
  };
  const auto status = [&](const std::string& path) { return get(path, kActivity, guarded).status; };
  const std::string boost = path_of(items("/u/ana/outbox")[0].at("id"));
  for (const std::string& path : {o(answer), o(answer, "/create"), std::string("/u/ana/outbox"),
                                  std::string("/u/ana/followers"), boost, std::string("/u/bo")}) {
    INFO(path);
    CHECK(status(path) == 200);
  }
  const std::string never = ObjectId::make(ops::kStart, std::string(32, 'n')).text();
  const std::string nothing = all_of(get(o(never), kActivity, guarded));
  for (const std::string& path :
       {o(open_post), o(open_post, "/create"), o(open_post, "/context"), o(unlisted), o(deleted),
        std::string("/u/bo/outbox"), std::string("/u/bo/following")}) {
    INFO(path);
    CHECK(all_of(get(path, kActivity, guarded)) == nothing);
  }
}

TEST_CASE_METHOD(World, "AP 61: actors and notes carry the proof that the server makes") {
  const crypto::SecretKey key = model::key_of(model::bo());
  const auto proving = [&](DiscoveryContext& context) {
    context.prove = [&](const OwnerId&, Json& document) {
      return crypto::add_proof(document, key, "2026-11-23T10:00:00Z",
                               "https://friend.camp/u/bo#key");
    };
  };
  for (const std::string& path : {std::string("/u/bo"), o(open_post)}) {
    const Json document = Json::parse(get(path, kActivity, proving).body);
    CHECK(document.at("proof").at("verificationMethod") == "https://friend.camp/u/bo#key");
    CHECK(crypto::verify_proof(document, key.public_key()));
  }
}

TEST_CASE_METHOD(World, "an answer that somebody has already is not sent again") {
  const http::Response first = get(o(open_post));
  const std::string etag = field(first, "ETag");
  CHECK(field(first, "Cache-Control") == "public, max-age=60");
  const http::Response again = get(o(open_post), kActivity, {}, "GET", {{"If-None-Match", etag}});
  CHECK(again.status == 304);
  CHECK(again.body.empty());
  CHECK(field(again, "ETag") == etag);
  CHECK(field(again, "Vary") == "Accept");
  CHECK(get(o(open_post), kActivity, {}, "GET", {{"If-None-Match", "\"other\""}}).status == 200);
  {
    store::Community community = open();
    need(ops::edit(community, camp.who(community, "bo"), open_post, "changed", std::nullopt));
  }
  const http::Response changed = get(o(open_post), kActivity, {}, "GET", {{"If-None-Match", etag}});
  CHECK(changed.status == 200);
  CHECK(Json::parse(changed.body).contains("updated"));
  CHECK(get(o(deleted), kActivity, {}, "GET", {{"If-None-Match", "*"}}).status == 410);
}

TEST_CASE_METHOD(World, "HEAD is answered as GET is") {
  for (const std::string& path : {std::string("/u/bo"), o(open_post), o(local)}) {
    CHECK(all_of(get(path, kActivity, {}, "HEAD")) == all_of(get(path)));
  }
}

TEST_CASE_METHOD(World, "nobody takes over the address of whoever was removed") {
  const OwnerId cy = member("cy");
  decide({.kind = "remove", .member = cy});
  {
    store::Community community = open();
    const auto added = ops::add_member(community, camp.who(community, "ana"), "cy", "New Cy");
    REQUIRE_FALSE(added);
    CHECK(added.error().kind == Kind::conflict);
  }
  CHECK(get("/u/cy").status == 410);
}
