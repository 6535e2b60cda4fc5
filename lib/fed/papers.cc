// SPDX-License-Identifier: MIT
#include "fed/papers.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "crypto/did_key.h"
#include "fed/followers.h"
#include "model/community_log.h"
#include "model/key_log.h"
#include "model/object.h"
#include "model/profile.h"
#include "store/profile.h"
#include "store/row_reader.h"

namespace camp::fed {
namespace {

constexpr std::string_view kMembers = "members/";
constexpr std::string_view kAdoptions = "adoptions/";
constexpr std::string_view kProfiles = "profiles/";
constexpr std::size_t kMaxList = 16 << 20;
constexpr std::size_t kMaxPem = 16 << 10;
constexpr std::size_t kMaxRejected = 100;

using Outcome = model::Extension::Outcome;

std::size_t limit_for(std::string_view path) {
  if (path.starts_with(store::kFollowers)) return kMaxFollowerBytes;
  if (path == store::kCommunityLog) return model::kMaxCommunityLogBytes;
  if (path.find("/vouched-") != std::string_view::npos) return kMaxList;
  if (path.starts_with(kProfiles)) return model::kMostProfileBytes;
  return model::kMaxKeyLogBytes;
}

class Merge {
 public:
  Merge(const OwnerId& community, const git::Repository& quarantine, std::string_view name,
        const OwnFile& own, const Authority& authority)
      : community_(community),
        quarantine_(quarantine),
        name_(name),
        own_(own),
        authority_(authority) {}

  Result<PapersMerge> run(const git::Difference& difference) {
    std::set<std::string_view> there;
    for (const git::Entry& entry : difference.added) {
      there.insert(entry.path);
      offered_[entry.path] = entry.blob;
    }
    for (const git::Entry& entry : difference.removed) {
      merge_.other_is_behind = merge_.other_is_behind || !there.contains(entry.path);
    }
    CAMP_TRY(take_community());
    for (const auto& [path, blob] : offered_) {
      if (path.starts_with(kMembers) && path.ends_with("/keys.jsonl")) CAMP_TRY(take_keys(path));
    }
    for (const auto& [path, blob] : offered_) CAMP_TRY(take_other(path));
    return std::move(merge_);
  }

 private:
  /// The offered bytes of a file that differs from ours; nothing if there is nothing new in it.
  Result<std::optional<std::string>> news(const std::string& path, const std::string& held) {
    const auto found = offered_.find(path);
    if (found == offered_.end()) return std::optional<std::string>();
    auto bytes = quarantine_.read_blob(found->second, limit_for(path));
    if (!bytes) {
      reject(path, bytes.error().message);
      return std::optional<std::string>();
    }
    if (*bytes == held) return std::optional<std::string>();
    return std::optional(*std::move(bytes));
  }

  void reject(const std::string& path, std::string reason) {
    if (merge_.rejected.size() == kMaxRejected) return;
    merge_.rejected.push_back({std::string(name_), path, std::move(reason)});
  }

  void take(const std::string& path, std::string bytes) {
    merge_.files.push_back({path, std::move(bytes)});
  }

  /// What a key log is after the offered one was looked at.
  Result<std::optional<model::KeyState>> extend(const std::string& path, const OwnerId& owner) {
    const std::string held = CAMP_TRY(own_(path));
    const auto offered = CAMP_TRY(news(path, held));
    if (!offered) {
      if (held.empty()) return std::optional<model::KeyState>();
      return std::optional(CAMP_TRY(model::verify_key_log(held)));
    }
    const auto extension = model::extend_key_log(held, *offered);
    if (!extension || extension->state.owner != owner) {
      reject(path, extension ? "it is another owner's" : extension.error().message);
      if (held.empty()) return std::optional<model::KeyState>();
      return std::optional(CAMP_TRY(model::verify_key_log(held)));
    }
    if (extension->outcome == Outcome::forked) {
      // Frozen where both agree; a person has to find out which is theirs.
      reject(path, "these keys went two ways: ask their owner which way is theirs");
    } else if (!extension->problem.empty()) {
      reject(path, extension->problem);
    }
    merge_.other_is_behind = merge_.other_is_behind || extension->outcome == Outcome::stale;
    if (extension->outcome == Outcome::extended) take(path, extension->log);
    return std::optional(extension->outcome == Outcome::forked
                             ? CAMP_TRY(model::verify_key_log(held))
                             : extension->state);
  }

  Result<void> take_community() {
    const std::string keys_path(store::kCommunityKeys), log_path(store::kCommunityLog);
    community_keys_ = CAMP_TRY(extend(keys_path, community_));
    if (!community_keys_) community_keys_ = authority_(community_);
    if (!community_keys_) return fail(Kind::refused, "it does not have the community's keys");
    const std::string held = CAMP_TRY(own_(log_path));
    if (held.empty() && !offered_.contains(log_path)) return {};
    const auto offered = CAMP_TRY(news(log_path, held));
    const model::CommunityState state =
        CAMP_TRY(model::verify_community_log(held, *community_keys_));
    members_ = state.members;
    if (!offered) return {};
    const auto extension =
        CAMP_TRY(model::extend_community_log(held, state, *offered, *community_keys_));
    if (extension.outcome == Outcome::forked) {
      reject(log_path, "the list of members went two ways: ask an admin which way is right");
    } else if (!extension.problem.empty()) {
      reject(log_path, extension.problem);
    }
    merge_.other_is_behind = merge_.other_is_behind || extension.outcome == Outcome::stale;
    if (extension.outcome != Outcome::extended) return {};
    members_ = extension.state.members;
    take(log_path, extension.log);
    return {};
  }

  /// Whether the community's log says so, or, in a main that has none, an admission of its own.
  Result<bool> is_admitted(const OwnerId& owner) {
    if (members_) return members_->contains(owner);
    const std::string path = store::admission_file(owner);
    const std::string held = CAMP_TRY(own_(path));
    if (!held.empty()) return !admission_fault(owner, "", held);
    const auto found = offered_.find(path);
    if (found == offered_.end()) return false;
    const auto bytes = quarantine_.read_blob(found->second, limit_for(path));
    return bytes && !admission_fault(owner, "", *bytes);
  }

  Result<void> take_keys(const std::string& path) {
    const std::string_view id = std::string_view(path).substr(kMembers.size());
    const auto owner = OwnerId::parse(id.substr(0, id.find('/')));
    if (!owner || path != store::member_keys_file(*owner)) {
      reject(path, "nothing stands there");
      return {};
    }
    if (CAMP_TRY(own_(path)).empty() && !CAMP_TRY(is_admitted(*owner))) {
      reject(path, "the community never admitted its owner");
      return {};
    }
    const auto state = CAMP_TRY(extend(path, *owner));
    if (state) keys_.emplace(*owner, *state);
    return {};
  }

  Result<void> take_other(const std::string& path) {
    if (path == store::kCommunityKeys || path == store::kCommunityLog ||
        path.ends_with("/keys.jsonl")) {
      return {};
    }
    const std::string held = CAMP_TRY(own_(path));
    auto offered = CAMP_TRY(news(path, held));
    if (!offered) return {};
    if (path.starts_with(kProfiles) && is_older_profile(held, *offered)) {
      merge_.other_is_behind = true;
      return {};
    }
    if (const auto problem = CAMP_TRY(fault_of(path, held, *offered))) {
      reject(path, *problem);
      return {};
    }
    take(path, *std::move(offered));
    return {};
  }

  /// Why a file is not taken; nothing if it is.
  Result<std::optional<std::string>> fault_of(const std::string& path, const std::string& held,
                                              const std::string& bytes) {
    const bool is_private = name_.starts_with("private/");
    if (path == store::kTransportKey && is_private) {
      if (!held.empty()) return std::optional<std::string>("it differs from the one that is here");
      const bool pem = bytes.size() <= kMaxPem && bytes.starts_with("-----BEGIN ");
      return pem ? std::nullopt : std::optional<std::string>("it is no key");
    }
    if (is_private && path.starts_with(store::kFollowers)) {
      const std::string fault = follower_file_fault(path, bytes);
      return fault.empty() ? std::nullopt : std::optional(fault);
    }
    if (path.starts_with(kAdoptions)) return adoption_fault(path, bytes);
    if (path.starts_with(kProfiles)) return new_profile_fault(path, bytes);
    if (!path.starts_with(kMembers)) return std::optional<std::string>("nothing stands there");
    const std::string_view id = std::string_view(path).substr(kMembers.size());
    const auto owner = OwnerId::parse(id.substr(0, id.find('/')));
    if (owner && path == store::admission_file(*owner)) return admission_fault(*owner, held, bytes);
    if (!owner) return std::optional<std::string>("nothing stands there");
    return vouched_fault(path, *owner, bytes);
  }

  std::optional<model::KeyState> keys_of(const OwnerId& owner) const {
    if (owner == community_) return community_keys_;
    const auto found = keys_.find(owner);
    return found == keys_.end() ? authority_(owner) : std::optional(found->second);
  }

  std::optional<std::string> adoption_fault(const std::string& path,
                                            const std::string& bytes) const {
    const auto object = model::decode_object(bytes);
    if (!object) return object.error().message;
    if (!is_adoption(*object) || place_of(*object).path != path || !belongs_in(*object, name_) ||
        object->community != community_) {
      return "it is not the place of the object in it";
    }
    const auto key = model::verify_signature(*object);
    const auto author = keys_of(object->author());
    if (!key || !author || author->standing(*key) == model::Standing::unknown) {
      return "its signature is not its author's";
    }
    return std::nullopt;
  }

  std::optional<std::string> new_profile_fault(const std::string& path, const std::string& bytes) {
    const auto owner = model::profile_owner(path);
    if (name_ != store::kPublic || !owner) return "nothing stands there";
    const auto object = model::decode_object(bytes);
    if (!object) return object.error().message;
    const auto keys = keys_of(*owner);
    return store::profile_fault(*object, path, community_, keys ? &*keys : nullptr);
  }

  /// Whether ours stays, whichever is right: the newer of two, and of two proofs the lower digest.
  static bool is_older_profile(const std::string& held, const std::string& offered) {
    if (held.empty()) return false;
    const auto ours = model::decode_object(held), theirs = model::decode_object(offered);
    return ours && theirs && ours->type == model::Type::person &&
           theirs->type == model::Type::person && theirs->author() == ours->author() &&
           supersedes(*ours, *theirs);
  }

  std::optional<std::string> admission_fault(const OwnerId& owner, const std::string& held,
                                             const std::string& bytes) const {
    const auto line = [](std::string_view text) {
      return text.substr(0, text.size() - (text.ends_with('\n') ? 1 : 0));
    };
    const auto admission = model::read_admission(line(bytes), *community_keys_);
    if (!admission) return admission.error().message;
    if (admission->entry.member != owner) return "it admits somebody else";
    if (held.empty()) return std::nullopt;
    const auto before = model::read_admission(line(held), *community_keys_);
    if (before && before->seq > admission->seq) return "it is older than the one that is here";
    return std::nullopt;
  }

  std::optional<std::string> vouched_fault(const std::string& path, const OwnerId& owner,
                                           const std::string& bytes) const {
    const auto state = keys_of(owner);
    if (!state) return "it is about nobody's keys";
    for (const model::RevokedKey& revoked : state->revoked) {
      if (path != store::vouched_file(owner, revoked.key)) continue;
      if (model::vouch_for(store::vouched_entries(bytes)) == revoked.vouched) return std::nullopt;
      return "it is not the list that the revocation names";
    }
    return "no revocation names it";
  }

  const OwnerId& community_;
  const git::Repository& quarantine_;
  std::string_view name_;
  const OwnFile& own_;
  const Authority& authority_;
  std::map<std::string, git::Oid> offered_;
  std::optional<model::KeyState> community_keys_;
  std::map<OwnerId, model::KeyState> keys_;
  std::optional<std::map<OwnerId, model::MemberState>> members_;  ///< by a log that is here
  PapersMerge merge_;
};

}  // namespace

Result<PapersMerge> merge_papers(const OwnerId& community, const git::Repository& quarantine,
                                 const git::Difference& difference, std::string_view name,
                                 const OwnFile& own, const Authority& authority) {
  return Merge(community, quarantine, name, own, authority).run(difference);
}

}  // namespace camp::fed
