// SPDX-License-Identifier: MIT
#include "index/server_handle.h"

namespace camp::index {

Result<std::vector<ServerDb::Value>> ServerDb::values(std::string_view prefix) {
  const auto read = [](Statement& row) { return Value{row.string(0), row.string(1)}; };
  return handle_->rows("server_values", read, prefix);
}

Result<void> ServerDb::drop_value(std::string_view name) {
  return handle_->run("server_value_drop", name);
}

Result<void> ServerDb::put_numbered_notice(const Notice& notice) {
  return handle_->run("server_copy_notice_put", notice.number, notice.member, notice.kind,
                      notice.actor, notice.object, notice.at_ms, notice.read);
}

Result<void> ServerDb::drop_notice(std::int64_t number) {
  return handle_->run("server_copy_notice_drop", number);
}

Result<void> ServerDb::drop_post(std::string_view uri) {
  return handle_->run("server_copy_post_drop", uri);
}

Result<void> ServerDb::drop_actor(std::string_view id) {
  return handle_->run("server_actor_drop", id);
}

Result<void> ServerDb::drop_reaction(std::string_view activity) {
  return handle_->run("server_copy_reaction_drop", activity);
}

}  // namespace camp::index
