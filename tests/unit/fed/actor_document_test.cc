// SPDX-License-Identifier: MIT
// Actors as other servers read them.
#include "fed/actor_document.h"

#include "crypto/did_key.h"
#include "unit/fed/document_support.h"

using namespace camp;
using namespace camp::fed;

namespace {

const std::string kPem = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n";

ActorProfile bos_profile() {
  ActorProfile profile;
  profile.handle = "bo";
  profile.name = "Bo of the Garden";
  profile.summary_html = "<p>I grow beans.</p>";
  profile.fields = {{"Allotment", "<p>row 7</p>"}};
  profile.hashtags = {"garden"};
  profile.icon = {friend_camp().media("ab12", "png"), "image/png", "a bean"};
  profile.locked = true;
  profile.published_ms = model::kNow;
  profile.also_known_as = {"https://old.example/u/bo"};
  profile.public_key_pem = kPem;
  profile.keys = {model::key_of(model::bo()).public_key(), model::key_of(model::cy()).public_key()};
  return profile;
}

/// Every text in a document that is an address.
void collect_addresses(const Json& json, std::vector<std::string>& found) {
  if (json.is_string() && json.get<std::string>().find("://") != std::string::npos) {
    found.push_back(json.get<std::string>());
  }
  if (!json.is_structured()) return;
  for (const auto& [name, member] : json.items()) {
    if (name != "@context" && name != "alsoKnownAs") collect_addresses(member, found);
  }
}

}  // namespace

TEST_CASE("a member's actor reads like this") {
  check_golden("actor.json", actor_document(friend_camp(), bos_profile()));
}

TEST_CASE("the instance's actor reads like this") {
  check_golden("instance-actor.json", instance_actor_document(friend_camp(), "Friend Camp", kPem));
}

TEST_CASE("AP 6: an actor has all that peers ask for") {
  const Json actor = actor_document(friend_camp(), bos_profile());
  const std::string id = "https://friend.camp/u/bo";
  CHECK(actor.at("id") == id);
  CHECK(actor.at("type") == "Person");
  CHECK(actor.at("preferredUsername") == "bo");
  for (const char* box : {"inbox", "outbox", "followers", "following"}) {
    CHECK(actor.at(box) == id + "/" + box);
  }
  CHECK(actor.at("publicKey").at("id") == id + "#main-key");
  CHECK(actor.at("publicKey").at("owner") == id);
  CHECK(actor.at("publicKey").at("publicKeyPem") == kPem);
  CHECK(actor.at("manuallyApprovesFollowers") == true);
  CHECK(actor.at("discoverable") == false);
  CHECK(actor.at("indexable") == false);
}

TEST_CASE("AP 7: the context names ActivityStreams and the security vocabulary") {
  for (const Json& actor : {actor_document(friend_camp(), bos_profile()),
                            instance_actor_document(friend_camp(), "Friend Camp", kPem)}) {
    CHECK(holds(actor.at("@context"), "https://www.w3.org/ns/activitystreams"));
    CHECK(holds(actor.at("@context"), "https://w3id.org/security/v1"));
  }
}

TEST_CASE("AP 9: all addresses of an actor are on its host, and https") {
  std::vector<std::string> addresses;
  collect_addresses(actor_document(friend_camp(), bos_profile()), addresses);
  CHECK(addresses.size() > 10);
  for (const std::string& address : addresses) {
    INFO(address);
    CHECK(address.starts_with("https://friend.camp/"));
  }
}

TEST_CASE("AP 50: the shared inbox is one for all") {
  ActorProfile other = bos_profile();
  other.handle = "ana";
  const Json one = actor_document(friend_camp(), bos_profile()),
             two = actor_document(friend_camp(), other),
             camp = instance_actor_document(friend_camp(), "Friend Camp", kPem);
  CHECK(one.at("endpoints").at("sharedInbox") == "https://friend.camp/inbox");
  CHECK(two.at("endpoints") == one.at("endpoints"));
  CHECK(camp.at("endpoints") == one.at("endpoints"));
}

TEST_CASE("AP 61: the keys that speak for a member are Multikeys of the actor") {
  const Json actor = actor_document(friend_camp(), bos_profile());
  const Json& methods = actor.at("assertionMethod");
  REQUIRE(methods.size() == 2);
  const std::string key = crypto::to_multibase(model::key_of(model::bo()).public_key());
  CHECK(methods[0] == Json{{"id", "https://friend.camp/u/bo#" + key},
                           {"type", "Multikey"},
                           {"controller", "https://friend.camp/u/bo"},
                           {"publicKeyMultibase", key}});
  CHECK(methods[1].at("id") != methods[0].at("id"));
}

TEST_CASE("AP 75: actors say their WebFinger address, and aliases when there are some") {
  ActorProfile profile = bos_profile();
  const Json actor = actor_document(friend_camp(), profile);
  CHECK(actor.at("webfinger") == "bo@friend.camp");
  CHECK(actor.at("alsoKnownAs") == Json::array({"https://old.example/u/bo"}));
  CHECK_FALSE(actor.contains("movedTo"));
  profile.also_known_as.clear();
  profile.moved_to = "https://new.example/u/bo";
  const Json moved = actor_document(friend_camp(), profile);
  CHECK_FALSE(moved.contains("alsoKnownAs"));
  CHECK(moved.at("movedTo") == "https://new.example/u/bo");
}

TEST_CASE("a bot is a Service, and who has no name goes by the handle") {
  ActorProfile profile;
  profile.handle = "clock";
  profile.bot = true;
  const Json actor = actor_document(friend_camp(), profile);
  CHECK(actor.at("type") == "Service");
  CHECK(actor.at("name") == "clock");
  CHECK_FALSE(actor.contains("icon"));
}

TEST_CASE("an actor tells the day of joining, not the minute") {
  const Json actor = actor_document(friend_camp(), bos_profile());
  CHECK(actor.at("published") == "2026-11-23T00:00:00.000Z");
}
