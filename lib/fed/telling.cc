// SPDX-License-Identifier: MIT
#include "fed/telling.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fed/describe.h"
#include "fed/foreign.h"

namespace camp::fed {
namespace {

constexpr std::size_t kMaxInboxes = 1000;  ///< of one record, which is our own

}  // namespace

Result<void> Telling::begin() {
  blocked_ = CAMP_TRY(places_blocked_by(context.community, context.db, ours.object.author()));
  return {};
}

/// What an edit took out of a post leaves no more: the message that first tells of it may wait yet,
/// and says now what the post says. It may be on its way, so the edit is told all the same.
Result<void> Telling::take_back_words(const Message& message) const {
  if (message.creation.empty()) return {};
  const ObjectId& thing = ours.object.thing();
  const std::string& inbox = message.delivery.inbox;
  CAMP_TRY(context.db.reword(inbox, context.site.create(thing), message.creation));
  return context.db.drop_beginning(inbox, context.site.updates(thing));
}

Result<std::size_t> Telling::commit(const std::string& name) {
  index::ServerDb& db = context.db;
  CAMP_TRY(db.together([&]() -> Result<void> {
    if (!CAMP_TRY(db.note_message(name, now))) return {};
    for (const Message& message : messages_) {
      CAMP_TRY(take_back_words(message));
      CAMP_TRY(db.enqueue(message.delivery));
    }
    if (!record.empty()) CAMP_TRY(db.set_value("sent " + ours.object.thing().text(), record));
    if (!forgotten.empty()) CAMP_TRY(db.set_value("sent " + forgotten, ""));
    if (!errand.empty()) CAMP_TRY(db.put_errand(errand, 0, now));
    return {};
  }));
  return messages_.size();
}

bool Telling::may_hear(const std::optional<model::RemoteActor>& actor) const {
  // A handle's host may be another than that of the inbox.
  return actor && !blocked_.hold(actor->inbox, actor->host);
}

void Telling::enqueue(const std::string& inbox, const Json& activity) {
  if (inbox.empty()) return;
  std::string host = host_of(inbox, context.site.policy());
  const bool is_end = ours.object.type == model::Type::tombstone;
  if (!is_end && blocked_.hold(inbox, host)) return;
  messages_.push_back({{.inbox = inbox,
                        .host = std::move(host),
                        .signer = ours.object.author().text(),
                        .activity = text_of(activity, "id"),
                        .body = activity.dump(),
                        .next_ms = now,
                        .since_ms = now},
                       creation});
}

void Telling::enqueue_to(const std::set<std::string>& inboxes, const Json& activity) {
  for (const std::string& inbox : inboxes) {
    if (!was_told(inbox)) enqueue(inbox, activity);
  }
}

Result<void> Telling::enqueue_to_followers(const Json& activity) {
  for (const Follower& follower : CAMP_TRY(followers())) {
    const std::string& inbox = follower.common_inbox();
    if (!told_.insert(inbox).second) continue;
    // Whoever gets it through a shared inbox needs it no second time.
    told_.insert(follower.inbox);
    enqueue(inbox, activity);
  }
  return {};
}

Result<std::vector<Follower>> Telling::followers() {
  if (!followers_) followers_ = CAMP_TRY(read_followers(context.community, ours.object.author()));
  return *followers_;
}

std::vector<std::string> Telling::persons_elsewhere() const {
  const auto& named = ours.object.audience.named;
  std::vector<std::string> persons;
  std::copy_if(named.begin(), named.end(), std::back_inserter(persons),
               [](const std::string& uri) { return !uri.starts_with("camp:"); });
  return persons;
}

Result<Names> Telling::names(const store::Anyone& reader) const {
  return names_for(context.community, context.site, elsewhere_, reader);
}

Result<Names> Telling::names(const store::Addressed& reader) const {
  return names_for(context.community, context.site, elsewhere_, reader);
}

Rendering Telling::rendering(const Names& names) const {
  return {.site = context.site, .names = names, .quotes = Quotes::nobody, .is_addressed = {}};
}

Result<void> Telling::prove(Json& activity) const {
  if (ours.object.audience.narrowed()) return {};
  return prove_for(context.community, context.site, ours.object.author(), ours.handle, activity);
}

Result<std::set<std::string>> inboxes_in(const std::string& record) {
  if (record.empty()) return std::set<std::string>();
  const auto kept = uris_of(CAMP_TRY(parse_json(record)), "inboxes", kMaxInboxes);
  return std::set<std::string>(kept.begin(), kept.end());
}

bool addresses(const Json& activity, const std::string& uri) {
  for (const char* field : {"to", "cc"}) {
    for (const std::string& each : uris_of(activity, field, kMaxRecipients)) {
      if (each == uri) return true;
    }
  }
  return false;
}

std::set<std::string> recipients_in(const Json& activity) {
  std::set<std::string> all;
  for (const char* field : {"to", "cc"}) {
    for (std::string& uri : uris_of(activity, field, kMaxRecipients)) {
      if (!is_public(uri)) all.insert(std::move(uri));
    }
  }
  return all;
}

}  // namespace camp::fed
