// SPDX-License-Identifier: MIT
#include "model/audience.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace camp::model {
namespace {

constexpr std::string_view kFollowers = "camp:followers";
constexpr std::string_view kMutuals = "camp:mutuals";

std::string_view reach_name(Reach reach) {
  switch (reach) {
    case Reach::local:
      return "local";
    case Reach::neighborhood:
      return "neighborhood";
    case Reach::public_:
      break;
  }
  return "public";
}

std::string_view reach_uri(Reach reach) {
  switch (reach) {
    case Reach::local:
      return "camp:local";
    case Reach::neighborhood:
      return "camp:neighborhood";
    case Reach::public_:
      break;
  }
  return "as:Public";
}

Result<Reach> reach_from_uri(const Json& value) {
  for (const Reach reach : {Reach::local, Reach::neighborhood, Reach::public_}) {
    if (value == reach_uri(reach)) return reach;
  }
  return fail(Kind::failed, "the object's audience is none of local, neighborhood and public");
}

Result<void> read_people(const Json& to, Audience& audience) {
  if (to == kFollowers || to == kMutuals) {
    audience.people = to == kFollowers ? People::followers : People::mutuals;
    return {};
  }
  if (!to.is_array()) return fail(Kind::failed, "the object's 'to' is not a list of persons");
  audience.people = People::named;
  for (const Json& person : to) {
    if (!person.is_string()) return fail(Kind::failed, "the object's 'to' names no person");
    audience.named.push_back(person.get<std::string>());
  }
  const auto& named = audience.named;
  if (named.empty() ||
      std::adjacent_find(named.begin(), named.end(), std::greater_equal<>()) != named.end()) {
    return fail(Kind::failed, "the object's 'to' is not sorted, or names someone twice or nobody");
  }
  return {};
}

/// One spelling for one audience, whoever writes the object.
Result<void> require_consistent(const Audience& audience) {
  if (audience.unlisted && (audience.reach != Reach::public_ || audience.narrowed())) {
    return fail(Kind::failed, "only a public object can be unlisted");
  }
  if ((audience.reach == Reach::neighborhood) == audience.roster.empty()) {
    return fail(Kind::failed, "a neighborhood object, and no other, names its roster");
  }
  if (!audience.roster.empty()) CAMP_TRY(OwnerId::parse(audience.roster));
  return {};
}

Result<Audience> from_short_form(std::string_view to) {
  if (to.empty() || to == "local") return Audience{};
  if (to == "neighborhood") return Audience{.reach = Reach::neighborhood};
  if (to == "public") return Audience{.reach = Reach::public_};
  if (to == "unlisted") return Audience{.reach = Reach::public_, .unlisted = true};
  if (to == "followers") return Audience{.reach = Reach::public_, .people = People::followers};
  if (to == "direct") return Audience{.reach = Reach::local, .people = People::named};
  return fail(Kind::usage, "'" + std::string(to) + "' is no audience",
              "use local, neighborhood, public, unlisted, followers or direct");
}

bool is_elsewhere(const std::string& person) { return !person.starts_with("camp:"); }

}  // namespace

std::string audience_name(const Audience& audience) {
  switch (audience.people) {
    case People::everyone:
      return audience.unlisted ? "unlisted" : std::string(reach_name(audience.reach));
    case People::named:
      return "direct";
    case People::followers:
      if (audience.reach == Reach::public_) return "followers";
      return std::string(reach_name(audience.reach)) + "+followers";
    case People::mutuals:
      break;
  }
  return std::string(reach_name(audience.reach)) + "+mutuals";
}

Result<Audience> parse_audience(std::string_view to, std::string_view only,
                                std::vector<std::string> persons) {
  Audience audience = CAMP_TRY(from_short_form(to));
  if (!only.empty()) {
    const bool list = only != "followers" && only != "mutuals";
    const bool direct_to_list = to == "direct" && list;
    if ((audience.narrowed() && !direct_to_list) || audience.unlisted) {
      return fail(Kind::usage, "--only does not go with --to " + std::string(to),
                  "use --only with --to local, neighborhood or public");
    }
    audience.people = only == "followers" ? People::followers
                      : only == "mutuals" ? People::mutuals
                                          : People::named;
  }
  if (audience.people != People::named) return audience;
  std::sort(persons.begin(), persons.end());
  persons.erase(std::unique(persons.begin(), persons.end()), persons.end());
  if (persons.empty()) {
    return fail(Kind::usage, "a direct post needs somebody to go to",
                "mention them as @handle in the text, or use --only @handle");
  }
  const auto elsewhere = std::find_if(persons.begin(), persons.end(), is_elsewhere);
  if (elsewhere != persons.end() && to == "direct") audience.reach = Reach::public_;
  if (elsewhere != persons.end() && audience.reach != Reach::public_) {
    return fail(Kind::refused, "what stays here reaches nobody elsewhere",
                "write to them with --to direct, or leave them out");
  }
  audience.named = std::move(persons);
  return audience;
}

void put_audience(Json& object, const Audience& audience) {
  object["audience"] = reach_uri(audience.reach);
  if (audience.people == People::followers) object["to"] = kFollowers;
  if (audience.people == People::mutuals) object["to"] = kMutuals;
  if (audience.people == People::named) object["to"] = audience.named;
  if (audience.unlisted) object["camp:unlisted"] = true;
  if (!audience.roster.empty()) object["camp:roster"] = audience.roster;
}

Result<Audience> get_audience(const Json& object) {
  Audience audience;
  const auto reach = object.find("audience");
  if (reach == object.end()) return fail(Kind::failed, "the object names no audience");
  audience.reach = CAMP_TRY(reach_from_uri(*reach));
  if (const auto to = object.find("to"); to != object.end()) CAMP_TRY(read_people(*to, audience));
  if (const auto unlisted = object.find("camp:unlisted"); unlisted != object.end()) {
    if (*unlisted != true) return fail(Kind::failed, "the object's 'camp:unlisted' is not true");
    audience.unlisted = true;
  }
  if (const auto roster = object.find("camp:roster"); roster != object.end()) {
    if (!roster->is_string()) return fail(Kind::failed, "the object's roster is no id");
    audience.roster = roster->get<std::string>();
  }
  CAMP_TRY(require_consistent(audience));
  return audience;
}

std::string private_repository(const OwnerId& member) { return "private/" + member.text(); }

std::string repository_of(const Audience& audience, const OwnerId& author) {
  if (audience.narrowed()) return private_repository(author);
  if (audience.reach == Reach::neighborhood) return "neighborhood/" + audience.roster;
  return std::string(reach_name(audience.reach));
}

}  // namespace camp::model
