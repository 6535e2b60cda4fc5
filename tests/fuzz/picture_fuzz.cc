// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/picture.h"

// A picture is refused or comes out clean: cleaning it again changes nothing, its size is within
// the limits, and nothing that names a place or a text is left in it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto once = camp::model::clean_picture(input);
  if (!once) return once.error().message.empty() ? std::abort(), 1 : 0;
  const auto twice = camp::model::clean_picture(once->bytes);
  if (!twice || twice->bytes != once->bytes || twice->width != once->width ||
      twice->height != once->height || twice->media_type != once->media_type) {
    std::abort();
  }
  if (once->width <= 0 || once->height <= 0) std::abort();
  const auto pixels =
      static_cast<std::size_t>(once->width) * static_cast<std::size_t>(once->height);
  if (pixels > camp::model::kMostPicturePixels) std::abort();
  return 0;
}
