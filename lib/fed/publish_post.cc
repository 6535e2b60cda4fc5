// SPDX-License-Identifier: MIT
#include <algorithm>
#include <nlohmann/json.hpp>

#include "fed/activities.h"
#include "fed/foreign.h"
#include "fed/inbox_facts.h"
#include "fed/remote_thread.h"
#include "fed/telling.h"

namespace camp::fed {
namespace {

Json around(const Telling& telling, const Json& note) {
  const model::Object& object = telling.ours.object;
  const Site& site = telling.context.site;
  return object.type == model::Type::note
             ? create_activity(site, object.thing(), note)
             : update_activity(site, object.thing(), object.id.object, note);
}

/// For an edit: how the post would be told of for the first time now.
Result<void> set_creation(Telling& telling, const Json& note) {
  telling.creation.clear();
  const model::Object& object = telling.ours.object;
  if (object.type != model::Type::update) return {};
  Json creation = create_activity(telling.context.site, object.thing(), note);
  CAMP_TRY(telling.prove(creation));
  telling.creation = creation.dump();
  return {};
}

/// Where whoever wrote what the post answers hears of it.
Result<void> add_parent(Telling& telling, const Json& note, bool is_new,
                        std::set<std::string>& inboxes) {
  index::ServerDb& db = telling.context.db;
  const auto post = CAMP_TRY(db.post(text_of(note, "inReplyTo")));
  if (!post) return {};
  const auto actor = CAMP_TRY(db.actor(post->actor));
  if (telling.may_hear(actor)) inboxes.insert(actor->inbox);
  if (is_new) telling.errand = std::string(kThreadTask) + post->id;
  return {};
}

/// To the followers, if the note is addressed to them, and to everybody whom it names or answers.
Result<void> send(Telling& telling, const Json& note, const std::string& before) {
  Json activity = around(telling, note);
  CAMP_TRY(telling.prove(activity));
  CAMP_TRY(set_creation(telling, note));
  const bool to_followers =
      addresses(activity, telling.context.site.followers(telling.ours.handle));
  if (to_followers) CAMP_TRY(telling.enqueue_to_followers(activity));
  std::set<std::string> others = CAMP_TRY(inboxes_in(before));
  for (const std::string& uri : recipients_in(activity)) {
    const auto actor = CAMP_TRY(telling.context.db.actor(uri));
    // Who is named and whose server has it for the followers needs it no second time.
    if (telling.may_hear(actor) && !telling.was_told(actor->shared_inbox)) {
      others.insert(actor->inbox);
    }
  }
  if (!telling.ours.object.audience.narrowed()) {
    CAMP_TRY(add_parent(telling, note, before.empty(), others));
  }
  telling.enqueue_to(others, activity);
  telling.record =
      Json({{"type", "Note"}, {"followers", to_followers}, {"inboxes", others}}).dump();
  return {};
}

Result<void> letter_to_persons(Telling& telling, const std::string& before) {
  for (const std::string& person : telling.persons_elsewhere()) {
    const store::Addressed reader{person, store::Tie::none};
    auto released = store::Gate::release(telling.ours.object, reader);
    if (!released) continue;
    const Names names = CAMP_TRY(telling.names(reader));
    const Rendering how = telling.rendering(names);
    // All persons stand in `to` of the one note, so the first rendering is everybody's.
    return send(telling, CAMP_TRY(note_document(how, *released)), before);
  }
  return {};
}

/// To followers in one rendering for all. Each mutual gets a message of their own, and only who got
/// one hears of the end.
Result<void> letter_to_followers(Telling& telling, const std::string& before) {
  const OwnerId& author = telling.ours.object.author();
  const bool to_all = telling.ours.object.audience.people == model::People::followers;
  const std::vector<Follower> followers = CAMP_TRY(telling.followers());
  std::set<std::string> inboxes = CAMP_TRY(inboxes_in(before));
  for (const Follower& follower : followers) {
    const auto tie =
        CAMP_TRY(tie_of(telling.context.community, telling.context.db, author, follower.id));
    const store::Addressed reader{follower.id, tie};
    auto released = store::Gate::release(telling.ours.object, reader);
    if (!released) continue;
    const Names names = CAMP_TRY(telling.names(reader));
    Rendering how = telling.rendering(names);
    how.is_addressed = [&](const std::string& actor) {
      if (!to_all) return actor == follower.id;
      return std::any_of(followers.begin(), followers.end(),
                         [&](const Follower& each) { return each.id == actor; });
    };
    const Json note = CAMP_TRY(note_document(how, *released));
    const Json activity = around(telling, note);
    CAMP_TRY(set_creation(telling, note));
    if (to_all) {
      CAMP_TRY(telling.enqueue_to_followers(activity));
    } else {
      telling.enqueue(follower.inbox, activity);
      inboxes.insert(follower.inbox);
    }
    telling.record = Json({{"type", "Note"}, {"followers", to_all}, {"inboxes", inboxes}}).dump();
    if (to_all) break;
  }
  return {};
}

}  // namespace

Result<void> tell_post(Telling& telling) {
  const model::Object& object = telling.ours.object;
  const std::string before = CAMP_TRY(telling.context.db.value("sent " + object.thing().text()));
  // An edit of what nobody was told of is nobody's business.
  if (object.type != model::Type::note && before.empty()) return {};
  if (object.audience.people == model::People::named) return letter_to_persons(telling, before);
  if (object.audience.narrowed()) return letter_to_followers(telling, before);
  auto released = store::Gate::release(object, store::Anyone{});
  if (!released) return {};
  const Names names = CAMP_TRY(telling.names(store::Anyone{}));
  const Rendering how = telling.rendering(names);
  return send(telling, CAMP_TRY(note_document(how, *released)), before);
}

}  // namespace camp::fed
