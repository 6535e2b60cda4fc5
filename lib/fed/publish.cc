// SPDX-License-Identifier: MIT
#include "fed/publish.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include "fed/activities.h"
#include "fed/cut_off.h"
#include "fed/describe.h"
#include "fed/elsewhere.h"
#include "fed/followers.h"
#include "fed/foreign.h"
#include "fed/inbox_facts.h"
#include "fed/names.h"
#include "fed/note_document.h"
#include "fed/people_list.h"
#include "fed/publish_profile.h"
#include "fed/queue.h"
#include "fed/remote_thread.h"
#include "model/audience.h"
#include "store/gate.h"

namespace camp::fed {
namespace {

constexpr std::int64_t kNewsMs = 7LL * 86'400'000;
constexpr std::int64_t kRetryMs = 60'000;
constexpr std::size_t kBatch = 100;
constexpr std::size_t kMaxInboxes = 1000;  ///< of one record, which is our own
constexpr const char* kCursor = "publisher";

/// Where the publisher stands: a number of the index's list of arrivals, and which index that was.
struct Cursor {
  std::string epoch;
  std::int64_t seq = 0;

  static Cursor parse(const std::string& text) {
    const std::size_t space = text.find(' ');
    if (space == std::string::npos) return {};
    return {text.substr(0, space), std::stoll(text.substr(space + 1))};
  }
  std::string text() const { return epoch + " " + std::to_string(seq); }
};

/// An object of ours with who wrote it, as other servers know them.
struct Ours {
  model::Object object;
  std::string repository;
  std::string handle;
};

class Publisher {
 public:
  /// A patient one fails when a server does not say who somebody is; else that stays unknown.
  Publisher(PublishContext& context, bool patient)
      : context_(context),
        community_(context.community),
        db_(context.db),
        site_(context.site),
        elsewhere_(elsewhere_of(context.community, context.db, context.remote, patient)),
        now_(context.community.env().now_ms()) {}

  Result<Publication> run() {
    Cursor at = Cursor::parse(CAMP_TRY(db_.value(kCursor)));
    const std::string epoch = CAMP_TRY(community_.index().epoch());
    done_.messages += CAMP_TRY(publish_profiles(context_, at.epoch.empty()));
    // The first time, and of an index that was made anew, all is told that is news; what was told
    // already is known.
    if (at.epoch != epoch) {
      at = {epoch, 0};
      CAMP_TRY(db_.set_value(kCursor, at.text()));
    }
    while (true) {
      const auto arrivals = CAMP_TRY(community_.index().arrivals(at.seq, kBatch));
      if (arrivals.empty()) break;
      for (const auto& arrival : arrivals) {
        const auto told = consider(arrival.repository, arrival.blob);
        if (!told && told.error().kind == Kind::network) {
          CAMP_TRY(db_.put_errand(std::string(kTellTask) + arrival.repository + " " + arrival.blob,
                                  0, now_ + kRetryMs));
        } else if (!told) {
          return tl::unexpected<Error>(told.error());
        }
        at.seq = arrival.seq;
        CAMP_TRY(db_.set_value(kCursor, at.text()));
      }
    }
    return done_;
  }

  Result<void> consider(const std::string& repository, const std::string& blob) {
    auto object = community_.read(repository, blob);
    if (!object) return {};  // purged meanwhile
    const bool own =
        repository == store::kPublic || repository == model::private_repository(object->author());
    if (!own || object->audience.reach != model::Reach::public_) {
      const bool relation =
          own && (object->type == model::Type::follow || object->type == model::Type::block);
      const bool undone = own && object->type == model::Type::tombstone;
      if (!relation && !undone) return {};
    }
    const auto handle = CAMP_TRY(handle_of_member(community_, object->author()));
    if (!handle) return {};
    const std::string name = "told " + object->id.object.text();
    if (CAMP_TRY(db_.is_known_message(name))) return {};
    if (CAMP_TRY(is_withdrawn(*object))) return {};
    return tell({*std::move(object), repository, *handle}, name);
  }

 private:
  /// A message, and for an edit what a message that waits yet should say instead.
  struct Told {
    index::Delivery message;
    std::string creation;
  };

  /// Whether it was taken back before anybody was told of it.
  Result<bool> is_withdrawn(const model::Object& object) const {
    if (object.type == model::Type::tombstone) return false;
    return community_.index().is_removed(object.thing().text(), object.author().text());
  }

  /// One object, all or nothing.
  Result<void> tell(const Ours& ours, const std::string& name) {
    messages_.clear();
    creation_.clear();
    told_.clear();
    record_ = Json();
    forgotten_.clear();
    errand_.clear();
    followers_for_ = OwnerId();
    blocked_ = CAMP_TRY(places_blocked_by(community_, db_, ours.object.author()));
    CAMP_TRY(prepare(ours));
    CAMP_TRY(db_.together([&]() -> Result<void> {
      if (!CAMP_TRY(db_.note_message(name, now_))) return {};
      for (const Told& told : messages_) {
        CAMP_TRY(take_back_words(ours.object.thing(), told));
        CAMP_TRY(db_.enqueue(told.message));
      }
      if (!record_.is_null()) {
        const std::string thing = ours.object.thing().text();
        CAMP_TRY(db_.set_value("sent " + thing, record_.dump()));
      }
      if (!forgotten_.empty()) CAMP_TRY(db_.set_value("sent " + forgotten_, ""));
      if (!errand_.empty()) CAMP_TRY(db_.put_errand(errand_, 0, now_));
      return {};
    }));
    if (!messages_.empty()) ++done_.objects;
    done_.messages += messages_.size();
    return {};
  }

  /// What an edit took out of a post leaves no more: the message that first tells of it may wait
  /// yet, and says now what the post says. It may be on its way, so the edit is told all the same.
  Result<void> take_back_words(const ObjectId& thing, const Told& told) {
    if (told.creation.empty()) return {};
    CAMP_TRY(db_.reword(told.message.inbox, site_.create(thing), told.creation));
    return db_.drop_beginning(told.message.inbox, site_.updates(thing));
  }

  Result<void> prepare(const Ours& ours) {
    using model::Type;
    const model::Object& object = ours.object;
    // By the object's own time: an edit repeats when the post was written.
    const bool news = now_ - object.id.object.time_ms() < kNewsMs;
    switch (object.type) {
      case Type::note:
        // What was imported is HTML; it was told once, somewhere else.
        return news && object.note.media_type != "text/html" ? post(ours) : Result<void>();
      case Type::update:
        return news ? post(ours) : Result<void>();
      case Type::like:
      case Type::announce:
        return news ? reaction(ours) : Result<void>();
      case Type::follow:
        return news ? follow(ours) : Result<void>();
      case Type::block:
        // Nobody is told; what ties them to the member ends (cut_off.h).
        errand_ = cut_task(object.author(), object.about);
        return {};
      case Type::tombstone:
        return removal(ours);
      default:
        return {};
    }
  }

  // --- posts

  Result<void> post(const Ours& ours) {
    const model::Audience& audience = ours.object.audience;
    const bool is_new = ours.object.type == model::Type::note;
    const std::string before = CAMP_TRY(db_.value("sent " + ours.object.thing().text()));
    // An edit of what nobody was told of is nobody's business.
    if (!is_new && before.empty()) return {};
    if (!audience.narrowed()) {
      auto released = store::Gate::release(ours.object, store::Anyone{});
      if (!released) return {};
      const Names names = CAMP_TRY(names_for(community_, site_, elsewhere_, store::Anyone{}));
      const Rendering how = rendering(names);
      return send_post(ours, CAMP_TRY(note_document(how, *released)), before);
    }
    if (audience.people == model::People::named) return letter_to_persons(ours, before);
    return letter_to_followers(ours, before);
  }

  Rendering rendering(const Names& names) const {
    return {.site = site_, .names = names, .quotes = Quotes::nobody, .is_addressed = {}};
  }

  /// The persons elsewhere whom an audience names.
  static std::vector<std::string> persons_elsewhere(const model::Audience& audience) {
    std::vector<std::string> persons;
    std::copy_if(audience.named.begin(), audience.named.end(), std::back_inserter(persons),
                 [](const std::string& uri) { return !uri.starts_with("camp:"); });
    return persons;
  }

  Result<void> letter_to_persons(const Ours& ours, const std::string& before) {
    for (const std::string& person : persons_elsewhere(ours.object.audience)) {
      const store::Addressed reader{person, store::Tie::none};
      auto released = store::Gate::release(ours.object, reader);
      if (!released) continue;
      const Names names = CAMP_TRY(names_for(community_, site_, elsewhere_, reader));
      const Rendering how = rendering(names);
      // All persons stand in `to` of the one note, so the first rendering is everybody's.
      return send_post(ours, CAMP_TRY(note_document(how, *released)), before);
    }
    return {};
  }

  /// To followers in one rendering for all. Each mutual gets a message of their own, and only who
  /// got one hears of the end.
  Result<void> letter_to_followers(const Ours& ours, const std::string& before) {
    const OwnerId& author = ours.object.author();
    const bool to_all = ours.object.audience.people == model::People::followers;
    const std::vector<Follower> followers = CAMP_TRY(followers_of(author));
    std::set<std::string> inboxes = CAMP_TRY(inboxes_in(before));
    for (const Follower& follower : followers) {
      const auto tie = CAMP_TRY(tie_of(community_, db_, author, follower.id));
      const store::Addressed reader{follower.id, tie};
      auto released = store::Gate::release(ours.object, reader);
      if (!released) continue;
      const Names names = CAMP_TRY(names_for(community_, site_, elsewhere_, reader));
      Rendering how = rendering(names);
      how.is_addressed = [&](const std::string& actor) {
        if (!to_all) return actor == follower.id;
        return std::any_of(followers.begin(), followers.end(),
                           [&](const Follower& each) { return each.id == actor; });
      };
      const Json note = CAMP_TRY(note_document(how, *released));
      const Json activity = around(ours, note);
      CAMP_TRY(set_creation(ours, note));
      if (to_all) {
        CAMP_TRY(enqueue_to_followers(ours, activity));
      } else {
        enqueue(follower.inbox, ours, text_of(activity, "id"), activity);
        inboxes.insert(follower.inbox);
      }
      record_ = {{"type", "Note"}, {"followers", to_all}, {"inboxes", inboxes}};
      if (to_all) break;
    }
    return {};
  }

  /// Where the record of what was sent says that it went.
  static Result<std::set<std::string>> inboxes_in(const std::string& record) {
    if (record.empty()) return std::set<std::string>();
    const auto kept = uris_of(CAMP_TRY(parse_json(record)), "inboxes", kMaxInboxes);
    return std::set<std::string>(kept.begin(), kept.end());
  }

  Json around(const Ours& ours, const Json& note) const {
    const ObjectId& thing = ours.object.thing();
    return ours.object.type == model::Type::note
               ? create_activity(site_, thing, note)
               : update_activity(site_, thing, ours.object.id.object, note);
  }

  /// For an edit: how the post would be told of for the first time now.
  Result<void> set_creation(const Ours& ours, const Json& note) {
    creation_.clear();
    if (ours.object.type != model::Type::update) return {};
    Json creation = create_activity(site_, ours.object.thing(), note);
    CAMP_TRY(prove(ours, creation));
    creation_ = creation.dump();
    return {};
  }

  /// To the followers, if the note is addressed to them, and to everybody whom it names or answers.
  Result<void> send_post(const Ours& ours, const Json& note, const std::string& before) {
    Json activity = around(ours, note);
    CAMP_TRY(prove(ours, activity));
    CAMP_TRY(set_creation(ours, note));
    const bool to_followers = addresses(activity, site_.followers(ours.handle));
    if (to_followers) CAMP_TRY(enqueue_to_followers(ours, activity));
    std::set<std::string> others = CAMP_TRY(inboxes_in(before));
    for (const std::string& uri : recipients_in(activity)) {
      const auto actor = CAMP_TRY(db_.actor(uri));
      // Who is named and whose server has it for the followers needs it no second time.
      if (may_hear(actor) && !was_told(actor->shared_inbox)) others.insert(actor->inbox);
    }
    if (!ours.object.audience.narrowed()) {
      const std::string parent = text_of(note, "inReplyTo");
      if (const auto post = CAMP_TRY(db_.post(parent))) {
        const auto actor = CAMP_TRY(db_.actor(post->actor));
        if (may_hear(actor)) others.insert(actor->inbox);
        if (before.empty()) errand_ = std::string(kThreadTask) + post->id;
      }
    }
    for (const std::string& inbox : others) {
      if (!was_told(inbox)) {
        enqueue(inbox, ours, text_of(activity, "id"), activity);
      }
    }
    record_ = {{"type", "Note"}, {"followers", to_followers}, {"inboxes", others}};
    return {};
  }

  /// Somebody who is known, and not blocked by the author. A handle's host may be another than that
  /// of the inbox.
  bool may_hear(const std::optional<model::RemoteActor>& actor) const {
    return actor && !blocked_.hold(actor->inbox, actor->host);
  }

  static bool addresses(const Json& activity, const std::string& uri) {
    for (const char* field : {"to", "cc"}) {
      for (const std::string& each : uris_of(activity, field, kMaxRecipients)) {
        if (each == uri) return true;
      }
    }
    return false;
  }

  static std::set<std::string> recipients_in(const Json& activity) {
    std::set<std::string> all;
    for (const char* field : {"to", "cc"}) {
      for (std::string& uri : uris_of(activity, field, kMaxRecipients)) {
        if (!is_public(uri)) all.insert(std::move(uri));
      }
    }
    return all;
  }

  // --- reactions

  Result<void> reaction(const Ours& ours) {
    auto released = store::Gate::release(ours.object, store::Anyone{});
    if (!released) return private_reaction(ours);
    const Names names = CAMP_TRY(names_for(community_, site_, elsewhere_, store::Anyone{}));
    const Rendering how = rendering(names);
    auto activity = reaction_activity(how, *released);
    if (!activity && activity.error().kind == Kind::not_found) return {};
    return send_reaction(ours, CAMP_TRY(std::move(activity)));
  }

  /// A like of a post that is not public stands in the private repository, addressed to its author.
  Result<void> private_reaction(const Ours& ours) {
    for (const std::string& person : persons_elsewhere(ours.object.audience)) {
      const store::Addressed reader{person, store::Tie::none};
      auto released = store::Gate::release(ours.object, reader);
      if (!released) continue;
      const Names names = CAMP_TRY(names_for(community_, site_, elsewhere_, reader));
      const Rendering how = rendering(names);
      auto activity = reaction_activity(how, *released);
      if (!activity) continue;
      return send_reaction(ours, *activity);
    }
    return {};
  }

  Result<void> send_reaction(const Ours& ours, Json activity) {
    CAMP_TRY(prove(ours, activity));
    const bool to_followers = addresses(activity, site_.followers(ours.handle));
    if (to_followers) CAMP_TRY(enqueue_to_followers(ours, activity));
    std::set<std::string> others;
    for (const std::string& uri : recipients_in(activity)) {
      const auto actor = CAMP_TRY(db_.actor(uri));
      if (may_hear(actor)) others.insert(actor->inbox);
    }
    for (const std::string& inbox : others) {
      if (!was_told(inbox)) enqueue(inbox, ours, text_of(activity, "id"), activity);
    }
    if (messages_.empty()) return {};
    record_ = {{"type", ours.object.type_name},
               {"followers", to_followers},
               {"inboxes", others},
               {"activity", activity}};
    return {};
  }

  // --- follows

  /// A follow that a person asked for; one that came with an archive waits for them.
  Result<void> follow(const Ours& ours) {
    if (!ours.object.json->value("camp:ask", false)) return {};
    const auto actor = CAMP_TRY(actor_named(ours.object.about));
    if (!actor) return {};
    const Json activity = follow_activity(site_, ours.handle, ours.object.id.object, actor->id);
    // An account that was moved away from takes nobody on, and is asked for nothing; whom the
    // community blocks by now neither.
    if (!actor->moved_to.empty() || CAMP_TRY(blocked_by_community(community_)).holds(*actor))
      return refuse_follow(ours, activity, actor->id);
    enqueue(actor->inbox, ours, text_of(activity, "id"), activity);
    record_ = {{"type", "Follow"},
               {"actor", actor->id},
               {"inboxes", Json::array({actor->inbox})},
               {"activity", activity}};
    const auto known = CAMP_TRY(db_.following(ours.object.author().text(), actor->id));
    const bool already = known && known->state == index::FollowState::accepted;
    return db_.put_following(
        {.member = ours.object.author().text(),
         .actor = actor->id,
         .activity = text_of(activity, "id"),
         .state = already ? index::FollowState::accepted : index::FollowState::sent,
         .since_ms = now_});
  }

  /// As if they had said no; whoever follows them already goes on.
  Result<void> refuse_follow(const Ours& ours, const Json& activity, const std::string& actor) {
    const std::string member = ours.object.author().text();
    if (CAMP_TRY(db_.following(member, actor))) return {};
    return db_.put_following({.member = member,
                              .actor = actor,
                              .activity = text_of(activity, "id"),
                              .state = index::FollowState::refused,
                              .since_ms = now_});
  }

  Result<std::optional<model::RemoteActor>> actor_named(const std::string& uri) {
    const auto account = uri.starts_with("acct:") ? parse_account(uri) : std::nullopt;
    auto actor = account ? context_.remote.resolve(account->user, account->host)
                         : context_.remote.actor(uri);
    if (actor) return std::optional(*std::move(actor));
    if (actor.error().kind == Kind::network) return tl::unexpected<Error>(actor.error());
    if (actor.error().kind == Kind::refused) return person_named(db_, uri);  // as far as known
    return std::optional<model::RemoteActor>();
  }

  // --- the end of each

  Result<void> removal(const Ours& ours) {
    if (!ours.object.target) return {};
    const std::string target = ours.object.target->object.text();
    const std::string kept = CAMP_TRY(db_.value("sent " + target));
    if (kept.empty()) return {};  // nobody was told of it
    const Json sent = CAMP_TRY(parse_json(kept));
    forgotten_ = target;
    if (CAMP_TRY(is_superseded(ours, sent))) return {};
    Json activity;
    if (text_of(sent, "type") == "Note") {
      CAMP_TRY(drop_versions(ours.object.target->object));
      activity = CAMP_TRY(deletion(ours));
      if (activity.is_null()) return {};
    } else {
      activity = undo_activity(sent.at("activity"));
    }
    if (sent.value("followers", false)) CAMP_TRY(enqueue_to_followers(ours, activity));
    const bool apart = ours.object.audience.people == model::People::mutuals;
    for (const std::string& inbox : uris_of(sent, "inboxes", kMaxInboxes)) {
      if (apart) activity["to"] = CAMP_TRY(followers_at(ours.object.author(), inbox));
      if (!was_told(inbox)) enqueue(inbox, ours, text_of(activity, "id"), activity);
    }
    if (text_of(sent, "type") == "Follow") {
      const std::string actor = text_of(sent, "actor");
      return db_.remove_following(ours.object.author().text(), actor);
    }
    return {};
  }

  /// Whom a message to an inbox is for, where nobody is told of the others.
  Result<Json> followers_at(const OwnerId& author, const std::string& inbox) {
    Json ids = Json::array();
    for (const Follower& follower : CAMP_TRY(followers_of(author))) {
      if (follower.inbox == inbox) ids.push_back(follower.id);
    }
    return ids;
  }

  /// A Follow in whose place the member has put a newer one to the same person: an Undo of the old
  /// one would end both.
  Result<bool> is_superseded(const Ours& ours, const Json& sent) const {
    if (text_of(sent, "type") != "Follow") return false;
    const std::string member = ours.object.author().text();
    const auto known = CAMP_TRY(db_.following(member, text_of(sent, "actor")));
    return known && known->activity != text_of(sent.at("activity"), "id");
  }

  /// Words of a deleted post that have not gone out yet never will.
  Result<void> drop_versions(const ObjectId& id) const {
    for (const auto& waiting : CAMP_TRY(db_.waiting_activities())) {
      if (is_version_of(site_, waiting.activity, id)) {
        CAMP_TRY(db_.drop_activity(waiting.activity));
      }
    }
    return {};
  }

  /// The tombstone has the audience of what it removes.
  Result<Json> deletion(const Ours& ours) {
    auto open = store::Gate::release(ours.object, store::Anyone{});
    if (open) {
      const Names names = CAMP_TRY(names_for(community_, site_, elsewhere_, store::Anyone{}));
      const Rendering how = rendering(names);
      return delete_activity(how, *open);
    }
    std::vector<store::Addressed> readers;
    for (const std::string& person : persons_elsewhere(ours.object.audience)) {
      readers.push_back({person, store::Tie::none});
    }
    for (const Follower& follower : CAMP_TRY(followers_of(ours.object.author()))) {
      const auto tie = CAMP_TRY(tie_of(community_, db_, ours.object.author(), follower.id));
      readers.push_back({follower.id, tie});
    }
    for (const store::Addressed& reader : readers) {
      auto released = store::Gate::release(ours.object, reader);
      if (!released) continue;
      const Names names = CAMP_TRY(names_for(community_, site_, elsewhere_, reader));
      const Rendering how = rendering(names);
      return delete_activity(how, *released);
    }
    return Json();
  }

  // --- messages

  /// An author's followers; read once for each object.
  Result<std::vector<Follower>> followers_of(const OwnerId& member) {
    if (followers_for_ != member) {
      followers_ = CAMP_TRY(read_followers(community_, member));
      followers_for_ = member;
    }
    return followers_;
  }

  /// Once for each server that has a shared inbox, else for each follower.
  Result<void> enqueue_to_followers(const Ours& ours, const Json& activity) {
    for (const Follower& follower : CAMP_TRY(followers_of(ours.object.author()))) {
      const std::string& inbox = follower.common_inbox();
      if (!told_.insert(inbox).second) continue;
      // Whoever gets it through a shared inbox needs it no second time.
      told_.insert(follower.inbox);
      enqueue(inbox, ours, text_of(activity, "id"), activity);
    }
    return {};
  }

  bool was_told(const std::string& inbox) const { return told_.contains(inbox); }

  /// A proof by the member, if this server holds a key that speaks for them.
  Result<void> prove(const Ours& ours, Json& activity) const {
    if (ours.object.audience.narrowed()) return {};
    return prove_for(community_, site_, ours.object.author(), ours.handle, activity);
  }

  /// Whom the author blocks is told of ends, and of nothing else.
  void enqueue(const std::string& inbox, const Ours& ours, const std::string& id,
               const Json& activity) {
    if (inbox.empty()) return;
    std::string host = host_of(inbox, site_.policy());
    const bool is_end = ours.object.type == model::Type::tombstone;
    if (!is_end && blocked_.hold(inbox, host)) return;
    messages_.push_back({{.inbox = inbox,
                          .host = std::move(host),
                          .signer = ours.object.author().text(),
                          .activity = id,
                          .body = activity.dump(),
                          .next_ms = now_,
                          .since_ms = now_},
                         creation_});
  }

  PublishContext& context_;
  const store::Community& community_;
  index::ServerDb& db_;
  const Site& site_;
  Elsewhere elsewhere_;
  std::int64_t now_;
  Publication done_;

  // Of the object that is being told.
  std::vector<Told> messages_;
  std::string creation_;        ///< of the post that is edited, as it is now
  std::set<std::string> told_;  ///< inboxes
  Json record_;                 ///< what its end will need
  std::string forgotten_;       ///< object whose record is not needed any more
  std::string errand_;          ///< what is to be done afterwards
  BlockedPlaces blocked_;       ///< by its author
  OwnerId followers_for_;       ///< whose followers these are; empty: nobody's
  std::vector<Follower> followers_;
};

}  // namespace

Result<Publication> publish(PublishContext& context) { return Publisher(context, true).run(); }

Result<std::string> told_follow(index::ServerDb& db, const ObjectId& id) {
  const std::string kept = CAMP_TRY(db.value("sent " + id.text()));
  if (kept.empty()) return std::string();
  const Json sent = CAMP_TRY(parse_json(kept));
  const auto activity = sent.find("activity");
  if (text_of(sent, "type") != "Follow" || activity == sent.end()) return std::string();
  return activity->dump();
}

Result<void> publish_again(PublishContext& context, const std::string& task, bool last) {
  const std::size_t space = task.find(' ');
  if (!task.starts_with(kTellTask) || space == std::string::npos) return {};
  const std::string rest = task.substr(kTellTask.size());
  const std::size_t between = rest.find(' ');
  if (between == std::string::npos) return {};
  return Publisher(context, !last).consider(rest.substr(0, between), rest.substr(between + 1));
}

}  // namespace camp::fed
