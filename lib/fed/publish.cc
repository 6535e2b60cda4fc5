// SPDX-License-Identifier: MIT
#include "fed/publish.h"

#include <nlohmann/json.hpp>

#include "fed/cut_off.h"
#include "fed/describe.h"
#include "fed/elsewhere.h"
#include "fed/foreign.h"
#include "fed/publish_profile.h"
#include "fed/telling.h"
#include "model/audience.h"

namespace camp::fed {
namespace {

constexpr std::int64_t kNewsMs = 7LL * 86'400'000;
constexpr std::int64_t kRetryMs = 60'000;
constexpr std::size_t kBatch = 100;
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

class Publisher {
 public:
  /// A patient one fails when a server does not say who somebody is; else that stays unknown.
  Publisher(PublishContext& context, bool patient)
      : context_(context),
        community_(context.community),
        db_(context.db),
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
    return tell({context_, elsewhere_, {*std::move(object), repository, *handle}}, name);
  }

 private:
  /// Whether it was taken back before anybody was told of it.
  Result<bool> is_withdrawn(const model::Object& object) const {
    if (object.type == model::Type::tombstone) return false;
    return community_.index().is_removed(object.thing().text(), object.author().text());
  }

  Result<void> tell(Telling telling, const std::string& name) {
    CAMP_TRY(telling.begin());
    CAMP_TRY(prepare(telling));
    const std::size_t messages = CAMP_TRY(telling.commit(name));
    if (messages != 0) ++done_.objects;
    done_.messages += messages;
    return {};
  }

  static Result<void> prepare(Telling& telling) {
    using model::Type;
    const model::Object& object = telling.ours.object;
    // By the object's own time: an edit repeats when the post was written.
    const bool news = telling.now - object.id.object.time_ms() < kNewsMs;
    switch (object.type) {
      case Type::note:
        // What was imported is HTML; it was told once, somewhere else.
        return news && object.note.media_type != "text/html" ? tell_post(telling) : Result<void>();
      case Type::update:
        return news ? tell_post(telling) : Result<void>();
      case Type::like:
      case Type::announce:
        return news ? tell_reaction(telling) : Result<void>();
      case Type::follow:
        return news ? tell_follow(telling) : Result<void>();
      case Type::block:
        // Nobody is told; what ties them to the member ends (cut_off.h).
        telling.errand = cut_task(object.author(), object.about);
        return {};
      case Type::tombstone:
        return tell_end(telling);
      default:
        return {};
    }
  }

  PublishContext& context_;
  const store::Community& community_;
  index::ServerDb& db_;
  Elsewhere elsewhere_;
  std::int64_t now_;
  Publication done_;
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
