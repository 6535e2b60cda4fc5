// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/result.h"
#include "store/community.h"

namespace camp::bench {

/// The moment at which every benchmark community stands: 2026-11-23T10:00:00Z.
inline constexpr std::int64_t kNowMs = 1'795'428'000'000;

/// What the command line asked for.
struct Options {
  std::string scratch;  ///< an existing directory of our own, with an absolute path
  std::string program;  ///< the built camp
  std::string source;   ///< the source tree
  std::vector<std::size_t> sizes = {};
  std::size_t members = 50;
  std::size_t served = 200'000;  ///< posts of the community that is served
  int rounds = 5;                ///< how often each side is run; the fastest counts

  std::string store(std::size_t posts) const { return scratch + "/store-" + std::to_string(posts); }
  /// The size at which what takes long is measured: the second.
  std::size_t main_size() const { return sizes[std::min<std::size_t>(1, sizes.size() - 1)]; }
};

/// The sections, in the order in which they are run.
Result<void> make_stores(const Options& options);
Result<void> bench_append(const Options& options);
Result<void> bench_disk(const Options& options);
Result<void> bench_rebuild(const Options& options);
Result<void> bench_timeline(const Options& options);
Result<void> bench_processes(const Options& options);
Result<void> bench_memory(const Options& options);
Result<void> bench_sync(const Options& options);
Result<void> bench_inbox(const Options& options);
Result<void> bench_serve(const Options& options);
Result<void> bench_deliveries(const Options& options);

/// Makes the community of a size, unless it is there.
Result<void> make_store(const Options& options, std::size_t posts);

/// A measured value beside the value that it has to keep.
struct Goal {
  double value = 0;
  const char* unit = "x";
  std::optional<double> bound = {};  ///< none: the row is there to be known
  bool at_least = false;             ///< the bound is a floor, else a ceiling
};

/// Prints one row of the table, fields separated by tabs.
void report(const std::string& what, std::size_t posts, const std::string& ours,
            const std::string& against, const Goal& goal);

/// "812 us", "3.42 ms", "12.1 s".
std::string duration(double us);
std::string bytes_text(double bytes);

class Stopwatch {
 public:
  double us() const {
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The fastest of several runs: what the others lost, they lost to somebody else.
class Fastest {
 public:
  void take(double us) { us_ = std::min(us_, us); }
  double us() const { return us_; }

 private:
  double us_ = std::numeric_limits<double>::infinity();
};

/// The real environment with a clock that stands at `now_ms` until somebody moves it.
struct Stage {
  std::shared_ptr<std::int64_t> now_ms;
  Env env;
  static Result<Stage> at(std::int64_t now_ms);
};

/// Opens the community of a size, a little after its last post.
Result<store::Community> open_store(const Options& options, std::size_t posts,
                                    std::int64_t now_ms = kNowMs);

/// From one post of a store to the next, when it was made.
std::int64_t interval_ms(std::size_t posts);
/// A moment after its newest post: a second run goes on after the posts of the first.
Result<std::int64_t> after_newest(const Options& options, std::size_t posts);

/// A finished process.
struct Ended {
  double us = 0;  ///< wall-clock
  std::int64_t peak_bytes = 0;
};
/// Runs a program to its end, its output discarded. Failing is an error. `input`: a file.
Result<Ended> run(const std::vector<std::string>& argv,
                  const std::vector<std::string>& environment = {},
                  const std::string& input = "/dev/null");
/// The same for the peak of memory, which the kernel counts from the parent's on: a small process
/// of our own stands in between.
Result<std::int64_t> peak_memory(const std::vector<std::string>& argv,
                                 const std::vector<std::string>& environment = {});
/// Texts as exec wants them; they must outlive the list.
std::vector<char*> pointers(const std::vector<std::string>& texts);
/// What that process does; `argv` as given to main.
int stand_between(int argc, char** argv);

/// `camp -C <store> words…`, and the environment in which it runs at a time.
std::vector<std::string> camp_command(const Options& options, std::size_t posts,
                                      const std::vector<std::string>& words);
std::vector<std::string> camp_environment(std::int64_t now_ms = kNowMs);

/// What a directory tree holds.
struct Usage {
  double bytes = 0;   ///< lengths of the files
  double blocks = 0;  ///< bytes taken from the disk
  std::size_t files = 0;
};
Usage usage_of(const std::string& path);

}  // namespace camp::bench
