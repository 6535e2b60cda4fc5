// SPDX-License-Identifier: MIT
#include "fed/describe.h"

#include <nlohmann/json.hpp>

#include "fed/foreign_proof.h"
#include "model/foreign_text.h"
#include "model/markup.h"
#include "store/gate.h"
#include "store/profile.h"

namespace camp::fed {
namespace {

std::optional<ProfilePicture> picture(const Site& site,
                                      const std::optional<model::Attachment>& attachment) {
  if (!attachment) return std::nullopt;
  const std::string_view extension = extension_of(attachment->media_type);
  if (extension.empty()) return std::nullopt;
  return ProfilePicture{site.media(attachment->sha256, extension), attachment->media_type,
                        attachment->name};
}

/// A field is plain text; an address in it is a link by which its page can prove whose it is.
std::string field_html(const std::string& value) {
  const std::string html = model::to_html(value, "text/plain");
  if (!model::is_web_address(value)) return html;
  std::string address;
  for (const char c : value) {
    address += c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
  }
  return "<a href=\"" + address + "\" rel=\"me nofollow noopener\">" + address + "</a>";
}

}  // namespace

Result<void> describe_member(const store::Community& community, const Site& site,
                             const OwnerId& member, ActorProfile& profile) {
  auto object = CAMP_TRY(store::standing_profile(community, member));
  if (!object) return {};
  const auto released = store::Gate::release(*std::move(object), store::Anyone{});
  if (!released || !released->object().profile) return {};
  const model::Profile& said = *released->object().profile;
  if (!said.name.empty()) profile.name = said.name;
  profile.summary_html = model::to_html(said.summary, said.media_type);
  for (const model::ProfileField& field : said.fields) {
    profile.fields.push_back({field.name, field_html(field.value)});
  }
  profile.also_known_as = said.aliases;
  profile.moved_to = said.moved_to;
  profile.icon = picture(site, said.icon);
  profile.image = picture(site, said.image);
  profile.locked = said.locked;
  profile.discoverable = said.discoverable;
  profile.indexable = said.indexable;
  profile.lists_open = !said.hide_followers;
  return {};
}

Result<void> prove_for(const store::Community& community, const Site& site, const OwnerId& member,
                       std::string_view handle, Json& document) {
  const model::KeyState keys = CAMP_TRY(community.keys_of(member));
  for (const model::SigningKey& key : keys.signing) {
    const auto secret = CAMP_TRY(community.keyring().find(member, key.key));
    if (!secret) continue;
    return add_activity_proof(document, *secret, site.multikey_id(handle, key.key),
                              community.env().now_ms());
  }
  return {};
}

Result<std::optional<std::string>> handle_of_member(const store::Community& community,
                                                    const OwnerId& member) {
  for (const index::MemberRow& row : CAMP_TRY(community.index().members())) {
    if (row.id == member.text() && row.state == "active") return std::optional(row.handle);
  }
  return std::optional<std::string>();
}

}  // namespace camp::fed
