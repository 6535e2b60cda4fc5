// SPDX-License-Identifier: MIT
// Appending posts to communities of several sizes, all of them and the raw writing in turn.
#include <fmt/core.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>

#include "base/time.h"
#include "bench.h"
#include "notes.h"
#include "raw_objects.h"

namespace camp::bench {
namespace {

constexpr std::size_t kSingles = 20;      ///< commits of one post in a row
constexpr std::size_t kBatch = 100;       ///< posts of one commit
constexpr std::int64_t kStepMs = 86'400;  ///< a thousand posts a day: an hour's tree has 42

/// One community and what was measured on it.
class Appender {
 public:
  static Result<Appender> open(const Options& options, std::size_t posts) {
    Appender appender(posts, CAMP_TRY(open_store(options, posts)));
    appender.notes_ = CAMP_TRY(Notes::of(appender.community_));
    appender.time_ms_ = CAMP_TRY(after_newest(options, posts));
    CAMP_TRY(appender.require_room(options.rounds));
    appender.next_ = 1'000'000'000 + static_cast<std::uint64_t>(appender.time_ms_ - kNowMs);
    appender.path_ = appender.community_.repository_path(store::kLocal);
    make_fan_out(appender.path_ + "/objects");
    const std::string raw = options.scratch + "/raw-" + std::to_string(posts);
    appender.raw_path_ = raw;
    appender.raw_ = CAMP_TRY(RawObjects::create(raw));
    return appender;
  }

  Result<void> round() {
    CAMP_TRY(single_commits());
    CAMP_TRY(batch_commit());
    return through_store();
  }

  void report_rows() const {
    const double posts = kSingles;
    const std::string raw = duration(raw_us_.us() / posts) + " raw files";
    report("append a post: commit", posts_, duration(single_us()), raw,
           {single_us() * posts / raw_us_.us(), "x", 2.5});
    report("append a post: commit and index", posts_, duration(store_.us() / posts), raw,
           {store_.us() / raw_us_.us(), "x", 2.5});
    report("append 100 posts in one commit, a post", posts_, duration(batch_.us() / kBatch),
           duration(single_us()) + " single", {batch_.us() / kBatch / single_us(), "x", 0.35});
    report("loose objects of a post", posts_, bytes_text(blocks_ / commits_) + " on disk",
           bytes_text(bytes_ / commits_) + " in them", {objects_ / commits_, ""});
  }

  double single_us() const { return single_.us() / kSingles; }
  std::size_t posts() const { return posts_; }
  void clean() const { std::filesystem::remove_all(raw_path_); }

 private:
  Appender(std::size_t posts, store::Community community)
      : posts_(posts), community_(std::move(community)) {}

  /// All that is appended belongs to the month in which the community stands.
  Result<void> require_room(int rounds) const {
    const std::int64_t posts = 2 * rounds * static_cast<std::int64_t>(2 * kSingles + kBatch);
    if (month_of(time_ms_ + posts * kStepMs) == month_of(kNowMs)) return {};
    return fail(Kind::failed,
                "these communities have been measured too often: remove the directory");
  }

  Result<std::vector<store::NewObject>> make(std::size_t count) {
    std::vector<store::NewObject> made;
    for (std::size_t i = 0; i < count; ++i) {
      time_ms_ += kStepMs;
      made.push_back(CAMP_TRY(notes_.make(next_++, time_ms_, model::Reach::local)));
    }
    return made;
  }

  static git::Change change_of(const store::NewObject* notes, std::size_t count) {
    git::Change change{.message = "post @ana 0000000", .time = kNowMs / 1000};
    for (std::size_t i = 0; i < count; ++i) {
      change.files.push_back({model::place_of(notes[i].object).path, notes[i].object.bytes});
    }
    return change;
  }

  Result<void> single_commits() {
    const auto notes = CAMP_TRY(make(kSingles));
    const std::string branch = model::place_of(notes.front().object).branch;
    std::vector<git::Change> changes;
    for (const auto& note : notes) changes.push_back(change_of(&note, 1));
    auto repository = CAMP_TRY(community_.repository(store::kLocal));
    const std::set<std::string> before = loose_names(path_);
    const Stopwatch watch;
    for (const git::Change& change : changes) CAMP_TRY(repository.commit(branch, change));
    single_.take(watch.us());
    return raw_commits(before);
  }

  /// Writes what the commits wrote, as plain files.
  Result<void> raw_commits(const std::set<std::string>& before) {
    std::vector<std::string> names;
    for (const std::string& name : loose_names(path_)) {
      if (!before.contains(name)) names.push_back(name);
    }
    const auto objects = CAMP_TRY(read_loose(path_, names));
    std::size_t done = 0;
    const Stopwatch watch;
    for (std::size_t commit = 1; commit <= kSingles; ++commit) {
      const std::size_t end = objects.size() * commit / kSingles;
      CAMP_TRY(raw_->write_commit(objects.data() + done, end - done));
      done = end;
    }
    raw_us_.take(watch.us());
    weigh(names);
    return {};
  }

  void weigh(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      struct stat status {};
      if (::stat((path_ + "/objects/" + name).c_str(), &status) != 0) continue;
      bytes_ += static_cast<double>(status.st_size);
      blocks_ += static_cast<double>(status.st_blocks) * 512;
    }
    objects_ += static_cast<double>(names.size());
    commits_ += kSingles;
  }

  Result<void> batch_commit() {
    const auto notes = CAMP_TRY(make(kBatch));
    const git::Change change = change_of(notes.data(), notes.size());
    auto repository = CAMP_TRY(community_.repository(store::kLocal));
    const Stopwatch watch;
    CAMP_TRY(repository.commit(model::place_of(notes.front().object).branch, change));
    batch_.take(watch.us());
    return {};
  }

  /// As a command does it, without its start and its care.
  Result<void> through_store() {
    auto notes = CAMP_TRY(make(kSingles));
    auto writer = CAMP_TRY(community_.write());  // indexes what the commits above wrote
    CAMP_TRY(writer.open_repository(store::kLocal));
    const Stopwatch watch;
    for (store::NewObject& note : notes) {
      CAMP_TRY(writer.append({std::move(note)}, {}, "post @ana 0000000"));
    }
    store_.take(watch.us());
    return {};
  }

  std::size_t posts_;
  store::Community community_;
  Notes notes_;
  std::optional<RawObjects> raw_;
  std::string path_, raw_path_;
  std::int64_t time_ms_ = 0;
  std::uint64_t next_ = 0;
  Fastest single_, raw_us_, batch_, store_;
  double objects_ = 0, bytes_ = 0, blocks_ = 0, commits_ = 0;
};

}  // namespace

Result<void> bench_append(const Options& options) {
  std::vector<Appender> appenders;
  for (const std::size_t posts : options.sizes) {
    appenders.push_back(CAMP_TRY(Appender::open(options, posts)));
  }
  for (int round = 0; round < 2 * options.rounds; ++round) {
    for (Appender& appender : appenders) CAMP_TRY(appender.round());
  }
  const Appender& smallest = appenders.front();
  for (const Appender& appender : appenders) {
    appender.report_rows();
    if (&appender != &smallest) {
      report("append a post: large against small", appender.posts(), duration(appender.single_us()),
             fmt::format("{} at {}", duration(smallest.single_us()), smallest.posts()),
             {appender.single_us() / smallest.single_us(), "x", 1.5});
    }
    appender.clean();
  }
  return {};
}

}  // namespace camp::bench
