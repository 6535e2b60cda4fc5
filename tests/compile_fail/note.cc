// SPDX-License-Identifier: MIT
// What a programmer might get wrong about ActivityPub. Each MISTAKE must be refused by the
// compiler; without one the file must compile.
#include <nlohmann/json.hpp>
#include <utility>

#include "fed/activities.h"
#include "fed/note_document.h"
#include "store/gate.h"

using namespace camp;
using store::Addressed;
using store::Anyone;
using store::Gate;
using store::Member;
using store::Roster;

bool show(const fed::Rendering& how, model::Object object, const OwnerId& member) {
#if defined(MISTAKE_RAW_OBJECT)
  return fed::note_document(how, object).has_value();
#elif defined(MISTAKE_FOR_A_MEMBER)
  const auto released = Gate::release(std::move(object), Member{member}, "local");
  return released && fed::note_document(how, *released).has_value();
#elif defined(MISTAKE_FOR_THE_NEIGHBORHOOD)
  const auto released = Gate::release(std::move(object), Roster{member.text()});
  return released && fed::note_document(how, *released).has_value();
#elif defined(MISTAKE_RAW_REACTION)
  return fed::reaction_activity(how, object).has_value();
#elif defined(MISTAKE_RAW_REMOVAL)
  return fed::delete_activity(how, object).has_value();
#else
  const auto letter = Gate::release(object, Addressed{member.uri()});
  if (letter && fed::note_document(how, *letter)) return true;
  const auto released = Gate::release(std::move(object), Anyone{});
  return released && fed::note_document(how, *released).has_value();
#endif
}
