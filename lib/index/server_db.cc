// SPDX-License-Identifier: MIT
#include "index/server_db.h"

#include <utility>

#include "index/server_handle.h"
#include "index/sql.h"

namespace camp::index {
namespace {

/// Of server_schema.sql. This file cannot be made again: a change comes with the steps that bring
/// an older one up.
constexpr std::int64_t kServerVersion = 1;
constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kMemory = 30 * kDay;

Result<void> make_schema(Database& database) {
  auto transaction = CAMP_TRY(Transaction::write(database));
  const std::int64_t version = CAMP_TRY(database.number("PRAGMA user_version"));
  if (version == kServerVersion) return {};  // somebody else was faster
  if (version > kServerVersion) {
    return fail(Kind::refused, "state/server.db was made by a newer camp", "install that version");
  }
  CAMP_TRY(database.script(server_schema_sql()));
  CAMP_TRY(database.script("PRAGMA user_version=" + std::to_string(kServerVersion)));
  return transaction.commit();
}

}  // namespace

ServerDb::ServerDb(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
ServerDb::ServerDb(ServerDb&&) noexcept = default;
ServerDb& ServerDb::operator=(ServerDb&&) noexcept = default;
ServerDb::~ServerDb() = default;

Result<ServerDb> ServerDb::open(const std::string& path) {
  CAMP_TRY(make_private_file(path));
  auto handle = std::make_unique<Handle>();
  handle->database = CAMP_TRY(Database::open(path, Database::Access::write));
  // What was taken from another server, or promised to one, must survive a power cut.
  // A server has five connections, and looking through what is old once an hour fills the cache of
  // one: what stays in it is memory that nobody needs again.
  CAMP_TRY(handle->database->script("PRAGMA synchronous=FULL; PRAGMA cache_size=-2048;"));
  if (CAMP_TRY(handle->database->number("PRAGMA user_version")) != kServerVersion) {
    CAMP_TRY(make_schema(*handle->database));
  }
  return ServerDb(std::move(handle));
}

Result<void> ServerDb::together(const std::function<Result<void>()>& act) {
  auto transaction = CAMP_TRY(Transaction::write(*handle_->database));
  CAMP_TRY(act());
  return transaction.commit();
}

Result<Snapshot> ServerDb::look() { return handle_->database->look(); }

Result<bool> ServerDb::is_known_message(std::string_view id) {
  return handle_->any("server_message", id);
}

Result<bool> ServerDb::note_message(std::string_view id, std::int64_t now_ms) {
  return handle_->any("server_message_put", id, now_ms);
}

Result<void> ServerDb::forget_message(std::string_view id) {
  return handle_->run("server_message_drop", id);
}

Result<bool> ServerDb::may_try(std::string_view name, std::int64_t now_ms,
                               std::int64_t interval_ms) {
  return handle_->any("server_attempt", name, now_ms, interval_ms);
}

Result<bool> ServerDb::was_tried(std::string_view name, std::int64_t now_ms,
                                 std::int64_t interval_ms) {
  return handle_->any("server_tried", name, now_ms, interval_ms);
}

Result<bool> ServerDb::may_take(std::string_view name, std::int64_t now_ms, std::int64_t period_ms,
                                int most) {
  return handle_->any("server_share", name, now_ms, period_ms / most, period_ms);
}

Result<std::string> ServerDb::value(std::string_view name) {
  const auto found = CAMP_TRY(handle_->first(
      "server_value", [](Statement& row) { return row.string(0); }, name));
  return found.value_or(std::string());
}

Result<void> ServerDb::set_value(std::string_view name, std::string_view value) {
  return handle_->run("server_value_set", name, value);
}

Result<std::size_t> ServerDb::forget_old(std::int64_t now_ms, std::int64_t before_ms,
                                         std::size_t most_posts) {
  std::size_t gone = 0;
  const auto forget = [&]() -> Result<void> {
    const auto count = [](Statement&) { return 1; };
    gone += CAMP_TRY(handle_->rows("server_forget_posts", count, before_ms, 0)).size();
    // Too many all the same: the oldest go, also those of people whom somebody follows.
    const auto oldest_kept = CAMP_TRY(handle_->first(
        "server_nth_received", [](Statement& row) { return row.integer(0); }, most_posts));
    if (oldest_kept) {
      gone += CAMP_TRY(handle_->rows("server_forget_posts", count, *oldest_kept + 1, 1)).size();
    }
    CAMP_TRY(handle_->run("server_forget_messages", now_ms - kMemory));
    CAMP_TRY(handle_->run("server_forget_attempts", now_ms - kMemory));
    return handle_->run("server_forget_removed", now_ms - kMemory);
  };
  CAMP_TRY(together(forget));
  return gone;
}

Result<bool> ServerDb::scrub() { return handle_->database->truncate_log(); }

}  // namespace camp::index
