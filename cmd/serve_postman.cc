// SPDX-License-Identifier: MIT
#include "serve_postman.h"

#include <fmt/format.h>

#include "store/writer.h"

namespace camp::cmd {
namespace {

constexpr auto kLook = std::chrono::milliseconds(200);  ///< for what the shell wrote
constexpr auto kTryAgain = std::chrono::milliseconds(5'000);
constexpr auto kCare = std::chrono::hours(1);
constexpr std::int64_t kLongRun = 600'000;  ///< of deliveries, before the store is looked after

Result<void> care(Worker& worker) {
  CAMP_TRY(worker.federation().tidy());
  auto writer = CAMP_TRY(worker.community().write());
  return writer.maintain();
}

}  // namespace

Postman::Postman(Serving& serving)
    : serving_(serving), mail_([this] { carry_mail(); }), errands_([this] { run_errands(); }) {}

Postman::~Postman() {
  {
    const std::lock_guard lock(serving_.mutex);
    serving_.stopping = true;
    serving_.wake.notify_all();
  }
  mail_.join();
  errands_.join();
}

bool Postman::wait(std::chrono::milliseconds how_long) {
  std::unique_lock lock(serving_.mutex);
  serving_.wake.wait_for(lock, how_long,
                         [&] { return serving_.stopping || serving_.something_came; });
  serving_.something_came = false;
  return !serving_.stopping;
}

bool Postman::stopping() {
  const std::lock_guard lock(serving_.mutex);
  return serving_.stopping;
}

/// A store of this thread's own; nothing when the server ends before it can be had.
std::unique_ptr<Worker> Postman::open_worker() {
  while (true) {
    auto worker = Worker::open(serving_);
    if (worker) return *std::move(worker);
    serving_.log("nothing can be sent yet: " + worker.error().message);
    if (!wait(kTryAgain)) return nullptr;
  }
}

void Postman::run_errands() {
  const auto worker = open_worker();
  auto pause = std::chrono::milliseconds(kLook);
  while (worker && wait(pause)) {
    pause = kLook;
    const auto done = look_for_errands(*worker);
    if (done) continue;
    serving_.log("fetching: " + done.error().message);
    pause = kTryAgain;
  }
}

Result<void> Postman::look_for_errands(Worker& worker) {
  if (!CAMP_TRY(worker.federation().has_errands())) return {};
  CAMP_TRY(worker.federation().run_errands({.stop = [&] { return stopping(); }}));
  return {};
}

void Postman::carry_mail() {
  const auto worker = open_worker();
  auto next_care = std::chrono::steady_clock::now();
  auto pause = std::chrono::milliseconds(kLook);
  std::optional<FileLock> alone;
  while (worker && wait(pause)) {
    pause = kLook;
    // A sync that is at it ends soon; another server goes on.
    if (!alone) alone = begin(worker->community());
    if (!alone) continue;
    if (const auto done = look(*worker); !done) {
      serving_.log("sending: " + done.error().message);
      pause = kTryAgain;
    }
    if (std::chrono::steady_clock::now() < next_care) continue;
    next_care = std::chrono::steady_clock::now() + kCare;
    if (const auto done = care(*worker); !done) serving_.log("care: " + done.error().message);
  }
}

/// The right to send, unless somebody else has it.
std::optional<FileLock> Postman::begin(const store::Community& community) {
  auto lock = fed::lock_sending(community);
  if (lock) return *std::move(lock);
  if (lock.error().kind != Kind::busy) serving_.log("sending: " + lock.error().message);
  return std::nullopt;
}

Result<void> Postman::look(Worker& worker) {
  if (!CAMP_TRY(worker.federation().has_work())) return {};
  const auto tell = [&](const index::Delivery& delivery, std::string_view problem) {
    serving_.log(fmt::format("to {}: {}", delivery.host, problem.empty() ? "delivered" : problem));
  };
  const fed::DeliveryRun run{
      .parallel = 16, .budget_ms = kLongRun, .stop = [&] { return stopping(); }, .log = tell};
  CAMP_TRY(worker.federation().send(run));
  return {};
}

}  // namespace camp::cmd
