// SPDX-License-Identifier: MIT
// Prints how fast the index fills and answers: index_measure [POSTS]. Processor time, which depends
// on the machine; what should hold anywhere is that a page costs the same at a thousand posts and
// at a million.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>

#include "support.h"

using namespace camp;
using namespace camp::index;
using namespace camp::index::test;

namespace {

/// Seconds of processor time: others use the machine too.
double seconds(const std::function<void()>& act) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
  const double start = now();
  act();
  return now() - start;
}

std::string words(std::uint64_t number) {
  std::string text;
  while (text.size() < 180) {
    number = number * 6364136223846793005U + 1442695040888963407U;
    std::uint64_t letters = number >> 20;
    for (std::uint64_t length = 2 + (number >> 60) % 8; length-- > 0; letters /= 20) {
      text += "etaoinshrdlcumwfgypb"[letters % 20];
    }
    text += ' ';
  }
  return text;
}

/// Fifty authors; of ten objects one is a like, four are replies, one has a tag.
ObjectRow row(std::uint64_t number) {
  constexpr const char* kRepositories[] = {"local", "public", "neighborhood/r1", "private/m7"};
  const std::string author = "m" + std::to_string(number * 7 % 50);
  const std::string id = object_id(kDay + static_cast<std::int64_t>(number) * 60000, number);
  const std::string repository = kRepositories[number % 16 < 12 ? number % 3 : 3];
  const std::uint64_t earlier = number < 48 ? 0 : number - 48 + number % 32;
  const std::string parent =
      full_id("m1", object_id(kDay + static_cast<std::int64_t>(earlier) * 60000, earlier));
  if (number % 10 == 9) {
    return relation(repository, author, id, "Like", parent);
  }
  ObjectRow post = note(repository, author, id, words(number));
  post.in_reply_to = number % 10 > 5 ? parent : "";
  post.tags = number % 10 == 3 ? std::vector<std::string>{"tag" + std::to_string(number % 70)}
                               : std::vector<std::string>{};
  return post;
}

void print_page(const char* name, const std::function<std::size_t()>& read) {
  std::size_t found = read();
  constexpr int kTimes = 200;
  const double all = seconds([&] {
    for (int i = 0; i < kTimes; ++i) {
      found = read();
    }
  });
  std::printf("  %-28s %8.3f ms  (%zu posts)\n", name, all / kTimes * 1000, found);
}

void print_pages(const Index& index, std::uint64_t posts) {
  const Viewer viewer{"m7", {"local", "public", "neighborhood/r1", "private/m7"}};
  Query query;
  print_page("home", [&] { return get(index.timeline(viewer, query)).size(); });
  query.before = object_id(kDay + static_cast<std::int64_t>(posts / 2) * 60000, 0);
  print_page("home, in the middle", [&] { return get(index.timeline(viewer, query)).size(); });
  query.before.clear();
  query.timeline = Timeline::everything;
  query.author = "m7";
  print_page("one author", [&] { return get(index.timeline(viewer, query)).size(); });
  query.author.clear();
  query.tag = "tag3";
  print_page("one tag", [&] { return get(index.timeline(viewer, query)).size(); });
  query.tag.clear();
  print_page("search, common", [&] { return get(index.search(viewer, {"the"}, query)).size(); });
  const std::string rare = words(posts / 2).substr(0, 20);
  print_page("search, one post", [&] { return get(index.search(viewer, {rare}, query)).size(); });
  const std::string id = row(posts / 2).id;
  print_page("thread", [&] { return get(index.thread(viewer, id)).size(); });
  print_page("short id", [&] { return get(index.complete_id(viewer, id.substr(10, 7))).size(); });
  const double scan = seconds([&] { get(index.search(viewer, {"q!"}, query)); });
  std::printf("  %-28s %8.1f ms\n", "search, two letters, nothing", scan * 1000);
}

}  // namespace

int main(int count, char** arguments) {
  const std::uint64_t posts = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 100'000;
  const TempDir dir;
  const std::string path = dir.path("index.db");
  Index index = get(Index::open(path));
  std::vector<std::string> members;
  for (int i = 0; i < 50; ++i) {
    members.push_back("m" + std::to_string(i));
  }
  double filling = 0;
  const double all = seconds([&] {
    get(index.rebuild([&]() -> Result<void> {
      CAMP_TRY(index.apply(know(directory(members))));
      for (std::uint64_t i = 0; i < posts;) {
        std::vector<ObjectRow> rows;
        for (; rows.size() < 1000 && i < posts; ++i) {
          rows.push_back(row(i));
        }
        const std::vector<Changes> changes = bring(rows);
        filling += seconds([&] { get(index.apply(changes)); });
      }
      return {};
    }));
  });
  std::printf("%llu objects\n", static_cast<unsigned long long>(posts));
  std::printf("  rows in        %8.0f rows/s\n", static_cast<double>(posts) / filling);
  std::printf("  whole rebuild  %8.0f rows/s (with making the rows)\n",
              static_cast<double>(posts) / all);
  std::printf("  file           %8.0f bytes an object\n",
              static_cast<double>(std::filesystem::file_size(path)) / static_cast<double>(posts));
  print_pages(index, posts);
  for (const std::uint64_t batch : {std::uint64_t{1}, std::uint64_t{100}}) {
    const std::uint64_t more = batch * 200;
    double time = 0;
    for (std::uint64_t i = 0; i < more; i += batch) {
      std::vector<ObjectRow> rows;
      for (std::uint64_t j = 0; j < batch; ++j) {
        rows.push_back(row(posts + batch * 100'000 + i + j));
      }
      const std::vector<Changes> changes = bring(rows);
      time += seconds([&] { get(index.apply(changes)); });
    }
    std::printf("  apply, by %-4llu %8.0f rows/s\n", static_cast<unsigned long long>(batch),
                static_cast<double>(more) / time);
  }
  std::printf("  scrub          %8.2f s (nothing deleted)\n", seconds([&] { get(index.scrub()); }));
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("  most memory    %8.1f MiB\n", static_cast<double>(usage.ru_maxrss) / 1024);
}
