// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "index/server_handle.h"

namespace camp::index {
namespace {

Following read_following(Statement& row) {
  return {.member = row.string(0),
          .actor = row.string(1),
          .activity = row.string(2),
          .state = static_cast<FollowState>(row.integer(3)),
          .since_ms = row.integer(4)};
}

FollowRequest read_request(Statement& row) {
  return {.member = row.string(0),
          .actor = row.string(1),
          .activity = row.string(2),
          .since_ms = row.integer(3)};
}

Notice read_notice(Statement& row) {
  return {.number = row.integer(0),
          .member = row.string(1),
          .kind = static_cast<NoticeKind>(row.integer(2)),
          .actor = row.string(3),
          .object = row.string(4),
          .at_ms = row.integer(5),
          .read = row.integer(6) != 0};
}

/// The kept actor of a query that gives one document.
Result<std::optional<model::RemoteActor>> parsed(const std::optional<std::string>& document) {
  if (!document) return std::optional<model::RemoteActor>();
  return std::optional(CAMP_TRY(model::remote_actor_from(*document)));
}

std::string first_column(Statement& row) { return row.string(0); }

}  // namespace

std::string_view notice_name(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::mention:
      return "mention";
    case NoticeKind::reply:
      return "reply";
    case NoticeKind::like:
      return "like";
    case NoticeKind::boost:
      return "boost";
    case NoticeKind::follow:
      return "follow";
    case NoticeKind::follow_request:
      return "follow_request";
    case NoticeKind::edit:
      break;
  }
  return "edit";
}

std::optional<NoticeKind> notice_kind(std::string_view name) {
  for (const auto kind :
       {NoticeKind::mention, NoticeKind::reply, NoticeKind::like, NoticeKind::boost,
        NoticeKind::follow, NoticeKind::follow_request, NoticeKind::edit}) {
    if (notice_name(kind) == name) return kind;
  }
  return std::nullopt;
}

Result<void> ServerDb::put_actor(const model::RemoteActor& actor, std::int64_t now_ms) {
  return together([&]() -> Result<void> {
    CAMP_TRY(handle_->run("server_actor_put", actor.id, actor.user, actor.host, now_ms,
                          model::to_json(actor).dump()));
    CAMP_TRY(handle_->run("server_actor_keys_drop", actor.id));
    for (const auto* keys : {&actor.keys, &actor.multikeys}) {
      for (const model::RemoteKey& key : *keys) {
        CAMP_TRY(handle_->run("server_actor_key_put", key.id, actor.id));
      }
    }
    return {};
  });
}

Result<std::optional<model::RemoteActor>> ServerDb::actor(std::string_view id) {
  return parsed(CAMP_TRY(handle_->first("server_actor", first_column, id)));
}

Result<std::optional<model::RemoteActor>> ServerDb::actor_by_handle(std::string_view user,
                                                                    std::string_view host) {
  return parsed(CAMP_TRY(handle_->first("server_actor_by_handle", first_column, user, host)));
}

Result<std::optional<model::RemoteActor>> ServerDb::actor_by_key(std::string_view key_id) {
  return parsed(CAMP_TRY(handle_->first("server_actor_by_key", first_column, key_id)));
}

Result<std::int64_t> ServerDb::actor_age(std::string_view id) {
  const auto time = CAMP_TRY(handle_->first(
      "server_actor", [](Statement& row) { return row.integer(1); }, id));
  return time.value_or(0);
}

Result<void> ServerDb::forget_actor(std::string_view id) {
  return together([&]() -> Result<void> {
    for (const char* query :
         {"server_actor_posts_drop", "server_actor_reactions_drop", "server_actor_following_drop",
          "server_actor_requests_drop", "server_actor_notices_drop", "server_actor_drop"}) {
      CAMP_TRY(handle_->run(query, id));
    }
    return {};
  });
}

Result<void> ServerDb::put_following(const Following& following) {
  return handle_->run("server_following_put", following.member, following.actor, following.activity,
                      following.state, following.since_ms);
}

Result<std::optional<Following>> ServerDb::following(std::string_view member,
                                                     std::string_view actor) {
  return handle_->first("server_following", read_following, member, actor);
}

Result<std::vector<Following>> ServerDb::following_of(std::string_view member) {
  return handle_->rows("server_following_of", read_following, member);
}

Result<std::vector<Following>> ServerDb::followers_here(std::string_view actor) {
  return handle_->rows("server_followers_here", read_following, actor);
}

Result<void> ServerDb::remove_following(std::string_view member, std::string_view actor) {
  return handle_->run("server_following_drop", member, actor);
}

Result<void> ServerDb::put_request(const FollowRequest& request) {
  return handle_->run("server_request_put", request.member, request.actor, request.activity,
                      request.since_ms);
}

Result<std::optional<FollowRequest>> ServerDb::request(std::string_view member,
                                                       std::string_view actor) {
  return handle_->first("server_request", read_request, member, actor);
}

Result<std::vector<FollowRequest>> ServerDb::requests_of(std::string_view member) {
  return handle_->rows("server_requests_of", read_request, member);
}

Result<void> ServerDb::remove_request(std::string_view member, std::string_view actor) {
  return handle_->run("server_request_drop", member, actor);
}

Result<void> ServerDb::put_notice(const Notice& notice) {
  return together([&]() -> Result<void> {
    // The same act twice is one piece of news.
    if (CAMP_TRY(handle_->any("server_notice_known", notice.member, notice.kind, notice.actor,
                              notice.object))) {
      return {};
    }
    return handle_->run("server_notice_put", notice.member, notice.kind, notice.actor,
                        notice.object, notice.at_ms);
  });
}

Result<std::vector<Notice>> ServerDb::notices(std::string_view member, bool unread_only,
                                              std::size_t limit) {
  return handle_->rows("server_notices", read_notice, member, unread_only ? 0 : 1, limit);
}

Result<void> ServerDb::mark_read(std::string_view member, std::int64_t up_to) {
  return handle_->run("server_notices_read", member, up_to);
}

Result<void> ServerDb::remove_notice(NoticeKind kind, std::string_view actor,
                                     std::string_view object, std::string_view member) {
  return handle_->run("server_notice_drop", kind, actor, object, member);
}

}  // namespace camp::index
