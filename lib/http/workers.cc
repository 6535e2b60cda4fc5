// SPDX-License-Identifier: MIT
#include "http/workers.h"

#include <algorithm>
#include <utility>

namespace camp::http {

Workers::Workers(std::size_t fast, const std::function<Handler()>& make_handler) {
  fast = std::max<std::size_t>(fast, 1);
  for (std::size_t i = 0; i <= fast; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    workers_.back()->lane = i < fast ? Lane::fast : Lane::slow;
  }
  // Threads last: they look at the list of workers.
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->thread = std::thread([this, i, make_handler] { work(i, make_handler); });
  }
}

void Workers::submit(Lane lane, Task task) {
  const std::lock_guard lock(mutex_);
  line(lane).push_back(std::move(task));
  changed_.notify_all();
}

void Workers::submit_to(std::size_t worker, Task task) {
  const std::lock_guard lock(mutex_);
  workers_.at(worker)->own.push_back(std::move(task));
  changed_.notify_all();
}

void Workers::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    fast_.clear();
    slow_.clear();
    changed_.notify_all();
  }
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

/// Takes the next task for a worker, waiting for one; false when there will be none.
bool Workers::next(Worker& worker, Task& task) {
  std::unique_lock lock(mutex_);
  std::deque<Task>& shared = line(worker.lane);
  changed_.wait(lock, [&] { return stopping_ || !worker.own.empty() || !shared.empty(); });
  const bool take_own = !worker.own.empty() && (worker.own_turn || shared.empty());
  std::deque<Task>& from = take_own ? worker.own : shared;
  if (from.empty()) return false;
  worker.own_turn = !take_own;
  task = std::move(from.front());
  from.pop_front();
  return true;
}

void Workers::work(std::size_t number, const std::function<Handler()>& make_handler) {
  Handler handler;
  try {
    if (make_handler) handler = make_handler();
  } catch (...) {
    handler = nullptr;  // its requests are answered with 500
  }
  Task task;
  while (next(*workers_[number], task)) {
    task(handler, number);
    task = nullptr;  // what it holds ends here, not while waiting
  }
}

}  // namespace camp::http
