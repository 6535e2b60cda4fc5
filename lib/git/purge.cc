// SPDX-License-Identifier: MIT
// Making what was deleted really go, and sweeping up after killed writers.
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "git/libgit2.h"
#include "git/packs.h"
#include "git/reachable.h"
#include "git/repository.h"

namespace camp::git {
namespace {

namespace fs = std::filesystem;

Result<std::vector<git_oid>> parse_all(const std::vector<Oid>& texts) {
  std::vector<git_oid> ids;
  ids.reserve(texts.size());
  for (const Oid& text : texts) ids.push_back(CAMP_TRY(parse_oid(text)));
  return ids;
}

bool less(const git_oid& a, const git_oid& b) { return git_oid_cmp(&a, &b) < 0; }

std::vector<Oid> to_sorted_texts(const IdSet& ids) {
  std::vector<Oid> texts;
  texts.reserve(ids.size());
  for (const git_oid& id : ids) texts.push_back(to_text(id));
  std::sort(texts.begin(), texts.end());
  return texts;
}

Result<std::vector<git_oid>> all_tips(const Repository& repository) {
  std::vector<git_oid> tips;
  for (const Branch& branch : CAMP_TRY(repository.branches())) {
    tips.push_back(CAMP_TRY(parse_oid(branch.tip)));
  }
  return tips;
}

/// Every id in the object database, sorted, each once, in 20 bytes.
Result<std::vector<git_oid>> all_objects(git_odb* odb) {
  std::vector<git_oid> ids;
  const auto collect = [](const git_oid* id, void* into) {
    static_cast<std::vector<git_oid>*>(into)->push_back(*id);
    return 0;
  };
  const int code = git_odb_foreach(odb, collect, &ids);
  if (code < 0) return git_failure(code, "listing objects");
  std::sort(ids.begin(), ids.end(), less);
  ids.erase(std::unique(ids.begin(), ids.end(), OidEqual()), ids.end());
  return ids;
}

bool is_temporary_object(std::string_view name) {
  return name.starts_with("tmp_obj");  // libgit2: tmp_object_git2_…, git: tmp_obj_…
}

bool is_temporary_pack(std::string_view name) {
  return name.starts_with("tmp_") || name.starts_with(".tmp-") || name.starts_with("pack_git2_") ||
         name.ends_with(".lock");
}

/// libgit2 makes its temporary objects in objects/ itself; git makes them in the fan-out
/// directory, and only a person at a shell makes git write loose objects here.
Result<void> remove_temporary_objects(const std::string& directory) {
  return for_each_name(directory, [&](const std::string& name) -> Result<void> {
    if (!is_temporary_object(name)) return {};
    std::error_code error;
    fs::remove_all(directory + "/" + name, error);  // git also has directories called tmp_objdir…
    if (error) return file_failure(error.value(), "removing " + directory + "/" + name);
    return {};
  });
}

Result<void> remove_temporary_packs(const std::string& objects) {
  const std::string directory = objects + "/pack";
  return for_each_name(directory, [&](const std::string& name) -> Result<void> {
    const std::string path = directory + "/" + name;
    if (is_temporary_pack(name)) return remove_file(path);
    const std::size_t dot = path.rfind('.');
    const bool companion = name.starts_with("pack-") && !name.ends_with(".pack");
    if (companion && ::access((path.substr(0, dot) + ".pack").c_str(), F_OK) != 0) {
      return remove_file(path);  // its pack was removed, or never got there
    }
    return {};
  });
}

Result<void> remove_locks(const std::string& directory, int depth) {
  return for_each_name(directory, [&](const std::string& name) -> Result<void> {
    const std::string path = directory + "/" + name;
    if (name.ends_with(".lock") || name == "packed-refs.new") return remove_file(path);
    struct stat status {};
    const bool below = depth > 0 && ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    if (below) return remove_locks(path, depth - 1);
    return {};
  });
}

std::string fan_out_path(const std::string& objects, int number) {
  std::array<char, 3> name{};
  std::snprintf(name.data(), name.size(), "%02x", static_cast<unsigned>(number) & 0xffu);
  return objects + "/" + name.data();
}

/// git's cache of commits would name some that are gone.
Result<void> remove_commit_graph(const std::string& objects) {
  std::error_code error;
  fs::remove(objects + "/info/commit-graph", error);
  if (!error) fs::remove_all(objects + "/info/commit-graphs", error);
  if (error) return file_failure(error.value(), "removing the commit graph");
  return {};
}

/// The bytes of a loose blob that may be shown; nothing for other objects, larger ones, and ones
/// that cannot be read (`check` reports those).
std::optional<std::string> small_blob(git_odb* odb, const git_oid& id, std::size_t max_bytes) {
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  if (git_odb_read_header(&size, &type, odb, &id) < 0 || type != GIT_OBJECT_BLOB ||
      size > max_bytes) {
    return std::nullopt;
  }
  git_odb_object* object = nullptr;
  if (git_odb_read(&object, odb, &id) < 0) return std::nullopt;
  const ObjectPtr owned(object);
  return std::string(static_cast<const char*>(git_odb_object_data(object)),
                     git_odb_object_size(object));
}

}  // namespace

Result<void> Repository::remove_leftovers() {
  CAMP_TRY(remove_locks(handle_->path, 0));
  CAMP_TRY(remove_locks(handle_->path + "/refs", 8));
  CAMP_TRY(remove_temporary_objects(handle_->objects()));
  return remove_temporary_packs(handle_->objects());
}

Result<void> Repository::for_each_loose_blob(const BlobVisitor& visit, std::size_t max_bytes) {
  CAMP_TRY(handle_->notice_packs());
  std::vector<git_oid> unwanted;
  for (int i = 0; i < 256; ++i) {
    for (const git_oid& id : CAMP_TRY(loose_in(handle_->objects(), i))) {
      const std::optional<std::string> bytes = small_blob(handle_->odb.get(), id, max_bytes);
      if (bytes && CAMP_TRY(visit(to_text(id), *bytes)) == Sweep::remove) unwanted.push_back(id);
    }
  }
  if (unwanted.empty()) return {};
  CAMP_TRY(remove_loose(handle_->objects(), unwanted, Durable::yes));
  return handle_->reopen();
}

Result<std::vector<Oid>> Repository::overtaken_files(std::string_view branch) const {
  const auto newest = CAMP_TRY(tip(branch));
  if (!newest) return std::vector<Oid>();
  CAMP_TRY(handle_->notice_packs());
  IdSet files, seen;
  CAMP_TRY(walk_reachable(*handle_, {CAMP_TRY(parse_oid(*newest))}, Missing::skip,
                          [&](const git_oid& id, git_object_t type) {
                            if (type == GIT_OBJECT_BLOB) files.insert(id);
                            return type != GIT_OBJECT_BLOB && !seen.insert(id).second;
                          }));
  CAMP_TRY(for_each_file(*newest, "", [&](const Entry& entry) -> Result<bool> {
    files.erase(CAMP_TRY(parse_oid(entry.blob)));
    return true;
  }));
  return to_sorted_texts(files);
}

Result<std::vector<Oid>> Repository::garbage_after(const std::vector<Oid>& old_tips,
                                                   const std::vector<Oid>& new_tips) const {
  CAMP_TRY(handle_->notice_packs());
  IdSet garbage;
  CAMP_TRY(
      walk_reachable(*handle_, CAMP_TRY(parse_all(old_tips)), Missing::skip,
                     [&](const git_oid& id, git_object_t) { return !garbage.insert(id).second; }));
  // Everything that is left must stay whole, the histories of all branches too: months do not
  // share content by design, but an erasure should not rest on that.
  std::vector<git_oid> keep = CAMP_TRY(all_tips(*this));
  for (const git_oid& id : CAMP_TRY(parse_all(new_tips))) keep.push_back(id);
  IdSet seen;
  CAMP_TRY(walk_reachable(*handle_, keep, Missing::fail, [&](const git_oid& id, git_object_t type) {
    garbage.erase(id);
    return type != GIT_OBJECT_BLOB && !seen.insert(id).second;
  }));
  garbage.erase(empty_tree());
  std::erase_if(garbage,
                [this](const git_oid& id) { return git_odb_exists(handle_->odb.get(), &id) == 0; });
  return to_sorted_texts(garbage);
}

Result<std::vector<Oid>> Repository::unreachable_objects() const {
  CAMP_TRY(handle_->reopen());
  const std::vector<git_oid> all = CAMP_TRY(all_objects(handle_->odb.get()));
  std::vector<bool> reached(all.size(), false);
  CAMP_TRY(walk_reachable(*handle_, CAMP_TRY(all_tips(*this)), Missing::fail,
                          [&](const git_oid& id, git_object_t) {
                            const auto found = std::lower_bound(all.begin(), all.end(), id, less);
                            if (found == all.end() || git_oid_equal(&*found, &id) == 0)
                              return false;
                            const auto index = static_cast<std::size_t>(found - all.begin());
                            if (reached[index]) return true;
                            reached[index] = true;
                            return false;
                          }));
  const git_oid nothing = empty_tree();
  std::vector<Oid> result;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!reached[i] && git_oid_equal(&all[i], &nothing) == 0) result.push_back(to_text(all[i]));
  }
  return result;
}

Result<void> Repository::erase_objects(const std::vector<Oid>& objects) {
  const std::vector<git_oid> ids = CAMP_TRY(parse_all(objects));
  CAMP_TRY(remove_leftovers());
  for (int i = 0; i < 256; ++i) {
    CAMP_TRY(remove_temporary_objects(fan_out_path(handle_->objects(), i)));
  }
  if (ids.empty()) return {};
  CAMP_TRY(remove_commit_graph(handle_->objects()));
  CAMP_TRY(rewrite_packs_without(*handle_, ids, {}));
  CAMP_TRY(remove_loose(handle_->objects(), ids, Durable::yes));
  return handle_->reopen();
}

}  // namespace camp::git
