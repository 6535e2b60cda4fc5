// SPDX-License-Identifier: MIT
#include "git/gunzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace camp::git {
namespace {

constexpr std::size_t kFirstPiece = 16u << 10;
constexpr int kGzipOnly = 16;  // added to the window's size: no other wrapping

class Unpacker {
 public:
  Unpacker() : ready_(inflateInit2(&stream_, kGzipOnly + MAX_WBITS) == Z_OK) {}
  ~Unpacker() {
    if (ready_) inflateEnd(&stream_);
  }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  bool ready() const { return ready_; }

  /// Unpacks `bytes` until more than `most` have come; Z_STREAM_END if that was the whole.
  int run(std::string_view bytes, std::size_t most, std::string& out) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    int code = Z_OK;
    std::size_t done = 0;
    while (code == Z_OK && done <= most) {
      if (done == out.size()) out.resize(std::min(most + 1, std::max(kFirstPiece, 2 * done)));
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + done);
      stream_.avail_out = static_cast<uInt>(out.size() - done);
      code = inflate(&stream_, Z_NO_FLUSH);
      done = out.size() - stream_.avail_out;
    }
    out.resize(done);
    return code;
  }
  bool used_all() const { return stream_.avail_in == 0; }

 private:
  z_stream stream_{};
  bool ready_;
};

}  // namespace

Result<std::string> gunzip(std::string_view bytes, std::size_t most) {
  if (bytes.size() > std::numeric_limits<uInt>::max() / 2 ||
      most > std::numeric_limits<uInt>::max() / 2) {
    return fail(Kind::refused, "too much to unpack");
  }
  Unpacker unpacker;
  if (!unpacker.ready()) return fail(Kind::failed, "there is no memory to unpack what came");
  std::string out;
  const int code = unpacker.run(bytes, most, out);
  if (out.size() > most) {
    return fail(Kind::refused, "it unpacks to more than " + std::to_string(most) + " bytes");
  }
  if (code == Z_STREAM_END && unpacker.used_all()) return out;
  return fail(Kind::refused, "it cannot be unpacked");
}

}  // namespace camp::git
