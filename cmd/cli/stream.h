// SPDX-License-Identifier: MIT
#pragma once

#include <streambuf>
#include <vector>

namespace camp::cli {

/// Writes to a file descriptor and remembers why it could not. std::cout forgets: a full disk and a
/// reader that went away would look the same.
class FdBuffer : public std::streambuf {
 public:
  explicit FdBuffer(int fd);

  /// The errno of the first write that failed, or 0. Nothing is written after it.
  int error() const { return error_; }
  /// Flushes, then writes to `fd` from here on. Returns the descriptor used before.
  int redirect(int fd);

 protected:
  int_type overflow(int_type character) override;
  int sync() override;

 private:
  bool write_out();

  int fd_;
  int error_ = 0;
  std::vector<char> space_;
};

}  // namespace camp::cli
