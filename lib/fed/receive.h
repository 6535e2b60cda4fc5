// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "fed/inbox_facts.h"
#include "http/message.h"

namespace camp::fed {

/// What became of a message, for the log. The sender learns only the answer's status.
struct Received {
  http::Response answer = {};
  std::string actor = {};   ///< who proved to have sent it
  std::string type = {};    ///< of the activity
  std::string reason = {};  ///< why nothing happened; empty if something did
};

/// Takes a message that was posted to an inbox: reads it, finds out who sent it, decides, and does
/// what was decided before it answers 202. 400: it is no activity; 401: nobody whom we can know
/// sent it; 413, 415: too long, of another type; 503: ask again later. What changes nothing is
/// answered 202 like everything else.
Received receive(InboxContext& context, const http::Request& request);

/// Who signed a request, if its signature verifies: for answering only those who sign.
Result<std::string> signer_of(InboxContext& context, const http::Request& request);

}  // namespace camp::fed
