// SPDX-License-Identifier: MIT
#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <system_error>
#include <utility>

namespace camp {
namespace {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};

/// Writing to a child that has stopped reading must be an error here, not the end of camp. The
/// signal is held back for this thread alone, and one that we caused is taken back.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutSigpipe() {
    const timespec now{};
    if (!was_pending_) {
      while (sigtimedwait(&pipe_, nullptr, &now) == -1 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

tl::unexpected<Error> system_failure(std::string_view what, int error) {
  return fail(Kind::failed, std::string(what) + ": " + std::generic_category().message(error));
}

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return system_failure("cannot make a pipe", errno);
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  // Started with its standard streams closed, camp would get their numbers here.
  for (Descriptor* end : {&pipe.read, &pipe.write}) {
    if (end->get() < 3) *end = Descriptor(fcntl(end->get(), F_DUPFD_CLOEXEC, 3));
    if (!end->is_open()) return system_failure("cannot make a pipe", errno);
  }
  return pipe;
}

/// Where a program lies; all of the search happens before the fork, where allocating is safe.
Result<std::string> find_program(const ProcessSpec& spec) {
  if (spec.argv.empty()) return fail(Kind::bug, "no program to run");
  const std::string& name = spec.argv[0];
  if (name.find('/') != std::string::npos) return name;
  std::string_view path = "/usr/local/bin:/usr/bin:/bin";
  for (const std::string& variable : spec.environment) {
    if (variable.starts_with("PATH=")) path = std::string_view(variable).substr(5);
  }
  while (!path.empty()) {
    const std::size_t end = std::min(path.find(':'), path.size());
    const std::string candidate = std::string(path.substr(0, end)) + "/" + name;
    if (candidate[0] == '/' && access(candidate.c_str(), X_OK) == 0) return candidate;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return fail(Kind::not_found, "there is no program " + name, "install it, or check PATH");
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const std::string& string : strings) result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

void limit(__rlimit_resource resource, const std::optional<std::uint64_t>& value) {
  if (!value) return;
  const rlimit wanted{*value, *value};
  setrlimit(resource, &wanted);
}

struct ChildPlan {
  std::string program;
  std::vector<char*> argv;
  std::vector<char*> environment;
  const char* directory = nullptr;
  ProcessLimits limits;
  int input = -1, output = -1, errors = -1, report = -1;
  pid_t parent = 0;
};

/// The child's side of fork: only calls that are safe after a fork in a program with threads.
/// Reports errno on `report`, which closes by itself when exec succeeds.
[[noreturn]] void become(const ChildPlan& plan) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  bool ready = getppid() == plan.parent;  // else the parent died before the line above
  ready =
      ready && dup2(plan.input, 0) == 0 && dup2(plan.output, 1) == 1 && dup2(plan.errors, 2) == 2;
  ready = ready && (plan.directory == nullptr || chdir(plan.directory) == 0);
  if (ready) {
    close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
    limit(RLIMIT_CPU, plan.limits.cpu_seconds);
    limit(RLIMIT_AS, plan.limits.memory_bytes);
    limit(RLIMIT_DATA, plan.limits.data_bytes);
    limit(RLIMIT_FSIZE, plan.limits.file_bytes);
    for (int number = 1; number < NSIG; ++number) std::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execve(plan.program.c_str(), plan.argv.data(), plan.environment.data());
  }
  const int error = errno;
  [[maybe_unused]] const ssize_t written = write(plan.report, &error, sizeof error);
  _exit(127);
}

struct Child {
  pid_t pid = 0;
  Descriptor alive;  ///< a pidfd: readable once the child has ended
  Descriptor input, output, errors;
};

void kill_group(pid_t pid) { ::kill(-pid, SIGKILL); }

/// Waits for the report of `become`: nothing if exec succeeded.
int start_error(const Descriptor& report) {
  int error = 0;
  ssize_t got = 0;
  do {
    got = read(report.get(), &error, sizeof error);
  } while (got == -1 && errno == EINTR);
  return got == static_cast<ssize_t>(sizeof error) ? error : 0;
}

Result<Child> start(const ProcessSpec& spec) {
  ChildPlan plan;
  plan.program = CAMP_TRY(find_program(spec));
  plan.argv = pointers(spec.argv);
  plan.environment = pointers(spec.environment);
  if (!spec.directory.empty()) plan.directory = spec.directory.c_str();
  plan.limits = spec.limits;
  plan.parent = getpid();
  Pipe input = CAMP_TRY(make_pipe());
  Pipe output = CAMP_TRY(make_pipe());
  Pipe errors = CAMP_TRY(make_pipe());
  Pipe report = CAMP_TRY(make_pipe());
  plan.input = input.read.get();
  plan.output = output.write.get();
  plan.errors = errors.write.get();
  plan.report = report.write.get();

  const pid_t pid = fork();
  if (pid < 0) return system_failure("cannot start " + spec.argv[0], errno);
  if (pid == 0) become(plan);
  report.write.close();
  int error = start_error(report.read);
  Descriptor alive(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (error == 0 && !alive.is_open()) error = errno;
  if (error != 0) {
    kill_group(pid);
    waitpid(pid, nullptr, 0);
    return system_failure("cannot start " + spec.argv[0], error);
  }
  for (const Descriptor* end : {&input.write, &output.read, &errors.read}) {
    fcntl(end->get(), F_SETFL, O_NONBLOCK);
  }
  return Child{pid, std::move(alive), std::move(input.write), std::move(output.read),
               std::move(errors.read)};
}

/// Takes what can be read without waiting; closes at the end of the stream. False: more than
/// `limit` bytes came (the rest is dropped).
bool drain(Descriptor& from, std::string& into, std::size_t limit) {
  std::array<char, 65536> buffer;
  bool within = true;
  while (from.is_open()) {
    const ssize_t got = read(from.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) break;
    if (got <= 0) {
      from.close();
      break;
    }
    const std::size_t room = limit - into.size();
    const std::size_t size = static_cast<std::size_t>(got);
    into.append(buffer.data(), std::min(room, size));
    if (size > room) {
      within = false;
      break;  // a child that never stops writing must not keep us here
    }
  }
  return within;
}

/// The same up to `limit` bytes in all, or a little more; the rest stays to be read.
void take_some(Descriptor& from, std::string& into, std::size_t limit) {
  std::array<char, 65536> buffer;
  while (from.is_open() && into.size() < limit) {
    const ssize_t got = read(from.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return from.close();
    into.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

void feed(Descriptor& to, std::string_view& rest) {
  while (to.is_open() && !rest.empty()) {
    const ssize_t sent = write(to.get(), rest.data(), rest.size());
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) break;  // it does not want the rest
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  to.close();
}

using Clock = std::chrono::steady_clock;

/// Milliseconds for poll(2) until the deadline, rounded up; -1 without one.
int remaining(std::chrono::milliseconds timeout, Clock::time_point begin) {
  if (timeout.count() == 0) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(begin + timeout - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1 << 30));
}

/// The earlier of two times to wait, of which -1 is for ever.
int shorter(int a, int b) { return a < 0 || b < 0 ? std::max(a, b) : std::min(a, b); }

/// Moves bytes until the child has ended or has to be ended.
void converse(const ProcessSpec& spec, Child& child, ProcessResult& result) {
  const Clock::time_point begin = Clock::now();
  std::string_view rest = spec.input;
  feed(child.input, rest);
  while (true) {
    std::array<pollfd, 4> waiting{{{child.alive.get(), POLLIN, 0},
                                   {child.input.get(), POLLOUT, 0},
                                   {child.output.get(), POLLIN, 0},
                                   {child.errors.get(), POLLIN, 0}}};
    const int wait = remaining(spec.timeout, begin);
    const int ready = poll(waiting.data(), waiting.size(), wait);
    if (ready < 0 && errno == EINTR) continue;
    const bool ended = waiting[0].revents != 0;
    if (waiting[1].revents != 0) feed(child.input, rest);
    result.overflowed = !drain(child.output, result.output, spec.max_output);
    drain(child.errors, result.errors, spec.max_errors);
    result.timed_out = !ended && remaining(spec.timeout, begin) == 0;
    if (ended || ready < 0 || result.overflowed || result.timed_out) break;
  }
}

/// Ends what is left of the child's group and takes its status.
void reap(const Child& child, ProcessResult& result) {
  kill_group(child.pid);  // before the wait: until then nobody else can have the group's number
  int status = 0;
  while (waitpid(child.pid, &status, 0) == -1 && errno == EINTR) {
  }
  if (WIFEXITED(status)) result.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
}

constexpr std::size_t kMostUnread = 1 << 20;

}  // namespace

Result<void> become_process(const ProcessSpec& spec) {
  const std::string program = CAMP_TRY(find_program(spec));
  const auto argv = pointers(spec.argv);
  const auto environment = pointers(spec.environment);
  close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
  for (int number = 1; number < NSIG; ++number) std::signal(number, SIG_DFL);
  execve(program.c_str(), argv.data(), environment.data());
  return system_failure("cannot start " + spec.argv[0], errno);
}

Result<ProcessResult> run_process(const ProcessSpec& spec) {
  const WithoutSigpipe guard;
  Child child = CAMP_TRY(start(spec));
  ProcessResult result;
  converse(spec, child, result);
  reap(child, result);
  return result;
}

struct ChildProcess::State {
  Child child;
  std::string name;
  std::chrono::milliseconds timeout{0}, silence{0};
  std::size_t max_errors = 0;
  Clock::time_point begin = Clock::now();
  std::string unread;
  ProcessResult result;

  /// Waits until the child says something, ends, or (`for_input`) can be written to, and takes what
  /// it said. False: it has ended.
  Result<bool> wait(bool for_input);
};

Result<bool> ChildProcess::State::wait(bool for_input) {
  const bool room = unread.size() < kMostUnread;
  const int input = for_input ? child.input.get() : -1;
  std::array<pollfd, 4> waiting{{{child.alive.get(), POLLIN, 0},
                                 {room ? child.output.get() : -1, POLLIN, 0},
                                 {child.errors.get(), POLLIN, 0},
                                 {input, POLLOUT, 0}}};
  const int patience = shorter(remaining(timeout, begin), remaining(silence, Clock::now()));
  const int ready = poll(waiting.data(), waiting.size(), patience);
  if (ready < 0 && errno != EINTR) return system_failure("waiting for " + name, errno);
  if (ready == 0) return fail(Kind::network, name + " did not answer in time", "try again later");
  const bool ended = waiting[0].revents != 0;
  if (room) take_some(child.output, unread, kMostUnread);
  drain(child.errors, result.errors, max_errors);
  return !ended;
}

ChildProcess::ChildProcess(std::unique_ptr<State> state) : state_(std::move(state)) {}
ChildProcess::ChildProcess(ChildProcess&&) noexcept = default;
ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}
ChildProcess::~ChildProcess() {
  if (state_ && state_->child.pid != 0) reap(state_->child, state_->result);
}

Result<ChildProcess> ChildProcess::start(const ProcessSpec& spec) {
  auto child = CAMP_TRY(camp::start(spec));
  auto state = std::make_unique<State>();
  state->child = std::move(child);
  state->name = spec.argv.front();
  state->timeout = spec.timeout;
  state->silence = spec.silence;
  state->max_errors = spec.max_errors;
  return ChildProcess(std::move(state));
}

Result<std::string> ChildProcess::read() {
  while (state_->unread.empty() && state_->child.output.is_open()) {
    // What a child that has ended left in the pipe is taken first; nobody writes to it any more.
    if (!CAMP_TRY(state_->wait(false)) && state_->unread.empty()) break;
  }
  return std::exchange(state_->unread, {});
}

Result<void> ChildProcess::write(std::string_view bytes) {
  const WithoutSigpipe guard;
  while (!bytes.empty()) {
    const ssize_t sent = ::write(state_->child.input.get(), bytes.data(), bytes.size());
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      CAMP_TRY(state_->wait(true));
    } else if (errno != EINTR) {
      return fail(Kind::closed_pipe, state_->name + " reads no more");
    }
  }
  return {};
}

void ChildProcess::end_input() { state_->child.input.close(); }

Result<ProcessResult> ChildProcess::finish() {
  end_input();
  do {
    state_->unread.clear();
  } while (CAMP_TRY(state_->wait(false)));
  reap(state_->child, state_->result);
  state_->child.pid = 0;
  return std::move(state_->result);
}

}  // namespace camp
