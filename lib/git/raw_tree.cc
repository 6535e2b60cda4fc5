// SPDX-License-Identifier: MIT
#include "git/raw_tree.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace camp::git {
namespace {

constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kIdBytes = 20;

/// A name as an error message may show it.
std::string shown(std::string_view name) {
  std::string text;
  for (const char c : name.substr(0, 100)) {
    if (c > ' ' && c < '\x7f' && c != '\\') {
      text += c;
    } else {
      char escaped[5];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(c) & 0xffu);
      text += escaped;
    }
  }
  return name.size() > 100 ? text + "..." : text;
}

tl::unexpected<Error> bad_entry(std::string_view path, std::string_view name, const char* what) {
  const std::string where = path.empty() ? shown(name) : std::string(path) + "/" + shown(name);
  return fail(Kind::damaged, "a tree holds " + std::string(what) + ": " + where);
}

EntryType type_of(std::string_view mode, TreeRules rules) {
  if (mode == "100644") return EntryType::file;
  if (mode == "40000") return EntryType::directory;
  if (rules == TreeRules::strict) return EntryType::other;
  // Old and odd modes are still a file's or a directory's; git tells them apart by their top bits.
  if (mode == "040000") return EntryType::directory;
  return mode.starts_with("16") ? EntryType::other : EntryType::file;
}

/// Whether a directory's name is also that of a file before it: other names that begin alike
/// (`a`, `a-b`, then the directory `a`) may stand between the two.
bool is_also_a_file(const std::vector<RawEntry>& before, std::string_view directory) {
  for (auto entry = before.rbegin(); entry != before.rend(); ++entry) {
    if (entry->name == directory) return true;
    if (!entry->name.starts_with(directory)) return false;
  }
  return false;
}

/// What the strict rules say against an entry after others; nothing if it may stand.
const char* objection(const std::vector<RawEntry>& before, const RawEntry& entry) {
  if (entry.type == EntryType::other) return "something that is no plain file";
  if (!valid_name(entry.name)) return "a forbidden name";
  if (before.empty()) return nullptr;
  const RawEntry& previous = before.back();
  const bool directory = entry.type == EntryType::directory;
  if (previous.name == entry.name || (directory && is_also_a_file(before, entry.name))) {
    return "a name twice";
  }
  const int order =
      compare_names(previous.name, previous.type == EntryType::directory, entry.name, directory);
  return order < 0 ? nullptr : "names out of order";
}

/// Takes one entry, `mode SP name NUL id`, off the front; false if it is cut short.
bool take_entry(std::string_view& rest, RawEntry& entry, TreeRules rules) {
  const std::size_t space = rest.find(' ');
  if (space == std::string_view::npos || space == 0 || space > 7) return false;
  const std::size_t end = rest.find('\0', space);
  if (end == std::string_view::npos || rest.size() - end - 1 < kIdBytes) return false;
  entry.type = type_of(rest.substr(0, space), rules);
  entry.name = rest.substr(space + 1, end - space - 1);
  git_oid_fromraw(&entry.id, reinterpret_cast<const unsigned char*>(rest.data() + end + 1));
  rest.remove_prefix(end + 1 + kIdBytes);
  return true;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

int compare_names(std::string_view a, bool a_is_directory, std::string_view b,
                  bool b_is_directory) {
  const std::size_t common = std::min(a.size(), b.size());
  const int order = a.substr(0, common).compare(b.substr(0, common));
  if (order != 0) return order;
  const auto next = [common](std::string_view name, bool directory) {
    if (name.size() > common) return static_cast<int>(static_cast<unsigned char>(name[common]));
    return directory ? static_cast<int>('/') : 0;
  };
  return next(a, a_is_directory) - next(b, b_is_directory);
}

bool valid_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes || name == "." || name == "..") return false;
  const bool printable = std::all_of(name.begin(), name.end(), [](char c) {
    return c >= ' ' && c < '\x7f' && c != '\\' && c != '/';
  });
  if (!printable) return false;
  // git refuses its own directory under any spelling that some file system takes for it, and so
  // would refuse our tree.
  std::string folded;
  for (const char c : name.substr(0, 8)) folded += lower(c);
  return !folded.starts_with(".git") && !folded.starts_with("git~");
}

bool valid_path(std::string_view path) {
  for (int parts = 1; parts <= 16; ++parts) {
    const std::size_t slash = path.find('/');
    if (!valid_name(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
  return false;
}

Result<std::vector<RawEntry>> parse_tree(std::string_view bytes, std::string_view path,
                                         std::size_t max_entries, TreeRules rules) {
  std::vector<RawEntry> entries;
  for (std::string_view rest = bytes; !rest.empty();) {
    if (entries.size() == max_entries) {
      return fail(Kind::damaged, "a tree has more than " + std::to_string(max_entries) +
                                     " entries: " + (path.empty() ? "/" : std::string(path)));
    }
    RawEntry entry;
    if (!take_entry(rest, entry, rules)) return bad_entry(path, "", "an entry that is cut short");
    if (rules == TreeRules::strict) {
      const char* what = objection(entries, entry);
      if (what != nullptr) return bad_entry(path, entry.name, what);
    }
    entries.push_back(entry);
  }
  return entries;
}

Result<RawTree> read_tree(git_odb* odb, const git_oid& id, std::string_view path,
                          std::size_t max_entries, TreeRules rules) {
  const std::string act = "reading tree " + to_text(id);
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  int code = git_odb_read_header(&size, &type, odb, &id);
  if (code == GIT_ENOTFOUND) return fail(Kind::damaged, "a tree is missing: " + to_text(id));
  if (code < 0) return git_failure(code, act);
  if (type != GIT_OBJECT_TREE) return fail(Kind::damaged, "not a tree: " + to_text(id));
  if (size / (kIdBytes + 9) > max_entries * 10) {  // names beyond all reason: do not even read it
    return fail(Kind::damaged, "a tree is too large: " + to_text(id));
  }
  git_odb_object* object = nullptr;
  code = git_odb_read(&object, odb, &id);
  if (code < 0) return git_failure(code, act);
  RawTree tree{ObjectPtr(object), {}};
  const std::string_view bytes(static_cast<const char*>(git_odb_object_data(object)),
                               git_odb_object_size(object));
  tree.entries = CAMP_TRY(parse_tree(bytes, path, max_entries, rules));
  return tree;
}

}  // namespace camp::git
