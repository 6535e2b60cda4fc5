// SPDX-License-Identifier: MIT
#include "index/server_db.h"

#include <sys/stat.h>

#include "catch.h"
#include "index/sql.h"
#include "index/sqlite.h"
#include "support.h"

using namespace camp;
using namespace camp::index;
using namespace camp::index::test;

namespace {

constexpr std::int64_t kNow = 1'795'514'400'000;  // 2026-11-24T10:00:00Z
constexpr std::int64_t kOneDay = 86'400'000;
const std::string kAna = "https://b.example/users/ana", kBo = "https://b.example/users/bo";
const std::string kMember = "memberid", kAddress = "https://friend.camp/u/cy";

model::RemoteActor person(const std::string& id, const std::string& user) {
  return {.id = id,
          .user = user,
          .host = "b.example",
          .inbox = id + "/inbox",
          .keys = {{id + "#main-key", "PEM"}}};
}

model::RemotePost words(const std::string& name, std::int64_t ms,
                        model::Visibility visibility = model::Visibility::public_) {
  return {.id = "https://b.example/o/" + name,
          .actor = kAna,
          .content = "<p>" + name + "</p>",
          .visibility = visibility,
          .published_ms = ms};
}

struct Fixture {
  TempDir dir;
  ServerDb db = get(ServerDb::open(dir.path("server.db")));

  Fixture() {
    get(db.put_actor(person(kAna, "ana"), kNow));
    get(db.put_actor(person(kBo, "bo"), kNow));
  }
  std::vector<std::string> home(const ServerDb::Page& asked = {}) {
    ServerDb::Page page = asked;
    page.member = kMember;
    std::vector<std::string> names;
    for (const SeenPost& seen : get(db.timeline(page, kAddress))) {
      names.push_back(seen.post.id.substr(20) +
                      (seen.boosted_by.empty() ? "" : " by " + seen.boosted_by));
    }
    return names;
  }
  void follow(const std::string& actor, FollowState state = FollowState::accepted) {
    get(db.put_following({kMember, actor, "https://friend.camp/f/1", state, kNow}));
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("every query of server.db can be prepared, and the file is its owner's alone") {
  const TempDir dir;
  get(ServerDb::open(dir.path("server.db")));
  struct stat status {};
  REQUIRE(::stat(dir.path("server.db").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  const auto database = get(Database::open(dir.path("server.db"), Database::Access::write));
  REQUIRE(query_names(server_queries_sql()).size() > 50);
  for (const std::string_view name : query_names(server_queries_sql())) {
    INFO(name);
    CHECK(database->statement(name).has_value());
  }
}

TEST_CASE("no page reads through all posts of elsewhere") {
  const TempDir dir;
  get(ServerDb::open(dir.path("server.db")));
  const auto database = get(Database::open(dir.path("server.db"), Database::Access::write));
  for (const std::string_view name :
       {"server_post", "server_post_by_local", "server_post_local", "server_replies",
        "server_reply_count", "server_post_complete", "server_home", "server_home_up",
        "server_public", "server_public_up", "server_reaction_count"}) {
    Statement row =
        get(database->prepare("EXPLAIN QUERY PLAN " + std::string(named_query(name).second)));
    row.bind();
    while (get(row.next())) {
      INFO(name << ": " << row.string(3));
      // An index that holds all that is asked for is small enough to be read through.
      CHECK((!row.string(3).starts_with("SCAN post") ||
             row.string(3).find("COVERING INDEX") != std::string::npos));
    }
  }
}

TEST_CASE("a server.db of a newer camp is left alone") {
  const TempDir dir;
  get(ServerDb::open(dir.path("server.db")));
  get(get(Database::open(dir.path("server.db"), Database::Access::write))
          ->script("PRAGMA user_version=99"));
  const auto opened = ServerDb::open(dir.path("server.db"));
  REQUIRE_FALSE(opened);
  CHECK(opened.error().kind == Kind::refused);
}

TEST_CASE("a person elsewhere is found by id, handle and each key, and keeps all that was said") {
  Fixture here;
  model::RemoteActor ana = person(kAna, "ana");
  ana.name = "Ana";
  ana.aliases = {"https://old.example/ana"};
  ana.multikeys = {{kAna + "#ed", "z6Mk"}};
  ana.locked = true;
  get(here.db.put_actor(ana, kNow));
  CHECK(get(here.db.actor(kAna)) == ana);
  CHECK(get(here.db.actor_by_handle("ana", "b.example")) == ana);
  CHECK(get(here.db.actor_by_key(kAna + "#main-key")) == ana);
  CHECK(get(here.db.actor_by_key(kAna + "#ed")) == ana);
  CHECK_FALSE(get(here.db.actor_by_key(kAna)));
  ana.keys = {{kAna + "#new", "PEM2"}};
  get(here.db.put_actor(ana, kNow));
  CHECK_FALSE(get(here.db.actor_by_key(kAna + "#main-key")));
}

TEST_CASE("a key that another person has already is not taken over") {
  Fixture here;
  model::RemoteActor thief = person("https://evil.example/x", "x");
  thief.keys = {{kAna + "#main-key", "OTHER"}};
  get(here.db.put_actor(thief, kNow));
  CHECK(get(here.db.actor_by_key(kAna + "#main-key"))->id == kAna);
}

TEST_CASE("home shows whom the member follows, with their boosts, and what names the member") {
  Fixture here;
  get(here.db.put_post(words("one", kNow), kNow));
  get(here.db.put_post(words("quiet", kNow + 1, model::Visibility::unlisted), kNow));
  get(here.db.put_post(words("close", kNow + 2, model::Visibility::followers), kNow));
  auto secret = words("secret", kNow + 3, model::Visibility::direct);
  get(here.db.put_post(secret, kNow));
  CHECK(here.home().empty());
  here.follow(kAna, FollowState::sent);
  CHECK(here.home().empty());  // they have not agreed yet
  here.follow(kAna);
  CHECK(here.home() == Names{"close", "quiet", "one"});
  secret.recipients = {kAddress};
  get(here.db.put_post(secret, kNow));
  CHECK(here.home() == Names{"secret", "close", "quiet", "one"});
  here.follow(kBo);
  get(here.db.put_reaction(
      {"https://b.example/a/1", ReactionKind::boost, kBo, "https://b.example/o/one", kNow + 10}));
  get(here.db.put_reaction(
      {"https://b.example/a/2", ReactionKind::boost, kBo, "https://b.example/o/close", kNow + 11}));
  CHECK(here.home() == Names{"one by @bo@b.example", "secret", "close", "quiet", "one"});
}

TEST_CASE("pages of home neither repeat nor lose a post, in both directions") {
  Fixture here;
  here.follow(kAna);
  Names all;
  for (int i = 0; i < 25; ++i) {
    all.insert(all.begin(), "p" + std::to_string(i));
    get(here.db.put_post(words("p" + std::to_string(i), kNow + i), kNow));
  }
  Names down, up;
  std::string before, after;
  for (int page = 0; page < 9; ++page) {
    ServerDb::Page older, newer;
    older.limit = newer.limit = 4;
    older.member = newer.member = kMember;
    older.before = before;
    newer.after = after;
    newer.oldest_first = true;
    for (const SeenPost& seen : get(here.db.timeline(older, kAddress))) {
      down.push_back(seen.post.id.substr(20));
      before = model::local_id(seen.post).text();
    }
    for (const SeenPost& seen : get(here.db.timeline(newer, kAddress))) {
      up.insert(up.begin(), seen.post.id.substr(20));
      after = model::local_id(seen.post).text();
    }
  }
  CHECK(down == all);
  CHECK(up == all);
}

TEST_CASE("nobody reads a direct or a followers' post who may not") {
  Fixture here;
  get(here.db.put_post(words("close", kNow, model::Visibility::followers), kNow));
  get(here.db.put_post(words("secret", kNow, model::Visibility::direct), kNow));
  for (const char* name : {"close", "secret"}) {
    CHECK_FALSE(get(here.db.seen("https://b.example/o/" + std::string(name), kMember, kAddress)));
    CHECK(get(here.db.search({name}, kMember, kAddress, 10)).empty());
    CHECK_FALSE(get(here.db.seen("https://b.example/o/" + std::string(name), "", "")));
  }
  here.follow(kAna);
  CHECK(get(here.db.seen("https://b.example/o/close", kMember, kAddress)));
  CHECK_FALSE(get(here.db.seen("https://b.example/o/secret", kMember, kAddress)));
}

TEST_CASE("what was deleted does not come back, whichever came first") {
  Fixture here;
  here.follow(kAna);
  get(here.db.remove_post("https://b.example/o/late", kAna, kNow));
  CHECK_FALSE(get(here.db.put_post(words("late", kNow), kNow)));
  CHECK(here.home().empty());
  CHECK(get(here.db.put_post(words("one", kNow), kNow)));
  CHECK_FALSE(get(here.db.put_post(words("one", kNow), kNow)));  // a second time is no news
  get(here.db.remove_post("https://b.example/o/one", kAna, kNow));
  get(here.db.put_post(words("one", kNow), kNow));
  CHECK(here.home().empty());
}

TEST_CASE("a reaction counts once, however often and in whatever dress it comes") {
  Fixture here;
  const std::string post = "https://friend.camp/o/1";
  CHECK(get(here.db.put_reaction({"https://b.example/a/1", ReactionKind::like, kAna, post, kNow})));
  CHECK_FALSE(
      get(here.db.put_reaction({"https://b.example/a/1", ReactionKind::like, kAna, post, kNow})));
  // The next like may overtake the end of the last: it is kept, and still is one person's.
  CHECK(get(here.db.put_reaction({"https://b.example/a/2", ReactionKind::like, kAna, post, kNow})));
  CHECK(get(here.db.count_reactions(ReactionKind::like, post)) == 1);
  CHECK_FALSE(get(here.db.remove_reaction("https://b.example/a/1", kBo)));  // not theirs
  CHECK(get(here.db.remove_reaction("https://b.example/a/1", kAna)));
  CHECK(get(here.db.has_reaction(ReactionKind::like, kAna, post)));
  CHECK(get(here.db.count_reactions(ReactionKind::like, post)) == 1);
  CHECK(get(here.db.remove_reaction(ReactionKind::like, kAna, post)));
  CHECK_FALSE(get(here.db.has_reaction(ReactionKind::like, kAna, post)));
  CHECK(get(here.db.count_reactions(ReactionKind::like, post)) == 0);
}

TEST_CASE("nobody deletes or rewrites what somebody else of their host wrote") {
  Fixture here;
  const model::RemotePost post = words("one", kNow);
  get(here.db.put_post(post, kNow));
  get(here.db.put_reaction({"https://b.example/a/1", ReactionKind::like, kBo, post.id, kNow}));
  get(here.db.remove_post(post.id, kBo, kNow));
  CHECK(get(here.db.post(post.id)));
  CHECK(get(here.db.count_reactions(ReactionKind::like, post.id)) == 1);
  model::RemotePost forged = post;
  forged.actor = kBo;
  forged.content = "<p>forged</p>";
  get(here.db.put_post(forged, kNow));
  CHECK(get(here.db.post(post.id)) == post);
  // A key under another's name changes nothing, whoever is known first.
  model::RemoteActor squatter = person(kBo, "bo");
  squatter.keys = {{kAna + "#main-key", "EVIL"}};
  get(here.db.put_actor(squatter, kNow));
  CHECK(get(here.db.actor_by_key(kAna + "#main-key"))->id == kAna);
  get(here.db.forget_actor(kAna));
  get(here.db.put_actor(squatter, kNow));
  get(here.db.put_actor(person(kAna, "ana"), kNow));
  CHECK(get(here.db.actor_by_key(kAna + "#main-key"))->id == kAna);
}

TEST_CASE("what waited too long for a host is dropped, and nothing of others") {
  Fixture here;
  for (const auto& [host, since] : {std::pair{"b.example", kNow - 9 * kOneDay},
                                    {"b.example", kNow},
                                    {"c.example", kNow - 9 * kOneDay}}) {
    get(here.db.enqueue({.inbox = "https://" + std::string(host) + "/inbox",
                         .host = host,
                         .activity = std::to_string(since),
                         .body = "{}",
                         .next_ms = kNow,
                         .since_ms = since}));
  }
  CHECK(get(here.db.drop_older("b.example", kNow - 8 * kOneDay)) == 1);
  CHECK(get(here.db.queue_length()) == 2);
}

TEST_CASE("the queue gives one message a host at a time, oldest first, and each once") {
  Fixture here;
  const auto put = [&](const std::string& host, const std::string& activity) {
    get(here.db.enqueue({.inbox = "https://" + host + "/inbox",
                         .host = host,
                         .activity = activity,
                         .body = "{}",
                         .next_ms = kNow,
                         .since_ms = kNow}));
  };
  put("b.example", "1");
  put("b.example", "1");
  put("b.example", "2");
  put("c.example", "1");
  CHECK(get(here.db.queue_length()) == 3);
  auto due = get(here.db.due(kNow, 10));
  REQUIRE(due.size() == 2);
  CHECK(due[0].activity + due[1].activity == "11");
  get(here.db.delivered(due[0]));
  get(here.db.postpone(due[1], kNow + 300'000, "no answer"));
  due = get(here.db.due(kNow, 10));
  REQUIRE(due.size() == 1);
  CHECK(due[0].activity == "2");
  get(here.db.put_host({.host = "b.example", .failures = 1, .rest_ms = kNow + 60'000}));
  CHECK(get(here.db.due(kNow, 10)).empty());
  CHECK(get(here.db.next_due_ms()) == kNow + 60'000);
  due = get(here.db.due(kNow + 300'000, 10));
  REQUIRE(due.size() == 2);
  CHECK(due[1].attempts == 1);
  CHECK(due[1].problem == "no answer");
  get(here.db.delivered(due[0]));
  CHECK(get(here.db.host("b.example")).failures == 0);
}

TEST_CASE("something is tried at most once in its interval, also when the clock goes back") {
  Fixture here;
  CHECK(get(here.db.may_try("key b.example", kNow, 60'000)));
  CHECK_FALSE(get(here.db.may_try("key b.example", kNow + 59'999, 60'000)));
  CHECK(get(here.db.may_try("key b.example", kNow + 60'000, 60'000)));
  CHECK(get(here.db.may_try("key b.example", kNow - kOneDay, 60'000)));
}

TEST_CASE("old posts go, those of people whom somebody follows or that name a member stay") {
  Fixture here;
  here.follow(kAna);
  get(here.db.put_post(words("kept", kNow - 90 * kOneDay), kNow - 90 * kOneDay));
  auto other = words("old", kNow - 90 * kOneDay);
  other.actor = kBo;
  get(here.db.put_post(other, kNow - 90 * kOneDay));
  auto named = other;
  named.id += "-named";
  named.mentions = {kAddress};
  get(here.db.put_post(named, kNow - 90 * kOneDay));
  CHECK(get(here.db.forget_old(kNow, kNow - 60 * kOneDay, 1000)) == 1);
  CHECK_FALSE(get(here.db.post(other.id)));
  CHECK(get(here.db.post(named.id)));
  for (int i = 0; i < 10; ++i) {
    get(here.db.put_post(words("n" + std::to_string(i), kNow + i), kNow + i));
  }
  get(here.db.forget_old(kNow, kNow - 60 * kOneDay, 4));
  CHECK(here.home({.limit = 50}).size() <= 6);
}

TEST_CASE("what was begun together and failed leaves nothing") {
  Fixture here;
  const auto result = here.db.together([&]() -> Result<void> {
    CAMP_TRY(here.db.put_post(words("half", kNow), kNow));
    return fail(Kind::failed, "on purpose");
  });
  CHECK_FALSE(result);
  CHECK_FALSE(get(here.db.post("https://b.example/o/half")));
}

TEST_CASE("a person who is forgotten takes everything along") {
  Fixture here;
  here.follow(kAna);
  get(here.db.put_post(words("one", kNow), kNow));
  get(here.db.put_notice({.member = kMember, .kind = NoticeKind::follow, .actor = kAna}));
  get(here.db.put_request({kMember, kAna, "https://b.example/f", kNow}));
  get(here.db.forget_actor(kAna));
  CHECK_FALSE(get(here.db.actor(kAna)));
  CHECK_FALSE(get(here.db.actor_by_key(kAna + "#main-key")));
  CHECK_FALSE(get(here.db.post("https://b.example/o/one")));
  CHECK(get(here.db.notices(kMember, false, 10)).empty());
  CHECK(get(here.db.requests_of(kMember)).empty());
  CHECK(get(here.db.following_of(kMember)).empty());
}
