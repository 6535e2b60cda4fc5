// SPDX-License-Identifier: MIT
#include "store/gate.h"

#include <algorithm>

namespace camp::store {
namespace {

using model::Audience;
using model::Reach;

bool open_to_all(const Audience& audience) {
  return audience.reach == Reach::public_ && !audience.narrowed();
}

bool names(const Audience& audience, const std::string& person) {
  return std::binary_search(audience.named.begin(), audience.named.end(), person);
}

/// Whether a narrowed audience has a person elsewhere in it.
bool addresses(const Audience& audience, const Addressed& reader) {
  switch (audience.people) {
    case model::People::everyone:
      return false;
    case model::People::followers:
      return reader.tie != Tie::none;
    case model::People::mutuals:
      return reader.tie == Tie::mutual;
    case model::People::named:
      return names(audience, reader.person);
  }
  return false;
}

tl::unexpected<Error> nothing_there() { return fail(Kind::not_found, "there is no such object"); }

bool is_neighborhood(std::string_view repository) {
  return repository.starts_with("neighborhood/");
}

}  // namespace

Result<Released<Anyone>> Gate::release(model::Object object, Anyone reader) {
  if (!open_to_all(object.audience)) return nothing_there();
  return Released<Anyone>(std::move(object), reader);
}

Result<Released<Addressed>> Gate::release(model::Object object, Addressed reader) {
  const Audience& audience = object.audience;
  const bool addressed = audience.reach == Reach::public_ && addresses(audience, reader);
  if (!open_to_all(audience) && !addressed) return nothing_there();
  return Released<Addressed>(std::move(object), std::move(reader));
}

Result<Released<Roster>> Gate::release(model::Object object, Roster reader) {
  const Audience& audience = object.audience;
  const bool neighborly = audience.reach == Reach::neighborhood && !audience.narrowed() &&
                          audience.roster == reader.roster;
  if (!open_to_all(audience) && !neighborly) return nothing_there();
  return Released<Roster>(std::move(object), std::move(reader));
}

Result<Released<Member>> Gate::release(model::Object object, Member reader,
                                       std::string_view repository) {
  const bool own = object.author() == reader.id || names(object.audience, reader.id.uri()) ||
                   repository == model::private_repository(reader.id);
  if (object.audience.narrowed() && !own) return nothing_there();
  return Released<Member>(std::move(object), std::move(reader));
}

Result<RepositoryGrant> Gate::grant(std::string_view repository, Anyone) {
  if (repository != "public") return fail(Kind::not_found, "there is no such repository");
  return RepositoryGrant(std::string(repository));
}

Result<RepositoryGrant> Gate::grant(std::string_view repository, const Roster& reader) {
  if (repository == "public" || repository == "neighborhood/" + reader.roster) {
    return RepositoryGrant(std::string(repository));
  }
  return fail(Kind::not_found, "there is no such repository");
}

Result<RepositoryGrant> Gate::grant(std::string_view repository, const Member& reader) {
  const bool shared =
      repository == "public" || repository == "local" || is_neighborhood(repository);
  if (shared || repository == model::private_repository(reader.id)) {
    return RepositoryGrant(std::string(repository));
  }
  return fail(Kind::not_found, "there is no such repository");
}

index::Viewer Gate::viewer(Anyone) { return {{}, {"public"}}; }

index::Viewer Gate::viewer(const Member& reader, const std::vector<std::string>& repositories) {
  index::Viewer viewer{reader.id.text(), {}};
  for (const std::string& name : repositories) {
    if (grant(name, reader)) viewer.repositories.push_back(name);
  }
  return viewer;
}

}  // namespace camp::store
