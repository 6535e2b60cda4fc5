// SPDX-License-Identifier: MIT
#include "ops/moderate.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "crypto/did_key.h"
#include "fed/federation.h"
#include "model/object.h"
#include "ops/decision.h"
#include "ops/read.h"
#include "ops/write.h"
#include "store/letters.h"
#include "store/writer.h"

namespace camp::ops {
namespace {

/// A post that somebody who may do so decides about, and what it takes to decide.
struct Case {
  crypto::SecretKey key;
  store::Writer writer;
  index::Post post;
  model::Object object;
  model::CommunityState state;

  std::string id() const { return FullId{object.author(), object.thing()}.text(); }
};

Result<Case> take_up(store::Community& community, const Actor& actor, const std::string& which,
                     const std::string& reason) {
  CAMP_TRY(require_office(community, actor, Office::moderator));
  CAMP_TRY(require_reason(reason));
  crypto::SecretKey key = CAMP_TRY(community_key(community));
  store::Writer writer = CAMP_TRY(community.write());
  index::Post post = CAMP_TRY(find_post(community, actor, which));
  if (post.remote()) {
    return fail(Kind::refused, "this was written elsewhere, by @" + post.handle,
                "each member decides whom they see: camp mute @" + post.handle);
  }
  model::Object object = CAMP_TRY(open_post(community, actor, post)).object();
  if (object.audience.narrowed()) {
    return fail(Kind::refused, "this is a letter, which only its people know of",
                "an admin can suspend its author: camp member suspend @" + post.handle);
  }
  model::CommunityState state = CAMP_TRY(community.state());
  return Case{std::move(key), std::move(writer), std::move(post), std::move(object),
              std::move(state)};
}

std::string subject_for(std::string_view act, const Case& taken) {
  return std::string(act) + " " + taken.object.thing().short_id();
}

/// The community's own tombstone, where the object stands.
Result<store::NewObject> make_removal(const store::Community& community, const Case& taken) {
  const model::Maker maker = maker_for(community, {community.id(), {}, {}});
  const auto sealed =
      CAMP_TRY(model::seal(model::make_tombstone(maker, taken.object), maker, &taken.key));
  store::NewObject made;
  made.object = CAMP_TRY(model::decode_object(sealed.bytes));
  made.verdict = index::Verdict::valid;
  made.key = crypto::to_did_key(taken.key.public_key());
  made.repositories = CAMP_TRY(store::destinations(community, made.object));
  return made;
}

}  // namespace

Result<index::Post> hide_post(store::Community& community, const Actor& actor,
                              const std::string& which, const std::string& reason, bool dry_run) {
  Case taken = CAMP_TRY(take_up(community, actor, which, reason));
  if (taken.state.hidden.contains(taken.id()) || dry_run) return std::move(taken.post);
  CAMP_TRY(record(taken.writer, taken.key, {.kind = "hide", .reason = reason, .object = taken.id()},
                  subject_for("hide", taken)));
  CAMP_TRY(taken.writer.maintain());
  return std::move(taken.post);
}

Result<index::Post> unhide_post(store::Community& community, const Actor& actor,
                                const std::string& which, const std::string& reason, bool dry_run) {
  Case taken = CAMP_TRY(take_up(community, actor, which, reason));
  if (!taken.state.hidden.contains(taken.id())) {
    return fail(Kind::not_found, "nobody has hidden " + which, "look at it with 'camp show'");
  }
  if (taken.state.removed_objects.contains(taken.id())) {
    return fail(Kind::refused, which + " was removed for good", "nothing brings it back");
  }
  if (dry_run) return std::move(taken.post);
  CAMP_TRY(record(taken.writer, taken.key,
                  {.kind = "unhide", .reason = reason, .object = taken.id()},
                  subject_for("unhide", taken)));
  CAMP_TRY(taken.writer.maintain());
  return std::move(taken.post);
}

Result<index::Post> remove_for_all(store::Community& community, const Actor& actor,
                                   const std::string& which, const std::string& reason,
                                   bool dry_run) {
  Case taken = CAMP_TRY(take_up(community, actor, which, reason));
  if (taken.object.community != community.id()) {
    return fail(Kind::refused, "this post was written for another community",
                "hide it instead: camp mod hide " + which);
  }
  CAMP_TRY(require_clock(community));
  if (dry_run) return std::move(taken.post);
  // The decision comes first: with its reason it hides what a killed command has not removed yet.
  if (!taken.state.removed_objects.contains(taken.id())) {
    CAMP_TRY(record(taken.writer, taken.key,
                    {.kind = "remove-object", .reason = reason, .object = taken.id()},
                    subject_for("remove", taken)));
  }
  store::NewObject removal = CAMP_TRY(make_removal(community, taken));
  CAMP_TRY(taken.writer.append({std::move(removal)}, {}, subject_for("remove", taken)));
  CAMP_TRY(taken.writer.maintain());
  return std::move(taken.post);
}

Result<std::vector<index::Report>> list_reports(const store::Community& community,
                                                const Actor& actor, std::size_t limit) {
  CAMP_TRY(require_office(community, actor, Office::moderator));
  if (community.settings().is_clone()) {
    return fail(Kind::refused, "what people complain about is kept at the origin",
                "look in " + community.settings().origin);
  }
  auto db = CAMP_TRY(fed::find_server_db(community));
  return db ? db->reports(limit) : std::vector<index::Report>();
}

}  // namespace camp::ops
