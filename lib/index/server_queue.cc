// SPDX-License-Identifier: MIT
#include "index/server_handle.h"

namespace camp::index {
namespace {

Delivery read_delivery(Statement& row) {
  return {.number = row.integer(0),
          .inbox = row.string(1),
          .host = row.string(2),
          .signer = row.string(3),
          .activity = row.string(4),
          .body = row.string(5),
          .attempts = static_cast<int>(row.integer(6)),
          .next_ms = row.integer(7),
          .since_ms = row.integer(8),
          .problem = row.string(9)};
}

Report read_report(Statement& row) {
  return {.number = row.integer(0),
          .activity = row.string(1),
          .actor = row.string(2),
          .content = row.string(3),
          .objects = row.string(4),
          .at_ms = row.integer(5)};
}

Errand read_errand(Statement& row) {
  return {.uri = row.string(0),
          .depth = static_cast<int>(row.integer(1)),
          .attempts = static_cast<int>(row.integer(2))};
}

int one(Statement&) { return 1; }

}  // namespace

Result<void> ServerDb::put_report(const Report& report) {
  return handle_->run("server_report_put", report.activity, report.actor, report.content,
                      report.objects, report.at_ms);
}

Result<std::vector<Report>> ServerDb::reports(std::size_t limit) {
  return handle_->rows("server_reports", read_report, limit);
}

Result<void> ServerDb::put_errand(std::string_view uri, int depth, std::int64_t now_ms) {
  return handle_->run("server_errand_put", uri, depth, now_ms);
}

Result<std::optional<Errand>> ServerDb::next_errand(std::int64_t now_ms) {
  return handle_->first("server_errand_next", read_errand, now_ms);
}

Result<void> ServerDb::end_errand(std::string_view uri) {
  return handle_->run("server_errand_drop", uri);
}

Result<void> ServerDb::postpone_errand(std::string_view uri, std::int64_t next_ms) {
  return handle_->run("server_errand_postpone", uri, next_ms);
}

Result<void> ServerDb::enqueue(const Delivery& delivery) {
  return handle_->run("server_delivery_put", delivery.inbox, delivery.host, delivery.signer,
                      delivery.activity, delivery.body, delivery.next_ms, delivery.since_ms);
}

Result<std::vector<Delivery>> ServerDb::due(std::int64_t now_ms, std::size_t limit) {
  return handle_->rows("server_due", read_delivery, now_ms, limit);
}

Result<std::vector<Delivery>> ServerDb::queued(std::size_t limit) {
  return handle_->rows("server_queued", read_delivery, limit);
}

Result<std::int64_t> ServerDb::queue_length() { return handle_->number("server_queue_length"); }

Result<std::optional<std::int64_t>> ServerDb::next_due_ms() {
  const auto time = CAMP_TRY(handle_->first("server_next_due", [](Statement& row) {
    return row.is_null(0) ? std::optional<std::int64_t>() : row.integer(0);
  }));
  return time ? *time : std::optional<std::int64_t>();
}

Result<void> ServerDb::delivered(const Delivery& delivery) {
  return together([&]() -> Result<void> {
    CAMP_TRY(handle_->run("server_delivery_drop", delivery.number));
    RemoteHost known = CAMP_TRY(host(delivery.host));
    if (known.failures == 0 && known.rest_ms == 0) return {};
    known.failures = 0;
    known.since_ms = 0;
    known.rest_ms = 0;
    return put_host(known);
  });
}

Result<void> ServerDb::postpone(const Delivery& delivery, std::int64_t next_ms,
                                std::string_view problem) {
  return handle_->run("server_delivery_postpone", delivery.number, next_ms, problem);
}

Result<void> ServerDb::drop(std::int64_t number) {
  return handle_->run("server_delivery_drop", number);
}

Result<void> ServerDb::drop_inbox(std::string_view inbox) {
  return handle_->run("server_inbox_drop", inbox);
}

Result<std::size_t> ServerDb::drop_waiting(std::string_view signer, std::string_view inbox) {
  return CAMP_TRY(handle_->rows("server_waiting_drop", one, signer, inbox)).size();
}

Result<std::size_t> ServerDb::drop_waiting_for_host(std::string_view signer,
                                                    std::string_view host) {
  return CAMP_TRY(handle_->rows("server_host_waiting_drop", one, signer, host)).size();
}

Result<std::vector<ServerDb::Waiting>> ServerDb::waiting_activities() {
  return handle_->rows("server_waiting_activities", [](Statement& row) {
    return Waiting{row.string(0), row.string(1)};
  });
}

Result<std::size_t> ServerDb::drop_activity(std::string_view activity) {
  return CAMP_TRY(handle_->rows("server_activity_drop", one, activity)).size();
}

Result<void> ServerDb::reword(std::string_view inbox, std::string_view activity,
                              std::string_view body) {
  return handle_->run("server_delivery_reword", inbox, activity, body);
}

Result<void> ServerDb::drop_beginning(std::string_view inbox, std::string_view activity) {
  return handle_->run("server_delivery_drop_like", inbox, activity);
}

Result<void> ServerDb::hurry(std::int64_t now_ms) {
  return together([&]() -> Result<void> {
    CAMP_TRY(handle_->run("server_hurry", now_ms));
    return handle_->run("server_hosts_wake");
  });
}

Result<std::size_t> ServerDb::drop_older(std::string_view host, std::int64_t before_ms) {
  return CAMP_TRY(handle_->rows("server_host_drop_older", one, host, before_ms)).size();
}

Result<RemoteHost> ServerDb::host(std::string_view host) {
  const auto known = CAMP_TRY(handle_->first(
      "server_host",
      [&](Statement& row) {
        return RemoteHost{.host = std::string(host),
                          .failures = static_cast<int>(row.integer(0)),
                          .since_ms = row.integer(1),
                          .rest_ms = row.integer(2),
                          .software = row.string(3)};
      },
      host));
  return known.value_or(RemoteHost{.host = std::string(host)});
}

Result<void> ServerDb::put_host(const RemoteHost& host) {
  return handle_->run("server_host_put", host.host, host.failures, host.since_ms, host.rest_ms,
                      host.software);
}

}  // namespace camp::index
