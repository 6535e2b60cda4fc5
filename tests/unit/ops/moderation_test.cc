// SPDX-License-Identifier: MIT
// What a community decides about its members and their posts.
#include <nlohmann/json.hpp>

#include "model/community_log.h"
#include "ops/decision.h"
#include "ops/moderate.h"
#include "store/writer.h"
#include "unit/ops/ops_support.h"

using namespace camp;
using namespace camp::ops;

namespace {

/// A community in which @cy moderates.
class Moderated : public Camp {
 public:
  Moderated() {
    store::Community community = open();
    auto writer = community.write().value();
    REQUIRE(record(writer, community_key(community).value(),
                   {.kind = "role", .member = who(community, "cy").id, .role = "moderator"},
                   "role @cy"));
  }

  template <class Act, class... Rest>
  auto as(const std::string& handle, Act act, const Rest&... rest) {
    store::Community community = open();
    return act(community, who(community, handle), rest...);
  }
  std::string full_id(const std::string& handle, const std::string& which) {
    const store::Community community = open();
    const auto post = find_post(community, who(community, handle), which).value();
    return "camp:" + post.author + "/" + post.id;
  }
  model::CommunityState state() { return open().state().value(); }
};

template <class T>
std::string message_of(const Result<T>& result) {
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == Kind::refused);
  return result.error().message;
}

}  // namespace

TEST_CASE_METHOD(Moderated, "an admin suspends and restores, and says why") {
  REQUIRE(say("bo", text("before")));
  const auto dry = as("ana", suspend_member, "bo", "spam", true);
  CHECK(dry->state == "active");
  CHECK(say("bo", text("still free")));
  const auto row = as("ana", suspend_member, "@bo", "spam", false);
  REQUIRE(row);
  CHECK(row->state == "suspended");
  CHECK(message_of(say("bo", text("meanwhile"))) == "@bo is suspended");
  CHECK(sees("bo", "before") == 1);
  CHECK(message_of(as("ana", suspend_member, "bo", "", false)) == "@bo is suspended already");

  const store::Community community = open();
  const auto entries =
      model::read_entries(community.state_file(store::kCommunityLog).value()).value();
  CHECK(entries.back().entry.kind == "suspend");
  CHECK(entries.back().entry.reason == "spam");

  CHECK(as("ana", restore_member, "bo", false)->state == "active");
  CHECK(say("bo", text("after")));
  CHECK(message_of(as("ana", restore_member, "bo", false)) == "@bo is not suspended");
}

TEST_CASE_METHOD(Moderated, "nobody but an admin decides about members, and not about themselves") {
  for (const char* handle : {"bo", "cy"}) {
    CHECK(message_of(as(handle, suspend_member, "ana", "", false)) ==
          "@" + std::string(handle) + " is no admin");
    CHECK_FALSE(as(handle, remove_member, "ana", "", false));
    CHECK_FALSE(as(handle, restore_member, "ana", false));
  }
  CHECK(message_of(as("ana", suspend_member, "ana", "", false)) == "nobody can suspend themselves");
  CHECK(message_of(as("ana", remove_member, "ana", "", false)) == "nobody can remove themselves");
  CHECK(as("ana", suspend_member, "eve", "", false).error().kind == Kind::not_found);
  for (const std::string& reason :
       {std::string("two\nlines"), std::string("\x1b[2J"), std::string(501, 'x')}) {
    CHECK(as("ana", remove_member, "bo", reason, false).error().kind == Kind::usage);
  }
  CHECK(state().by_handle("bo") != nullptr);
}

TEST_CASE_METHOD(Moderated, "who is removed leaves their words, and nobody gets their handle") {
  REQUIRE(say("bo", text("my words")));
  const std::string old = full_id("ana", "@bo");
  REQUIRE(as("ana", suspend_member, "bo", "", false));
  REQUIRE(as("ana", remove_member, "bo", "moved away", false)->state == "removed");
  CHECK(sees("ana", "my words") == 1);
  CHECK(state().by_handle("bo") == nullptr);
  CHECK(as("ana", remove_member, "bo", "", false).error().kind == Kind::not_found);

  const auto again = as("ana", add_member, "bo", "Another Bo", false);
  CHECK(again.error().kind == Kind::conflict);
  CHECK(again.error().message == "@bo was somebody else, who is removed");
  CHECK(as("ana", add_member, "ana", "", true).error().kind == Kind::conflict);
  const std::string gone = old.substr(5, old.find('/') - 5);
  CHECK(message_of(as("ana", remove_member, gone, "", false)) == "@bo is removed already");
  CHECK(message_of(as("ana", restore_member, gone, false)) == "@bo is not suspended");
}

TEST_CASE_METHOD(Moderated,
                 "a hidden post is in nobody's timeline, search or thread until it is shown") {
  REQUIRE(say("bo", text("something rude")));
  REQUIRE(say("bo", to("public", "something kind")));
  const std::string id = full_id("ana", "@bo~1");
  CHECK(message_of(as("bo", hide_post, id, "", false)) == "@bo is no moderator");
  REQUIRE(as("cy", hide_post, id, "rude", true));
  CHECK(sees("bo", "something rude") == 1);

  REQUIRE(as("cy", hide_post, id, "rude", false));
  for (const char* handle : {"ana", "bo", "cy"}) {
    CHECK(sees(handle, "something rude") == 0);
    CHECK(sees(handle, "something kind") == 1);
    const store::Community community = open();
    CHECK(search(community, who(community, handle), "rude", {})->empty());
    CHECK(find_post(community, who(community, handle), id));
  }
  CHECK(state().hidden.at(id) == "rude");
  const auto entries = state().entries;
  CHECK(as("ana", hide_post, id, "once more", false));
  CHECK(state().entries == entries);

  store::Community again = open();
  REQUIRE(again.reindex(true));
  CHECK(sees("ana", "something rude") == 0);
  REQUIRE(as("ana", unhide_post, id.substr(id.size() - 26, 8), "a joke", false));
  CHECK(sees("ana", "something rude") == 1);
  CHECK(as("cy", unhide_post, id, "", false).error().kind == Kind::not_found);
}

TEST_CASE_METHOD(Moderated, "what the community removes is gone for good, words and all") {
  REQUIRE(say("bo", to("public", "against the law")));
  REQUIRE(say("ana", reply_to("@bo", text("an answer"))));
  const std::string id = full_id("ana", "@bo");
  CHECK_FALSE(as("bo", remove_for_all, id, "", false));
  REQUIRE(as("cy", remove_for_all, id, "law", true));
  CHECK(sees("bo", "against the law") == 1);
  CHECK(state().removed_objects.empty());

  REQUIRE(as("cy", remove_for_all, id, "law", false));
  CHECK(sees("bo", "against the law") == 0);
  CHECK(sees("bo", "an answer") == 1);
  CHECK(state().removed_objects.contains(id));
  CHECK(as("cy", unhide_post, id, "", false).error().kind == Kind::not_found);

  store::Community community = open();
  const FullId removed = FullId::parse(id).value();
  const auto removals =
      community.index().removals(removed.object.text(), removed.author.text()).value();
  REQUIRE(removals.size() == 1);
  CHECK(removals.front().by == community.id().text());
  REQUIRE(community.write()->care_now());
  CHECK(community.index().versions("public", removed.object.text())->empty());
  // Whoever fetches public alone can check the tombstone.
  CHECK(community.has_state_file("public", store::kCommunityKeys).value());
}

TEST_CASE_METHOD(Moderated, "a removal that was killed half-way is ended by the next") {
  REQUIRE(say("bo", text("bad")));
  const std::string id = full_id("ana", "@bo");
  {
    store::Community community = open();
    auto writer = community.write().value();
    REQUIRE(record(writer, community_key(community).value(),
                   {.kind = "remove-object", .reason = "bad", .object = id}, "remove"));
  }
  CHECK(sees("ana", "bad") == 0);
  CHECK(message_of(as("cy", unhide_post, id, "", false)) == id + " was removed for good");
  const auto entries = state().entries;
  REQUIRE(as("cy", remove_for_all, id, "", false));
  CHECK(state().entries == entries);
  const store::Community community = open();
  CHECK(find_post(community, who(community, "ana"), id).error().kind == Kind::not_found);
}

TEST_CASE_METHOD(Moderated, "letters are not moderated") {
  REQUIRE(say("bo", to("direct", "@cy a secret")));
  const std::string id = full_id("bo", "@bo");
  for (const auto& refused :
       {as("cy", hide_post, id, "", false), as("cy", remove_for_all, id, "", false)}) {
    CHECK(message_of(refused) == "this is a letter, which only its people know of");
  }
  // To others it is not even there.
  CHECK(as("ana", hide_post, id, "", false).error().kind == Kind::not_found);
  CHECK(state().hidden.empty());
}
