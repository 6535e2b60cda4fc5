// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fed/inbox_batch.h"
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

/// Reads what was posted to an inbox and finds out who sent it, if need be by asking their server.
/// What cannot have an effect is answered at once. 400: it is no activity; 401: nobody whom we can
/// know sent it; 413, 415: too long, of another type; 503: ask again later; 202: it is none of our
/// business.
std::variant<Received, Message> read_message(InboxContext& context, const http::Request& request);

/// Decides on messages and does what was decided, in their order; answers each, with 202 also what
/// changed nothing. When this returns, what was answered with 202 is durable. Those that have
/// nothing to do with each other share a transaction, and what they change in git a commit.
std::vector<Received> take_messages(InboxContext& context, const std::vector<Message>& messages);

/// Both, for one message.
Received receive(InboxContext& context, const http::Request& request);

/// Whether a path is that of an inbox: the shared one, the community's, a member's.
bool is_inbox(std::string_view path);

/// What a message that nobody signed is answered with before its body is read; nothing for any
/// other request.
std::optional<http::Response> refuse_unsigned(const http::Request& head);

/// Who signed a request, if its signature verifies: for answering only those who sign.
Result<std::string> signer_of(InboxContext& context, const http::Request& request);

}  // namespace camp::fed
