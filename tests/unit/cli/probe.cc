// SPDX-License-Identifier: MIT
// A small program around the engine, for what only a process can show: signals, streams, the pager.

#include <fcntl.h>
#include <unistd.h>

#include "base/env.h"
#include "cli/run.h"
#include "cli/system.h"

namespace {

using camp::Result;
using camp::cli::Command;
using camp::cli::Context;
using camp::cli::Needs;
using camp::cli::Own;

/// A unit of work that a Ctrl-C must not tear apart: it ends only after the signal has come.
Result<void> write_until_interrupted(Context& context) {
  context.out.line({"begun"});
  context.out.finish();
  while (!context.interrupted()) ::usleep(1000);
  context.out.line({"done"});
  return {};
}

Result<void> wait_forever(Context& context) {
  context.out.line({"begun"});
  context.out.finish();
  while (true) ::usleep(1000);
}

Result<void> page_lines(Context& context) {
  context.out.page();
  for (int i = 0; i < 100'000 && !context.out.broken(); ++i) context.out.line({"line ", i});
  return {};
}

Result<void> count_input(Context& context) {
  const std::string text = CAMP_TRY(context.read_input(100'000));
  context.out.line({Own{std::to_string(text.size())}});
  return {};
}

Result<void> open_a_file(Context& context) {
  context.out.note("{}", ::open("/dev/null", O_RDONLY));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  camp::cli::System system;
  const Result<camp::Env> env = camp::system_env();
  if (!env) return 70;
  const Command root{
      .name = "probe",
      .summary = "a test",
      .subcommands = {{.name = "write", .needs = Needs::write, .run = write_until_interrupted},
                      {.name = "wait", .needs = Needs::read, .run = wait_forever},
                      {.name = "page", .needs = Needs::read, .run = page_lines},
                      {.name = "open", .needs = Needs::read, .run = open_a_file},
                      {.name = "input", .needs = Needs::write, .run = count_input}}};
  const std::vector<std::string> words(argv + 1, argv + argc);
  return system.finish(camp::cli::run(root, words, *env, system.session(*env)));
}
