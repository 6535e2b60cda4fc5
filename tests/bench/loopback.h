// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace camp::bench {

/// A program that runs until it is told to end; its output goes nowhere.
class Running {
 public:
  static Result<Running> start(const std::vector<std::string>& argv,
                               const std::vector<std::string>& environment);
  Running(Running&& other) noexcept : child_(std::exchange(other.child_, 0)) {}
  Running& operator=(Running&&) = delete;
  ~Running() { (void)stop(); }

  /// A figure of /proc/PID/status in bytes: VmRSS, VmHWM, RssAnon; 0 if there is none.
  double memory(const std::string& name) const;
  /// SIGTERM, and after ten seconds SIGKILL; fails if it did not end in peace.
  Result<void> stop();

 private:
  explicit Running(pid_t child) : child_(child) {}
  pid_t child_ = 0;
};

/// A TCP port of 127.0.0.1 that nobody listened on a moment ago.
Result<std::uint16_t> free_port();

/// What some connections got done together.
struct Load {
  std::size_t answers = 0;
  double us = 0;
  double bytes = 0;  ///< of bodies
  double rate() const { return 1e6 * static_cast<double>(answers) / us; }
};
/// GETs the paths in turn over `connections` connections that are kept, for `seconds` or until
/// `stop`. Anything but a 200 is an error.
Result<Load> get_all(std::uint16_t port, const std::vector<std::string>& paths,
                     const std::string& accept, double seconds, const std::atomic<bool>* stop,
                     std::size_t connections = 4);

/// Other servers, each at an address of its own from 127.0.1.1 on, that take what is sent to them:
/// all of them in one thread.
class Peers {
 public:
  enum class Manner {
    takes,    ///< answers 202
    refuses,  ///< no one listens
    silent,   ///< accepts, reads and never answers
    broken    ///< answers 500
  };
  static Result<std::unique_ptr<Peers>> start(const std::vector<Manner>& manners);
  ~Peers();

  /// "127.0.1.7:40123"
  const std::string& host(std::size_t number) const { return hosts_[number]; }
  std::size_t taken() const { return taken_; }

 private:
  Peers() = default;
  struct Connection {
    FileDescriptor socket;
    Manner manner = Manner::takes;
    std::string read = {};
  };
  void serve();
  void accept_from(std::size_t number);
  bool read_from(Connection& connection);

  std::vector<std::string> hosts_;
  std::vector<Manner> manners_;
  std::vector<FileDescriptor> listening_;  ///< by number; invalid where nobody listens
  std::map<int, Connection> connections_;
  std::atomic<std::size_t> taken_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace camp::bench
