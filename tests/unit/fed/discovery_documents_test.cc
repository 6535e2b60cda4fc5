// SPDX-License-Identifier: MIT
// WebFinger, NodeInfo, collections and the files of followers, as values.
#include "fed/collections.h"
#include "fed/followers.h"
#include "fed/nodeinfo.h"
#include "fed/webfinger.h"
#include "unit/fed/document_support.h"

using namespace camp;
using namespace camp::fed;

namespace {

Resource::Kind kind_of(const std::string& resource) {
  return parse_resource(friend_camp(), resource).kind;
}

Follower zoe() {
  return {.id = kZoe,
          .inbox = kZoe + "/inbox",
          .shared_inbox = "https://example.org/inbox",
          .software = "mastodon",
          .follow = "https://example.org/follows/1",
          .since_ms = model::kNow};
}

}  // namespace

TEST_CASE("AP 1: WebFinger of a member reads like this") {
  check_golden("webfinger.json", webfinger_document(friend_camp(), "bo"));
  check_golden("webfinger-instance.json", instance_webfinger_document(friend_camp()));
}

TEST_CASE("AP 3: a resource is acct: in any case, or an actor's id") {
  for (const char* bo : {"acct:bo@friend.camp", "acct:Bo@Friend.CAMP", "ACCT:bo@friend.camp",
                         "https://friend.camp/u/bo"}) {
    INFO(bo);
    const Resource resource = parse_resource(friend_camp(), bo);
    CHECK(resource.kind == Resource::Kind::member);
    CHECK(resource.handle == "bo");
  }
  CHECK(kind_of("acct:friend.camp@friend.camp") == Resource::Kind::instance);
  CHECK(kind_of("https://friend.camp/actor") == Resource::Kind::instance);
  for (const char* other : {"acct:bo@example.org", "https://friend.camp/u/bo/", "mailto:bo@x",
                            "https://friend.camp/@bo", "acct:b.o@friend.camp",
                            "acct:bo@evil@example.org", "http://friend.camp/u/bo"}) {
    INFO(other);
    CHECK(kind_of(other) == Resource::Kind::elsewhere);
  }
  for (const char* broken : {"", "bo", "acct:", "acct:bo", "acct:@friend.camp", "acct:bo@",
                             "bo@friend.camp", "not a uri"}) {
    INFO(broken);
    CHECK(kind_of(broken) == Resource::Kind::malformed);
  }
}

TEST_CASE("AP 65: host-meta says where WebFinger is") {
  CHECK(contains(host_meta_document(friend_camp()),
                 "<Link rel=\"lrdd\" "
                 "template=\"https://friend.camp/.well-known/webfinger?resource={uri}\"/>"));
}

TEST_CASE("AP 54: NodeInfo reads like this") {
  check_golden("nodeinfo-index.json", nodeinfo_index(friend_camp()));
  const NodeFacts facts{"Friend Camp", "1.2.3", NodeFacts::Usage{3, 7}};
  check_golden("nodeinfo-2.0.json", nodeinfo_document(facts, NodeInfoVersion::v2_0));
  check_golden("nodeinfo-2.1.json", nodeinfo_document(facts, NodeInfoVersion::v2_1));
  const NodeFacts quiet{"Friend Camp", "1.2.3", {}};
  check_golden("nodeinfo-2.0-quiet.json", nodeinfo_document(quiet, NodeInfoVersion::v2_0));
}

TEST_CASE("AP 53: a list comes in pages, each item once") {
  std::vector<std::string> items;
  for (int i = 0; i < 45; ++i) items.push_back("https://example.org/" + std::to_string(i));
  std::vector<std::string> seen;
  std::string before;
  for (int pages = 0; pages < 10; ++pages) {
    const Page page = need(page_of(items, before));
    for (const Json& item : page.items) seen.push_back(item.get<std::string>());
    before = page.next;
    if (before.empty()) break;
  }
  CHECK(seen == items);
  CHECK(page_of(items, "https://example.org/x").error().kind == Kind::not_found);
  CHECK(need(page_of({}, "")).items.empty());
  items.resize(kPageItems);
  CHECK(need(page_of(items, "")).next.empty());
}

TEST_CASE("AP 53: collections name their pages, and pages their collection") {
  const Json list = ordered_collection("https://friend.camp/u/bo/outbox", 3, true);
  CHECK(list.at("type") == "OrderedCollection");
  CHECK(list.at("totalItems") == 3);
  CHECK(list.at("first") == "https://friend.camp/u/bo/outbox?page=true");
  CHECK_FALSE(ordered_collection("x", 3, false).contains("first"));
  const Json page =
      ordered_page("https://friend.camp/u/bo/followers", "", {{kZoe}, "https://x/?a&b"});
  CHECK(page.at("type") == "OrderedCollectionPage");
  CHECK(page.at("partOf") == "https://friend.camp/u/bo/followers");
  CHECK(page.at("next") ==
        "https://friend.camp/u/bo/followers?page=true&before=https%3A%2F%2Fx%2F%3Fa%26b");
}

TEST_CASE("a follower's file keeps what is needed to reach them") {
  const std::string bytes = need(encode_follower(zoe()));
  CHECK(bytes ==
        R"({"follow":"https://example.org/follows/1","id":"https://example.org/users/zoe",)"
        R"("inbox":"https://example.org/users/zoe/inbox",)"
        R"("sharedInbox":"https://example.org/inbox","since":"2026-11-23T10:00:00.000Z",)"
        R"("software":"mastodon"})");
  CHECK(need(decode_follower(bytes)) == zoe());
  Follower bare{.id = kZoe, .inbox = kZoe + "/inbox"};
  CHECK(need(decode_follower(need(encode_follower(bare)))) == bare);
  CHECK(follower_file(kZoe) ==
        "followers/90a66a39571256d5cfc48acdf1c42053b9a03dec1735aeffd08d6e73728e3be8.json");
  CHECK(follower_file_fault(follower_file(kZoe), bytes).empty());
  CHECK(follower_file_fault(follower_file(kZoe), "").empty());
}

TEST_CASE("what is no follower is refused") {
  const Json good = Json::parse(need(encode_follower(zoe())));
  const auto refused = [](const Json& json) {
    const auto read = decode_follower(json.dump());
    INFO(json.dump());
    REQUIRE_FALSE(read);
    CHECK(read.error().kind == Kind::damaged);
  };
  for (const char* needed : {"id", "inbox", "since"}) {
    Json without = good;
    without.erase(needed);
    refused(without);
  }
  for (const char* address : {"id", "inbox", "sharedInbox"}) {
    for (const Json& value : {Json("javascript:x"), Json("x"), Json(7), Json(""),
                              Json("https://x/" + std::string(3000, 'a'))}) {
      Json wrong = good;
      wrong[address] = value;
      refused(wrong);
    }
  }
  for (const Json& value : {Json("a b"), Json("\x1b[0m"), Json(std::string(200, 'a')), Json(1)}) {
    Json wrong = good;
    wrong["software"] = value;
    refused(wrong);
  }
  Json wrong = good;
  wrong["since"] = "yesterday";
  refused(wrong);
  refused(Json::array());
  CHECK_FALSE(decode_follower("noise"));
  CHECK_FALSE(decode_follower(std::string(kMaxFollowerBytes + 1, ' ')));
  Json more = good;
  more["later"] = "kept";
  CHECK(decode_follower(more.dump()));
  Follower broken = zoe();
  broken.inbox = "no address";
  CHECK(encode_follower(broken).error().kind == Kind::bug);
}
