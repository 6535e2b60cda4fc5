// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

#include "fed/receive.h"

namespace camp::fed {

/// Where the messages that several threads have read wait for their effect. Whoever brings one
/// while nobody is at it takes all that come meanwhile, too: so what arrives together shares a
/// transaction and what that costs to make durable, and the other threads go on reading. Messages
/// have their effect in the order in which they were brought.
class InboxQueue {
 public:
  /// Called with what became of a message, in the thread that took it; dropped without a call if
  /// that thread had no memory for it.
  using Answer = std::function<void(Received)>;

  /// Brings a message. Its answer has been called when this returns, or will be by a thread that is
  /// at it. `context` is the calling thread's own.
  void bring(InboxContext& context, Message message, Answer answer);

 private:
  struct Waiting {
    Message message;
    Answer answer;
  };
  std::vector<Waiting> next();
  static void take(InboxContext& context, std::vector<Waiting>& batch);

  std::mutex mutex_;
  std::vector<Waiting> waiting_;
  bool taking_ = false;
};

}  // namespace camp::fed
