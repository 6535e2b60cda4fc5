// SPDX-License-Identifier: MIT
#include "fed/inbox_queue.h"

#include <utility>

namespace camp::fed {

void InboxQueue::bring(InboxContext& context, Message message, Answer answer) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(message), std::move(answer)});
    if (std::exchange(taking_, true)) return;
  }
  for (auto batch = next(); !batch.empty(); batch = next()) {
    try {
      take(context, batch);
    } catch (...) {
      // Without memory, say: who has no answer yet gets none, and the next batch has its turn.
    }
  }
}

void InboxQueue::take(InboxContext& context, std::vector<Waiting>& batch) {
  std::vector<Message> messages;
  for (Waiting& waiting : batch) messages.push_back(std::move(waiting.message));
  std::vector<Received> received = take_messages(context, messages);
  for (std::size_t i = 0; i < batch.size(); ++i) batch[i].answer(std::move(received[i]));
}

/// What waits; with nothing, whoever brings the next is at it.
std::vector<InboxQueue::Waiting> InboxQueue::next() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) taking_ = false;
  return std::exchange(waiting_, {});
}

}  // namespace camp::fed
