// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace camp {

/// Ceilings that the kernel holds a child to (setrlimit(2)); what is not set stays as it is.
struct ProcessLimits {
  std::optional<std::uint64_t> cpu_seconds;
  std::optional<std::uint64_t> memory_bytes;  ///< address space
  std::optional<std::uint64_t> data_bytes;    ///< what it allocates; mapped files do not count
  std::optional<std::uint64_t> file_bytes;    ///< size of any one file it writes
};

/// A program to run. Nothing is inherited but the working directory (unless `directory` is set):
/// no environment, no open files, no signal mask. There is never a shell in between.
struct ProcessSpec {
  /// argv[0] is a path, or a name that is looked up in the PATH of `environment`, or, if that has
  /// none, in /usr/local/bin:/usr/bin:/bin.
  std::vector<std::string> argv;
  std::vector<std::string> environment;  ///< NAME=value
  std::string input;                     ///< what the child reads from standard input
  std::string directory;                 ///< its working directory; empty: ours
  std::size_t max_output = 16u << 20;    ///< bytes of standard output; one more kills the child
  std::size_t max_errors = 1u << 20;     ///< bytes of standard error kept; what follows is dropped
  std::chrono::milliseconds timeout{0};  ///< wall-clock; 0 waits for ever
  std::chrono::milliseconds silence{0};  ///< of a ChildProcess: the longest wait for a sign of life
  ProcessLimits limits;
};

/// How a child ended and what it said.
struct ProcessResult {
  int status = -1;          ///< its exit status; -1 if a signal ended it
  int signal = 0;           ///< the signal that ended it, else 0
  bool timed_out = false;   ///< we killed it: `timeout` had passed
  bool overflowed = false;  ///< we killed it: it wrote more than `max_output`
  std::string output;
  std::string errors;

  bool ok() const { return status == 0 && !timed_out && !overflowed; }
};

/// Runs a program to its end. The child leads a process group of its own, and the whole group is
/// killed on a timeout, on too much output, when the child has ended, and when the caller dies.
/// Fails with not_found if there is no such program and with failed if it cannot be started; how
/// the program itself ended stands in the result.
Result<ProcessResult> run_process(const ProcessSpec& spec);

/// Becomes a program: it takes our place, with our standard streams and nothing else of ours. Of
/// the spec `argv` and `environment` count. Returns only if it cannot be started.
Result<void> become_process(const ProcessSpec& spec);

/// A program that is spoken with while it runs. It is started and ended like that of run_process,
/// and dies with this object. Of the spec, `input` and `max_output` do not count; `timeout` is for
/// the whole conversation, `silence` for each time that we wait for it (0: no limit), and
/// Kind::network says that one has passed.
class ChildProcess {
 public:
  static Result<ChildProcess> start(const ProcessSpec& spec);
  ChildProcess(ChildProcess&&) noexcept;
  ChildProcess& operator=(ChildProcess&&) noexcept;
  ~ChildProcess();

  /// The next bytes of its standard output, as they come; empty when there will be no more.
  Result<std::string> read();
  /// Writes all of the bytes. Kind::closed_pipe if it reads no more. What it writes meanwhile is
  /// kept for read(), up to a MiB: a child that wants to be read first is waited for.
  Result<void> write(std::string_view bytes);
  /// Closes its standard input.
  void end_input();
  /// Waits until it ends. What it wrote and nobody read is dropped; its errors are in the result.
  Result<ProcessResult> finish();

 private:
  struct State;
  explicit ChildProcess(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace camp
