// SPDX-License-Identifier: MIT
#include "base/env.h"

#include <sys/random.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>

#include "base/time.h"

namespace camp {
namespace {

std::int64_t system_clock_ms() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count();
}

bool fill_from_kernel(std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got = getrandom(bytes.data() + done, bytes.size() - done, 0);
    if (got < 0 && errno != EINTR) return false;
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return true;
}

// system_env() has seen getrandom(2) work, so a failure here means a machine on which no key may be
// made: stopping is the only safe answer.
std::string kernel_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  if (!fill_from_kernel(bytes)) std::abort();
  return bytes;
}

// Bytes for tests: SplitMix64 (Steele, Lea and Flood 2014) over the FNV-1a hash of the seed. Not
// fit for keys that protect anything.
class SeededBytes {
 public:
  explicit SeededBytes(std::string_view seed) {
    for (const char c : seed) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }

  std::string draw(std::size_t size) {
    const std::lock_guard guard(mutex_);
    std::string bytes;
    while (bytes.size() < size) {
      if (left_ == 0) {
        word_ = next();
        left_ = 8;
      }
      bytes += static_cast<char>(word_ & 255);
      word_ >>= 8;
      --left_;
    }
    return bytes;
  }

 private:
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  std::mutex mutex_;
  std::uint64_t state_ = 0xcbf29ce484222325;
  std::uint64_t word_ = 0;
  int left_ = 0;
};

std::optional<std::string> process_variable(std::string_view name) {
  const char* const value = std::getenv(std::string(name).c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

}  // namespace

Result<Env> system_env() {
  Env env{system_clock_ms, kernel_bytes, process_variable};
  std::string probe(1, '\0');
  if (!fill_from_kernel(probe)) {
    return fail(Kind::failed, "the kernel gives no random bytes", "camp needs getrandom(2)");
  }
  if (const auto now = process_variable("CAMP_NOW")) {
    const auto start = parse_time(*now);
    if (!start) {
      return fail(Kind::usage, "CAMP_NOW is not a time: " + start.error().message,
                  "write it like 2026-11-01T12:00:00Z");
    }
    auto clock = std::make_shared<std::atomic<std::int64_t>>(*start);
    env.now_ms = [clock] { return clock->fetch_add(1); };
  }
  if (const auto seed = process_variable("CAMP_SEED")) {
    auto bytes = std::make_shared<SeededBytes>(*seed);
    env.random_bytes = [bytes](std::size_t size) { return bytes->draw(size); };
  }
  return env;
}

}  // namespace camp
