// SPDX-License-Identifier: MIT
// What a programmer might get wrong at the gate. Each MISTAKE must be refused by the compiler with
// a sentence that names what was wanted; without one the file must compile.
#include "store/gate.h"

#include <utility>

using namespace camp;
using store::Addressed;
using store::Anyone;
using store::Gate;
using store::Member;
using store::Released;
using store::RepositoryGrant;
using store::Roster;

namespace {

/// Stands for everything that talks to the world: pages, feeds, ActivityPub.
std::size_t publish(const Released<Anyone>& released) { return released.object().bytes.size(); }
/// Stands for what hands out repositories.
std::size_t serve(const RepositoryGrant& grant) { return grant.repository().size(); }

}  // namespace

std::size_t show(model::Object object, const OwnerId& member) {
#if defined(MISTAKE_RAW_OBJECT)
  return publish(object);
#elif defined(MISTAKE_FOR_A_MEMBER)
  const auto released = Gate::release(std::move(object), Member{member}, "local");
  return released ? publish(*released) : 0;
#elif defined(MISTAKE_FOR_THE_NEIGHBORHOOD)
  const auto released = Gate::release(std::move(object), Roster{member.text()});
  return released ? publish(*released) : 0;
#elif defined(MISTAKE_FOR_A_PERSON)
  const auto released = Gate::release(std::move(object), Addressed{member.uri()});
  return released ? publish(*released) : 0;
#elif defined(MISTAKE_HOME_MADE)
  return publish(Released<Anyone>(std::move(object), Anyone{}));
#elif defined(MISTAKE_BRACES)
  return publish({std::move(object), Anyone{}});
#elif defined(MISTAKE_MEMBER_WITHOUT_REPOSITORY)
  const auto released = Gate::release(std::move(object), Member{member});
  return released ? released->object().bytes.size() : 0;
#else
  static_cast<void>(member);
  const auto released = Gate::release(std::move(object), Anyone{});
  return released ? publish(*released) : 0;
#endif
}

std::size_t hand_out(const std::string& repository) {
#if defined(MISTAKE_REPOSITORY_BY_NAME)
  return serve(repository);
#elif defined(MISTAKE_HOME_MADE_GRANT)
  return serve(RepositoryGrant(repository));
#else
  const auto grant = Gate::grant(repository, Anyone{});
  return grant ? serve(*grant) : 0;
#endif
}
