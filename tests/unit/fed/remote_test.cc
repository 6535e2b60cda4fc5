// SPDX-License-Identifier: MIT
// What other servers are asked, and what of their answers is believed.
#include "fed/remote.h"

#include "fed/http_signature.h"
#include "unit/fed/peer_support.h"

using namespace camp;
using namespace camp::fed;

namespace {

class World : public FedCamp {
 public:
  Peer peer;
  std::string sal = peer.settle("sal");

  Json note(const std::string& path, const std::string& author) {
    return {{"id", peer.url(path)},
            {"type", "Note"},
            {"attributedTo", author},
            {"to", Json::array({"as:Public"})},
            {"content", "<p>hello</p>"}};
  }
  std::optional<Kind> refusal(const std::string& uri) {
    const auto document = remote().fetch_document(uri);
    return document ? std::nullopt : std::optional(document.error().kind);
  }
};

Peer::Document of_type(const Json& json, const std::string& type) {
  return {.body = json.dump(), .type = type};
}
Peer::Document leads_to(const std::string& url) {
  Peer::Document document{.status = 302};
  document.more.set("Location", url);
  return document;
}

}  // namespace

TEST_CASE("statement 14: what is asked is signed by the community's own actor") {
  FedCamp camp;
  std::string signature, accept;
  http::TestServer server({}, [&](const http::Request& request) {
    signature = request.headers.find("Signature").value_or("");
    accept = request.headers.find("Accept").value_or("");
    return http::Response{.status = 404};
  });
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + "/x";
  CHECK_FALSE(camp.remote().fetch_document(url));
  CHECK(signature.find("keyId=\"" + camp.site.instance_key_id() + "\"") != std::string::npos);
  CHECK(signature.find("headers=\"(request-target) host date\"") != std::string::npos);
  CHECK(accept.find("application/activity+json") != std::string::npos);
}

TEST_CASE("statement 15: a 401 is tried once more with the query left out of the signature") {
  FedCamp camp;
  std::vector<std::string> signatures;
  const std::string path = "/x?a=1";
  http::TestServer server({}, [&](const http::Request& request) {
    signatures.emplace_back(request.headers.find("Signature").value_or(""));
    return http::Response{.status = 401};
  });
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + path;
  CHECK_FALSE(camp.remote().fetch_document(url));
  REQUIRE(signatures.size() == 2);
  CHECK(signatures[0] != signatures[1]);
}

TEST_CASE("statement 47, E23: a document is what its id says, or is asked for once more") {
  World world;
  const Json note = world.note("/posts/1", world.sal);
  world.peer.put("/posts/1", note);
  CHECK(need(world.remote().fetch_document(world.peer.url("/posts/1"))) == note);
  CHECK(world.peer.asked("/posts/1") == 1);
  world.peer.put("/@sal/1", note);  // another address of the same
  CHECK(need(world.remote().fetch_document(world.peer.url("/@sal/1"))) == note);
  CHECK(world.peer.asked("/posts/1") == 2);

  world.peer.put("/a", world.note("/b", world.sal));
  world.peer.put("/b", world.note("/c", world.sal));
  world.peer.put("/c", world.note("/c", world.sal));
  CHECK(world.refusal(world.peer.url("/a")) == Kind::refused);
  CHECK(world.peer.asked("/c") == 0);
  Json elsewhere = note;
  elsewhere["id"] = "http://127.0.0.2:1/posts/1";
  world.peer.put("/d", elsewhere);
  CHECK(world.refusal(world.peer.url("/d")) == Kind::refused);
  elsewhere.erase("id");
  world.peer.put("/e", elsewhere);
  CHECK(world.refusal(world.peer.url("/e")) == Kind::refused);
}

TEST_CASE("E24: only what is served as ActivityPub is read as it") {
  World world;
  const Json note = world.note("/posts/1", world.sal);
  for (const char* type : {"text/html", "text/plain", "image/png", "application/json", "",
                           "application/ld+json", "application/octet-stream",
                           "application/activity+jsonp", "text/html; application/activity+json"}) {
    INFO(type);
    world.peer.put("/posts/1", of_type(note, type));
    CHECK(world.refusal(world.peer.url("/posts/1")) == Kind::refused);
  }
  for (const char* type :
       {"application/activity+json", "Application/Activity+JSON; charset=utf-8",
        "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\""}) {
    INFO(type);
    world.peer.put("/posts/1", of_type(note, type));
    CHECK_FALSE(world.refusal(world.peer.url("/posts/1")));
  }
}

TEST_CASE("statement 48, E36: redirects stay on the host, are few, and speak http") {
  World world;
  Peer other;
  other.put("/posts/1", world.note("/posts/1", world.sal));
  world.peer.put("/posts/1", world.note("/posts/1", world.sal));
  world.peer.put("/go", leads_to(world.peer.url("/posts/1")));
  CHECK_FALSE(world.refusal(world.peer.url("/go")));
  for (const std::string& url :
       {other.url("/posts/1"), std::string("file:///etc/passwd"),
        std::string("gopher://127.0.0.1/1"), std::string("http://10.0.0.1/x")}) {
    world.peer.put("/go", leads_to(url));
    INFO(url);
    CHECK(world.refusal(world.peer.url("/go")));
  }
  CHECK(other.asked() == 0);
  world.peer.put("/loop", leads_to(world.peer.url("/loop")));
  CHECK(world.refusal(world.peer.url("/loop")));
  CHECK(world.peer.asked("/loop") == 4);
}

TEST_CASE("E34: addresses that are not public are never connected to") {
  World world;
  for (const char* url :
       {"http://10.0.0.1/x", "https://192.168.1.1/x", "http://[::ffff:10.0.0.1]/x",
        "http://169.254.169.254/latest", "http://100.64.0.1/x", "http://2130706433/x",
        "http://0177.0.0.1/x", "http://0.0.0.0/x", "ftp://example.org/x", "https://user@b.example/",
        "https://b.example:8443/x", "not a url", ""}) {
    INFO(url);
    CHECK(world.refusal(url) == Kind::refused);
  }
}

TEST_CASE("what is gone is marked so, and may come back") {
  World world;
  need(world.remote().actor(world.sal));
  for (const int status : {410, 404}) {
    world.peer.put("/users/sal", Peer::Document{.status = status});
    const auto gone = world.remote().fetch_actor(world.sal);
    REQUIRE_FALSE(gone);
    CHECK(gone.error().kind == Kind::not_found);
    CHECK(need(world.db().actor(world.sal))->gone);
    CHECK(world.remote().actor(world.sal).error().kind == Kind::not_found);
    world.peer.settle("sal");
    CHECK_FALSE(need(world.remote().fetch_actor(world.sal)).gone);
  }
  world.peer.put("/users/sal", Peer::Document{.status = 503});
  CHECK(world.remote().fetch_actor(world.sal).error().kind == Kind::network);
  CHECK_FALSE(need(world.db().actor(world.sal))->gone);
}

TEST_CASE("an actor is asked for once a day, and is as kept when nobody answers") {
  World world;
  need(world.remote().actor(world.sal));
  need(world.remote().actor(world.sal));
  CHECK(world.peer.asked("/users/sal") == 1);
  world.stage.now += kActorFreshMs + 1;
  need(world.remote().actor(world.sal));
  CHECK(world.peer.asked("/users/sal") == 2);
  world.peer.put("/users/sal", Peer::Document{.status = 500});
  world.stage.now += kActorFreshMs + 1;
  CHECK(need(world.remote().actor(world.sal)).user == "sal");
}

TEST_CASE("statement 23: keys with a fragment, at a stub beside the actor, at their own address") {
  World world;
  const std::string pem = peer_public_pem();
  const auto resolves = [&](const std::string& id, const std::string& owner) {
    const auto holder = world.remote().key(id);
    INFO((holder ? "" : holder.error().message));
    REQUIRE(holder);
    CHECK(holder->actor.id == owner);
    const int asked = world.peer.asked();
    CHECK(world.remote().key(id));
    CHECK(world.peer.asked() == asked);
    world.stage.now += kHour;
  };
  resolves(world.sal + "#main-key", world.sal);
  CHECK(world.peer.asked("/users/sal") == 1);

  // GoToSocial: the stub has little of the actor.
  const std::string gus = world.peer.settle("gus");
  Json person = world.peer.person("gus");
  person["publicKey"]["id"] = gus + "/main-key";
  world.peer.put("/users/gus", person);
  world.peer.put("/users/gus/main-key", Json{{"id", gus},
                                             {"type", "Person"},
                                             {"preferredUsername", "gus"},
                                             {"publicKey", person["publicKey"]}});
  resolves(gus + "/main-key", gus);

  const std::string kim = world.peer.settle("kim");
  person = world.peer.person("kim");
  const std::string key = world.peer.url("/keys/77");
  person["publicKey"]["id"] = key;
  world.peer.put("/users/kim", person);
  world.peer.put("/keys/77", Json{{"id", key}, {"owner", kim}, {"publicKeyPem", pem}});
  resolves(key, kim);

  // A key that only looks as if it stood below its actor.
  const std::string lee = world.peer.settle("lee");
  person = world.peer.person("lee");
  const std::string odd = world.peer.url("/k/9/main-key");
  person["publicKey"]["id"] = odd;
  world.peer.put("/users/lee", person);
  world.peer.put("/k/9/main-key", Json{{"id", odd}, {"owner", lee}, {"publicKeyPem", pem}});
  resolves(odd, lee);
}

TEST_CASE("E11: a key counts if its owner names it") {
  World world;
  const auto refused = [&](const std::string& id) {
    world.stage.now += 2 * kHour;
    const auto holder = world.remote().key(id);
    return !holder && holder.error().kind == Kind::refused;
  };
  Json person = world.peer.person("sal");
  person["publicKey"]["owner"] = world.peer.url("/users/other");
  world.peer.put("/users/sal", person);
  CHECK(refused(world.sal + "#main-key"));
  person = world.peer.person("sal");
  person["publicKey"]["id"] = world.sal + "#other";
  world.peer.put("/users/sal", person);
  CHECK(refused(world.sal + "#main-key"));
  person = world.peer.person("sal", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
  world.peer.put("/users/sal", person);
  CHECK(refused(world.sal + "#main-key"));
  CHECK(refused("acct:sal@example.org"));
  CHECK(refused(""));
}

TEST_CASE("statement 26: a key is asked for again once an hour") {
  World world;
  need(world.remote().key(world.sal + "#main-key"));
  CHECK(world.remote().key_anew(world.sal + "#main-key"));
  CHECK_FALSE(world.remote().key_anew(world.sal + "#main-key"));
  CHECK_FALSE(world.remote().key_anew(world.sal + "#another"));  // the same actor
  CHECK(world.peer.asked("/users/sal") == 2);
  world.stage.now += kKeyRefetchMs + 1;
  CHECK(world.remote().key_anew(world.sal + "#main-key"));
}

TEST_CASE("E13: many keys that are there ask their host no more than ten times a minute") {
  World world;
  for (int i = 0; i < 15; ++i) world.peer.settle("p" + std::to_string(i));
  int found = 0;
  for (int i = 0; i < 15; ++i) {
    if (world.remote().key(world.peer.url("/users/p" + std::to_string(i)) + "#main-key")) ++found;
  }
  CHECK(found == kKeyFetches);
  world.stage.now += kFailedKeyMs + 1;
  CHECK(world.remote().key(world.peer.url("/users/p14") + "#main-key"));
}

TEST_CASE("somebody is found by their handle") {
  World world;
  CHECK(need(world.remote().resolve("sal", world.peer.host())).id == world.sal);
  const int asked = world.peer.asked();
  CHECK(need(world.remote().resolve("sal", world.peer.host())).id == world.sal);
  CHECK(world.peer.asked() == asked);
  const auto nobody = world.remote().resolve("nobody", world.peer.host());
  CHECK(nobody.error().kind == Kind::not_found);
  world.peer.put(world.peer.webfinger_target("odd", world.peer.host()),
                 Json{{"subject", "acct:odd@" + world.peer.host()}, {"links", Json::array({7})}});
  CHECK(world.remote().resolve("odd", world.peer.host()).error().kind == Kind::not_found);
}

TEST_CASE("a handle on another host than the id counts if both say so") {
  World world;
  Peer names;
  Json split = world.peer.jrd("acct:sal@" + names.host(), world.sal);
  world.peer.put(world.peer.webfinger_target("sal", world.peer.host()), split);
  // The other host knows nothing of it.
  CHECK(need(world.remote().fetch_actor(world.sal)).host == world.peer.host());
  CHECK(names.asked(names.webfinger_target("sal", names.host())) == 1);

  World again;
  again.peer.put(again.peer.webfinger_target("sal", again.peer.host()),
                 again.peer.jrd("acct:sal@" + names.host(), again.sal));
  names.put(names.webfinger_target("sal", names.host()),
            names.jrd("acct:sal@" + names.host(), again.sal));
  const auto actor = need(again.remote().fetch_actor(again.sal));
  CHECK(actor.handle() == "@sal@" + names.host());
  CHECK(need(again.remote().resolve("sal", names.host())).id == again.sal);
}

TEST_CASE("E37: names that lead to each other end, and a name of somebody else's is refused") {
  World world;
  Peer other;
  // Each names the other host.
  world.peer.put(world.peer.webfinger_target("sal", world.peer.host()),
                 world.peer.jrd("acct:sal@" + other.host(), world.sal));
  other.put(other.webfinger_target("sal", other.host()),
            other.jrd("acct:sal@" + world.peer.host(), world.sal));
  const auto actor = need(world.remote().fetch_actor(world.sal));
  CHECK(actor.host == world.peer.host());
  CHECK(world.peer.asked(world.peer.webfinger_target("sal", world.peer.host())) == 1);
  CHECK(other.asked() == 1);

  // mallory calls herself sal, on the same host.
  Json forged = world.peer.person("mallory");
  forged["preferredUsername"] = "sal";
  world.peer.put("/users/mallory", forged);
  CHECK(world.remote().fetch_actor(world.peer.url("/users/mallory")).error().kind == Kind::refused);
  CHECK(need(world.remote().resolve("sal", world.peer.host())).id == world.sal);
  // A host that claims another's name.
  Peer evil;
  evil.settle("eve");
  evil.put(evil.webfinger_target("eve", evil.host()),
           evil.jrd("acct:sal@" + world.peer.host(), evil.url("/users/eve")));
  CHECK(need(world.remote().fetch_actor(evil.url("/users/eve"))).handle() == "@eve@" + evil.host());
}

TEST_CASE("statement 46: a post is fetched with its author, from their host alone") {
  World world;
  world.peer.put("/posts/1", world.note("/posts/1", world.sal));
  CHECK(need(world.remote().fetch_post(world.peer.url("/posts/1"))).actor == world.sal);
  CHECK(need(world.db().actor(world.sal)));
  CHECK(need(world.db().post(world.peer.url("/posts/1"))));
  Peer other;
  other.settle("sal");
  Json forged = world.note("/posts/2", other.url("/users/sal"));
  world.peer.put("/posts/2", forged);
  CHECK(world.remote().fetch_post(world.peer.url("/posts/2")).error().kind == Kind::refused);
  CHECK_FALSE(need(world.db().post(world.peer.url("/posts/2"))));
}

TEST_CASE("nothing is asked of ourselves") {
  World world;
  CHECK(world.refusal(world.actor("ana")) == Kind::refused);
  CHECK(world.refusal("http://LOCALHOST:4000/o/1") == Kind::refused);
}

TEST_CASE("accounts are read in one spelling") {
  const auto read = [](std::string_view text) {
    const auto account = parse_account(text);
    return account ? account->user + " " + account->host : std::string();
  };
  CHECK(read("acct:sal@example.org") == "sal example.org");
  CHECK(read("@sal@example.org") == "sal example.org");
  CHECK(read("Sal.x-y_z@EXAMPLE.org") == "Sal.x-y_z example.org");
  CHECK(read("sal@b\xC3\xBC"
             "cher.example") == "sal xn--bcher-kva.example");
  for (const char* bad : {"",
                          "@",
                          "sal",
                          "sal@",
                          "@example.org",
                          "a@b@c.example",
                          "acct:",
                          "acct:@x.example",
                          "sal@example.org/",
                          "sal@example.org?x",
                          "sal@example.org#x",
                          "sa l@example.org",
                          "sal\x1b[2J@example.org",
                          "s\xE2\x80\xAE"
                          "al@example.org",
                          "../x@example.org",
                          "sal@exa mple.org",
                          "sal@user:pw@x.example",
                          "sal@-.example",
                          "sal@[::1",
                          "a@b\\c.example",
                          "-rf@example.org",
                          ".git@example.org",
                          "a%2e@example.org"}) {
    INFO(bad);
    CHECK(read(bad).empty());
  }
  CHECK(read(std::string(300, 'a') + "@example.org").empty());
}

TEST_CASE("the link to an actor in a WebFinger answer") {
  const auto link = [](const char* json) { return self_link(Json::parse(json)); };
  CHECK(link(R"({"links":[{"rel":"self","type":"application/activity+json","href":"u"}]})") == "u");
  CHECK(link(R"({"links":[{"rel":"self","type":"text/html","href":"h"},
    {"rel":"self","type":
     "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"","href":"u"}]})") ==
        "u");
  for (const char* none :
       {"{}", R"({"links":{}})", R"({"links":[1,null,[]]})",
        R"({"links":[{"rel":"self","href":"u"}]})",
        R"({"links":[{"rel":"alternate","type":"application/activity+json","href":"u"}]})",
        R"({"links":[{"rel":"self","type":"application/activity+json","href":7}]})"}) {
    INFO(none);
    CHECK(link(none).empty());
  }
}

TEST_CASE("after a 401 the signature covers the path alone, once, and only if there is a query") {
  FedCamp camp;
  const std::string pem = need(camp.community.keyring().instance_key(camp.community.id()));
  const auto key = need(crypto::RsaPublicKey::from_pem(need(crypto::rsa_public_pem(pem))));
  std::vector<http::Request> asked;
  http::TestServer server({}, [&](const http::Request& request) {
    asked.push_back(request);
    return http::Response{.status = 401};
  });
  const std::string host = "127.0.0.1:" + std::to_string(server.port());
  const auto verifies = [&](http::Request request, const std::string& signed_target) {
    const Verification at{.own_host = host, .scheme = "http", .now_ms = camp.now()};
    request.target = signed_target;
    const auto claim = read_signature(request, at);
    return claim && verify_signature(*claim, key).has_value();
  };
  CHECK_FALSE(camp.remote().fetch_document("http://" + host + "/x?a=1"));
  REQUIRE(asked.size() == 2);
  for (const http::Request& each : asked) CHECK(each.target == "/x?a=1");  // it is always sent
  const std::string with = "(request-target): get /x?a=1", without = "(request-target): get /x";
  const auto signed_text = [&](const http::Request& request, const std::string& target) {
    auto parameters = parse_signature_header(*request.headers.find("Signature")).value();
    const std::string text =
        signing_string(parameters, request.method, target, request.headers).value();
    return key.verify_sha256(text, parameters.signature);
  };
  CHECK(signed_text(asked[0], "/x?a=1"));
  CHECK_FALSE(signed_text(asked[0], "/x"));
  CHECK(signed_text(asked[1], "/x"));
  CHECK_FALSE(signed_text(asked[1], "/x?a=1"));
  CHECK(verifies(asked[0], "/x?a=1"));
  asked.clear();
  CHECK_FALSE(camp.remote().fetch_document("http://" + host + "/x"));
  CHECK(asked.size() == 1);
}

TEST_CASE("a document of more than a mebibyte is refused, one of a mebibyte is not") {
  World world;
  const std::string note = world.note("/posts/1", world.sal).dump();
  const auto of_size = [&](std::size_t size) {
    world.peer.put("/posts/1", Peer::Document{.body = note + std::string(size - note.size(), ' ')});
    return world.refusal(world.peer.url("/posts/1"));
  };
  CHECK_FALSE(of_size(1u << 20));
  CHECK(of_size((1u << 20) + 1) == Kind::network);
}

TEST_CASE("a key that names an owner on another host is not that owner's, and nothing is kept") {
  World world;
  Peer evil;
  evil.put(
      "/keys/1",
      Json{{"id", evil.url("/keys/1")}, {"owner", world.sal}, {"publicKeyPem", peer_public_pem()}});
  Json actor = world.peer.person("sal");  // the whole document, at another place
  actor["publicKey"]["id"] = evil.url("/users/sal#main-key");
  evil.put("/users/sal", actor);
  for (const std::string& id : {evil.url("/keys/1"), evil.url("/users/sal#main-key")}) {
    INFO(id);
    CHECK(world.remote().key(id).error().kind == Kind::refused);
    CHECK_FALSE(need(world.db().actor_by_key(id)));
    world.stage.now += kFailedKeyMs;
  }
  CHECK_FALSE(need(world.db().actor(world.sal)));
  CHECK(world.peer.asked() == 0);
}
