// SPDX-License-Identifier: MIT
#include "support.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

namespace camp::index::test {

namespace {

constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";

std::string base32(std::uint64_t value, std::size_t size) {
  std::string text(size, '0');
  for (std::size_t i = size; i-- > 0; value /= 32) {
    text[i] = kDigits[value % 32];
  }
  return text;
}

/// Well spread, so that neighbouring numbers give far-apart digests (splitmix64).
std::uint64_t spread(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31);
}

}  // namespace

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "camp-index-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error("no temporary directory");
  }
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
  std::filesystem::remove_all(path_, ignored);
}

std::string object_id(std::int64_t ms, std::uint64_t number) {
  const std::uint64_t high = spread(number);
  return base32(static_cast<std::uint64_t>(ms), 10) + base32(high >> 2, 13) +
         base32(spread(high), 13);
}

std::string blob_id(std::string_view text) {
  std::uint64_t state = 1469598103934665603U;
  std::string hex;
  while (hex.size() < 40) {
    for (const char c : text) {
      state = (state ^ static_cast<unsigned char>(c)) * 1099511628211U;
    }
    state = spread(state);
    for (int i = 0; i < 8; ++i) {
      hex += "0123456789abcdef"[(state >> (i * 8)) & 15];
    }
  }
  return hex;
}

std::string full_id(std::string_view author, std::string_view id) {
  return "camp:" + std::string(author) + "/" + std::string(id);
}

std::string key_of(std::string_view author) { return "did:key:z6Mk" + std::string(author); }

ObjectRow note(std::string_view repository, std::string_view author, std::string_view id,
               std::string_view content) {
  ObjectRow row;
  row.repository = repository;
  row.branch = "e/2026-11";
  row.id = row.target = id;
  row.path = "23/10/" + row.id + ".json";
  row.blob = blob_id(row.id);
  row.type = "Note";
  row.author = author;
  row.community = "friends";
  row.audience = repository.starts_with("private/") ? "direct" : repository;
  row.content = content;
  row.media_type = "text/plain";
  row.search_text = content;
  row.language = "en";
  if (!repository.starts_with("private/")) {
    row.verdict = Verdict::valid;
    row.key = key_of(author);
  }
  return row;
}

ObjectRow edit(const ObjectRow& of, std::string_view id, std::string_view content) {
  ObjectRow row = of;
  row.id = id;
  row.target = of.target;
  row.path = "23/10/" + row.target + "." + row.id + ".json";
  row.blob = blob_id(row.id);
  row.content = row.search_text = content;
  return row;
}

ObjectRow relation(std::string_view repository, std::string_view author, std::string_view id,
                   std::string_view type, std::string_view about) {
  ObjectRow row = note(repository, author, id, "");
  row.type = type;
  row.about = about;
  row.verdict = Verdict::valid;
  row.key = key_of(author);
  return row;
}

TombstoneRow tombstone(std::string_view repository, std::string_view by, std::string_view id,
                       std::string_view target) {
  TombstoneRow row;
  row.repository = repository;
  row.branch = "e/2026-11";
  row.id = id;
  row.target = target;
  row.author = by;
  row.by = by;
  row.path = "t/" + row.target + "." + row.by + ".json";
  row.blob = blob_id(row.id);
  row.verdict = Verdict::valid;
  row.key = key_of(by);
  return row;
}

ObjectRow copy_to(ObjectRow row, std::string_view repository) {
  row.repository = repository;
  return row;
}

Directory directory(const std::vector<std::string>& members) {
  Directory directory;
  directory.community_name = "Friend Camp";
  for (const std::string& id : members) {
    directory.members.push_back(
        {id, "@" + id, "Name of " + id, "member", "self", true, "active", 1});
    directory.keys.push_back({id, key_of(id), "device", "laptop", false});
  }
  return directory;
}

std::vector<Changes> bring(const std::vector<ObjectRow>& objects,
                           const std::vector<TombstoneRow>& tombstones) {
  std::map<std::string, Changes> by_repository;
  for (const ObjectRow& row : objects) {
    by_repository[row.repository].objects.push_back(row);
  }
  for (const TombstoneRow& row : tombstones) {
    by_repository[row.repository].tombstones.push_back(row);
  }
  std::vector<Changes> all;
  for (auto& [repository, changes] : by_repository) {
    changes.repository = repository;
    all.push_back(std::move(changes));
  }
  return all;
}

std::vector<Changes> take(std::string_view repository, std::string_view branch,
                          std::string_view path) {
  Changes changes;
  changes.repository = repository;
  changes.removed.push_back({std::string(branch), std::string(path)});
  return {changes};
}

std::vector<Changes> know(const Directory& directory) {
  Changes changes;
  changes.repository = "public";
  changes.directory = directory;
  return {changes};
}

std::string dump(const Index& index) {
  std::string text;
  get(index.dump([&](std::string_view line) { text.append(line).append("\n"); }));
  return text;
}

std::vector<std::string> ids(const std::vector<Post>& posts) {
  std::vector<std::string> all;
  for (const Post& post : posts) {
    all.push_back(post.id);
  }
  return all;
}

bool full_depth() {
  const char* depth = std::getenv("CAMP_FULL_DEPTH");
  return depth != nullptr && std::string_view(depth) == "1";
}

}  // namespace camp::index::test
