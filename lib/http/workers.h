// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "http/server.h"

namespace camp::http {

/// The threads that run handlers: some for the fast lane, one for the slow one. What belongs to one
/// worker (the pieces of a stream) waits in a line of its own; a worker takes from its own line and
/// from its lane's in turn, so that neither starves.
class Workers {
 public:
  /// Runs in a worker's thread, with its handler and its number.
  using Task = std::function<void(const Handler& handler, std::size_t worker)>;

  /// Starts `fast` threads and one for the slow lane, which make their handlers.
  Workers(std::size_t fast, const std::function<Handler()>& make_handler);
  ~Workers() { stop(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void submit(Lane lane, Task task);
  void submit_to(std::size_t worker, Task task);
  /// Drops what waits in the lanes, ends what waits for one worker, and joins the threads.
  void stop();

 private:
  struct Worker {
    Lane lane = Lane::fast;
    std::deque<Task> own = {};
    bool own_turn = false;
    std::thread thread = {};
  };
  std::deque<Task>& line(Lane lane) { return lane == Lane::fast ? fast_ : slow_; }
  bool next(Worker& worker, Task& task);
  void work(std::size_t number, const std::function<Handler()>& make_handler);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> fast_, slow_;
  std::vector<std::unique_ptr<Worker>> workers_;
  bool stopping_ = false;
};

}  // namespace camp::http
