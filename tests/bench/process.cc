// SPDX-License-Identifier: MIT
// Running programs and watching them.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "base/time.h"
#include "bench.h"

namespace camp::bench {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

Result<Ended> run(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
                  const std::string& input) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  const Stopwatch watch;
  pid_t child = 0;
  const int code = posix_spawnp(&child, argv[0].c_str(), &files, nullptr, pointers(argv).data(),
                                pointers(environment).data());
  posix_spawn_file_actions_destroy(&files);
  if (code != 0) return fail(Kind::failed, "cannot start " + argv[0]);
  int status = 0;
  struct rusage used {};
  ::wait4(child, &status, 0, &used);
  const Ended ended{watch.us(), static_cast<std::int64_t>(used.ru_maxrss) * 1024};
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return ended;
  return fail(Kind::failed, argv[0] + " failed, status " + std::to_string(status));
}

Result<std::int64_t> peak_memory(const std::vector<std::string>& argv,
                                 const std::vector<std::string>& environment) {
  const std::string answer =
      (std::filesystem::temp_directory_path() / ("camp-bench-peak-" + std::to_string(::getpid())))
          .string();
  std::vector<std::string> all = {"/proc/self/exe", "peak", answer};
  all.insert(all.end(), argv.begin(), argv.end());
  CAMP_TRY(run(all, environment));
  std::FILE* const file = std::fopen(answer.c_str(), "r");
  long long bytes = 0;
  const bool read = file != nullptr && std::fscanf(file, "%lld", &bytes) == 1;
  if (file != nullptr) std::fclose(file);
  std::filesystem::remove(answer);
  if (read) return std::int64_t{bytes};
  return fail(Kind::failed, "the peak of memory of " + argv[0] + " is unknown");
}

int stand_between(int argc, char** argv) {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment.emplace_back(*variable);
  }
  const auto ended = run({argv + 3, argv + argc}, environment);
  if (!ended) return 1;
  std::FILE* const file = std::fopen(argv[2], "w");
  if (file == nullptr) return 1;
  std::fprintf(file, "%lld\n", static_cast<long long>(ended->peak_bytes));
  return std::fclose(file) == 0 ? 0 : 1;
}

std::vector<std::string> camp_command(const Options& options, std::size_t posts,
                                      const std::vector<std::string>& words) {
  std::vector<std::string> argv = {options.program, "-C", options.store(posts)};
  argv.insert(argv.end(), words.begin(), words.end());
  return argv;
}

std::vector<std::string> camp_environment(std::int64_t now_ms) {
  return {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nonexistent", "LC_ALL=C.UTF-8",
          "CAMP_NOW=" + format_time(now_ms)};
}

Usage usage_of(const std::string& path) {
  Usage usage;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(path, error), end; !error && at != end;
       at.increment(error)) {
    struct stat status {};
    if (::lstat(at->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    usage.bytes += static_cast<double>(status.st_size);
    usage.blocks += static_cast<double>(status.st_blocks) * 512;
    ++usage.files;
  }
  return usage;
}

}  // namespace camp::bench
