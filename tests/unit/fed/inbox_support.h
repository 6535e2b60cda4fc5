// SPDX-License-Identifier: MIT
#pragma once

#include "base/time.h"
#include "fed/receive.h"
#include "unit/fed/peer_support.h"

namespace camp::fed {

/// A community whose inbox gets whole messages, signed with real keys, of two persons of a server
/// that is there.
class InboxCamp : public FedCamp {
 public:
  Peer peer;
  std::string sal = peer.settle("sal");
  std::string mallory = peer.settle("mallory");
  std::string ana_actor = actor("ana");
  ObjectId post = say("ana", ops::to("public", "hello"));
  std::string post_uri = site.object(post);
  int serial = 0;

  InboxCamp() { watched = {post}; }

  Json act(const std::string& type, const std::string& who, const Json& object,
           std::string name = "") {
    if (name.empty()) name = std::to_string(++serial);
    return {{"id", who + "/acts/" + name}, {"type", type}, {"actor", who}, {"object", object}};
  }
  Json note(const std::string& author, const std::string& name) {
    return {{"id", author + "/posts/" + name},
            {"type", "Note"},
            {"attributedTo", author},
            {"to", Json::array({"as:Public"})},
            {"cc", Json::array({ana_actor})},
            {"content", "<p>" + name + "</p>"},
            {"published", format_time(now() - 60'000)}};
  }

  /// Signed by whoever `actor` names, as it should be.
  Plan plan(const Json& json) {
    Plan plan;
    plan.host = kHost;
    plan.target = "/u/ana/inbox";
    plan.body = json.dump();
    plan.date_ms = now();
    plan.key_id = json.value("actor", sal) + "#main-key";
    return plan;
  }
  Received take(const http::Request& request) {
    InboxContext context = federation->inbox();
    return receive(context, request);
  }
  int status(const http::Request& request) { return take(request).answer.status; }
  Received say_to_us(const Json& json) { return take(send(plan(json))); }
  int status(const Json& json) { return say_to_us(json).answer.status; }

  /// Answered with `expected`, and nothing has changed.
  void refused(const http::Request& request, int expected) {
    const std::string before = state();
    const Received received = take(request);
    INFO(received.reason);
    CHECK(received.answer.status == expected);
    CHECK(state() == before);
    if (expected == 401) CHECK(received.answer.body == "the signature does not verify\n");
  }
  void refused(const Json& json, int expected) { refused(send(plan(json)), expected); }
  std::int64_t likes() { return need(db().count_reactions(index::ReactionKind::like, post_uri)); }
  std::int64_t boosts() { return need(db().count_reactions(index::ReactionKind::boost, post_uri)); }
  void follow(const std::string& handle, const std::string& whom,
              index::FollowState state = index::FollowState::accepted) {
    need(db().put_following({id(handle), whom, site.origin() + "/o/follow", state, now()}));
  }
};

}  // namespace camp::fed
