// SPDX-License-Identifier: MIT
#include "model/picture.h"

#include "model/picture_parts.h"

namespace camp::model {

Result<Picture> clean_picture(std::string_view bytes) {
  if (bytes.size() > kMostPictureBytes)
    return picture::refuse("this picture is larger than 16 MiB");
  if (bytes.starts_with("\xFF\xD8\xFF")) return picture::clean_jpeg(bytes);
  if (bytes.starts_with(picture::kPngSignature)) return picture::clean_png(bytes);
  if (bytes.size() >= 12 && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP") {
    return picture::clean_webp(bytes);
  }
  return picture::refuse("this is no picture of a kind that camp takes");
}

}  // namespace camp::model
