// SPDX-License-Identifier: MIT
// Preloaded into one camp process: counts its calls that change files below a directory and ends
// the process at a chosen one, as if the power of the program (not of the machine) had gone.
//
//   CAMP_FAULT_ROOT  the directory (absolute)
//   CAMP_FAULT_AT    which call, from 1; 0 or unset: none, count only
//   CAMP_FAULT_MODE  "before" the call, "after" it, or "half": a write stores half of its bytes
//   CAMP_FAULT_LOG   where to say how many calls there were, or at which one the process ended
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

constexpr int kKilled = 137;
enum class Mode { before, after, half };

struct Plan {
  std::string root, log;
  long at = 0;
  Mode mode = Mode::before;
};

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

Plan read_plan() {
  Plan plan{variable("CAMP_FAULT_ROOT"), variable("CAMP_FAULT_LOG"), 0, Mode::before};
  plan.at = std::strtol(variable("CAMP_FAULT_AT").c_str(), nullptr, 10);
  const std::string mode = variable("CAMP_FAULT_MODE");
  if (mode == "after") plan.mode = Mode::after;
  if (mode == "half") plan.mode = Mode::half;
  // A git program that camp starts is another process: it is neither counted nor ended.
  ::unsetenv("LD_PRELOAD");
  return plan;
}

const Plan& plan() {
  // Never destroyed: the last word is said when everything else is gone.
  static const Plan& kept = *new Plan(read_plan());
  return kept;
}

std::atomic<long>& count() {
  static std::atomic<long> calls{0};
  return calls;
}

/// The names of all calls, in order; kept only while counting, and by one thread at a time in camp.
std::string& names() {
  static std::string& kept = *new std::string;
  return kept;
}

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));  // NOLINT: dlsym's own shape
}

std::string path_of(int fd) {
  std::array<char, PATH_MAX> buffer{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), buffer.data(), buffer.size());
  return size < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(size));
}

std::string path_at(int directory, const char* name) {
  if (name == nullptr || name[0] == '/') return name == nullptr ? "" : name;
  if (directory != AT_FDCWD) return path_of(directory) + "/" + name;
  std::array<char, PATH_MAX> buffer{};
  if (::getcwd(buffer.data(), buffer.size()) == nullptr) return {};
  return std::string(buffer.data()) + "/" + name;
}

void say(const std::string& line) {
  if (plan().log.empty()) return;
  const int fd = real<int (*)(const char*, int, ...)>("open")(
      plan().log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return;
  static_cast<void>(
      real<ssize_t (*)(int, const void*, std::size_t)>("write")(fd, line.data(), line.size()));
  ::close(fd);
}

[[noreturn]] void end(const char* call, const std::string& path) {
  say("ended " + std::to_string(count()) + " " + call + " " + path + "\n");
  ::_exit(kKilled);
}

/// Whether the process ends at this call.
bool is_due(const char* call, const std::string& path) {
  const std::string& root = plan().root;
  if (root.empty() || !path.starts_with(root)) return false;
  if (plan().at == 0) names() += std::string(" ") + call;
  return ++count() == plan().at;
}

template <class Act>
auto guarded(const char* call, const std::string& path, Act act) {
  const bool due = is_due(call, path);
  if (due && plan().mode == Mode::before) end(call, path);
  const auto result = act();
  if (due) end(call, path);
  return result;
}

/// The same for a call that stores bytes: it can be cut in half.
template <class Act>
ssize_t guarded_write(const char* call, int fd, std::size_t size, Act act) {
  const std::string path = path_of(fd);
  const bool due = is_due(call, path);
  if (due && plan().mode == Mode::before) end(call, path);
  const ssize_t result = act(due && plan().mode == Mode::half ? size / 2 : size);
  if (due) end(call, path);
  return result;
}

struct AtExit {
  ~AtExit() {
    if (!plan().root.empty()) say("done " + std::to_string(count()) + names() + "\n");
  }
};
const AtExit kAtExit;

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, std::size_t size) {
  static const auto call = real<ssize_t (*)(int, const void*, std::size_t)>("write");
  return guarded_write("write", fd, size, [&](std::size_t part) { return call(fd, bytes, part); });
}

ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t at) {
  static const auto call = real<ssize_t (*)(int, const void*, std::size_t, off_t)>("pwrite");
  return guarded_write("pwrite", fd, size,
                       [&](std::size_t part) { return call(fd, bytes, part, at); });
}

ssize_t pwrite64(int fd, const void* bytes, std::size_t size, off64_t at) {
  static const auto call = real<ssize_t (*)(int, const void*, std::size_t, off64_t)>("pwrite64");
  return guarded_write("pwrite", fd, size,
                       [&](std::size_t part) { return call(fd, bytes, part, at); });
}

ssize_t writev(int fd, const struct iovec* parts, int number) {
  static const auto call = real<ssize_t (*)(int, const struct iovec*, int)>("writev");
  return guarded("writev", path_of(fd), [&] { return call(fd, parts, number); });
}

int rename(const char* from, const char* to) {
  static const auto call = real<int (*)(const char*, const char*)>("rename");
  return guarded("rename", path_at(AT_FDCWD, to), [&] { return call(from, to); });
}

int renameat(int from_at, const char* from, int to_at, const char* to) {
  static const auto call = real<int (*)(int, const char*, int, const char*)>("renameat");
  return guarded("renameat", path_at(to_at, to), [&] { return call(from_at, from, to_at, to); });
}

int renameat2(int from_at, const char* from, int to_at, const char* to, unsigned flags) {
  static const auto call = real<int (*)(int, const char*, int, const char*, unsigned)>("renameat2");
  return guarded("renameat2", path_at(to_at, to),
                 [&] { return call(from_at, from, to_at, to, flags); });
}

int link(const char* from, const char* to) {
  static const auto call = real<int (*)(const char*, const char*)>("link");
  return guarded("link", path_at(AT_FDCWD, to), [&] { return call(from, to); });
}

int linkat(int from_at, const char* from, int to_at, const char* to, int flags) {
  static const auto call = real<int (*)(int, const char*, int, const char*, int)>("linkat");
  return guarded("linkat", path_at(to_at, to),
                 [&] { return call(from_at, from, to_at, to, flags); });
}

int unlink(const char* name) {
  static const auto call = real<int (*)(const char*)>("unlink");
  return guarded("unlink", path_at(AT_FDCWD, name), [&] { return call(name); });
}

int unlinkat(int at, const char* name, int flags) {
  static const auto call = real<int (*)(int, const char*, int)>("unlinkat");
  return guarded("unlinkat", path_at(at, name), [&] { return call(at, name, flags); });
}

int rmdir(const char* name) {
  static const auto call = real<int (*)(const char*)>("rmdir");
  return guarded("rmdir", path_at(AT_FDCWD, name), [&] { return call(name); });
}

int mkdir(const char* name, mode_t mode) {
  static const auto call = real<int (*)(const char*, mode_t)>("mkdir");
  return guarded("mkdir", path_at(AT_FDCWD, name), [&] { return call(name, mode); });
}

int mkdirat(int at, const char* name, mode_t mode) {
  static const auto call = real<int (*)(int, const char*, mode_t)>("mkdirat");
  return guarded("mkdirat", path_at(at, name), [&] { return call(at, name, mode); });
}

int fsync(int fd) {
  static const auto call = real<int (*)(int)>("fsync");
  return guarded("fsync", path_of(fd), [&] { return call(fd); });
}

int fdatasync(int fd) {
  static const auto call = real<int (*)(int)>("fdatasync");
  return guarded("fdatasync", path_of(fd), [&] { return call(fd); });
}

int ftruncate(int fd, off_t size) {
  static const auto call = real<int (*)(int, off_t)>("ftruncate");
  return guarded("ftruncate", path_of(fd), [&] { return call(fd, size); });
}

int ftruncate64(int fd, off64_t size) {
  static const auto call = real<int (*)(int, off64_t)>("ftruncate64");
  return guarded("ftruncate", path_of(fd), [&] { return call(fd, size); });
}

}  // extern "C"
