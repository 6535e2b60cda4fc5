// SPDX-License-Identifier: MIT
// Trees from elsewhere: any bytes are told apart or refused, and a walk over trees made of them
// ends within its limits and gives no path that a file system could take for another.
#include <git2.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "git/libgit2.h"
#include "git/raw_tree.h"
#include "git/repository.h"
// The walk itself, which needs a database of objects and no repository on a disk; no header shows
// it.
#include "git/walk.cc"

namespace camp::git {
namespace {

constexpr std::size_t kMostEntries = 64;
constexpr WalkLimits kLimits{
    .max_depth = 3, .max_tree_entries = kMostEntries, .max_entries = 500, .max_added = 200};

void check_entries(std::string_view bytes) {
  const auto strict = parse_tree(bytes, "here", kMostEntries, TreeRules::strict);
  const auto any = parse_tree(bytes, "here", kMostEntries, TreeRules::any);
  if (strict && !any) std::abort();
  for (const auto* result : {&strict, &any}) {
    if (!*result &&
        (result->error().kind != camp::Kind::damaged || result->error().message.empty() ||
         result->error().message.find('\x1b') != std::string::npos)) {
      std::abort();
    }
  }
  if (!strict) return;
  std::set<std::string_view> names;
  for (const RawEntry& entry : *strict) {
    if (entry.type == EntryType::other || !valid_name(entry.name)) std::abort();
    if (!names.insert(entry.name).second) std::abort();
  }
}

/// Objects in memory, gone with it.
class Memory {
 public:
  Memory() {
    git_odb_backend* backend = nullptr;
    if (git_odb_new(&odb_) < 0 || git_mempack_new(&backend) < 0 ||
        git_odb_add_backend(odb_, backend, 1) < 0) {
      std::abort();
    }
  }
  ~Memory() { git_odb_free(odb_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  git_odb* odb() const { return odb_; }
  git_oid put(const std::string& tree) {
    git_oid id{};
    if (git_odb_write(&id, odb_, tree.data(), tree.size(), GIT_OBJECT_TREE) < 0) std::abort();
    return id;
  }

 private:
  git_odb* odb_ = nullptr;
};

/// The input as trees, each of which may name those before it: a byte says how long each is, and
/// the first byte of an id which tree is meant.
std::vector<git_oid> make_trees(Memory& memory, std::string_view input) {
  std::vector<git_oid> made;
  while (!input.empty() && made.size() < 12) {
    const auto length =
        std::min<std::size_t>(static_cast<unsigned char>(input.front()), input.size() - 1);
    std::string tree(input.substr(1, length));
    input.remove_prefix(1 + length);
    std::size_t at = made.empty() ? std::string::npos : tree.find('\0');
    while (at != std::string::npos && at + 20 < tree.size()) {
      const git_oid& named = made[static_cast<unsigned char>(tree[at + 1]) % made.size()];
      tree.replace(at + 1, 20, reinterpret_cast<const char*>(named.id), 20);
      at = tree.find('\0', at + 21);
    }
    made.push_back(memory.put(tree));
  }
  return made;
}

void check_paths(const std::vector<Entry>& entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!valid_path(entries[i].path) || entries[i].blob.size() != 40) std::abort();
    if (i > 0 && entries[i - 1].path >= entries[i].path) std::abort();
  }
}

void walk(std::string_view input) {
  Memory memory;
  const std::vector<git_oid> trees = make_trees(memory, input);
  if (trees.empty()) return;
  const git_oid& before = trees[trees.size() / 2];
  const auto difference = Comparison(memory.odb(), kLimits).run({"", before, trees.back(), 0});
  if (difference) {
    if (difference->added.size() > kLimits.max_added) std::abort();
    check_paths(difference->added);
    check_paths(difference->removed);
  } else if (difference.error().kind != camp::Kind::damaged) {
    std::abort();
  }
  Reader reader(memory.odb(), kLimits);
  std::size_t met = 0;
  const Found start{EntryType::directory, trees.back(), 0};
  const auto walked = visit_below(reader, start, "", [&](const Entry& entry) -> camp::Result<bool> {
    if (!valid_path(entry.path) || ++met > kLimits.max_entries) std::abort();
    return true;
  });
  if (!walked && walked.error().kind != camp::Kind::damaged) std::abort();
}

}  // namespace
}  // namespace camp::git

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool ready = git_libgit2_init() > 0;
  if (!ready) std::abort();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  camp::git::check_entries(input);
  camp::git::walk(input);
  return 0;
}
