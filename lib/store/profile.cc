// SPDX-License-Identifier: MIT
#include "store/profile.h"

#include <algorithm>
#include <utility>

#include "crypto/did_key.h"
#include "store/outbox.h"
#include "store/row_reader.h"

namespace camp::store {
namespace {

constexpr std::string_view kMain = "main";
constexpr std::string_view kProfiles = "profiles";

/// Whether what a key has signed counts: the key was never revoked, or the member vouches for it.
Result<bool> key_counts(const Community& community, const model::KeyState& keys,
                        const crypto::PublicKey& key, const ObjectId& id) {
  const model::RevokedKey* revoked = keys.revocation(key);
  if (revoked == nullptr) return keys.standing(key) == model::Standing::counts;
  const auto entries =
      vouched_entries(CAMP_TRY(community.state_file(vouched_file(keys.owner, key))));
  if (model::vouch_for(entries) != revoked->vouched) return false;
  return std::find(entries.begin(), entries.end(), model::vouched_entry(id.text())) !=
         entries.end();
}

Result<void> add_profile(const Community& community, const model::KeyState& keys,
                         std::string_view branch, Result<model::Object> object,
                         std::vector<FoundProfile>& found) {
  if (!object || profile_fault(*object, model::profile_path(keys.owner), community.id(), &keys)) {
    return {};  // fsck names it
  }
  const crypto::PublicKey key = CAMP_TRY(verify_signature(*object));
  const bool counts = CAMP_TRY(key_counts(community, keys, key, object->id.object));
  found.push_back({std::string(branch), *std::move(object), crypto::to_did_key(key), counts});
  return {};
}

Result<void> add_standing(const Community& community, const model::KeyState& keys,
                          std::vector<FoundProfile>& found,
                          const git::Repository* open_to_all = nullptr) {
  if (open_to_all == nullptr) {
    if (!has_public(community)) return {};
    const git::Repository opened = CAMP_TRY(community.repository(kPublic));
    return add_standing(community, keys, found, &opened);
  }
  const auto bytes = CAMP_TRY(open_to_all->read_file(kMain, model::profile_path(keys.owner)));
  if (!bytes) return {};
  return add_profile(community, keys, kMain, model::decode_object(*bytes), found);
}

Result<void> add_waiting(const Community& community, const model::KeyState& keys,
                         std::vector<FoundProfile>& found) {
  const Settings& settings = community.settings();
  if (!settings.is_clone() || settings.own_member != keys.owner) return {};
  for (const Waiting& waiting : CAMP_TRY(list_outbox(community))) {
    if (waiting.repository != kPublic) continue;
    auto object = model::decode_object(CAMP_TRY(read_waiting(community.directory(), waiting)));
    if (!object || object->id.object != waiting.id) continue;
    CAMP_TRY(add_profile(community, keys, index::kOutboxBranch, std::move(object), found));
  }
  return {};
}

enum class Waits { no, too };

Result<std::optional<model::Object>> newest_profile(const Community& community,
                                                    const OwnerId& member, Waits waits) {
  auto keys = community.keys_of(member);
  if (!keys && keys.error().kind == Kind::not_found) return std::optional<model::Object>();
  const model::KeyState state = CAMP_TRY(std::move(keys));
  std::vector<FoundProfile> found;
  CAMP_TRY(add_standing(community, state, found));
  if (waits == Waits::too) CAMP_TRY(add_waiting(community, state, found));
  std::optional<model::Object> newest;
  for (FoundProfile& each : found) {
    if (!each.counts || (newest && !supersedes(each.object, *newest))) continue;
    newest = std::move(each.object);
  }
  return newest;
}

}  // namespace

bool has_public(const Community& community) {
  return community.directory().exists(std::string(kPublic) + ".git");
}

std::optional<std::string> profile_fault(const model::Object& object, std::string_view path,
                                         const OwnerId& community, const model::KeyState* keys) {
  if (object.type != model::Type::person || place_of(object).path != path) {
    return "it is not the place of the object in it";
  }
  if (object.community != community) return "it is an object of another community";
  if (keys == nullptr || keys->owner != object.author()) return "its author is no member";
  const auto key = verify_signature(object);
  if (!key) return "its signature does not hold";
  if (keys->standing(*key) == model::Standing::unknown) return "its signature is not its author's";
  return std::nullopt;
}

Result<std::optional<model::Object>> standing_profile(const Community& community,
                                                      const OwnerId& member) {
  return newest_profile(community, member, Waits::no);
}

Result<std::optional<model::Object>> shown_profile(const Community& community,
                                                   const OwnerId& member) {
  return newest_profile(community, member, Waits::too);
}

Result<bool> is_superseded(const Community& community, const model::Object& profile) {
  const model::KeyState keys = CAMP_TRY(community.keys_of(profile.author()));
  std::vector<FoundProfile> found;
  CAMP_TRY(add_standing(community, keys, found));
  return std::any_of(found.begin(), found.end(), [&](const FoundProfile& standing) {
    return standing.object.id.object >= profile.id.object;
  });
}

Result<std::vector<FoundProfile>> find_profiles(const Community& community,
                                                const model::KeyState& keys,
                                                const git::Repository* open_to_all) {
  std::vector<FoundProfile> found;
  CAMP_TRY(add_standing(community, keys, found, open_to_all));
  CAMP_TRY(add_waiting(community, keys, found));
  return found;
}

Result<std::vector<WrongProfile>> check_profiles(const Community& community, std::size_t& checked) {
  std::vector<WrongProfile> wrong;
  for (const std::string& name : CAMP_TRY(community.repositories())) {
    const git::Repository repository = CAMP_TRY(community.repository(name));
    const auto tip = CAMP_TRY(repository.tip(kMain));
    if (!tip) continue;
    CAMP_TRY(
        repository.for_each_file(*tip, kProfiles, [&](const git::Entry& entry) -> Result<bool> {
          ++checked;
          const auto add = [&](std::string reason) {
            wrong.push_back({name, entry.path, std::move(reason)});
            return true;
          };
          const auto owner = model::profile_owner(entry.path);
          if (name != kPublic || !owner) return add("nothing stands there");
          const auto bytes = repository.read_blob(entry.blob, kMaxObjectFile);
          if (!bytes) return add(bytes.error().message);
          const auto object = model::decode_object(*bytes);
          if (!object) return add(object.error().message);
          const auto keys = community.keys_of(*owner);
          const auto fault =
              profile_fault(*object, entry.path, community.id(), keys ? &*keys : nullptr);
          return fault ? add(*fault) : true;
        }));
  }
  return wrong;
}

}  // namespace camp::store
