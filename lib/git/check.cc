// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "git/git_program.h"
#include "git/libgit2.h"
#include "git/repository.h"

namespace camp::git {
namespace {

/// The first object id in a line.
Oid find_oid(std::string_view line) {
  std::size_t run = 0;
  for (std::size_t i = 0; i <= line.size(); ++i) {
    const bool digit = i < line.size() &&
                       ((line[i] >= '0' && line[i] <= '9') || (line[i] >= 'a' && line[i] <= 'f'));
    if (digit) {
      ++run;
      continue;
    }
    if (run == GIT_OID_HEXSZ) return Oid(line.substr(i - run, run));
    run = 0;
  }
  return {};
}

/// One word for a line of git fsck. Its faults in an object read `error in tree ID: badName: …`.
std::string kind_of(std::string_view line) {
  if (line.starts_with("error in ") || line.starts_with("warning in ")) {
    const std::size_t begin = line.find(": ");
    if (begin == std::string_view::npos) return "malformed";
    const std::string_view rest = line.substr(begin + 2);
    return std::string(rest.substr(0, rest.find(':')));
  }
  constexpr std::array<std::pair<std::string_view, const char*>, 6> kWords = {{
      {"hash-path mismatch", "hash-path mismatch"},
      {"hash mismatch", "hash mismatch"},
      {"missing", "missing"},
      {"invalid sha1 pointer", "bad reference"},
      {"corrupt", "corrupt"},
      {"broken link", "broken link"},
  }};
  for (const auto& [text, word] : kWords) {
    if (line.find(text) != std::string_view::npos) return word;
  }
  return "error";
}

/// Lines that report no fault: progress, an unborn HEAD, the second half of `broken link`.
bool is_remark(std::string_view line) {
  return line.empty() || line.starts_with("notice:") || line.starts_with("Checking ") ||
         line.starts_with("dangling ") || line.starts_with("unreachable ") ||
         line.starts_with("   ");
}

void parse_lines(std::string_view text, std::vector<Problem>& problems) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (is_remark(line)) continue;
    std::string words(line);  // git aligns some of them in columns
    words.erase(std::unique(words.begin(), words.end(),
                            [](char a, char b) { return a == ' ' && b == ' '; }),
                words.end());
    problems.push_back({find_oid(line), kind_of(line), std::move(words)});
  }
}

}  // namespace

Result<std::vector<Problem>> Repository::check() const {
  GitCall call;
  call.repository = handle_->path;
  call.arguments = {"fsck", "--full", "--strict", "--no-dangling", "--no-progress"};
  const ProcessResult run = CAMP_TRY(run_git(call));
  std::vector<Problem> problems;
  parse_lines(run.output, problems);
  parse_lines(run.errors, problems);
  if (!run.ok() && problems.empty()) {
    const std::string end = run.signal != 0 ? "signal " + std::to_string(run.signal)
                                            : "status " + std::to_string(run.status);
    problems.push_back({"", "error", "git fsck ended with " + end});
  }
  // An alternate would lend this repository objects that its readers may not have.
  if (::access((handle_->objects() + "/info/alternates").c_str(), F_OK) == 0) {
    problems.push_back({"", "alternates", "objects/info/alternates exists"});
  }
  return problems;
}

}  // namespace camp::git
