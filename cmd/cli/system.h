// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <ostream>
#include <string>
#include <vector>

#include "cli/run.h"
#include "cli/stream.h"

namespace camp::cli {

/// The process that camp runs in: its three streams, its signals, its pager.
class System {
 public:
  /// Makes sure that descriptors 0 to 2 are taken (else a database could be opened as standard
  /// output), ignores SIGPIPE (writing reports it) and catches SIGINT.
  System();
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  /// Valid as long as the System. A pager that it starts gets what is printed from then on.
  Session session(const Env& env);

  /// Waits for the pager and looks at what happened to the output: the exit code of the process.
  /// 141 when the reader went away, 1 with a message when the output could not be written although
  /// the command succeeded, 130 after Ctrl-C, else `code`.
  int finish(int code);

 private:
  void start_pager(const std::string& command);

  FdBuffer out_buffer_{1};
  FdBuffer err_buffer_{2};
  std::ostream out_{&out_buffer_};
  std::ostream err_{&err_buffer_};
  pid_t pager_ = 0;
};

/// Runs a program of the user's (found in PATH) on the same terminal and waits for it, with the
/// signals set back to normal. Its exit code, 127 when it cannot be started, 128 and the number of
/// the signal that ended it. `quietly` drops its standard error.
int run_program(std::vector<std::string> words, bool quietly = false);

}  // namespace camp::cli
