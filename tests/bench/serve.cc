// SPDX-License-Identifier: MIT
// `camp serve` as a process: what it holds in memory, what it answers, and how it delivers when
// many servers are dead.
#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "bench.h"
#include "fed/federation.h"
#include "fed/followers.h"
#include "loopback.h"
#include "model/audience.h"
#include "notes.h"
#include "ops/open.h"
#include "store/writer.h"

namespace camp::bench {
namespace {

constexpr std::size_t kPeople = 2000;  ///< elsewhere
constexpr std::int64_t kRemoteMs = 60'000;
constexpr double kSeconds = 4;  ///< of each kind of request, a round
constexpr double kStartUs = 120e6, kDeliverUs = 600e6;
constexpr double kMiB = 1 << 20;
constexpr const char* kHtml = "text/html";
constexpr const char* kActivity = "application/activity+json";

void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(500)); }

/// The community that is served, with its server's memory of elsewhere, and the server.
class Served {
 public:
  static Result<std::unique_ptr<Served>> make(const Options& options) {
    CAMP_TRY(make_store(options, options.served));
    auto served = std::unique_ptr<Served>(new Served(options, CAMP_TRY(free_port())));
    // Each run has a port of its own, and with it a host: what is remembered begins anew.
    std::filesystem::remove_all(served->path_);
    std::filesystem::copy(options.store(options.served), served->path_,
                          std::filesystem::copy_options::recursive);
    std::ofstream(served->path_ + "/camp.toml") << "host = \"" << served->host() << "\"\n";
    served->now_ms_ = CAMP_TRY(after_newest(options, options.served));
    CAMP_TRY(served->fill_server_db());
    return served;
  }
  ~Served() {
    server_.reset();
    std::filesystem::remove_all(path_);
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  std::string host() const { return fmt::format("127.0.0.1:{}", port_); }
  std::uint16_t port() const { return port_; }
  std::size_t posts() const { return options_.served; }
  const Running& server() const { return *server_; }

  Result<store::Community> open() const {
    return store::Community::open(path_, CAMP_TRY(Stage::at(now_ms_)).env);
  }

  /// Starts the server and waits until it answers, and a little longer.
  Result<void> start() {
    std::vector<std::string> argv = {options_.program, "-C", path_, "serve", "--insecure-http"};
    argv.insert(argv.end(), {"--listen", host()});
    server_.emplace(CAMP_TRY(Running::start(argv, camp_environment(now_ms_))));
    const Stopwatch watch;
    while (!get_all(port_, {"/robots.txt"}, "*/*", 0.01, nullptr, 1)) {
      if (watch.us() > kStartUs) return fail(Kind::failed, "the server does not answer");
      pause();
    }
    for (int turn = 0; turn < 10; ++turn) pause();
    return {};
  }
  Result<void> stop() {
    const Result<void> stopped = server_->stop();
    server_.reset();
    return stopped;
  }

  Result<void> post(const std::string& text) {
    now_ms_ += 1000;
    CAMP_TRY(run({options_.program, "-C", path_, "--as", "ana", "post", "--to", "public", text},
                 camp_environment(now_ms_)));
    return {};
  }

 private:
  Served(const Options& options, std::uint16_t port)
      : options_(options), port_(port), path_(options.scratch + "/served") {}

  /// A quarter as many posts as the community has, written as what came to the inbox is.
  Result<void> fill_server_db() {
    const auto community = CAMP_TRY(open());
    auto db = CAMP_TRY(fed::open_server_db(community));
    const std::size_t posts = options_.served / 4;
    return db.together([&]() -> Result<void> {
      for (std::size_t i = 0; i < kPeople; ++i) CAMP_TRY(db.put_actor(person(i), now_ms_));
      for (std::size_t i = 0; i < posts; ++i) CAMP_TRY(db.put_post(remote_post(i), now_ms_));
      return {};
    });
  }

  static model::RemoteActor person(std::size_t number) {
    const std::string host = fmt::format("peer{}.example", number % 100);
    const std::string id = fmt::format("https://{}/users/p{}", host, number);
    return {.id = id,
            .user = fmt::format("p{}", number),
            .host = host,
            .name = fmt::format("Person {}", number),
            .summary = "<p>" + note_text(number) + "</p>",
            .inbox = id + "/inbox",
            .shared_inbox = "https://" + host + "/inbox",
            .keys = {{id + "#main-key", std::string(450, 'k')}}};
  }

  model::RemotePost remote_post(std::size_t number) const {
    const std::string author = person(number % kPeople).id;
    const std::string id = fmt::format("{}/statuses/{}", author, number);
    return {.id = id,
            .actor = author,
            .url = id,
            .content = "<p>" + note_text(number + 7'000'000) + "</p>",
            .visibility = model::Visibility::public_,
            .published_ms = now_ms_ - static_cast<std::int64_t>(number) * kRemoteMs,
            .tags = {"benchmark"},
            .recipients = {"https://www.w3.org/ns/activitystreams#Public"}};
  }

  const Options& options_;
  const std::uint16_t port_;
  const std::string path_;
  std::int64_t now_ms_ = kNowMs;
  std::optional<Running> server_;
};

/// A row of memory: what belongs to the process alone stands beside all that is mapped in.
void report_memory(const std::string& what, const Served& served, const char* figure,
                   double most_mib) {
  const double bytes = served.server().memory(figure);
  const double own = served.server().memory("RssAnon");
  report("serve: " + what, served.posts(), bytes_text(bytes), bytes_text(own) + " its own now",
         {bytes / kMiB, " MiB", most_mib});
}

/// Where a member's profile is, as a page and as an actor.
Result<std::vector<std::string>> profiles(const Served& served) {
  std::vector<std::string> paths;
  const auto community = CAMP_TRY(served.open());
  for (const index::MemberRow& member : CAMP_TRY(community.index().members())) {
    paths.push_back("/u/" + member.handle);
  }
  return paths;
}

Result<void> requests(const Options& options, const Served& served) {
  const auto paths = CAMP_TRY(profiles(served));
  const auto fastest = [&](const std::vector<std::string>& all,
                           const char* accept) -> Result<Load> {
    Load best{.us = 1};
    for (int round = 0; round < options.rounds; ++round) {
      const Load load = CAMP_TRY(get_all(served.port(), all, accept, kSeconds, nullptr));
      if (load.rate() > best.rate()) best = load;
    }
    return best;
  };
  const Load bare = CAMP_TRY(fastest({"/robots.txt"}, "*/*"));
  const auto row = [&](const std::string& what, const Load& load) {
    report(what, served.posts(),
           fmt::format("{:.0f}/s of {}", load.rate(),
                       bytes_text(load.bytes / static_cast<double>(load.answers))),
           fmt::format("{:.0f}/s robots.txt", bare.rate()), {load.rate() / bare.rate(), "x"});
  };
  row("serve: profile pages", CAMP_TRY(fastest(paths, kHtml)));
  report_memory("memory after profile pages", served, "VmRSS", 64.0);
  row("serve: actor documents", CAMP_TRY(fastest(paths, kActivity)));
  report_memory("memory after actor documents", served, "VmRSS", 64.0);
  return {};
}

/// Every `nth` of `count` hosts is dead, in three ways by turns.
std::vector<Peers::Manner> manners_of(std::size_t count, std::size_t dead) {
  using enum Peers::Manner;
  constexpr Peers::Manner kDead[] = {silent, refuses, broken};
  std::vector<Peers::Manner> manners;
  for (std::size_t i = 0, buried = 0; i < count; ++i) {
    const bool is_dead = (i + 1) * dead / count > buried;
    manners.push_back(is_dead ? kDead[buried++ % 3] : takes);
  }
  return manners;
}

Result<void> follow_from(const Served& served, const Peers& peers, std::size_t count) {
  auto community = CAMP_TRY(served.open());
  const auto actor = CAMP_TRY(ops::acting_member(community, "ana"));
  std::vector<store::NewState> files;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string id = fmt::format("http://{}/users/zoe", peers.host(i));
    const fed::Follower follower{.id = id, .inbox = id + "/inbox", .since_ms = kNowMs};
    const std::string bytes = CAMP_TRY(fed::encode_follower(follower));
    files.push_back({model::private_repository(actor.id), fed::follower_file(id), bytes});
  }
  auto writer = CAMP_TRY(community.write());
  return writer.put_state(files, "followers");
}

/// How many messages wait that nobody has tried yet, and how many wait at all.
struct Queue {
  std::size_t untried = 0, waiting = 0;
};
Result<Queue> queue_of(index::ServerDb& db) {
  Queue queue;
  for (const index::Delivery& delivery : CAMP_TRY(db.queued(1000))) {
    ++queue.waiting;
    if (delivery.attempts == 0) ++queue.untried;
  }
  return queue;
}

struct Delivered {
  double living_us = 0;  ///< until the last that answers had it
  double all_us = 0;     ///< until the last was tried
};
Result<Delivered> wait_for_deliveries(index::ServerDb& db, const Peers& peers, std::size_t living,
                                      std::size_t dead) {
  Delivered delivered;
  const Stopwatch watch;
  while (true) {
    const Queue queue = CAMP_TRY(queue_of(db));
    delivered.all_us = watch.us();
    if (peers.taken() >= living && delivered.living_us == 0) delivered.living_us = watch.us();
    if (peers.taken() == living && queue.untried == 0 && queue.waiting == dead) return delivered;
    if (watch.us() > kDeliverUs) {
      return fail(Kind::failed, fmt::format("after {}: {} of {} delivered, {} not tried, {} wait",
                                            duration(kDeliverUs), peers.taken(), living,
                                            queue.untried, queue.waiting));
    }
    pause();
  }
}

Result<void> deliver_to(const Options& options, std::size_t count, std::size_t dead) {
  const auto served = CAMP_TRY(Served::make(options));
  const auto peers = CAMP_TRY(Peers::start(manners_of(count, dead)));
  CAMP_TRY(served->start());
  const auto paths = CAMP_TRY(profiles(*served));
  CAMP_TRY(follow_from(*served, *peers, count));
  const auto community = CAMP_TRY(served->open());
  auto db = CAMP_TRY(fed::open_server_db(community));

  std::atomic<bool> stop = false;
  Result<Load> load = Load{};
  std::thread readers(
      [&] { load = get_all(served->port(), paths, kHtml, kDeliverUs / 1e6, &stop); });
  Result<Delivered> done = Delivered{};
  if (const auto posted = served->post("to everybody"); posted) {
    done = wait_for_deliveries(db, *peers, count - dead, dead);
  } else {
    done = tl::unexpected<Error>(posted.error());
  }
  stop = true;
  readers.join();
  CAMP_TRY(done);
  CAMP_TRY(load);
  const std::string hosts = fmt::format("{} hosts, {} dead", count, dead);
  report("deliveries: " + hosts + ": to the living", served->posts(), duration(done->living_us),
         fmt::format("{:.0f} pages/s beside", load->rate()), {done->living_us / 1e6, " s"});
  report("deliveries: " + hosts + ": each tried", served->posts(), duration(done->all_us), "-",
         {done->all_us / 1e6, " s"});
  report_memory("peak of memory, " + hosts, *served, "VmHWM", 64.0);
  return served->stop();
}

}  // namespace

Result<void> bench_serve(const Options& options) {
  const auto served = CAMP_TRY(Served::make(options));
  CAMP_TRY(served->start());
  report_memory("memory idle after the start", *served, "VmRSS", 30.0);
  CAMP_TRY(requests(options, *served));
  return served->stop();
}

/// A dead server in every second delivery is what the budget names; three in ten is a bad day.
Result<void> bench_deliveries(const Options& options) {
  CAMP_TRY(deliver_to(options, 200, 60));
  return deliver_to(options, 200, 100);
}

}  // namespace camp::bench
