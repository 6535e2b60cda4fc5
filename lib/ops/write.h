// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "index/index.h"
#include "model/object.h"
#include "ops/open.h"
#include "ops/read.h"
#include "store/writer.h"

namespace camp::ops {

/// A picture as the author gives it.
struct NewPicture {
  std::string bytes;
  std::string alt;
  std::optional<model::Focus> focus = {};
};

/// What somebody wants to say.
struct Draft {
  std::string text;
  std::string summary;            ///< content warning
  std::string language;           ///< BCP 47
  std::optional<std::string> to;  ///< an audience word; else local, or for a reply the parent's
  std::string only;               ///< followers, mutuals, or handles with commas
  std::string reply_to;           ///< which post is answered; empty for none
  std::vector<NewPicture> pictures;
};

/// What became of it.
struct Posted {
  index::Post post;
  Readers readers;
  bool unlinked = false;  ///< it goes further than what it answers, so it does not name that
};

/// Writes a post or a reply. With `dry_run` nothing is written, and `post.id` is empty.
Result<Posted> post(store::Community& community, const Actor& actor, const Draft& draft,
                    bool dry_run = false);

/// A complete new version of the actor's own post.
Result<Posted> edit(store::Community& community, const Actor& actor, const std::string& which,
                    const std::string& text, const std::optional<std::string>& summary,
                    bool dry_run = false);

struct Deleted {
  index::Post post;
  bool purged = false;     ///< its bytes are gone from this directory
  std::size_t clones = 0;  ///< members with clones that may still hold it
};
/// A tombstone for the actor's own post; in a clone also, by its full id, for a local one that the
/// origin does not let out; `now` also removes its bytes at once.
Result<Deleted> remove_post(store::Community& community, const Actor& actor,
                            const std::string& which, bool now, bool dry_run = false);

/// Likes or boosts a post, or takes that back. Kind::not_found if there is nothing to take back; an
/// act done already is done.
Result<index::Post> react(store::Community& community, const Actor& actor, model::Type reaction,
                          const std::string& which, bool undo, bool dry_run = false);

// --- for other acts of a member's

/// Seals an object (unsigned if it is a letter) and says where it goes.
Result<store::NewObject> finish_object(const store::Community& community, const Actor& actor,
                                       const model::Maker& maker, Json json);
/// Kind::refused when the clock is certainly wrong: before signing anything.
Result<void> require_clock(const store::Community& community);
/// Writes one object and its media, and does what care is due. `act` begins the commit's subject.
Result<void> write_object(store::Writer& writer, const Actor& actor, std::string_view act,
                          store::NewObject made, const std::vector<store::NewMedia>& media);

/// The commits' subject for an act: "post @bo k7f2q1a".
std::string subject_of(std::string_view act, const Actor& actor, const ObjectId& id);

/// Sixteen random bytes, the act's time, and who it is.
model::Maker maker_for(const store::Community& community, const Actor& actor);

}  // namespace camp::ops
