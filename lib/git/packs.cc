// SPDX-License-Identifier: MIT
#include "git/packs.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>
#include <utility>

namespace camp::git {
namespace {

constexpr std::string_view kIndexEnd = ".idx";

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::string pack_directory(const std::string& objects) { return objects + "/pack"; }

Result<Pack> open_pack(std::string base) {
  git_odb* odb = nullptr;
  int code = git_odb_new(&odb);
  if (code < 0) return git_failure(code, "opening a pack");
  OdbPtr owned(odb);
  git_odb_backend* backend = nullptr;
  code = git_odb_backend_one_pack(&backend, (base + ".idx").c_str());
  if (code == 0) code = git_odb_add_backend(odb, backend, 1);
  if (code < 0) return git_failure(code, "opening " + base);
  const bool kept = exists(base + ".keep");
  return Pack{std::move(base), kept, std::move(owned)};
}

/// Marks a pack as kept.
Result<void> write_keep(const std::string& base) {
  const std::string path = base + ".keep";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0400);
  if (fd < 0) return file_failure(errno, "writing " + path);
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (error != 0) return file_failure(error, "writing " + path);
  return {};
}

Result<PackBuilderPtr> start_pack(const Handle& handle, const std::vector<git_oid>& objects) {
  git_packbuilder* made = nullptr;
  int code = git_packbuilder_new(&made, handle.repository.get());
  if (code < 0) return git_failure(code, "packing");
  PackBuilderPtr builder(made);
  git_packbuilder_set_threads(made, 1);  // a second one costs more memory than it saves time
  for (const git_oid& id : objects) {
    code = git_packbuilder_insert(made, &id, nullptr);
    if (code < 0 && code != GIT_ENOTFOUND) {
      return git_failure(code, "packing object " + to_text(id));
    }
  }
  return builder;
}

Result<void> require_complete(const std::string& base, const Handle& handle,
                              const std::vector<git_oid>& objects) {
  const Pack pack = CAMP_TRY(open_pack(base));
  for (const git_oid& id : objects) {
    if (!pack.contains(id) && git_odb_exists(handle.odb.get(), &id) != 0) {
      return fail(Kind::bug, "a new pack lacks object " + to_text(id));
    }
  }
  return {};
}

int collect(const git_oid* id, void* into) {
  static_cast<std::vector<git_oid>*>(into)->push_back(*id);
  return 0;
}

/// Packs that hold one of the ids, and the others.
struct Sorted {
  std::vector<Pack> affected;
  std::vector<Pack> untouched;
};

Result<Sorted> sort_packs(const std::string& objects, const std::vector<git_oid>& gone,
                          const std::vector<std::string>& spared) {
  Sorted sorted;
  for (Pack& pack : CAMP_TRY(list_packs(objects))) {
    const bool hit = std::find(spared.begin(), spared.end(), pack.base) == spared.end() &&
                     std::any_of(gone.begin(), gone.end(),
                                 [&pack](const git_oid& id) { return pack.contains(id); });
    (hit ? sorted.affected : sorted.untouched).push_back(std::move(pack));
  }
  return sorted;
}

/// What affected packs of one sort (kept or not) hold that must live on and lives nowhere else.
Result<std::vector<git_oid>> survivors(const Sorted& sorted, bool kept, const IdSet& gone) {
  IdSet ids;
  for (const Pack& pack : sorted.affected) {
    if (pack.kept != kept) continue;
    for (const git_oid& id : CAMP_TRY(pack_objects(pack))) {
      if (!gone.contains(id)) ids.insert(id);
    }
  }
  std::erase_if(ids, [&sorted](const git_oid& id) {
    return std::any_of(sorted.untouched.begin(), sorted.untouched.end(),
                       [&id](const Pack& pack) { return pack.contains(id); });
  });
  std::vector<git_oid> list(ids.begin(), ids.end());
  std::sort(list.begin(), list.end(),
            [](const git_oid& a, const git_oid& b) { return git_oid_cmp(&a, &b) < 0; });
  return list;
}

}  // namespace

bool Pack::contains(const git_oid& id) const {
  return git_odb_exists_ext(odb.get(), &id, GIT_ODB_LOOKUP_NO_REFRESH) != 0;
}

Result<void> for_each_name(const std::string& directory,
                           const std::function<Result<void>(const std::string& name)>& visit) {
  DIR* stream = ::opendir(directory.c_str());
  if (stream == nullptr) {
    if (errno == ENOENT) return {};
    return file_failure(errno, "reading " + directory);
  }
  const auto close = [](DIR* open) { ::closedir(open); };
  const std::unique_ptr<DIR, decltype(close)> owned(stream, close);
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream);
    if (entry == nullptr && errno != 0) return file_failure(errno, "reading " + directory);
    if (entry == nullptr) return {};
    const std::string name = entry->d_name;
    if (name != "." && name != "..") CAMP_TRY(visit(name));
  }
}

Result<void> remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return file_failure(errno, "removing " + path);
  }
  return {};
}

Result<std::vector<Pack>> list_packs(const std::string& objects) {
  std::set<std::string> bases;
  const std::string directory = pack_directory(objects);
  CAMP_TRY(for_each_name(directory, [&](const std::string& name) -> Result<void> {
    if (!name.starts_with("pack-") || !name.ends_with(kIndexEnd)) return {};
    const std::string base = directory + "/" + name.substr(0, name.size() - kIndexEnd.size());
    if (exists(base + ".pack")) bases.insert(base);
    return {};
  }));
  std::vector<Pack> packs;
  for (const std::string& base : bases) packs.push_back(CAMP_TRY(open_pack(base)));
  return packs;
}

Result<std::vector<git_oid>> pack_objects(const Pack& pack) {
  std::vector<git_oid> ids;
  const int code = git_odb_foreach(pack.odb.get(), collect, &ids);
  if (code < 0) return git_failure(code, "reading " + pack.base);
  return ids;
}

Result<std::string> write_pack(const Handle& handle, const std::vector<git_oid>& objects,
                               bool keep) {
  const PackBuilderPtr builder = CAMP_TRY(start_pack(handle, objects));
  if (git_packbuilder_object_count(builder.get()) == 0) return std::string();
  // libgit2 writes and syncs a temporary pack, links the index into place and then the pack, which
  // readers look for last. The name is the hash of the bytes: it never stands for other bytes.
  const int code = git_packbuilder_write(builder.get(), nullptr, 0, nullptr, nullptr);
  if (code < 0) return git_failure(code, "packing");
  const std::string directory = pack_directory(handle.objects());
  std::string base = directory + "/pack-" + git_packbuilder_name(builder.get());
  CAMP_TRY(require_complete(base, handle, objects));
  if (keep) CAMP_TRY(write_keep(base));
  CAMP_TRY(sync_directory(directory));
  return base;
}

Result<void> write_pack_to(const std::string& directory, const Handle& handle,
                           const std::vector<git_oid>& objects) {
  const PackBuilderPtr builder = CAMP_TRY(start_pack(handle, objects));
  const int code = git_packbuilder_write(builder.get(), directory.c_str(), 0, nullptr, nullptr);
  if (code < 0) return git_failure(code, "packing");
  return sync_directory(directory);
}

Result<void> remove_packs(const std::string& objects, const std::vector<std::string>& bases) {
  if (bases.empty()) return {};
  const std::string directory = pack_directory(objects);
  // Files of git's own that speak of several packs would name one that is gone.
  CAMP_TRY(remove_file(directory + "/multi-pack-index"));
  for (const std::string& base : bases) {
    for (const char* end : {".pack", ".keep", ".rev", ".bitmap", ".mtimes", ".promisor", ".idx"}) {
      CAMP_TRY(remove_file(base + end));
    }
  }
  return sync_directory(directory);
}

Result<void> rewrite_packs_without(Handle& handle, const std::vector<git_oid>& gone,
                                   const std::vector<std::string>& spared) {
  CAMP_TRY(handle.reopen());
  const IdSet gone_set(gone.begin(), gone.end());
  Sorted sorted = CAMP_TRY(sort_packs(handle.objects(), gone, spared));
  if (sorted.affected.empty()) return {};
  for (const bool kept : {true, false}) {
    const std::vector<git_oid> stay = CAMP_TRY(survivors(sorted, kept, gone_set));
    if (stay.empty()) continue;
    const std::string base = CAMP_TRY(write_pack(handle, stay, kept));
    if (!base.empty()) sorted.untouched.push_back(CAMP_TRY(open_pack(base)));
  }
  std::vector<std::string> old;
  for (const Pack& pack : sorted.affected) old.push_back(pack.base);
  sorted.affected.clear();  // closes the files
  CAMP_TRY(remove_packs(handle.objects(), old));
  return handle.reopen();
}

Result<void> remove_loose(const std::string& objects, const std::vector<git_oid>& ids,
                          Durable durable) {
  std::set<std::string> touched;
  for (const git_oid& id : ids) {
    const std::string path = loose_path(objects, id);
    if (::unlink(path.c_str()) == 0) {
      touched.insert(path.substr(0, path.rfind('/')));
    } else if (errno != ENOENT) {
      return file_failure(errno, "removing " + path);
    }
  }
  if (durable == Durable::no) return {};
  for (const std::string& directory : touched) CAMP_TRY(sync_directory(directory));
  return {};
}

Result<std::vector<git_oid>> loose_in(const std::string& objects, int fan_out) {
  char prefix[3];
  std::snprintf(prefix, sizeof prefix, "%02x", static_cast<unsigned>(fan_out) & 0xffu);
  std::vector<git_oid> ids;
  CAMP_TRY(for_each_name(objects + "/" + prefix, [&](const std::string& name) -> Result<void> {
    if (const Result<git_oid> id = parse_oid(prefix + name); id) ids.push_back(*id);
    return {};
  }));
  return ids;
}

}  // namespace camp::git
