// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "model/picture.h"

namespace {

std::uint32_t crc_of(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int i = 0; i < 8; ++i) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320U : crc >> 1;
  }
  return ~crc;
}

// A PNG whose check sums are right: no change of a chunk gets past them otherwise.
std::string with_right_sums(std::string bytes) {
  if (!bytes.starts_with("\x89PNG\r\n\x1a\n")) return bytes;
  for (std::size_t at = 8; at + 12 <= bytes.size();) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      length = length << 8 | static_cast<std::uint8_t>(bytes[at + i]);
    }
    if (length > bytes.size() - at - 12) break;
    const std::uint32_t crc = crc_of(std::string_view(bytes).substr(at + 4, length + 4));
    for (std::size_t i = 0; i < 4; ++i) {
      bytes[at + 8 + length + i] = static_cast<char>(crc >> (24 - 8 * i) & 0xFF);
    }
    at += length + 12;
  }
  return bytes;
}

// A picture is refused or comes out clean: cleaning it again changes nothing, its size is within
// the limits, and nothing that names a place or a text is left in it.
void judge(std::string_view input) {
  const auto once = camp::model::clean_picture(input);
  if (!once) {
    if (once.error().message.empty()) std::abort();
    return;
  }
  const auto twice = camp::model::clean_picture(once->bytes);
  if (!twice || twice->bytes != once->bytes || twice->width != once->width ||
      twice->height != once->height || twice->media_type != once->media_type) {
    std::abort();
  }
  if (once->width <= 0 || once->height <= 0) std::abort();
  const auto pixels =
      static_cast<std::size_t>(once->width) * static_cast<std::size_t>(once->height);
  if (pixels > camp::model::kMostPicturePixels) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  judge(input);
  const std::string mended = with_right_sums(std::string(input));
  if (mended != input) judge(mended);
  return 0;
}
