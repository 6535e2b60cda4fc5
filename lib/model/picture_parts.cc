// SPDX-License-Identifier: MIT
#include "model/picture_parts.h"

#include <utility>

namespace camp::model::picture {

using namespace std::string_view_literals;

tl::unexpected<Error> refuse(std::string message) {
  return fail(Kind::refused, std::move(message), "camp takes JPEG, PNG and WebP pictures");
}
tl::unexpected<Error> broken(std::string_view format) {
  return refuse("this " + std::string(format) + " is damaged or not what it claims to be");
}

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value = value << 8 | byte_at(bytes, i);
  return value;
}
std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | byte_at(bytes, i - 1);
  return value;
}

void append_big_endian(std::string& out, std::uint32_t value, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>(value >> shift & 0xFF);
  }
}
void append_little_endian(std::string& out, std::uint32_t value, int size) {
  for (int i = 0; i < size; ++i) out += static_cast<char>(value >> 8 * i & 0xFF);
}

std::optional<std::string_view> take(std::string_view& rest, std::size_t size) {
  if (rest.size() < size) return std::nullopt;
  const std::string_view taken = rest.substr(0, size);
  rest.remove_prefix(size);
  return taken;
}

Result<void> require_size(Size size, std::string_view format) {
  if (size.width == 0 || size.height == 0) return broken(format);
  if (std::uint64_t{size.width} * size.height > kMostPicturePixels) {
    return fail(Kind::refused,
                "this picture has " + std::to_string(size.width) + " x " +
                    std::to_string(size.height) + " pixels",
                "make it smaller; camp takes up to 40 million pixels");
  }
  return {};
}

int orientation_in(std::string_view tiff) {
  constexpr std::uint32_t kOrientation = 0x0112;
  constexpr std::uint32_t kShort = 3;
  if (tiff.starts_with("Exif\0\0"sv)) tiff.remove_prefix(6);
  const bool little = tiff.starts_with("II*\0"sv);
  if ((!little && !tiff.starts_with("MM\0*"sv)) || tiff.size() < 8) return kUpright;
  const auto number = [&](std::string_view bytes) {
    return little ? little_endian(bytes) : big_endian(bytes);
  };
  // Only the first directory counts: the others describe thumbnails.
  const std::uint32_t offset = number(tiff.substr(4, 4));
  if (offset > tiff.size()) return kUpright;
  std::string_view rest = tiff.substr(offset);
  const auto count = take(rest, 2);
  if (!count) return kUpright;
  for (std::uint32_t i = number(*count); i > 0; --i) {
    const auto entry = take(rest, 12);
    if (!entry) return kUpright;
    if (number(entry->substr(0, 2)) != kOrientation || number(entry->substr(2, 2)) != kShort) {
      continue;
    }
    const std::uint32_t value = number(entry->substr(8, 2));
    return value >= 1 && value <= 8 ? static_cast<int>(value) : kUpright;
  }
  return kUpright;
}

std::string tiff_with(int orientation) {
  std::string tiff("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01"sv);
  append_big_endian(tiff, static_cast<std::uint32_t>(orientation), 2);
  tiff.append(6, '\0');  // the rest of the value, and no further directory
  return tiff;
}

Result<Picture> finish(std::string bytes, std::string_view media_type, Size size, int orientation) {
  if (bytes.size() > kMostPictureBytes) return refuse("this picture is larger than 16 MiB");
  // From 5 on the picture lies on its side.
  if (orientation >= 5) std::swap(size.width, size.height);
  return Picture{std::move(bytes), std::string(media_type), static_cast<int>(size.width),
                 static_cast<int>(size.height)};
}

}  // namespace camp::model::picture
