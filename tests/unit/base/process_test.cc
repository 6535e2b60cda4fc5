// SPDX-License-Identifier: MIT
#include "base/process.h"

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "catch.h"

using camp::Kind;
using camp::ProcessResult;
using camp::ProcessSpec;
using camp::run_process;
using namespace std::chrono_literals;

namespace {

ProcessSpec shell(const std::string& script) {
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", script};
  spec.environment = {"PATH=/usr/bin:/bin"};
  return spec;
}

ProcessResult run(const ProcessSpec& spec) {
  camp::Result<ProcessResult> result = run_process(spec);
  INFO((result ? std::string() : result.error().message));
  REQUIRE(result.has_value());
  return *result;
}

}  // namespace

TEST_CASE("a child gets its input and gives its output, its errors and its status") {
  ProcessSpec spec = shell("cat; echo trouble >&2; exit 3");
  spec.input = std::string("a\0b\n", 4);
  const ProcessResult result = run(spec);
  CHECK(result.output == spec.input);
  CHECK(result.errors == "trouble\n");
  CHECK(result.status == 3);
  CHECK(result.signal == 0);
  CHECK_FALSE(result.ok());
}

TEST_CASE("arguments reach the program as they are, whatever they look like") {
  ProcessSpec spec;
  spec.argv = {"printf", "%s|", "$(id)", "a b", "; rm -rf x", "", "*"};
  CHECK(run(spec).output == "$(id)|a b|; rm -rf x||*|");
}

TEST_CASE("a child sees only the environment it is given") {
  setenv("CAMP_PROCESS_TEST", "leaked", 1);
  ProcessSpec spec;
  spec.argv = {"env"};
  spec.environment = {"ONE=1", "TWO=2"};
  CHECK(run(spec).output == "ONE=1\nTWO=2\n");
}

TEST_CASE("a child runs in the directory it is given") {
  ProcessSpec spec = shell("pwd");
  spec.directory = "/usr";
  CHECK(run(spec).output == "/usr\n");
}

TEST_CASE("a child does not inherit open files") {
  const int fd = dup(0);
  REQUIRE(fd >= 3);
  ProcessSpec spec = shell("ls /proc/self/fd | wc -l");
  const std::string count = run(spec).output;
  close(fd);
  CHECK(std::atoi(count.c_str()) == 4);  // the three streams and the directory that ls reads
}

TEST_CASE("a program is looked up in the path of its own environment") {
  ProcessSpec spec;
  spec.argv = {"sh", "-c", "exit 0"};
  CHECK(run(spec).ok());
  spec.environment = {"PATH=/nonexistent"};
  const auto result = run_process(spec);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().kind == Kind::not_found);
}

TEST_CASE("a program that cannot be started is an error") {
  ProcessSpec spec;
  CHECK_FALSE(run_process(spec).has_value());
  spec.argv = {"/nonexistent/program"};
  CHECK_FALSE(run_process(spec).has_value());
  spec.argv = {"/etc/passwd"};
  CHECK_FALSE(run_process(spec).has_value());
  spec.argv = {"/bin/true"};
  spec.directory = "/nonexistent";
  CHECK_FALSE(run_process(spec).has_value());
}

TEST_CASE("more input than a pipe holds passes through without a deadlock") {
  ProcessSpec spec;
  spec.argv = {"cat"};
  spec.input.assign(3u << 20, 'x');
  const ProcessResult result = run(spec);
  CHECK(result.ok());
  CHECK(result.output == spec.input);
}

TEST_CASE("a child that ignores its input does no harm") {
  ProcessSpec spec = shell("exec 0<&-; exit 0");
  spec.input.assign(3u << 20, 'x');
  CHECK(run(spec).ok());
}

TEST_CASE("output is capped and the child that goes on is killed") {
  ProcessSpec spec = shell("yes");
  spec.max_output = 1000;
  const ProcessResult result = run(spec);
  CHECK(result.overflowed);
  CHECK_FALSE(result.ok());
  CHECK(result.output.size() == 1000);
  CHECK(result.signal == SIGKILL);
}

TEST_CASE("output of exactly the cap is whole") {
  ProcessSpec spec = shell("printf 12345678");
  spec.max_output = 8;
  const ProcessResult result = run(spec);
  CHECK(result.ok());
  CHECK(result.output == "12345678");
}

TEST_CASE("standard error beyond its cap is dropped without ending the child") {
  ProcessSpec spec =
      shell("i=0; while [ $i -lt 20000 ]; do echo trouble >&2; i=$((i+1)); done; echo end");
  spec.max_errors = 100;
  const ProcessResult result = run(spec);
  CHECK(result.ok());
  CHECK(result.errors.size() == 100);
  CHECK(result.output == "end\n");
}

TEST_CASE("a timeout kills the child and what it started") {
  ProcessSpec spec = shell("echo $$; sleep 1000 & echo $!; wait");
  spec.timeout = 300ms;
  const ProcessResult result = run(spec);
  CHECK(result.timed_out);
  CHECK(result.signal == SIGKILL);
  const std::size_t line = result.output.find('\n');
  REQUIRE(line != std::string::npos);
  const pid_t grandchild = std::atoi(result.output.c_str() + line + 1);
  REQUIRE(grandchild > 0);
  bool gone = false;  // it is the kernel's to reap; until then it may be a zombie
  for (int i = 0; i < 1000 && !gone; ++i) {
    gone = kill(grandchild, 0) != 0 ||
           run(shell("grep -c 'State:.Z' /proc/" + std::to_string(grandchild) + "/status")).ok();
    if (!gone) usleep(1000);
  }
  CHECK(gone);
}

TEST_CASE("a grandchild that holds the streams open does not hold us") {
  ProcessSpec spec = shell("sleep 1000 & echo done");
  const ProcessResult result = run(spec);
  CHECK(result.ok());
  CHECK(result.output == "done\n");
}

TEST_CASE("the kernel holds a child to its limits") {
  ProcessSpec spec = shell("head -c 100000 /dev/zero > \"$OUT\"");
  std::string path = "/tmp/camp-process-test-XXXXXX";
  const int fd = mkstemp(path.data());
  REQUIRE(fd >= 0);
  close(fd);
  spec.environment.push_back("OUT=" + path);
  spec.limits.file_bytes = 4096;
  CHECK_FALSE(run(spec).ok());
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK(status.st_size <= 4096);
  unlink(path.c_str());

  ProcessSpec spinning = shell("while :; do :; done");
  spinning.limits.cpu_seconds = 1;
  CHECK(run(spinning).signal != 0);
}

TEST_CASE("a pending broken pipe never reaches the caller") {
  struct sigaction before {};
  REQUIRE(sigaction(SIGPIPE, nullptr, &before) == 0);
  REQUIRE(before.sa_handler == SIG_DFL);
  ProcessSpec spec;
  spec.argv = {"/bin/true"};
  spec.input.assign(1u << 20, 'x');
  for (int i = 0; i < 20; ++i) CHECK(run(spec).status == 0);
}

TEST_CASE("a child is spoken with in turn") {
  auto child = camp::ChildProcess::start(shell("read a; echo one $a; read b; echo two $b; exit 4"));
  REQUIRE(child);
  REQUIRE(child->write("x\n"));
  CHECK(child->read().value() == "one x\n");
  REQUIRE(child->write("y\n"));
  CHECK(child->read().value() == "two y\n");
  CHECK(child->read().value().empty());
  CHECK(child->finish().value().status == 4);
}

TEST_CASE("nothing is lost of much that goes both ways at once") {
  auto child = camp::ChildProcess::start(shell("cat"));
  REQUIRE(child);
  const std::string piece(100'000, 'p');
  std::size_t got = 0;
  for (int i = 0; i < 50; ++i) {
    REQUIRE(child->write(piece));
    if (i % 5 == 4) got += child->read().value().size();
  }
  child->end_input();
  for (std::string more = child->read().value(); !more.empty(); more = child->read().value()) {
    got += more.size();
  }
  CHECK(got == 50 * piece.size());
  CHECK(child->finish().value().ok());
}

TEST_CASE("a child that says nothing is left in time, and dies with its group") {
  ProcessSpec spec = shell("sleep 600 & echo $!; wait");
  spec.timeout = 300ms;
  std::string pid;
  {
    auto child = camp::ChildProcess::start(spec);
    REQUIRE(child);
    pid = child->read().value();
    const auto late = child->read();
    REQUIRE_FALSE(late);
    CHECK(late.error().kind == Kind::network);
  }
  for (int i = 0; i < 200 && ::kill(std::stoi(pid), 0) == 0; ++i) ::usleep(10'000);
  CHECK(::kill(std::stoi(pid), 0) == -1);
}

TEST_CASE("a child may talk for long, but not be silent for long") {
  ProcessSpec spec = shell("for i in 1 2 3 4 5 6; do echo $i; sleep 0.5; done; sleep 600");
  spec.silence = 2s;
  spec.timeout = 60s;
  auto child = camp::ChildProcess::start(spec);
  REQUIRE(child);
  std::string heard;
  auto more = child->read();
  for (; more && !more->empty(); more = child->read()) heard += *more;
  CHECK(heard == "1\n2\n3\n4\n5\n6\n");
  REQUIRE_FALSE(more);
  CHECK(more.error().kind == Kind::network);
}

TEST_CASE("what a child does not want to read is an error, not the end of us") {
  auto child = camp::ChildProcess::start(shell("exec 0<&-; echo closed; sleep 5"));
  REQUIRE(child);
  CHECK(child->read().value() == "closed\n");
  CHECK(child->write("x").error().kind == Kind::closed_pipe);
}

TEST_CASE("a child that allocates more than it may fails") {
  ProcessSpec spec = shell("x=$(head -c 100000000 /dev/zero | tr '\\0' x); echo ${#x}");
  spec.limits.data_bytes = 32 << 20;
  CHECK(run(spec).output.find("100000000") == std::string::npos);
}
