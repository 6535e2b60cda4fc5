// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fed/note_document.h"
#include "model/object.h"

// For note_document.cc and activities.cc alone: whom a document is addressed to. What they are
// given has been through the gate.
namespace camp::fed {

inline constexpr std::string_view kPublicCollection =
    "https://www.w3.org/ns/activitystreams#Public";

struct Addressing {
  std::vector<std::string> to, cc;
};

/// The handle of an object's author; Kind::not_found if they are nobody here.
Result<std::string> author_handle(const Rendering& how, const model::Object& object);

/// The actor ids of those whom a narrowed object names.
Result<std::vector<std::string>> persons_addressed(const Rendering& how,
                                                   const model::Object& object);

/// By the object's audience: public, unlisted, followers, mutuals (the reader alone), persons.
/// `also` are actor ids that come into cc, as far as the audience has room for anybody.
Result<Addressing> addressing_of(const Rendering& how, const model::Object& object,
                                 const std::string& handle, const std::string& reader,
                                 const std::vector<std::string>& also);

}  // namespace camp::fed
