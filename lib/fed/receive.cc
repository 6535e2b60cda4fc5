// SPDX-License-Identifier: MIT
#include "fed/receive.h"

#include <nlohmann/json.hpp>

#include "fed/activity.h"
#include "fed/foreign.h"
#include "fed/foreign_proof.h"
#include "fed/inbox_batch.h"
#include "fed/negotiate.h"
#include "fed/people_list.h"
#include "fed/verify_request.h"

namespace camp::fed {
namespace {

constexpr std::size_t kMaxMessage = 1 << 20;

Received answered(int status, std::string reason) {
  Received received;
  received.answer.status = status;
  received.answer.headers.set("Content-Type", "text/plain; charset=utf-8");
  if (status == 401) received.answer.body = "the signature does not verify\n";
  if (status == 503) received.answer.headers.set("Retry-After", "60");
  received.reason = std::move(reason);
  return received;
}

bool is_activity(const http::Headers& headers) {
  const std::string_view name = media_type_of(headers.find("Content-Type").value_or(""));
  return http::same_name(name, "application/activity+json") ||
         http::same_name(name, "application/ld+json") || http::same_name(name, "application/json");
}

/// Who signed the request, after looking the key up, once more if it has changed.
Result<model::RemoteActor> signer_of(InboxContext& context, const SignatureClaim& claim) {
  const auto holder = CAMP_TRY(context.remote.key(claim.key_id));
  if (verify_signature(claim, holder.key)) return holder.actor;
  const auto anew = CAMP_TRY(context.remote.key_anew(claim.key_id));
  CAMP_TRY(verify_signature(claim, anew.key));
  return anew.actor;
}

/// Somebody else passed the activity on. It counts if its actor has proved it themselves; else what
/// it is about is asked of its own host.
Result<std::optional<model::RemoteActor>> prover_of(InboxContext& context,
                                                    const Activity& activity) {
  const auto method = proof_method(*activity.json);
  if (!method || !same_host(*method, activity.actor, context.site.policy())) {
    return std::optional<model::RemoteActor>();
  }
  model::RemoteActor actor = CAMP_TRY(context.remote.actor(activity.actor));
  if (actor.id != activity.actor) return std::optional<model::RemoteActor>();
  Json keys = Json::array();
  for (const model::RemoteKey& key : actor.multikeys) {
    keys.push_back({{"id", key.id},
                    {"type", "Multikey"},
                    {"controller", actor.id},
                    {"publicKeyMultibase", key.value}});
  }
  const Json document{{"id", actor.id}, {"assertionMethod", std::move(keys)}};
  CAMP_TRY(verify_foreign_proof(*activity.json, document, context.community.env().now_ms()));
  return std::optional(std::move(actor));
}

/// A forwarded activity without a proof: of a post that may concern us its own host is asked.
Result<void> fetch_instead(InboxContext& context, const Activity& activity) {
  if (activity.type != "Create" && activity.type != "Update") return {};
  if (!same_host(activity.object, activity.actor, context.site.policy())) return {};
  if (activity.embedded == nullptr) return {};
  const std::string parent = uri_of(*activity.embedded, "inReplyTo");
  const bool answers = context.site.object_in(parent) || CAMP_TRY(context.db.post(parent));
  if (!answers && !CAMP_TRY(context.db.post(activity.object))) return {};
  return context.db.put_errand(activity.object, 0, context.community.env().now_ms());
}

/// Nobody can check the signature of who is deleted: if we know nothing of them, there is nothing
/// to do, and nothing is asked.
Result<bool> is_farewell_of_a_stranger(InboxContext& context, const Activity& activity,
                                       const SignatureClaim& claim) {
  if (activity.type != "Delete" || activity.object != activity.actor) return false;
  const bool known = CAMP_TRY(context.db.actor(activity.actor)).has_value();
  return !known && !CAMP_TRY(context.db.actor_by_key(claim.key_id)).has_value();
}

Received failed(const Error& error) {
  const bool later = error.kind == Kind::network || error.kind == Kind::busy;
  return answered(later ? 503 : 500, error.message);
}

/// Some send the same id again when somebody follows a second time, or takes that back; what these
/// two do depends on the state alone.
bool may_come_again(const Activity& activity) {
  if (activity.type == "Follow") return true;
  return activity.type == "Undo" &&
         (activity.embedded == nullptr || activity.object_type == "Follow");
}

/// Under what a message is remembered. An id counts for its actor alone, or one person of a host
/// could use up another's.
std::vector<std::string> names_of(const Activity& activity, const SignatureClaim& claim) {
  std::vector<std::string> names{"signature " + claim.replay_key};
  if (!may_come_again(activity)) names.push_back("message " + activity.actor + " " + activity.id);
  return names;
}

Result<bool> came_before(InboxContext& context, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (CAMP_TRY(context.db.is_known_message(name))) return true;
  }
  return false;
}

using Reading = std::variant<Received, Message>;

/// A message with its proof, and what only its new account's server can tell of a Move.
Reading proved(InboxContext& context, Message message) {
  auto target = target_of_move(context, message.activity);
  if (!target) return failed(target.error());
  message.target = *std::move(target);
  return message;
}

Reading from_sender(InboxContext& context, Activity activity, const model::RemoteActor& signer,
                    std::vector<std::string> names) {
  if (signer.id == activity.actor) {
    return proved(context, {.activity = std::move(activity),
                            .actor = signer,
                            .signer = signer.id,
                            .names = std::move(names)});
  }
  // What may come again says nothing of when it was said: whoever kept it could say it for them.
  if (!may_come_again(activity)) {
    const auto prover = prover_of(context, activity);
    if (prover && *prover) {
      return proved(context, {.activity = std::move(activity),
                              .actor = **prover,
                              .signer = signer.id,
                              .names = std::move(names)});
    }
  }
  // What Mastodon passes on carries a signature of another kind; it would be sent again and again.
  if (!activity.json->contains("signature")) {
    return answered(401, "it was signed by somebody else than its actor");
  }
  if (const auto asked = fetch_instead(context, activity); !asked) return failed(asked.error());
  return answered(202, "it was passed on by somebody else, without a proof");
}

/// Who is deleted has no key any more. Their server says that they are gone; more proof there
/// cannot be.
Result<Reading> last_word(InboxContext& context, Activity activity, const SignatureClaim& claim) {
  const auto known = CAMP_TRY(context.db.actor(activity.actor));
  const bool theirs = same_host(claim.key_id, activity.actor, context.site.policy());
  if (!known || !known->gone || !theirs || activity.object != activity.actor) {
    return answered(202, "the sender is gone");
  }
  std::vector<std::string> names = names_of(activity, claim);
  return Message{.activity = std::move(activity),
                 .actor = *known,
                 .signer = known->id,
                 .names = std::move(names)};
}

Verification here_and_now(const InboxContext& context) {
  return {.own_host = context.site.host(),
          .scheme = context.site.policy().loopback ? "http" : "https",
          .now_ms = context.community.env().now_ms()};
}

}  // namespace

bool is_inbox(std::string_view path) {
  if (path == "/inbox" || path == "/actor/inbox") return true;
  if (!path.starts_with("/u/") || !path.ends_with("/inbox")) return false;
  return path.find('/', 3) == path.size() - std::string_view("/inbox").size();
}

std::optional<http::Response> refuse_unsigned(const http::Request& head) {
  if (head.method != "POST" || !is_inbox(head.path)) return std::nullopt;
  if (head.headers.find("Signature")) return std::nullopt;  // RFC 9421 has it too
  return answered(401, "nobody signed it").answer;
}

Result<std::string> signer_of(InboxContext& context, const http::Request& request) {
  const Remote::ForOthers sparing(context.remote);
  const auto claim = CAMP_TRY(read_signature(request, here_and_now(context)));
  return CAMP_TRY(signer_of(context, claim)).id;
}

namespace {

/// Of whom the community blocks not even the key is asked for; what ends something is judged.
Result<bool> is_unwanted(InboxContext& context, const Activity& activity) {
  if (is_an_end(activity)) return false;
  const auto known = CAMP_TRY(context.db.actor(activity.actor));
  return is_blocked_by_community(context.community, activity.actor, known ? &*known : nullptr);
}

Reading read_signed(InboxContext& context, Activity activity, const SignatureClaim& claim) {
  // To ask somebody writes down first that they were asked, which ends it.
  const auto snapshot = context.db.look();
  const auto unwanted = is_unwanted(context, activity);
  if (!unwanted) return failed(unwanted.error());
  if (*unwanted) return answered(202, "the community blocks them");
  const auto farewell = is_farewell_of_a_stranger(context, activity, claim);
  if (!farewell) return failed(farewell.error());
  if (*farewell) return answered(202, "the farewell of a stranger");
  if (!has_own_word(activity) && !same_host(claim.key_id, activity.actor, context.site.policy())) {
    return answered(401, "it was signed on another host than its actor's");  // nobody is asked
  }
  const auto signer = signer_of(context, claim);
  if (!signer) {
    const bool gone = signer.error().kind == Kind::not_found && activity.type == "Delete";
    if (!gone) return answered(401, signer.error().message);
    auto last = last_word(context, std::move(activity), claim);
    return last ? *std::move(last) : Reading(failed(last.error()));
  }
  std::vector<std::string> names = names_of(activity, claim);
  const auto again = came_before(context, names);
  if (!again) return failed(again.error());
  Reading reading = *again ? Reading(answered(202, "it came before"))
                           : from_sender(context, std::move(activity), *signer, std::move(names));
  if (auto* received = std::get_if<Received>(&reading)) received->actor = signer->id;
  return reading;
}

}  // namespace

Reading read_message(InboxContext& context, const http::Request& request) {
  const Remote::ForOthers sparing(context.remote);
  if (!is_activity(request.headers)) return answered(415, "it is no ActivityPub");
  if (request.body.size() > kMaxMessage) return answered(413, "it is too long");
  const auto claim = read_signature(request, here_and_now(context));
  if (!claim) {
    return answered(claim.error().kind == Kind::usage ? 400 : 401, claim.error().message);
  }
  auto document = parse_foreign(request.body);
  if (!document) return answered(400, document.error().message);
  auto activity = read_activity(*std::move(document), context.site.policy());
  if (!activity) return answered(202, activity.error().message);
  const std::string type = activity->type;
  const bool may_go_on = has_own_word(*activity);
  Reading reading = read_signed(context, *std::move(activity), *claim);
  auto* const message = std::get_if<Message>(&reading);
  if (message != nullptr && may_go_on) message->body = request.body;
  if (auto* received = std::get_if<Received>(&reading)) received->type = type;
  return reading;
}

std::vector<Received> take_messages(InboxContext& context, const std::vector<Message>& messages) {
  std::vector<Received> all;
  for (const Result<std::string>& outcome : give_effect(context, messages)) {
    Received received = outcome ? answered(202, *outcome) : failed(outcome.error());
    const Message& message = messages[all.size()];
    received.actor = message.signer;
    received.type = message.activity.type;
    all.push_back(std::move(received));
  }
  return all;
}

Received receive(InboxContext& context, const http::Request& request) {
  Reading reading = read_message(context, request);
  if (auto* received = std::get_if<Received>(&reading)) return std::move(*received);
  return std::move(take_messages(context, {std::get<Message>(std::move(reading))}).front());
}

}  // namespace camp::fed
