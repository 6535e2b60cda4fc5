// SPDX-License-Identifier: MIT
#include "cli/stream.h"

#include <unistd.h>
#include <cerrno>
#include <cstddef>

namespace camp::cli {

FdBuffer::FdBuffer(int fd) : fd_(fd), space_(std::size_t{1} << 15) {
  setp(space_.data(), space_.data() + space_.size());
}

int FdBuffer::redirect(int fd) {
  write_out();
  const int before = fd_;
  fd_ = fd;
  return before;
}

FdBuffer::int_type FdBuffer::overflow(int_type character) {
  if (!write_out()) return traits_type::eof();
  if (!traits_type::eq_int_type(character, traits_type::eof())) {
    *pptr() = traits_type::to_char_type(character);
    pbump(1);
  }
  return traits_type::not_eof(character);
}

int FdBuffer::sync() { return write_out() ? 0 : -1; }

bool FdBuffer::write_out() {
  const char* from = pbase();
  while (error_ == 0 && from < pptr()) {
    const ssize_t written = ::write(fd_, from, static_cast<std::size_t>(pptr() - from));
    if (written > 0) {
      from += written;
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  setp(space_.data(), space_.data() + space_.size());
  return error_ == 0;
}

}  // namespace camp::cli
