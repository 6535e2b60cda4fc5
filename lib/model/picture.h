// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace camp::model {

/// The largest picture that camp takes, in bytes and in pixels (width times height).
inline constexpr std::size_t kMostPictureBytes = 16U << 20;
inline constexpr std::size_t kMostPicturePixels = 40'000'000;

/// A picture that tells no more than what it shows.
struct Picture {
  std::string bytes;
  std::string media_type;  ///< "image/jpeg", "image/png" or "image/webp"
  int width = 0;           ///< pixels as shown, that is, after turning by the orientation
  int height = 0;
};

/// Takes JPEG, PNG and WebP and removes what people do not know they publish: EXIF with its place,
/// XMP, IPTC, comments, text, dates, thumbnails, and everything behind the picture's end. Nothing
/// is decoded: the image data, the colour profile and the orientation stay as they are. Cleaning
/// twice changes nothing more. Kind::refused for other formats, broken or cut structures, more
/// bytes than kMostPictureBytes and more pixels than kMostPicturePixels.
/// Formats: ITU-T T.81, JFIF 1.02, Exif 2.3, PNG (W3C, third edition), WebP container (RFC 9649).
Result<Picture> clean_picture(std::string_view bytes);

}  // namespace camp::model
