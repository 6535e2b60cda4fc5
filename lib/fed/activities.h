// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"
#include "fed/note_document.h"
#include "fed/site.h"

namespace camp::fed {

// The activities around objects. Each has an id that follows from what it is about, so that making
// it twice gives the same one, and is addressed like its object.

/// Of a Note as note_document() makes it.
Json create_activity(const Site& site, const ObjectId& id, const Json& note);
/// The same for a new version of it.
Json update_activity(const Site& site, const ObjectId& id, const ObjectId& version,
                     const Json& note);

/// A Delete of a post, from the object that removes it.
Result<Json> delete_activity(const Rendering& how, const store::Released<store::Anyone>& removal);
Result<Json> delete_activity(const Rendering& how,
                             const store::Released<store::Addressed>& removal);

/// A Like or an Announce. Kind::refused for other objects, Kind::not_found if it is about
/// something that the reader may not know of.
Result<Json> reaction_activity(const Rendering& how,
                               const store::Released<store::Anyone>& reaction);
Result<Json> reaction_activity(const Rendering& how,
                               const store::Released<store::Addressed>& reaction);

/// Takes back a Like, an Announce or a Follow: the activity itself is part of it.
Json undo_activity(const Json& activity);

/// The Follow object `id` of a member, told to whom it is about: `target` is that actor's id.
Json follow_activity(const Site& site, std::string_view handle, const ObjectId& id,
                     std::string_view target);
/// Answers a Follow that came, which is repeated in its four members.
Json accept_activity(const Site& site, std::string_view handle, const Json& follow);
Json reject_activity(const Site& site, std::string_view handle, const Json& follow);

/// Complains about an actor elsewhere and posts of theirs, in the community's name: who of us does
/// is not told. `digest` is that of what it says.
Json flag_activity(const Site& site, std::string_view digest, const std::string& about,
                   const std::vector<std::string>& posts, std::string_view content);

/// Tells everybody of a changed profile; `actor` is an actor_document().
Json actor_update_activity(const Site& site, std::string_view handle, const Json& actor,
                           std::int64_t now_ms);
/// Tells everybody that a member is gone.
Json actor_delete_activity(const Site& site, std::string_view handle);

}  // namespace camp::fed
