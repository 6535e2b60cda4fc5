// SPDX-License-Identifier: MIT
// Messages that arrive together: they share what it costs to make them durable, and end in the
// state in which each alone would have ended.
#include "fed/inbox_batch.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>
#include <utility>

#include "base/time.h"
#include "fed/inbox_queue.h"
#include "model/audience.h"
#include "ops/care.h"
#include "unit/fed/peer_support.h"

using namespace camp;
using namespace camp::fed;

namespace {

constexpr std::array<const char*, 4> kPeople{"sal", "mal", "tom", "uma"};

/// Four people of another server, who say things to a community.
class Crowd {
 public:
  Crowd() {
    for (const char* name : kPeople) peer_.settle(name);
  }

  std::string person(std::size_t number) const {
    return peer_.url(std::string("/users/") + kPeople.at(number));
  }

  /// An activity that its actor has signed.
  http::Request signed_by(std::size_t number, Json json, const FedCamp& camp) {
    json["actor"] = person(number);
    if (!json.contains("id")) json["id"] = person(number) + "/acts/" + std::to_string(++serial_);
    Plan plan;
    plan.host = camp.kHost;
    plan.body = json.dump();
    plan.key_id = person(number) + "#main-key";
    plan.date_ms = camp.stage.now;
    return send(plan);
  }
  Json note(std::size_t number, const std::string& name, const FedCamp& camp,
            const std::string& answers = "") const {
    Json note{{"id", person(number) + "/posts/" + name},
              {"type", "Note"},
              {"attributedTo", person(number)},
              {"to", Json::array({"as:Public"})},
              {"cc", Json::array({camp.actor("ana")})},
              {"content", "<p>" + name + "</p>"},
              {"published", format_time(camp.stage.now - 60'000)}};
    if (!answers.empty()) note["inReplyTo"] = answers;
    return note;
  }

 private:
  Peer peer_;
  int serial_ = 0;
};

Message read(FedCamp& camp, const http::Request& request) {
  InboxContext context = camp.federation->inbox();
  auto reading = read_message(context, request);
  if (const auto* received = std::get_if<Received>(&reading)) FAIL(received->reason);
  return std::get<Message>(std::move(reading));
}

std::vector<Received> take(FedCamp& camp, const std::vector<Message>& messages) {
  InboxContext context = camp.federation->inbox();
  return take_messages(context, messages);
}

/// Commits of the branch that holds who follows a member.
std::size_t commits(FedCamp& camp, const std::string& handle) {
  const auto repository =
      need(camp.community.repository(model::private_repository(camp.who(handle).id)));
  return need(repository.history_length(need(repository.tip("main")).value(), 1000));
}

std::string dump(const store::Community& community) {
  std::string lines;
  need(ops::dump_index(community,
                       [&](std::string_view line) { lines += std::string(line) + "\n"; }));
  return lines;
}

Json follow(const FedCamp& camp, const std::string& handle = "ana") {
  return {{"type", "Follow"}, {"object", camp.actor(handle)}};
}

}  // namespace

TEST_CASE("follows that come together are one commit, and each is answered") {
  Crowd crowd;
  FedCamp camp;
  std::vector<Message> messages;
  for (std::size_t i = 0; i < kPeople.size(); ++i) {
    messages.push_back(read(camp, crowd.signed_by(i, follow(camp), camp)));
  }
  const std::size_t before = commits(camp, "ana");
  for (const Received& received : take(camp, messages)) {
    CHECK(received.answer.status == 202);
    CHECK(received.reason.empty());
    CHECK(received.type == "Follow");
  }
  CHECK(camp.followers("ana").size() == kPeople.size());
  CHECK(commits(camp, "ana") == before + 1);
  CHECK(camp.queue().size() == kPeople.size());
}

TEST_CASE("who follows is in the index as if all had been read anew") {
  Crowd crowd;
  FedCamp camp;
  take(camp, {read(camp, crowd.signed_by(0, follow(camp), camp))});
  take(camp, {read(camp, crowd.signed_by(1, follow(camp, "bo"), camp))});
  const Json undo{{"type", "Undo"}, {"object", follow(camp)}};
  Json taken_back = undo;
  taken_back["object"]["actor"] = crowd.person(0);
  taken_back["object"]["id"] = crowd.person(0) + "/acts/1";
  take(camp, {read(camp, crowd.signed_by(0, taken_back, camp))});
  CHECK(camp.followers("ana").empty());
  const std::string grown = dump(camp.community);
  need(ops::reindex(camp.community, false, {}));
  CHECK(dump(camp.community) == grown);
}

TEST_CASE("what depends on another message of the same moment finds its effect") {
  Crowd crowd;
  FedCamp camp;
  const Json created = crowd.note(0, "words", camp);
  const std::string id = created.at("id");
  const Json answer = crowd.note(1, "answer", camp, id);
  const std::vector<Message> messages{
      read(camp, crowd.signed_by(0, {{"type", "Create"}, {"object", created}}, camp)),
      read(camp, crowd.signed_by(1, {{"type", "Create"}, {"object", answer}}, camp)),
      read(camp, crowd.signed_by(0, {{"type", "Delete"}, {"object", id}}, camp)),
      read(camp, crowd.signed_by(2, follow(camp), camp)),
      read(camp, crowd.signed_by(2, {{"type", "Undo"}, {"object", follow(camp)}}, camp))};
  take(camp, messages);
  CHECK_FALSE(need(camp.db().post(id)));
  CHECK(need(camp.db().post(answer.at("id").get<std::string>())));
  CHECK(camp.followers("ana").empty());
}

TEST_CASE("a message that cannot have its effect keeps no other from having it") {
  Crowd crowd;
  FedCamp camp;
  const std::vector<Message> messages{
      read(camp, crowd.signed_by(0, follow(camp), camp)),
      read(camp, crowd.signed_by(1, follow(camp, "cy"), camp)),
      read(camp, crowd.signed_by(2, follow(camp), camp)),
  };
  const std::string repository =
      camp.directory() + "/" + model::private_repository(camp.who("cy").id) + ".git";
  std::filesystem::rename(repository, repository + ".away");
  const auto received = take(camp, messages);
  REQUIRE(received.size() == 3);
  CHECK(received[0].answer.status == 202);
  CHECK(received[1].answer.status == 500);
  CHECK(received[2].answer.status == 202);
  CHECK(camp.followers("ana").size() == 2);
  std::filesystem::rename(repository + ".away", repository);
  CHECK(take(camp, {messages[1]}).front().reason.empty());  // it comes again
  CHECK(camp.followers("cy").size() == 1);
}

namespace {

/// What four people may say in any order, some of it twice and some of it nonsense.
Json random_word(std::mt19937& random, const Crowd& crowd, const FedCamp& camp, std::size_t who,
                 const ObjectId& post) {
  const auto below = [&](std::size_t n) { return random() % n; };
  const std::string name = std::to_string(below(3));
  const std::string own = crowd.person(who) + "/posts/" + name;
  const std::string theirs = crowd.person(below(4)) + "/posts/" + std::to_string(below(3));
  const std::string ours = camp.site.object(post);
  switch (below(9)) {
    case 0:
      return follow(camp, below(2) == 0 ? "ana" : "bo");
    case 1:
      return {{"type", "Undo"}, {"object", follow(camp)}};
    case 2:
      return {{"type", "Create"}, {"object", crowd.note(who, name, camp)}};
    case 3:
      return {{"type", "Create"}, {"object", crowd.note(who, name, camp, theirs)}};
    case 4: {
      Json changed = crowd.note(who, name, camp);
      changed["content"] = "<p>changed " + std::to_string(below(10)) + "</p>";
      changed["updated"] = format_time(camp.stage.now);
      return {{"type", "Update"}, {"object", changed}};
    }
    case 5:
      return {{"type", "Delete"}, {"object", below(2) == 0 ? own : theirs}};
    case 6:
      return {{"type", "Like"}, {"object", ours}, {"id", crowd.person(who) + "/likes/1"}};
    case 7:
      return {
          {"type", "Undo"},
          {"object", {{"type", "Like"}, {"object", ours}, {"id", crowd.person(who) + "/likes/1"}}}};
    default:
      return {{"type", "Announce"}, {"object", below(2) == 0 ? ours : theirs}};
  }
}

}  // namespace

TEST_CASE("however messages are put together, they end in the same state") {
  const int rounds = std::getenv("CAMP_FULL_DEPTH") != nullptr ? 200 : 8;
  for (int round = 0; round < rounds; ++round) {
    std::mt19937 random(static_cast<unsigned>(round));
    Crowd crowd;
    FedCamp alone, together;
    const ObjectId post = alone.say("ana", ops::to("public", "hello"));
    REQUIRE(together.say("ana", ops::to("public", "hello")).text() == post.text());
    alone.watched = together.watched = {post};
    std::vector<Message> batch;
    for (int i = 0; i < 40; ++i) {
      const std::size_t who = random() % 4;
      const http::Request request =
          crowd.signed_by(who, random_word(random, crowd, alone, who, post), alone);
      InboxContext context = alone.federation->inbox();
      const Received received = receive(context, request);
      INFO("round " << round << ", " << request.body);
      REQUIRE(received.answer.status == 202);
      InboxContext other = together.federation->inbox();
      auto reading = read_message(other, request);
      if (auto* message = std::get_if<Message>(&reading)) batch.push_back(std::move(*message));
      if (random() % 6 == 0) take(together, std::exchange(batch, {}));
    }
    take(together, batch);
    INFO("round " << round);
    REQUIRE(together.state() == alone.state());
  }
}

TEST_CASE("what comes while a message has its effect has its own together") {
  Crowd crowd;
  FedCamp camp;
  InboxQueue queue;
  std::vector<Message> later;
  for (std::size_t i = 1; i < kPeople.size(); ++i) {
    later.push_back(read(camp, crowd.signed_by(i, follow(camp), camp)));
  }
  std::size_t before = 0, answered = 0;
  InboxContext context = camp.federation->inbox();
  queue.bring(context, read(camp, crowd.signed_by(0, follow(camp), camp)), [&](const Received&) {
    before = commits(camp, "ana");
    for (Message& message : later) {
      queue.bring(context, std::move(message), [&](const Received& received) {
        CHECK(received.answer.status == 202);
        ++answered;
      });
    }
    CHECK(answered == 0);
  });
  CHECK(answered == later.size());
  CHECK(commits(camp, "ana") == before + 1);
  CHECK(camp.followers("ana").size() == kPeople.size());
}

TEST_CASE("many threads bring messages, and each has its effect and its answer once") {
  Crowd crowd;
  FedCamp camp;
  InboxQueue queue;
  constexpr int kEach = 25;
  std::atomic<int> answered = 0;
  std::vector<std::vector<Message>> of_thread(kPeople.size());
  for (std::size_t who = 0; who < kPeople.size(); ++who) {
    for (int i = 0; i < kEach; ++i) {
      const Json note = crowd.note(who, std::to_string(i), camp);
      of_thread[who].push_back(
          read(camp, crowd.signed_by(who, {{"type", "Create"}, {"object", note}}, camp)));
    }
  }
  std::vector<std::thread> threads;
  for (std::vector<Message>& messages : of_thread) {
    threads.emplace_back([&] {
      store::Community community = camp.open();
      const auto federation = need(Federation::open(community, camp.site, camp.client));
      InboxContext context = federation->inbox();
      for (Message& message : messages) {
        queue.bring(context, std::move(message), [&](const Received& received) {
          if (received.answer.status == 202 && received.reason.empty()) ++answered;
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(answered == kEach * static_cast<int>(kPeople.size()));
  CHECK(need(camp.db().notices(camp.id("ana"), false, 1000)).size() == kEach * kPeople.size());
}
