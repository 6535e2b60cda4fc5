// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"

namespace camp::model {

/// How far an object may go, narrow to wide.
enum class Reach { local, neighborhood, public_ };

/// Whom it is narrowed to within that reach.
enum class People { everyone, followers, mutuals, named };

/// Who may read an object. It stands inside the signed bytes, decides the repository, and never
/// changes.
struct Audience {
  Reach reach = Reach::local;
  People people = People::everyone;
  bool unlisted = false;                ///< public reach only: kept out of the public timeline
  std::vector<std::string> named = {};  ///< with People::named: sorted URIs, members as camp:<id>
  std::string roster = {};              ///< with Reach::neighborhood: the neighborhood's roster id

  /// Narrowed to people: a post with such an audience is a letter.
  bool narrowed() const { return people != People::everyone; }
  bool operator==(const Audience&) const = default;
};

/// The one word (or `reach+people`) by which people know an audience: local, neighborhood, public,
/// unlisted, followers, direct, local+followers, …
std::string audience_name(const Audience& audience);

/// What `--to` and `--only` say. `to` is one of local, neighborhood, public, unlisted, followers,
/// direct, or empty (local); `only` is followers, mutuals or a list of persons, or empty. `persons`
/// are the URIs of the persons meant by `only` or mentioned, for People::named. Refuses
/// contradictions and a direct post to nobody (Kind::usage).
Result<Audience> parse_audience(std::string_view to, std::string_view only,
                                std::vector<std::string> persons);

/// Writes the audience into an object's members `audience`, `to`, `camp:unlisted`, `camp:roster`.
void put_audience(Json& object, const Audience& audience);
/// The reverse; refuses what put_audience never writes.
Result<Audience> get_audience(const Json& object);

/// The repository in which objects of this audience by this author stand: "public", "local",
/// "neighborhood/<roster>" or, narrowed to people, "private/<author>".
std::string repository_of(const Audience& audience, const OwnerId& author);

/// The repository's name for one member's own objects.
std::string private_repository(const OwnerId& member);

}  // namespace camp::model
