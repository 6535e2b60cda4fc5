// SPDX-License-Identifier: MIT
#include "store/newest.h"

#include "base/file_system.h"

namespace camp::store {
namespace {

constexpr std::string_view kFile = "newest";

}  // namespace

Result<bool> is_newest(const Community& community) {
  const Directory state = CAMP_TRY(community.directory().open_beneath(kStateDirectory));
  const auto last = CAMP_TRY(read_birthmarked(state, kFile));
  if (!last) return false;
  const git::Oid commit = last->substr(0, last->find('\n'));
  const auto known = CAMP_TRY(community.repository(kLocal)).has_object(commit);
  return known && *known;
}

Result<void> require_newest(const Community& community) {
  if (community.settings().is_clone() || CAMP_TRY(is_newest(community))) return {};
  return fail(
      Kind::conflict,
      "this directory is a copy, or was put back from one: members or keys may have changed "
      "since",
      "run 'camp restore --from-clone DIR' with each clone first, or 'camp restore --newest' "
      "if there is nothing newer");
}

Result<void> note_newest(const Directory& root) {
  const auto local =
      CAMP_TRY(git::Repository::open(root.path() + "/" + std::string(kLocal) + ".git"));
  const git::Oid tip = CAMP_TRY(local.tip("main")).value_or(git::Oid());
  return write_birthmarked(CAMP_TRY(root.open_beneath(kStateDirectory)), kFile, tip + "\n");
}

Result<void> note_newest(const Community& community) { return note_newest(community.directory()); }

}  // namespace camp::store
