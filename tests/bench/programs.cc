// SPDX-License-Identifier: MIT
// Whole processes: how long a command takes from its start to its end, and its peak of memory.
#include <fmt/core.h>

#include <filesystem>
#include <fstream>

#include "base/time.h"
#include "bench.h"
#include "notes.h"
#include "ops/open.h"

namespace camp::bench {
namespace {

const std::vector<std::string> kGitEnvironment = {
    "PATH=/usr/bin:/bin",
    "HOME=/nonexistent",
    "GIT_CONFIG_NOSYSTEM=1",
    "GIT_AUTHOR_NAME=ana",
    "GIT_AUTHOR_EMAIL=ana@localhost",
    "GIT_COMMITTER_NAME=ana",
    "GIT_COMMITTER_EMAIL=ana@localhost",
};

/// A repository with one file, as small as can be.
class SmallRepository {
 public:
  static Result<SmallRepository> create(const std::string& path) {
    std::filesystem::remove_all(path);
    SmallRepository repository(path);
    CAMP_TRY(run({"git", "init", "-q", path}, kGitEnvironment));
    repository.write("first");
    CAMP_TRY(run({"git", "-C", path, "add", "post"}, kGitEnvironment));
    CAMP_TRY(repository.commit());
    return repository;
  }

  void write(const std::string& text) const { std::ofstream(path_ + "/post") << text << '\n'; }

  /// One process that writes the changed file, a tree and a commit, as durably as camp does.
  Result<double> commit() const {
    const auto ended = CAMP_TRY(run({"git", "-C", path_, "-c", "core.fsync=all", "-c", "gc.auto=0",
                                     "commit", "-q", "-a", "-m", "post"},
                                    kGitEnvironment));
    return ended.us;
  }

 private:
  explicit SmallRepository(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

struct ProcessTimes {
  Fastest post, commit, help, nothing, timeline, log;
};

Result<void> one_round(const Options& options, const SmallRepository& repository,
                       std::int64_t now_ms, ProcessTimes& times) {
  const std::size_t posts = options.main_size();
  const auto camp = [&](const std::vector<std::string>& words) {
    return run(camp_command(options, posts, words), camp_environment(now_ms));
  };
  const std::string text = note_text(static_cast<std::uint64_t>(now_ms));
  times.post.take(CAMP_TRY(camp({"post", text})).us);
  repository.write(text);
  times.commit.take(CAMP_TRY(repository.commit()));
  times.help.take(CAMP_TRY(run({options.program, "--help"}, camp_environment(now_ms))).us);
  times.nothing.take(CAMP_TRY(run({"/bin/true"})).us);
  times.timeline.take(CAMP_TRY(camp({"timeline"})).us);
  times.log.take(CAMP_TRY(run({"git", "-C", options.store(posts) + "/local.git", "log", "-20",
                               "e/" + month_of(kNowMs)},
                              kGitEnvironment))
                     .us);
  return {};
}

/// A late post in every past month, so that care has all of them to squash and to pack.
Result<void> stir_past_months(const Options& options, std::size_t posts) {
  auto community = CAMP_TRY(open_store(options, posts));
  const Notes notes = CAMP_TRY(Notes::of(community));
  const std::string now = "e/" + month_of(kNowMs);
  auto repository = CAMP_TRY(community.repository(store::kLocal));
  for (const git::Branch& branch : CAMP_TRY(repository.branches())) {
    if (!branch.name.starts_with("e/") || branch.name >= now) continue;
    const std::int64_t time_ms = CAMP_TRY(month_start(branch.name.substr(2))) + 86'400'000;
    const auto note = CAMP_TRY(notes.make(2'000'000'000, time_ms, model::Reach::local));
    CAMP_TRY(repository.commit(branch.name,
                               {.files = {{model::place_of(note.object).path, note.object.bytes}},
                                .message = "late",
                                .time = kNowMs / 1000}));
  }
  return {};
}

Result<void> report_peak(const std::string& what, std::size_t posts,
                         const std::vector<std::string>& argv, std::int64_t now_ms) {
  const auto bytes = static_cast<double>(CAMP_TRY(peak_memory(argv, camp_environment(now_ms))));
  report("peak of memory: " + what, posts, bytes_text(bytes), "-",
         {bytes / (1 << 20), " MiB", 256.0});
  return {};
}

}  // namespace

Result<void> bench_processes(const Options& options) {
  const std::size_t posts = options.main_size();
  const auto repository = CAMP_TRY(SmallRepository::create(options.scratch + "/small"));
  std::int64_t now_ms = CAMP_TRY(after_newest(options, posts));
  CAMP_TRY(run(camp_command(options, posts, {"gc"}), camp_environment(now_ms)));
  ProcessTimes times;
  for (int round = 0; round < 4 * options.rounds; ++round) {
    CAMP_TRY(one_round(options, repository, now_ms += 1000, times));
  }
  const std::string nothing = duration(times.nothing.us()) + " /bin/true";
  report("camp post", posts, duration(times.post.us()), duration(times.commit.us()) + " git commit",
         {times.post.us() / times.commit.us(), "x", 2.0});
  report("camp --help", posts, duration(times.help.us()), nothing,
         {times.help.us() / 1000, " ms", 15.0});
  report("camp timeline", posts, duration(times.timeline.us()), nothing,
         {times.timeline.us() / 1000, " ms", 30.0});
  report("camp timeline", posts, duration(times.timeline.us()),
         duration(times.log.us()) + " git log -20", {times.timeline.us() / times.log.us(), "x"});
  std::filesystem::remove_all(options.scratch + "/small");
  return {};
}

Result<void> bench_memory(const Options& options) {
  const std::size_t posts = options.main_size();
  const std::int64_t now_ms = CAMP_TRY(after_newest(options, posts));
  const auto command = [&](const std::vector<std::string>& words) {
    return camp_command(options, posts, words);
  };
  CAMP_TRY(report_peak("camp post", posts, command({"post", "hello"}), now_ms));
  CAMP_TRY(report_peak("camp reindex", posts, command({"reindex"}), now_ms));
  CAMP_TRY(report_peak("camp reindex --verify", posts, command({"reindex", "--verify"}), now_ms));
  CAMP_TRY(stir_past_months(options, posts));
  CAMP_TRY(report_peak("camp gc, all months", posts, command({"gc"}), now_ms));
  const std::size_t imported = posts / 10;
  const std::string archive = options.scratch + "/archive.zip";
  CAMP_TRY(run({"python3", options.source + "/tests/support/mastodon_archive.py", "--posts",
                std::to_string(imported), "--out", archive},
               {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8"}));
  CAMP_TRY(report_peak(fmt::format("camp account import, {} posts", imported), posts,
                       command({"account", "import", "--from", "mastodon", archive}), now_ms));
  std::filesystem::remove(archive);
  return {};
}

}  // namespace camp::bench
