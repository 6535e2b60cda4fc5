// SPDX-License-Identifier: MIT
// Messages on their way to other servers, good, slow, dead and gone.
#include "fed/deliver.h"

#include <malloc.h>

#include "unit/fed/peer_support.h"

using namespace camp;
using namespace camp::fed;

#ifdef __SANITIZE_ADDRESS__
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace {

constexpr std::int64_t kDay = 24 * kHour;

/// What is allocated now, in bytes; of the sanitizer its own count, for it keeps what was freed.
std::size_t allocated() {
#ifdef __SANITIZE_ADDRESS__
  return __sanitizer_get_current_allocated_bytes();
#else
  return ::mallinfo2().uordblks;
#endif
}

class World : public FedCamp {
 public:
  Peer peer;

  void put(const std::string& inbox, const std::string& name = "1",
           std::optional<std::string> signer = {}) {
    need(db().enqueue({.inbox = inbox,
                       .host = need(http::parse_url(inbox, site.policy())).authority(),
                       .signer = signer.value_or(id("ana")),
                       .activity = site.origin() + "/acts/" + name,
                       .body = R"({"type":"Like","id":")" + name + "\"}",
                       .next_ms = now(),
                       .since_ms = now()}));
  }
  Deliveries run(DeliveryRun how = {}) {
    how.log = [this](const index::Delivery& delivery, std::string_view problem) {
      most_allocated = std::max(most_allocated, allocated());
      log.push_back(delivery.host + " " + std::string(problem));
    };
    return need(deliver(community, db(), site, client, how));
  }
  std::vector<std::string> log;
  std::size_t most_allocated = 0;
};

std::string signature_of(const http::Request& request) {
  return std::string(request.headers.find("Signature").value_or(""));
}

}  // namespace

TEST_CASE("statements 11 and 12: a message is signed by its member, over what is sent") {
  World world;
  world.put(world.peer.url("/users/sal/inbox?x=1"));
  CHECK(world.run().delivered == 1);
  REQUIRE(world.peer.posts().size() == 1);
  http::Request got = world.peer.posts()[0];
  CHECK(got.body == R"({"type":"Like","id":"1"})");
  CHECK(got.headers.find("Content-Type") == "application/activity+json");
  const auto pem = need(world.community.keyring().transport_key(world.who("ana").id));
  const auto key = need(crypto::RsaPublicKey::from_pem(need(crypto::rsa_public_pem(*pem))));
  const auto claim = need(read_signature(
      got, {.own_host = world.peer.host(), .scheme = "http", .now_ms = world.now()}));
  CHECK(verify_signature(claim, key));
  CHECK(claim.key_id == world.site.key_id("ana"));
  CHECK(claim.covered ==
        std::vector<std::string>{"(request-target)", "host", "date", "digest", "content-type"});
  CHECK(need(world.db().queue_length()) == 0);
}

TEST_CASE("what no member signs the community's own actor does; without a key nothing is sent") {
  World world;
  world.put(world.peer.url("/inbox"), "1", "");
  CHECK(world.run().delivered == 1);
  CHECK(signature_of(world.peer.posts().at(0)).find(world.site.instance_key_id()) !=
        std::string::npos);
  world.put(world.peer.url("/inbox"), "2", std::string(32, 'z'));
  CHECK(world.run().dropped == 1);
  CHECK(world.peer.posts().size() == 1);
  CHECK(need(world.db().queue_length()) == 0);
}

TEST_CASE(
    "E73: what is for whom the community blocks is dropped; a shared inbox is for others too") {
  for (const bool whole_host : {false, true}) {
    World world;
    Peer far;
    const std::string sal = world.peer.settle("sal");
    need(world.federation->remote().fetch_actor(sal));
    world.put(world.peer.url("/users/sal/inbox"), "1");
    world.put(world.peer.url("/inbox"), "2");
    world.put(far.url("/inbox"), "3");
    world.block_for_all(whole_host ? world.peer.origin() + "/" : sal);
    const Deliveries done = world.run();
    CHECK(done.dropped == (whole_host ? 2 : 1));
    CHECK(done.delivered == (whole_host ? 1 : 2));
    CHECK(world.peer.posts().size() == (whole_host ? 0 : 1));
    CHECK(far.posts().size() == 1);
    CHECK(need(world.db().queue_length()) == 0);
  }
}

TEST_CASE("the schedule: nine attempts within seven days") {
  std::int64_t sum = 0;
  std::vector<std::int64_t> times{0};
  for (int attempts = 1; retry_after_ms(attempts) >= 0; ++attempts) {
    sum += retry_after_ms(attempts);
    times.push_back(sum);
  }
  CHECK(times == std::vector<std::int64_t>{0, 5 * kMinute, 30 * kMinute, 2 * kHour, 8 * kHour, kDay,
                                           2 * kDay, 4 * kDay, 7 * kDay});
  CHECK(retry_after_ms(9) == -1);
  CHECK(retry_after_ms(1000) == -1);
}

TEST_CASE("statement 51: what each answer means") {
  for (const int status : {200, 201, 202, 204}) CHECK(outcome_of(status) == Outcome::delivered);
  for (const int status : {0, 401, 408, 425, 429, 500, 502, 503, 504, 599}) {
    CHECK(outcome_of(status) == Outcome::later);
  }
  for (const int status : {400, 403, 405, 406, 413, 415, 422, 301, 302, 501}) {
    CHECK(outcome_of(status) == Outcome::refused);
  }
  for (const int status : {404, 410}) CHECK(outcome_of(status) == Outcome::gone);
}

TEST_CASE("statements 16 and 51: a message is tried again on the schedule, signed anew") {
  World world;
  world.peer.answer_posts({.status = 503});
  world.put(world.peer.url("/inbox"));
  std::vector<std::int64_t> waits;
  for (int attempt = 1; attempt <= 8; ++attempt) {
    INFO("attempt " << attempt);
    CHECK(world.run().deferred == 1);
    CHECK(world.run().deferred == 0);  // not yet
    const index::Delivery waiting = world.queue().at(0);
    CHECK(waiting.attempts == attempt);
    CHECK(waiting.problem == "answered with 503");
    const std::int64_t wait = waiting.next_ms - world.now();
    const std::int64_t planned = retry_after_ms(attempt);
    CHECK(std::abs(wait - planned) <= planned / 10 + 100);
    world.stage.now = std::max(need(world.db().next_due_ms()).value(), world.now()) + 1;
  }
  CHECK(world.run().dropped == 1);  // the ninth was the last
  CHECK(need(world.db().queue_length()) == 0);
  std::set<std::string> signatures, dates;
  for (const http::Request& request : world.peer.posts()) {
    signatures.insert(signature_of(request));
    dates.insert(std::string(request.headers.find("Date").value_or("")));
  }
  CHECK(signatures.size() == 9);
  CHECK(dates.size() == 9);
}

TEST_CASE("a success makes a host as good as new") {
  World world;
  world.peer.answer_posts({.status = 500});
  world.put(world.peer.url("/inbox"));
  for (int attempt = 0; attempt < 4; ++attempt) {
    world.run();
    world.stage.now += 9 * kHour;
  }
  CHECK(need(world.db().host(world.peer.host())).failures == 4);
  world.peer.answer_posts({.status = 202});
  CHECK(world.run().delivered == 1);
  CHECK(need(world.db().host(world.peer.host())).failures == 0);
  CHECK(need(world.db().host(world.peer.host())).rest_ms == 0);
}

TEST_CASE("a host that fails again and again rests, whatever waits for it") {
  World world;
  world.peer.answer_posts({.status = 500});
  for (int i = 0; i < 10; ++i) world.put(world.peer.url("/inbox"), std::to_string(i));
  const Deliveries done = world.run();
  CHECK(done.deferred == 3);
  CHECK(world.peer.posts().size() == 3);
  CHECK(need(world.db().host(world.peer.host())).rest_ms > world.now());
  world.stage.now += kMinute + 100;
  world.run();
  CHECK(world.peer.posts().size() == 4);
}

TEST_CASE("statement 73: Retry-After in seconds and as a date holds the host back") {
  World world;
  for (const bool as_date : {false, true}) {
    for (const int status : {429, 503}) {
      Peer peer;
      Peer::Document busy{.status = status};
      busy.more.set("Retry-After",
                    as_date ? http::format_http_date(world.now() + 7200'000) : "7200");
      peer.answer_posts(busy);
      world.put(peer.url("/inbox"));
      world.put(peer.url("/inbox"), "2");
      world.run();
      CHECK(peer.posts().size() == 1);
      world.stage.now += 100 * kMinute;
      world.run();
      CHECK(peer.posts().size() == 1);
      world.stage.now += 21 * kMinute;
      peer.answer_posts({.status = 202});
      world.run();
      CHECK(peer.posts().size() == 3);
    }
  }
  // What asks for years, or for nothing that can be read, waits as everybody.
  for (const char* asked : {"99999999", "-5", "soon", "99999999999999999999"}) {
    Peer peer;
    Peer::Document busy{.status = 503};
    busy.more.set("Retry-After", asked);
    peer.answer_posts(busy);
    world.put(peer.url("/inbox"));
    world.run();
    CHECK(world.queue().back().next_ms <= world.now() + kDay);
    need(world.db().drop(world.queue().back().number));
  }
}

TEST_CASE("statement 51: 410 and 404 end everything for that inbox, a refusal one message") {
  World world;
  for (const int status : {404, 410}) {
    world.peer.answer_posts({.status = status});
    world.put(world.peer.url("/users/sal/inbox"), "1");
    world.put(world.peer.url("/users/sal/inbox"), "2");
    world.put(world.peer.url("/users/tom/inbox"), "3");
    DeliveryRun once;
    int asked = 0;
    once.stop = [&] { return asked++ > 0; };
    world.run(once);
    REQUIRE(world.queue().size() == 1);
    CHECK(world.queue()[0].inbox == world.peer.url("/users/tom/inbox"));
    need(world.db().drop(world.queue()[0].number));
  }
  for (const int status : {400, 403, 405, 413, 422}) {
    world.peer.answer_posts({.status = status});
    world.put(world.peer.url("/inbox"), "1");
    CHECK(world.run().dropped == 1);
    CHECK(need(world.db().queue_length()) == 0);
  }
}

TEST_CASE("an inbox that takes a message and talks a lot has taken it") {
  World world;
  world.peer.answer_posts({.status = 202, .body = std::string(300'000, 'x'), .type = "text/html"});
  world.put(world.peer.url("/inbox"));
  CHECK(world.run().delivered == 1);
}

TEST_CASE("one message a host at a time, in their order, and several hosts at once") {
  World world;
  std::mutex mutex;
  std::map<int, int> now_at, most_at;
  std::vector<std::string> order;
  std::vector<std::unique_ptr<http::TestServer>> servers;
  std::atomic<int> together = 0, most_together = 0;
  for (int i = 0; i < 3; ++i) {
    servers.push_back(std::make_unique<http::TestServer>(
        http::ServerSettings{.workers = 4}, [&, i](const http::Request& request) {
          {
            const std::lock_guard lock(mutex);
            most_at[i] = std::max(most_at[i], ++now_at[i]);
            most_together = std::max(most_together.load(), ++together);
            if (i == 0) order.push_back(request.body);
          }
          std::this_thread::sleep_for(std::chrono::milliseconds(50));
          const std::lock_guard lock(mutex);
          --now_at[i];
          --together;
          return http::Response{.status = 202};
        }));
  }
  for (int message = 0; message < 4; ++message) {
    for (const auto& server : servers) {
      world.put("http://127.0.0.1:" + std::to_string(server->port()) + "/inbox",
                std::to_string(message));
    }
  }
  CHECK(world.run({.parallel = 3}).delivered == 12);
  for (int i = 0; i < 3; ++i) CHECK(most_at[i] == 1);
  CHECK(most_together > 1);
  REQUIRE(order.size() == 4);
  CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("what waits for a dead host does not wait for ever") {
  World world;
  world.peer.answer_posts({.status = 500});
  for (int i = 0; i < 50; ++i) world.put(world.peer.url("/inbox"), std::to_string(i));
  for (int hours = 0; hours < 12 * 24; hours += 4) {
    world.run();
    world.stage.now += 4 * kHour;
  }
  CHECK(need(world.db().queue_length()) == 0);
}

TEST_CASE("the end of an old follow waits until the new one has arrived, both or none") {
  World world;
  const std::string follow = world.site.origin() + "/acts/1";
  need(world.db().put_following(
      {world.id("ana"), "http://old.example/u", "x", index::FollowState::accepted, world.now()}));
  need(world.db().set_value("after " + follow,
                            Json{{"inbox", world.peer.url("/old/inbox")},
                                 {"member", world.id("ana")},
                                 {"actor", "http://old.example/u"},
                                 {"activity", {{"id", follow + "#undo"}, {"type", "Undo"}}}}
                                .dump()));
  world.peer.answer_posts({.status = 500});
  world.put(world.peer.url("/new/inbox"));
  world.run();
  CHECK(need(world.db().following(world.id("ana"), "http://old.example/u")));
  world.stage.now += kHour;
  world.peer.answer_posts({.status = 202});
  CHECK(world.run().delivered == 2);
  CHECK_FALSE(need(world.db().following(world.id("ana"), "http://old.example/u")));
  CHECK(Json::parse(world.peer.posts().back().body)["type"] == "Undo");
}

TEST_CASE("statement 85: 200 hosts of which 60 are dead, within the time, in little memory") {
  World world;
  std::atomic<int> got = 0;
  // Every address of 127.0.0.0/8 is this machine: one server is many hosts.
  http::ServerSettings settings;
  settings.workers = 4;
  settings.loopback_only = true;
  for (int i = 0; i < 140; ++i) {
    settings.listen.push_back("127.0.1." + std::to_string(i + 1) + ":0");
  }
  http::TestServer alive(std::move(settings), [&](const http::Request&) {
    ++got;
    return http::Response{.status = 202};
  });
  std::vector<std::string> hosts = (*alive).addresses();
  for (int i = 0; i < 60; ++i) {
    const auto at = hosts.begin() + 3 * i;
    hosts.insert(at, "127.0.2." + std::to_string(i + 1) + ":1");  // nobody listens there
  }
  REQUIRE(hosts.size() == 200);
  const std::string padding(50'000, 'x');
  for (const std::string& host : hosts) {
    for (int message = 0; message < 2; ++message) {
      need(world.db().enqueue({.inbox = "http://" + host + "/inbox",
                               .host = host,
                               .signer = world.id("ana"),
                               .activity = "http://x/" + std::to_string(message),
                               .body = padding,
                               .next_ms = world.now(),
                               .since_ms = world.now()}));
    }
  }
  const std::size_t before = allocated();
  const auto begin = std::chrono::steady_clock::now();
  const Deliveries done = world.run({.parallel = 16});
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(done.delivered == 280);
  CHECK(done.deferred == 120);
  CHECK(got == 280);
  CHECK(took < std::chrono::seconds(60));
  CHECK(world.most_allocated < before + (16u << 20));
}

TEST_CASE("nothing is begun after the budget, and nothing is lost") {
  World world;
  for (int i = 0; i < 20; ++i) world.put(world.peer.url("/inbox"), std::to_string(i));
  const Deliveries done = world.run({.budget_ms = 30});  // each look at the clock is one
  CHECK(done.delivered > 0);
  CHECK(done.delivered < 20);
  CHECK(need(world.db().queue_length()) == 20 - static_cast<std::int64_t>(done.delivered));
  CHECK(world.run().delivered == 20 - done.delivered);
}
