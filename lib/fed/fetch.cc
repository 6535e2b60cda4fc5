// SPDX-License-Identifier: MIT
#include "fed/fetch.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "fed/take.h"
#include "git/quarantine.h"
#include "store/catch_up.h"
#include "store/writer.h"

namespace camp::fed {
namespace {

constexpr std::string_view kMain = "main";
constexpr std::string_view kQuarantine = "state/quarantine";
/// The tips of the other side that we have taken: what it may call our haves, and what is no news.
constexpr std::string_view kSeenMark = "@seen/";
/// The branches from which something was left out, one a line, below "papers <our own tip>".
constexpr std::string_view kLeftOutMark = "@left-out/";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Exactly e/YYYY-MM. Other branches are nobody's.
bool is_proper_month(std::string_view name) {
  if (name.size() != 9 || !name.starts_with("e/") || name[6] != '-') return false;
  for (const std::size_t i : {2u, 3u, 4u, 5u, 7u, 8u}) {
    if (!is_digit(name[i])) return false;
  }
  const std::string_view month = name.substr(7);
  return month >= "01" && month <= "12";
}

using Tips = std::map<std::string, git::Oid, std::less<>>;

/// Calls back with the two words of each line of a mark.
void for_each_line(std::string_view text,
                   const std::function<void(const std::array<std::string, 2>&)>& act) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::size_t space = std::min(text.find(' ', at), end);
    act({std::string(text.substr(at, space - at)),
         std::string(text.substr(std::min(space + 1, end), end - std::min(space + 1, end)))});
    at = end + 1;
  }
}

/// What we remember of the other side's repository, in marks of the index: without them the next
/// fetch brings more than it needs, and nothing else.
struct Memory {
  Tips seen;
  std::set<std::string> left_out;  ///< branches from which something was left out
  git::Oid papers;                 ///< our own papers when it was
};

Result<Memory> read_memory(const store::Community& ours, const std::string& repository) {
  Memory memory;
  for_each_line(CAMP_TRY(ours.index().mark(std::string(kSeenMark) + repository)),
                [&](const auto& words) { memory.seen[words[0]] = words[1]; });
  for_each_line(CAMP_TRY(ours.index().mark(std::string(kLeftOutMark) + repository)),
                [&](const auto& words) {
                  if (words[0] == "papers") {
                    memory.papers = words[1];
                  } else {
                    memory.left_out.insert(words[0]);
                  }
                });
  return memory;
}

Result<void> write_memory(store::Community& ours, const std::string& repository,
                          const Memory& memory) {
  std::string seen, left_out;
  for (const auto& [branch, tip] : memory.seen) seen += branch + " " + tip + "\n";
  for (const std::string& branch : memory.left_out) left_out += branch + "\n";
  if (!left_out.empty()) left_out = "papers " + memory.papers + "\n" + left_out;
  CAMP_TRY(ours.index().set_mark(std::string(kSeenMark) + repository, seen));
  return ours.index().set_mark(std::string(kLeftOutMark) + repository, left_out);
}

/// Where our own papers stand: what was left out may be right by newer ones.
Result<git::Oid> papers_tip(const store::Community& ours) {
  const git::Repository papers =
      CAMP_TRY(ours.repository(ours.settings().mirror ? store::kPublic : store::kLocal));
  return CAMP_TRY(papers.tip(kMain)).value_or(git::Oid());
}

std::string quarantine_path(const Directory& root, std::string_view repository) {
  std::string name(repository);
  std::replace(name.begin(), name.end(), '/', '-');
  return root.path() + "/" + std::string(kQuarantine) + "/" + name + ".git";
}

/// The keys by the logs that we hold now.
Authority authority_of(const store::Community& ours) {
  return [&ours](const OwnerId& owner) -> std::optional<model::KeyState> {
    auto keys = ours.keys_of(owner);
    return keys ? std::optional(*std::move(keys)) : std::nullopt;
  };
}

class Fetch {
 public:
  Fetch(store::Community& ours, std::string_view repository)
      : ours_(ours), repository_(repository) {}

  Result<Fetched> run(Origin& from, Part part) {
    memory_ = CAMP_TRY(read_memory(ours_, repository_));
    CAMP_TRY(give_another_chance());
    git::UploadPack other = CAMP_TRY(from.upload_pack(repository_, {}));
    const Tips news = news_of(other.branches(), memory_.seen, part);
    if (news.empty()) {
      CAMP_TRY(other.leave());
      return std::move(fetched_);
    }
    CAMP_TRY(make_repository());
    CAMP_TRY(receive(other, news, Haves::seen));
    if (!CAMP_TRY(have_all(news))) {
      // A branch went back to what we saw and did not keep: once more, as if we had seen nothing.
      for (const auto& [branch, tip] : news) memory_.seen.erase(branch);
      git::UploadPack again = CAMP_TRY(from.upload_pack(repository_, {}));
      CAMP_TRY(receive(again, news, Haves::none));
    }
    std::map<std::string, git::Difference> differences = CAMP_TRY(compare(news));
    if (auto papers = differences.extract(std::string(kMain))) {
      CAMP_TRY(take_papers(papers.mapped()));
    }
    CAMP_TRY(take_months(std::move(differences)));
    for (const auto& [branch, tip] : news) memory_.seen[branch] = tip;
    memory_.papers = CAMP_TRY(papers_tip(ours_));
    CAMP_TRY(write_memory(ours_, repository_, memory_));
    return std::move(fetched_);
  }

 private:
  static Tips news_of(const std::vector<git::Branch>& branches, const Tips& seen, Part part) {
    Tips news;
    for (const git::Branch& branch : branches) {
      const bool wanted =
          branch.name == kMain || (part == Part::all && is_proper_month(branch.name));
      const auto before = seen.find(branch.name);
      if (wanted && (before == seen.end() || before->second != branch.tip)) {
        news[branch.name] = branch.tip;
      }
    }
    return news;
  }

  Result<void> make_repository() {
    if (ours_.directory().exists(repository_ + ".git")) return {};
    auto writer = CAMP_TRY(ours_.write());
    if (ours_.directory().exists(repository_ + ".git")) return {};
    return writer.create_repository(repository_);
  }

  /// What is left out is not sent again. With newer papers an author may be known who was not: then
  /// the branches from which something was left out are asked for as if they had never been seen.
  Result<void> give_another_chance() {
    if (memory_.left_out.empty() || memory_.papers == CAMP_TRY(papers_tip(ours_))) return {};
    for (const std::string& branch : std::exchange(memory_.left_out, {})) {
      memory_.seen.erase(branch);
    }
    return {};
  }

  /// All branches by their trees, before anything is taken.
  Result<std::map<std::string, git::Difference>> compare(const Tips& news) const {
    std::map<std::string, git::Difference> differences;
    for (const auto& [branch, tip] : news) {
      differences[branch] = CAMP_TRY(compare_branch(ours_, *quarantine_, repository_, branch, tip,
                                                    memory_.seen.contains(branch)));
    }
    return differences;
  }

  Result<bool> have_all(const Tips& news) const {
    for (const auto& [branch, tip] : news) {
      if (!CAMP_TRY(quarantine_->repository().has_object(tip))) return false;
    }
    return true;
  }

  enum class Haves { none, seen };
  Result<void> receive(git::UploadPack& other, const Tips& news, Haves offered) {
    const git::Repository own = CAMP_TRY(ours_.repository(repository_));
    CAMP_TRY(ours_.directory().create(kQuarantine));
    quarantine_.reset();  // it removes the directory that the next one makes
    quarantine_.emplace(
        CAMP_TRY(git::Quarantine::create(quarantine_path(ours_.directory(), repository_), own)));
    std::vector<git::Oid> wants, haves;
    for (const auto& [branch, tip] : news) {
      wants.push_back(tip);
      if (offered == Haves::none) continue;
      if (const auto before = memory_.seen.find(branch); before != memory_.seen.end()) {
        haves.push_back(before->second);
      }
      // What a squash makes of our files: the other side knows it if it has squashed them too.
      if (const auto held = CAMP_TRY(own.tip(branch))) {
        haves.push_back(CAMP_TRY(quarantine_->graft(branch, *held, {})));
      }
    }
    std::sort(wants.begin(), wants.end());
    wants.erase(std::unique(wants.begin(), wants.end()), wants.end());
    std::sort(haves.begin(), haves.end());
    haves.erase(std::unique(haves.begin(), haves.end()), haves.end());
    return quarantine_->fetch(other, wants, haves);
  }

  Result<void> take_papers(const git::Difference& difference) {
    auto writer = CAMP_TRY(ours_.write());
    git::Repository* own = CAMP_TRY(writer.open_repository(repository_));
    const OwnFile own_file = [&](const std::string& path) -> Result<std::string> {
      return CAMP_TRY(own->read_file(kMain, path)).value_or(std::string());
    };
    PapersMerge merge = CAMP_TRY(merge_papers(ours_.id(), quarantine_->repository(), difference,
                                              repository_, own_file, authority_of(ours_)));
    if (!merge.rejected.empty()) memory_.left_out.insert(std::string(kMain));
    fetched_.other_is_behind = fetched_.other_is_behind || merge.other_is_behind;
    move_in(std::move(merge.rejected));
    if (merge.files.empty()) return {};
    git::Change change{
        .files = std::move(merge.files), .message = "sync", .time = ours_.env().now_ms() / 1000};
    CAMP_TRY(own->commit(kMain, change));
    return catch_up(ours_);
  }

  Result<void> take_months(std::map<std::string, git::Difference> differences) {
    Signers signers(ours_);
    std::vector<CheckedMonth> months;
    for (auto& [branch, difference] : differences) {
      CheckedMonth month = CAMP_TRY(
          check_month(ours_, *quarantine_, repository_, branch, std::move(difference), signers));
      fetched_.withheld += month.withheld;
      if (!month.rejected.empty()) memory_.left_out.insert(branch);
      move_in(std::move(month.rejected));
      if (!month.commit.empty()) months.push_back(std::move(month));
    }
    return months.empty() ? Result<void>() : take_over(months);
  }

  Result<void> take_over(const std::vector<CheckedMonth>& months) {
    auto writer = CAMP_TRY(ours_.write());
    git::Repository* own = CAMP_TRY(writer.open_repository(repository_));
    std::vector<git::Oid> first, later;
    for (const CheckedMonth& month : months) {
      if (CAMP_TRY(own->tip(month.branch)).value_or(git::Oid()) != month.before) {
        return fail(Kind::busy, "another program has changed " + repository_ + " meanwhile",
                    "sync again");
      }
      (month.before.empty() ? first : later).push_back(month.commit);
    }
    CAMP_TRY(quarantine_->adopt(*own, first, git::Quarantine::Adopt::commits));
    CAMP_TRY(quarantine_->adopt(*own, later, git::Quarantine::Adopt::files));
    for (const CheckedMonth& month : months) {
      const git::Oid tree = CAMP_TRY(quarantine_->repository().tree_of(month.commit));
      if (month.before.empty()) {
        CAMP_TRY(own->squash(month.branch, {}, tree));
      } else {
        CAMP_TRY(
            own->advance(month.branch, month.before, tree, "sync", ours_.env().now_ms() / 1000));
      }
      fetched_.objects += month.objects;
    }
    return catch_up(ours_);
  }

  void move_in(std::vector<Rejected> rejected) {
    std::move(rejected.begin(), rejected.end(), std::back_inserter(fetched_.rejected));
  }

  store::Community& ours_;
  std::string repository_;
  Memory memory_;
  std::optional<git::Quarantine> quarantine_;
  Fetched fetched_;
};

}  // namespace

Result<Fetched> fetch_repository(store::Community& ours, Origin& from, std::string_view repository,
                                 Part part) {
  return Fetch(ours, repository).run(from, part);
}

Result<void> clear_quarantine(const store::Community& ours) {
  const Directory& root = ours.directory();
  return root.exists(kQuarantine) ? root.remove_tree(kQuarantine) : Result<void>();
}

Result<OwnerId> fetch_first_papers(const Directory& root, Origin& from,
                                   std::string_view repository) {
  git::UploadPack other = CAMP_TRY(from.upload_pack(repository, {}));
  const auto& branches = other.branches();
  const auto main = std::find_if(branches.begin(), branches.end(),
                                 [](const git::Branch& branch) { return branch.name == kMain; });
  if (main == branches.end()) {
    return fail(Kind::network, "there is no community at that address", "look at the address");
  }
  const git::Oid tip = main->tip;
  git::Repository own =
      CAMP_TRY(git::Repository::create(root.path() + "/" + std::string(repository) + ".git"));
  CAMP_TRY(root.create(kQuarantine));
  git::Quarantine quarantine =
      CAMP_TRY(git::Quarantine::create(quarantine_path(root, repository), own));
  CAMP_TRY(quarantine.fetch(other, {tip}, {}));
  OwnerId community;
  CAMP_TRY(quarantine.repository().for_each_file(
      tip, store::kCommunityKeys, [&](const git::Entry& entry) -> Result<bool> {
        const std::string log =
            CAMP_TRY(quarantine.repository().read_blob(entry.blob, model::kMaxKeyLogBytes));
        community = CAMP_TRY(model::verify_key_log(log)).owner;
        return true;
      }));
  if (community.empty()) {
    return fail(Kind::network, "there is no community at that address", "look at the address");
  }
  const OwnFile nothing = [](const std::string&) -> Result<std::string> { return std::string(); };
  const Authority nobody = [](const OwnerId&) { return std::optional<model::KeyState>(); };
  const git::Difference difference = CAMP_TRY(quarantine.repository().difference("", tip));
  PapersMerge merge = CAMP_TRY(
      merge_papers(community, quarantine.repository(), difference, repository, nothing, nobody));
  if (!merge.rejected.empty()) {
    const Rejected& first = merge.rejected.front();
    return fail(Kind::refused,
                "the papers of that community do not hold: " + first.object + ": " + first.reason,
                "ask its admin to run 'camp fsck'");
  }
  CAMP_TRY(own.commit(kMain, {.files = std::move(merge.files), .message = "clone", .time = 0}));
  return community;
}

}  // namespace camp::fed
