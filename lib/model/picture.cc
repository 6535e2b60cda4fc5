// SPDX-License-Identifier: MIT
#include "model/picture.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace camp::model {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n"sv;
constexpr int kUpright = 1;  // the orientation of a picture that is not to be turned

tl::unexpected<Error> refuse(std::string message) {
  return fail(Kind::refused, std::move(message), "camp takes JPEG, PNG and WebP pictures");
}
tl::unexpected<Error> broken(std::string_view format) {
  return refuse("this " + std::string(format) + " is damaged or not what it claims to be");
}

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

// The number in all of `bytes` (at most four).
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

// Takes bytes off the front; nothing if there are fewer.
std::optional<std::string_view> take(std::string_view& rest, std::size_t size) {
  if (rest.size() < size) return std::nullopt;
  const std::string_view taken = rest.substr(0, size);
  rest.remove_prefix(size);
  return taken;
}

struct Size {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool operator==(const Size&) const = default;
};

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

// The orientation in a TIFF structure, 1 to 8; upright if none can be read. Only the first
// directory counts: the others describe thumbnails.
int orientation_in(std::string_view tiff) {
  constexpr std::uint32_t kOrientation = 0x0112;
  constexpr std::uint32_t kShort = 3;
  if (tiff.starts_with("Exif\0\0"sv)) tiff.remove_prefix(6);
  const bool little = tiff.starts_with("II*\0"sv);
  if ((!little && !tiff.starts_with("MM\0*"sv)) || tiff.size() < 8) return kUpright;
  const auto number = [&](std::string_view bytes) {
    return little ? little_endian(bytes) : big_endian(bytes);
  };
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

// A TIFF structure that says the orientation and nothing else.
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

// JPEG ------------------------------------------------------------------------------------------

class JpegCleaner {
 public:
  explicit JpegCleaner(std::string_view bytes) : rest_(bytes.substr(2)) {}

  Result<Picture> clean() {
    while (!ended_) CAMP_TRY(take_segment());
    if (!seen_scan_) return broken("JPEG");
    std::string out = "\xFF\xD8";
    out += jfif_;
    if (orientation_ != kUpright) {
      append_segment(out, 0xE1, std::string("Exif\0\0"sv) + tiff_with(orientation_));
    }
    out += kept_;
    out += "\xFF\xD9";
    return finish(std::move(out), "image/jpeg", size_, orientation_);
  }

 private:
  static void append_segment(std::string& out, std::uint8_t marker, std::string_view payload) {
    out += '\xFF';
    out += static_cast<char>(marker);
    append_big_endian(out, static_cast<std::uint32_t>(payload.size() + 2), 2);
    out += payload;
  }

  // One marker with what belongs to it.
  Result<void> take_segment() {
    const auto prefix = take(rest_, 1);
    if (!prefix || prefix->front() != '\xFF') return broken("JPEG");
    auto code = take(rest_, 1);
    while (code && code->front() == '\xFF') code = take(rest_, 1);  // filling, T.81 B.1.1.2
    if (!code) return broken("JPEG");
    const std::uint8_t marker = byte_at(*code, 0);
    if (marker == 0xD9) {
      ended_ = true;
      return {};
    }
    const auto length = take(rest_, 2);
    if (!length || big_endian(*length) < 2) return broken("JPEG");
    const auto payload = take(rest_, big_endian(*length) - 2);
    if (!payload) return broken("JPEG");
    return take_payload(marker, *payload);
  }

  Result<void> take_payload(std::uint8_t marker, std::string_view payload) {
    switch (marker) {
      case 0xC0:  // frames: baseline, extended, progressive
      case 0xC1:
      case 0xC2:
        return take_frame(marker, payload);
      case 0xC4:
        return keep_if(are_huffman_tables(payload), marker, payload);
      case 0xDB:
        return keep_if(are_quantization_tables(payload), marker, payload);
      case 0xDD:
        return keep_if(payload.size() == 2, marker, payload);
      case 0xDA:
        return take_scan(payload);
      case 0xFE:  // a comment
        return {};
      default:
        if (marker >= 0xE0 && marker <= 0xEF) return take_application_data(marker, payload);
        // Lossless, hierarchical and arithmetic forms, which no browser shows, and what is
        // reserved.
        return broken("JPEG");
    }
  }

  Result<void> keep_if(bool sound, std::uint8_t marker, std::string_view payload) {
    if (!sound) return broken("JPEG");
    append_segment(kept_, marker, payload);
    return {};
  }

  // Both kinds of tables must fill their segment exactly, so that nothing hides behind them.
  static bool are_huffman_tables(std::string_view payload) {
    while (!payload.empty()) {
      const auto head = take(payload, 17);
      if (!head) return false;
      std::size_t codes = 0;
      for (std::size_t i = 1; i < 17; ++i) codes += byte_at(*head, i);
      if (codes > 256 || !take(payload, codes)) return false;
    }
    return true;
  }
  static bool are_quantization_tables(std::string_view payload) {
    while (!payload.empty()) {
      const std::uint8_t precision = byte_at(payload, 0) >> 4;
      if (precision > 1 || !take(payload, precision == 0 ? 65 : 129)) return false;
    }
    return true;
  }

  Result<void> take_frame(std::uint8_t marker, std::string_view payload) {
    if (seen_frame_ || payload.size() < 6) return broken("JPEG");
    const std::size_t components = byte_at(payload, 5);
    if (components < 1 || components > 4 || payload.size() != 6 + 3 * components) {
      return broken("JPEG");
    }
    seen_frame_ = true;
    size_ = {big_endian(payload.substr(3, 2)), big_endian(payload.substr(1, 2))};
    CAMP_TRY(require_size(size_, "JPEG"));
    return keep_if(true, marker, payload);
  }

  // The scan's header and its coded data, which ends at a marker other than a restart.
  Result<void> take_scan(std::string_view header) {
    if (!seen_frame_ || header.empty()) return broken("JPEG");
    const std::size_t components = byte_at(header, 0);
    if (components < 1 || components > 4 || header.size() != 4 + 2 * components) {
      return broken("JPEG");
    }
    seen_scan_ = true;
    append_segment(kept_, 0xDA, header);
    std::size_t end = 0;
    while (true) {
      end = rest_.find('\xFF', end);
      if (end == std::string_view::npos || end + 1 == rest_.size()) return broken("JPEG");
      const std::uint8_t next = byte_at(rest_, end + 1);
      if (next != 0x00 && (next < 0xD0 || next > 0xD7)) break;
      end += 2;
    }
    kept_ += rest_.substr(0, end);
    rest_.remove_prefix(end);
    return {};
  }

  Result<void> take_application_data(std::uint8_t marker, std::string_view payload) {
    if (marker == 0xE0 && payload.starts_with("JFIF\0"sv) && payload.size() >= 14) {
      // Version and density stay, the thumbnail goes. JFIF stands first or does not count.
      if (jfif_.empty()) append_segment(jfif_, 0xE0, std::string(payload.substr(0, 12)) + "\0\0"s);
    } else if (marker == 0xE1 && payload.starts_with("Exif\0"sv)) {
      if (orientation_ == kUpright) orientation_ = orientation_in(payload);
    } else if (marker == 0xE2 && payload.starts_with("ICC_PROFILE\0"sv) && payload.size() >= 14) {
      append_segment(kept_, marker, payload);
    } else if (marker == 0xEE && payload.starts_with("Adobe"sv) && payload.size() >= 12) {
      // Says how the colours are coded; without it they come out wrong.
      append_segment(kept_, marker, payload.substr(0, 12));
    }
    return {};
  }

  std::string_view rest_;
  std::string jfif_;
  std::string kept_;
  Size size_;
  int orientation_ = kUpright;
  bool seen_frame_ = false;
  bool seen_scan_ = false;
  bool ended_ = false;
};

// PNG -------------------------------------------------------------------------------------------

// CRC-32 as PNG's annex D defines it.
std::uint32_t crc_of(std::string_view type, std::string_view data) {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t n = 0; n < 256; ++n) {
      std::uint32_t c = n;
      for (int k = 0; k < 8; ++k) c = (c & 1) != 0 ? 0xEDB88320U ^ (c >> 1) : c >> 1;
      table[n] = c;
    }
    return table;
  }();
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::string_view part : {type, data}) {
    for (std::size_t i = 0; i < part.size(); ++i) {
      crc = kTable[(crc ^ byte_at(part, i)) & 0xFF] ^ (crc >> 8);
    }
  }
  return ~crc;
}

class PngCleaner {
 public:
  explicit PngCleaner(std::string_view bytes) : rest_(bytes.substr(kPngSignature.size())) {}

  Result<Picture> clean() {
    while (!ended_) CAMP_TRY(take_chunk());
    if (!seen_data_) return broken("PNG");
    std::string out(kPngSignature);
    out += header_;
    if (orientation_ != kUpright) append_chunk(out, "eXIf", tiff_with(orientation_));
    out += kept_;
    append_chunk(out, "IEND", {});
    return finish(std::move(out), "image/png", size_, orientation_);
  }

 private:
  static void append_chunk(std::string& out, std::string_view type, std::string_view data) {
    append_big_endian(out, static_cast<std::uint32_t>(data.size()), 4);
    out += type;
    out += data;
    append_big_endian(out, crc_of(type, data), 4);
  }

  // What a picture needs to look the same, animated pictures too. Palette suggestions (sPLT) and
  // dates (tIME) stay out with the texts.
  static bool is_kept(std::string_view type) {
    constexpr std::array<std::string_view, 16> kKept = {
        "PLTE", "IDAT", "tRNS", "cHRM", "gAMA", "sBIT", "sRGB", "bKGD",
        "pHYs", "cICP", "mDCV", "cLLI", "acTL", "fcTL", "fdAT", "mDCv"};
    return std::find(kKept.begin(), kKept.end(), type) != kKept.end();
  }

  Result<void> take_chunk() {
    const auto length = take(rest_, 4);
    const auto type = take(rest_, 4);
    if (!length || !type) return broken("PNG");
    const auto data = take(rest_, big_endian(*length));
    const auto crc = take(rest_, 4);
    if (!data || !crc) return broken("PNG");
    const bool critical = type->front() >= 'A' && type->front() <= 'Z';
    const bool used = critical || is_kept(*type) || *type == "iCCP";
    if (used && big_endian(*crc) != crc_of(*type, *data)) return broken("PNG");
    if (header_.empty()) return take_header(*type, *data);
    if (*type == "IEND") {
      ended_ = true;
      return data->empty() ? Result<void>() : broken("PNG");
    }
    if (*type == "eXIf") {
      if (orientation_ == kUpright) orientation_ = orientation_in(*data);
    } else if (*type == "iCCP") {
      return take_profile(*data);
    } else if (is_kept(*type)) {
      seen_data_ = seen_data_ || *type == "IDAT";
      append_chunk(kept_, *type, *data);
    } else if (critical) {
      return broken("PNG");
    }
    return {};
  }

  Result<void> take_header(std::string_view type, std::string_view data) {
    if (type != "IHDR" || data.size() != 13) return broken("PNG");
    size_ = {big_endian(data.substr(0, 4)), big_endian(data.substr(4, 4))};
    const std::uint8_t depth = byte_at(data, 8);
    const std::uint8_t color = byte_at(data, 9);
    const bool depth_known = depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    const bool color_known = color == 0 || color == 2 || color == 3 || color == 4 || color == 6;
    const bool rest_known =
        byte_at(data, 10) == 0 && byte_at(data, 11) == 0 && byte_at(data, 12) <= 1;
    if (!depth_known || !color_known || !rest_known) return broken("PNG");
    CAMP_TRY(require_size(size_, "PNG"));
    append_chunk(header_, type, data);
    return {};
  }

  // The profile stays, the name that its maker gave it does not.
  Result<void> take_profile(std::string_view data) {
    const std::size_t end = data.substr(0, 80).find('\0');
    if (end == std::string_view::npos) return broken("PNG");
    append_chunk(kept_, "iCCP", "icc" + std::string(data.substr(end)));
    return {};
  }

  std::string_view rest_;
  std::string header_;
  std::string kept_;
  Size size_;
  int orientation_ = kUpright;
  bool seen_data_ = false;
  bool ended_ = false;
};

// WebP ------------------------------------------------------------------------------------------

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

Result<Picture> clean_picture(std::string_view bytes) {
  if (bytes.size() > kMostPictureBytes) return refuse("this picture is larger than 16 MiB");
  if (bytes.starts_with("\xFF\xD8\xFF")) return JpegCleaner(bytes).clean();
  if (bytes.starts_with(kPngSignature)) return PngCleaner(bytes).clean();
  if (bytes.size() >= 12 && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP") {
    return WebpCleaner(bytes).clean();
  }
  return refuse("this is no picture of a kind that camp takes");
}

}  // namespace camp::model
