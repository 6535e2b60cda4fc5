// SPDX-License-Identifier: MIT
#include <set>

#include "catch.h"
#include "fed/home.h"
#include "fed/home_copy.h"
#include "fed/reception.h"
#include "ops/followers.h"
#include "ops/notices.h"
#include "ops/people.h"
#include "ops/remote_view.h"
#include "ops/sync_home.h"
#include "ops/wishes.h"
#include "store/settings.h"
#include "unit/ops/people_support.h"

using namespace camp;
using namespace camp::ops;
using fed::HomePage;
using fed::Wish;
using index::NoticeKind;

namespace {

/// A community with a host and a clone of @bo's that speaks with it in this process.
struct Pair {
  Camp origin, laptop;
  store::Community community;
  OwnerId bo;
  fed::Site site;
  index::ServerDb db;

  Pair()
      : community((give_host(origin), origin.open())),
        bo(Camp::who(community, "bo").id),
        site(fed::site_of(community).value()),
        db(server_db(community)) {
    auto clone = laptop.open();
    store::Settings settings = clone.settings();
    settings.origin = origin.directory();
    settings.own_member = clone_bo(clone).id;
    REQUIRE(store::write_settings(clone.directory(), settings));
  }

  static Actor clone_bo(const store::Community& clone) { return Camp::who(clone, "bo"); }

  /// Answers as the origin does.
  class Line : public fed::Origin {
   public:
    explicit Line(Pair& pair) : pair_(pair) {}
    Result<git::UploadPack> upload_pack(std::string_view, const git::TransferLimits&) override {
      return fail(Kind::network, "not here");
    }
    Result<std::vector<fed::Answer>> submit(const std::vector<std::string>& lines) override {
      std::vector<fed::Answer> answers;
      fed::Reception reception(pair_.community, pair_.bo, [&](const fed::Answer& answer) {
        answers.push_back(fed::parse_answer(fed::answer_line(answer)).value());
        return Result<void>();
      });
      for (std::string_view line : lines) {
        ++asked;
        line.remove_suffix(1);
        CAMP_TRY(reception.take(line));
      }
      CAMP_TRY(reception.finish());
      return answers;
    }
    Result<std::string> get_media(std::string_view, std::string_view) override {
      return fail(Kind::network, "not here");
    }
    Result<void> put_media(std::string_view, std::string_view, std::string_view) override {
      return fail(Kind::network, "not here");
    }
    int asked = 0;

   private:
    Pair& pair_;
  };

  HomeSync sync(int* asked = nullptr) {
    Line line(*this);
    const auto clone = laptop.open();
    auto done = sync_home(clone, line);
    INFO((done ? "" : done.error().message));
    REQUIRE(done);
    if (asked != nullptr) *asked = line.asked;
    return *done;
  }

  std::vector<std::string> texts() {
    const auto clone = laptop.open();
    std::vector<std::string> words;
    TimelineRequest request;
    request.limit = 100;
    const auto posts = timeline(clone, clone_bo(clone), request).value();
    for (const auto& post : posts) {
      words.push_back(post.content);
    }
    return words;
  }

  model::RemotePost write(const std::string& words, model::Visibility visibility,
                          const std::string& user = "fred") {
    const auto author = stranger(user, "there.example");
    REQUIRE(db.put_actor(author, kStart));
    model::RemotePost post;
    post.id = "https://there.example/notes/" + words;
    post.actor = author.id;
    post.content = "<p>" + words + "</p>";
    post.visibility = visibility;
    post.published_ms = ++origin.stage.now;
    REQUIRE(db.put_post(post, origin.stage.now));
    return post;
  }

  void follow(const OwnerId& member, const std::string& user) {
    const auto whom = stranger(user, "there.example");
    REQUIRE(db.put_actor(whom, kStart));
    REQUIRE(db.put_following({.member = member.text(),
                              .actor = whom.id,
                              .activity = "https://127.0.0.1:9/o/1",
                              .state = index::FollowState::accepted,
                              .since_ms = kStart}));
  }
};

}  // namespace

TEST_CASE("a home is what its member may read, and nobody else's", "[ops]") {
  Pair pair;
  const OwnerId ana = Camp::who(pair.community, "ana").id;
  using model::Visibility;
  pair.follow(ana, "gina");
  pair.follow(pair.bo, "fred");
  pair.write("of-fred", Visibility::public_);
  pair.write("of-fred-to-followers", Visibility::followers);
  pair.write("of-gina", Visibility::public_, "gina");
  pair.write("of-gina-to-followers", Visibility::followers, "gina");
  for (const char* who : {"ana", "bo"}) {
    auto letter = pair.write(std::string("to-") + who, Visibility::direct, "gina");
    letter.recipients = {pair.site.actor(who)};
    REQUIRE(pair.db.put_post(letter, kStart));
    REQUIRE(pair.db.put_notice({.member = Camp::who(pair.community, who).id.text(),
                                .kind = NoticeKind::mention,
                                .actor = letter.actor,
                                .object = letter.id,
                                .at_ms = kStart}));
  }
  const auto home = fed::home_of(pair.db, pair.site, {}, pair.bo, "bo").value();
  std::string all;
  for (const std::string& record : home) all += record + "\n";
  CHECK(all.find("of-fred-to-followers") != std::string::npos);
  CHECK(all.find("to-bo") != std::string::npos);
  for (const char* words : {"to-ana", "of-gina", "PEM", "inbox"}) {
    INFO(words << "\n" << all);
    CHECK(all.find(words) == std::string::npos);
  }
  CHECK(all.find(pair.bo.text()) == std::string::npos);
  CHECK(all.find(ana.text()) == std::string::npos);

  CHECK(pair.sync().news.posts == 3);
  CHECK(pair.texts().size() == 3);
  const auto clone = pair.laptop.open();
  CHECK(clone.settings().host == "127.0.0.1:9");
  const auto rows = notices(clone, Pair::clone_bo(clone), {}).value();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].post->text == "to-bo");
  CHECK(rows[0].whom.handle == "@gina@there.example");
}

TEST_CASE("only what is new comes, and what is gone goes", "[ops]") {
  Pair pair;
  pair.follow(pair.bo, "fred");
  auto post = pair.write("first", model::Visibility::public_);
  const auto parent = pair.write("asked", model::Visibility::public_, "gina");
  auto answer = pair.write("answered", model::Visibility::public_);
  answer.in_reply_to = parent.id;
  REQUIRE(pair.db.put_post(answer, kStart));
  CHECK(pair.sync().news.posts == 3);  // with what is answered
  CHECK(pair.texts() == std::vector<std::string>{"<p>answered</p>", "<p>first</p>"});
  int asked = 0;
  CHECK(pair.sync(&asked).news.posts == 0);
  CHECK(asked == 1);

  post.content = "<p>mended</p>";
  REQUIRE(pair.db.put_post(post, kStart));
  REQUIRE(pair.db.put_reaction({.activity = "https://there.example/b/1",
                                .kind = index::ReactionKind::boost,
                                .actor = post.actor,
                                .object = parent.id,
                                .at_ms = ++pair.origin.stage.now}));
  CHECK(pair.sync().news.posts == 1);
  CHECK(pair.texts() ==
        std::vector<std::string>{"<p>asked</p>", "<p>answered</p>", "<p>mended</p>"});
  REQUIRE(pair.db.remove_post(post.id, post.actor, kStart));
  REQUIRE(pair.db.remove_reaction("https://there.example/b/1", post.actor));
  CHECK(pair.sync().news.gone == 2);
  CHECK(pair.texts() == std::vector<std::string>{"<p>answered</p>"});
  REQUIRE(pair.db.remove_following(pair.bo.text(), post.actor));
  pair.sync();
  CHECK(pair.texts().empty());
  const auto clone = pair.laptop.open();
  auto kept = server_db(clone);
  CHECK_FALSE(kept.post(answer.id).value());
  CHECK_FALSE(kept.actor(post.actor).value());
  CHECK(kept.values("home ").value().empty());
}

TEST_CASE("what does not fit one answer comes in several", "[ops]") {
  Pair pair;
  pair.follow(pair.bo, "fred");
  for (int i = 0; i < 600; ++i) {
    pair.write(std::to_string(i) + std::string(1000, 'x'), model::Visibility::public_);
  }
  int asked = 0;
  CHECK(pair.sync(&asked).news.posts == 500);
  CHECK(asked > 3);
  CHECK(pair.sync(&asked).news.posts == 0);
  CHECK(asked == 1);
}

TEST_CASE("a clone takes only what fits, and asks once for what is no good", "[ops]") {
  Pair pair;
  const auto clone = pair.laptop.open();
  auto copy = fed::HomeCopy::open(clone, "friend.camp").value();
  fed::HomeNews news;
  HomePage page{.host = "friend.camp",
                .same = false,
                .records = {R"({"notice":{}})", R"({"read":{"number":3}})"},
                .more = false,
                .gone = {}};
  CHECK(copy.take(page, news).value());
  CHECK(news.refused.size() == 1);
  CHECK(copy.held().held->size() == 2);
  CHECK_FALSE(copy.take(page, news).value());

  page.records.clear();
  const auto actor = fed::encode_home_record(stranger("fred", "there.example"));
  page.records.push_back(actor);
  bool refused = false;
  for (int round = 0; round < 200 && !refused; ++round) {
    page.records.clear();
    for (int i = 0; i < 200; ++i) {
      auto somebody = stranger("u" + std::to_string(round * 200 + i), "there.example");
      page.records.push_back(fed::encode_home_record(somebody));
    }
    const auto taken = copy.take(page, news);
    refused = !taken;
    if (refused) CHECK(taken.error().kind == Kind::refused);
  }
  CHECK(refused);
  CHECK(copy.held().held->size() <= 2 * fed::kMaxHomeRecords);
  auto kept = server_db(clone);
  CHECK(kept.values("home ").value().size() <= 2 * fed::kMaxHomeRecords + 1);
}

TEST_CASE("what was read in a clone is read at home, and the other way", "[ops]") {
  Pair pair;
  const auto fred = stranger("fred", "there.example");
  REQUIRE(pair.db.put_actor(fred, kStart));
  const auto tell = [&](NoticeKind kind) {
    REQUIRE(pair.db.put_notice({.member = pair.bo.text(),
                                .kind = kind,
                                .actor = fred.id,
                                .object = "",
                                .at_ms = ++pair.origin.stage.now}));
  };
  tell(NoticeKind::follow);
  pair.sync();
  auto clone = pair.laptop.open();
  const Actor self = Pair::clone_bo(clone);
  CHECK(notices(clone, self, {.only_new = true, .mark_read = true}).value().size() == 1);
  CHECK(notices(clone, self, {.only_new = true}).value().empty());
  CHECK(pair.db.notices(pair.bo.text(), true, 10).value().size() == 1);
  pair.sync();  // does not make it new again
  CHECK(notices(clone, self, {.only_new = true}).value().empty());
  Pair::Line line(pair);
  std::vector<SyncRefusal> refused;
  CHECK(submit_wishes(clone, line, refused).value() == 1);
  CHECK(refused.empty());
  CHECK(pair.db.notices(pair.bo.text(), true, 10).value().empty());
  CHECK(submit_wishes(clone, line, refused).value() == 0);
  tell(NoticeKind::edit);
  pair.sync();
  CHECK(notices(clone, self, {.only_new = true}).value().size() == 1);
  REQUIRE(pair.db.mark_read(pair.bo.text(), 1000));
  pair.sync();
  CHECK(notices(clone, self, {.only_new = true}).value().empty());
}

TEST_CASE("wishes are about oneself alone", "[ops]") {
  Pair pair;
  const OwnerId ana = Camp::who(pair.community, "ana").id;
  const auto fred = stranger("fred", "there.example");
  REQUIRE(pair.db.put_actor(fred, pair.origin.stage.now));
  REQUIRE(pair.db.put_request({ana.text(), fred.id, fred.id + "#follows/1", kStart}));
  REQUIRE(pair.db.put_notice({.member = ana.text(),
                              .kind = NoticeKind::follow_request,
                              .actor = fred.id,
                              .object = "",
                              .at_ms = kStart}));
  Pair::Line line(pair);
  const auto ask = [&](const Wish& wish) {
    return line.submit({fed::home_line(fed::HomeLine(wish))}).value().at(0);
  };
  const auto no = ask({.what = Wish::What::accept, .actor = fred.id});
  CHECK_FALSE(no.accepted);
  CHECK(no.objection == model::Objection::deleted);
  CHECK(ask({.what = Wish::What::read, .number = 1000}).accepted);
  CHECK(pair.db.notices(ana.text(), true, 10).value().size() == 1);
  CHECK(pair.db.requests_of(ana.text()).value().size() == 1);

  REQUIRE(pair.db.put_request({pair.bo.text(), fred.id, fred.id + "#follows/2", kStart}));
  CHECK(ask({.what = Wish::What::accept, .actor = fred.id}).accepted);
  CHECK(ask({.what = Wish::What::accept, .actor = fred.id}).accepted);  // said twice
  CHECK(pair.db.requests_of(pair.bo.text()).value().empty());
  CHECK(pair.db.notices(ana.text(), true, 10).value().size() == 1);
  CHECK(pair.db.queue_length().value() == 1);
  CHECK(ask({.what = Wish::What::reject, .actor = fred.id}).accepted);
  CHECK(ask({.what = Wish::What::reject, .actor = fred.id}).accepted);
  CHECK(pair.db.queue_length().value() == 2);
}

TEST_CASE("who asks to follow is answered in a clone with the next sync", "[ops]") {
  Pair pair;
  const auto fred = stranger("fred", "there.example");
  REQUIRE(pair.db.put_actor(fred, pair.origin.stage.now));
  REQUIRE(pair.db.put_request({pair.bo.text(), fred.id, fred.id + "#follows/2", kStart}));
  pair.sync();
  auto clone = pair.laptop.open();
  const Actor self = Pair::clone_bo(clone);
  REQUIRE(follow_requests(clone, self).value().size() == 1);
  REQUIRE(accept_follower(clone, self, "@fred@there.example"));
  CHECK(follow_requests(clone, self).value().at(0).waits == "accept");
  REQUIRE(reject_follower(clone, self, "@fred@there.example"));
  CHECK(follow_requests(clone, self).value().at(0).waits == "reject");
  Pair::Line line(pair);
  std::vector<SyncRefusal> refused;
  CHECK(submit_wishes(clone, line, refused).value() == 1);
  pair.sync();
  CHECK(follow_requests(clone, self).value().empty());
  CHECK(accept_follower(clone, self, "@fred@there.example").error().kind == Kind::not_found);
}

TEST_CASE("a follow that moved is ended from a clone", "[ops]") {
  Pair pair;
  const auto fred = stranger("fred", "there.example");
  REQUIRE(pair.db.put_actor(fred, kStart));
  REQUIRE(pair.db.put_following({.member = pair.bo.text(),
                                 .actor = fred.id,
                                 .activity = pair.site.actor("bo") + "#follows/1",
                                 .state = index::FollowState::accepted,
                                 .since_ms = kStart}));
  pair.sync();
  auto clone = pair.laptop.open();
  const Actor self = Pair::clone_bo(clone);
  REQUIRE(following(clone, self).value().size() == 1);
  CHECK_FALSE(following(clone, self).value().at(0).waits);
  REQUIRE(unfollow(clone, self, "@fred@there.example"));
  CHECK(following(clone, self).value().at(0).waits);
  Pair::Line line(pair);
  std::vector<SyncRefusal> refused;
  CHECK(submit_wishes(clone, line, refused).value() == 1);
  CHECK(pair.db.following_of(pair.bo.text()).value().empty());
  CHECK(pair.db.queue_length().value() == 1);
  pair.sync();
  CHECK(following(clone, self).value().empty());
}

TEST_CASE("an origin of an older camp brings nothing, and that is no failure", "[ops]") {
  Pair pair;
  class Old : public Pair::Line {
   public:
    using Line::Line;
    Result<std::vector<fed::Answer>> submit(const std::vector<std::string>& lines) override {
      return std::vector<fed::Answer>(
          lines.size(),
          fed::Answer::no("", {model::Objection::form, "a line with no proper 'type'", ""}));
    }
  } old(pair);
  const auto clone = pair.laptop.open();
  const auto done = sync_home(clone, old);
  REQUIRE(done);
  CHECK_FALSE(done->served);
  CHECK(pair.laptop.open().settings().host.empty());
}
