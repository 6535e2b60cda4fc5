// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "fed/submission.h"
#include "store/writer.h"

namespace camp::fed {

/// Whether a code is the one with which this member may be claimed, once. Kind::refused, with the
/// reason, if it is not.
Result<void> check_claim_code(const store::Community& community, const OwnerId& member,
                              const std::string& code);

/// The key log with which an unclaimed member becomes their own: the host's rotation key signs it.
Result<std::string> claimed_log(const store::Community& community, const OwnerId& member,
                                const Claim& claim);

/// Publishes such a log, and destroys the keys and the code that the host had.
Result<void> finish_claim(store::Writer& writer, const OwnerId& member, const std::string& log);

/// Takes a member's longer key log, which a key that decides has signed somewhere else. Of lists
/// only those are kept that a revocation in the log names. A log that we have already is fine.
/// Kind::refused, with the reason, for any other.
Result<void> take_key_log(store::Writer& writer, const OwnerId& member, const KeyLog& offered);

}  // namespace camp::fed
