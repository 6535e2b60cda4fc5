// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/picture.h"

// What the cleaners of the three formats have in common. Each takes bytes that begin with its
// signature.
namespace camp::model::picture {

constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n";
constexpr int kUpright = 1;  ///< the orientation of a picture that is not to be turned

Result<Picture> clean_jpeg(std::string_view bytes);
Result<Picture> clean_png(std::string_view bytes);
Result<Picture> clean_webp(std::string_view bytes);

tl::unexpected<Error> refuse(std::string message);
tl::unexpected<Error> broken(std::string_view format);

std::uint8_t byte_at(std::string_view bytes, std::size_t at);
/// The number in all of `bytes` (at most four).
std::uint32_t big_endian(std::string_view bytes);
std::uint32_t little_endian(std::string_view bytes);
void append_big_endian(std::string& out, std::uint32_t value, int size);
void append_little_endian(std::string& out, std::uint32_t value, int size);
/// Takes bytes off the front; nothing if there are fewer.
std::optional<std::string_view> take(std::string_view& rest, std::size_t size);

struct Size {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool operator==(const Size&) const = default;
};

/// Refuses a picture without extent and one of too many pixels.
Result<void> require_size(Size size, std::string_view format);

/// The orientation in a TIFF structure (with or without "Exif" before it), 1 to 8; upright if none
/// can be read.
int orientation_in(std::string_view tiff);
/// A TIFF structure that says the orientation and nothing else.
std::string tiff_with(int orientation);

/// The cleaned picture as it will be shown: its extent after it is turned.
Result<Picture> finish(std::string bytes, std::string_view media_type, Size size, int orientation);

}  // namespace camp::model::picture
