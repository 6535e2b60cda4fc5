// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "fed/names.h"
#include "fed/site.h"
#include "store/gate.h"

namespace camp::fed {

/// Whether others may quote public posts. `anyone` promises that requests to quote are answered.
enum class Quotes { nobody, anyone };

/// How notes are rendered.
struct Rendering {
  const Site& site;
  const Names& names;  ///< for the reader to whom the object was released
  Quotes quotes = Quotes::nobody;
  /// Of a post to followers or mutuals: whether an actor is among those. A tag for anybody else
  /// would show them the post. Empty: nobody is.
  std::function<bool(const std::string& actor)> is_addressed = {};
};

/// A Note from a post (or from the newest version of one) that the gate let through. Nothing else
/// compiles: a local post never becomes ActivityPub. A post to followers names their collection,
/// one to mutuals the one reader, one to persons those. Kind::refused for what is no post,
/// Kind::not_found if the author is nobody here.
///
/// The document carries no proof: crypto::add_proof puts one in as its last member.
Result<Json> note_document(const Rendering& how, const store::Released<store::Anyone>& post);
Result<Json> note_document(const Rendering& how, const store::Released<store::Addressed>& post);

/// What stands where a deleted object stood: the Tombstone from the object that removed it.
Json tombstone_document(const Site& site, const store::Released<store::Anyone>& removal);
Json tombstone_document(const Site& site, const store::Released<store::Addressed>& removal);

/// The `@context` of everything but actors.
Json object_context();

}  // namespace camp::fed
