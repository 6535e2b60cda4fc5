// SPDX-License-Identifier: MIT
#include "model/community_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/json.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "crypto/proof.h"
#include "model/handle.h"

namespace camp::model {
namespace {

constexpr JsonLimits kEntryLimits{
    .bytes = kMaxEntryBytes, .depth = 8, .nodes = 1000, .string_bytes = kMaxEntryBytes};
constexpr std::size_t kMaxName = 200;
constexpr std::size_t kMaxAbout = 2048;

tl::unexpected<Error> refused(std::string reason) { return fail(Kind::refused, std::move(reason)); }

auto wrong(std::string_view name) {
  return refused(fmt::format("the member \"{}\" is missing or malformed", name));
}

Result<std::string> text_member(const Json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_string()) return wrong(name);
  return member->get<std::string>();
}

Result<std::string> optional_text(const Json& object, const char* name) {
  if (!object.contains(name)) return std::string();
  return text_member(object, name);
}

// --- form -----------------------------------------------------------------------------------

// Part of the format, so fixed for good: a word that a later camp reserves must not break the log
// of a community in which it is somebody's handle. parse_handle() may refuse more of them to
// newcomers.
constexpr std::array<std::string_view, 11> kNeverHandles = {
    "all",   "camp",    "direct",       "everyone", "followers", "here",
    "local", "mutuals", "neighborhood", "public",   "unlisted"};

bool is_handle(const std::string& text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && text.size() <= 30 && std::all_of(text.begin(), text.end(), allowed) &&
         std::find(kNeverHandles.begin(), kNeverHandles.end(), text) == kNeverHandles.end();
}

bool is_role(const std::string& text) {
  return text == "member" || text == "moderator" || text == "admin";
}

// Somebody elsewhere, or a whole host.
bool is_elsewhere(std::string_view text) {
  const bool known = text.starts_with("acct:") || text.starts_with("https://") ||
                     text.starts_with("http://");  // of tests on one machine
  return known && text.size() <= kMaxAbout && std::none_of(text.begin(), text.end(), [](char c) {
           return (c >= '\0' && c <= ' ') || c == '\x7f';
         });
}

// Which members a kind has. `reason` and a newcomer's `name` may be absent, the rest may not.
struct Shape {
  std::string_view kind;
  bool member = false, handle = false, name = false, role = false, reason = false, text = false,
       object = false, about = false;
};

constexpr std::array<Shape, 13> kShapes{{
    {.kind = "join", .member = true, .handle = true, .name = true},
    {.kind = "handle", .member = true, .handle = true},
    {.kind = "role", .member = true, .role = true},
    {.kind = "suspend", .member = true, .reason = true},
    {.kind = "restore", .member = true},
    {.kind = "remove", .member = true, .reason = true},
    {.kind = "rules", .text = true},
    {.kind = "name", .name = true},
    {.kind = "hide", .reason = true, .object = true},
    {.kind = "unhide", .reason = true, .object = true},
    {.kind = "remove-object", .reason = true, .object = true},
    {.kind = "block", .reason = true, .about = true},
    {.kind = "unblock", .reason = true, .about = true},
}};

const Shape* shape_of(std::string_view kind) {
  const auto found = std::find_if(kShapes.begin(), kShapes.end(),
                                  [&](const Shape& shape) { return shape.kind == kind; });
  return found == kShapes.end() ? nullptr : &*found;
}

Result<void> check_entry(const LogEntry& entry, const Shape& shape) {
  if (shape.handle && !is_handle(entry.handle)) return wrong("handle");
  if (shape.role && !is_role(entry.role)) return wrong("role");
  if (shape.object && !FullId::parse(entry.object)) return wrong("object");
  if (shape.about && !is_elsewhere(entry.about)) return wrong("about");
  if (entry.name.size() > kMaxName) return wrong("name");
  if (entry.kind == "name" && entry.name.empty()) return wrong("name");
  return {};
}

Result<LogEntry> decode_entry(const Json& document) {
  LogEntry entry{.kind = CAMP_TRY(text_member(document, "kind"))};
  const Shape* const shape = shape_of(entry.kind);
  if (shape == nullptr) return entry;
  if (shape->member) {
    entry.member = CAMP_TRY(OwnerId::parse(CAMP_TRY(text_member(document, "member"))));
  }
  if (shape->handle) entry.handle = CAMP_TRY(text_member(document, "handle"));
  if (shape->name) entry.name = CAMP_TRY(optional_text(document, "name"));
  if (shape->role) entry.role = CAMP_TRY(text_member(document, "role"));
  if (shape->reason) entry.reason = CAMP_TRY(optional_text(document, "reason"));
  if (shape->text) entry.text = CAMP_TRY(text_member(document, "text"));
  if (shape->object) entry.object = CAMP_TRY(text_member(document, "object"));
  if (shape->about) entry.about = CAMP_TRY(text_member(document, "about"));
  CAMP_TRY(check_entry(entry, *shape));
  return entry;
}

Json encode_entry(const LogEntry& entry, const Shape& shape) {
  Json document{{"kind", entry.kind}};
  if (shape.member) document["member"] = entry.member.text();
  if (shape.handle) document["handle"] = entry.handle;
  if (shape.name && !entry.name.empty()) document["name"] = entry.name;
  if (shape.role) document["role"] = entry.role;
  if (shape.reason && !entry.reason.empty()) document["reason"] = entry.reason;
  if (shape.text) document["text"] = entry.text;
  if (shape.object) document["object"] = entry.object;
  if (shape.about) document["about"] = entry.about;
  return document;
}

// --- rules ----------------------------------------------------------------------------------

Result<MemberState*> current_member(CommunityState& state, const OwnerId& id) {
  const auto found = state.members.find(id);
  if (found == state.members.end() || found->second.state == "removed") {
    return refused(id.text() + " is no member");
  }
  return &found->second;
}

Result<void> require_free_handle(const CommunityState& state, const LogEntry& entry) {
  const OwnerId* const holder = state.by_handle(entry.handle);
  if (holder == nullptr || *holder == entry.member) return {};
  return refused("the handle @" + entry.handle + " is another member's");
}

// Somebody must be able to act for the community.
Result<void> require_other_admin(const CommunityState& state, const MemberState& leaving) {
  if (leaving.role != "admin" || leaving.state != "active") return {};
  const auto active_admins =
      std::count_if(state.members.begin(), state.members.end(), [](const auto& entry) {
        return entry.second.role == "admin" && entry.second.state == "active";
      });
  if (active_admins > 1) return {};
  return refused("the last admin cannot be removed, suspended or made something else");
}

Result<void> join(CommunityState& state, const LogEntry& entry, std::int64_t time_ms) {
  const auto found = state.members.find(entry.member);
  if (found != state.members.end() && found->second.state != "removed") {
    return refused(entry.member.text() + " is a member already");
  }
  CAMP_TRY(require_free_handle(state, entry));
  state.members[entry.member] = MemberState{.handle = entry.handle,
                                            .name = entry.name,
                                            .role = "member",
                                            .state = "active",
                                            .joined_ms = time_ms};
  return {};
}

Result<void> change_member(CommunityState& state, const LogEntry& entry) {
  MemberState* const member = CAMP_TRY(current_member(state, entry.member));
  if (entry.kind == "handle") {
    CAMP_TRY(require_free_handle(state, entry));
    member->handle = entry.handle;
  } else if (entry.kind == "role") {
    if (entry.role != "admin") CAMP_TRY(require_other_admin(state, *member));
    member->role = entry.role;
  } else if (entry.kind == "restore") {
    if (member->state != "suspended") return refused("only a suspended member can be restored");
    member->state = "active";
  } else if (entry.kind == "suspend") {
    if (member->state != "active") return refused("the member is suspended already");
    CAMP_TRY(require_other_admin(state, *member));
    member->state = "suspended";
  } else {
    CAMP_TRY(require_other_admin(state, *member));
    member->state = "removed";
  }
  return {};
}

Result<void> act(CommunityState& state, const LogEntry& entry, std::int64_t time_ms) {
  const Shape* const shape = shape_of(entry.kind);
  if (shape == nullptr) return {};
  if (entry.kind == "join") return join(state, entry, time_ms);
  if (shape->member) return change_member(state, entry);
  if (entry.kind == "rules") state.rules = entry.text;
  if (entry.kind == "name") state.name = entry.name;
  if (entry.kind == "block") state.blocked[entry.about] = entry.reason;
  if (entry.kind == "unblock") state.blocked.erase(entry.about);
  if (entry.kind == "remove-object") state.removed_objects.insert(entry.object);
  if (entry.kind == "hide" || entry.kind == "remove-object") {
    state.hidden[entry.object] = entry.reason;
  }
  if (entry.kind == "unhide") {
    if (state.removed_objects.contains(entry.object)) return refused("the object was removed");
    state.hidden.erase(entry.object);
  }
  return {};
}

// --- chain ----------------------------------------------------------------------------------

Result<void> check_frame(const Json& document, const CommunityState& state) {
  if (!document.is_object()) return refused("an entry that is not a JSON object");
  if (CAMP_TRY(text_member(document, "type")) != "LogEntry") return wrong("type");
  if (!document.contains("v") || document["v"] != 1U) {
    return fail(Kind::refused, "an entry of another version", "a newer camp may read it");
  }
  // A proof does not cover these, so anybody could change the line's hash through them.
  if (document.contains("@context")) return refused("an entry has no member \"@context\"");
  if (document.contains("signature")) return refused("an entry has no member \"signature\"");
  if (CAMP_TRY(text_member(document, "community")) != state.community.text()) {
    return refused("an entry of another community");
  }
  const auto seq = document.find("seq");
  if (seq == document.end() || !seq->is_number_unsigned() || *seq != state.entries) {
    return refused("the sequence number is wrong");
  }
  const auto prev = document.find("prev");
  const Json expected = state.entries == 0 ? Json(nullptr) : Json(state.head);
  if (prev == document.end() || *prev != expected) {
    return refused("it does not follow the entry before it");
  }
  return {};
}

enum class Proofs { check, trust };

// The next line of a text, without its newline.
Result<std::string_view> next_line(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return refused("the last line is not ended");
  if (end > kMaxEntryBytes) return refused("longer than 8 KiB");
  return text.substr(0, end);
}

Result<Standing> check_proof(const Json& document, const KeyState& keys) {
  if (!document.contains("proof")) return refused("no proof");
  const crypto::PublicKey key = CAMP_TRY(crypto::proof_key(document["proof"]));
  const Standing standing = keys.standing(key);
  if (standing == Standing::unknown) return refused("signed by a key that is not the community's");
  CAMP_TRY(crypto::verify_proof(document, key));
  return standing;
}

struct Taken {
  std::size_t bytes = 0;  ///< with the newline
  Standing standing = Standing::counts;
};

// Adds the first entry of `text` to the state, or fails and leaves the state as it was.
Result<Taken> take_entry(CommunityState& state, std::string_view text, const KeyState& keys,
                         Proofs proofs) {
  const std::string_view line = CAMP_TRY(next_line(text));
  const Json document = CAMP_TRY(parse_json(line, "entry", kEntryLimits));
  CAMP_TRY(check_frame(document, state));
  CAMP_TRY(require_safe_numbers(document));
  const LogEntry entry = CAMP_TRY(decode_entry(document));
  const std::int64_t time_ms = CAMP_TRY(parse_time(CAMP_TRY(text_member(document, "time"))));
  Taken taken{.bytes = line.size() + 1, .standing = Standing::counts};
  if (proofs == Proofs::check) {
    if (CAMP_TRY(canonical_json(document)) != line) return refused("it is not in canonical form");
    taken.standing = CAMP_TRY(check_proof(document, keys));
  }
  CAMP_TRY(act(state, entry, time_ms));
  state.head = crypto::sha256_hex(line);
  ++state.entries;
  return taken;
}

// How far a text of entries is valid: `good` is the state up to the last entry that counts.
struct Walk {
  CommunityState good;
  std::size_t good_bytes = 0;
  std::optional<Error> problem;
};

Walk walk(CommunityState state, std::string_view text, const KeyState& keys, Proofs proofs) {
  std::optional<Walk> covered;  // where a run of entries by revoked keys began
  Walk result;
  std::size_t at = 0;
  while (at < text.size()) {
    if (!covered && !keys.revoked.empty()) covered = Walk{state, at, std::nullopt};
    const auto taken = take_entry(state, text.substr(at), keys, proofs);
    if (!taken) {
      result.problem = taken.error();
      result.problem->message = fmt::format("entry {}: {}", state.entries, taken.error().message);
      break;
    }
    at += taken->bytes;
    if (taken->standing == Standing::counts) covered.reset();
  }
  if (covered && covered->good_bytes < at) {
    if (!result.problem) {
      result.problem = Error{Kind::refused,
                             fmt::format("entry {}: signed by a revoked key, and nothing that "
                                         "counts stands on it",
                                         covered->good.entries),
                             {}};
    }
    covered->problem = std::move(result.problem);
    return std::move(*covered);
  }
  result.good = std::move(state);
  result.good_bytes = at;
  return result;
}

Result<CommunityState> begin(CommunityState state, const KeyState& keys) {
  if (keys.subject != Subject::community) return refused("the key log is not a community's");
  if (state.entries == 0) state.community = keys.owner;
  if (state.community != keys.owner) return refused("the key log of another community");
  return state;
}

// The length of what two logs share, in whole lines.
std::size_t common_bytes(std::string_view a, std::string_view b) {
  const auto shared = static_cast<std::size_t>(
      std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  const std::size_t newline = a.substr(0, shared).rfind('\n');
  return newline == std::string_view::npos ? 0 : newline + 1;
}

// Both logs go on after `common`, in different ways. It is a fork only if the rival's next entry
// could have stood there by itself: else anybody could freeze a community.
Result<CommunityExtension> meet_rival(CommunityExtension result, std::string_view offered,
                                      std::size_t common, const KeyState& keys) {
  const std::string_view held = result.log;
  const Walk shared = walk(CAMP_TRY(begin({}, keys)), held.substr(0, common), keys, Proofs::trust);
  if (shared.problem) return fail(Kind::damaged, "community log: " + shared.problem->message);
  CommunityState rival_state = shared.good;
  const std::string_view rival = offered.substr(common);
  const auto taken = take_entry(rival_state, rival, keys, Proofs::check);
  if (!taken || taken->standing != Standing::counts) {
    result.problem = fmt::format("entry {}: {}", shared.good.entries,
                                 taken ? "signed by a revoked key" : taken.error().message);
    return result;
  }
  return CommunityExtension{.outcome = Extension::Outcome::forked,
                            .log = std::string(held.substr(0, common)),
                            .state = shared.good,
                            .problem = fmt::format("two different entries {}", shared.good.entries),
                            .held_successor = std::string(CAMP_TRY(next_line(held.substr(common)))),
                            .offered_successor = std::string(rival.substr(0, taken->bytes - 1))};
}

}  // namespace

const OwnerId* CommunityState::by_handle(std::string_view handle) const {
  for (const auto& [id, member] : members) {
    if (member.handle == handle && member.state != "removed") return &id;
  }
  return nullptr;
}

Result<CommunityState> verify_community_log(std::string_view log, const KeyState& community) {
  return verify_community_log_from({}, log, community);
}

Result<CommunityState> verify_community_log_from(const CommunityState& state, std::string_view tail,
                                                 const KeyState& community) {
  if (tail.size() > kMaxCommunityLogBytes) return refused("a community log of more than 64 MiB");
  Walk walked = walk(CAMP_TRY(begin(state, community)), tail, community, Proofs::check);
  if (walked.problem) return fail_while("community log", *walked.problem);
  return std::move(walked.good);
}

Result<CommunityExtension> extend_community_log(std::string_view held, const CommunityState& state,
                                                std::string_view offered,
                                                const KeyState& community) {
  CommunityExtension result{.outcome = Extension::Outcome::unchanged,
                            .log = std::string(held),
                            .state = CAMP_TRY(begin(state, community)),
                            .problem = {},
                            .held_successor = {},
                            .offered_successor = {}};
  if (offered.size() > kMaxCommunityLogBytes) {
    result.problem = "a community log of more than 64 MiB";
    return result;
  }
  const std::size_t common = common_bytes(held, offered);
  if (common == offered.size()) {
    if (common < held.size()) result.outcome = Extension::Outcome::stale;
    return result;
  }
  if (common < held.size()) return meet_rival(std::move(result), offered, common, community);
  Walk walked = walk(result.state, offered.substr(common), community, Proofs::check);
  if (walked.problem) result.problem = walked.problem->message;
  if (walked.good_bytes == 0) return result;
  result.outcome = Extension::Outcome::extended;
  result.log = std::string(offered.substr(0, common + walked.good_bytes));
  result.state = std::move(walked.good);
  return result;
}

Result<std::string> next_entry(const CommunityState& state, const LogEntry& entry,
                               const KeyState& community, const crypto::SecretKey& key,
                               std::int64_t time_ms) {
  const CommunityState before = CAMP_TRY(begin(state, community));
  const Shape* const shape = shape_of(entry.kind);
  if (shape == nullptr) return fail(Kind::bug, "a log entry of the unknown kind " + entry.kind);
  if (!community.speaks(key.public_key())) {
    return refused("this key may not sign for the community");
  }
  if (shape->handle && CAMP_TRY(parse_handle(entry.handle)) != entry.handle) return wrong("handle");
  Json document = encode_entry(entry, *shape);
  document["type"] = "LogEntry";
  document["v"] = 1U;
  document["community"] = before.community.text();
  document["seq"] = before.entries;
  document["prev"] = before.entries == 0 ? Json(nullptr) : Json(before.head);
  document["time"] = format_time(time_ms);
  CAMP_TRY(crypto::add_proof(document, key, format_time(time_ms)));
  std::string line = CAMP_TRY(canonical_json(document)) + "\n";
  CAMP_TRY(verify_community_log_from(before, line, community));
  return line;
}

Result<std::string> append_entry(std::string_view log, const LogEntry& entry,
                                 const KeyState& community, const crypto::SecretKey& key,
                                 std::int64_t time_ms) {
  const CommunityState state = CAMP_TRY(verify_community_log(log, community));
  return std::string(log) + CAMP_TRY(next_entry(state, entry, community, key, time_ms));
}

Result<std::vector<PastEntry>> read_entries(std::string_view log) {
  std::vector<PastEntry> entries;
  while (!log.empty()) {
    const std::string_view line = CAMP_TRY(next_line(log));
    const Json document = CAMP_TRY(parse_json(line, "entry", kEntryLimits));
    if (!document.is_object()) return refused("an entry that is not a JSON object");
    entries.push_back({.seq = entries.size(),
                       .time_ms = CAMP_TRY(parse_time(CAMP_TRY(text_member(document, "time")))),
                       .entry = CAMP_TRY(decode_entry(document))});
    log.remove_prefix(line.size() + 1);
  }
  return entries;
}

Result<PastEntry> read_admission(std::string_view line, const KeyState& community) {
  const Json document = CAMP_TRY(parse_json(line, "entry", kEntryLimits));
  if (!document.is_object()) return refused("an entry that is not a JSON object");
  if (CAMP_TRY(text_member(document, "type")) != "LogEntry") return wrong("type");
  if (CAMP_TRY(text_member(document, "community")) != community.owner.text()) {
    return refused("an entry of another community");
  }
  if (CAMP_TRY(canonical_json(document)) != line) return refused("it is not in canonical form");
  CAMP_TRY(check_proof(document, community));
  const auto seq = document.find("seq");
  if (seq == document.end() || !seq->is_number_unsigned()) return wrong("seq");
  PastEntry past{.seq = seq->get<std::uint64_t>(),
                 .time_ms = CAMP_TRY(parse_time(CAMP_TRY(text_member(document, "time")))),
                 .entry = CAMP_TRY(decode_entry(document))};
  if (past.entry.kind != "join") return refused("it admits nobody");
  return past;
}

std::string admission_line(std::string_view log, const OwnerId& member) {
  std::string_view newest;
  while (!log.empty()) {
    const std::string_view line = log.substr(0, log.find('\n'));
    log.remove_prefix(std::min(line.size() + 1, log.size()));
    // Most lines are about others: only those with the id in them are parsed.
    if (line.find(member.text()) == std::string_view::npos) continue;
    const auto document = parse_json(line, "entry", kEntryLimits);
    if (!document || !document->is_object()) continue;
    const auto entry = decode_entry(*document);
    if (entry && entry->kind == "join" && entry->member == member) newest = line;
  }
  return std::string(newest);
}

}  // namespace camp::model
