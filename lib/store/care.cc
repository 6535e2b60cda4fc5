// SPDX-License-Identifier: MIT
#include "store/care.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/time.h"
#include "crypto/did_key.h"
#include "store/catch_up.h"
#include "store/community.h"
#include "store/media.h"
#include "store/outbox.h"
#include "store/profile.h"
#include "store/row_reader.h"

namespace camp::store {
namespace {

constexpr std::string_view kRewriteFile = "state/rewrite.json";
constexpr std::string_view kCareMark = "@care";
constexpr std::string_view kScrubMark = "@scrub";
constexpr std::size_t kTooManyLoose = 4000;
constexpr std::size_t kWorthADailyPack = 500;
constexpr std::size_t kTooManyCommits = 1000;
constexpr std::int64_t kDayMs = 24 * 60 * 60 * 1000;
constexpr std::int64_t kKeepOwnMs = 30 * kDayMs;

/// One month that is to be written anew without some of its files.
struct Month {
  std::string branch;
  git::Oid before;                   ///< the tip that carries what has to go
  std::vector<std::string> removed;  ///< paths
};

/// A repository's months that are to be written anew. It stands in `state/rewrite.json` from before
/// the first reference moves until the last byte is gone, so that a killed purge is always
/// finished: once the reference has moved, no tree says any more that something has to go.
struct Rewrite {
  std::string repository;
  std::vector<Month> months;
  std::vector<git::Oid> dead;  ///< blobs whose bytes must vanish
};

std::string to_text(const Rewrite& rewrite) {
  Json months = Json::array();
  for (const Month& month : rewrite.months) {
    months.push_back(
        {{"branch", month.branch}, {"before", month.before}, {"removed", month.removed}});
  }
  return Json{{"repository", rewrite.repository}, {"months", months}, {"dead", rewrite.dead}}
      .dump();
}

tl::unexpected<Error> no_rewrite() {
  return fail(Kind::damaged, std::string(kRewriteFile) + " is not what camp wrote",
              "move that file away and run 'camp gc'");
}

Result<Rewrite> from_text(std::string_view text) {
  constexpr JsonLimits kOwnFile{.bytes = 256 << 20, .nodes = 10'000'000};
  const auto parsed = parse_json(text, kRewriteFile, kOwnFile);
  if (!parsed) return no_rewrite();
  const Json& json = *parsed;
  try {
    Rewrite rewrite{json.at("repository"), {}, json.at("dead")};
    for (const Json& month : json.at("months")) {
      rewrite.months.push_back({month.at("branch"), month.at("before"), month.at("removed")});
    }
    return rewrite;
  } catch (const Json::exception&) {
    return no_rewrite();
  }
}

/// Objects of killed writers stand in no tree, yet hold words that somebody may have deleted since.
Result<void> sweep_orphans(git::Repository& repository) {
  std::optional<std::vector<git::Oid>> history;  // of `main`, asked for when it matters
  return repository.for_each_loose_blob(
      [&](const git::Oid& blob, const std::string& bytes) -> Result<git::Sweep> {
        const auto object = model::decode_object(bytes);
        if (!object) return git::Sweep::keep;
        const model::Place place = place_of(*object);
        if (object->type == model::Type::person) {
          // An older profile is a part of the history until `main` is squashed.
          if (!history) history = CAMP_TRY(repository.overtaken_files(place.branch));
          if (std::binary_search(history->begin(), history->end(), blob)) return git::Sweep::keep;
        }
        const auto standing = CAMP_TRY(repository.read_file(place.branch, place.path));
        return standing == bytes ? git::Sweep::keep : git::Sweep::remove;
      });
}

/// Whether a clone still keeps its owner's words. Those that an edit has overtaken which waits to
/// be sent: without them the origin would not take the edit, if it has lost them. And those that
/// somebody deleted: not the owner themselves, for that is signed on one of their devices, but
/// perhaps whoever took over the server.
Result<bool> is_kept_for_owner(const Community& community, const index::Overtaken& file) {
  const OwnerId& own = community.settings().own_member;
  if (!community.settings().is_clone() || file.author != own.text()) return false;
  if (file.since_ms < community.env().now_ms() - kKeepOwnMs) return false;
  if (!CAMP_TRY(community.index().is_overtaken(file.repository, file.target, file.version,
                                               file.author))) {
    return true;
  }
  const auto removals = CAMP_TRY(community.index().removals(file.target, file.author));
  if (removals.empty()) return false;  // a newer version of it stands
  const model::KeyState keys = CAMP_TRY(community.keys_of(own));
  const auto by_device = [&](const auto& removal) {
    return removal.by == own.text() &&
           std::any_of(keys.signing.begin(), keys.signing.end(), [&](const auto& signing) {
             return signing.role == model::KeyRole::device &&
                    crypto::to_did_key(signing.key) == removal.key;
           });
  };
  return std::none_of(removals.begin(), removals.end(), by_device);
}

/// The pictures of words that are kept for the owner of a clone.
Result<std::set<std::string>> kept_media(const Community& community, std::string_view name) {
  std::set<std::string> kept;
  if (!community.settings().is_clone()) return kept;
  for (const index::Overtaken& file :
       CAMP_TRY(community.index().overtaken(community.env().now_ms() + 1))) {
    if (file.repository != name || !CAMP_TRY(is_kept_for_owner(community, file))) continue;
    const auto object = community.read(file.repository, file.blob);
    if (!object) continue;
    for (const model::Attachment& picture : pictures_of(*object)) kept.insert(picture.sha256);
  }
  return kept;
}

/// Removes the media of a repository that none of its live objects names. Returns how many.
Result<std::size_t> sweep_media(Community& community, std::string_view name) {
  const Directory& root = community.directory();
  CAMP_TRY(remove_media_leftovers(root, name));
  const auto named = CAMP_TRY(community.index().media_in(name));
  std::set<std::string> live = CAMP_TRY(kept_media(community, name));
  live.insert(named.begin(), named.end());
  std::size_t removed = 0;
  for (const std::string& digest : CAMP_TRY(list_media(root, name))) {
    if (live.contains(digest)) continue;
    CAMP_TRY(remove_media(root, name, digest));
    ++removed;
  }
  return removed;
}

/// The index hears of the new tips and of the files that went.
Result<void> tell_index(Community& community, const git::Repository& repository,
                        const Rewrite& rewrite) {
  index::Changes changes{.repository = rewrite.repository};
  for (const Month& month : rewrite.months) {
    const auto tip = CAMP_TRY(repository.tip(month.branch));
    changes.tips.push_back({month.branch, tip.value_or(git::Oid())});
    for (const std::string& path : month.removed) changes.removed.push_back({month.branch, path});
  }
  CAMP_TRY(community.index().apply({changes}));
  return community.index().set_mark(rewrite.repository, CAMP_TRY(seen_mark(repository)));
}

/// Carries a rewrite out, from wherever it stands.
Result<void> carry_out(Writer& writer, const Rewrite& rewrite) {
  Community& community = writer.community();
  git::Repository* repository = CAMP_TRY(writer.open_repository(rewrite.repository));
  std::vector<git::Oid> before, after;
  for (const Month& month : rewrite.months) {
    auto tip = CAMP_TRY(repository->tip(month.branch));
    if (tip == month.before) tip = CAMP_TRY(repository->squash(month.branch, month.removed));
    before.push_back(month.before);
    after.push_back(tip.value_or(git::Oid()));
  }
  CAMP_TRY(tell_index(community, *repository, rewrite));
  // What has to vanish goes first; the commits and trees around it are only clutter, and after a
  // kill part of them may be gone already.
  CAMP_TRY(repository->erase_objects(rewrite.dead));
  if (const auto clutter = repository->garbage_after(before, after)) {
    CAMP_TRY(repository->erase_objects(*clutter));
  }
  CAMP_TRY(sweep_orphans(*repository));
  CAMP_TRY(sweep_media(community, rewrite.repository));
  return community.directory().remove_file(kRewriteFile);
}

Result<void> rewrite(Writer& writer, const Rewrite& rewrite) {
  CAMP_TRY(writer.community().directory().write_file_atomically(kRewriteFile, to_text(rewrite)));
  return carry_out(writer, rewrite);
}

/// What a purge has to do, by repository.
Result<std::vector<Rewrite>> plan_purge(Writer& writer, std::int64_t before_ms) {
  std::map<std::string, std::map<std::string, std::vector<index::Overtaken>>> found;
  for (index::Overtaken& file : CAMP_TRY(writer.community().index().overtaken(before_ms))) {
    // What waits has to reach the origin first.
    if (file.branch == index::kOutboxBranch) continue;
    if (CAMP_TRY(is_kept_for_owner(writer.community(), file))) continue;
    found[file.repository][file.branch].push_back(std::move(file));
  }
  std::vector<Rewrite> plans;
  for (auto& [name, branches] : found) {
    git::Repository* repository = CAMP_TRY(writer.open_repository(name));
    Rewrite plan{name, {}, {}};
    for (auto& [branch, files] : branches) {
      const auto tip = CAMP_TRY(repository->tip(branch));
      Month month{branch, tip.value_or(git::Oid()), {}};
      for (index::Overtaken& file : files) {
        month.removed.push_back(file.path);
        plan.dead.push_back(file.blob);
      }
      plan.months.push_back(std::move(month));
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

/// Removes deleted words from the index file, unless a reader keeps them there for now.
Result<bool> scrub(Community& community) {
  const bool done = CAMP_TRY(community.index().scrub());
  if (done) CAMP_TRY(community.index().set_mark(kScrubMark, ""));
  return done;
}

Result<bool> scrub_due(const Community& community) {
  return !CAMP_TRY(community.index().mark(kScrubMark)).empty();
}

/// Purges what was overtaken before a time. Returns the number of files. The scrub that has to
/// follow is noted, for the writer may be killed or a reader in the way.
Result<std::size_t> purge(Writer& writer, std::int64_t before_ms) {
  std::size_t purged = 0;
  for (const Rewrite& plan : CAMP_TRY(plan_purge(writer, before_ms))) {
    CAMP_TRY(writer.community().index().set_mark(kScrubMark, "due"));
    CAMP_TRY(rewrite(writer, plan));
    purged += plan.dead.size();
  }
  return purged;
}

enum class Months { all, present };

/// A month that has ended, or has too long a history, becomes one commit. A late object opens an
/// ended month again; an import opens very many, which are left to the day's round.
Result<std::size_t> squash_months(Writer& writer, const std::string& name, Months which) {
  git::Repository* repository = CAMP_TRY(writer.open_repository(name));
  const std::string now = "e/" + month_of(writer.community().env().now_ms());
  Rewrite plan{name, {}, {}};
  std::vector<std::string> ended;
  for (const git::Branch& branch : CAMP_TRY(repository->branches())) {
    if (!branch.name.starts_with("e/")) continue;
    const bool past = branch.name < now;
    if (past && which == Months::present) continue;
    if (past) ended.push_back(branch.name);
    const bool squashed = past ? CAMP_TRY(repository->is_squashed(branch.name, branch.tip))
                               : CAMP_TRY(repository->history_length(
                                     branch.tip, kTooManyCommits + 1)) <= kTooManyCommits;
    if (!squashed) plan.months.push_back({branch.name, branch.tip, {}});
  }
  if (!plan.months.empty()) {
    CAMP_TRY(rewrite(writer, plan));
    std::vector<std::string> squashed;
    for (const Month& month : plan.months) {
      if (month.branch < now) squashed.push_back(month.branch);
    }
    CAMP_TRY(repository->pack_months(squashed));
  }
  // A process that was killed here left months without their pack.
  if (CAMP_TRY(repository->count_kept_packs()) < ended.size()) {
    CAMP_TRY(repository->pack_months(ended));
  }
  return plan.months.size();
}

/// What members no longer say of themselves stands in the history of public's `main`, which is
/// squashed to be rid of it. Returns the number of files.
Result<std::size_t> forget_old_profiles(Writer& writer) {
  const Community& community = writer.community();
  if (!has_public(community)) return std::size_t{0};
  git::Repository* repository = CAMP_TRY(writer.open_repository(kPublic));
  const auto tip = CAMP_TRY(repository->tip("main"));
  if (!tip) return std::size_t{0};
  Rewrite plan{std::string(kPublic), {{"main", *tip, {}}}, {}};
  for (git::Oid& file : CAMP_TRY(repository->overtaken_files("main"))) {
    const auto bytes = repository->read_blob(file, kMaxObjectFile);
    const auto object = bytes ? model::decode_object(*bytes) : tl::unexpected<Error>(bytes.error());
    if (object && object->type == model::Type::person) plan.dead.push_back(std::move(file));
  }
  if (plan.dead.empty()) return std::size_t{0};
  CAMP_TRY(community.index().set_mark(kScrubMark, "due"));
  CAMP_TRY(rewrite(writer, plan));
  return plan.dead.size();
}

Result<std::size_t> pack(Writer& writer, const std::string& name) {
  git::Repository* repository = CAMP_TRY(writer.open_repository(name));
  CAMP_TRY(sweep_orphans(*repository));
  const auto loose = CAMP_TRY(repository->loose_objects());
  if (loose.empty()) return std::size_t{0};
  CAMP_TRY(repository->pack(loose));
  return loose.size();
}

Result<bool> daily_care_due(const Community& community) {
  const auto last = parse_time(CAMP_TRY(community.index().mark(kCareMark)));
  return !last || community.env().now_ms() - *last > kDayMs ||
         community.env().now_ms() < *last - kDayMs;
}

Result<void> note_care(Community& community) {
  return community.index().set_mark(kCareMark, format_time(community.env().now_ms()));
}

/// Pictures that clones sent ahead of posts that never came.
Result<void> sweep_incoming(const Community& community) {
  const Directory& root = community.directory();
  const std::string top(kIncomingMedia);
  if (!root.exists(top)) return {};
  for (const std::string& member : CAMP_TRY(root.list(top))) {
    const std::string directory = top + "/" + member;
    for (const std::string& name : CAMP_TRY(root.list(directory))) {
      const FileStatus file = CAMP_TRY(root.status(directory + "/" + name));
      if (file.modified_ms > community.env().now_ms() - kDayMs) continue;
      CAMP_TRY(root.remove_file(directory + "/" + name));
    }
  }
  return {};
}

/// What a killed import left; a running one holds the lock.
Result<void> sweep_staging(const Directory& root) {
  if (!root.exists(kStaging)) return {};
  const auto lock =
      FileLock::try_acquire(CAMP_TRY(root.open_beneath(kStateDirectory)), kStagingLock);
  return lock ? root.remove_tree(kStaging) : Result<void>();
}

}  // namespace

Result<void> finish_rewrite(Writer& writer) {
  const Directory& root = writer.community().directory();
  if (!root.exists(kRewriteFile)) return {};
  const std::string text = CAMP_TRY(root.read_file(kRewriteFile, 256 << 20));
  const Rewrite rewrite = CAMP_TRY(from_text(text));
  const auto names = CAMP_TRY(writer.community().repositories());
  const bool known = std::binary_search(names.begin(), names.end(), rewrite.repository);
  const auto is_id = [](const git::Oid& id) {
    return id.size() == 40 && id.find_first_not_of("0123456789abcdef") == git::Oid::npos;
  };
  if (!known || !std::all_of(rewrite.dead.begin(), rewrite.dead.end(), is_id)) return no_rewrite();
  return carry_out(writer, rewrite);
}

Result<void> maintain_if_due(Writer& writer) {
  Community& community = writer.community();
  const bool daily = CAMP_TRY(daily_care_due(community));
  CAMP_TRY(purge(writer, community.env().now_ms() - kDayMs));
  if (daily) CAMP_TRY(forget_old_profiles(writer));
  if (CAMP_TRY(scrub_due(community))) CAMP_TRY(scrub(community));
  // Opening every member's repository costs more than a post: only the daily round does.
  for (const std::string& name :
       daily ? CAMP_TRY(community.repositories()) : writer.touched_repositories()) {
    const git::Repository* repository = CAMP_TRY(writer.open_repository(name));
    const std::size_t loose = CAMP_TRY(repository->count_loose_estimate());
    if (daily || loose >= kTooManyLoose) {
      CAMP_TRY(squash_months(writer, name, daily ? Months::all : Months::present));
    }
    if (loose >= (daily ? kWorthADailyPack : kTooManyLoose)) CAMP_TRY(pack(writer, name));
  }
  if (!daily) return {};
  CAMP_TRY(sweep_incoming(community));
  return note_care(community);
}

Result<Writer::Care> care_for_everything(Writer& writer) {
  Community& community = writer.community();
  Writer::Care care;
  care.purged = CAMP_TRY(purge(writer, community.env().now_ms() + 1));
  care.purged += CAMP_TRY(forget_old_profiles(writer));
  for (const std::string& name : CAMP_TRY(community.repositories())) {
    care.squashed += CAMP_TRY(squash_months(writer, name, Months::all));
    care.packed += CAMP_TRY(pack(writer, name));
    care.media += CAMP_TRY(sweep_media(community, name));
  }
  CAMP_TRY(sweep_staging(community.directory()));
  CAMP_TRY(sweep_outbox(community));
  CAMP_TRY(sweep_incoming(community));
  care.scrubbed = CAMP_TRY(scrub(community));
  CAMP_TRY(note_care(community));
  return care;
}

}  // namespace camp::store
