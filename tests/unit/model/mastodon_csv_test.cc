// SPDX-License-Identifier: MIT
#include "model/mastodon_csv.h"

#include "catch.h"

using namespace camp::model;
using camp::Kind;

TEST_CASE("The lists of Mastodon are read with and without a header") {
  const auto read = [](std::string_view file, std::string_view text) {
    const auto result = decode_relations(file, text);
    REQUIRE(result);
    CHECK(result->rejected.empty());
    return result->rows;
  };
  const auto follows = read("following_accounts.csv",
                            "Account address,Show boosts,Notify on new posts,Languages\r\n"
                            "bo@B.example,false,true,\"en, pt-BR\"\r\n@c@c.example\r\n");
  REQUIRE(follows.size() == 2);
  CHECK(follows[0].kind == RelationKind::follow);
  CHECK(follows[0].about == "bo@b.example");
  CHECK_FALSE(follows[0].show_boosts);
  CHECK(follows[0].notify);
  CHECK(follows[0].languages == std::vector<std::string>{"en", "pt-BR"});
  CHECK(follows[1].about == "c@c.example");
  CHECK(follows[1].show_boosts);
  CHECK_FALSE(follows[1].notify);

  const auto bare = read("x/following_accounts (1).csv", "bo@b.example,false,true,\n");
  REQUIRE(bare.size() == 1);
  CHECK(bare[0].notify);
  CHECK(bare[0].languages.empty());
  const auto moved =
      read("following.csv", "Account address,Notify on new posts\nbo@b.example,true\n");
  CHECK(moved[0].notify);
  CHECK(moved[0].show_boosts);

  CHECK(read("followers.csv", "Account address\nbo@b.example\n")[0].kind == RelationKind::follower);
  const auto mutes = read("muted_accounts.csv",
                          "\xEF\xBB\xBF"
                          "Account address,Hide notifications\n"
                          "bo@b.example,false\nc@c.example,true\nd@d.example\n");
  REQUIRE(mutes.size() == 3);
  CHECK_FALSE(mutes[0].hide_notifications);
  CHECK(mutes[1].hide_notifications);
  CHECK(mutes[2].hide_notifications);
  CHECK(read("mutes.csv", "bo@b.example,false\n")[0].kind == RelationKind::mute);

  CHECK(read("blocked_accounts.csv", "bo@b.example\n")[0].kind == RelationKind::block);
  CHECK(read("blocks.csv", "Account address\nbo@b.example\n").size() == 1);
  const auto domains = read("blocked_domains.csv", "#domain,#severity\nBad.example,suspend\n");
  REQUIRE(domains.size() == 1);
  CHECK(domains[0].about == "bad.example");
  CHECK(domains[0].kind == RelationKind::domain_block);
  CHECK(read("blocked_domains.csv", "bad.example\nżółw.example\n").size() == 2);

  for (const char* header : {"", "List name,Account address\n"}) {
    const auto lists = read("lists.csv", header + std::string("\"Friends, old\",bo@b.example\n"));
    REQUIRE(lists.size() == 1);
    CHECK(lists[0].list == "Friends, old");
    CHECK(lists[0].about == "bo@b.example");
  }
  for (const char* header : {"", "#uri\n"}) {
    const auto marks = read("bookmarks.csv", header + std::string("https://b.example/1\r\n"));
    REQUIRE(marks.size() == 1);
    CHECK(marks[0].about == "https://b.example/1");
  }
  CHECK(read("lists.csv", "").empty());
}

TEST_CASE("Rows of a list that make no sense are told and left out") {
  const auto result = decode_relations("following_accounts.csv",
                                       "Account address\nbo\n@\nbo@\n@b.example\nbo@b "
                                       "example\nbo@b@c\nb o@b.example\nok@b.example\n");
  REQUIRE(result);
  CHECK(result->rows.size() == 1);
  CHECK(result->rejected_count == 7);
  REQUIRE(result->rejected.size() == 7);
  CHECK(result->rejected[0] == "row 2: 'bo' is no account");
  std::string many;
  for (int i = 0; i < 500; ++i) many += "x\n";
  CHECK(decode_relations("blocks.csv", many)->rejected.size() == 100);
  CHECK(decode_relations("blocks.csv", many)->rejected_count == 500);

  CHECK(decode_relations("outbox.json", "").error().kind == Kind::usage);
  CHECK(decode_relations("blocks.csv", "\"").error().kind == Kind::refused);
}
