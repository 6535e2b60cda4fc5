// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "base/json.h"
#include "fed/federation.h"
#include "fed/followers.h"
#include "store/writer.h"
#include "unit/ops/ops_support.h"

namespace camp::ops {

/// Gives a community a host on this machine, where nobody answers.
inline void give_host(const Camp& camp) {
  std::ofstream(camp.directory() + "/camp.toml", std::ios::app) << "host = \"127.0.0.1:9\"\n";
}

/// Somebody elsewhere as this server keeps them.
inline model::RemoteActor stranger(const std::string& user, const std::string& host) {
  model::RemoteActor actor;
  actor.id = "https://" + host + "/users/" + user;
  actor.user = user;
  actor.host = host;
  actor.name = "The " + user;
  actor.inbox = actor.id + "/inbox";
  actor.shared_inbox = "https://" + host + "/inbox";
  return actor;
}

inline index::ServerDb server_db(const store::Community& community) {
  return fed::open_server_db(community).value();
}

/// Lets somebody elsewhere follow a member.
inline void let_follow(store::Community& community, const OwnerId& member,
                       const model::RemoteActor& actor) {
  const fed::Follower follower{.id = actor.id,
                               .inbox = actor.inbox,
                               .shared_inbox = actor.shared_inbox,
                               .follow = actor.id + "/follows/1",
                               .since_ms = kStart};
  auto writer = community.write().value();
  REQUIRE(writer.put_state({{model::private_repository(member), fed::follower_file(actor.id),
                             fed::encode_follower(follower).value()}},
                           "followers"));
}

/// A message that waits.
inline void enqueue(index::ServerDb& db, const OwnerId& signer, const std::string& inbox,
                    const std::string& activity, const std::string& type,
                    const std::string& words = "") {
  const std::size_t begin = inbox.find("://") + 3;
  REQUIRE(db.enqueue({.inbox = inbox,
                      .host = inbox.substr(begin, inbox.find('/', begin) - begin),
                      .signer = signer.text(),
                      .activity = activity,
                      .body = R"({"type":")" + type + R"(","content":")" + words + R"("})",
                      .next_ms = kStart,
                      .since_ms = kStart}));
}

}  // namespace camp::ops
