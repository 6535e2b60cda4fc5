// SPDX-License-Identifier: MIT
// Measures camp against what it stands on; see README.md. Called by tests/bench/run.
#include "bench.h"

#include <fmt/core.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>

namespace camp::bench {
namespace {

struct Section {
  std::string_view name;
  Result<void> (*run)(const Options&);
};

constexpr Section kSections[] = {
    {"make", make_stores},
    {"append", bench_append},
    {"disk", bench_disk},
    {"rebuild", bench_rebuild},
    {"timeline", bench_timeline},
    {"processes", bench_processes},
    {"memory", bench_memory},
    {"sync", bench_sync},
    {"inbox", bench_inbox},
    {"serve", bench_serve},
    {"deliveries", bench_deliveries},
};

constexpr const char* kUsage =
    "bench SECTION --dir DIR --camp PROGRAM --source TREE --sizes N,N,... [--members N] "
    "[--rounds N] [--served N]\n";

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return whole && value > 0 ? std::optional(value) : std::nullopt;
}

std::vector<std::size_t> numbers(std::string_view list) {
  std::vector<std::size_t> values;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    if (const auto value = number(list.substr(at, end - at))) values.push_back(*value);
    at = end + 1;
  }
  return values;
}

std::optional<Options> parse(int argc, char** argv) {
  Options options;
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--dir") options.scratch = std::filesystem::absolute(value);
    if (name == "--camp") options.program = std::filesystem::absolute(value);
    if (name == "--source") options.source = std::filesystem::absolute(value);
    if (name == "--sizes") options.sizes = numbers(value);
    if (name == "--members") options.members = number(value).value_or(options.members);
    if (name == "--served") options.served = number(value).value_or(options.served);
    if (name == "--rounds") options.rounds = static_cast<int>(number(value).value_or(1));
  }
  const bool complete = !options.scratch.empty() && !options.program.empty() &&
                        !options.source.empty() && !options.sizes.empty();
  return complete ? std::optional(options) : std::nullopt;
}

}  // namespace

void report(const std::string& what, std::size_t posts, const std::string& ours,
            const std::string& against, const Goal& goal) {
  std::string target = "-", met = "-";
  if (goal.bound) {
    target = fmt::format("{} {:g}{}", goal.at_least ? ">=" : "<=", *goal.bound, goal.unit);
    met = (goal.at_least ? goal.value >= *goal.bound : goal.value <= *goal.bound) ? "yes" : "NO";
  }
  fmt::print("{}\t{}\t{}\t{}\t{:.2f}{}\t{}\t{}\n", what, posts, ours, against, goal.value,
             goal.unit, target, met);
  std::fflush(stdout);
}

std::string duration(double us) {
  if (us < 1e3) return fmt::format("{:.0f} us", us);
  if (us < 1e6) return fmt::format("{:.2f} ms", us / 1e3);
  return fmt::format("{:.2f} s", us / 1e6);
}

std::string bytes_text(double bytes) {
  if (bytes < 10'000) return fmt::format("{:.0f} B", bytes);
  if (bytes < 10 * 1024 * 1024) return fmt::format("{:.1f} KiB", bytes / 1024);
  return fmt::format("{:.1f} MiB", bytes / (1024 * 1024));
}

}  // namespace camp::bench

int main(int argc, char** argv) {
  using namespace camp::bench;
  if (argc > 3 && std::strcmp(argv[1], "peak") == 0) return stand_between(argc, argv);
  const auto options = parse(argc, argv);
  const auto* const section =
      std::find_if(std::begin(kSections), std::end(kSections),
                   [&](const Section& each) { return argc > 1 && each.name == argv[1]; });
  if (!options || section == std::end(kSections)) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  const auto done = section->run(*options);
  if (done) return 0;
  fmt::print(stderr, "bench {}: {}\n", section->name, done.error().message);
  return 1;
}
