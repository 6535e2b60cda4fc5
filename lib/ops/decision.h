// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "crypto/ed25519.h"
#include "model/community_log.h"
#include "ops/open.h"
#include "store/writer.h"

namespace camp::ops {

/// Who may decide something for the community.
enum class Office { moderator, admin };

/// Whether the actor holds the office now; an admin is a moderator too. Kind::refused otherwise.
Result<void> require_office(const store::Community& community, const Actor& actor, Office office);

/// One line of text of a reasonable length, for all members to read. May be empty.
Result<void> require_reason(std::string_view reason);

/// Adds one decision to the community log, signed with its key; durable when it returns.
/// Kind::refused in a directory that is an old copy. `subject` is the commit's.
Result<void> record(store::Writer& writer, const crypto::SecretKey& key,
                    const model::LogEntry& entry, std::string_view subject);

}  // namespace camp::ops
