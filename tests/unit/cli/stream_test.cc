// SPDX-License-Identifier: MIT
#include "cli/stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ostream>
#include <string>

#include "catch.h"

using camp::cli::FdBuffer;

TEST_CASE("what is written comes out of the descriptor, in order, also beyond the buffer") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const std::string text(50'000, 'x');
  {
    FdBuffer buffer(ends[1]);
    std::ostream out(&buffer);
    out << text << "end";
    out.flush();
    CHECK(buffer.error() == 0);
  }
  ::close(ends[1]);
  std::string got;
  std::array<char, 4096> piece{};
  for (ssize_t size = 1; size > 0;) {
    size = ::read(ends[0], piece.data(), piece.size());
    if (size > 0) got.append(piece.data(), static_cast<std::size_t>(size));
  }
  ::close(ends[0]);
  CHECK(got == text + "end");
}

TEST_CASE("a full device is remembered as such") {
  const int fd = ::open("/dev/full", O_WRONLY);
  REQUIRE(fd >= 0);
  FdBuffer buffer(fd);
  std::ostream out(&buffer);
  out << "x" << std::flush;
  CHECK_FALSE(out);
  CHECK(buffer.error() == ENOSPC);
  ::close(fd);
}

TEST_CASE("a reader that went away is remembered as such") {
  std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  ::close(ends[0]);
  FdBuffer buffer(ends[1]);
  std::ostream out(&buffer);
  out << "x" << std::flush;
  CHECK(buffer.error() == EPIPE);
  ::close(ends[1]);
}
