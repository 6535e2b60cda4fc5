// SPDX-License-Identifier: MIT
#include "ops/restore.h"

#include "fed/fetch.h"
#include "fed/origin.h"
#include "store/media.h"
#include "store/newest.h"
#include "store/writer.h"

namespace camp::ops {
namespace {

/// The pictures that the clone has of a repository, before the posts that name them: a letter's
/// copies are made with what is here.
Result<std::size_t> fetch_pictures(store::Community& community, const store::Community& clone,
                                   const std::string& name) {
  std::size_t count = 0;
  const Directory& root = community.directory();
  for (const std::string& digest : CAMP_TRY(clone.index().media_in(name))) {
    if (root.exists(store::media_path(name, digest))) continue;
    const auto bytes = store::read_media(clone.directory(), name, digest);
    if (!bytes) continue;  // clones keep only what somebody looked at
    CAMP_TRY(store::put_media(root, name, digest, *bytes));
    ++count;
  }
  return count;
}

/// Members who joined after the copy have none here, and their clones could not sync.
Result<void> make_private_repositories(store::Writer& writer) {
  for (const auto& [id, member] : CAMP_TRY(writer.community().state()).members) {
    if (member.state != "removed") {
      CAMP_TRY(writer.create_repository(model::private_repository(id)));
    }
  }
  return {};
}

}  // namespace

Result<Restored> restore_from_clone(store::Community& community, const std::string& directory) {
  if (community.settings().is_clone()) {
    return fail(Kind::refused, "this is a clone itself", "run 'camp sync' to have it whole again");
  }
  const auto clone = CAMP_TRY(store::Community::open(directory, community.env()));
  if (!clone.settings().is_clone()) {
    return fail(Kind::refused, directory + " is no clone", "name a clone of this community");
  }
  if (clone.id() != community.id()) {
    return fail(Kind::refused, directory + " is a clone of another community",
                "name a clone of this one");
  }
  const FileLock lock = CAMP_TRY(lock_sync(community));
  Restored restored;
  const store::Settings& settings = clone.settings();
  const auto from =
      CAMP_TRY(fed::open_clone(CAMP_TRY(store::Community::open(directory, community.env()))));
  for (const std::string& name : clone_repositories(settings)) {
    restored.media += CAMP_TRY(fetch_pictures(community, clone, name));
    fed::Fetched fetched = CAMP_TRY(fed::fetch_repository(community, *from, name));
    restored.objects += fetched.objects;
    for (fed::Rejected& each : fetched.rejected) {
      restored.refused.push_back(
          {std::move(each.from), std::move(each.object), std::move(each.reason), {}, false});
    }
  }
  // A letter that came back by its author's clone belongs to its readers too.
  auto writer = CAMP_TRY(community.write());
  CAMP_TRY(make_private_repositories(writer));
  CAMP_TRY(writer.maintain());
  if (restored.refused.empty()) CAMP_TRY(store::note_newest(community));
  restored.newest = CAMP_TRY(store::is_newest(community));
  return restored;
}

Result<void> count_as_newest(store::Community& community) {
  if (community.settings().is_clone()) {
    return fail(Kind::refused, "this is a clone itself", "run 'camp sync' to have it whole again");
  }
  auto writer = CAMP_TRY(community.write());
  return store::note_newest(community);
}

}  // namespace camp::ops
