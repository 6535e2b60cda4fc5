// SPDX-License-Identifier: MIT
#include "fed/addressing.h"

#include <algorithm>

namespace camp::fed {
namespace {

using model::Audience;
using model::People;

void add(std::vector<std::string>& list, const std::string& id) {
  if (!id.empty() && std::find(list.begin(), list.end(), id) == list.end()) list.push_back(id);
}

/// A person elsewhere as their server knows them: by the actor's id.
Result<std::string> actor_of(const Rendering& how, const std::string& person) {
  const auto known = CAMP_TRY(how.names.person(person));
  return known ? known->id : std::string();
}

}  // namespace

Result<std::string> author_handle(const Rendering& how, const model::Object& object) {
  // A community removes what a member wrote; it speaks for the member then.
  const bool removal = object.type == model::Type::tombstone && object.target;
  const OwnerId& author = removal ? object.target->author : object.author();
  const auto person = CAMP_TRY(how.names.person(author.uri()));
  const auto handle = person ? how.site.handle_in(person->id) : std::nullopt;
  if (!handle) return fail(Kind::not_found, "the author is nobody here");
  return *handle;
}

Result<std::vector<std::string>> persons_addressed(const Rendering& how,
                                                   const model::Object& object) {
  std::vector<std::string> persons;
  for (const std::string& uri : object.audience.named) {
    if (uri == object.author().uri()) continue;
    add(persons, CAMP_TRY(actor_of(how, uri)));
  }
  return persons;
}

Result<Addressing> addressing_of(const Rendering& how, const model::Object& object,
                                 const std::string& handle, const std::string& reader,
                                 const std::vector<std::string>& also) {
  const std::string anyone(kPublicCollection), followers = how.site.followers(handle);
  Addressing addressing;
  switch (object.audience.people) {
    case People::everyone:
      addressing.to = {object.audience.unlisted ? followers : anyone};
      addressing.cc = {object.audience.unlisted ? anyone : followers};
      break;
    case People::followers:
      addressing.to = {followers};
      break;
    case People::mutuals:
      add(addressing.to, CAMP_TRY(actor_of(how, reader)));
      return addressing;  // one reader is told nothing of the others
    case People::named:
      addressing.to = CAMP_TRY(persons_addressed(how, object));
      return addressing;
  }
  for (const std::string& id : also) {
    if (id != how.site.actor(handle)) add(addressing.cc, id);
  }
  return addressing;
}

}  // namespace camp::fed
