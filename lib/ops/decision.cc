// SPDX-License-Identifier: MIT
#include "ops/decision.h"

#include <string>

#include "base/text.h"
#include "store/newest.h"

namespace camp::ops {
namespace {

constexpr std::size_t kMaxReason = 500;

}  // namespace

Result<void> require_office(const store::Community& community, const Actor& actor, Office office) {
  const index::MemberRow row = CAMP_TRY(find_member(community, actor.id.text()));
  const bool moderates = row.role == "moderator" && office == Office::moderator;
  if ((row.role == "admin" || moderates) && row.state == "active") return {};
  if (office == Office::admin) {
    return fail(Kind::refused, "@" + actor.handle + " is no admin", "ask an admin to do it");
  }
  return fail(Kind::refused, "@" + actor.handle + " is no moderator",
              "ask a moderator or an admin to do it");
}

Result<void> require_reason(std::string_view reason) {
  const bool one_line = reason.find_first_of(std::string_view("\0\n\r\t\x1b", 5)) == reason.npos;
  if (reason.size() <= kMaxReason && one_line && is_utf8(reason)) return {};
  return fail(Kind::usage, "a reason is one line of plain text, 500 bytes at most",
              "say it shorter, and the rest in a post");
}

Result<void> record(store::Writer& writer, const crypto::SecretKey& key,
                    const model::LogEntry& entry, std::string_view subject) {
  const store::Community& community = writer.community();
  CAMP_TRY(store::require_newest(community));
  const model::KeyState keys = CAMP_TRY(community.keys_of(community.id()));
  const std::string before = CAMP_TRY(community.state_file(store::kCommunityLog));
  const std::string log =
      CAMP_TRY(model::append_entry(before, entry, keys, key, community.env().now_ms()));
  return writer.put_state({{std::string(store::kLocal), std::string(store::kCommunityLog), log}},
                          subject);
}

}  // namespace camp::ops
