// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "catch.h"
#include "git/git_program.h"
#include "git/repository.h"

namespace camp::git::test {

/// A directory that goes with the test; in memory where there is room, since every commit waits
/// for the disk several times.
class TempDir {
 public:
  TempDir() {
    std::error_code error;
    const auto memory = std::filesystem::space("/dev/shm", error);
    const bool roomy = !error && memory.available > (512u << 20);
    const std::filesystem::path parent =
        roomy ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path();
    std::string name = (parent / "camp-git-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// The value of a result, or the end of the test with its message.
template <class T>
T need(Result<T> result) {
  if (!result) FAIL(result.error().message);
  return std::move(*result);
}
inline void need(const Result<void>& result) {
  if (!result) FAIL(result.error().message);
}

inline std::string git(const Repository& repository, std::vector<std::string> arguments,
                       std::string input = {}) {
  GitCall call;
  call.repository = repository.path();
  call.arguments = std::move(arguments);
  call.input = std::move(input);
  call.max_output = 256u << 20;
  const ProcessResult result = need(run_git(call));
  INFO(result.errors);
  REQUIRE(result.ok());
  return result.output;
}

/// No problem that git knows of.
inline void require_sound(const Repository& repository) {
  const std::vector<Problem> problems = need(repository.check());
  for (const Problem& problem : problems) UNSCOPED_INFO(problem.text);
  REQUIRE(problems.empty());
}

inline std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write(const std::string& path, const std::string& bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::vector<std::string> files_below(const std::string& directory) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) paths.push_back(entry.path().string());
  }
  return paths;
}

inline std::size_t occurrences(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    ++count;
  }
  return count;
}

/// How often a word stands in a repository: in every object, reachable or not, as git inflates it,
/// and in the raw bytes of every file.
inline std::size_t find_word(const Repository& repository, const std::string& word) {
  std::size_t count =
      occurrences(git(repository, {"cat-file", "--batch-all-objects", "--batch"}), word);
  for (const std::string& path : files_below(repository.path())) {
    count += occurrences(read(path), word);
  }
  return count;
}

inline std::size_t count_packs(const Repository& repository, const std::string& end = ".pack") {
  std::size_t count = 0;
  for (const std::string& path : files_below(repository.path() + "/objects/pack")) {
    if (path.ends_with(end)) ++count;
  }
  return count;
}

inline std::vector<std::string> all_objects(const Repository& repository) {
  std::vector<std::string> ids;
  std::string text =
      git(repository, {"cat-file", "--batch-all-objects", "--batch-check=%(objectname)"});
  for (std::size_t at = 0; at < text.size(); at += 41) ids.push_back(text.substr(at, 40));
  return ids;
}

/// A post's place and text, all different, long enough to compress like one.
inline NewFile post(int number) {
  char path[64];
  std::snprintf(path, sizeof path, "%02d/%02d/post%06d.json", 1 + number / 24 % 28, number % 24,
                number);
  std::string bytes =
      "{\"type\":\"Note\",\"content\":\"post number " + std::to_string(number) + " ";
  unsigned state = static_cast<unsigned>(number) * 2654435761u + 12345u;
  for (int i = 0; i < 200; ++i) {
    state = state * 1664525u + 1013904223u;
    bytes += static_cast<char>('a' + (state >> 24) % 26);
  }
  return {path, bytes + "\"}"};
}

inline Change one_post(int number) {
  return {{post(number)}, {}, "post " + std::to_string(number), 1'790'000'000 + number};
}

inline Change posts(int from, int to) {
  Change change{{}, {}, "posts", 1'790'000'000};
  for (int number = from; number < to; ++number) change.files.push_back(post(number));
  return change;
}

inline bool full_depth() {
  const char* value = std::getenv("CAMP_FULL_DEPTH");
  return value != nullptr && std::string(value) == "1";
}

}  // namespace camp::git::test
