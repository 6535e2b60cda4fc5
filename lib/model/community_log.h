// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "model/key_log.h"

namespace camp::model {

// The community log: who belongs to a community, under which handle and in which role, and what its
// admins decided. One chain of lines, each the canonical JSON of an entry signed with the
// community's key and naming the hash of the line before it; written by the origin alone.
//
// An entry counts when a signing key that the community has, or had and did not revoke, signed it.
// An entry by a revoked key counts when a later one by such a key stands on it: so a community that
// lost its key keeps its history with the first entry that it writes with the new one.

constexpr std::size_t kMaxEntryBytes = 8 << 10;
constexpr std::size_t kMaxCommunityLogBytes = 64 << 20;

/// A member as the log leaves them.
struct MemberState {
  std::string handle = {};
  std::string name = {};
  std::string role = "member";   ///< "member", "moderator", "admin"
  std::string state = "active";  ///< "active", "suspended", "removed"
  std::int64_t joined_ms = 0;    ///< informative: the entry's own time

  bool operator==(const MemberState&) const = default;
};

/// What the log says after its last entry.
struct CommunityState {
  OwnerId community;
  std::uint64_t entries = 0;
  std::string head;  ///< lower-case hex SHA-256 of the last line; empty for an empty log
  std::string name;
  std::string rules;
  std::map<OwnerId, MemberState> members;     ///< removed ones too
  std::map<std::string, std::string> hidden;  ///< full object id -> reason; the removed ones too
  std::set<std::string> removed_objects;      ///< full ids; these are never shown again
  /// People elsewhere and whole hosts with whom the community has nothing to do -> reason. As
  /// private lists name them: acct:user@host, an actor's URL, https://host/.
  std::map<std::string, std::string> blocked;

  /// The member who has a handle now; null if there is none. Removed members have no handle.
  const OwnerId* by_handle(std::string_view handle) const;

  bool operator==(const CommunityState&) const = default;
};

/// One decision. Which members count depends on `kind`:
/// join {member, handle, name?}, handle {member, handle}, role {member, role}, suspend and remove
/// {member, reason?}, restore {member}, rules {text}, name {name}, hide, unhide and remove-object
/// {object, reason?}, block and unblock {about, reason?}. Entries of other kinds are kept in the
/// chain and mean nothing to this camp.
struct LogEntry {
  std::string kind = {};
  OwnerId member = {};
  std::string handle = {};
  std::string name = {};
  std::string role = {};
  std::string reason = {};
  std::string text = {};
  std::string object = {};  ///< full id, camp:<member-id>/<object-id>
  std::string about = {};   ///< acct:user@host, an actor's URL, https://host/
};

/// An entry with its place in the log.
struct PastEntry {
  std::uint64_t seq = 0;
  std::int64_t time_ms = 0;  ///< informative
  LogEntry entry = {};
};

/// Checks a whole log: its chain, its rules and its proofs by the community's signing keys. An
/// error names the entry (counted from 0) and the reason.
Result<CommunityState> verify_community_log(std::string_view log, const KeyState& community);

/// Checks lines that follow a verified state (a default one stands for an empty log).
Result<CommunityState> verify_community_log_from(const CommunityState& state, std::string_view tail,
                                                 const KeyState& community);

/// `log` with one more entry, signed by one of the community's signing keys; it has passed
/// verify_community_log().
Result<std::string> append_entry(std::string_view log, const LogEntry& entry,
                                 const KeyState& community, const crypto::SecretKey& key,
                                 std::int64_t time_ms);

/// The next line alone (with its newline), for a caller who keeps the state: `state` is not checked
/// again.
Result<std::string> next_entry(const CommunityState& state, const LogEntry& entry,
                               const KeyState& community, const crypto::SecretKey& key,
                               std::int64_t time_ms);

/// What a log says, line by line, without checking proofs or rules: for showing a log that was
/// verified. Entries of unknown kinds have a kind and nothing else.
Result<std::vector<PastEntry>> read_entries(std::string_view log);

/// What an offered log does to the one that we hold, as for key logs.
struct CommunityExtension {
  Extension::Outcome outcome = Extension::Outcome::unchanged;
  std::string log;
  CommunityState state;
  std::string problem;
  std::string held_successor, offered_successor;
};

/// Takes the longest valid extension of `held`, whose verified state is `state`. Only what is new
/// is verified. Two different valid successors freeze the log at the last common entry.
Result<CommunityExtension> extend_community_log(std::string_view held, const CommunityState& state,
                                                std::string_view offered,
                                                const KeyState& community);

/// What a line that admitted somebody says, for readers who do not have the log around it: its
/// proof by one of the community's keys is checked, its place in the chain cannot be.
Result<PastEntry> read_admission(std::string_view line, const KeyState& community);

/// The newest line that admitted a member, without its newline; empty if there is none.
std::string admission_line(std::string_view log, const OwnerId& member);

}  // namespace camp::model
