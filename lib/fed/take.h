// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fed/papers.h"
#include "git/quarantine.h"
#include "store/community.h"

namespace camp::fed {

/// One month of another side, looked at: a commit in the quarantine that holds the files of ours
/// and those of theirs that may stand there.
struct CheckedMonth {
  std::string branch;
  git::Oid before;           ///< our tip; empty if we had none
  git::Oid commit;           ///< to be ours from now on; empty if nothing is new
  std::size_t objects = 0;   ///< files that come
  std::size_t withheld = 0;  ///< files of ours that they do not have, and nothing says why
  std::vector<Rejected> rejected;
};

/// Who may have signed what stands in a tree, by the logs that we hold: the community, and whom its
/// log admitted, also if it removed them since. Anybody can make a key log of their own, so to have
/// one says nothing. Reads each log once.
class Signers {
 public:
  explicit Signers(const store::Community& community) : community_(community) {}

  /// Whether a key is, or was, one of the owner's; a revoked one too, for what it signed is shown
  /// as disowned, whichever came first.
  bool knows(const std::string& owner, const std::string& did_key);
  /// Whether this is a member, or the community.
  bool knows(const std::string& owner);

 private:
  bool is_admitted(const OwnerId& owner);
  const std::optional<model::KeyState>& keys_of(const std::string& owner);

  const store::Community& community_;
  std::optional<std::map<OwnerId, model::MemberState>> members_;
  std::map<std::string, std::optional<model::KeyState>> states_;
};

/// How the other side's branch differs from ours, by the trees alone. When it knew what we have
/// `seen` of it, what it did not send is nothing new, even where we did not keep it all (it was
/// deleted since, or left out). Kind::refused when theirs is not a branch that camp makes: then
/// nothing at all is to be taken from them.
Result<git::Difference> compare_branch(const store::Community& ours,
                                       const git::Quarantine& quarantine,
                                       std::string_view repository, std::string_view branch,
                                       const git::Oid& theirs, bool seen);

/// Checks every new file of a month: its size, form, id, proof and author, and that it stands where
/// its content says. What a tombstone of ours names, or a newer version of ours has overtaken, is
/// passed over. Proofs that hold are remembered in the index,
/// so that taking the month in does not check them again. Needs no lock; writes nothing else of
/// ours.
Result<CheckedMonth> check_month(const store::Community& ours, git::Quarantine& quarantine,
                                 std::string_view repository, std::string_view branch,
                                 git::Difference difference, Signers& signers);

}  // namespace camp::fed
