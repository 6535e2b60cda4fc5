// SPDX-License-Identifier: MIT
#include "model/picture_parts.h"

namespace camp::model::picture {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

class WebpCleaner {
 public:
  explicit WebpCleaner(std::string_view bytes) : bytes_(bytes) {}

  Result<Picture> clean() {
    std::string_view rest = bytes_.substr(4);
    const std::uint32_t size = little_endian(*take(rest, 4));
    if (size > rest.size() || size < 4 || size % 2 != 0) return broken("WebP");
    rest = rest.substr(4, size - 4);
    while (!rest.empty()) CAMP_TRY(take_chunk(rest));
    CAMP_TRY(judge());
    std::string out("RIFF\0\0\0\0WEBP"sv);
    if (extended_) append_header(out);
    out += profile_;
    out += image_;
    if (turned()) append_chunk(out, "EXIF", tiff_with(orientation_));
    std::string riff_size;
    append_little_endian(riff_size, static_cast<std::uint32_t>(out.size() - 8), 4);
    out.replace(4, 4, riff_size);
    return finish(std::move(out), "image/webp", extended_ ? canvas_ : image_size_,
                  turned() ? orientation_ : kUpright);
  }

 private:
  static constexpr std::uint8_t kProfileFlag = 0x20;
  static constexpr std::uint8_t kAlphaFlag = 0x10;
  static constexpr std::uint8_t kExifFlag = 0x08;
  static constexpr std::uint8_t kAnimationFlag = 0x02;

  struct Chunk {
    std::string_view type;
    std::string_view data;
  };

  static Result<Chunk> next_chunk(std::string_view& rest) {
    const auto type = take(rest, 4);
    const auto length = take(rest, 4);
    if (!type || !length) return broken("WebP");
    const std::uint32_t size = little_endian(*length);
    const auto data = take(rest, size);
    if (!data || (size % 2 != 0 && !take(rest, 1))) return broken("WebP");
    return Chunk{*type, *data};
  }

  static void append_chunk(std::string& out, std::string_view type, std::string_view data) {
    out += type;
    append_little_endian(out, static_cast<std::uint32_t>(data.size()), 4);
    out += data;
    if (data.size() % 2 != 0) out += '\0';
  }

  void append_header(std::string& out) const {
    std::string data;
    const unsigned flags = (profile_.empty() ? 0U : kProfileFlag) | (turned() ? kExifFlag : 0U) |
                           (flags_ & (kAlphaFlag | kAnimationFlag));
    data += static_cast<char>(flags);
    data.append(3, '\0');
    append_little_endian(data, canvas_.width - 1, 3);
    append_little_endian(data, canvas_.height - 1, 3);
    append_chunk(out, "VP8X", data);
  }

  // Readers look for metadata in the extended form only.
  bool turned() const { return extended_ && orientation_ != kUpright; }
  bool animated() const { return (flags_ & kAnimationFlag) != 0; }

  Result<void> take_chunk(std::string_view& rest) {
    const Chunk chunk = CAMP_TRY(next_chunk(rest));
    const bool first = std::exchange(first_, false);
    if (chunk.type == "VP8X") return first ? take_header(chunk.data) : broken("WebP");
    if (first && chunk.type != "VP8 " && chunk.type != "VP8L") return broken("WebP");
    if (chunk.type == "ANMF") return take_frame(chunk.data);
    if (chunk.type == "VP8 " || chunk.type == "VP8L" || chunk.type == "ALPH") {
      return take_image(chunk, image_, image_size_);
    }
    if (chunk.type == "ANIM") {
      if (!animated() || chunk.data.size() != 6 || !image_.empty()) return broken("WebP");
      append_chunk(image_, chunk.type, chunk.data);
    } else if (chunk.type == "ICCP" && extended_) {
      if (!profile_.empty()) return broken("WebP");
      append_chunk(profile_, chunk.type, chunk.data);
    } else if (chunk.type == "EXIF" && orientation_ == kUpright) {
      orientation_ = orientation_in(chunk.data);
    }
    return {};
  }

  Result<void> take_header(std::string_view data) {
    if (data.size() != 10) return broken("WebP");
    extended_ = true;
    flags_ = byte_at(data, 0);
    canvas_ = {little_endian(data.substr(4, 3)) + 1, little_endian(data.substr(7, 3)) + 1};
    return require_size(canvas_, "WebP");
  }

  // The size that a bitstream states in its head (RFC 6386 9.1, RFC 9649 3.4).
  static std::optional<Size> size_of(const Chunk& chunk) {
    const std::string_view data = chunk.data;
    if (chunk.type == "VP8 ") {
      if (data.size() < 10 || (byte_at(data, 0) & 1) != 0 || data.substr(3, 3) != "\x9d\x01\x2a") {
        return std::nullopt;
      }
      return Size{little_endian(data.substr(6, 2)) & 0x3FFF,
                  little_endian(data.substr(8, 2)) & 0x3FFF};
    }
    if (data.size() < 5 || byte_at(data, 0) != 0x2F) return std::nullopt;
    const std::uint32_t bits = little_endian(data.substr(1, 4));
    if (bits >> 29 != 0) return std::nullopt;  // a version that does not exist
    return Size{(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1};
  }

  // One of the chunks that make a picture or a frame. `size` is zero until the bitstream came.
  static Result<void> take_image(const Chunk& chunk, std::string& out, Size& size) {
    if (size.width != 0) return broken("WebP");
    if (chunk.type == "ALPH") {
      if (!out.empty()) return broken("WebP");
    } else {
      const auto found = size_of(chunk);
      if (!found || (chunk.type == "VP8L" && !out.empty())) return broken("WebP");
      CAMP_TRY(require_size(*found, "WebP"));
      size = *found;
    }
    append_chunk(out, chunk.type, chunk.data);
    return {};
  }

  // A frame of an animation: 16 bytes of place and time, then chunks, unknown ones among them.
  Result<void> take_frame(std::string_view data) {
    if (!animated() || image_.empty()) return broken("WebP");
    const auto head = take(data, 16);
    if (!head) return broken("WebP");
    const std::uint64_t x = std::uint64_t{little_endian(head->substr(0, 3))} * 2;
    const std::uint64_t y = std::uint64_t{little_endian(head->substr(3, 3))} * 2;
    const Size stated{little_endian(head->substr(6, 3)) + 1, little_endian(head->substr(9, 3)) + 1};
    if (x + stated.width > canvas_.width || y + stated.height > canvas_.height) {
      return broken("WebP");
    }
    std::string image;
    Size size;
    while (!data.empty()) {
      const Chunk chunk = CAMP_TRY(next_chunk(data));
      if (chunk.type == "VP8 " || chunk.type == "VP8L" || chunk.type == "ALPH") {
        CAMP_TRY(take_image(chunk, image, size));
      }
    }
    if (size != stated) return broken("WebP");
    append_chunk(image_, "ANMF", std::string(*head) + image);
    seen_frame_ = true;
    return {};
  }

  // Whether what came makes a picture of the kind that the header stated.
  Result<void> judge() const {
    const bool still = image_size_.width != 0;
    if (animated() ? still || !seen_frame_ : !still) return broken("WebP");
    if (extended_ && still && image_size_ != canvas_) return broken("WebP");
    return {};
  }

  std::string_view bytes_;
  std::string profile_;
  std::string image_;
  Size canvas_;
  Size image_size_;
  unsigned flags_ = 0;
  int orientation_ = kUpright;
  bool first_ = true;
  bool extended_ = false;
  bool seen_frame_ = false;
};

}  // namespace

Result<Picture> clean_webp(std::string_view bytes) { return WebpCleaner(bytes).clean(); }

}  // namespace camp::model::picture
