// SPDX-License-Identifier: MIT
// What others did, and the messages that wait.
#include "ops/notices.h"

#include <fstream>
#include <sstream>

#include "ops/care.h"
#include "ops/people.h"
#include "ops/queue.h"
#include "ops/sync.h"
#include "unit/ops/people_support.h"

using namespace camp;
using namespace camp::ops;
using index::NoticeKind;

namespace {

std::vector<NoticeKind> kinds(const std::vector<NoticeRow>& rows) {
  std::vector<NoticeKind> kinds;
  for (const NoticeRow& row : rows) kinds.push_back(row.kind);
  return kinds;
}

/// Whether the bytes stand in a file or beside it.
bool stand_in(const std::string& path, const std::string& words) {
  for (const char* ending : {"", "-wal"}) {
    std::ifstream file(path + ending, std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    if (bytes.str().find(words) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("what members did is news, newest first", "[ops]") {
  Camp camp;
  const auto soup = camp.say("ana", text("Soup at seven")).value().post;
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana"), bo = Camp::who(community, "bo");
  REQUIRE(camp.say("bo", reply_to(soup.id, text("I come"))));
  REQUIRE(react(community, bo, model::Type::like, soup.id, false));
  REQUIRE(react(community, bo, model::Type::announce, soup.id, false));
  REQUIRE(camp.say("cy", text("where is @ana?")));
  REQUIRE(camp.say("cy", to("direct", "@ana psst")));
  REQUIRE(follow(community, bo, "@ana"));
  REQUIRE(camp.say("ana", text("I am @ana")));  // one's own words are no news
  REQUIRE(camp.say("ana", reply_to(soup.id, text("there is bread too"))));

  community = camp.open();
  const auto rows = notices(community, ana, {}).value();
  CHECK(kinds(rows) == std::vector{NoticeKind::follow, NoticeKind::mention, NoticeKind::mention,
                                   NoticeKind::boost, NoticeKind::like, NoticeKind::reply});
  CHECK(rows.at(0).whom.handle == "@bo");
  CHECK_FALSE(rows.at(0).post);
  CHECK(rows.at(1).post->text == "@ana psst");
  CHECK(rows.at(4).post->object == soup.id);
  CHECK(rows.at(5).post->text == "I come");
  CHECK(notices(community, ana, {.limit = 2}).value().size() == 2);
  CHECK(notices(community, bo, {}).value().empty());
}

TEST_CASE("what was taken back, hidden or muted is no news", "[ops]") {
  Camp camp;
  const auto soup = camp.say("ana", text("Soup at seven")).value().post;
  const auto answer = camp.say("bo", reply_to(soup.id, text("I come"))).value().post;
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana"), bo = Camp::who(community, "bo");
  REQUIRE(react(community, bo, model::Type::like, soup.id, false));
  REQUIRE(react(community, bo, model::Type::like, soup.id, true));
  CHECK(kinds(notices(community, ana, {}).value()) == std::vector{NoticeKind::reply});
  REQUIRE(hide(community, ana, HideList::mute, "@bo"));
  CHECK(notices(community, ana, {}).value().empty());
  REQUIRE(unhide(community, ana, HideList::mute, "@bo"));
  REQUIRE(remove_post(community, bo, answer.id, false));
  CHECK(notices(community, ana, {}).value().empty());
}

TEST_CASE("what was seen is not new, and what comes late is", "[ops]") {
  Camp camp;
  const auto soup = camp.say("ana", text("Soup at seven")).value().post;
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana"), bo = Camp::who(community, "bo");
  REQUIRE(react(community, bo, model::Type::like, soup.id, false));
  const NoticesRequest fresh{.only_new = true};
  CHECK(notices(community, ana, fresh).value().size() == 1);
  CHECK(notices(community, ana, {.only_new = true, .mark_read = true}).value().size() == 1);
  CHECK(notices(community, ana, fresh).value().empty());
  CHECK(notices(community, ana, {}).value().at(0).read);

  // An answer that a clone wrote before and sent after.
  const std::int64_t now = camp.stage.now;
  camp.stage.now = now - 3 * 60 * 60 * 1000;
  const auto maker = maker_for(community, bo);
  model::NoteContent note{.content = "late", .in_reply_to = "camp:" + soup.author + "/" + soup.id};
  auto made = finish_object(community, bo, maker, model::make_note(maker, {}, note)).value();
  camp.stage.now = now;
  {
    auto writer = community.write().value();
    REQUIRE(write_object(writer, bo, "reply", std::move(made), {}));
  }
  const auto rows = notices(community, ana, fresh).value();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].post->text == "late");
}

TEST_CASE("news from elsewhere stands among that of members", "[ops]") {
  Camp camp;
  give_host(camp);
  const auto soup = camp.say("ana", to("public", "Soup at seven")).value().post;
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana");
  auto db = server_db(community);
  const auto ada = stranger("ada", "there.example");
  REQUIRE(db.put_actor(ada, kStart));
  const auto site = fed::site_of(community).value();
  REQUIRE(db.put_notice({.member = ana.id.text(),
                         .kind = NoticeKind::like,
                         .actor = ada.id,
                         .object = site.object(ObjectId::parse(soup.id).value()),
                         .at_ms = camp.stage.now}));
  model::RemotePost post;
  post.id = "https://there.example/posts/1";
  post.actor = ada.id;
  post.content = "<p>Which <b>soup</b>?</p>";
  post.published_ms = camp.stage.now;
  REQUIRE(db.put_post(post, camp.stage.now));
  REQUIRE(db.put_notice({.member = ana.id.text(),
                         .kind = NoticeKind::reply,
                         .actor = ada.id,
                         .object = post.id,
                         .at_ms = camp.stage.now + 1}));
  const auto rows = notices(community, ana, {.mark_read = true}).value();
  REQUIRE(kinds(rows) == std::vector{NoticeKind::reply, NoticeKind::like});
  CHECK(rows[0].whom.handle == "@ada@there.example");
  CHECK(rows[0].post->text == "Which soup?");
  CHECK(rows[1].post->object == soup.id);
  CHECK(notices(community, ana, {.only_new = true}).value().empty());
  REQUIRE(hide(community, ana, HideList::block, "there.example"));
  CHECK(notices(community, ana, {}).value().empty());
}

TEST_CASE("deleted words leave the queue, the news of their end does not", "[ops]") {
  Camp camp;
  give_host(camp);
  const auto post = camp.say("ana", to("public", "xylophone")).value().post;
  const auto other = camp.say("ana", to("public", "marimba")).value().post;
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana");
  const auto site = fed::site_of(community).value();
  const auto id = ObjectId::parse(post.id).value(), second = ObjectId::parse(other.id).value();
  {
    auto db = server_db(community);
    const std::string inbox = "https://there.example/inbox";
    enqueue(db, ana.id, inbox, site.create(id), "Create", "xylophone");
    enqueue(db, ana.id, inbox, site.update(id, second), "Update", "xylophone");
    enqueue(db, ana.id, inbox, site.removal(id), "Delete");
    enqueue(db, ana.id, inbox, site.create(second), "Create", "marimba");
  }
  const std::string file = camp.directory() + "/state/server.db";
  SECTION("at once") { CHECK(remove_post(community, ana, post.id, true).value().purged); }
  SECTION("with gc") {
    REQUIRE(remove_post(community, ana, post.id, false));
    CHECK(stand_in(file, "xylophone"));
    CHECK(gc(community).value().scrubbed);
  }
  const auto waiting = queue(community, 10).value();
  REQUIRE(waiting.size() == 2);
  CHECK(waiting[0].type == "Delete");
  CHECK(waiting[1].type == "Create");
  CHECK_FALSE(stand_in(file, "xylophone"));
  CHECK(stand_in(file, "marimba"));
}

TEST_CASE("what waits can be looked at, given up and hurried", "[ops]") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana");
  CHECK(queue(community, 10).value().empty());
  auto db = server_db(community);
  enqueue(db, ana.id, "https://there.example/inbox", "https://us.example/1", "Create");
  enqueue(db, ana.id, "https://else.example/inbox", "https://us.example/1", "Create");
  const auto first = db.queued(1).value().at(0);
  REQUIRE(db.postpone(first, kStart + kDay * 300, "answered with 500"));
  REQUIRE(db.put_host({.host = "there.example", .rest_ms = kStart + kDay * 300}));
  const auto rows = queue(community, 10).value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].handle == "ana");
  CHECK(rows[0].attempts == 1);
  CHECK(rows[0].problem == "answered with 500");
  CHECK(db.due(camp.stage.now, 10).value().size() == 1);
  CHECK(retry_queue(community).value() == 2);
  CHECK(db.due(camp.stage.now + 1000, 10).value().size() == 2);
  CHECK(drop_message(community, first.number, true));
  CHECK(drop_message(community, first.number));
  CHECK(drop_message(community, first.number).error().kind == Kind::not_found);
  CHECK(queue(community, 10).value().size() == 1);
}

TEST_CASE("a sync sends what waits, unless a server does", "[ops]") {
  Camp camp;
  give_host(camp);
  store::Community community = camp.open();
  const Actor ana = Camp::who(community, "ana");
  auto db = server_db(community);
  enqueue(db, ana.id, "http://127.0.0.1:9/inbox", "http://127.0.0.1:9/x", "Create");
  {
    const auto serving = fed::lock_sending(community).value();
    const auto report = sync(community, {}).value();
    CHECK(report.deferred == 0);
  }
  const auto report = sync(community, {}).value();
  CHECK(report.delivered == 0);
  CHECK(report.deferred == 1);
  CHECK(db.queued(1).value().at(0).attempts == 1);
}
