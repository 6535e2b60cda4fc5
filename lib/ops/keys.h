// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "ops/open.h"
#include "ops/paper.h"

namespace camp::ops {

/// A signing key as people see it.
struct ShownKey {
  std::string key;   ///< did:key
  std::string role;  ///< "device", "server", "revoked"
  std::string name;
  bool held = false;  ///< this directory holds its secret half
};

/// All that is public about a member's keys, and what of them is here.
struct Keys {
  OwnerId member;
  std::string handle;
  bool claimed = false;
  std::vector<std::string> deciding;  ///< did:key, in falling rank
  std::vector<ShownKey> speaking;
  std::uint64_t operations = 0;
};
Result<Keys> show_keys(const store::Community& community, const Actor& actor);

/// Who signs a change of keys: a key that this directory holds, or the paper key of a sheet.
struct Authority {
  std::string sheet;       ///< the text of a paper key's file; empty for a key held here
  std::string sheet_name;  ///< its file name, for messages
};

/// The key that signs a change: from the sheet, if there is one, or from the keyring.
Result<crypto::SecretKey> authority_key(const store::Community& community,
                                        const model::KeyState& state, const Authority& authority);

/// Adds a signing key for a device. With `did_key` empty a new key is made; its secret half goes to
/// `hand_over` as one line of hexadecimal or, without one, into this directory.
Result<ShownKey> add_key(store::Community& community, const Actor& actor, const std::string& name,
                         const std::string& did_key, const Authority& authority,
                         const HandOver& hand_over);

struct Revoked {
  std::string key;
  bool last = false;         ///< no key speaks for the member any more
  std::size_t vouched = 0;   ///< objects that still count
  std::size_t disowned = 0;  ///< objects that no longer do
};
/// Ends a signing key's word. What it signed before `since` (as parse_since takes it; empty: all)
/// is vouched for; the rest is disowned wherever it appears.
Result<Revoked> revoke_key(store::Community& community, const Actor& actor,
                           const std::string& which, const std::string& since,
                           const Authority& authority);

/// Replaces the paper key by its spare, and the spare by a new one, which goes to `hand_over`.
Result<void> rotate_keys(store::Community& community, const Actor& actor,
                         const Authority& authority, const HandOver& hand_over);

struct Claimed {
  OwnerId member;
  std::string handle;
  bool self = false;  ///< the server cannot speak for the member any more
};
/// The member's own paper key takes the place of the one that the host made. With `device` a device
/// key of their own takes the place of the server's too, and goes to that hand-over.
Result<Claimed> claim(store::Community& community, const std::string& handle,
                      const std::string& code, const HandOver& paper, const HandOver& device = {});

}  // namespace camp::ops
