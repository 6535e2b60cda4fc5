// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace camp {

/// Calls `work(i)` for every i below `count`, on as many threads as the machine has cores. `work`
/// must not throw and must touch only what belongs to its i. Few items run on the calling thread.
template <class Work>
void parallel_for(std::size_t count, const Work& work) {
  constexpr std::size_t kWorthAThread = 32;
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t threads = std::min(cores, count / kWorthAThread);
  if (threads < 2) {
    for (std::size_t i = 0; i < count; ++i) work(i);
    return;
  }
  std::atomic<std::size_t> next{0};
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < threads; ++i) others.emplace_back(run);
  run();
  for (std::thread& other : others) other.join();
}

}  // namespace camp
