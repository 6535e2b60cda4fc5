// SPDX-License-Identifier: MIT
#include "ops/profile.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "crypto/digest.h"
#include "fed/federation.h"
#include "model/picture.h"
#include "ops/write.h"
#include "store/profile.h"

namespace camp::ops {
namespace {

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::string without_trailing_newlines(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

void put_field(std::vector<model::ProfileField>& fields, const model::ProfileField& changed) {
  const auto same =
      std::find_if(fields.begin(), fields.end(),
                   [&](const model::ProfileField& field) { return field.name == changed.name; });
  if (changed.value.empty()) {
    if (same != fields.end()) fields.erase(same);
  } else if (same != fields.end()) {
    same->value = changed.value;
  } else {
    fields.push_back(changed);
  }
}

void put_aliases(std::vector<std::string>& aliases, const ProfileChange& change) {
  for (const std::string& gone : change.no_aliases) std::erase(aliases, gone);
  for (const std::string& added : change.aliases) {
    if (std::find(aliases.begin(), aliases.end(), added) == aliases.end()) aliases.push_back(added);
  }
}

/// Cleans a new picture; its bytes join `media`.
Result<void> put_picture(std::optional<model::Attachment>& picture,
                         const std::optional<PictureChange>& change,
                         std::vector<store::NewMedia>& media) {
  if (!change) return {};
  picture.reset();
  if (!change->bytes) return {};
  model::Picture clean = CAMP_TRY(model::clean_picture(*change->bytes));
  picture = model::Attachment{.sha256 = crypto::sha256_hex(clean.bytes),
                              .media_type = clean.media_type,
                              .width = clean.width,
                              .height = clean.height};
  media.push_back({std::string(store::kPublic), picture->sha256, std::move(clean.bytes)});
  return {};
}

Result<model::Profile> changed_profile(model::Profile profile, const ProfileChange& change,
                                       std::vector<store::NewMedia>& media) {
  if (change.name) profile.name = trimmed(*change.name);
  if (change.summary) {
    profile.summary = without_trailing_newlines(*change.summary);
    profile.media_type = "text/markdown";
  }
  if (change.language) profile.language = *change.language;
  for (const model::ProfileField& field : change.fields) put_field(profile.fields, field);
  put_aliases(profile.aliases, change);
  if (change.moved_to) profile.moved_to = *change.moved_to;
  CAMP_TRY(put_picture(profile.icon, change.icon, media));
  CAMP_TRY(put_picture(profile.image, change.image, media));
  profile.locked = change.locked.value_or(profile.locked);
  profile.discoverable = change.discoverable.value_or(profile.discoverable);
  profile.indexable = change.indexable.value_or(profile.indexable);
  profile.hide_followers = change.hide_followers.value_or(profile.hide_followers);
  CAMP_TRY(model::check_profile(profile));
  return profile;
}

/// Whoever moved to themselves would be followed by nobody. An address of ours is known by the
/// community's host, which a clone may lack; then nothing is known against it.
Result<void> require_elsewhere(const store::Community& community, const Actor& actor,
                               const ProfileChange& change) {
  const auto site = fed::site_of(community);
  if (!change.moved_to || !site) return {};
  if (*change.moved_to != site->actor(actor.handle) &&
      *change.moved_to != site->profile_page(actor.handle)) {
    return {};
  }
  return fail(Kind::usage, "@" + actor.handle + " cannot move to @" + actor.handle,
              "give the address of the other account, or --no-moved-to");
}

/// The profile that a member goes on from. One that does not count any more is no beginning, but
/// the next one must have a higher id.
struct Before {
  std::optional<model::Object> shown;
  std::int64_t newest_ms = 0;
};
Result<Before> before_change(const store::Community& community, const OwnerId& member) {
  Before before{CAMP_TRY(store::shown_profile(community, member)), 0};
  const model::KeyState keys = CAMP_TRY(community.keys_of(member));
  for (const store::FoundProfile& found : CAMP_TRY(store::find_profiles(community, keys))) {
    before.newest_ms = std::max(before.newest_ms, found.object.published_ms);
  }
  return before;
}

}  // namespace

Result<model::ProfileField> parse_field(const std::string& text) {
  const auto equals = text.find('=');
  const std::string name = trimmed(text.substr(0, equals));
  if (equals == std::string::npos || name.empty()) {
    return fail(Kind::usage, "'" + text.substr(0, 64) + "' is no field",
                "write --field \"Site=https://bo.example\", or \"Site=\" to remove it");
  }
  return model::ProfileField{name, trimmed(text.substr(equals + 1))};
}

Result<ShownProfile> show_profile(const store::Community& community, const std::string& who) {
  ShownProfile shown;
  shown.member = CAMP_TRY(find_member(community, who));
  const OwnerId member = CAMP_TRY(OwnerId::parse(shown.member.id));
  const auto object = CAMP_TRY(store::shown_profile(community, member));
  if (!object) return shown;
  shown.profile = *object->profile;
  shown.updated_ms = object->published_ms;
  shown.pending =
      community.settings().is_clone() && !CAMP_TRY(store::is_superseded(community, *object));
  return shown;
}

Result<ChangedProfile> change_profile(store::Community& community, const Actor& actor,
                                      const ProfileChange& change, bool dry_run) {
  CAMP_TRY(require_clock(community));
  CAMP_TRY(require_elsewhere(community, actor, change));
  const Before before = CAMP_TRY(before_change(community, actor.id));
  const model::Profile said = before.shown ? *before.shown->profile : model::Profile{};
  std::vector<store::NewMedia> media;
  const model::Profile profile = CAMP_TRY(changed_profile(said, change, media));

  ChangedProfile result{CAMP_TRY(show_profile(community, actor.id.text())), profile != said};
  model::Maker maker = maker_for(community, actor);
  // The highest id counts: a clock that was turned back must not hide what was just said.
  maker.now_ms = std::max(maker.now_ms, before.newest_ms + 1);
  auto made = CAMP_TRY(finish_object(community, actor, maker, model::make_profile(maker, profile)));
  if (!result.changed || dry_run) {
    result.shown.profile = profile;
    return result;
  }
  auto writer = CAMP_TRY(community.write());
  CAMP_TRY(write_object(writer, actor, "profile", std::move(made), media));
  result.shown = CAMP_TRY(show_profile(community, actor.id.text()));
  return result;
}

}  // namespace camp::ops
