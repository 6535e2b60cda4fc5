// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "model/arrival.h"
#include "model/key_log.h"

namespace camp::fed {

// What a clone and its origin say to each other when the clone submits (camp-store(5), SUBMITTING):
// one JSON object a line each way, an answer for each line, in their order. A line is an object
// file as it will stand in the tree, or one of the other things that a member's device may ask for:
// two are here, those about people elsewhere in home_lines.h.

/// A longer line is refused unread.
inline constexpr std::size_t kMaxLine = 1 << 20;

/// What becomes of one line.
struct Answer {
  std::string id;  ///< the object's full id; the member's URI for keys; empty if it had none
  bool accepted = false;
  bool stays = false;  ///< accepted, and not in what the sender may fetch
  model::Objection objection = model::Objection::form;  ///< if it was not
  std::string reason;                                   ///< then one line, and
  std::string hint;                                     ///< what to do
  std::string page = {};  ///< of what came from elsewhere (home_lines.h reads it)

  static Answer yes(std::string id, bool stays = false) {
    return {std::move(id), true, stays, {}, {}, {}, {}};
  }
  static Answer no(std::string id, model::Refusal refusal) {
    return {std::move(id),           false, false, refusal.objection, std::move(refusal.reason),
            std::move(refusal.hint), {}};
  }
};
std::string answer_line(const Answer& answer);
/// Kind::network: the other side did not say what an origin says.
Result<Answer> parse_answer(std::string_view line);

/// The public halves of the keys that a device made for its owner, and the code that was given to
/// them: the host lays its own down for these. Without rotation keys it only asks whether the code
/// is the right one, before a paper key is shown to anybody.
struct Claim {
  std::string code = {};
  std::vector<crypto::PublicKey> rotation = {};  ///< the paper key first
  std::vector<std::string> next = {};            ///< commitments
  std::vector<model::SigningKey> signing = {};
};
std::string claim_line(const Claim& claim);

/// A member's longer key log, with the lists of what the member vouches for under keys that it
/// revokes: the key in multibase, and the list's text.
struct KeyLog {
  std::string log = {};
  std::map<std::string, std::string> vouched = {};
};
std::string key_log_line(const KeyLog& keys);

/// A line that is no object file, taken apart; one of the two is set.
struct Request {
  std::optional<Claim> claim;
  std::optional<KeyLog> keys;
};
/// Kind::not_found for an object file, Kind::refused for what is neither.
Result<Request> parse_request(std::string_view line);

}  // namespace camp::fed
