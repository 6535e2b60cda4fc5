// SPDX-License-Identifier: MIT
// Clones: the first one, fetching, submitting, and putting two sets of files together.
#include <fmt/core.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "bench.h"
#include "git/quarantine.h"
#include "model/object.h"
#include "notes.h"
#include "ops/open.h"
#include "store/writer.h"

namespace camp::bench {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kGitEnvironment = {"PATH=/usr/bin:/bin", "HOME=/nonexistent",
                                                  "GIT_CONFIG_NOSYSTEM=1"};

class SyncBench {
 public:
  explicit SyncBench(const Options& options)
      : options_(options),
        posts_(options.main_size()),
        origin_(options.scratch + "/sync-origin"),
        clone_(options.scratch + "/sync-clone"),
        plain_(options.scratch + "/sync-plain") {}
  ~SyncBench() {
    for (const std::string& path : {origin_, clone_, plain_}) {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  }

  Result<void> run_all() {
    fs::remove_all(origin_);
    fs::copy(options_.store(posts_), origin_, fs::copy_options::recursive);
    now_ms_ = CAMP_TRY(after_newest(options_, posts_));
    CAMP_TRY(camp(origin_, {"restore", "--newest"}));  // a copy knows that it is one
    CAMP_TRY(first_clone());
    CAMP_TRY(no_news());
    for (const std::size_t count : {1000u, 10'000u}) CAMP_TRY(fetch(count));
    CAMP_TRY(after_squash());
    CAMP_TRY(submission(1000));
    return merge(1000);
  }

 private:
  Result<Ended> camp(const std::string& directory, const std::vector<std::string>& words) {
    std::vector<std::string> argv = {options_.program, "-C", directory};
    argv.insert(argv.end(), words.begin(), words.end());
    return run(argv, camp_environment(now_ms_ += 1000));
  }
  Result<Ended> git(const std::vector<std::string>& words) {
    std::vector<std::string> argv = {"git", "-c", "safe.directory=*"};
    argv.insert(argv.end(), words.begin(), words.end());
    return run(argv, kGitEnvironment);
  }

  Result<void> first_clone() {
    Fastest plain, ours;
    std::int64_t peak = 0;
    for (int round = 0; round < 2; ++round) {
      fs::remove_all(plain_);
      fs::remove_all(clone_);
      double us = 0;
      for (const char* name : {"local", "public"}) {
        us += CAMP_TRY(git({"clone", "-q", "--mirror", "--no-local", origin_ + "/" + name + ".git",
                            plain_ + "/" + name + ".git"}))
                  .us;
      }
      plain.take(us);
      const auto ended = CAMP_TRY(run({options_.program, "--as", "ana", "clone", origin_, clone_},
                                      camp_environment(now_ms_ += 1000)));
      ours.take(ended.us);
      peak = std::max(peak, ended.peak_bytes);
    }
    report("first clone, all verified and indexed", posts_, duration(ours.us()),
           duration(plain.us()) + " git clone", {ours.us() / plain.us(), "x"});
    report("first clone, a post", posts_, duration(ours.us() / static_cast<double>(posts_)), "-",
           {1e6 * static_cast<double>(posts_) / ours.us(), "/s"});
    return report_peak("camp clone", peak);
  }

  Result<void> report_peak(const std::string& what, std::int64_t peak) {
    const auto bytes = static_cast<double>(peak);
    report("peak of memory: " + what, posts_, bytes_text(bytes), "-",
           {bytes / (1 << 20), " MiB", 256.0});
    return {};
  }

  Result<void> no_news() {
    Fastest ours;
    for (int round = 0; round < 4 * options_.rounds; ++round) {
      ours.take(CAMP_TRY(camp(clone_, {"sync"})).us);
    }
    report("sync with no news", posts_, duration(ours.us()), "-", {ours.us() / 1000, " ms", 20.0});
    return {};
  }

  /// New local posts at the origin: a commit each, one a second.
  Result<void> write_posts(std::size_t count) {
    const auto community =
        CAMP_TRY(store::Community::open(origin_, CAMP_TRY(Stage::at(now_ms_)).env));
    const Notes notes = CAMP_TRY(Notes::of(community));
    auto repository = CAMP_TRY(community.repository(store::kLocal));
    for (std::size_t i = 0; i < count; ++i) {
      const auto note =
          CAMP_TRY(notes.make(1'000'000'000 + written_++, now_ms_ += 1000, model::Reach::local));
      const model::Place place = model::place_of(note.object);
      CAMP_TRY(repository.commit(
          place.branch,
          {.files = {{place.path, note.object.bytes}}, .message = "post", .time = now_ms_ / 1000}));
    }
    return {};
  }

  Result<Ended> plain_fetch() {
    return git({"-C", plain_ + "/local.git", "fetch", "-q", "--force", "origin",
                "+refs/heads/*:refs/heads/*"});
  }

  Result<void> fetch(std::size_t count) {
    Fastest ours, plain;
    std::int64_t peak = 0;
    for (int round = 0; round < (count > 1000 ? 1 : options_.rounds); ++round) {
      CAMP_TRY(write_posts(count));
      plain.take(CAMP_TRY(plain_fetch()).us);
      const auto ended = CAMP_TRY(camp(clone_, {"sync"}));
      ours.take(ended.us);
      peak = std::max(peak, ended.peak_bytes);
    }
    const std::string what = fmt::format("fetch {} new objects, verified and indexed", count);
    report(what, posts_, duration(ours.us()), duration(plain.us()) + " git fetch",
           {ours.us() / plain.us(), "x", 1.2});
    return report_peak(fmt::format("camp sync, {} new objects", count), peak);
  }

  Result<void> after_squash() {
    CAMP_TRY(camp(clone_, {"sync"}));
    CAMP_TRY(camp(origin_, {"gc"}));
    {
      const auto community =
          CAMP_TRY(store::Community::open(origin_, CAMP_TRY(Stage::at(now_ms_)).env));
      auto repository = CAMP_TRY(community.repository(store::kLocal));
      CAMP_TRY(repository.squash("e/" + month_of(now_ms_)));
    }
    CAMP_TRY(write_posts(1));
    const double plain = CAMP_TRY(plain_fetch()).us;
    const double ours = CAMP_TRY(camp(clone_, {"sync"})).us;
    report("fetch one post after the month was squashed", posts_, duration(ours),
           duration(plain) + " git fetch", {ours / plain, "x"});
    return {};
  }

  Result<void> submission(std::size_t count) {
    {
      auto community = CAMP_TRY(store::Community::open(clone_, CAMP_TRY(Stage::at(now_ms_)).env));
      const ops::Actor actor = CAMP_TRY(ops::acting_member(community, ""));
      const auto key = CAMP_TRY(ops::signing_key(community, actor.id));
      auto writer = CAMP_TRY(community.write());
      std::vector<store::NewObject> made;
      for (std::size_t i = 0; i < count; ++i) {
        const model::Maker maker{actor.id, community.id(), now_ms_ += 10,
                                 std::to_string(1'000'000'000'000'000 + i).substr(0, 16)};
        const auto sealed = CAMP_TRY(
            model::seal(model::make_note(maker, {}, {.content = note_text(i)}), maker, &key));
        store::NewObject object{
            CAMP_TRY(model::decode_object(sealed.bytes)), index::Verdict::valid, {}, {}};
        object.repositories = {model::home_of(object.object)};
        made.push_back(std::move(object));
      }
      CAMP_TRY(writer.append(made, {}, "post"));
    }
    const double us = CAMP_TRY(camp(clone_, {"sync"})).us;
    report(fmt::format("submit {} posts written without a network", count), posts_, duration(us),
           "-", {us / static_cast<double>(count) / 1000, " ms a post"});
    return {};
  }

  /// Two months of the present size that each have `count` files more: put together by us, and by
  /// git's own three-way merge.
  Result<void> merge(std::size_t count) {
    auto base = CAMP_TRY(git::Repository::create(options_.scratch + "/merge.git"));
    const std::string branch = "e/2026-11";
    git::Change change{.message = "base", .time = 1};
    for (std::size_t i = 0; i < posts_; ++i) change.files.push_back(file(i, posts_));
    const git::Oid shared = CAMP_TRY(base.commit(branch, change));
    CAMP_TRY(base.pack(CAMP_TRY(base.loose_objects())));
    const auto side = [&](std::size_t from) -> Result<git::Oid> {
      git::Change more{.message = "more", .time = 2};
      for (std::size_t i = 0; i < count; ++i) more.files.push_back(file(from + i, posts_));
      const git::Oid tip = CAMP_TRY(base.commit(branch, more));
      CAMP_TRY(base.squash(branch, {}, CAMP_TRY(base.tree_of(shared))));
      return tip;
    };
    // Both sides grow from the same commit.
    const std::string path = base.path();
    const git::Oid left = CAMP_TRY(side(posts_));
    CAMP_TRY(git({"-C", path, "update-ref", "refs/heads/" + branch, shared}));
    const git::Oid right = CAMP_TRY(side(posts_ + count));
    Fastest ours, plain;
    for (int round = 0; round < options_.rounds; ++round) {
      plain.take(CAMP_TRY(git({"-C", path, "merge-tree", "--write-tree", left, right})).us);
      auto quarantine =
          CAMP_TRY(git::Quarantine::create(options_.scratch + "/merge-quarantine.git", base));
      const Stopwatch watch;
      const auto difference = CAMP_TRY(quarantine.repository().difference(left, right));
      CAMP_TRY(quarantine.graft(branch, left, difference.added));
      ours.take(watch.us());
    }
    report(fmt::format("union of {} and {} new files", count, count), posts_, duration(ours.us()),
           duration(plain.us()) + " git merge-tree", {ours.us() / plain.us(), "x", 1.0});
    fs::remove_all(path);
    return {};
  }

  /// Small files in the shape of a month: day, hour, file.
  static git::NewFile file(std::size_t number, std::size_t posts) {
    const std::size_t hour = number * 720 / (posts + 10'000) % 720;
    return {fmt::format("{:02}/{:02}/{:036}.json", hour / 24 + 1, hour % 24, number),
            std::to_string(number)};
  }

  const Options& options_;
  std::size_t posts_;
  std::string origin_, clone_, plain_;
  std::int64_t now_ms_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace

Result<void> bench_sync(const Options& options) { return SyncBench(options).run_all(); }

}  // namespace camp::bench
