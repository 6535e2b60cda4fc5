// SPDX-License-Identifier: MIT
#include "cli/system.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>

extern char** environ;

namespace camp::cli {
namespace {

// A signal handler has nothing but globals to speak through.
volatile std::sig_atomic_t stop_requested = 0;  // NOLINT
volatile std::sig_atomic_t finish_first = 0;    // NOLINT

/// The first Ctrl-C of a command that writes is remembered until the write is done; any other ends
/// the process.
void on_interrupt(int) {
  if (finish_first == 0 || stop_requested != 0) _exit(exit_code(Kind::interrupted));
  stop_requested = 1;
}

void hold_descriptors() {
  // Read-only on purpose: writing to a closed standard output must fail, not vanish.
  while (true) {
    const int fd = ::open("/dev/null", O_RDONLY);
    if (fd < 0) return;
    if (fd > 2) {
      ::close(fd);
      return;
    }
  }
}

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_flags =
      SA_RESTART;  // libraries need not know; read_input uses poll, which never restarts
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int terminal_width(const Env& env) {
  const std::string columns = env.variable("COLUMNS").value_or("");
  int width = 0;
  std::from_chars(columns.data(), columns.data() + columns.size(), width);
  winsize size{};
  if (width <= 0 && ::ioctl(1, TIOCGWINSZ, &size) == 0) width = size.ws_col;
  if (width <= 0) width = 80;
  return std::min(std::max(width, 40), 1000);
}

/// Waits until standard input has something. False when a person pressed Ctrl-C instead.
bool wait_for_input() {
  pollfd input{0, POLLIN, 0};
  while (::poll(&input, 1, -1) < 0) {
    if (stop_requested != 0 || errno != EINTR) return stop_requested == 0;
  }
  return true;
}

Result<std::string> read_some() {
  std::array<char, 16384> piece{};
  while (true) {
    if (!wait_for_input()) return fail(Kind::interrupted, "interrupted");
    const ssize_t size = ::read(0, piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      return fail(Kind::failed, std::string("cannot read standard input: ") + std::strerror(errno));
    }
    return std::string(piece.data(), static_cast<std::size_t>(size));
  }
}

Result<std::string> read_input(std::size_t limit) {
  std::string text;
  while (true) {
    const std::string piece = CAMP_TRY(read_some());
    if (piece.empty()) return text;
    text += piece;
    if (text.size() > limit) {
      return fail(Kind::usage,
                  "standard input holds more than " + std::to_string(limit) + " bytes");
    }
  }
}

/// A program about to be started, with the signals that camp ignores set back.
class Child {
 public:
  explicit Child(std::vector<std::string> words) : words_(std::move(words)) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    sigaddset(&signals, SIGINT);
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  void replace(int fd, int by) { posix_spawn_file_actions_adddup2(&actions_, by, fd); }
  void silence(int fd) {
    posix_spawn_file_actions_addopen(&actions_, fd, "/dev/null", O_WRONLY, 0);
  }

  /// The process, or 0 when it cannot be started.
  pid_t start() {
    std::vector<char*> argv;
    for (std::string& word : words_) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t pid = 0;
    const int error =
        ::posix_spawnp(&pid, argv.front(), &actions_, &attributes_, argv.data(), environ);
    return error == 0 ? pid : 0;
  }

 private:
  std::vector<std::string> words_;
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

System::System() {
  hold_descriptors();
  catch_signals();
}

Session System::session(const Env& env) {
  Session session{.out = out_, .err = err_};
  session.terminal = {.in = ::isatty(0) == 1,
                      .out = ::isatty(1) == 1,
                      .err = ::isatty(2) == 1,
                      .width = terminal_width(env)};
  session.read_input = read_input;
  session.read_some = read_some;
  session.interrupted = [] { return stop_requested != 0; };
  session.start_pager = [this](const std::string& command) { start_pager(command); };
  session.before_run = [](Needs needs) { finish_first = needs == Needs::write ? 1 : 0; };
  return session;
}

void System::start_pager(const std::string& command) {
  std::array<int, 2> ends{};
  if (pager_ != 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  Child child({"sh", "-c", command});  // the user's own words, for the user's own shell
  child.replace(0, ends[0]);
  pager_ = child.start();
  ::close(ends[0]);
  if (pager_ == 0) {
    ::close(ends[1]);
    return;
  }
  out_buffer_.redirect(ends[1]);
  // Ctrl-C belongs to the pager now; camp ends when the pager has ended.
  std::signal(SIGINT, SIG_IGN);
}

int run_program(std::vector<std::string> words, bool quietly) {
  Child child(std::move(words));
  if (quietly) child.silence(2);
  const pid_t pid = child.start();
  if (pid == 0) return 127;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return 127;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int System::finish(int code) {
  out_.flush();
  err_.flush();
  const int trouble = out_buffer_.error();
  if (pager_ != 0) {
    ::close(out_buffer_.redirect(1));
    while (::waitpid(pager_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pager_ = 0;
    // Leaving the pager early is how a person stops reading.
    if (trouble == EPIPE) return code;
  }
  if (code != 0) return code;
  if (trouble == EPIPE) return exit_code(Kind::closed_pipe);
  if (trouble != 0) {
    err_ << "camp: cannot write the output: " << std::strerror(trouble) << '\n'
         << "hint: the command itself was done; look where its output goes\n";
    err_.flush();
    return exit_code(Kind::failed);
  }
  return stop_requested != 0 ? exit_code(Kind::interrupted) : 0;
}

}  // namespace camp::cli
