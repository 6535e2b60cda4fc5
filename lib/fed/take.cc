// SPDX-License-Identifier: MIT
#include "fed/take.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/terminal.h"
#include "crypto/did_key.h"
#include "crypto/digest.h"
#include "store/catch_up.h"
#include "store/row_reader.h"

namespace camp::fed {
namespace {

/// dd/hh/file and t/file: nothing of ours is deeper.
constexpr git::WalkLimits kLimits{
    .max_depth = 3, .max_tree_entries = 10'000, .max_entries = 2'000'000};
/// A `main` holds a few files for each member, and this is a community of friends.
constexpr git::WalkLimits kPapersLimits{
    .max_depth = 3, .max_tree_entries = 10'000, .max_entries = 10'000};
constexpr std::size_t kMaxRejected = 100;

/// Every file of a month has a place and an id of its own, so each new one came as an object.
git::WalkLimits limits_for(const git::Quarantine& quarantine) {
  git::WalkLimits limits = kLimits;
  limits.max_added = std::min(limits.max_added, quarantine.received());
  return limits;
}

struct Name {
  std::string target, edit;  ///< object ids; `edit` is the second part, whatever it is
  bool tombstone = false;
};

/// A file's name taken apart. What is no name of ours fails its check later on.
Name name_of(std::string_view path) {
  Name name;
  name.tombstone = path.starts_with("t/");
  std::string_view file = path.substr(path.rfind('/') + 1);
  if (file.ends_with(".json")) file.remove_suffix(5);
  const std::size_t dot = file.find('.');
  name.target = file.substr(0, dot);
  if (dot != std::string_view::npos) name.edit = file.substr(dot + 1);
  return name;
}

class MonthCheck {
 public:
  MonthCheck(const store::Community& ours, git::Quarantine& quarantine, std::string_view repository,
             std::string_view branch, Signers& signers)
      : ours_(ours),
        quarantine_(quarantine),
        repository_(repository),
        signers_(signers),
        month_{.branch = std::string(branch), .before = {}, .commit = {}, .rejected = {}} {}

  Result<CheckedMonth> run(git::Difference difference) {
    const git::Repository own = CAMP_TRY(ours_.repository(repository_));
    month_.before = CAMP_TRY(own.tip(month_.branch)).value_or(git::Oid());
    CAMP_TRY(note_withheld(difference));
    CAMP_TRY(settle_doubles(difference));
    CAMP_TRY(check(difference.added));
    month_.objects = accepted_.size();
    if (accepted_.empty()) return std::move(month_);
    month_.commit = CAMP_TRY(quarantine_.graft(month_.branch, month_.before, accepted_));
    return std::move(month_);
  }

 private:
  /// Files that we have and they do not: purged there, or lost, or kept from us.
  Result<void> note_withheld(const git::Difference& difference) {
    std::set<std::string_view> there;
    std::set<std::string> buried;               // what comes explains what is gone
    std::map<std::string, std::string> newest;  // the edits that come, by what they edit
    for (const git::Entry& entry : difference.added) {
      there.insert(entry.path);
      const Name name = name_of(entry.path);
      if (name.tombstone) buried.insert(name.target);
      if (!name.tombstone) newest[name.target] = std::max(newest[name.target], name.edit);
    }
    for (const git::Entry& entry : difference.removed) {
      if (there.contains(entry.path)) continue;
      const Name name = name_of(entry.path);
      const std::string& version = name.edit.empty() ? name.target : name.edit;
      if (!name.tombstone) {
        if (buried.contains(name.target) || buried.contains(version)) continue;
        if (newest.contains(name.target) && newest[name.target] > version) continue;
        if (CAMP_TRY(is_overtaken(name))) continue;
      }
      ++month_.withheld;
    }
    return {};
  }

  /// Whether a file of ours says that another one of ours had to go.
  Result<bool> is_overtaken(const Name& name) {
    if (name.tombstone) return false;
    const std::string& version = name.edit.empty() ? name.target : name.edit;
    for (const index::ObjectRow& row : CAMP_TRY(ours_.index().versions(repository_, name.target))) {
      if (row.id == version && row.branch == month_.branch) return is_overtaken(row);
    }
    return false;
  }

  Result<bool> is_overtaken(const index::ObjectRow& row) {
    return ours_.index().is_overtaken(repository_, row.target, row.id, row.author);
  }

  /// Of two files for one place (they differ in their proof alone) the lower digest stays.
  Result<void> settle_doubles(git::Difference& difference) {
    std::map<std::string_view, const git::Oid*> ours;
    for (const git::Entry& entry : difference.removed) ours[entry.path] = &entry.blob;
    std::vector<git::Entry> wanted;
    for (git::Entry& entry : difference.added) {
      const auto double_of = ours.find(entry.path);
      if (double_of != ours.end()) {
        const git::Repository& shown = quarantine_.repository();
        const auto theirs = shown.read_blob(entry.blob, store::kMaxObjectFile);
        const auto held = shown.read_blob(*double_of->second, store::kMaxObjectFile);
        if (!theirs || (held && crypto::sha256(*held) <= crypto::sha256(*theirs))) continue;
      }
      wanted.push_back(std::move(entry));
    }
    difference.added = std::move(wanted);
    return {};
  }

  void reject(const std::string& path, std::string reason) {
    if (month_.rejected.size() == kMaxRejected) return;
    // The path stands in the record already.
    const std::string where = repository_ + " " + month_.branch + ":" + path + " ";
    if (reason.starts_with(where)) reason = "it " + reason.substr(where.size());
    month_.rejected.push_back(
        {repository_, month_.branch + ":" + for_terminal_line(path), std::move(reason)});
  }

  Result<void> check(const std::vector<git::Entry>& added) {
    const store::Acceptance acceptance = CAMP_TRY(store::read_acceptance(ours_, repository_));
    const store::RowReader::Refused refused = [&](const store::Found& found, const Error& error) {
      reject(found.path, error.message);
    };
    const store::RowReader reader(ours_.index(), quarantine_.repository(), repository_, acceptance,
                                  refused);
    for (std::size_t from = 0; from < added.size();) {
      store::RowReader::Batch batch = CAMP_TRY(reader.begin(month_.branch, added, from));
      while (!batch.finished()) {
        CAMP_TRY(reader.decode(batch));
        index::Changes rows;
        reader.take(batch, rows);
        CAMP_TRY(judge(rows));
      }
    }
    return {};
  }

  Result<void> judge(const index::Changes& rows) {
    std::vector<std::pair<std::string, index::Index::Remembered>> verdicts;
    const auto accept = [&](const std::string& path, const std::string& blob,
                            index::Verdict verdict, const std::string& key) {
      accepted_.push_back({path, blob});
      verdicts.emplace_back(blob, index::Index::Remembered{verdict, key});
    };
    for (const index::ObjectRow& row : rows.objects) {
      if (const auto fault = fault_of(row.verdict, row.author, row.key)) {
        reject(row.path, *fault);
      } else if (!CAMP_TRY(is_overtaken(row))) {
        accept(row.path, row.blob, row.verdict, row.key);
      }
    }
    for (const index::TombstoneRow& row : rows.tombstones) {
      const auto fault = row.verdict == index::Verdict::none
                             ? std::optional<std::string>("it carries no signature")
                             : fault_of(row.verdict, row.by, row.key);
      if (fault) {
        reject(row.path, *fault);
      } else {
        accept(row.path, row.blob, row.verdict, row.key);
      }
    }
    return ours_.index().remember(verdicts);
  }

  std::optional<std::string> fault_of(index::Verdict verdict, const std::string& author,
                                      const std::string& key) {
    if (verdict == index::Verdict::invalid) return "its signature does not hold";
    if (verdict == index::Verdict::none) {
      // A letter; decode and place have seen to it that only a letter is unsigned.
      return signers_.knows(author) ? std::nullopt
                                    : std::optional<std::string>("its author is no member");
    }
    if (!signers_.knows(author)) return "its author is no member";
    if (!signers_.knows(author, key)) return "its signature is not its author's";
    return std::nullopt;
  }

  const store::Community& ours_;
  git::Quarantine& quarantine_;
  std::string repository_;
  Signers& signers_;
  CheckedMonth month_;
  std::vector<git::Entry> accepted_;
};

}  // namespace

bool Signers::is_admitted(const OwnerId& owner) {
  if (owner == community_.id()) return true;
  if (!members_) {
    // Without a list that holds, nobody is.
    auto state = community_.state();
    members_ = state ? std::move(state->members) : std::map<OwnerId, model::MemberState>();
  }
  return members_->contains(owner);
}

const std::optional<model::KeyState>& Signers::keys_of(const std::string& owner) {
  const auto known = states_.find(owner);
  if (known != states_.end()) return known->second;
  std::optional<model::KeyState> state;
  if (const auto id = OwnerId::parse(owner); id && is_admitted(*id)) {
    if (auto keys = community_.keys_of(*id)) state = *std::move(keys);
  }
  return states_.emplace(owner, std::move(state)).first->second;
}

bool Signers::knows(const std::string& owner) { return keys_of(owner).has_value(); }

bool Signers::knows(const std::string& owner, const std::string& did_key) {
  const auto& keys = keys_of(owner);
  const auto key = crypto::from_did_key(did_key);
  return keys && key && keys->standing(*key) != model::Standing::unknown;
}

Result<git::Difference> compare_branch(const store::Community& ours,
                                       const git::Quarantine& quarantine,
                                       std::string_view repository, std::string_view branch,
                                       const git::Oid& theirs, bool seen) {
  const git::Repository own = CAMP_TRY(ours.repository(repository));
  const git::Oid before = CAMP_TRY(own.tip(branch)).value_or(git::Oid());
  // The papers of two members may be alike, and there are few of them.
  git::WalkLimits limits = branch == "main" ? kPapersLimits : limits_for(quarantine);
  limits.absent_is_known = seen;
  auto difference = quarantine.repository().difference(before, theirs, limits);
  if (difference || difference.error().kind == Kind::failed) return difference;
  return fail(Kind::refused,
              "the other side's " + std::string(branch) +
                  " is not one that camp makes: " + difference.error().message,
              "nothing was taken from it");
}

Result<CheckedMonth> check_month(const store::Community& ours, git::Quarantine& quarantine,
                                 std::string_view repository, std::string_view branch,
                                 git::Difference difference, Signers& signers) {
  return MonthCheck(ours, quarantine, repository, branch, signers).run(std::move(difference));
}

}  // namespace camp::fed
