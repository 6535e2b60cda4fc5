// SPDX-License-Identifier: MIT
#include "ops/sync.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "fed/federation.h"
#include "fed/fetch.h"
#include "fed/origin.h"
#include "fed/reception.h"
#include "model/arrival.h"
#include "ops/outbox.h"
#include "ops/sync_home.h"
#include "ops/wishes.h"
#include "store/catch_up.h"
#include "store/media.h"
#include "store/profile.h"
#include "store/writer.h"

namespace camp::ops {
namespace {

constexpr std::string_view kLockFile = "sync.lock";
constexpr std::size_t kLinesAtOnce = 500;
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kSendingMs = kMinuteMs;
constexpr std::int64_t kDayMs = 24 * 60 * kMinuteMs;

class CloneSync {
 public:
  CloneSync(store::Community& community, const SyncRequest& request, SyncReport& report)
      : community_(community), request_(request), report_(report) {}

  Result<void> run() {
    const store::Settings& settings = community_.settings();
    origin_ = CAMP_TRY(open_origin_of(community_));
    if (!settings.mirror) CAMP_TRY(send());
    const bool whose = !settings.mirror && !request_.dry_run;
    if (whose) report_.wishes = CAMP_TRY(submit_wishes(community_, *origin_, report_.refused));
    for (const std::string& name : clone_repositories(settings)) {
      CAMP_TRY(fetch(name, fed::Part::all));
    }
    CAMP_TRY(clear_outbox());
    CAMP_TRY(fetch_own_pictures());
    if (whose) CAMP_TRY(bring_home());
    return request_.media ? fetch_pictures() : Result<void>();
  }

 private:
  enum class Round { first, second };

  Result<void> fetch(const std::string& name, fed::Part part) {
    if (request_.dry_run) return {};
    if (request_.progress) request_.progress("fetching", report_.fetched);
    fed::Fetched fetched = CAMP_TRY(fed::fetch_repository(community_, *origin_, name, part));
    report_.fetched += fetched.objects;
    report_.withheld += fetched.withheld;
    report_.origin_is_behind = report_.origin_is_behind || fetched.other_is_behind;
    for (fed::Rejected& each : fetched.rejected) {
      report_.refused.push_back(
          {std::move(each.from), std::move(each.object), std::move(each.reason), {}, false});
    }
    return {};
  }

  Result<void> bring_home() {
    const HomeSync home = CAMP_TRY(sync_home(community_, *origin_));
    report_.knows_elsewhere = home.served;
    report_.posts = home.news.posts;
    report_.notices = home.news.notices;
    report_.gone = home.news.gone;
    report_.unfit = home.news.refused.size();
    if (home.news.refused.empty()) return {};
    report_.refused.push_back({"elsewhere",
                               std::to_string(home.news.refused.size()) + " records",
                               home.news.refused.front(),
                               {},
                               false});
    return {};
  }

  Result<void> send() {
    CAMP_TRY(drop_pointless());
    std::vector<WaitingObject> waiting = CAMP_TRY(waiting_objects(community_));
    if (request_.dry_run) {
      report_.submitted = waiting.size();
      return {};
    }
    std::vector<WaitingObject> held = hold_back(waiting);
    auto again = CAMP_TRY(submit(waiting, Round::first));
    if (again.empty()) again = CAMP_TRY(submit(held, Round::first));
    if (again.empty()) {
      report_orphans();
      return {};
    }
    // Signed with a wrong clock or an old key: once more, as if it were written now, with the key
    // that the newest papers let speak. Not before the origin has said so, whatever our own clock
    // says: it may have had the object before, and its answer was lost.
    CAMP_TRY(fetch("local", fed::Part::papers));
    const auto renewed = sign_again(community_, again, accepted_);
    if (!renewed) {
      for (const ObjectId& id : again) {
        const FullId full{community_.settings().own_member, id};
        report_.refused.push_back({"outbox", full.text(),
                                   "it has to be signed again, but " + renewed.error().message,
                                   renewed.error().hint, true});
      }
      report_orphans();
      return {};
    }
    report_.renewed += *renewed;
    waiting = CAMP_TRY(waiting_objects(community_));
    std::erase_if(waiting, [&](const WaitingObject& each) {
      return accepted_.contains(each.object.id.text());
    });
    CAMP_TRY(submit(waiting, Round::second));
    return {};
  }

  /// The key that an object says it is signed with; none for a letter.
  static Json speaker(const model::Object& object) {
    return object.json->value(Json::json_pointer("/proof/verificationMethod"), Json());
  }

  /// Takes out what must wait until what it refers to is accepted, for that may have to be signed
  /// again and get another id: it is older than that, so a clock was wrong, or another key signed
  /// it.
  static std::vector<WaitingObject> hold_back(std::vector<WaitingObject>& waiting) {
    std::map<FullId, const model::Object*> before;
    std::set<FullId> held;
    for (const WaitingObject& each : waiting) {
      const model::Object& object = each.object;
      const auto subject = subject_of(object);
      const auto found = subject ? before.find(*subject) : before.end();
      if (found != before.end() &&
          (held.contains(*subject) || object.id.object < found->second->id.object ||
           speaker(object) != speaker(*found->second))) {
        held.insert(object.id);
      }
      before.emplace(object.id, &object);
    }
    const auto first_held = std::stable_partition(
        waiting.begin(), waiting.end(),
        [&](const WaitingObject& each) { return !held.contains(each.object.id); });
    std::vector<WaitingObject> taken(std::make_move_iterator(first_held),
                                     std::make_move_iterator(waiting.end()));
    waiting.erase(first_held, waiting.end());
    return taken;
  }

  /// What waits for something else of ours that the origin has not taken either. A second round
  /// asks again.
  void report_orphans() {
    for (SyncRefusal& refusal : orphans_) report_.refused.push_back(std::move(refusal));
    orphans_.clear();
  }

  /// A like or a boost of what was deleted meanwhile, perhaps before it ever left, is nobody's
  /// news.
  Result<void> drop_pointless() {
    std::vector<store::Waiting> pointless;
    for (WaitingObject& each : CAMP_TRY(waiting_objects(community_))) {
      using model::Type;
      const bool reacts = each.object.type == Type::like || each.object.type == Type::announce;
      const auto subject = model::subject_of(each.object);
      if (reacts && subject &&
          CAMP_TRY(community_.index().is_removed(subject->object.text(), subject->author.text()))) {
        pointless.push_back(std::move(each.waiting));
      }
    }
    if (pointless.empty() || request_.dry_run) return {};
    auto writer = CAMP_TRY(community_.write());
    for (const store::Waiting& each : pointless) {
      CAMP_TRY(store::drop_waiting(community_.directory(), each));
    }
    return store::catch_up_outbox(community_);
  }

  /// Submits objects in their order. Returns what is to be signed again.
  Result<std::vector<ObjectId>> submit(const std::vector<WaitingObject>& waiting, Round round) {
    std::vector<ObjectId> again;
    for (std::size_t from = 0, next = 0; from < waiting.size(); from = next) {
      std::vector<std::string> lines;
      Load load;
      for (; next < waiting.size() && lines.size() < kLinesAtOnce; ++next) {
        if (!CAMP_TRY(send_media(waiting[next].object, load)) && !lines.empty()) break;
        lines.push_back(waiting[next].object.bytes + "\n");
      }
      if (request_.progress) request_.progress("submitting", from);
      const auto answers = CAMP_TRY(origin_->submit(lines));
      for (std::size_t i = 0; i < answers.size(); ++i) {
        CAMP_TRY(heed(waiting[from + i], answers[i], round, again));
      }
      if (answers.size() < lines.size()) {
        return fail(Kind::network, "the origin broke off before it had answered", "sync again");
      }
    }
    return again;
  }

  /// Pictures that went ahead of the lines of one submission.
  struct Load {
    std::size_t pictures = 0, bytes = 0;
  };

  /// Sends the pictures that an object names ahead of it. False: the origin has no room for them
  /// until it has got the lines before, unless there are none.
  Result<bool> send_media(const model::Object& object, Load& load) {
    const std::string home = home_of(object);
    std::map<std::string, std::string> pictures;
    Load with = load;
    for (const model::Attachment& picture : pictures_of(object)) {
      if (sent_media_.contains(home + " " + picture.sha256)) continue;
      auto bytes = store::read_media(community_.directory(), home, picture.sha256);
      // An edit names pictures that the origin has already.
      if (!bytes || !pictures.emplace(picture.sha256, *std::move(bytes)).second) continue;
      ++with.pictures;
      with.bytes += pictures[picture.sha256].size();
    }
    const bool fits =
        with.pictures <= fed::kMaxIncomingPictures && with.bytes <= fed::kMaxIncomingBytes;
    if (!fits && load.pictures > 0) return false;
    for (const auto& [digest, bytes] : pictures) {
      CAMP_TRY(origin_->put_media(home, digest, bytes));
      sent_media_.insert(home + " " + digest);
    }
    load = with;
    return true;
  }

  Result<void> heed(const WaitingObject& each, const fed::Answer& answer, Round round,
                    std::vector<ObjectId>& again) {
    const std::string id = each.object.id.text();
    if (answer.accepted && answer.id == id) {
      accepted_.insert(id);
      if (answer.stays) staying_.insert(id);
      ++report_.submitted;
      if (each.object.published_ms < community_.env().now_ms() - kDayMs) ++report_.late;
      return {};
    }
    using model::Objection;
    const bool renewable =
        answer.objection == Objection::clock || answer.objection == Objection::key;
    if (renewable && round == Round::first) {
      again.push_back(each.object.id.object);
      return {};
    }
    SyncRefusal refusal{"outbox", id, answer.reason, answer.hint, true};
    if (round == Round::first && answer.objection == Objection::missing) {
      orphans_.push_back(std::move(refusal));
      return {};
    }
    // What time or a person can mend goes on waiting.
    if (!renewable && answer.objection != Objection::media &&
        answer.objection != Objection::missing && answer.objection != Objection::suspended) {
      auto writer = CAMP_TRY(community_.write());
      const std::string kept = CAMP_TRY(store::set_aside(community_.directory(), each.waiting));
      CAMP_TRY(store::catch_up_outbox(community_));
      refusal.waits = false;
      refusal.hint += (refusal.hint.empty() ? "" : "; ") + ("it is kept in " + kept);
    }
    report_.refused.push_back(std::move(refusal));
    return {};
  }

  /// What stands in our tree now, or never will because it was deleted meanwhile or overtaken by a
  /// newer version, waits no more.
  Result<void> clear_outbox() {
    if (request_.dry_run || CAMP_TRY(store::list_outbox(community_)).empty()) return {};
    auto writer = CAMP_TRY(community_.write());
    bool moved = false;
    for (const WaitingObject& each : CAMP_TRY(waiting_objects(community_))) {
      const bool arrived = CAMP_TRY(stands(writer, each.object));  // a profile: or a newer one
      const bool dead = accepted_.contains(each.object.id.text()) && CAMP_TRY(is_dead(each));
      const bool stays = staying_.contains(each.object.id.text());
      if (!arrived && !dead && !stays) continue;
      CAMP_TRY(store::drop_waiting(community_.directory(), each.waiting));
      moved = true;
    }
    return moved ? store::catch_up_outbox(community_) : Result<void>();
  }

  /// Whether our tree has it at its place; for a tombstone another one will do, which another
  /// device of the same member made of the same object.
  static Result<bool> stands(store::Writer& writer, const model::Object& object) {
    if (object.type == model::Type::person) return writer.holds(object);
    const model::Place place = model::place_of(object);
    const auto* repository = CAMP_TRY(writer.open_repository(home_of(object)));
    return CAMP_TRY(repository->read_file(place.branch, place.path)).has_value();
  }

  Result<bool> is_dead(const WaitingObject& each) {
    const model::Object& object = each.object;
    if (object.type == model::Type::person) {
      return community_.index().is_removed(object.id.object.text(), object.author().text());
    }
    return community_.index().is_overtaken(each.waiting.repository, object.thing().text(),
                                           object.id.object.text(), object.author().text());
  }

  Result<void> fetch_picture(const std::string& name, const std::string& digest) {
    const Directory& root = community_.directory();
    if (root.exists(store::media_path(name, digest))) return {};
    const auto bytes = origin_->get_media(name, digest);
    if (!bytes && bytes.error().kind == Kind::not_found) return {};  // deleted meanwhile
    CAMP_TRY(store::put_media(root, name, digest, CAMP_TRY(bytes)));
    ++report_.media;
    if (request_.progress) request_.progress("pictures", report_.media);
    return {};
  }

  Result<void> fetch_pictures() {
    for (const std::string& name : CAMP_TRY(community_.repositories())) {
      for (const std::string& digest : CAMP_TRY(community_.index().media_in(name))) {
        CAMP_TRY(fetch_picture(name, digest));
      }
    }
    return {};
  }

  /// Those of the member's own profile: another one that is written here goes on naming them,
  /// though the origin may have forgotten them by then, because another device named others.
  Result<void> fetch_own_pictures() {
    const store::Settings& settings = community_.settings();
    if (settings.mirror || request_.dry_run) return {};
    for (const index::ProfileRow& profile : CAMP_TRY(community_.index().profiles())) {
      if (profile.author != settings.own_member.text()) continue;
      for (const index::Attachment& picture : profile.pictures) {
        CAMP_TRY(fetch_picture(std::string(store::kPublic), picture.sha256));
      }
    }
    return {};
  }

  store::Community& community_;
  const SyncRequest& request_;
  SyncReport& report_;
  std::unique_ptr<fed::Origin> origin_;
  std::set<std::string> accepted_, staying_, sent_media_;
  std::vector<SyncRefusal> orphans_;
};

/// Tells other servers what is new, unless `camp serve` does.
Result<void> speak(store::Community& community, SyncReport& report) {
  const auto round = CAMP_TRY(fed::send_once(community, kSendingMs));
  if (!round) return {};
  report.delivered = round->deliveries.delivered;
  report.deferred = round->deliveries.deferred;
  report.dropped = round->deliveries.dropped;
  return {};
}

}  // namespace

namespace {

/// With what a clone proves over https whose it is: the key with which it speaks.
Result<fed::Proof> proof_of(const store::Community& clone) {
  const store::Settings& settings = clone.settings();
  if (settings.mirror || !fed::is_https(settings.origin)) return fed::Proof{};
  const model::KeyState keys = CAMP_TRY(clone.keys_of(settings.own_member));
  for (const model::SigningKey& each : keys.signing) {
    auto key = CAMP_TRY(clone.keyring().find(settings.own_member, each.key));
    if (key) return fed::Proof{std::make_shared<const crypto::SecretKey>(*std::move(key)), {}};
  }
  return fail(Kind::refused, "this clone holds no key that speaks for its member",
              "make a new clone with the paper key: camp clone --paper-key-file FILE");
}

}  // namespace

Result<std::unique_ptr<fed::Origin>> open_origin_of(const store::Community& clone) {
  return open_origin_of(clone, CAMP_TRY(proof_of(clone)));
}

Result<std::unique_ptr<fed::Origin>> open_origin_of(const store::Community& clone,
                                                    const fed::Proof& proof) {
  const store::Settings& settings = clone.settings();
  auto origin = fed::open_origin(clone.env(), settings.origin, settings.own_member.text(), proof);
  if (!origin && origin.error().kind == Kind::not_found) {
    return fail(Kind::network, "the origin is not there: " + origin.error().message,
                "try again when it is; its address is in state/config.toml");
  }
  return origin;
}

std::vector<std::string> clone_repositories(const store::Settings& settings) {
  if (settings.mirror) return {"public"};
  return {"local", "public", model::private_repository(settings.own_member)};
}

Result<FileLock> lock_sync(const store::Community& community) {
  const auto state = CAMP_TRY(community.directory().open_beneath(store::kStateDirectory));
  auto lock = CAMP_TRY(FileLock::try_acquire(state, kLockFile));
  CAMP_TRY(fed::clear_quarantine(community));
  return lock;
}

Result<SyncReport> sync(store::Community& community, const SyncRequest& request) {
  SyncReport report;
  const auto lock = lock_sync(community);
  if (!lock && lock.error().kind == Kind::busy) {
    report.ran = false;
    return report;
  }
  if (!lock) return tl::unexpected<Error>(lock.error());
  const store::Settings& settings = community.settings();
  if (settings.is_clone()) {
    SyncPeer peer{settings.origin, "ok"};
    const auto done = CloneSync(community, request, report).run();
    if (!done) {
      if (done.error().kind != Kind::network && done.error().kind != Kind::refused &&
          done.error().kind != Kind::not_found && done.error().kind != Kind::busy) {
        return tl::unexpected<Error>(done.error());
      }
      peer.state = "failed";
      peer.error = done.error();
    }
    report.peers.push_back(std::move(peer));
  }
  if (request.dry_run) return report;
  {
    auto writer = CAMP_TRY(community.write());
    CAMP_TRY(writer.maintain());
  }
  if (!settings.is_clone() && !settings.host.empty()) CAMP_TRY(speak(community, report));
  return report;
}

Result<void> fetch_media(store::Community& community, const std::string& repository,
                         const std::string& sha256) {
  const Directory& root = community.directory();
  if (root.exists(store::media_path(repository, sha256))) return {};
  if (!community.settings().is_clone()) {
    return fail(Kind::damaged, "a picture is missing", "run 'camp fsck'");
  }
  auto origin = CAMP_TRY(open_origin_of(community));
  return store::put_media(root, repository, sha256,
                          CAMP_TRY(origin->get_media(repository, sha256)));
}

}  // namespace camp::ops
